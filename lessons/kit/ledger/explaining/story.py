"""Goes through what was watched once, in order, and follows every item."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.following import same_identity
from lessons.kit.ledger.explaining.requests import Requests
from lessons.kit.ledger.explaining.tracked import Shelf, Told, Tracked
from lessons.kit.ledger.explaining.words import over, whose_limit
from lessons.kit.ledger.rows import Rows, source_of
from lessons.kit.ledger.session_methods import STORING_METHODS
from lessons.kit.ledger.watching.events import (
    Answered,
    CallbackRan,
    Called,
    Event,
    FilterRan,
    FirstSeen,
    HandedOff,
    HandoffFiltered,
    Posted,
    RunBegan,
    Sending,
    WatchedRun,
)

GONE_BY = {
    "pop_item": (Cause.POPPED, "taken out by pop_item()"),
    "clear_session": (Cause.CLEARED, "taken out by clear_session()"),
    "run_compaction": (Cause.COMPACTED, "replaced by the compaction"),
    "delete_branch": (Cause.BRANCH_DELETED, "taken out with its branch by delete_branch()"),
}


@dataclass
class Story:
    """All shelves and runs of one observation. `main` is the session that it was opened on first, or that came first."""

    shelves: dict[Any, Shelf] = field(default_factory=dict)
    requests: dict[int, Requests] = field(default_factory=dict)
    main: Shelf | None = None
    elsewhere: Shelf = field(default_factory=lambda: Shelf(None, "", None))
    """What belongs to no session: the items of runs without one."""

    def shelf(self, session: Any) -> Shelf:
        """The shelf of a session: two handles on the same rows have one."""
        source = source_of(session)
        identity = source.identity if source is not None else id(session)
        if identity not in self.shelves:
            self.shelves[identity] = Shelf(identity, "", source)
            self.main = self.main or self.shelves[identity]
        self.shelves[identity].session_id = self.shelves[identity].session_id or _id_of(session)
        return self.shelves[identity]

    def follow(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case FirstSeen():
                    self._first_seen(event.session, event.rows)
                case RunBegan():
                    self._began(event)
                case Called():
                    self._called(event)
                case CallbackRan():
                    self.requests[event.run.number].callback(event)
                case FilterRan():
                    self.requests[event.run.number].filter(event)
                case HandedOff():
                    self.requests[event.run.number].handed_off(event)
                case HandoffFiltered():
                    self.requests[event.run.number].handoff_filter(event)
                case Sending():
                    self.requests[event.run.number].send(event)
                case Posted():
                    self.requests[event.run.number].posted(event)
                case Answered():
                    self.requests[event.run.number].answer(event)
        for shelf in self.shelves.values():
            shelf.complete()

    def _first_seen(self, session: Any, rows: Rows | None) -> None:
        shelf = self.shelf(session)
        if shelf.seen or rows is None:
            return
        shelf.seen, shelf.is_complete = True, rows.complete
        shelf.look(rows)
        shelf.put(shelf.track(row, rows.at, "stored before") for row in rows.items)

    def _began(self, event: RunBegan) -> None:
        run = event.run
        shelf = self.shelf(run.session) if run.session is not None else self.elsewhere
        given = []
        for value in event.input:
            held = self._in_hand(value) if run.session is None else None
            given.append(held or Tracked(value, "input", of_run=run))
        self.requests[run.number] = Requests(run, shelf, given)

    def _in_hand(self, value: Any) -> Tracked | None:
        """The row that the turn's own code has read and gives to a run as its input."""
        return next(
            (item for shelf in self.shelves.values() for item in shelf.rows if item.in_hand and item.value == value),
            None,
        )

    def _called(self, call: Called) -> None:
        if call.late and call.by_run is None:
            return  # other code uses the session, while a stream that was left goes on
        shelf = self.shelf(call.session)
        shelf.look(call.rows)
        if call.by_run is None:
            shelf.methods.append(call.method)
        if call.method == "get_items":
            if call.error is None:
                self._read(shelf, call)
        elif call.method == "add_items":
            self._added(shelf, call)
        elif call.method in STORING_METHODS:
            self._changed(shelf, call)

    def _read(self, shelf: Shelf, call: Called) -> None:
        requests = self.requests.get(call.by_run.number) if call.by_run is not None else None
        if requests is not None and (
            requests.run.session is not call.session or requests.was_read or requests.run.resumed
        ):
            return  # the SDK checks what it has stored
        shelf.read = True
        limit, whose = whose_limit(call.by_run, call.session, call.arguments)
        found = _matched(shelf, call.items)
        for item in found:
            item.returned = True
            item.in_hand = item.in_hand or requests is None
        there = {id(row) for row in found}
        first = next((place for place, row in enumerate(shelf.rows) if id(row) in there), len(shelf.rows))
        for place, row in enumerate(shelf.rows):
            if id(row) in there:
                continue
            if row.unread is not None:
                row.tell(row.unread.cause, row.unread.why, call.by_run)
            elif limit is not None and place < first:
                row.tell(Cause.OVER_LIMIT, over(limit, whose), call.by_run)
            else:
                row.tell(Cause.UNKNOWN, "not returned, and no limit and no other cause was seen", call.by_run)
        if requests is not None:
            requests.read(found, call.items, limit, whose)

    def _added(self, shelf: Shelf, call: Called) -> None:
        requests = self.requests.get(call.by_run.number) if call.by_run is not None else None
        items = [] if call.error is not None and call.rows is None else call.items
        stored: list[Tracked] = []
        for value in items:
            item = requests.to_store(value, stored) if requests is not None else None
            if item is None:
                item = Tracked(value, "made", of_run=call.by_run)
                if requests is not None:
                    requests.made.append(item)
            item.added = _how_added(item, call)
            stored.append(item)
        if requests is not None:
            requests.stored += stored
        if call.rows is None:
            shelf.put(stored)
        else:
            _new_rows(shelf, call, list(zip(stored, items, strict=True)))

    @staticmethod
    def _changed(shelf: Shelf, call: Called) -> None:
        cause, why = GONE_BY.get(call.method, (Cause.UNKNOWN, f"gone after {call.method}()"))
        if call.rows is None:
            _guess_gone(shelf, call, cause, why)
            return
        _take_out_missing(shelf, call)
        known = {row.key: row for row in shelf.rows}
        for row in call.rows.items:
            if row.key in known:
                known[row.key].unread = Told(row.unread, row.why) if row.unread else None
            elif (
                call.method == "run_compaction"
            ):  # the others store nothing: a new row is another call's, or a writer's
                item = shelf.track(row, call.rows.at, "made")
                item.added = Told(Cause.COMPACTION, "stored by run_compaction()", _number(call.by_run))
                shelf.put([item])


