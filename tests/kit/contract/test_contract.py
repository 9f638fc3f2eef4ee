"""The contract check finds what is wrong with a session class, says it in figures, and finds nothing wrong with a right one."""

import asyncio
import threading
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import asynccontextmanager, suppress

import pytest
from agents import SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, EncryptedSession, SQLAlchemySession
from sqlalchemy.ext.asyncio import create_async_engine

from lessons.kit.contract import worker
from lessons.kit.contract.contract import CHECKS, check_contract, each_finding
from tests.support import wrong_sessions as wrong
from tests.support.wrong_sessions import RightSession

ONE_RULE_BROKEN = [
    (wrong.NoSettings, "is a session", "NoSettings has no session_settings"),
    (wrong.NotAsync, "is a session", "methods without async: get_items"),
    (wrong.NoneIsAsync, "is a session", "methods without async: get_items, add_items, pop_item, clear_session"),
    (wrong.PrefixesItsId, "session id", 'got "user:contract-'),
    (wrong.FailsOnAnEmptyBatch, "empty batch", "expected no error, got AssertionError: nothing to add"),
    (wrong.IfLimit, "limit 0", 'get_items(0) of 5 items: expected [], got ["1", "2", "3", "4", "5"]'),
    (wrong.NamesItCount, "limit keyword", "unexpected keyword argument 'limit'"),
    (wrong.RaisesOnEmptyPop, "pop on empty", "expected no error, got IndexError: pop from empty list"),
    (wrong.CutsAt64K, "large items", "(65,549 characters)"),
    (wrong.KeepsTheGivenItems, "own items", "after the added items were changed"),
    (wrong.ReturnsItsItems, "own items", "after a returned item was changed"),
    (wrong.FoldsIds, "similar ids", 'expected ["of id 1"], got ["of id 1", "of id 4"]'),
    (
        wrong.ClearsByPrefix,
        "similar ids",
        '/a" after clear_session() of the id that it begins with: expected ["of id 1"]',
    ),
    (wrong.KeepsKnownTypes, "every item type", "got 3 of them; lost: file_search_call, computer_call"),
    (wrong.DropsTheSystem, "every role", 'expected 4 items, got 2 of them; lost: "of the system", "of the developer"'),
    (
        wrong.PopsPairs,
        "pop takes one",
        "after pop_item() of function_call_output: expected 3 items, got 2 of them; lost: f",
    ),
    (wrong.CountsTurns, "limit counts items", "get_items(1) of a turn with a tool: expected"),
    (wrong.RemembersWhatItReturned, "second handle", '"from the second"], got ["from the first"]'),
    (wrong.DropsNulls, "null values", "expected its keys with the value null, lost: content, id, name"),
    (wrong.WritesUtf8, "half a character", "got UnicodeEncodeError: 'utf-8' codec can't encode character"),
    (wrong.CutsIdsAt255, "long ids", 'expected ["of id 0"], got ["of id 0", "of id 1"]'),
]

