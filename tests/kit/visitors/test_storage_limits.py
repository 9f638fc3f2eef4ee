"""How much is stored: by one visitor, also on a server, and by all of them; and how many visitors there may be."""

import os
import stat

import pytest
from agents import Session

from lessons.kit.background import background
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.opened_stores import bytes_on_servers, erase_stores
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors import storage_limits
from lessons.kit.visitors.storage_limits import SlowFigure, check_room, make_folder
from lessons.kit.visitors.workspace import Workspace, new_visitor, open_workspace
from tests.support.turns import do, tell, user


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    """What other tests have measured is forgotten."""
    monkeypatch.setattr(storage_limits, "_servers", {})
    monkeypatch.setattr(storage_limits, "_total", SlowFigure(storage_limits._measure_total))


def refusal(workspace: Workspace) -> Problem:
    with pytest.raises(Refused) as refused:
        check_room(workspace)
    return refused.value.problem


def filled(size: int) -> Workspace:
    workspace = open_workspace(new_visitor())
    workspace.make()
    (workspace.folder / "rows").write_bytes(b"x" * size)
    return workspace


def wait_for_measuring() -> None:
    async def measured() -> None:
        async with storage_limits._measuring():
            pass

    background().run(measured())


def test_a_folder_over_its_limit_takes_no_more(monkeypatch):
    monkeypatch.setenv("SESSIONS_VISITOR_LIMIT_MB", "0.001")
    check_room(filled(1_000))
    problem = refusal(filled(1_001))
    assert problem.what == "Your storage is full: 1 kB of 1 kB are used, in files and on servers."
    assert "SESSIONS_VISITOR_LIMIT_MB" in problem.next


@pytest.mark.parametrize("setting", ["many", "-5", "0", "nan", "inf", ""])
def test_a_setting_that_is_not_a_limit_leaves_the_usual_one(monkeypatch, setting):
    monkeypatch.setenv("SESSIONS_VISITOR_LIMIT_MB", setting)
    workspace = filled(0)
    with (workspace.folder / "rows").open("wb") as file:
        file.truncate(100_000_000)
        check_room(workspace)
        file.truncate(100_000_001)
        assert "100 MB of 100 MB" in refusal(workspace).what


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis", "encrypted_postgresql"])
def test_rows_on_a_server_count(kind, desk, monkeypatch):
    """A visitor filled a schema with 159 MB: no file grew."""
    monkeypatch.setenv("SESSIONS_VISITOR_LIMIT_MB", "0.5")
    session: Session = desk.store(kind).open_session("alice")
    for _ in range(5):
        background().run(session.add_items([user(os.urandom(100_000).hex())]))
    if kind == "mysql":
        count_pages(desk.store(kind))
    assert desk.workspace.size() < 1_000
    assert bytes_on_servers(desk.workspace.folder) > 500_000
    check_room(desk.workspace)  # nothing is known yet, and nobody waits until it is
    wait_for_measuring()
    assert "Your storage is full" in refusal(desk.workspace).what
    desk.reset()
    check_room(desk.workspace)  # measured again before anything is refused


def count_pages(store: DatabaseServerStore) -> None:
    """Make the server count the pages of the table now. It does so by itself some seconds after a change."""
    with store.server.writer().connect() as connection:
        connection.exec_driver_sql(f"ANALYZE TABLE {store.schema_name}.agent_messages").all()


def test_rows_on_a_server_are_measured_once_a_minute(desk, monkeypatch):
    measured = []  # also of visitors of earlier tests, where their measuring was still to come
    monkeypatch.setattr(storage_limits, "bytes_on_servers", lambda folder: measured.append(folder) or 5)
    for _ in range(20):
        check_room(desk.workspace)
        wait_for_measuring()
    assert measured.count(desk.workspace.folder) == 1
    monkeypatch.setattr(storage_limits._servers[desk.workspace.folder], "_next", 0.0)
    check_room(desk.workspace)
    wait_for_measuring()
    assert measured.count(desk.workspace.folder) == 2


