"""Many small cases in one test."""

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Signature
from typing import Any


def with_each_of(cases: Iterable[tuple[Any, ...]]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Call a test with each of these cases, and say all that fail.

    One test of pytest for each takes longer than what is tested, if that is a reply to a message or a search for a text.
    """

    def decorated(test: Callable[..., None]) -> Callable[[], None]:
        @wraps(test)
        def try_all() -> None:
            failed = []
            for case in cases:
                try:
                    test(*case)
                except Exception as error:  # all that fail are said, not the first one only
                    failed.append(f"{case}: {error!r}" if not isinstance(error, AssertionError) else f"{case}: {error}")
            assert not failed, "\n\n".join(failed)

        try_all.__signature__ = Signature()  # type: ignore[attr-defined]  # pytest would ask for a fixture for each argument
        return try_all

    return decorated
