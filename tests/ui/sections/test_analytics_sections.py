"""The panels of the analytics page, drawn through the entry without a browser."""

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from lessons.kit.analytics.branches_side_by_side import Side
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from tests.support.branched import branched
from tests.support.drawn import html, name_of, names, open_lesson, open_tool, press, say, settled, words

VIEWS = ("Tokens", "Cumulated", "Requests", "Tools", "Message kinds", "Cost")


@pytest.fixture
def desk(visitor):
    """The visitor's desk at this lesson, with a branched session "alice"."""
    opened: Desk = open_desk(visitor, "analytics")
    yield opened
    opened.close()


@pytest.fixture
def app(desk, visitor) -> AppTest:
    branched(desk.store("advanced_sqlite"))
    return open_lesson("analytics", visitor, session="alice", tool="usage")


VIEW_OF = {"usage-view": "usage", "branch-view": "branches", "branch-method@analytics": "branch_calls"}
"""The tool that each control is in."""


def choose(app: AppTest, key: str, value: str) -> AppTest:
    open_tool(app, VIEW_OF[key])
    (control,) = [found for found in app.get("button_group") if key in (found.key, name_of(found.key))]
    return settled(control.set_value(value).run())


def select(app: AppTest, label: str, value: str) -> AppTest:
    (field,) = [found for found in app.selectbox if found.label == label]
    return settled(field.set_value(value).run())


def drawn(app: AppTest) -> str:
    return " ".join(words(element.value) for element in app.get("html"))


def chart(app: AppTest):
    (found,) = app.get("vega_lite_chart")
    return found.proto


def test_a_new_visitor_is_told_what_to_do(visitor):
    app = open_lesson("analytics", visitor)
    for tool in ("usage", "turns", "branches"):
        assert "No turn is stored in this session." in drawn(open_tool(app, tool))
        assert not app.get("vega_lite_chart")
    assert "there is nothing to branch from" in drawn(open_tool(app, "branch_calls"))


@pytest.mark.parametrize("view", VIEWS)
def test_each_chart_has_the_same_words_for_all_readers(app, view):
    choose(app, "usage-view", view)
    said = words(html(app, "chart-words"))
    assert said.startswith("Branch rome, 4 turns")
    assert chart(app).alt.startswith("Branch rome, 4 turns")
    assert chart(app).alt in said.replace("  ", " ")
    json.loads(chart(app).spec)


def test_turns_without_usage_have_a_grey_foot_and_not_a_bar_and_are_named(app):
    assert "Turns 1–2: no usage was stored in this branch: missing data, not zero." in drawn(app)
    assert "first,last\\n0.6,2.4" in chart(app).spec
    assert all(
        panel["title"]["text"].endswith("grey: no usage is stored") for panel in json.loads(chart(app).spec)["vconcat"]
    )
    [gap] = [
        layer for layer in json.loads(chart(app).spec)["vconcat"][0]["layer"] if "first" in str(layer["encoding"]["x"])
    ]
    assert gap["encoding"]["y2"]["value"] - gap["encoding"]["y"]["value"] < 5
    assert "estimates" in drawn(app)


def test_the_figures_in_the_words_are_the_stored_ones(app, desk):
    select(app, "Branch", "main")
    from lessons.kit.analytics import usage

    store = desk.store("advanced_sqlite")
    turns = store.look("test", lambda reader: usage.read_turns(reader, "alice", "main"), ())
    total = usage.total(turns)
    assert f"{total.input_tokens:,} input, {total.output_tokens:,} output" in words(html(app, "chart-words"))
    assert "no usage was stored" not in drawn(app)


def test_the_cost_follows_the_prices_and_they_are_kept(app):
    choose(app, "usage-view", "Cost")
    settled(app.number_input(key="price-input@analytics").set_value(1_000_000.0).run())
    settled(app.number_input(key="price-output@analytics").set_value(0.0).run())
    found = re.search(r"([\d,.]+) for ([\d,]+) input", words(html(app, "chart-words")))
    assert float(found[1].replace(",", "")) == int(found[2].replace(",", ""))
    choose(app, "usage-view", "Tokens")
    choose(app, "usage-view", "Cost")
    assert app.number_input(key="price-input@analytics").value == 1_000_000


def test_the_search_finds_turns_and_leads_to_their_rows(app):
    open_tool(app, "turns")
    settled(app.text_input(key="turn-search@analytics").set_value("WEATHER").run())
    listed = html(app, 'class="calls turns"')
    assert "2 turns found" in words(listed)
    assert re.findall(r'href="#row-(\d+)"', listed) == ["3", "9"]
    settled(app.text_input(key="turn-search@analytics").set_value("<b>no such thing").run())
    assert "&lt;b&gt;no such thing" in html(app, "No message of a user")


def test_details_of_usage_are_listed_by_their_own_keys(app):
    open_tool(app, "turns")
    assert "input.cached_tokens: 0" in words(html(app, 'class="calls turns"'))


def test_shared_rows_are_one_cell_over_both_lanes(app):
    choose(app, "branch-view", "Row by row")
    tree = html(app, 'class="tree"')
    assert tree.count('colspan="2"') == 2  # turns 1 and 2
    assert len(re.findall(r'href="#row-1"', tree)) == 1
    assert "the same rows in main, rome" in words(tree)


