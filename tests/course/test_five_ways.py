"""One conversation of forty turns in five ways (P2): the figures are those of real runs, and so is what is forgotten."""

import json

import pytest

from lessons.course.long_conversations import five_ways as forty_turns
from lessons.course.long_conversations.five_ways import WAYS, hold_all
from lessons.kit.analytics.ways_measured import TURNS, WAY_COUNT, load_outcomes, outcomes_file
from lessons.kit.stores.registry import store_kinds


@pytest.fixture
def stores(tmp_path):
    opened = {}
    yield lambda name: opened.setdefault(name, store_kinds()[name].open(tmp_path / "stores"))
    for store in opened.values():
        store.close()


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The outcomes of all ways, by name, and the store of each."""
    folder, opened = tmp_path_factory.mktemp("held"), {}
    hold_all(lambda name: opened.setdefault(name, store_kinds()[name].open(folder / "stores")), folder)
    yield {one.way: one for one in load_outcomes(folder)}, opened
    for store in opened.values():
        store.close()


def test_every_way_holds_all_turns(held):
    outcomes, _ = held
    assert list(outcomes) == [way.name for way in WAYS]
    assert len(outcomes) == WAY_COUNT
    assert all(len(one.tokens) == len(one.items) == TURNS for one in outcomes.values())


def test_without_a_limit_every_turn_sends_more_than_the_one_before(held):
    one = held[0]["No limit"]
    assert list(one.items) == sorted(set(one.items))
    assert one.knew
    assert "Alice" in one.reply


@pytest.mark.parametrize("way", ["Limit of 8", "Callback: two turns"])
def test_what_is_cut_is_forgotten_and_still_stored(held, way):
    one, everything = held[0][way], held[0]["No limit"]
    assert max(one.tokens) < max(everything.tokens) / 4
    assert not one.knew
    assert "Alice" not in one.reply
    assert one.rows["user"] == TURNS


def test_a_running_summary_keeps_the_name_and_stores_none_of_it(held):
    one, everything = held[0]["Filter with a summary"], held[0]["No limit"]
    assert sum(one.tokens) < sum(everything.tokens) / 4
    assert one.knew
    assert "Alice" in one.reply
    assert "system" not in one.rows
    assert one.requests > everything.requests  # the summaries are asked of the model too


def test_compaction_replaces_stored_rows(held):
    one, everything = held[0]["Compaction"], held[0]["No limit"]
    assert sum(one.rows.values()) < sum(everything.rows.values())
    assert one.rows["user"] == TURNS
    assert sum(one.tokens) < sum(everything.tokens)


def test_what_is_shown_is_what_is_stored(held):
    outcomes, stores = held
    for one in outcomes.values():
        assert stores[one.store].page(one.session_id).total == sum(one.rows.values())


def test_after_a_stop_nothing_half_done_is_left(stores, tmp_path, monkeypatch):
    monkeypatch.setattr(forty_turns, "WAYS", WAYS[:2])
    told = []
    hold_all(stores, tmp_path, lambda share, words: told.append(share), lambda: len(told) >= TURNS + 5)
    assert [one.way for one in load_outcomes(tmp_path)] == ["No limit"]
    assert stores("sqlite_file").page(WAYS[1].session_id).total == 0
    assert told == sorted(told)


def test_a_damaged_file_of_outcomes_shows_none(tmp_path):
    assert load_outcomes(tmp_path) == ()
    outcomes_file(tmp_path).write_text(json.dumps([{"way": "No limit"}]))
    assert load_outcomes(tmp_path) == ()
