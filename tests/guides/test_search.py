"""What people paste into the search, and what it has to lead to."""

import pytest

from lessons.guides.search import search
from lessons.guides.symptoms import SYMPTOMS

LOOPS = ("loops", "no-loop", "run-sync")
CREATING = ("advanced-tables", "sqlalchemy-tables")

PASTED = [
    ("RuntimeError: Event loop is closed", LOOPS),
    (
        "RuntimeError: Task <Task pending name='Task-5' coro=<main() running at /home/me/app.py:12>> got Future <Future "
        "pending> attached to a different loop",
        LOOPS,
    ),
    ("RuntimeError: <asyncio.locks.Lock object at 0x7f3a2c1b> is bound to a different event loop", LOOPS),
    ("RuntimeError: There is no current event loop in thread 'ScriptRunner.scriptThread'.", ("no-loop",)),
    ("RuntimeError: This event loop is already running", ("run-sync",)),
    ("RuntimeWarning: coroutine 'SQLiteSession.add_items' was never awaited", ("not-awaited",)),
    ("Error code: 400 - No tool call found for function call output with call_id call_abc.", ("slice", "orphan")),
    ("No tool output found for function call call_abc.", ("orphan", "slice")),
    (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'",
        ("orphan", "slice"),
    ),
    ("Item 'rs_123' of type 'reasoning' was provided without its required following item.", ("reasoning-alone",)),
    ("Item with id 'rs_3c4c' not found.", ("reasoning-alone", "Omit the ids")),
    ("Duplicate item found with id rs_123.", ("at-once",)),
    ("conversation_locked", ("at-once",)),
    ("sqlite3.OperationalError: no such table: message_structure", ("advanced-tables",)),
    ("sqlite3.OperationalError: no such table: agent_messages", ("sqlalchemy-tables",)),
    ("cryptography.fernet.InvalidToken", ("wrong-key", "Pop with a wrong key")),
    ("InputGuardrailTripwireTriggered: Guardrail InputGuardrail triggered tripwire", ("guardrail",)),
    ("guardrail", ("guardrail",)),
    ("MaxTurnsExceeded: Max turns (10) exceeded", ("retry",)),
    ("approval", ("approval",)),
    ("cancel", ("left-stream", "Leave a stream early")),
    (
        "sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called; can't call await_only() here.",
        ("greenlet",),
    ),
    (
        "asyncpg.exceptions.InterfaceError: cannot perform operation: another operation is in progress",
        ("loops",),
    ),
    ("TypeError: cannot pickle '_thread.RLock' object", ("pickle",)),
    ("retry", ("retry",)),
    ("duplicate", ("at-once", "list-and-session")),
    ("compaction", ("compaction", "Have it compacted", "OpenAIResponsesCompactionSession")),
    ("image", ("Send an image and a file",)),
    ("mcp", ("Use hosted tools",)),
    ("reasoning", ("reasoning-alone", "reasoning item")),
    ("streamlit", ("no-loop", "pickle")),
    ("session state", ("pickle",)),
    # what a learner types
    ("ModuleNotFoundError: No module named 'agents.extensions.session'", ("module",)),
    (
        "ImportError: cannot import name 'SQLAlchemySession' from 'agents' (/usr/lib/agents/__init__.py)",
        ("extension-from-agents",),
    ),
    ("AttributeError: 'dict' object has no attribute 'content'", ("item-attributes",)),
    ("AttributeError: 'str' object has no attribute 'get_items'", ("id-as-session",)),
    ("sqlite3.OperationalError: database is locked", ("locked",)),
    ("sqlite3.OperationalError: unable to open database file", ("folder",)),
    ("RuntimeError: SQLiteSession is closed", ("closed",)),
    ("ValueError: encryption_key not set; required for EncryptedSession.", ("no-key",)),
    ("agents.exceptions.UserError: Session persistence cannot be combined with conversation_id", ("two-memories",)),
    ("it forgets my name", ("another-id", "in-memory")),
    ("handoff", ("handoff", "A real handoff", "no-handoff")),
    ("branch", ("branch", "branch-by-id", "branch-id")),
    ("context window too long", ("long", "Long conversations", "limit")),
    ("ttl", ("TTL", "expired", "Add with a TTL")),
    ("what is a turn", ("turn",)),
    ("MySQL", ("driver", "SQLAlchemySession")),
]