def test_the_overview_says_what_the_bars_show(app):
    open_tool(app, "branches")
    said = words(html(app, 'class="lanes"'))
    assert "turns 1–2: the same rows as in main, 6 rows from 1 to 6" in said
    assert "turns 3–4: its own, 8 rows from 9 to 16" in said


def test_two_branches_are_compared_after_what_they_share(app):
    choose(app, "branch-view", "Side by side")
    assert "Shared, and stored once: 6 rows, 1–6." in words(html(app, 'class="common"'))
    assert "no such turn" in words(html(app, 'class="side-by-side"'))


def test_a_branch_is_made_switched_to_and_deleted_as_turns_of_the_visitor(app, desk):
    open_tool(app, "branch_calls")
    settled(app.number_input(key="branch-turn-rome@analytics").set_value(4).run())
    settled(app.text_input(key="branch-name@analytics").set_value("lima").run())
    assert "turns 1–3 of rome: rows 1–6, 9–14" in words(html(app, "branch-words"))
    press(app, "call-branch")
    assert desk.store("advanced_sqlite").current_branch("alice") == "lima"
    assert desk.records[-1].title == "await session.create_branch_from_turn(4, 'lima')"
    assert app.text_input(key="branch-name@analytics").value == ""
    choose(app, "branch-method@analytics", "switch_to_branch")
    press(app, "call-branch")
    assert desk.store("advanced_sqlite").current_branch("alice") == "main"
    choose(app, "branch-method@analytics", "delete_branch")
    select(app, "Branch to delete", "lima")
    assert "0 of its 12 rows are on no other branch" in words(html(app, "branch-words"))
    press(app, "call-branch")
    open_tool(app, "branches")
    assert "lima" not in words(html(app, 'class="lanes"'))


def test_a_branch_from_turn_1_is_refused_before_it_is_made(app, desk):
    open_tool(app, "branch_calls")
    settled(app.number_input(key="branch-turn-rome@analytics").set_value(1).run())
    assert "A branch from turn 1 includes nothing." in drawn(app)
    assert "call-branch" not in names(app)
    assert desk.records == ()


def test_the_words_of_a_branch_are_asked_for_before_one_is_said_to_be_missing(app):
    choose(app, "branch-method@analytics", "create_branch_from_content")
    assert "Type words of a message to see where the branch would begin." in drawn(app)
    assert "No message of yours" not in drawn(app)
    assert "call-branch" not in names(app)


def test_words_that_no_message_has_are_named_and_make_no_branch(app):
    choose(app, "branch-method@analytics", "create_branch_from_content")
    settled(app.text_input(key="branch-content@analytics").set_value("<b>zebra").run())
    assert "No message of yours in the branch rome contains '&lt;b&gt;zebra'." in drawn(app)
    assert "call-branch" not in names(app)


def test_what_was_chosen_to_switch_to_is_not_what_is_deleted(app):
    choose(app, "branch-method@analytics", "switch_to_branch")
    assert "reads the 8 rows of main" in words(html(app, "branch-words"))
    choose(app, "branch-method@analytics", "delete_branch")
    assert "Deletes the branch rome" in words(html(app, "branch-words"))


def test_a_branch_that_another_tab_has_deleted_is_refused_in_words(app, desk, visitor):
    choose(app, "branch-method@analytics", "delete_branch")
    other = open_lesson("analytics", visitor, session="alice")
    choose(other, "branch-method@analytics", "delete_branch")
    press(other, "call-branch")
    press(app, "call-branch")
    assert not app.exception
    assert "The session has no branch" in drawn(app)


def test_a_price_beyond_all_sense_is_not_taken(app):
    choose(app, "usage-view", "Cost")
    assert app.number_input(key="price-input@analytics").max == 1_000_000


def test_hostile_names_are_shown_as_text(app, desk):
    hostile = "<img src=x onerror=alert(1)>"
    open_tool(app, "branch_calls")
    settled(app.text_input(key="branch-name@analytics").set_value(hostile).run())
    press(app, "call-branch")
    say(app, hostile)
    for view in ("Overview", "Row by row", "Side by side"):
        choose(app, "branch-view", view)
        assert not [element for element in app.get("html") if "<img" in element.value]
    app.session_state["right-alice@analytics"] = Side("alice", hostile)
    settled(app.run())
    assert html(app, 'class="side-by-side"').count("&lt;img src=x") == 2  # its name and the message


def test_the_data_set_is_made_by_one_button_and_shown(app, desk, monkeypatch):
    monkeypatch.setattr("lessons.ui.sections.large_data_set.TURNS", 12)
    open_tool(app, "dataset")
    press(app, "generate")
    assert "12 turns of it are stored. It is whole." in drawn(app)
    assert app.query_params["session"] == "dataset_500"
    assert "The offline model made this data set." in drawn(open_tool(app, "usage"))
    assert desk.running() == []


def test_a_full_folder_is_said_at_the_button(app, desk, monkeypatch):
    monkeypatch.setattr("lessons.ui.sections.large_data_set.TURNS", 12)
    monkeypatch.setattr(type(desk.workspace), "size", lambda self: 10**12)
    open_tool(app, "dataset")
    press(app, "generate")
    assert "Your storage is full" in drawn(app)