def test_all_visitors_together_have_a_limit(monkeypatch):
    monkeypatch.setenv("SESSIONS_TOTAL_LIMIT_MB", "0.002")
    one, other = filled(900), filled(900)
    check_room(one)
    wait_for_measuring()
    check_room(one)
    (other.folder / "more").write_bytes(b"x" * 300)
    storage_limits._total.now()
    problem = refusal(one)
    assert "all visitors together" in problem.what
    assert problem.what.startswith("This server is full: all visitors together use ")
    assert " of 2 kB." in problem.what
    assert "SESSIONS_TOTAL_LIMIT_MB" in problem.next
    (other.folder / "rows").unlink()
    check_room(one)


def test_there_may_be_so_many_visitors_and_no_more(monkeypatch):
    monkeypatch.setenv("SESSIONS_VISITORS_LIMIT", "2")
    here = [open_workspace(new_visitor()) for _ in range(2)]
    for workspace in (*here, *here):
        make_folder(workspace)
    with pytest.raises(Refused) as refused:
        make_folder(open_workspace(new_visitor()))
    assert "as many visitors as it may have: 2." in refused.value.problem.what
    assert "SESSIONS_VISITORS_LIMIT" in refused.value.problem.next


def test_looking_makes_no_folder_and_the_first_turn_does(data_folder, provider):
    desk = open_desk(new_visitor(), "basic")
    for kind in ("sqlite_file", "json_files", "redis_fake"):
        assert desk.store(kind).page("alice").total == 0
    desk.reset()
    assert desk.bring_back() is desk.restore("step-1") is False
    assert erase_stores(desk.workspace.folder)
    assert not data_folder.exists()
    assert do(desk, provider, tell).problem is None
    assert opened(desk) == {"sqlite_file", "json_files", "redis_fake"}
    desk.close()


def opened(desk: Desk) -> set[str]:
    return {path.name for path in (desk.folder / "stores").iterdir()}


def test_every_write_makes_the_folder_first(data_folder):
    for write in (
        lambda desk: desk.exclusively(lambda: None),
        Desk.set_aside,
        lambda desk: desk.advance(lambda now: now),
    ):
        desk = open_desk(new_visitor(), "basic")
        desk.store("redis_fake")
        write(desk)
        assert opened(desk) == {"redis_fake"}
        desk.close()


def test_what_is_made_can_be_read_by_nobody_else(data_folder, provider):
    before = os.umask(0o022)
    try:
        desk = open_desk(new_visitor(), "basic")
        assert do(desk, provider, tell).problem is None
        made = [data_folder, *data_folder.rglob("*")]
        assert any(path.name.endswith("-wal") for path in made)  # SQLite makes it by itself
        assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600, 0o700}
        desk.close()
    finally:
        os.umask(before)


def test_folders_of_an_earlier_version_are_closed_to_others(data_folder):
    visitor = new_visitor()
    (data_folder / visitor).mkdir(parents=True)
    for folder in (data_folder, data_folder / visitor):
        folder.chmod(0o755)
    open_workspace(visitor)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (data_folder, data_folder / visitor)} == {0o700}


def test_a_data_folder_that_others_use_too_stays_as_it_is(data_folder):
    visitor = new_visitor()
    (data_folder / visitor).mkdir(parents=True)
    (data_folder / "of_another_program").mkdir()
    data_folder.chmod(0o755)
    open_workspace(visitor)
    assert stat.S_IMODE(data_folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((data_folder / visitor).stat().st_mode) == 0o700


def test_what_takes_very_long_is_measured_less_often(monkeypatch):
    clock, measured = [1_000.0], []
    monkeypatch.setattr(storage_limits.time, "monotonic", lambda: clock[0])

    def measure() -> int:
        measured.append(clock[0])
        clock[0] += 10
        return 7

    figure = SlowFigure(measure)
    assert figure.now() == 7
    for later in (60, 999, 1_000):
        clock[0] = 1_010.0 + later
        assert figure.last() == 7
        wait_for_measuring()
    assert measured == [1_000.0, 2_010.0]
