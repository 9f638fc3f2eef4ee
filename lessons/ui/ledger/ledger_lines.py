"""The lines of the ledger, as strings that the component draws: the heads of the turns, the items under each, and notes."""

from collections.abc import Collection, Iterator, Sequence

from lessons.kit.items import Item, read
from lessons.kit.ledger.cause import Cause
from lessons.kit.records import TurnRecord
from lessons.kit.row_ref import RowRef, rows_in_words
from lessons.kit.stores.rows import PICTURE_ROWS, ReadBack, Row
from lessons.kit.turns.running_work import LongWork, RunningTurn
from lessons.ui.ledger.groups import Group, GroupedItem, groups_of
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.ledger.turn_heads import TITLE_CUT, facts_of, notes_of, title_of
from lessons.ui.widgets.item_kinds import KINDS
from lessons.ui.widgets.markup import marked
from lessons.ui.widgets.terms import meanings
from lessons.ui.widgets.time_left_bar import EXPIRED

Line = dict[str, str]
"""One line, ready to be drawn. `id` and `type` ("turn", "item", "note", "more") are always there; what is empty is left out."""

TEXT_CUT = 400
DATA_CUT = 400
TOKEN_CUT = 40
WHOLE = 200_000
"""The most characters of an opened value. A message to the browser has a limit, and all open lines share it."""
SIGNS = {"added": "+", "removed": "−", "changed": "±"}
LIVE = "p-live"
"""The id of the line in which a reply arrives."""
QUEUED = "waiting for the turn before it"
WITHOUT_REPLY = "A turn that does not end leaves such a row, for example when the server stops in the middle of it."
VANISHED = (
    "No record of a turn shown here tells what removed {}. The tool Operate, a restart of the app, another program and an "
    f"expiry leave no record, and the record of a turn knows the newest {PICTURE_ROWS} rows."
)
NO_ROW_KNOWN = "The app knows of no row of the turns below."
ELSEWHERE = "This ledger shows another table. The tool Tables has the rows of both."
GUIDE: Sequence[Line] = (
    {
        "id": "guide",
        "type": "guide",
        "chat": "A message, a reply or a tool call, with the letter of its kind.",
        "row": "The row that it was stored as, word for word. Choose the line to see all of it.",
        "read": "Returned: whether the session gave it to the run. Sent: whether a request to the model had it. "
        "Why: the cause where these differ, such as a limit or a callback.",
    },
)
"""What will be in each column, shown while the ledger is empty. `read` spans those from Returned on: each is too narrow."""
NOT_READ = "not read in this turn"
"""Said of each row of such a turn that is not opened: the head of the turn says once what it called instead."""
IN_CODE = ("tool call", "tool output", "handoff")


def ledger_lines(
    shown: ShownRows, opened: Collection[str] = (), running: Sequence[RunningTurn | LongWork] = ()
) -> list[Line]:
    """Every line of a page. The lines whose id is in `opened` hold their whole values; `running` is what runs and waits."""
    if not shown.is_read:
        return list(_unread_lines(shown, opened, running))
    groups = groups_of(shown)
    lines = list(_pager(shown, older=True))
    for group in groups:
        if not group.is_running:
            lines += _group(group, shown, opened)
            lines += [_elsewhere(table, rows) for table, rows in group.elsewhere.items()]
            if group.vanished and not running:  # a turn that runs can be what removes them
                lines.append(_vanished(group.vanished))
    if running and not shown.page.has_newer:
        stored = next((group.items for group in groups if group.is_running), [])
        if not _has_ended(running[0], shown):
            lines += running_lines(running[0], [item_line(grouped, shown, grouped.id in opened) for grouped in stored])
        lines += waiting_lines(running[1:])
    if shown.next_message is not None and not running and not shown.page.has_newer:
        lines.append(_note("next", shown.next_message.words, shown.next_message.rest, "coming"))
    if not any(line["type"] != "more" for line in lines):
        first = "Send a message with this session." if shown.records else "Run the first step, or send a message."
        if running and isinstance(running[0], LongWork):
            first = "What the running work stores is shown when it is done."
        hint = f"{first} Each item that is stored will be a line here:"
        lines += [_note("empty", f"No rows for session {marked(shown.session_id, 80)}.", hint), *GUIDE]
    return [*lines, *_pager(shown, older=False)]


