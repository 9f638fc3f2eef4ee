"""Text from a database is data in a chart: no expression contains it."""

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

HOSTILE = 'a\\",\'"+datum.x+warn("\\\\")//\u202e\ud83d'
ROWS = [{"first": 1, "last": 1, "turns": HOSTILE, "turn": 1, "name": HOSTILE, "calls": 2, "kind0": 1.5}]


def bars(hostile, rows):
    from lessons.ui.widgets.charts import draw_bars

    draw_bars(rows, (("kind0", hostile),), ((1, 1),), hostile)


def lines(hostile, rows):
    from lessons.ui.widgets.charts import draw_lines

    draw_lines(rows, (("kind0", "tokens"),), "tokens", hostile)


def ranking(hostile, rows):
    from lessons.ui.widgets.charts import draw_ranking

    draw_ranking(rows, "calls", "tool", "calls", hostile)


def strings(value):
    """Every string of a specification but those in its data and the texts of its titles, which are not expressions."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("values", "text"):
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("draw", [bars, lines, ranking])
def test_what_is_in_a_database_is_in_no_expression(draw):
    app = AppTest.from_function(draw, args=(HOSTILE, ROWS), default_timeout=120).run()
    assert not app.exception, [found.message for found in app.exception]
    (chart,) = app.get("vega_lite_chart")
    assert "[U+202E][U+D83D]" in chart.proto.alt
    specification = json.loads(chart.proto.spec)
    drawn = list(strings(specification))
    assert drawn
    assert not [text for text in drawn if "datum" in text or "warn" in text]
    if draw is not lines:
        assert re.search(r"\[U\+202E\]\[U\+D83D\]", chart.proto.spec)  # in the data


@pytest.mark.parametrize("draw", [bars, lines, ranking])
def test_a_chart_calculates_nothing(draw):
    specification = (
        AppTest.from_function(draw, args=("x", ROWS), default_timeout=120).run().get("vega_lite_chart")[0].proto.spec
    )
    assert not re.search(r'"(?:calculate|filter|signal|transform)"', specification)
    expressions = re.findall(r'"expr": ?"([^"]*)"', specification)
    assert all(re.fullmatch(r"width < \d+ \? 1 : 0", expression) for expression in expressions)


def test_the_bar_of_one_name_is_as_tall_as_each_of_twelve():
    """It was a block of 120 pixels."""
    heights = []
    for count in (1, 12):
        rows = [{"name": f"tool {number}", "calls": number} for number in range(count)]
        app = AppTest.from_function(ranking, args=("x", rows), default_timeout=120).run()
        (panel,) = json.loads(app.get("vega_lite_chart")[0].proto.spec)["vconcat"]
        heights.append(panel["height"])
    assert heights[0] == heights[1] == {"step": 32}


@pytest.mark.parametrize(("turns", "first", "last"), [(1, 0.5, 10.5), (3, 0.5, 10.5)])
def test_the_bars_of_few_turns_are_as_wide_as_those_of_ten_and_only_their_turns_are_named(turns, first, last):
    """The bar of one turn was a block as wide as the chart."""
    rows = [{**ROWS[0], "first": turn, "last": turn} for turn in range(1, turns + 1)]
    for panel in _panels_of(rows):
        for layer in panel["layer"]:
            x = layer["encoding"]["x"]
            assert x["scale"]["domain"] == [first, last]
            assert x["axis"]["values"] == list(range(1, turns + 1))


def test_the_bars_of_many_turns_take_the_whole_chart():
    rows = [{**ROWS[0], "first": turn, "last": turn} for turn in range(1, 31)]
    assert not [
        panel for panel in _panels_of(rows) for layer in panel["layer"] if "domain" in str(layer["encoding"]["x"])
    ]


def _panels_of(rows):
    app = AppTest.from_function(bars, args=("x", rows), default_timeout=120).run()
    return json.loads(app.get("vega_lite_chart")[0].proto.spec)["vconcat"]
