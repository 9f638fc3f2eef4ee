"""Everything that a learner can make go wrong, in the order in which a run meets it, each with the right recovery."""

from lessons.course.failures import goes_wrong, lesson
from lessons.course.failures.goes_wrong import (
    ask_both_again,
    ask_the_long_one_again,
    ask_the_sum_again,
    ask_the_weather_again,
    take_the_weather_back,
)
from lessons.frame.failure import Failure
from lessons.kit.copyable.ask_again import ask_again, take_back
from lessons.kit.sdk_version import since

QUESTION, CALL, OUTPUT, ANSWER = "user", "tool call", "tool output", "assistant"
ASKED, TOOL_ROUND = (QUESTION,), (QUESTION, CALL, OUTPUT)
ANSWERED, ANSWERED_WITH_TOOL = (QUESTION, ANSWER), (QUESTION, CALL, OUTPUT, ANSWER)

FILES = ("sqlite_file", "sqlite_custom_tables")
WITH_AN_ID = (
    *FILES, "sqlite_memory", "async_sqlite", "advanced_sqlite", "sqlalchemy_sqlite", "postgresql", "mysql", "json_files",
    "redis_fake", "redis",
)  # fmt: skip
"""Not a Conversations session: it has no id before its first call, and a compaction session cannot wrap it."""


async def go_on_after_the_failed_tool(agent, session):
    return (
        await ask_again(agent, "What's the weather in Oslo?", session, before=0) or "it is answered: nothing was asked"
    )


async def take_the_code_back(session):
    return await take_back(session, "My launch code is 0000")


async def take_the_blocked_answer_back(session):
    return await take_back(session, "What's 7 + 7?")


async def ask_the_retried_one_again(agent, session):
    return await ask_again(agent, "What's 8 + 8?", session, before=0) or "it is answered: nothing was asked"


async def the_model_fails_after_a_tool(agent, session):
    return await lesson.fail_at(agent, goes_wrong.WEATHER, session, request=2)


