"""The tool Operate of Life cycle, drawn through the entry without a browser, and its work without a page."""

import threading
import time

import pytest

from lessons.course.index import entry
from lessons.kit.environment import NAMES_TO_OPERATE
from lessons.kit.life_cycle import export_file
from lessons.kit.life_cycle.export_file import export_bytes
from lessons.kit.life_cycle.offered import places_offered
from lessons.kit.life_cycle.places.addresses import open_place
from lessons.kit.life_cycle.places.sql_place import SqlPlace
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import store_kinds, usable_kinds
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.running_work import LongWork
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.operate import operate_tool
from lessons.ui.operate.work import cleanup_work, erase_work, export_work, import_work, move_work
from tests.support.drawn import button, html, ledger_words, open_lesson, open_tool, press, say, visitor_of
from tests.support.places import ITEMS, dump, filled, items


def ended(app, words):
    """The element with these words, once the long work is over."""
    until = time.monotonic() + 60
    while words not in "".join(part.value for part in app.get("html") if isinstance(part.value, str)):
        assert time.monotonic() < until
        app.run()
    return html(app, words)


def test_a_session_is_moved_and_erased_from_the_page(data_folder):
    app = open_lesson("life_cycle", new_visitor(), tool="operate", store="sqlite_file")
    say(app, "My name is Alice")
    (operation,) = [one for one in app.get("button_group") if (one.key or "").startswith("operate@")]
    operation.set_value("Move").run()
    app.selectbox(key="operate-place-1@life_cycle").set_value("With branches").run()
    press(app, "operate-do-Preview")
    assert "1 session with 2 rows to be stored" in ended(app, "to be stored")
    press(app, "operate-do-Move")
    assert "The next run is equal in 1 of 1 session." in ended(app, "The next run is equal")
    press(app, "operate-do-Move")
    assert "has a session" in ended(app, "has a session")  # refused the second time
    app.selectbox(key="operate-place-1@life_cycle").set_value("JSON files (own class)").run()
    press(app, "operate-do-Move")
    assert "not kept of my_chat: row ids" in ended(app, "not kept of my_chat: row ids")
    operation.set_value("Erase").run()
    app.multiselect(key="operate-sessions@life_cycle").set_value(["my_chat"]).run()
    assert button(app, "operate-do-Erase").disabled
    press(app, "operate-do-Preview")
    assert "2 rows of 1 session would be erased" in ended(app, "would be erased")
    app.checkbox(key="operate-sure@life_cycle").check().run()
    app.text_input(key="operate-erase-text@life_cycle").set_value("Alice").run()
    assert button(app, "operate-do-Erase").disabled  # the preview was of something else
    press(app, "operate-do-Preview")
    assert "rows with that text" in ended(app, "rows with that text")
    assert button(app, "operate-do-Erase").disabled  # and the yes was to something else
    app.checkbox(key="operate-sure@life_cycle").check().run()
    press(app, "operate-do-Erase")
    assert "This proves that it is erased." in ended(app, "This proves")
    assert "Rows 1, 2 are no longer stored." in ledger_words(app)


def test_export_counts_the_rows_in_the_storage_and_reads_none(data_folder, monkeypatch):
    """It read every row each time the page was drawn."""
    app = open_lesson("life_cycle", new_visitor(), store="sqlite_file")
    say(app, "My name is Alice")
    monkeypatch.setattr(SqlPlace, "rows", lambda *_: pytest.fail("a row was read"))
    monkeypatch.setattr(operate_tool, "MOST_ROWS", 1)
    open_tool(app, "operate")
    assert "2 rows: export so many with" in html(app, "2 rows: export so many with")


def test_an_export_is_made_in_the_background_and_then_downloaded(data_folder):
    app = open_lesson("life_cycle", new_visitor(), tool="operate", store="encrypted_sqlite_file")
    say(app, "My name is Alice")
    app.selectbox(key="operate-place-0@life_cycle").set_value("In a file, encrypted").run()
    press(app, "operate-do-JSON, to import")
    assert "1 session in a file of" in ended(app, "1 session in a file of")
    desk = open_desk(visitor_of(app), "life_cycle")
    assert b"__enc__" in desk.last_long_work.made
    assert b"Alice" not in desk.last_long_work.made
    assert downloads(app) == ["Download sessions.jsonl"]
    app.checkbox(key="operate-decrypted@life_cycle").check().run()
    press(app, "operate-do-Markdown, to read")
    ended(app, "1 session in a file of")
    assert b"My name is Alice" in desk.last_long_work.made
    assert downloads(app) == ["Download sessions.md"]


def downloads(app):
    found = (one.proto.label for one in app.get("download_button"))
    return [label for label in found if label.startswith("Download sessions")]


