"""A number with its word: "1 row", "2 rows", "1,000 rows"."""


def counted(count: int, one: str, many: str = "") -> str:
    """`many` is the word for all numbers but 1, where it is not `one` with an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
