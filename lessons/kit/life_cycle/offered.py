"""The places that a page offers: every store of a lesson in this process or on its servers, and servers that are named."""

import os
from collections.abc import Callable, Iterable, Mapping

from lessons.kit.environment import NAMES_TO_OPERATE, named_variables
from lessons.kit.life_cycle.places.addresses import open_place
from lessons.kit.life_cycle.places.place import Place
from lessons.kit.life_cycle.places.store_place import store_place
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.store import Store


def places_offered(
    stores: Iterable[str], open_store: Callable[[str], Store], environment: Mapping[str, str] = os.environ
) -> dict[str, Callable[[], Place]]:
    """A function that opens each place, by its name. Nobody can name another place. Stores at another company are left out."""
    kinds = usable_kinds()
    found: dict[str, Callable[[], Place]] = {}
    for name in stores:
        if name in kinds and not kinds[name].is_outside:
            found[kinds[name].label] = lambda name=name: store_place(open_store(name))  # type: ignore[misc]
    for name in named_variables(NAMES_TO_OPERATE, environment):
        found[name] = lambda name=name: open_place(name, environment=environment)  # type: ignore[misc]
    return found
