"""What the offline model answers at the end of a conversation."""

from lessons.kit.models.offline.answers import answer


def reply(*messages):
    """Its reply to the last of these messages: the ones before, with its replies, are sent too."""
    items = []
    for message in messages:
        items.append({"role": "user", "content": message})
        items.append({"role": "assistant", "content": answer(items, "Reply in one short sentence.", [], [])})
    return items[-1]["content"]
