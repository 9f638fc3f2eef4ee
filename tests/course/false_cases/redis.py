"""Records in which what the steps of Redis say is false."""

from dataclasses import replace

from lessons.kit.records import ChangedRow, TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change


def expires(at: str) -> Change:
    """Every key is to expire then."""

    def changed(row: ChangedRow) -> ChangedRow:
        return replace(row, after={**row.after, "expires_at": at}) if row.after and "expires_at" in row.after else row

    def change(seen: TurnRecord) -> TurnRecord:
        tables = tuple(
            replace(table, added=tuple(map(changed, table.added)), changed=tuple(map(changed, table.changed)))
            for table in seen.changes
        )
        return replace(seen, changes=tables)

    return change


CASES = (
    (1, "Two keys", false.unchanged("keys")),
    (2, "Neither key has a TTL", expires("2999-01-01 00:00:00.000")),
    (3, "ten minutes after this add", expires("2999-01-01 00:00:00.000")),
    (4, "nothing changed", false.another_session_changed),
    (5, "Every add_items() starts the whole TTL again", expires("2999-01-01 00:00:00.000")),
    (6, "expires_at is what it was", expires("2999-01-01 00:00:00.000")),
    (7, "left the expiry as it was", expires("2999-01-01 00:00:00.000")),
    (8, "sales returned nothing", false.something_returned),
    (9, "Nothing was returned", false.something_returned),
    (10, "close() closed nothing", false.nothing_returned),
    (11, "read the same list", false.other_texts_sent),
    (12, "Redis deleted both keys", false.unchanged("keys")),
    (13, "was sent only your question", false.sent_more()),
)
