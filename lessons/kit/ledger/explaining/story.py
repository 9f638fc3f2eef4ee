"""Goes through all events of an observation once, in order, and follows every item."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lessons.kit.ledger.caller import is_sdk_method
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.cause_words import over, whose_limit
from lessons.kit.ledger.explaining.requests import Requests
from lessons.kit.ledger.explaining.shelf.keeping import complete, keep_new_rows, set_apart
from lessons.kit.ledger.explaining.shelf.matching import match_returned
from lessons.kit.ledger.explaining.shelf.taking_out import (
    LOST,
    guess_gone,
    take_out_awaited,
    take_out_compacted,
    take_out_missing,
)
from lessons.kit.ledger.explaining.shelf.tracked import Shelf, Told, Tracked
from lessons.kit.ledger.explaining.telling import how_added
from lessons.kit.ledger.row_sources import place_of
from lessons.kit.ledger.rows import Rows
from lessons.kit.ledger.session_methods import STORING_METHODS
from lessons.kit.ledger.watching.events import (
    Answered,
    CallbackRan,
    Called,
    EndedEarly,
    Event,
    FilterRan,
    FirstSeen,
    HandedOff,
    HandoffFiltered,
    LastSeen,
    Posted,
    Restarted,
    RunBegan,
    Said,
    Sending,
)
from lessons.kit.ledger.watching.session_calls import Known, id_of


@dataclass
class Story:
    """All shelves and runs of one observation. `known` returns what is known of a watched session.

    `shelves` are in the order in which their sessions were first seen. `requests` are by the number of the run.
    """

    known: Callable[[Any], Known]
    shelves: list[Shelf] = field(default_factory=list)
    requests: dict[int, Requests] = field(default_factory=dict)
    elsewhere: Shelf = field(default_factory=lambda: Shelf("", "", None))
    """The items of runs without a session."""
    _of_session: dict[int, Shelf] = field(default_factory=dict)
    _at_place: dict[Hashable, Shelf] = field(default_factory=dict)
    _events: list[Event] = field(default_factory=list)
    _before_restart: dict[Hashable, Shelf] = field(default_factory=dict)

    def shelf(self, session: Any) -> Shelf:
        """The shelf of a session. Two handles on the same rows share one shelf, even with a restart between them."""
        found = self._of_session.get(id(session))
        if found is None:
            found = self._of_session[id(session)] = self._find(session)
        found.session_id = found.session_id or id_of(session)
        return found

    def _find(self, session: Any) -> Shelf:
        known = self.known(session)
        source = known.source
        place = place_of(session, source)
        if source is None:
            if place not in self._at_place:
                self._at_place[place] = self._new("", known.session_id)
            return self._at_place[place]
        if place not in self._at_place:
            rows = source.store, source.session_id
            before = self._before_restart.pop((*rows, source.name), None) or self._before_restart.pop(rows, None)
            self._at_place[place] = before or self._new(*rows)
            self._at_place[place].source = source
        return self._at_place[place]

    def _new(self, store: str, session_id: str) -> Shelf:
        shelf = Shelf(store, session_id, None, clock=self.elsewhere.clock)
        self.shelves.append(shelf)
        return shelf

    def of_rows(self, store: str, session_id: str) -> Shelf | None:
        """The shelf of that session in that store, None if it was not seen."""
        return next((one for one in self.shelves if (one.store, one.session_id) == (store, session_id)), None)

    def follow(self, events: Iterable[Event]) -> None:
        self._events = list(events)
        for event in self._events:
            match event:
                case FirstSeen():
                    self._first_seen(event.session, event.rows)
                case LastSeen():
                    shelf = self.shelf(event.session)
                    take_out_missing(shelf, event.rows)
                    shelf.look(event.rows)
                case Restarted():
                    self._restarted(event)
                case RunBegan():
                    self._began(event)
                case Called() if not event.is_inner:
                    self._called(event)
                case EndedEarly() | Said():
                    self._ended(event)
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
        for shelf in self.shelves:
            complete(shelf)

    def _first_seen(self, session: Any, rows: Rows | None) -> None:
        shelf = self.shelf(session)
        if rows is None:
            return
        shelf.look(rows)
        if shelf.seen:
            set_apart(shelf, rows)
            return
        shelf.seen, shelf.is_complete = True, rows.complete
        shelf.oldest_key = None if rows.complete else min((row.key for row in rows.items), default=None)
        shelf.put(shelf.track(row, rows.at, "stored before") for row in rows.items)

    def _restarted(self, event: Restarted) -> None:
        why = Told(*LOST)
        for (store, session_id), lost in event.lost.items():
            shelf = self.of_rows(store, session_id)
            if shelf is None:
                shelf = self._before_restart[store, session_id] = self._new(store, session_id)
                shelf.seen = True
            rows = {row.key: row for row in shelf.rows}
            for stored in lost:
                row = rows.get(stored.key)
                if row is None:
                    row = shelf.track(stored, 0.0, "stored before")
                    shelf.put([row])
                row.gone = why
            shelf.rows = [row for row in shelf.rows if row.gone is None]
            shelf.newest = None
        for shelf in self.shelves:
            if shelf.source is not None:
                self._before_restart[shelf.store, shelf.session_id, shelf.source.name] = shelf

    def _ended(self, event: EndedEarly | Said) -> None:
        """Pass what is known of an incomplete answer to the run that asked for it. A Said event belongs to the last request."""
        if isinstance(event, EndedEarly):
            for requests in self.requests.values():
                if event.number in requests.sent:
                    requests.ended_early[event.number] = event.why
            return
        asked = [requests for requests in self.requests.values() if requests.sent]
        last = max(asked, key=lambda requests: max(requests.sent), default=None)
        if last is not None and max(last.sent) not in last.answers:
            last.said = event

    def _began(self, event: RunBegan) -> None:
        run = event.run
        shelf = self.shelf(run.session) if run.session is not None else self.elsewhere
        held = self._in_hand(event.input) if run.session is None else {}
        given = [held.get(place) or Tracked(value, "input", of_run=run) for place, value in enumerate(event.input)]
        self.requests[run.number] = Requests(run, shelf, given)

    def _in_hand(self, values: Sequence[Any]) -> dict[int, Tracked]:
        """The rows that the turn's own code has read and passes to a run as its input, by their place in that input."""
        found: dict[int, Tracked] = {}
        rows = [item for shelf in self.shelves for item in shelf.rows if item.in_hand]
        for place, value in enumerate(values):
            at = next((at for at, row in enumerate(rows) if row.value == value), None)
            if at is not None:
                found[place] = rows.pop(at)
        return found

    def _called(self, call: Called) -> None:
        if call.late and call.by_run is None:
            return  # other code uses the session while a stream that was left still runs
        shelf = self.shelf(call.session)
        shelf.read_through(self.known(call.session).source, call.at)
        if not call.by_the_sdk:
            shelf.methods.append(call.method)
        if call.method == "get_items":
            if call.error is None:
                self._read(shelf, call)
        elif call.method == "add_items":
            self._added(shelf, call)
        elif call.method in STORING_METHODS:
            _changed(shelf, call)
        shelf.look(call.rows)

    def _read(self, shelf: Shelf, call: Called) -> None:
        requests = self.requests.get(call.by_run.number) if call.by_run is not None else None
        if requests is not None and (
            requests.run.session is not call.session or requests.was_read or requests.run.resumed
        ):
            return  # the SDK checks here what it has stored
        shelf.read = True
        limit, whose = whose_limit(call)
        branch = call.arguments.get("branch_id")
        found = match_returned(shelf, call.items, self._being_stored(shelf, requests), branch)
        for item in found:
            item.returned = True
            if item.key is None:
                item.looked_for = max(item.looked_for, call.at)
            item.in_hand = item.in_hand or requests is None
            if requests is None and call.by_the_sdk:
                item.tell(Cause.UNKNOWN, "returned to a run that was not watched: what it sent was not seen")
        take_out_compacted(shelf, found, call)
        there = {id(row) for row in found}
        first = next((place for place, row in enumerate(shelf.rows) if id(row) in there), len(shelf.rows))
        for place, row in enumerate(shelf.rows):
            if id(row) in there:
                continue
            shelf.look_again(row, call.at)
            if branch is not None and branch not in row.branches:
                row.tell(Cause.OTHER_BRANCH, f"not on the branch {branch}, which get_items() was asked for")
            elif row.unread is not None and branch is None:
                row.tell(row.unread.cause, row.unread.why, call.by_run)
            elif limit is not None and place < first:
                row.tell(Cause.OVER_LIMIT, over(limit, whose), call.by_run)
            else:
                kind = type(call.session).__name__
                why = f"not returned by get_items() of {kind}, and no limit and no other cause was seen"
                row.tell(Cause.UNKNOWN, why, call.by_run)
        if requests is not None:
            asked_for = call.arguments.get("limit") is not None
            requests.read(found, call.items, limit, whose, asked_for=asked_for)

    def _being_stored(self, shelf: Shelf, reader: Requests | None) -> list[Tracked]:
        """The new input of other runs on this shelf that no finished call has stored yet."""
        others = [one for one in self.requests.values() if one is not reader and one.shelf is shelf]
        return [item for one in others for item in one.new if not item.stored]

    def _added(self, shelf: Shelf, call: Called) -> None:
        requests = self.requests.get(call.by_run.number) if call.by_run is not None else None
        given: list[tuple[Tracked, Any]] = []
        for value in call.items:
            item = requests.to_store(value, [one for one, _ in given]) if requests is not None else None
            if item is None:
                item = _returned_early(shelf, value) or Tracked(value, "made")
                item.origin, item.of_run = "made", call.by_run
                if requests is not None:
                    requests.made.append(item)
            item.added = how_added(item, call)
            given.append((item, value))
        kept = list(given)
        if requests is not None:
            requests.stored += [item for item, _ in kept]
        if call.rows is not None:
            take_out_missing(shelf, call.rows, call)
            own = not is_sdk_method(call.session, "add_items")
            class_name = type(call.session).__name__ if own else ""
            keep_new_rows(shelf, call.rows, given, class_name, lambda: self._stored_by_others(shelf, call))
            if own:
                known = {row.key for row in shelf.rows}
                new = (row.key for row in call.rows.items if row.key not in known)
                shelf.brought.update((key, type(call.session).__name__) for key in new if key not in shelf.brought)
        elif call.error is None:
            for item, value in given:
                item.value = value  # the stored form: the SDK removes fields, and a filter can edit in place
            shelf.put(item for item, _ in given if not item.returned_early)
            given.clear()
        for item, _ in kept:
            item.returned_early = False
        for item, value in given:
            if not item.stored:
                item.looked_for = call.began
                take_out_awaited(shelf, item)
                shelf.awaited.append((item, value))

    def _stored_by_others(self, shelf: Shelf, call: Called) -> list[Any]:
        """The items that other calls store on this shelf. A look that overlaps with such a call can already show them."""
        calls = (
            one for one in self._events if isinstance(one, Called) and one.method == "add_items" and one is not call
        )
        return [value for one in calls if self._at_place.get(self._place(one.session)) is shelf for value in one.items]

    def _place(self, session: Any) -> Hashable:
        return place_of(session, self.known(session).source)


