"""Whether two places are the same tables or keys: nothing can be copied from a place into itself."""

from typing import Any
from urllib.parse import urlsplit

from lessons.kit.life_cycle.places.copied_place import CopiedPlace
from lessons.kit.life_cycle.places.place import Source
from lessons.kit.life_cycle.places.redis_place import RedisPlace
from lessons.kit.life_cycle.places.sealed_place import SealedPlace
from lessons.kit.life_cycle.places.sql_place import SqlPlace


def same_place(one: Source, other: Source) -> bool:
    """Whether both are the same tables or keys."""
    if isinstance(one, SealedPlace) or isinstance(other, SealedPlace):
        return isinstance(one, SealedPlace) and isinstance(other, SealedPlace) and same_place(one.inner, other.inner)
    if isinstance(one, RedisPlace) and isinstance(other, RedisPlace):
        return (one.label, one.prefix) == (other.label, other.prefix)
    if isinstance(one, CopiedPlace) or isinstance(other, CopiedPlace):
        return isinstance(one, CopiedPlace) and isinstance(other, CopiedPlace) and one.store is other.store
    if not (isinstance(one, SqlPlace) and isinstance(other, SqlPlace)) or one.tables != other.tables:
        return False
    if one.file and other.file:
        return one.file.resolve() == other.file.resolve()
    return _server_of(one) is not None and _server_of(one) == _server_of(other)


def _server_of(place: SqlPlace) -> tuple[Any, ...] | None:
    url = getattr(place.database, "url", None)
    if url is None:
        return None
    at = urlsplit(url)
    return at.hostname, at.port, at.path, at.query, getattr(place.database, "schema", None)
