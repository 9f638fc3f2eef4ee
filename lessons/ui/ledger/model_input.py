"""What each model request of one turn sent."""

from lessons.kit.problems.counted import counted
from lessons.kit.records import ModelRequest, TurnRecord
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import text

CUT = 400
SHOWN = 20


def model_input_html(record: TurnRecord) -> str:
    """Every model request of the turn: the agent, its instructions and the items, as they were sent."""
    if not record.requests:
        return '<p class="quiet">The model was not asked in this turn.</p>'
    many = len(record.requests) > 1
    return "".join(_request(number, request, many) for number, request in enumerate(record.requests, start=1))


def _request(number: int, request: ModelRequest, many: bool) -> str:
    title = f"Request {number} · " if many else ""
    count = counted(request.count, "item")
    instructions = text(request.instructions or "none", CUT)
    left_out = request.count - len(request.items[-SHOWN:])
    older = f'<p class="quiet">{left_out:,} older items were sent too.</p>' if left_out else ""
    items = "".join(
        f"<li>{badge(item.kind)}<code>{text(raw, CUT)}</code></li>"
        for item, raw in zip(request.items[-SHOWN:], request.raw[-SHOWN:], strict=True)
    )
    return (
        f'<p class="caption">{title}agent {text(request.agent)} · {count} · instructions: {instructions}</p>'
        f'{older}<ol class="sent">{items}</ol>{_answer(request)}'
    )


def _answer(request: ModelRequest) -> str:
    """Notes about an answer that ended early, or that had several choices."""
    notes = []
    if request.ended_early:
        notes.append(f"The answer ended early: {request.ended_early}.")
    if request.choices > 1:
        notes.append(
            f"The answer had {request.choices} choices. The SDK uses the first, and stores nothing of the others."
        )
    return "".join(f'<p class="note">{text(note)}</p>' for note in notes)