SEVERAL_RULES_BROKEN = [
    (wrong.LosesUnicode, "unicode", r'"Gr\u00fc\u00dfe"}, got {"role": "user", "content": "Gre"}'),
    (wrong.UpsertsById, "repeated ids", 'expected 6 items, got 4 of them; lost: "answer 1", "answer 2"'),
    (wrong.SkipsWhatItHas, "said twice", 'expected 4 items, got 3 of them; lost: "yes"'),
    (
        wrong.ReturnsAHundred,
        "no limit",
        'expected 1,100 items, got 100 of them; lost: "1", "2" and so on to "1000"',
    ),
    (wrong.KeepsForty, "long sessions", 'expected 1,100 items, got 40 of them; lost: "1", "2" and so on to "1060"'),
    (wrong.KeepsForty, "real runs", "get_items() did not return 72 of them"),
    (wrong.BeginsWithAGreeting, "starts empty", 'expected [], got ["Hello."]'),
    (wrong.ReturnsATuple, "starts empty", "expected [], got ()"),
    (wrong.NewestFirst, "order", 'expected ["one", "two", "three"], got ["three", "two", "one"]'),
    (wrong.KeepsTheLastOfABatch, "batches", 'got ["3", "5"]'),
    (wrong.KeepsTheLastBatch, "batches", 'got ["4", "5"]'),
    (wrong.ReversesBatches, "concurrent adds", "expected the items of each in their order, got"),
    (
        wrong.ThreeWithoutLimit,
        "limit None",
        'get_items(None) of 5 items: expected ["1", "2", "3", "4", "5"], got ["3"',
    ),
    (wrong.OldestN, "limit N", 'get_items(2) of 5 items: expected ["4", "5"], got ["1", "2"]'),
    (
        wrong.PopsTheOldest,
        "pop",
        'expected {"role": "user", "content": "three"}, got {"role": "user", "content": "one"}',
    ),
    (wrong.PeeksAtTheNewest, "pop", 'expected ["one", "two"], got ["one", "two", "three"]'),
    (wrong.ClearsNothing, "clear", "get_items() after clear_session(): expected [], got"),
    (wrong.KeepsTextOnly, "equal items", 'got {"role": "user", "content": "?"}'),
    (wrong.ReturnsItsList, "own list", "after its list was cleared: expected"),
    (wrong.KeepsUsersOnly, "two turns", 'got ["user", "user"]'),
    (wrong.SharesIds, "isolation", 'get_items() of another id: expected [], got ["mine"]'),
    (wrong.LastWriterWins, "concurrent adds", '20 adds at once: expected 40 items, got 2; lost: ["0 a", "0 b", "1 a"'),
    (wrong.BusyWhenAdding, "concurrent adds", "got 19, the first RuntimeError: the session is  [31mbusy"),
    (wrong.ReadsOnce, "second handle", 'expected ["from the first", "from the second"], got ["from the first"]'),
    (wrong.ReadsOnce, "two handles at once", "expected 40 items, got 20"),
]


def check(make_session, seconds=60.0):
    return asyncio.run(check_contract(make_session, seconds))


@pytest.fixture
def stuck(monkeypatch):
    """A function to call where a session hangs: only then is the time of a rule over, however busy this machine is."""
    calls = [Future()]

    def wait_for(ended, seconds):
        wait([*ended, calls[-1]], 30, FIRST_COMPLETED)
        calls.append(Future())

    monkeypatch.setattr(worker, "wait", wait_for)
    return lambda *_: calls[-1].set_result(None)


def check_class(session_class):
    storage = {}
    return check(lambda session_id: session_class(session_id, storage))


def broken(findings):
    return {finding.rule.name: finding.what_happened for finding in findings if not finding.held}


def notes(findings):
    return {finding.rule.name for finding in findings if finding.information}


def test_a_right_class_keeps_every_rule_and_nothing_of_the_check_stays():
    storage = {}
    findings = check(lambda session_id: RightSession(session_id, storage))
    assert (broken(findings), notes(findings)) == ({}, set())
    assert [finding.rule for finding in findings] == list(CHECKS)
    assert storage == {}


@pytest.mark.parametrize(("session_class", "rule", "said"), ONE_RULE_BROKEN)
def test_a_mistake_breaks_its_rule_and_no_other(session_class, rule, said):
    found = broken(check_class(session_class))
    assert list(found) == [rule]
    assert said in found[rule]


@pytest.mark.parametrize(("session_class", "rule", "said"), SEVERAL_RULES_BROKEN)
def test_a_mistake_that_shows_in_many_places_breaks_its_rule_too(session_class, rule, said):
    assert said in broken(check_class(session_class))[rule]