def _returned_early(shelf: Shelf, value: Any) -> Tracked | None:
    """The item that was returned before the call that stores it had finished, None if there is none.

    Only where all older rows are known with their keys: then a returned item without a key is a newer one.
    """
    if shelf.source is None or not (shelf.seen and shelf.is_complete):
        return None
    unkeyed = (row for row in shelf.listed if row.key is None and row.returned and row.origin == "stored before")
    found = next((row for row in unkeyed if row.value == value), None)
    if found is not None:
        found.returned_early = True
    return found


def _changed(shelf: Shelf, call: Called) -> None:
    """Follow a call that removes rows, or that changes which rows the session returns."""
    if call.rows is None:
        shelf.newest = None
        guess_gone(shelf, call)
        return
    take_out_missing(shelf, call.rows, call)
    set_apart(shelf, call.rows)
    if call.method == "run_compaction":  # the others store nothing: a new row is from another call or another writer
        known = {row.key for row in shelf.rows}
        for row in call.rows.items:
            if row.key not in known:
                item = shelf.track(row, call.rows.at, "made")
                item.looked_for = call.rows.began
                is_summary = isinstance(item.value, dict) and item.value.get("type") == "compaction"
                why = (
                    "stands for what the compaction replaced" if is_summary else "kept by the compaction, in a new row"
                )
                item.added = Told(Cause.COMPACTION, why, call.run_number)
                shelf.put([item])