def _unread_lines(
    shown: ShownRows, opened: Collection[str], running: Sequence[RunningTurn | LongWork]
) -> Iterator[Line]:
    """What is known while the rows cannot be read: turns without a known row, and what runs. No message is lost from sight."""
    records = ((group, group.record) for group in groups_of(shown))
    unstored = [
        group
        for group, record in records
        if record is not None and not record.changes and (group.items or record.problem is not None)
    ]
    yield _note("unread", "The stored rows cannot be read now.", NO_ROW_KNOWN if unstored else "")
    for group in unstored:
        # What to do about the storage is said once, below the ledger.
        yield from ({**line, "rest": ""} if line["type"] == "note" else line for line in _group(group, shown, opened))
    if running:
        if not _has_ended(running[0], shown):
            yield from running_lines(running[0], [])
        yield from waiting_lines(running[1:])


def _pager(shown: ShownRows, *, older: bool) -> Iterator[Line]:
    if shown.page.has_older if older else shown.page.has_newer:
        words = "older rows" if older else "newer rows"
        drawn = f"{len(shown.page.rows)} of {shown.page.total:,} rows are drawn here"
        yield _line(id=words.split()[0], type="more", text=f"Show {words}. {drawn}.")


def _group(group: Group, shown: ShownRows, opened: Collection[str]) -> Iterator[Line]:
    record = group.record
    if record is None:
        first = group.items[0]
        yield _line(id=f"g{first.id}", type="turn", look="plain", text="Rows that no turn on this page has stored")
    else:
        look = "chosen" if record is shown.record else ""
        yield _line(id=f"t{record.id}", type="turn", look=look, text=title_of(record), facts=facts_of(record))
    notes = [] if record is None else list(_notes(record, shown))
    before = 1 if record is not None and _restarted_first(record) else 0
    yield from notes[:before]
    for grouped in group.items:
        yield item_line(grouped, shown, grouped.id in opened)
    yield from notes[before:]
    if record is None and (asked := _without_reply(group.items[-1], shown)):
        yield _note(f"n{group.items[-1].id}", f"No reply is stored after row {asked}.", WITHOUT_REPLY)


def _notes(record: TurnRecord, shown: ShownRows) -> Iterator[Line]:
    for number, (look, what, rest) in enumerate(notes_of(record, is_open=record is shown.record)):
        yield _note(f"n{record.id}.{number}", what, rest, "" if look == "problem" else look)


def _restarted_first(record: TurnRecord) -> bool:
    """Whether the turn restarted before its first run and session call: the note then stands above what it stored."""
    return bool(record.restarts) and record.restarts[-1] <= len(record.restarts)


def _vanished(rows: Sequence[RowRef]) -> Line:
    named = rows_in_words(rows)
    one = len(rows) == 1
    what = f"{named[0].upper()}{named[1:]} {'is' if one else 'are'} no longer stored."
    return _note(f"v{rows[0].key}", what, VANISHED.format("it" if one else "them"))


def _elsewhere(table: str, rows: Sequence[RowRef]) -> Line:
    named = rows_in_words(rows)
    verb = "was" if len(rows) == 1 else "were"
    return _note(
        f"e{table}.{rows[0].key}", f"{named[0].upper()}{named[1:]} {verb} stored in the table {table}.", ELSEWHERE
    )


def _without_reply(last: GroupedItem, shown: ShownRows) -> int | None:
    """The key of the last row of a group, if it is a message and no reply to it is stored."""
    row, page = last.row, shown.page
    if row is None or last.is_removed or _item(row, shown.made_of(row), ()).kind != "user":
        return None
    after = next((one for one in page.rows if one.key > row.key), None)
    if after is None:
        return None if page.has_newer else row.key
    return row.key if _item(after, shown.made_of(after), ()).kind == "user" else None


