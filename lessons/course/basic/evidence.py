"""What the steps of Basic sessions look at: the rows that a turn added."""

from lessons.kit.records import TurnRecord


def stored_a_pair(seen: TurnRecord) -> bool:
    """The turn added rows, your message first and the reply last."""
    kinds = [line.item.kind for line in seen.trace.lines if line.mark == "added"]
    return len(kinds) >= 2 and (kinds[0], kinds[-1]) == ("user", "assistant")
