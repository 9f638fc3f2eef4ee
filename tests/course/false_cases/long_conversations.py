"""Records in which what the steps of Long conversations say is false."""

from dataclasses import replace

from lessons.kit.items import Item
from lessons.kit.records import TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change
from tests.course.false_records import parts as part

ASSISTANT = Item("assistant", "Something else", 14)


def run_sent(number: int, count: int) -> Change:
    """The first request of the run of this number, from 0, was sent `count` items."""

    def change(seen: TurnRecord) -> TurnRecord:
        run = seen.ledger.runs[number]
        request = run.requests[0] - 1
        changed = part.run(number, sent=(count, *run.sent[1:]))(seen)
        return part.sent(seen.requests[request].items[-count:], request)(changed)

    return change


def first_line(**changes) -> Change:
    """The line of the oldest row has other values."""

    def change(seen: TurnRecord) -> TurnRecord:
        first = seen.ledger.lines[0]
        return false.every_line(seen, lambda line: replace(line, **changes) if line is first else line)

    return change


def all_was_sent(seen: TurnRecord) -> TurnRecord:
    """All that was returned was sent with the question."""
    return part.sent([*seen.returned, seen.sent[-1]])(seen)


def sent_without(kind: str) -> Change:
    """The last request was not sent the items of this kind."""
    return lambda seen: part.sent([item for item in seen.sent if item.kind != kind])(seen)


def another_reply(seen: TurnRecord) -> TurnRecord:
    """The last request was sent another reply than the one that was returned."""
    return part.sent([ASSISTANT, *seen.sent[1:]])(seen)


def one_turn_sent(seen: TurnRecord) -> TurnRecord:
    """The newest turn alone was sent with the question."""
    return part.sent([*seen.returned[-2:], seen.sent[-1]])(seen)


def both_say(text: str) -> Change:
    """The newest item that was returned, and sent, says this."""

    def change(seen: TurnRecord) -> TurnRecord:
        item = replace(seen.returned[-1], text=text)
        return part.sent([*seen.sent[:-2], item, seen.sent[-1]])(replace(seen, returned=(*seen.returned[:-1], item)))

    return change


def summary_says(text: str) -> Change:
    """The model wrote this summary, and was sent it."""

    def change(seen: TurnRecord) -> TurnRecord:
        summary = seen.sent[0].text
        wrote = false.every_line(
            seen, lambda line: replace(line, item=replace(line.item, text=text)) if line.item.text == summary else line
        )
        return part.sent([replace(seen.sent[0], text=text), *seen.sent[1:]])(wrote)

    return change


def summary_after(seen: TurnRecord) -> TurnRecord:
    """The summary came after the history in the last request."""
    first, second, *rest = seen.sent
    return part.sent([second, first, *rest])(seen)


def another_summary(seen: TurnRecord) -> TurnRecord:
    """The summary that was sent is not the one that the model wrote."""
    return part.sent([replace(seen.sent[0], text="The user's name is Alice, as somebody else wrote"), *seen.sent[1:]])(
        seen
    )


def without_the_service(seen: TurnRecord) -> TurnRecord:
    """No HTTP request was sent."""
    return replace(seen, calls=tuple(call for call in seen.calls if call.exchange is None))


def kept_two_turns(seen: TurnRecord) -> TurnRecord:
    """The newest two turns were kept, and stored and returned again."""
    removed = [line for line in seen.ledger.lines if line.mark == "removed"][-4:]
    added = [line for line in seen.ledger.lines if line.mark == "added"]
    again = [replace(line, mark="added") for line in removed]
    lines = [line for line in seen.ledger.lines if line.mark != "added"]
    ledger = replace(seen.ledger, lines=(*lines, added[0], *again, *added[3:]))
    return replace(seen, ledger=ledger, returned=(seen.returned[0], *(line.item for line in again)))


def another_item_before_k(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=(ASSISTANT, *seen.returned))


def compacted_twice(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=(*seen.returned, seen.returned[-1]))


