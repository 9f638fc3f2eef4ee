"""What is said of the next run, compared with the request of a real run on a copy of the same file."""

import asyncio
import json
import random
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, SessionSettings, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, AsyncSQLiteSession, EncryptedSession, SQLAlchemySession
from agents.testing import assistant_message

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.all_findings import findings_in
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.findings.finding import rows_in_words
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from tests.support.checked_sessions import KEY, OTHER_KEY, envelope
from tests.support.random_turns import Witness, random_item
from tests.support.scripted import scripted
from tests.support.stored_sessions import assistant, call, output, reasoning, store, user

CASES, SEED = 60, 20_261_128
CLASSES = ("SQLiteSession", "AsyncSQLiteSession", "SQLAlchemySession", "AdvancedSQLiteSession")
ODD = (
    *("null", "1", '"text"', "[]", "{}", "{half", "", "true", "1e999", '{"role": "user", "content": NaN}'),
    *('{"role": "user", "content": "\\ud83d"}', '{"role": "robot", "content": "x"}', "[" * 200 + "]" * 200),
    *('{"type": "function_call", "call_id": ["a"], "name": "x"}', '{"type": "function_call_output", "call_id": 5}'),
    *(
        '{"type": 5, "id": 7}',
        '{"type": "reasoning"}',
        '{"id": "msg_1"}',
        '{"role": "user", "content": "x", "role": 1}',
    ),
)


def rows_of(dice: random.Random) -> list[Any]:
    items: list[Any] = []
    for turn in range(dice.choice([0, 1, 2, 4, 6])):
        whole = [user(f"q{turn}"), reasoning(f"rs_{turn}"), call(f"c{turn}"), output(f"c{turn}"), assistant()]
        items += dice.choice(
            [whole, whole[:3], whole[3:4], [random_item(dice)], [random_item(dice)], [dice.choice(ODD)]]
        )
    return items


def encrypted(dice: random.Random, item: Any) -> Any:
    """The item in an envelope of one of two keys and of any age, which may be damaged. A few items stay as they are."""
    try:
        text = json.loads(item) if isinstance(item, str) else item
    except ValueError:
        return item
    made = envelope(text, dice.choice([KEY, KEY, KEY, OTHER_KEY]), age=dice.choice([0, 0, 5_000, -30, -5_000]))
    damage = dice.random()
    if damage < 0.1:
        made["payload"] = dice.choice([None, 5, [], made["payload"][:40]])
    return item if damage > 0.93 else made


@contextmanager
def read_session(path: Path) -> Iterator[Any]:
    storage = SQLiteStorage(path)
    try:
        yield storage.read(storage.find(storage.pairs()[0], "s"))
    finally:
        storage.close()


def opened(class_name: str, path: Path) -> Any:
    if class_name == "SQLAlchemySession":
        return SQLAlchemySession.from_url("s", url=f"sqlite+aiosqlite:///{path}")
    if class_name == "AdvancedSQLiteSession":
        return AdvancedSQLiteSession(session_id="s", db_path=path, create_tables=True)
    return (SQLiteSession if class_name == "SQLiteSession" else AsyncSQLiteSession)("s", path)


async def really_sent(path: Path, of: Settings, is_encrypted: bool) -> Sequence[Any] | str:
    """What the model is sent, or the name of the error that is raised before that."""
    inner = opened(of.class_name or "SQLiteSession", path)
    session = EncryptedSession("s", inner, of.key or "", ttl=of.ttl or 2**40) if is_encrypted else inner
    config = RunConfig(
        session_settings=SessionSettings(limit=of.limit) if of.limit is not None else None,
        session_input_callback=(lambda history, new: [*history, *new]) if of.callback else None,
    )
    agent, witness = Agent("Assistant", model=scripted([assistant_message("ok")])), Witness()
    try:
        await Runner.run(agent, of.message, session=session, run_config=config, hooks=witness)
    except Exception as error:
        if not witness.sent:
            return type(error).__name__
    finally:
        await _closed(inner)
    return witness.sent[0]


async def compare(path: Path, settings: Settings) -> None:
    with read_session(path) as stored:
        case = Case(stored, settings)
        await findings_in(case)
        told = await case.run()
    copy = shutil.copyfile(path, path.with_name("copy.db"))
    sent = await really_sent(copy, settings, case.is_encrypted)
    if told.raises or isinstance(sent, str):
        assert told.raises.partition(":")[0] == sent
    else:
        assert _as_text([value for _, value in told.sent]) == _as_text(sent)


def _as_text(items: Any) -> str:
    return json.dumps(items, sort_keys=True)  # NaN is not equal to itself


