"""Sessions that are not used any more are deleted, and no others; nothing of them is left."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from lessons.kit.life_cycle.cleaning import clean_up, preview
from lessons.kit.life_cycle.copying import copy_sessions
from lessons.kit.life_cycle.places.addresses import open_place
from lessons.kit.life_cycle.places.place import MORE_TABLES
from lessons.kit.life_cycle.progress import Progress
from lessons.kit.problems.problem import Refused
from tests.support.places import ITEMS, KINDS, branched, dump, empty_place, filled, run_sql


def ago(days):
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")


def aged(path, ages):
    """The place of a file with these sessions. `ages` says how many days ago each was last used."""
    place = None
    for session_id, days in ages.items():
        place = filled(path, session_id=session_id, items=ITEMS)
        run_sql(path, "UPDATE agent_messages SET created_at = ? WHERE session_id = ?", values=(ago(days), session_id))
        run_sql(
            path,
            "UPDATE agent_sessions SET created_at = ?, updated_at = ? WHERE session_id = ?",
            values=(ago(days), ago(days), session_id),
        )
    return place


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_used_for_so_long_goes_and_the_rest_stays(kind, tmp_path, monkeypatch):
    source = aged(tmp_path / "old.db", {"years": 800, "over": 30.01, "under": 29.99, "now": 0})
    with empty_place(kind, tmp_path, monkeypatch) as place:
        copy_sessions(source, place, ["years", "over", "under", "now"])
        before = dump(place)
        seen = preview(place, 30)
        assert dump(place) == before
        assert (seen.sessions, seen.total, seen.rows, sorted(seen.first)) == (2, 4, 8, ["over", "years"])
        with place.reading():
            assert seen.bytes == sum(len(row.data.encode()) for one in ("over", "years") for row in place.rows(one))
        done = clean_up(place, 30)
        assert (done.sessions, done.rows, done.used) == (2, 8, 0)
        assert dump(place) == [one for one in before if one[0].session_id in ("now", "under")]


@pytest.mark.servers
def test_times_of_a_server_in_another_zone_are_compared_in_utc(tmp_path, monkeypatch):
    """A column without a zone has the local time of its writer."""
    source = aged(tmp_path / "old.db", {"s": 0.2})
    with empty_place("postgresql", tmp_path, monkeypatch) as place:
        copy_sessions(source, place, ["s"])
        execute, connect = place.database.execute, place.database.connect

        def in_auckland():
            connection = connect()
            execute(connection, "SET TIME ZONE 'Pacific/Auckland'")
            return connection

        place.database.connect = in_auckland
        with place.writing() as writing:
            writing.ask(f"UPDATE {writing.sessions} SET updated_at = LOCALTIMESTAMP - interval '5 hours'")
            writing.ask(f"UPDATE {writing.messages} SET created_at = LOCALTIMESTAMP - interval '5 hours'")
        assert preview(place, 4 / 24).sessions == 1
        assert preview(place, 6 / 24).sessions == 0


def test_branches_and_usage_go_with_their_session_also_where_foreign_keys_are_enforced(tmp_path, monkeypatch):
    path = tmp_path / "old.db"
    asyncio.run(branched(path))
    run_sql(
        path,
        f"UPDATE agent_messages SET created_at = '{ago(40)}'",
        f"UPDATE agent_sessions SET updated_at = '{ago(40)}'",
    )
    place = open_place(str(path))
    connect = place.database.connect

    def strict():
        connection = connect()
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    monkeypatch.setattr(place.database, "connect", strict)
    assert clean_up(place, 30).sessions == 1
    with closing(sqlite3.connect(path)) as connection:
        for table in ("agent_messages", "agent_sessions", *MORE_TABLES):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_a_time_in_another_form_counts_and_a_text_that_is_not_a_time_keeps_its_session(tmp_path):
    place = aged(tmp_path / "old.db", {"iso": 40, "nonsense": 40})
    run_sql(tmp_path / "old.db", "DELETE FROM agent_messages WHERE session_id = 'nonsense'")
    update = "UPDATE agent_sessions SET updated_at = ? WHERE session_id = ?"
    run_sql(tmp_path / "old.db", update, values=("2020-01-01T23:00:00+05:00", "iso"))
    run_sql(tmp_path / "old.db", update, values=("yesterday", "nonsense"))
    assert preview(place, 30).first == ("iso",)


def test_a_session_that_is_used_in_the_meantime_stays(tmp_path, monkeypatch):
    place = aged(tmp_path / "old.db", {"one": 40, "two": 40})
    seen = preview(place, 30)
    monkeypatch.setitem(clean_up.__globals__, "preview", lambda *_: seen)
    found = place.unused

    def then_used(days):
        listed = list(found(days))
        filled(tmp_path / "old.db", session_id="two", items=ITEMS[:1])
        return iter(listed)

    monkeypatch.setattr(place, "unused", then_used)
    done = clean_up(place, 30)
    assert (done.sessions, done.used) == (1, 1)
    assert [info.session_id for info, _, _ in dump(place)] == ["two"]


def test_a_clock_that_may_be_wrong_deletes_nothing(tmp_path, monkeypatch):
    place = aged(tmp_path / "old.db", {f"s{number}": 40 for number in range(22)})
    with pytest.raises(Refused, match="more than half"):
        clean_up(place, 30)
    assert len(dump(place)) == 22
    assert clean_up(place, 30, even_most=True).sessions == 22
    place = aged(tmp_path / "other.db", {"old": 40, "tomorrow": -2})
    with pytest.raises(Refused, match="in the future"):
        clean_up(place, 30)


def test_a_stop_undoes_the_batch_that_runs_and_leaves_whole_sessions(tmp_path, monkeypatch):
    place = aged(tmp_path / "old.db", {f"s{number}": 40 for number in range(5)})
    monkeypatch.setitem(clean_up.__globals__, "SESSIONS_IN_A_BATCH", 2)
    stop, told = threading.Event(), []

    def said(what, done, total):
        if what == "sessions deleted":
            told.append((done, total))
            if done == 3:  # in the middle of the second batch
                stop.set()

    done = clean_up(place, 30, Progress(said, stop))
    assert told == [(0, 5), (1, 5), (2, 5), (3, 5)]
    assert (done.sessions, done.rows, done.stopped) == (2, 8, True)
    assert [(info.session_id, len(rows)) for info, rows, _ in dump(place)] == [("s2", 4), ("s3", 4), ("s4", 4)]
