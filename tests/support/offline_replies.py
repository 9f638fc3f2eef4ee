"""What the offline model answers at the end of a conversation."""

from functools import cache

from lessons.kit.models.offline.answers import answer


@cache  # the model is pure, and many conversations of the tests begin alike
def reply(*messages):
    """Its reply to the last of these messages: the ones before, with its replies, are sent too."""
    items = []
    for number, message in enumerate(messages, start=1):
        items.append({"role": "user", "content": message})
        if number < len(messages):
            items.append({"role": "assistant", "content": reply(*messages[:number])})
    return answer(items, "Reply in one short sentence.", [], [])