def _new_rows(shelf: Shelf, call: Called, left: list[tuple[Tracked, Any]]) -> None:
    """Give the items that a call has stored, each with its value, the keys of the rows that are new after it."""
    assert call.rows is not None
    _take_out_missing(shelf, call)
    known = {row.key for row in shelf.rows}
    fresh = [row for row in call.rows.items if row.key not in known]
    in_another_form = len(fresh) == len(left)
    for row in fresh:
        tracked = shelf.track(row, call.rows.at, "elsewhere")
        pair = next((one for one in left if one[1] == tracked.value), None)
        pair = pair or next((one for one in left if same_identity(one[1], tracked.value)), None)
        if pair is None and in_another_form and left:
            pair = left[0]
        if pair is None:
            continue  # another writer's, or a call's that is not done yet
        left.remove(pair)
        item = pair[0]
        item.key, item.text, item.unread, item.value = row.key, row.text, tracked.unread, tracked.value
        shelf.put([item])


def _id_of(session: Any) -> str:
    """The id of a session, '' for one whose id is not known yet: a Conversations session gets it with its first call."""
    try:
        return str(getattr(session, "session_id", ""))
    except ValueError:
        return ""


def _how_added(item: Tracked, call: Called) -> Told | None:
    if call.late:
        return Told(Cause.STORED_LATER, "stored after the code of the turn had ended", _number(call.by_run))
    if call.by_run is None:
        return Told(Cause.STORED_BY_HAND, "stored by add_items() in the code of the turn")
    if item.origin == "input":
        return Told(Cause.NEW_INPUT, f"the new input of run {call.by_run.number}", call.by_run.number)
    if item.origin == "callback":
        return item.added
    return None  # what it is in its run shows when the run has ended


