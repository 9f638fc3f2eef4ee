"""Records in which what the steps of SQL databases say is false."""

from dataclasses import replace

from lessons.kit.records import TurnRecord
from tests.course import false_records as false


def ended_at_once(seen: TurnRecord) -> TurnRecord:
    """The first run ended before any other began."""
    runs = tuple(
        replace(run, ended=run.began) if run.began == min(one.began for one in seen.ledger.runs) else run
        for run in seen.ledger.runs
    )
    return replace(seen, ledger=replace(seen.ledger, runs=runs))


CASES = (
    (1, "made two tables", false.unchanged("agent_sessions")),
    (1, "made two tables", false.another_table_changed),
    (2, "read both rows", false.nothing_returned),
    (3, "engine_kwargs", false.opened_without_options),
    (4, "its database is empty", false.runs_read(2)),
    (4, "None of your rows changed", false.another_session_changed),
    (5, "the second was sent the name", false.other_texts_sent),
    (6, "the first read fails", false.with_result("[]")),
    (7, "an emoji takes twelve characters", false.cell_of("agent_messages", "message_data", "Zürich")),
    (8, "share a created_at", false.one_time_differs),
    (9, "into chat_messages and chat_sessions", false.another_table_changed),
    (10, "70,000 characters in one row", false.with_result("65535")),
    (11, "No run waited until another had ended", ended_at_once),
    (12, "every row is there", false.a_row_is_gone),
    (13, "reads two of the stored rows", false.last_not_returned),
)