FAILURES = (
    Failure(
        "file_locked",
        "The database is locked before the run",
        goes_wrong.the_file_is_locked,
        "OperationalError: database is locked",
        (),
        ask_the_sum_again,
        ANSWERED,
        "After 5 seconds the run ended, before the model was asked. The question is not stored: ask_again asks it.",
        FILES,
    ),
    Failure(
        "disk_full",
        "The disk is full",
        goes_wrong.the_disk_is_full,
        "OperationalError: database or disk is full",
        (),
        ask_the_long_one_again,
        ANSWERED,
        "The question could not be stored, so the model was not asked. Make room, then ask again. Here SQLite's own limit of "
        "pages plays the full disk. If a file is opened with less than 32 KB left, SQLite says disk I/O error instead.",
        ("sqlalchemy_sqlite",),
    ),
    Failure(
        "input_guardrail_first",
        "An input guardrail blocks, before the model",
        lesson.block_a_question,
        "InputGuardrailTripwireTriggered",
        ASKED,
        take_the_code_back,
        (),
        "The guardrail blocked the answer, and not the stored question: later runs send it. Take it back.",
    ),
    Failure(
        "input_guardrail_parallel",
        "An input guardrail blocks, while the model works",
        goes_wrong.a_guardrail_during_the_run,
        "InputGuardrailTripwireTriggered, and the tool was called for ['Oslo']",
        ASKED,
        take_the_weather_back,
        (),
        "The guardrail came too late: the tool was already called, and nothing of that is stored. Use run_in_parallel=False "
        "where tools have side effects. Take the question back.",
    ),
    Failure(
        "model_error",
        "The model fails",
        lesson.lose_the_connection,
        "ConnectionError",
        ASKED,
        ask_the_sum_again,
        ANSWERED,
        "The question stays. ask_again goes on from it, with no new input: it is not stored twice.",
    ),
    Failure(
        "time_out",
        "The time is up",
        goes_wrong.the_time_is_up,
        "TimeoutError",
        ASKED,
        ask_the_sum_again,
        ANSWERED,
        "The time-out cancels the run. The question stays, and is asked again from what is stored.",
    ),
    Failure(
        "stream_broken",
        "The stream breaks off",
        goes_wrong.the_stream_breaks_off,
        "ConnectionError: the stream broke off, after '2 '",
        ASKED,
        ask_the_sum_again,
        ANSWERED,
        "The user saw the beginning of the answer. Nothing of it is stored, so the model will not know what it said.",
    ),
    Failure(
        "cancelled",
        "cancel()",
        goes_wrong.cancel_at_once,
        "reply: None",
        ASKED,
        ask_the_weather_again,
        ANSWERED_WITH_TOOL,
        "cancel() ends the run at once: no error, no answer, and the question stays.",
    ),
    Failure(
        "cancelled_after_turn",
        'cancel(mode="after_turn")',
        lesson.stop_after_the_tool,
        "reply: None",
        TOOL_ROUND,
        ask_the_weather_again,
        ANSWERED_WITH_TOOL,
        "The round was finished and stored: the call with its output. The run goes on from there: no second call.",
    ),
    Failure(
        "stream_left",
        "Nobody reads the stream to its end",
        goes_wrong.leave_the_stream,
        "stored when the stream was left, 4 a moment later",  # a busy server stores more before it is asked
        ANSWERED_WITH_TOOL,
        ask_the_weather_again,
        ANSWERED_WITH_TOOL,
        "break stops your loop, and not the run: it called the tool and stored the answer. Call cancel() if that is not "
        "meant. There is nothing to ask again.",
    ),
    Failure(
        "stream_never_read",
        "Nobody reads the stream at all",
        goes_wrong.never_read_the_stream,
        "reply: ",
        ANSWERED,
        ask_the_sum_again,
        ANSWERED,
        "A streamed run runs and stores even if its events are never read. There is nothing to ask again.",
    ),
    Failure(
        "unknown_tool",
        "The model calls a tool that does not exist",
        goes_wrong.a_tool_that_does_not_exist,
        "ModelBehaviorError: Tool get_wether not found",
        ASKED,
        ask_the_weather_again,
        ANSWERED_WITH_TOOL,
        "The call is not stored, only the question. Another answer of the model may have the right name: ask again.",
    ),
    Failure(
        "tool_fails",
        "A tool fails, and the SDK handles it",
        lesson.a_tool_fails,
        "",
        ANSWERED_WITH_TOOL,
        go_on_after_the_failed_tool,
        ANSWERED_WITH_TOOL,
        "The error became the output of the tool, and the run went on. For the session the question is answered.",
    ),
    Failure(
        "tool_raises",
        "A tool raises",
        lesson.a_tool_raises,
        "UserError",
        ASKED,
        ask_the_weather_again,
        ANSWERED_WITH_TOOL,
        "With failure_error_function=None the error ends the run, and the call is not stored. The tool is called again, so it "
        "must be safe to call twice.",
    ),
    Failure(
        "one_tool_raises",
        "One of two tools raises",
        goes_wrong.one_of_two_tools_raises,
        "UserError",
        since((0, 24), TOOL_ROUND, before=ASKED),
        ask_both_again,
        since((0, 24), ANSWERED_WITH_TOOL, before=(QUESTION, CALL, CALL, OUTPUT, OUTPUT, ANSWER)),
        since(
            (0, 24),
            "The pair that succeeded is stored, and the call that raised is not. The run goes on with one output.",
            before="Only the question is stored, also for the call that succeeded. Both tools are called again.",
        ),
    ),
    Failure(
        "tool_guardrail",
        "A tool guardrail stops the run",
        goes_wrong.a_tool_guardrail_stops_the_run,
        "ToolInputGuardrailTripwireTriggered",
        ASKED,
        take_the_weather_back,
        (),
        "The guardrail raised before the tool ran. The question stays. If you ask it again, the call is blocked again: take it "
        "back.",
    ),
    Failure(
        "max_turns",
        "max_turns is reached",
        lesson.too_many_turns,
        "MaxTurnsExceeded",
        TOOL_ROUND,
        ask_the_weather_again,
        ANSWERED_WITH_TOOL,
        "Finished rounds are stored. A new run goes on from there with a new count.",
    ),
    Failure(
        "model_error_after_tool",
        "The model fails after a tool",
        the_model_fails_after_a_tool,
        "ConnectionError",
        TOOL_ROUND,
        ask_the_weather_again,
        ANSWERED_WITH_TOOL,
        "The call and its output are stored. The run goes on after them: a tool that books or pays is not called twice.",
    ),
    Failure(
        "output_guardrail",
        "An output guardrail blocks",
        lesson.block_an_answer,
        "OutputGuardrailTripwireTriggered",
        ASKED,
        take_the_blocked_answer_back,
        (),
        "The answer is not stored, and the question is. Take it back, or the next run answers it too.",
    ),
    Failure(
        "file_locked_later",
        "The database is locked while the model answers",
        goes_wrong.the_file_is_locked_during_the_call,
        "OperationalError: database is locked",
        ASKED,
        ask_the_sum_again,
        ANSWERED,
        "The model had already answered, and you pay for that answer. After 5 seconds it was lost. The question stays.",
        FILES,
    ),
    Failure(
        "disk_full_later",
        "The disk fills up while the model answers",
        goes_wrong.the_disk_is_full_during_the_call,
        "OperationalError: database or disk is full",
        ASKED,
        ask_the_sum_again,
        ANSWERED,
        "The question was stored. There was no room for the answer: it is lost, and you pay for it. Make room, then go on from "
        "the question. Here SQLite's own limit of pages plays the full disk.",
        ("sqlalchemy_sqlite",),
    ),
    Failure(
        "server_gone",
        "The server goes away",
        goes_wrong.the_server_goes_away,
        "The server is gone: ",
        ASKED,
        ask_the_sum_again,
        ANSWERED,
        "The question had reached the server, and the answer did not. When the server is back, go on from what it has. On a "
        "real server the connection was really cut; fakeredis, which has none, refused to answer.",
        ("redis_fake", "redis", "postgresql", "mysql"),
    ),
    Failure(
        "compaction_fails",
        "The compaction fails",
        goes_wrong.the_compaction_fails,
        "APIConnectionError",
        ANSWERED,
        ask_the_sum_again,
        ANSWERED,
        "Compaction comes after the answer was stored. Its error reaches the caller, and the answer does not: it is in the "
        "session. There is nothing to ask again.",
        WITH_AN_ID,
    ),
    Failure(
        "retried",
        "A request is sent twice",
        lesson.retry_a_request,
        "",
        ANSWERED,
        ask_the_retried_one_again,
        ANSWERED,
        "The client did not get the answer, and sends the question again. ask_again finds both, and asks nothing.",
    ),
)
"""Each runs in a session without rows. A failure that needs a certain store names it."""
