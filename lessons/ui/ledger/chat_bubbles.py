"""The chat: one bubble for each stored row, and for what the last turn said without storing it."""

from lessons.kit.items import Item, read
from lessons.kit.records import TurnRecord
from lessons.kit.row_ref import rows_in_words
from lessons.ui.ledger.row_links import row_link
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.widgets.item_kinds import KINDS, badge
from lessons.ui.widgets.markup import CURRENT, problem_box, text

SHOWN_MESSAGES = 20
CUT = 1_500
TOKEN_CUT = 40


def chat_html(shown: ShownRows) -> str:
    """The newest messages of a page of rows, as the session decodes them, and what the last turn said without storing it."""
    rows, marks = shown.page.rows[-SHOWN_MESSAGES:], shown.marks
    left_out = shown.page.total - len(rows)
    parts = (
        [f'<p class="quiet">{left_out:,} other rows of this session are not drawn here.</p>'] if left_out > 0 else []
    )
    for row in rows:
        mark = " ".join(filter(None, (marks.get(shown.ref(row), ""), "selected" if shown.is_selected(row) else "")))
        made = shown.made_of(row)
        item = read(made.data if made.data is not None else row.data)
        parts.append(bubble_html(item, row_link(shown.ref(row)), mark, row.key, made.why))
    parts += _unstored(shown)
    if not parts and not shown.is_read:
        return '<p class="quiet empty">What is stored cannot be read now: see Stored rows.</p>'
    if not parts:
        return (
            '<p class="quiet empty">Nothing is stored in this session yet. Run the first step, or send a message.</p>'
        )
    return f'<div class="chat" role="log" aria-label="Chat">{"".join(parts)}</div>'


def bubble_html(item: Item, link: str = "", mark: str = "", key: int | None = None, why: str = "") -> str:
    """One item as a message of the chat, with the `link` to its row and `why` the session does not return it."""
    who = KINDS[item.kind].name
    cut = CUT if item.kind != "encrypted" else TOKEN_CUT  # nobody reads a token
    size = f' <span class="length">{item.length:,} characters</span>' if item.length > cut else ""
    note = "".join(f'<p class="note">{text(words)}</p>' for words in (item.problem, why) if words)
    data = f' data-key="{key}"' if key is not None else ""
    if "selected" in mark:
        data += CURRENT
    shown = text(item.text[:cut]) or '<span class="quiet">(empty)</span>'
    return (
        f'<div class="line {item.kind.replace(" ", "-")} {mark}"{data}>{badge(item.kind)}<div>'
        f'<div class="who">{who} {link}</div><div class="text">{shown}{size}</div>{note}</div></div>'
    )


def _unstored(shown: ShownRows) -> list[str]:
    """What the last turn said and did not store: a run without a session, a stopped or a failed one."""
    record = shown.record
    if record is None or record.store != shown.store or record.session_id not in (None, shown.session_id):
        return []
    stored = {line.item.kind for line in record.ledger.lines if line.mark == "added"}
    label = '<span class="not-stored">not stored</span>'
    parts = []
    if record.message and "user" not in stored and not record.added:
        parts.append(bubble_html(Item("user", record.message[:CUT], len(record.message)), label, "unstored"))
    if record.reply and "assistant" not in stored:
        said = Item("assistant", record.reply[:CUT], record.reply_length or len(record.reply))
        parts.append(bubble_html(said, label, "unstored"))
    if record.stopped:
        kept = rows_in_words(record.added_rows) or "nothing"
        parts.append(
            f'<div class="problem calm" role="status"><strong>You stopped this turn.</strong><p>Stored: {text(kept)}. '
            "The reply is not stored, so the next run will not be sent it.</p></div>"
        )
    if record.problem is not None:
        parts.append(problem_box(record.problem))
    elif record.ended_early and not record.stopped:
        parts.append(_ended_early(record))
    return parts


def _ended_early(record: TurnRecord) -> str:
    """A reply that the SDK took for a whole one, and that its service did not complete."""
    kept = "The reply is not stored, so the next run will not be sent it."
    if record.reply_rows:
        row = record.reply_rows[-1].key
        kept = f"The SDK stored it as row {row}, like a whole reply. The next run will be sent it as it is."
    return (
        f'<div class="problem calm" role="status"><strong>The reply ended early: {text(record.ended_early)}.</strong>'
        f"<p>{kept}</p><p>Send a message to have it completed, or pop the row first.</p></div>"
    )
