"""Notes what the code of a turn reads of a streamed run. If an answer is cut off, only this shows how far it came."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from lessons.kit.ledger.watching.events import Heard


def heard_of(result: Any) -> Heard:
    """Note the events of this result as they are read. The returned object is updated with each event."""
    heard, original = Heard(), result.stream_events

    async def stream_events(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async with aclosing(original(*args, **kwargs)) as events:  # code that leaves this one closes that one
            async for event in events:
                if event.type == "raw_response_event":
                    _hear(heard, event.data)
                yield event

    result.stream_events = stream_events
    return heard


def _hear(heard: Heard, event: Any) -> None:
    type_ = getattr(event, "type", "")
    if type_ == "response.output_text.delta":
        heard.text += event.delta
    elif type_ == "response.completed":
        heard.answers, heard.text = heard.answers + 1, ""
