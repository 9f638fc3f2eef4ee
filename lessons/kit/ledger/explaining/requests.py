"""One run: what it read, what it was about to send at each request, and what happened to every item on the way."""

from collections.abc import Sequence
from typing import Any

from agents import OpenAIConversationsSession
from agents.exceptions import UserError

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.following import follow, same_identity, take_equal
from lessons.kit.ledger.explaining.prepared import (
    Prepared,
    deduplicate,
    history_places,
    new_items,
    prepare,
    read_items,
)
from lessons.kit.ledger.explaining.risk import Risks, with_outputs
from lessons.kit.ledger.explaining.shelf.tracked import Shelf, Tracked, take_same
from lessons.kit.ledger.explaining.telling import (
    NOT_EXPLAINED,
    Pair,
    Replaced,
    tell_left_out,
    tell_posted,
    tell_stripped,
    through_function,
)
from lessons.kit.ledger.explaining.wire import left_out
from lessons.kit.ledger.watching.events import (
    Answered,
    CallbackRan,
    FilterRan,
    HandedOff,
    HandoffFiltered,
    Posted,
    Said,
    Sending,
    WatchedRun,
)


class Requests:
    """Follows the items of one run from its read to its last request. `new` is its new input."""

    def __init__(self, run: WatchedRun, shelf: Shelf, new: list[Tracked]) -> None:
        self.run, self.shelf, self.new = run, shelf, new
        self.read_count: int | None = None
        self.limit: int | None = None
        self.whose_limit = ""
        self.stored: list[Tracked] = []
        """The items that the run gave to add_items(), in order, also those that were removed again or that no row has."""
        self.made: list[Tracked] = []
        self.answers: dict[int, list[Any]] = {}
        self.answered_at: dict[int, int] = {}
        self.ended_early: dict[int, str] = {}
        """Why the answer to a request is incomplete, by the number of the request."""
        self.said: Said | None = None
        """The part that had arrived of the answer to the last request, if that answer was cut off."""
        self.sent: dict[int, list[Pair]] = {}
        self.was_posted: set[int] = set()
        self.going: list[Pair] = []
        """What the next request is expected to send."""
        self._history: list[Pair] = []
        self._limit_was_asked_for = False
        self._prepared = False
        self._dropped: set[int] = set()
        """The id() of items that the run does not store: those that the callback removed or replaced, and the history."""
        self._callback: CallbackRan | None = None
        self._filter: FilterRan | None = None
        self.filtered_handoff: str | None = None
        """In words, what an input filter of a handoff in this run has done."""
        self._handoff: Replaced | None = None
        self._added_at_handoff: list[Any] = []

    @property
    def was_read(self) -> bool:
        return self.read_count is not None

    def read(
        self, items: Sequence[Tracked], values: Sequence[Any], limit: int | None, whose_limit: str, *, asked_for: bool
    ) -> None:
        """`asked_for`: the SDK passed a limit to get_items(). Then it also leaves out outputs without their call."""
        self.read_count, self.limit, self.whose_limit = len(values), limit, whose_limit if limit is not None else ""
        self._limit_was_asked_for = asked_for
        policy = getattr(self.run.config, "reasoning_item_id_policy", None)
        self._history = list(zip(items, read_items(values, policy, of_conversation=self._of_conversation), strict=True))
        for item in self.new:
            self.shelf.list(item)

    def callback(self, event: CallbackRan) -> None:
        self._callback = event

    def filter(self, event: FilterRan) -> None:
        self.prepare()
        self._filter = event

    def handed_off(self, event: HandedOff) -> None:
        where = f"at the handoff to {event.target}"
        self._handoff = self._handoff or (
            Cause.NESTED_HISTORY,
            f"the SDK replaced it by a summary, {where}",
            f"stands for what the SDK replaced, {where}",
        )

    def handoff_filter(self, event: HandoffFiltered) -> None:
        by = f"by the input filter {event.name} of the handoff"
        self.filtered_handoff = f"taken out {by}"
        self._handoff = Cause.HANDOFF_FILTER, self.filtered_handoff, f"added {by}"
        self._added_at_handoff += event.added

    def posted(self, event: Posted) -> None:
        """Tell the items what the model class left out of the last request."""
        number = max(self.sent, default=0)
        self.was_posted.add(number)
        pairs = self.sent.get(number, [])
        places = left_out([value for _, value in pairs], event.path, event.model, event.items)
        tell_posted(self.run, number, pairs, places, event)

    def was_asked(self, number: int) -> bool:
        """Whether a model was asked with a request that was prepared. True where that cannot be seen.

        A Chat Completions model that refuses an item, or fails on it, raises an error before it posts anything.
        """
        if number in self.answers or number in self.was_posted:
            return True
        if isinstance(self.run.failure, UserError) or (self.run.posts_bodies and self.run.failure is not None):
            return False
        return number in self.run.asked or not self.run.sees_model

    def answer(self, event: Answered) -> None:
        self.answers[event.number] = event.items
        self.answered_at[event.number] = next(self.shelf.clock)

    def to_store(self, value: Any, taken: Sequence[Tracked]) -> Tracked | None:
        """The known item of this run that is being stored with this value, None if there is none outside of `taken`."""
        self.prepare()
        gone = {id(item) for item in taken}
        candidates = (*(item for item, _ in self.going), *self.new, *self.made)
        waiting = [
            item
            for item in candidates
            if not ((item.stored and not item.returned_early) or id(item) in gone or id(item) in self._dropped)
            and item.origin in ("input", "callback", "made")
        ]
        values = {id(item): item.value for item in waiting} | {
            id(item): now for item, now in self.going if not item.stored
        }
        found = next((item for item in waiting if value in (item.value, values[id(item)])), None)
        # An input item that the SDK left out for its id is not the item that it stores with that id later.
        waiting = [item for item in waiting if not any(told.cause is Cause.SAME_ID for told in item.told)]
        return found or next((item for item in waiting if same_identity(item.value, value)), None)

    def prepare(self) -> None:
        """Follow the items from the read to the list with which the first request starts. Does so only once."""
        if self._prepared:
            return
        self._prepared = True
        new = list(zip(self.new, new_items([item.value for item in self.new]), strict=True))
        if not self.was_read:
            self.going = new
            for item in self.new:
                self.shelf.list(item)
            return
        if self._callback is None:
            pairs, history = [*self._history, *new], range(len(self._history))
            prepared = self._prepare(pairs, history, outputs_too=self._limit_was_asked_for)
        else:
            pairs = self._after_callback(self._callback, [*self._history, *new])
            returned = self._callback.returned
            places = history_places(
                [one.item for one in self._callback.history],
                [one.item for one in self._callback.new],
                [one.item for one in returned],
                [one.value for one in returned],
                of_conversation=self._of_conversation,
            )
            self._dropped |= {id(pairs[place][0]) for place in places}
            prepared = self._prepare(pairs, places, outputs_too=False)
        tell_left_out(self.run, pairs, prepared)
        self.going = [(pairs[place][0], value) for place, value in zip(prepared.places, prepared.sent, strict=True)]

    @property
    def _of_conversation(self) -> bool:
        return isinstance(self.run.session, OpenAIConversationsSession)

    def _prepare(self, pairs: Sequence[Pair], history: Sequence[int], *, outputs_too: bool) -> Prepared:
        values = [value for _, value in pairs]
        return prepare(values, history, outputs_too=outputs_too, of_conversation=self._of_conversation)

    def _after_callback(self, event: CallbackRan, given: list[Pair]) -> list[Pair]:
        followed = follow([*event.history, *event.new], event.returned)
        self._dropped = {id(given[place][0]) for place in (*followed.removed, *followed.copied)}
        return through_function(
            self.run,
            self.shelf,
            given,
            event.returned,
            followed,
            (Cause.CALLBACK_REMOVED, Cause.CALLBACK_CHANGED, Cause.CALLBACK_MOVED, Cause.CALLBACK_ADDED),
            f"session_input_callback {event.name}",
            "callback",
        )

    def send(self, event: Sending) -> None:
        self.prepare()
        if self._filter is not None:
            given, _ = self._matched([one.value for one in self._filter.given], deduplicated=False)
            followed = follow(self._filter.given, self._filter.returned)
            pairs = through_function(
                self.run,
                self.shelf,
                given,
                self._filter.returned,
                followed,
                (Cause.FILTER_REMOVED, Cause.FILTER_CHANGED, Cause.FILTER_MOVED, Cause.FILTER_ADDED),
                f"call_model_input_filter {self._filter.name} for request {event.number}",
                "filter",
            )
            left = deduplicate([value for _, value in pairs])
            tell_left_out(self.run, pairs, left)
            self.going = given
            going = [(pairs[place][0], value) for place, value in zip(left.places, left.sent, strict=True)]
            if [value for _, value in going] != event.items:
                going = self._aligned(going, event.items, NOT_EXPLAINED)
            self._filter = None
        else:
            self.going, going = self._matched(event.items, deduplicated=True)
        self._handoff = None
        self.sent[event.number] = going
        risks = Risks(event.items, is_whole=not self.run.is_server_managed)
        for place, (item, value) in enumerate(going):
            item.sent.append(event.number)
            item.sent_by = self.run.number
            tell_stripped(self.run, item, value)
            item.risks.append((risks, place))

    def _matched(self, observed: list[Any], *, deduplicated: bool) -> tuple[list[Pair], list[Pair]]:
        """Two lists of items with values: the expected items plus those that the run has made since, and the `observed` ones.

        `deduplicated` says that the SDK has left out items with equal ids between the two.
        """
        if self.run.resumed and not self.sent:
            pairs = self._from_state(observed)
            return pairs, pairs
        if self.run.is_server_managed and self.sent:  # the service keeps the rest
            pairs = [(self._made(value), value) for value in observed]
            return pairs, pairs
        expected = [value for _, value in self.going]
        if observed[: len(expected)] == expected:
            rest = [(self._made(value), value) for value in observed[len(expected) :]]
            pairs = [*self.going, *rest]
            if self._handoff is not None and self._handoff[0] is Cause.HANDOFF_FILTER:
                self._tell_unsent(pairs, self._handoff)
            return pairs, pairs
        if deduplicated and self._handoff is None:
            left = list(expected)
            for extra in (
                [value for value in observed if not take_equal(left, value)],
                self._made_since(observed),  # one of them can be equal to an older item
            ):
                once = deduplicate([*expected, *extra])
                if once.sent == observed:
                    pairs = [*self.going, *((self._made(value), value) for value in extra)]
                    tell_left_out(self.run, pairs, once)
                    going = [(pairs[place][0], value) for place, value in zip(once.places, once.sent, strict=True)]
                    return pairs, going
        pairs = self._aligned(self.going, observed, self._handoff or NOT_EXPLAINED)
        return pairs, pairs

    def _made_since(self, observed: Sequence[Any]) -> list[Any]:
        """The items that the run has made since its last request: those that it stored, or the answer with its outputs."""
        going = {id(item) for item, _ in self.going}
        made = [item.value for item in self.made if item.stored and id(item) not in going]
        if made or not self.answers:
            return made
        return with_outputs(self.answers[max(self.answers)], observed)

    def _aligned(self, expected: Sequence[Pair], observed: Sequence[Any], replaced: Replaced) -> list[Pair]:
        """Match the items after something replaced the list: equal values are the same item. The others are told the cause."""
        left = list(expected)
        pairs: list[Pair] = []
        for value in observed:
            pair = next((one for one in left if one[1] == value), None)
            if pair is not None:
                left.remove(pair)
                pairs.append((pair[0], value))
                continue
            made = self._known_made(value) or self._put_in(value, replaced, pairs[-1][0] if pairs else None)
            pairs.append((made, value))
        for item, _ in left:
            item.tell(replaced[0], replaced[1], self.run)
        if replaced[0] is not Cause.UNKNOWN:
            self._tell_unsent(pairs, replaced)
        return pairs

    def _put_in(self, value: Any, replaced: Replaced, after: Tracked | None) -> Tracked:
        cause, _, why = replaced
        item = Tracked(value, "handoff", of_run=self.run, after=after)
        item.tell(cause, why, self.run)
        self.shelf.list(item)
        return item

    def _tell_unsent(self, pairs: Sequence[Pair], replaced: Replaced) -> None:
        """Tell the cause to the items that the run has made and stored, and that something took out of its request."""
        going = {id(item) for item, _ in pairs}
        for item in self.made:
            if item.stored and not item.sent and id(item) not in going:
                item.tell(replaced[0], replaced[1], self.run)

    def _from_state(self, observed: Sequence[Any]) -> list[Pair]:
        """The first request of a resumed run, which sends what its RunState contains. Equal rows are these items."""
        pairs: list[Pair] = []
        rows = [row for row in self.shelf.rows if row.of_run is not self.run]
        gone = [item for item in self.shelf.listed if item.gone is not None]
        if self.run.session is None:  # no rows: use the items of earlier runs, the latest run first
            earlier = [item for item in self.shelf.listed if item.of_run is not None and item.of_run is not self.run]
            gone = sorted(earlier, key=lambda item: -item.of_run.number if item.of_run is not None else 0)
        for value in observed:
            made = self._known_made(value)
            if made is not None:
                pairs.append((made, value))
                continue
            item = take_same(rows, value) or take_same(gone, value)
            if item is None:
                item = Tracked(value, "state", of_run=self.run)
                self.shelf.list(item)
            item.tell(Cause.RESUMED, "sent from the RunState that the run went on from", self.run)
            pairs.append((item, value))
        for row in rows:
            row.tell(Cause.RESUMED, "the run went on from a RunState, which does not hold it", self.run)
        return pairs

    def _made(self, value: Any) -> Tracked:
        """The item for a value that the run has made: a known one, or a new one that is listed."""
        found = self._known_made(value)
        if found is None and self._handoff is not None and take_equal(self._added_at_handoff, value):
            return self._put_in(value, self._handoff, self.going[-1][0] if self.going else None)
        if found is None:
            found = Tracked(value, "made", of_run=self.run)
            self.made.append(found)
            self.shelf.list(found)
        return found

    def _known_made(self, value: Any) -> Tracked | None:
        going = {id(item) for item, _ in self.going}
        fresh = [item for item in self.made if id(item) not in going]
        found = next((item for item in fresh if item.value == value), None)
        return found or next((item for item in fresh if same_identity(item.value, value)), None)