def _number(run: WatchedRun | None) -> int | None:
    return run.number if run is not None else None


def _matched(shelf: Shelf, items: Sequence[Any]) -> list[Tracked]:
    """The row of each returned item, in order. Sessions return rows in stored order, so they are matched from the newest."""
    found: list[Tracked] = []
    at = len(shelf.rows) - 1
    unknown: list[Tracked] = []
    for value in reversed(items):
        place = next(
            (
                one
                for one in range(at, -1, -1)
                if shelf.rows[one].value == value and (shelf.rows[one].unread is None or shelf.source is None)
            ),
            None,
        )
        if place is not None:
            found.append(shelf.rows[place])
            at = place - 1
            continue
        item = Tracked(value, "stored before", stored=True)
        found.append(item)
        unknown.append(item)
    found.reverse()
    if unknown:
        _shelve_unknown(shelf, found, unknown)
    return found


def _shelve_unknown(shelf: Shelf, found: list[Tracked], unknown: list[Tracked]) -> None:
    """Items whose rows were not seen: they stand before what follows them. Those older than all seen rows are not listed."""
    for item in reversed(unknown):
        follower = next((one for one in found[found.index(item) + 1 :] if one in shelf.rows), None)
        place = shelf.rows.index(follower) if follower is not None else len(shelf.rows)
        listed = shelf.listed.index(follower) if follower is not None else len(shelf.listed)
        if place == 0 and shelf.rows and not shelf.is_complete:
            continue
        shelf.rows.insert(place, item)
        shelf.listed.insert(listed, item)
        item.is_listed = True


def _take_out_missing(shelf: Shelf, call: Called) -> None:
    """Mark the rows that are no longer there after a call."""
    assert call.rows is not None
    if call.rows.after is not None:
        return
    now = {row.key: row.text for row in call.rows.items}
    oldest = min(now, default=None)
    compacted = call.method == "run_compaction" or _brought_a_compaction(shelf, call)
    cause, why = GONE_BY.get(
        call.method,
        GONE_BY["run_compaction"]
        if compacted
        else (Cause.UNKNOWN, f"gone after {call.method}(), which removes nothing"),
    )
    missing = [
        row
        for row in shelf.rows
        if row.key is not None
        # Some stores give a key out again: then another text is there.
        and now.get(row.key) != row.text
        and (call.rows.complete or oldest is None or row.key >= oldest)
    ]
    if call.method == "pop_item":  # it takes out one row, and returns what was in it
        popped = [row for row in missing if row.value in call.items][-1:]
        others = Told(Cause.UNKNOWN, "gone, and no call that was watched has removed it", _number(call.by_run))
        for row in missing:
            row.gone = Told(cause, why, _number(call.by_run)) if row in popped else others
    else:
        for row in missing:
            row.gone = Told(cause, why, _number(call.by_run))
    gone = {id(row) for row in missing}
    shelf.rows = [row for row in shelf.rows if id(row) not in gone]


def _brought_a_compaction(shelf: Shelf, call: Called) -> bool:
    """Whether a call that stores has left a compaction among the new rows, as EncryptedSession does within add_items()."""
    assert call.rows is not None
    known = {row.key: row.text for row in shelf.rows}
    new = [shelf.track(row, call.rows.at, "made") for row in call.rows.items if known.get(row.key) != row.text]
    return any(isinstance(item.value, dict) and item.value.get("type") == "compaction" for item in new)


def _guess_gone(shelf: Shelf, call: Called, cause: Cause, why: str) -> None:
    """Without rows to look at: what the call itself says."""
    if call.error is not None:
        return
    gone: list[Tracked] = []
    if call.method == "clear_session":
        gone = list(shelf.rows)
    elif call.method == "pop_item" and call.items:
        gone = [row for row in reversed(shelf.rows) if row.value == call.items[0]][:1]
    for row in gone:
        row.gone = Told(cause, why, _number(call.by_run))
        shelf.rows.remove(row)
