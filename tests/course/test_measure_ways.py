"""One conversation of forty turns, run in five ways: the figures and what is forgotten come from real runs."""

import json

import pytest

from lessons.course.long_conversations import measure_ways
from lessons.course.long_conversations.measure_ways import run_all_ways
from lessons.course.long_conversations.ways_to_send_less import WAYS
from lessons.kit.analytics.measured_ways import TURNS, WAY_COUNT, load_measured_ways, measured_ways_file
from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.stores.registry import store_kinds


@pytest.fixture
def stores(tmp_path):
    opened = {}
    yield lambda name: opened.setdefault(name, store_kinds()[name].open(tmp_path / "stores"))
    for store in opened.values():
        store.close()


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The figures of all ways, by name, the store of each, and how often the offline model was asked, with a key in place."""
    folder, opened, asked = tmp_path_factory.mktemp("ways"), {}, []
    get_response = OfflineModel.get_response

    async def watched(model, *arguments, **options):
        asked.append(model)
        return await get_response(model, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "a-key-of-this-test")
        patch.setattr(OfflineModel, "get_response", watched)
        run_all_ways(lambda name: opened.setdefault(name, store_kinds()[name].open(folder / "stores")), folder)
    yield {one.way: one for one in load_measured_ways(folder)}, opened, len(asked)
    for store in opened.values():
        store.close()


def test_every_way_runs_all_turns(measured):
    ways, _, _ = measured
    assert list(ways) == [way.name for way in WAYS]
    assert len(ways) == WAY_COUNT
    assert all(len(one.tokens) == len(one.items) == TURNS for one in ways.values())


def test_the_five_ways_ask_the_offline_model_also_with_a_key(measured):
    ways, _, asked = measured
    assert asked >= sum(one.requests for one in ways.values()) >= WAY_COUNT * TURNS


def test_without_a_limit_every_turn_sends_more_than_the_one_before(measured):
    one = measured[0]["No limit"]
    assert list(one.items) == sorted(set(one.items))
    assert one.knew
    assert "Alice" in one.reply


@pytest.mark.parametrize("way", ["Limit of 8", "Callback: two turns"])
def test_what_is_cut_is_forgotten_and_still_stored(measured, way):
    one, everything = measured[0][way], measured[0]["No limit"]
    assert max(one.tokens) < max(everything.tokens) / 4
    assert not one.knew
    assert "Alice" not in one.reply
    assert one.rows["user"] == TURNS


def test_a_running_summary_keeps_the_name_and_stores_none_of_it(measured):
    one, everything = measured[0]["Filter with a summary"], measured[0]["No limit"]
    assert sum(one.tokens) < sum(everything.tokens) / 4
    assert one.knew
    assert "Alice" in one.reply
    assert "system" not in one.rows
    assert one.requests > everything.requests  # the model is asked for the summaries too


def test_compaction_replaces_stored_rows(measured):
    one, everything = measured[0]["Compaction"], measured[0]["No limit"]
    assert sum(one.rows.values()) < sum(everything.rows.values())
    assert one.rows["user"] == TURNS
    assert sum(one.tokens) < sum(everything.tokens)


def test_what_is_shown_is_what_is_stored(measured):
    ways, stores, _ = measured
    for one in ways.values():
        assert stores[one.store].page(one.session_id).total == sum(one.rows.values())


def test_after_a_stop_nothing_half_done_is_left(stores, tmp_path, monkeypatch):
    monkeypatch.setattr(measure_ways, "WAYS", WAYS[:2])
    told = []
    run_all_ways(stores, tmp_path, lambda share, words: told.append(share), lambda: len(told) >= TURNS + 5)
    assert [one.way for one in load_measured_ways(tmp_path)] == ["No limit"]
    assert stores("sqlite_file").page(WAYS[1].session_id).total == 0
    assert told == sorted(told)


def test_a_damaged_file_of_measurements_shows_none(tmp_path):
    assert load_measured_ways(tmp_path) == ()
    measured_ways_file(tmp_path).write_text(json.dumps([{"way": "No limit"}]))
    assert load_measured_ways(tmp_path) == ()
