"""Records in which what the steps of Redis say is false."""

from dataclasses import replace

from lessons.kit.records import ChangedRow, TableChanges, TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change
from tests.course.false_records import parts as part

LATER, EARLIER = "2999-01-01 00:00:00.000", "2000-01-01 00:00:00.000"


def expires(at: str, end: str = "", side: str = "after") -> Change:
    """Every key whose name ends so is to expire then; with `side="before"` it was to expire then before the turn."""

    def changed(row: ChangedRow) -> ChangedRow:
        cells = getattr(row, side)
        if not cells or "expires_at" not in cells or not str(row.key).endswith(end):
            return row
        return replace(row, **{side: {**cells, "expires_at": at}})

    def of(table: TableChanges) -> TableChanges:
        return replace(
            table,
            added=tuple(map(changed, table.added)),
            removed=tuple(map(changed, table.removed)),
            changed=tuple(map(changed, table.changed)),
        )

    return lambda seen: replace(seen, changes=tuple(map(of, seen.changes)))


def with_row_ids(seen: TurnRecord) -> TurnRecord:
    """The rows have ids that do not begin with 1."""

    def of(table: TableChanges) -> TableChanges:
        rows = tuple(replace(row, key=row.key + 6) if isinstance(row.key, int) else row for row in table.added)
        return replace(table, added=rows)

    return replace(seen, changes=tuple(map(of, seen.changes)))


def under_the_same_prefix(seen: TurnRecord) -> TurnRecord:
    """The keys that were added are those of the other prefix."""

    def of(table: TableChanges) -> TableChanges:
        return replace(
            table, added=tuple(replace(row, key=str(row.key).replace("support", "sales")) for row in table.added)
        )

    return replace(seen, changes=tuple(map(of, seen.changes)))


def opened_one_handle(seen: TurnRecord) -> TurnRecord:
    return replace(seen, opened=seen.opened[:1])


def oldest_not_returned(seen: TurnRecord) -> TurnRecord:
    """The oldest item was not returned."""
    first = seen.ledger.lines[0]
    less = false.every_line(seen, lambda line: replace(line, returned=False) if line is first else line)
    return replace(less, returned=less.returned[1:])


CASES = (
    (1, ("Two keys", "under which keys", "A session is a list and a hash"), false.unchanged("keys")),
    (1, "a hash that says", false.cell_of("keys", "type", "string")),
    (1, "one JSON text for each item", false.cell_of("keys", "entries", "9")),
    (1, "There are no tables and no row ids.", false.another_table_changed),
    (1, "There are no tables and no row ids.", with_row_ids),
    (1, "Neither key has a TTL", expires(LATER)),
    (2, ("Neither key has a TTL", "will a key expire"), expires(LATER)),
    (2, "What will a run do to the list", false.unchanged("keys", "list entries")),
    (3, ("ten minutes after this add", "ttl=600 is given with this add"), expires(LATER)),
    (3, "both keys expire", expires("", ":alice")),
    (3, ("with the rows from before", "Which items will expire"), expires("", ":messages")),
    (3, "A TTL belongs to the key, not", expires("")),
    (3, "ttl=600: ten minutes", false.opened_without_options),
    (4, "Everything was returned", oldest_not_returned),
    (
        4,
        ("and nothing changed", "Does reading make the session live longer", "and reading does not"),
        false.another_session_changed,
    ),
    (5, "in both keys", expires(EARLIER, ":alice")),
    (5, "expires_at moved", expires(EARLIER, ":messages")),
    (5, ("starts the whole TTL again", "What will happen to the time"), expires(LATER)),
    (5, ("the expiry moves forward", "every add starts it again"), expires(EARLIER)),
    (5, ("A run adds twice", "Another add"), part.without_call("add_items")),
    (5, "your message and the reply", false.not_stored("assistant")),
    (6, ("the newest entry is gone", "One item is popped"), part.last_line(mark="")),
    (6, ("expires_at is what it was", "Only an add moves it", "Will the expiry move"), expires(LATER)),
    (7, ("Two handles on one session", "A second handle on the same session"), opened_one_handle),
    (7, ("neither keeps a copy", "What will it see"), false.other_texts_sent),
    (7, "each reads what the other has stored", part.last_line(returned=False)),
    (7, "The second has no TTL", false.opened_without_options),
    (7, ("left the expiry as it was", "An add without a TTL"), expires(LATER)),
    (8, ("sales returned nothing", "What will be returned"), false.something_returned),
    (8, "these are other keys", under_the_same_prefix),
    (8, "The same id under another prefix", false.opened_without_options),
    (9, ("Nothing was returned", "all rows, or none"), false.something_returned),
    (9, "everything is still stored", false.a_row_is_gone),
    (10, ("close() closed nothing", "Will the next call fail"), false.nothing_returned),
    (10, "The handle is closed", part.without_call("close")),
    (10, "ping() says whether the server answers", false.gave(False, 0)),
    (11, "read the same list", false.other_texts_sent),
    (11, ("The new handle read", "Every handle is dropped"), false.without_a_restart),
    (11, ("the memory is in the server", "Where is the memory"), false.sent_less()),
    (12, "Redis deleted both keys", false.unchanged("keys")),
    (12, ("with every row in them", "Which rows will be left", "with every row and without"), false.a_row_is_left),
    (12, ("also those added with ten minutes", "Ten minutes are left"), expires(EARLIER, side="before")),
    (12, ("One second after the add", "an add comes with ttl=1"), false.opened_without_options),
    (12, "Here, expired means deleted", false.something_returned),
    (12, "and without an error", part.called("get_items", error="ValueError: no")),
    (13, ("was sent only your question", "What will the model be sent"), false.sent_more()),
    (13, ("without an error or a warning", "will there be an error"), part.called("get_items", error="ValueError: no")),
    (13, ("The list starts at 1 again", "The session has expired"), with_row_ids),
    (13, "the hash has a new created_at", false.unchanged("keys")),
)