def test_real_runs_are_observed_and_what_they_lose_is_shown_as_lines():
    finding = next(each for each in check_class(wrong.SkipsWhatItHas) if each.rule.name == "real runs")
    assert finding.what_happened == "5 runs: 112 items were added, and get_items() did not return 1 of them"
    assert [line.partition(";")[0] for line in finding.lines] == [
        "added, not returned: user 'Yes' (the new input of run 4"
    ]


@pytest.mark.parametrize(
    ("session_class", "rules", "said"),
    [
        (wrong.ExitsWhenMade, ["is a session"], "got SystemExit: usage: server --port"),
        (
            wrong.InterruptedOnPop,
            ["pop", "pop on empty", "equal items", "pop takes one", "isolation", "second handle"],
            "KeyboardInterrupt",
        ),
        (wrong.LocksAcrossAnAwait, ["concurrent adds", "two handles at once"], "wrong_sessions.py:"),
    ],
)
def test_a_class_that_exits_or_blocks_ends_its_own_rule_and_not_the_check(
    session_class, rules, said, stuck, monkeypatch
):
    monkeypatch.setattr(wrong.LocksAcrossAnAwait, "blocks", stuck)
    storage = {}
    found = broken(check(lambda session_id: session_class(session_id, storage)))
    assert list(found) == rules
    assert all(said in what_happened for what_happened in found.values())
    assert storage == {}


def test_a_rule_that_blocks_is_named_in_its_time_after_all_findings_before_it(stuck):
    release = threading.Event()

    class BlocksOnPop(RightSession):
        async def pop_item(self):
            stuck()
            release.wait(60)

    names = [rule.name for rule in CHECKS]
    findings = each_finding(lambda session_id: BlocksOnPop(session_id, {}))
    before = [next(findings) for _ in range(names.index("pop"))]
    blocked = next(findings)
    assert not release.is_set()
    release.set()
    findings.close()
    assert [finding.rule.name for finding in before if finding.held] == names[: names.index("pop")]
    assert "the event loop was blocked at test_contract.py:" in blocked.what_happened
    assert "in pop_item()" in blocked.what_happened


def test_every_rule_is_broken_by_some_class():
    tried = {rule for _, rule, _ in ONE_RULE_BROKEN + SEVERAL_RULES_BROKEN}
    assert {rule.name for rule in CHECKS} == tried


# What the built-in classes do, as measured with openai-agents 0.24: the rules that they break, and the rules about shared
# storage that do not apply to them.
NOT_SHARED = {"second handle", "two handles at once"}
BUILT_IN = {
    "SQLiteSession in memory": (set(), NOT_SHARED),
    "SQLiteSession in a file": (set(), set()),
    "AsyncSQLiteSession in a file": (set(), set()),
    "AdvancedSQLiteSession in memory": (set(), NOT_SHARED),
    "AdvancedSQLiteSession in a file": (set(), set()),
    "SQLAlchemySession on SQLite in a file": (set(), set()),
    "EncryptedSession on SQLite in memory": ({"half a character"}, NOT_SHARED),
    "EncryptedSession on SQLite in a file": ({"half a character"}, set()),
}


@asynccontextmanager
async def built_in(folder):
    """A function for each name of the table, which makes a session of that class."""
    path = folder / "chat.db"
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'alchemy.db'}")
    await SQLAlchemySession("first", engine=engine, create_tables=True).get_items()
    try:
        yield {
            "SQLiteSession in memory": SQLiteSession,
            "SQLiteSession in a file": lambda name: SQLiteSession(name, path),
            "AsyncSQLiteSession in a file": lambda name: AsyncSQLiteSession(name, path),
            "AdvancedSQLiteSession in memory": lambda name: AdvancedSQLiteSession(session_id=name, create_tables=True),
            "AdvancedSQLiteSession in a file": lambda name: AdvancedSQLiteSession(
                session_id=name, db_path=path, create_tables=True
            ),
            "SQLAlchemySession on SQLite in a file": lambda name: SQLAlchemySession(name, engine=engine),
            "EncryptedSession on SQLite in memory": lambda name: EncryptedSession(name, SQLiteSession(name), "k" * 40),
            "EncryptedSession on SQLite in a file": lambda name: EncryptedSession(
                name, SQLiteSession(name, path), "k" * 40
            ),
        }
    finally:
        await engine.dispose()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "SQLiteSession in a file" else pytest.mark.matrix) for name in BUILT_IN],
)
def test_what_the_built_in_classes_keep(name, tmp_path):
    async def check_it():
        async with built_in(tmp_path) as makers:
            return await check_contract(makers[name])

    findings = asyncio.run(check_it())
    rules_broken, not_for_it = BUILT_IN[name]
    assert (broken(findings), notes(findings)) == (
        {rule: broken(findings).get(rule) for rule in rules_broken},
        not_for_it,
    )


