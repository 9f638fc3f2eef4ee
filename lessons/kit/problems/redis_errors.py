"""What a Redis server's errors mean, by the names of their classes: this file must not load the client."""

from collections.abc import Callable

Words = tuple[str, str]


def redis_words(error: BaseException, detail: Callable[[BaseException], str]) -> Words | None:
    """What happened and what to do next; None for an error that is not of the Redis client."""
    classes = [one.__name__ for one in type(error).__mro__ if one.__module__.split(".")[0] == "redis"]
    if not classes:
        return None
    text = str(error)
    if text.startswith("READONLY") or "ReadOnlyError" in classes or "read only replica" in text:
        return (
            "The Redis server is read-only: it can be read, and stores nothing.",
            "Set REDIS_URL to the primary server and restart the app.",
        )
    for name, words in _WORDS.items():
        if name in classes:
            return words
    if text.startswith("WRONGTYPE") or "WRONGTYPE" in text:
        return (
            "A key of this session holds another type: the SDK keeps a hash and a list under these names.",
            "Look at the keys, delete the one that does not belong there, or use another session id.",
        )
    return (
        f"The Redis server refused: {detail(error)}",
        "Look at the keys. The session works again after you fix that.",
    )


_WORDS: dict[str, Words] = {
    "AuthenticationError": (
        "The Redis server refused the user or the password.",
        "Check REDIS_URL in the environment or in .env, and restart the app.",
    ),
    "AuthorizationError": (
        "The Redis server refused the user or the password.",
        "Check REDIS_URL in the environment or in .env, and restart the app.",
    ),
    "NoPermissionError": (
        "The user in REDIS_URL may not do this on the Redis server.",
        "Let the user run the commands of RedisSession on the keys lab:*, or use another user.",
    ),
    "OutOfMemoryError": (
        "The Redis server is full: it has reached its maxmemory, and stores nothing more.",
        "Raise its maxmemory, or start the lesson over to delete your keys.",
    ),
    "BusyLoadingError": ("The Redis server is still loading its data.", "Wait a little, and try again."),
    "TimeoutError": (
        "The Redis server did not answer within 3 seconds.",
        "Wait until it is responsive, and try again: the next turn connects again.",
    ),
    "ConnectionError": (
        "The Redis server cannot be reached.",
        "Start it, or check REDIS_URL, and try again: the next turn connects again.",
    ),
}