TYPED = [
    ("agent forgets", ("another-id", "in-memory")),
    ("agent does not remember me", ("another-id",)),
    ("my messages are duplicated", ("list-and-session",)),
    ("every message is stored twice", ("list-and-session", "retry")),
    ("old history is lost after a restart of the server", ("in-memory",)),
    ("openai.BadRequestError: Error code: 400 - Previous response with id 'resp_68ab' not found.", ("two-memories",)),
    ("sqlalchemy.exc.TimeoutError: QueuePool limit of size 3 overflow 0 reached", ("Ask through a small pool",)),
    ("asyncpg.exceptions.TooManyConnectionsError: sorry, too many clients already", ("Ask through a small pool",)),
    ('asyncpg.exceptions.UndefinedTableError: relation "agent_messages" does not exist', ("sqlalchemy-tables",)),
    ("sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres", ("driver",)),
    ("AttributeError: 'coroutine' object has no attribute 'final_output'", ("not-awaited", "run-sync")),
    ("Invalid 'input[4].id': '__fake_id__'. Expected an ID that begins with 'msg'.", ("Answer by Chat Completions",)),
    ("This model's maximum context length is 128000 tokens", ("long",)),
    ("messages with role 'tool' must be a response to a preceding message with 'tool_calls'", ("slice", "orphan")),
    ("tool was called twice after approval", ("Approve it twice",)),
    ("two requests at the same time mix up the history", ("at-once",)),
    ("move sessions to another database", ("Upgrade the right way",)),
    ("erase the data of a user", ("Erase it",)),
    ("pymysql.err.DataError: (1406, \"Data too long for column 'message_data' at row 1\")", ("Store a long item",)),
]


def names(results):
    return [result.case.slug if result.case else result.title for result in results]


@pytest.mark.parametrize(("pasted", "expected"), PASTED)
def test_what_is_pasted_leads_where_it_must(pasted, expected):
    found = search(pasted)
    assert found.fitting, names(found.nearest)
    first = 1 if ": " in pasted else 3
    assert set(names(found.fitting)[:first]) & set(expected), names(found.fitting)


@pytest.mark.parametrize(("typed", "expected"), TYPED)
def test_a_symptom_in_other_words_is_among_the_first_three(typed, expected):
    assert set(names(search(typed).fitting)[:3]) & set(expected), names(search(typed).fitting)


def test_every_symptom_leads_where_it_says():
    missed = [
        (text, leads_to)
        for leads_to, texts in SYMPTOMS.items()
        for text in texts
        if leads_to not in names(search(text).fitting)[:3]
    ]
    assert missed == []
    assert sum(map(len, SYMPTOMS.values())) >= 60


def test_a_whole_traceback_is_found_by_its_last_line():
    traceback = (
        'Traceback (most recent call last):\n  File "/home/me/app.py", line 3, in <module>\n    asyncio.run(main())\n'
        '  File "/usr/lib/python3.11/asyncio/runners.py", line 190, in run\n    return runner.run(main)\n'
        "RuntimeError: SQLiteSession is closed"
    )
    assert names(search(traceback).fitting)[0] == "closed"


def test_all_kinds_are_found_and_each_result_says_where_it_leads():
    asked = ("Redis", "item", "Which session type do you need", "Ask with a tool", "Analytics", "no such table")
    results = [result for one in asked for result in search(one).fitting]
    assert {result.kind for result in results} == {"case", "step", "lesson", "guide", "session type", "word"}
    assert all(result.leads_to and result.title and result.says for result in results)
    assert all(result.lesson or result.case or result.kind == "session type" for result in results)


def test_where_nothing_fits_the_nearest_is_offered():
    assert search("zxcvb qwrtz").fitting == ()
    assert search("zxcvb qwrtz").nearest == ()
    slipped = search("compactoin")
    assert slipped.fitting == ()
    assert set(names(slipped.nearest)) & {"compaction", "Have it compacted", "OpenAIResponsesCompactionSession"}


def test_nothing_asked_finds_nothing():
    assert search("  ").fitting == ()
    assert search("the of a").fitting == ()
