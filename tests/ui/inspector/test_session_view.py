"""What is shown of sessions that their storage deletes at some time."""

from contextlib import closing
from dataclasses import replace

import pytest

from lessons.kit.inspect.browse import picture_of, read_session
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.listing import SessionLook
from lessons.kit.inspect.opening.storage import open_storage
from lessons.ui.inspector.session_view import head_html, list_html
from lessons.ui.widgets.table import cells_of
from tests.support.stored_sessions import assistant, store, user


@pytest.fixture
def stored(tmp_path):
    with closing(open_storage(str(store(tmp_path / "a.db", [user(), assistant()])), {})) as storage:
        return read_session(storage, "s", None, Settings())


def test_a_list_says_of_each_session_when_it_expires_if_one_does(stored):
    stays = SessionLook(stored.head, 2, "Hello")
    ends = replace(stays, head=replace(stored.head, expires="2026-11-29 18:02:11"))
    heads, first, second = cells_of(list_html([stays, ends]))
    column = heads.index("Expires")
    assert (first[column], second[column]) == ("no", "2026-11-29 18:02")
    assert "Expires" not in list_html([stays])


def test_the_head_of_a_session_says_when_it_expires(stored):
    ends = replace(stored, head=replace(stored.head, expires="2026-11-29 18:02:11"))
    assert "last used 2026-11-01 09:01 · expires 2026-11-29 18:02</p>" in head_html(picture_of(ends, Settings()))
    assert "expires" not in head_html(picture_of(stored, Settings()))