@pytest.mark.parametrize("markdown", [True, False])
def test_an_export_tells_how_far_it_is_and_can_be_stopped(tmp_path, markdown, monkeypatch):
    place = filled(tmp_path / "from.db", items=ITEMS * 500)
    work, stop = LongWork("Export"), threading.Event()
    told = []

    def stop_in_the_middle(share, words):
        told.append((share, words))
        if share > 0.4:
            stop.set()

    monkeypatch.setattr(work, "advance", stop_in_the_middle)
    with pytest.raises(Refused, match="stopped"):
        export_work(place, ["s"], markdown=markdown)(work, stop)
    assert told[0] == (0.25, "500 of 2,000 rows written")
    assert told[-1][0] == 0.5
    assert work.made == b""


def test_an_export_that_is_too_large_for_the_page_is_refused(source, monkeypatch):
    monkeypatch.setattr(export_file, "MOST_BYTES", 300)
    for markdown in (True, False):
        with pytest.raises(Refused, match="more than 300 bytes"):
            run(export_work(source, ["s"] * 5, markdown=markdown))


def run(work, stopped=False):
    """The words with which the work ended."""
    stop, long_work = threading.Event(), LongWork("work")
    if stopped:
        stop.set()
    work(long_work, stop)
    return long_work.progress


@pytest.fixture
def source(tmp_path):
    return filled(tmp_path / "from.db", items=ITEMS)


def exported(source):
    return export_bytes(source, ["s"]).decode()


def test_a_pasted_export_is_imported_into_a_new_file(source, tmp_path):
    target = open_place(str(tmp_path / "to.db"))
    assert "1 session with 4 rows now stored" in run(import_work(exported(source), target, "refuse", dry_run=False))
    assert items(target) == ITEMS


@pytest.mark.parametrize(
    "change", [lambda text: text.replace("Oslo", "Rome"), lambda text: text[:-40], lambda text: "{}"]
)
def test_a_pasted_text_that_is_damaged_or_foreign_changes_nothing(source, tmp_path, change):
    target = filled(tmp_path / "to.db", session_id="other", items=ITEMS[:1])
    before = dump(target)
    with pytest.raises(Refused) as refused:
        run(import_work(change(exported(source)), target, "refuse", dry_run=False))
    assert dump(target) == before
    assert "The pasted text" in refused.value.problem.what  # and not the file of the server that it was written to
    assert "Name a file" not in refused.value.problem.next


def test_work_that_is_stopped_leaves_everything_as_it_was(source, tmp_path):
    target = filled(tmp_path / "to.db", session_id="other", items=ITEMS[:1])
    before = dump(target), dump(source)
    with pytest.raises(Refused, match="stopped"):
        run(import_work(exported(source), target, "refuse", dry_run=False), stopped=True)
    with pytest.raises(Refused, match="stopped"):
        run(erase_work(source, ["s"], ""), stopped=True)
    assert (dump(target), dump(source)) == before


def test_a_preview_changes_nothing(source, tmp_path):
    target = filled(tmp_path / "to.db", session_id="other", items=ITEMS[:1])
    before = dump(target), dump(source)
    assert "to be stored" in run(move_work(source, target, ["s"], "refuse", dry_run=True, remove=True))
    assert "0 of 1 session" in run(cleanup_work(source, 30, dry_run=True))
    assert (dump(target), dump(source)) == before


def test_the_bar_shows_how_much_is_done_and_never_goes_back(tmp_path):
    """It stood at a half."""
    source = filled(
        tmp_path / "from.db", items=[{"role": "user", "content": f"Number {number}"} for number in range(1_000)]
    )
    filled(tmp_path / "from.db", session_id="t", items=ITEMS)
    shares = []

    class Watched(LongWork):
        def advance(self, share, progress):
            shares.append(round(share, 3))
            super().advance(share, progress)

    work = move_work(source, open_place(str(tmp_path / "to.db")), ["s", "t"], "refuse", dry_run=False, remove=False)
    work(Watched("Move"), threading.Event())
    assert shares == sorted(shares)
    assert len(set(shares)) >= 8
    assert shares[-1] == 1.0
    assert shares[0] < 0.15


def test_an_erasure_says_what_proves_it(source):
    assert "4 rows of 1 session would be erased" in run(erase_work(source, ["s"], "", dry_run=True))
    assert "This proves that it is erased." in run(erase_work(source, ["s"], ""))
    assert dump(source) == []


def test_every_store_of_the_lesson_and_the_named_servers_are_offered(tmp_path):
    kinds = store_kinds()
    environment = {
        NAMES_TO_OPERATE: "MINE, MISSING, /etc/passwd",
        "MINE": "redis://127.0.0.1:1/0",
        "OTHER": "redis://h/0",
    }
    names = [name for name in entry("life_cycle").offered_stores if name in usable_kinds()]
    places = places_offered([*names, "hosted", "compaction"], lambda name: kinds[name].open(tmp_path), environment)
    assert list(places) == [*(kinds[name].label for name in names), "MINE"]
    assert places["MINE"]().label == "Redis of MINE (RedisSession)"
    assert {kinds[name].label for name in names} == {
        open_().label.rpartition(" (")[0].strip('"') for open_ in places.values()
    } - {"Redis of MINE"}