def item_line(grouped: GroupedItem, shown: ShownRows, opened: bool) -> Line:
    """One item: its bubble, its row, and what the explained turn did with it."""
    row, said = grouped.row, grouped.said
    made = ReadBack(None) if row is None else ReadBack(row.data) if grouped.is_removed else shown.made_of(row)
    item = said.item if row is None and said is not None else _item(row, made, shown.handoffs)
    mark = _mark(grouped, shown)
    next_look, next_words = _next(grouped, shown)
    elsewhere = said.row if row is None and said is not None else None
    is_gone = grouped.is_removed or (said is not None and elsewhere is not None and said.mark == "removed")
    gone = "gone" if is_gone and mark != "removed" else ""
    unstored = "unstored" if row is None and elsewhere is None else ""
    look = " ".join(filter(None, (mark, gone, unstored, "mono" if item.kind in IN_CODE else "", next_look)))
    if row is not None:
        stored = _row(row, item, made, grouped, opened)
    else:
        stored = {"none": "no row" if elsewhere is None else f"row {elsewhere.key} in {marked(elsewhere.store)}"}
    way = _way(grouped, shown, opened)
    if stored.get("state") == way.get("why"):
        stored["state"] = ""  # a line says it only once
    return _line(
        id=grouped.id,
        type="item",
        look=look,
        mark=SIGNS.get(mark, ""),
        **bubble(item, opened),
        **stored,
        **way,
        next=next_words,
        means=meanings(f"{way.get('why', '')}. {way.get('risk', '')}. {made.why}") if opened else "",
    )


def _mark(grouped: GroupedItem, shown: ShownRows) -> str:
    """What the explained turn did to the row of a line: 'added', 'changed', 'removed', or '' for nothing."""
    if grouped.removed_by is not None:
        return "removed" if grouped.removed_by is shown.record else "added" if _is_new(grouped, shown) else ""
    return shown.marks.get(shown.ref(grouped.row), "") if grouped.row is not None else ""


def _is_new(grouped: GroupedItem, shown: ShownRows) -> bool:
    return shown.record is not None and grouped.added_by is shown.record


def _next(grouped: GroupedItem, shown: ShownRows) -> tuple[str, str]:
    """The look and the words of a row that would or would not be sent with a message that is sent now."""
    asked, row = shown.next_message, grouped.row
    if asked is None or row is None or grouped.is_removed or row.key not in asked.why_not:
        return "", ""
    why_not = asked.why_not[row.key]
    return ("", f"next run: not sent, {marked(why_not)}") if why_not else ("goes", "next run: sent")


def bubble(item: Item, opened: bool = False) -> Line:
    """The item as a message, with the look of its kind."""
    look = KINDS[item.kind]
    cut = len(item.text) if opened else TEXT_CUT if item.kind != "encrypted" else TOKEN_CUT
    said = f"{item.length:,} characters" if item.length > cut else ""
    return {
        "kind": item.kind,
        "letter": look.letter,
        "colour": look.colour,
        "text": marked(item.text, cut),
        "said": said,
    }


def _item(row: Row | None, made: ReadBack, handoffs: Collection[str]) -> Item:
    return read("" if row is None else made.data if made.data is not None else row.data, handoffs)


def _row(row: Row, item: Item, made: ReadBack, grouped: GroupedItem, opened: bool) -> Line:
    cut = WHOLE if opened else DATA_CUT
    shown = f"the first {cut:,} of " if opened and len(row.data) > cut else ""
    other = made.data is not None and made.data != row.data
    line = {
        "key": str(row.key),
        "of": marked(row.session_id, 40),
        "data": marked(row.data, cut),
        "when": marked(row.created_at),
        "size": f"{shown}{len(row.data):,} characters",
        "pretty": "1" if row.data[:1] in ("{", "[") and len(row.data) <= cut else "",
        "made": f"decrypted: {marked(made.data, cut)}" if other else "",
        "lane": marked(", ".join(made.branches), 60),
        "state": ". ".join(filter(None, (made.why, (read(row.data) if other else item).problem or ""))),
    }
    if made.time_left:
        line |= {"left": f"{made.time_left[0]:.1f}", "over": EXPIRED}
    elif other and not made.why:
        line["state"] = "readable with the key in use"
    return {} if grouped.row is None else line