@pytest.mark.matrix  # many runs
@pytest.mark.parametrize("is_encrypted", [False, True])
@pytest.mark.parametrize("class_name", CLASSES)
def test_a_real_run_sends_what_is_said_of_it(class_name, is_encrypted, tmp_path):
    dice = random.Random(f"{SEED} {class_name} {is_encrypted}")
    for number in range(CASES // 4):
        items = rows_of(dice)
        if not items:
            continue
        rows = [encrypted(dice, item) for item in items] if is_encrypted else items
        times = [
            f"2026-11-01 09:{dice.choice([place, place, dice.randint(0, 59)]):02}:00" for place in range(len(rows))
        ]
        folder = tmp_path / str(number)
        folder.mkdir()
        path = store(folder / "a.db", rows, times=times, listed=dice.random() < 0.9)
        if class_name == "AdvancedSQLiteSession" and dice.random() < 0.8:
            _with_structure(path, dice)
        limit = dice.choice([None, None, 0, 1, 2, len(rows)])
        ttl = dice.choice([None, 600]) if is_encrypted else None
        key = dice.choice([KEY, KEY, OTHER_KEY]) if is_encrypted else None
        settings = Settings(class_name, limit, key=key, ttl=ttl, callback=dice.random() < 0.3)
        asyncio.run(compare(path, settings))


def _with_structure(path: Path, dice: random.Random) -> None:
    """Add the tables of AdvancedSQLiteSession, with a row for most messages."""
    opened("AdvancedSQLiteSession", path).close()
    connection = sqlite3.connect(path)
    for place, (key,) in enumerate(connection.execute("SELECT id FROM agent_messages ORDER BY id").fetchall()):
        if dice.random() < 0.8:
            connection.execute(
                "INSERT INTO message_structure (session_id, message_id, branch_id, message_type, sequence_number,"
                " user_turn_number, branch_turn_number) VALUES ('s', ?, 'main', 'other', ?, 1, 1)",
                (key, dice.choice([place, place, place + dice.randint(-2, 2)])),
            )
    connection.commit()
    connection.close()


ROTATED = ("AB", "BA", "BBA", "AoB", "oBA", "AxB", "Apo", "Bpo", "pA", "oo", "xBo", "ABoxpB", "B", "p")
"""Rows, the oldest first. A and B: the two keys; o and x: A, expired or ahead of the clock; p: not encrypted."""


@pytest.mark.parametrize("class_name", CLASSES[:3])
def test_the_pop_that_a_finding_describes_is_the_one_that_is_made(class_name, tmp_path):
    ages, differences = {"o": 5_000, "x": -5_000}, []
    for name, ttl in ((name, ttl) for name in ROTATED for ttl in (None, 600)):
        key = {"B": OTHER_KEY}
        rows = [
            user() if one == "p" else envelope(user(), key.get(one, KEY), age=ages.get(one, 0))
            for one in (name[:1] * 3 + name)
        ]
        path = store(tmp_path / f"{name} {ttl}.db", rows)
        with read_session(path) as stored:
            case = Case(stored, Settings(class_name, key=KEY, ttl=ttl))
            told = " ".join(one.says for one in asyncio.run(findings_in(case)))
        if "pop_item() with this key" not in told and "pop_item() does this" not in told:
            continue
        before = _keys(path)
        raised = asyncio.run(_pop(class_name, path, ttl))
        gone = [key for key in before if key not in _keys(path)]
        does = f"deletes {rows_in_words(gone)}" if gone else "deletes nothing"
        words = f"pop_item() {f'raises {raised} and {does}' if raised else does}"
        (part,) = {part for part in re.findall(r"on [^;.]*", told) if class_name in re.split(r", | and | ", part)}
        if not part.endswith(words):
            differences.append((name, ttl, part, words))
    assert differences == []


def _keys(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [key for (key,) in connection.execute("SELECT id FROM agent_messages ORDER BY id")]


async def _pop(class_name: str, path: Path, ttl: int | None) -> str:
    inner = opened(class_name, path)
    try:
        await EncryptedSession("s", inner, KEY, ttl=ttl or 2**40).pop_item()
    except Exception as error:
        return type(error).__name__
    finally:
        await _closed(inner)
    return ""


async def _closed(session: Any) -> None:
    if isinstance(session, SQLAlchemySession):
        await session.engine.dispose()
    elif isinstance(session, SQLiteSession):
        session.close()
    else:
        await session.close()


@pytest.mark.parametrize("payload", [None, 5])
@pytest.mark.parametrize("limit", [None, 1])
def test_a_damaged_envelope_that_a_limit_hides_is_not_said_to_end_the_run(limit, payload, tmp_path):
    rows = [envelope(user("a"), payload=payload), *(envelope(item) for item in (user("b"), assistant()))]
    asyncio.run(compare(store(tmp_path / "a.db", rows), Settings("SQLiteSession", limit, key=KEY)))