ALL = ("Without a limit all rows were returned and sent", "which rows will be sent with the question")
FOUR = ("get_items(limit=4) returned the newest four items", "With a limit of 4: what will be returned")
OLDER = ("The older ones are still stored", "what becomes of the older rows")
SIX = ("The session's own setting said 2", "The session says 2, the run says 6", "The run's setting wins")
CUT = ("The limit falls between a call and its output", "can cut a turn in two")
LEFT_OUT = ("the runner left the output out", "What will the model be sent")
WHOLE = ("two whole turns were sent", "Can you send less without cutting a turn in two")
IN_FRONT = ("The callback put a summary in front", "A callback puts a summary in front")
BECOMES_A_ROW = ("both runs stored theirs", "Will the summary become a row", "What a callback adds is stored")
NOT_STORED = ("None of it is stored", "Can a summary be sent and not stored", "puts in is sent and not stored")
REPLACED = ("A system row with the summary replaces them", "The old rows are replaced by a summary")
SERVICE = ("the session sent all items to be compacted", "The service compacts the conversation")
K = ("replaces all others", "Which rows will be replaced")

CASES = (
    (1, "Six turns.", false.a_run_less),
    (1, ("Each turn sent all turns before it again", "How many items will be sent with the last one"), run_sent(5, 3)),
    (1, "Each turn sent all turns before it again", run_sent(3, 1)),
    (1, "Each turn sent all turns before it again", false.runs_read(0)),
    (2, ALL, part.run(0, limit=100)),
    (2, ALL, false.first_not_returned),
    (2, ALL, first_line(sent=())),
    (2, "it says your name", false.not_sent("Alice")),
    (3, FOUR, part.run(0, limit=5)),
    (3, FOUR, first_line(returned=True)),
    (3, FOUR, false.first_not_returned),
    (3, OLDER, false.a_row_is_gone),
    (3, "and were not sent", first_line(sent=(1,))),
    (4, SIX, part.run(0, limit=2)),
    (4, SIX[:2], part.run(0, whose_limit="the run's limit, session_settings of its RunConfig")),
    (4, ("six were returned", "How many items will be returned"), false.first_not_returned),
    (5, CUT, part.run(1, limit=3)),
    (
        5,
        (*CUT, "It returned the tool's output without its call"),
        part.returned_kinds("tool call", "tool output", "assistant"),
    ),
    (5, LEFT_OUT, false.item_sent("tool output")),
    (5, "Of that turn, the model was sent only what came after", false.sent_more()),
    (5, "Of that turn, the model was sent only what came after", another_reply),
    (6, "was given all items", false.first_not_returned),
    (6, ("and cut before a message of yours", "can cut before a message of yours"), false.item_sent("assistant")),
    (6, WHOLE, all_was_sent),
    (6, WHOLE, one_turn_sent),
    (6, WHOLE, sent_without("assistant")),
    (6, (*WHOLE, "no call without its output"), sent_without("tool output")),
    (6, "Your name was not sent", both_say("Alice")),
    (6, "Every row is still stored", false.a_row_is_gone),
    (7, IN_FRONT, sent_without("system")),
    (7, IN_FRONT, summary_after),
    (7, BECOMES_A_ROW, false.not_stored("system")),
    (8, "The model wrote a summary in a separate run", part.run(0, session_id="alice")),
    (8, "The model wrote a summary in a separate run", another_summary),
    (8, "replaced what was sent: the summary", sent_without("system")),
    (8, "the newest turn from your question on", false.sent_more()),
    (8, NOT_STORED, part.one_more("system")),
    (8, NOT_STORED, part.one_more("user")),
    (8, "your name was sent", summary_says("The user works as a developer")),
    (9, "The old rows are gone", false.still_stored()),
    (9, REPLACED, part.lost(0)),
    (9, REPLACED, part.item(0, text="Something else")),
    (9, "followed by the newest turn, whole", part.item(1, text="Something else")),
    (9, "followed by the newest turn, whole", kept_two_turns),
    (9, "What will be left if this stops half way", part.called("clear_session", order=999)),
    (10, SERVICE, without_the_service),
    (10, "Whenever four or more items", false.opened_without_options),
    (10, ("Your messages stay, word for word", "which stay"), false.first_not_returned),
    (10, K, false.last_not_returned),
    (10, K, another_item_before_k),
    (10, K, compacted_twice),
)