def test_what_does_not_apply_is_said_and_breaks_nothing():
    finding = next(each for each in check(SQLiteSession) if each.rule.name == "second handle")
    assert (finding.held, finding.information) == (True, True)
    assert "a second handle sees no items" in finding.what_happened


def test_a_maker_may_be_async():
    storage = {}

    async def make(session_id):
        await asyncio.sleep(0)
        return RightSession(session_id, storage)

    assert broken(check(make)) == {}


def test_a_maker_that_fails_is_one_finding():
    def make(session_id):
        raise ConnectionError("no server")

    (finding,) = check(make)
    assert finding.rule.name == "is a session"
    assert finding.what_happened == "expected no error, got ConnectionError: no server"


def test_a_call_that_hangs_ends_its_rule_after_the_time_limit(stuck, monkeypatch):
    monkeypatch.setattr(worker, "ANSWER_SECONDS", 30)  # a loop that is not blocked answers, and may take its time

    class WaitsForAnItem(RightSession):
        async def pop_item(self):
            while not self.items:
                stuck()
                await asyncio.Event().wait()
            return await super().pop_item()

    storage = {}
    found = broken(check(lambda session_id: WaitsForAnItem(session_id, storage), seconds=0.8))
    assert found == {"pop on empty": "expected an end within 0.8 seconds, and it did not end"}
    assert storage == {}


def test_a_call_that_hangs_and_cannot_be_cancelled_does_not_hold_up_the_check():
    released = asyncio.Event()

    class Hangs(RightSession):
        async def clear_session(self):
            while not released.is_set():
                with suppress(asyncio.CancelledError):
                    await released.wait()

    async def check_it():
        findings = await asyncio.wait_for(check_contract(lambda session_id: Hangs(session_id, {}), 0.01), 60)
        released.set()
        return findings

    assert broken(asyncio.run(check_it()))["clear"] == "expected an end within 0.01 seconds, and it did not end"


@pytest.mark.parametrize("error", [TimeoutError("from the server"), asyncio.CancelledError()])
def test_what_a_session_raises_is_told_from_the_time_limit(error):
    class Fails(RightSession):
        async def pop_item(self):
            raise error

    said = {
        TimeoutError: "expected no error, got TimeoutError: from the server",
        asyncio.CancelledError: "expected a result, and the call was cancelled from inside",
    }
    assert broken(check_class(Fails))["pop"] == said[type(error)]


@pytest.mark.parametrize("way", ["close", "async close", "aclose"])
def test_every_session_is_cleared_and_then_closed(way):
    calls = {}

    class Closing(RightSession):
        async def clear_session(self):
            self.log.append("clear")
            await super().clear_session()

    def close(self):
        self.log.append("close")

    async def close_async(self):
        close(self)

    setattr(Closing, way.removeprefix("async "), close if way == "close" else close_async)

    def make(session_id):
        session = Closing(session_id, {})
        session.log = calls.setdefault(session, [])
        return session

    check(make)
    assert len(calls) > len(CHECKS)
    assert {tuple(log[-2:]) for log in calls.values()} == {("clear", "close")}
