"""What the lessons and their tools say about rows, branches and ids: each claim is run with the installed SDK."""

import itertools
import logging
import warnings
from contextlib import closing
from typing import Any

import pytest
from agents import Runner, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, EncryptedSession

from lessons.course.index import load_lesson
from lessons.course.multi_session.lesson import namespaced
from lessons.frame import walk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.scripted import assistant, make_agent, user


@pytest.fixture
def anyio_backend():
    return "asyncio"


def test_two_pairs_never_give_one_id():
    parts = ["", ":", "a", "b", "a:", ":a", "a:b", "b:a"]
    ids: dict[str, tuple[str, str]] = {}
    for pair in itertools.product(parts, repeat=2):
        if all(part and ":" not in part for part in pair):
            ids[namespaced(*pair)] = pair
        else:
            with pytest.raises(ValueError, match="cannot be part of a session id"):
                namespaced(*pair)
    assert len(ids) == 4


@pytest.mark.anyio
async def test_an_image_at_an_https_address_is_stored_as_its_address():
    session = SQLiteSession("picture")
    image = {"type": "input_image", "image_url": "https://pictures.invalid/1.png", "detail": "auto"}
    message: Any = {"role": "user", "content": [image]}
    await Runner.run(make_agent(), [message], session=session)
    assert (await session.get_items())[0] == message


@pytest.mark.anyio
async def test_a_branch_without_rows_is_not_listed_and_is_gone_when_it_is_left(tmp_path):
    session = AdvancedSQLiteSession(session_id="alice", db_path=tmp_path / "chat.db", create_tables=True)
    with closing(session):
        await session.add_items([user("a"), assistant("b")])
        await session.create_branch_from_turn(1, "empty")
        assert await session.get_items() == []
        assert [(one["branch_id"], one["is_current"]) for one in await session.list_branches()] == [("main", False)]
        await session.switch_to_branch("main")
        with pytest.raises(ValueError, match="does not exist"):
            await session.switch_to_branch("empty")


@pytest.mark.anyio
async def test_a_new_object_reads_main_without_a_warning(tmp_path, caplog):
    options: dict[str, Any] = {"session_id": "alice", "db_path": tmp_path / "chat.db", "create_tables": True}
    said = [user("a"), assistant("b"), user("c"), assistant("d")]
    with closing(AdvancedSQLiteSession(**options)) as session:
        await session.add_items(said)
        await session.create_branch_from_turn(2, "other")
        assert await session.get_items() == said[:2]
    caplog.setLevel(logging.WARNING)
    with warnings.catch_warnings(record=True) as warned, closing(AdvancedSQLiteSession(**options)) as again:
        warnings.simplefilter("always")
        assert await again.get_items() == said
    assert ([one for one in warned if one.category is not ResourceWarning], caplog.records) == ([], [])


@pytest.mark.anyio
async def test_an_encrypted_session_does_not_notice_a_row_that_is_gone_moved_or_twice():
    inner = SQLiteSession("alice")
    session = EncryptedSession("alice", inner, "secret")
    said = [user("a"), user("b"), user("c")]
    await session.add_items(said)
    rows: Any = await inner.get_items()
    for order in ((1, 2), (2, 0, 1), (0, 0, 1, 2)):
        await inner.clear_session()
        await inner.add_items([rows[at] for at in order])
        assert await session.get_items() == [said[at] for at in order]


def test_a_record_has_the_words_of_an_encrypted_session_in_plain_text(data_folder, provider):
    desk, lesson = open_desk(new_visitor(), "encrypted"), load_lesson("encrypted")
    here = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
    assert walk.start_message(here, "I was born in Antofagasta", "alice").result(60).problem is None
    desk.close()
    files = [path for path in desk.folder.rglob("*") if path.is_file()]
    with_the_words = {path.suffix for path in files if b"Antofagasta" in path.read_bytes()}
    assert with_the_words == {".json"}
    assert {path.suffix for path in files} > with_the_words