def _way(grouped: GroupedItem, shown: ShownRows, opened: bool) -> Line:
    """Returned, sent and why, in the explained turn; nothing where it says nothing of this line."""
    line, record = grouped.said, shown.record
    gone = _gone(grouped, shown)
    if line is None or record is None:
        return {"why": gone}
    if grouped.id.startswith("u") and not grouped.id.startswith(f"u{record.id}"):
        has_row = line.row is not None and line.mark != "removed"
        return {"why": "" if has_row else line.why}  # of another turn: why no row is there
    requests = len(record.requests)
    sent = _numbers(line.sent) if requests > 1 and line.sent else _yes(bool(line.sent))
    why = line.why or ("read and sent again" if line.returned and line.sent else "")
    if line.cause is Cause.NOT_READ and not line.returned and not opened:
        why = NOT_READ
    why = "; ".join(filter(None, (marked(why), gone)))
    return {"returned": _yes(line.returned), "sent": sent, "why": why, "risk": marked(line.risk)}


def _numbers(requests: Sequence[int]) -> str:
    """The numbers of requests, with the first and the last of three or more in a row, so that they fit their column."""
    runs: list[list[int]] = []
    for number in requests:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _gone(grouped: GroupedItem, shown: ShownRows) -> str:
    """Which turn has removed the row; '' if it was the explained turn, whose own words say it."""
    by = grouped.removed_by
    if by is None or by is shown.record:
        return ""
    return f"removed by: {title_of(by)}"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _note(id_: str, what: str, rest: str = "", look: str = "calm") -> Line:
    return _line(id=id_, type="note", look=look, text=marked(what), rest=marked(rest))


def _line(**parts: str) -> Line:
    return {name: words for name, words in parts.items() if words or name in ("id", "type")}


def _has_ended(work: RunningTurn | LongWork, shown: ShownRows) -> bool:
    """Whether its record is drawn already: a turn stays among those that run until the turn after it is queued."""
    return isinstance(work, RunningTurn) and any(record is work.record for record in shown.records)


def running_lines(work: RunningTurn | LongWork, stored: Sequence[Line]) -> Iterator[Line]:
    """The turn that runs: what it has stored so far, its question until it is stored, and the reply that arrives."""
    if isinstance(work, LongWork):
        return
    title = marked(work.title, TITLE_CUT)
    yield _line(id="p-head", type="turn", look="plain", text=title, facts="running")
    yield from stored
    if work.message and not any(line["kind"] == "user" for line in stored):
        item = Item("user", work.message, len(work.message))
        yield _line(id="p-user", type="item", look="unstored", none="not stored yet", **bubble(item))
    if stored and stored[-1]["kind"] == "assistant":
        return  # the reply has its row, and the turn has not ended yet
    item = Item("assistant", "…", 1)
    yield _line(id=LIVE, type="item", look="live unstored", none="not stored yet", why="running", **bubble(item))


def waiting_lines(queued: Sequence[RunningTurn | LongWork]) -> Iterator[Line]:
    """The turns that wait for the one that runs."""
    for number, work in enumerate(queued):
        message = work.message if isinstance(work, RunningTurn) else ""
        item = Item("user", message or work.title, len(message or work.title))
        yield _line(id=f"q{number}", type="item", look="waiting", none="no row", why=QUEUED, **bubble(item))


def said_aloud(records: Sequence[TurnRecord]) -> str:
    """What is read aloud once the last turn is complete."""
    if not records:
        return ""
    last = records[-1]
    problem = f" {last.problem.what}" if last.problem is not None else ""
    return marked(f"{(last.reply or last.title)[:500]}{problem}")
