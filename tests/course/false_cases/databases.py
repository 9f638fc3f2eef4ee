"""Records in which what the steps of SQL databases say is false."""

from dataclasses import replace

from lessons.kit.ledger.cause import Cause
from lessons.kit.records import OpenedSession, TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change
from tests.course.false_records import parts as part


def ended_at_once(seen: TurnRecord) -> TurnRecord:
    """The first run ended before any other began."""
    runs = tuple(
        replace(run, ended=run.began) if run.began == min(one.began for one in seen.ledger.runs) else run
        for run in seen.ledger.runs
    )
    return replace(seen, ledger=replace(seen.ledger, runs=runs))


def stored_elsewhere(seen: TurnRecord) -> TurnRecord:
    """Something was stored between the rows of the first run and those of the second."""
    rows = [replace(ref, key=ref.key + 1) for ref in seen.ledger.runs[1].stored]
    return part.run(1, stored=tuple(rows))(seen)


def also_in_table(table: str, session_id: str) -> Change:
    """The turn has added rows of that session to the table too."""

    def change(seen: TurnRecord) -> TurnRecord:
        (own,) = [one for one in seen.changes if one.table == table]
        return replace(seen, changes=(*seen.changes, replace(own, session_id=session_id)))

    return change


def in_two_rows(seen: TurnRecord) -> TurnRecord:
    """The item was cut into two rows."""
    tables = tuple(replace(table, added=table.added * 2) for table in seen.changes)
    return replace(seen, changes=tables)


def one_session_less(seen: TurnRecord) -> TurnRecord:
    one = seen.item_changes[0].session_id
    return replace(seen, changes=tuple(table for table in seen.changes if table.session_id != one))


def not_disposed(seen: TurnRecord) -> TurnRecord:
    return replace(seen, opened=tuple(replace(one, disposed=False) for one in seen.opened))


def returned_in_another_order(seen: TurnRecord) -> TurnRecord:
    return replace(seen, returned=tuple(sorted(seen.returned, key=lambda item: item.kind)))


def returned_text(seen: TurnRecord) -> TurnRecord:
    """The last item that was returned says something else."""
    return replace(seen, returned=(*seen.returned[:-1], false.STRANGER))


TWO = "{'pool_size': 2, 'max_overflow': 0, 'pool_timeout': 5}"

CASES = (
    (1, ("Two tables were made", "Which tables will the first run make"), false.unchanged("agent_sessions")),
    (1, "Two tables were made", false.another_table_changed),
    (1, "The database is empty", false.sent_more()),
    (2, ("read every row", "what will it read"), false.last_not_returned),
    (
        2,
        ("A second handle on the same engine read", "A second handle on the same engine:"),
        false.opened_without_options,
    ),
    (3, "engine_kwargs", false.opened_without_options),
    (
        3,
        ("at most one connection", "At most one connection"),
        part.with_(opened=(OpenedSession("alice", f"engine_kwargs={TWO}"),)),
    ),
    (3, ("so a run needs only one", "How many does a run need"), false.not_stored("assistant")),
    (4, ("each engine has its own database", "each from_url makes another engine"), false.runs_read(2)),
    (4, ("its database is empty", "Will they share rows"), part.run(1, read=2)),
    (4, ("The second session has the same id", "Two sessions with one id"), part.run(1, session_id="other")),
    (4, "None of your rows changed", false.another_session_changed),
    (5, ("the second run sent the name", "What will the second run send"), false.other_texts_sent),
    (5, ("The same two sessions on one engine:", "The same two sessions on one engine."), stored_elsewhere),
    (
        6,
        ("the first read fails", "create_tables is False unless", "When will it fail", "the tables do not exist"),
        false.with_result("[]"),
    ),
    (7, ("One item, stored twice", "One text is stored"), part.without_call("add_items")),
    (7, "each character outside ASCII is", false.rows_store("\\u00fc", "ü")),
    (
        7,
        ("an emoji takes twelve characters", "Each character outside ASCII is"),
        false.rows_store("\\ud83c\\udf89", "🎉"),
    ),
    (7, ("With False the row holds the text itself", "Will the rows differ"), false.rows_store("ü", "\\u00fc")),
    (7, "The returned item is the same", returned_text),
    (8, "share a created_at", false.one_time_differs),
    (8, "Two batches are added", part.without_call("add_items")),
    (8, "In which order will the rows be read", returned_in_another_order),
    (9, ("into chat_messages and chat_sessions", "Where will the rows go"), false.another_table_changed),
    (9, ("The rows went into", "Your own names for the tables"), false.unchanged("chat_messages")),
    (9, "The other sessions are not in these tables", also_in_table("chat_messages", "alice")),
    (10, ("70,000 characters in one row", "Will one column hold them"), in_two_rows),
    (10, ("70,000 characters in one row", "70,000 characters in one item"), false.with_result("65535")),
    (11, ("No run waited until another had ended", "Will one wait"), ended_at_once),
    (11, "Ten sessions", one_session_less),
    (11, "Ten runs start at once", part.without_run(0)),
    (12, ("dispose() closed every connection", "The engine is disposed of"), not_disposed),
    (12, ("every row is there", "are the rows there", "The database keeps the rows"), false.other_texts_sent),
    (12, "every row is there", false.a_row_is_gone),
    (12, ("The session opened a new one", "Will the session still work"), part.without_run(0)),
    (13, ("Nothing was kept in the process", "Every handle is dropped"), false.without_a_restart),
    (13, ("reads two of the stored rows", "What will it read"), false.last_not_returned),
    (13, "reads two of the stored rows", false.without_cause(Cause.OVER_LIMIT)),
    (13, ("a limit is a setting of the session object", "A limit is a setting"), false.opened_without_options),
    (
        13,
        "stored rows: a limit is a setting of the session object, not of the table",
        part.run(0, whose_limit="the run's limit"),
    ),
)
