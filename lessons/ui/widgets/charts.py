"""The charts: their shapes are built with Altair once, and drawn with the data of each rerun.

Building a chart takes Altair longer than all the rest of a rerun, so a shape knows its data by name only. The data is put in as
CSV: Streamlit's own way needs pandas, which takes 80 MB and a third of a second. Series differ in their position or their
dashes, never in colour alone.

Text from a database is in the data, or in the text of a panel's title. It is not the title of an axis or a tooltip: Vega makes
expressions of these.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from lessons.ui.widgets.markup import plain

if TYPE_CHECKING:
    import altair as alt

BLUE, ORANGE = "#4c6ef5", "#e8590c"
"""Both stand out from white and from black."""

GAP_HEIGHT = 3
BAR_STEP = 32
LEAST_TURNS = 10
"""A chart of bars has room for so many turns."""
PANEL_HEIGHT = {1: 240, 2: 130, 3: 100}
Row = dict[str, Any]


def draw_bars(
    rows: Sequence[Row],
    panels: Sequence[tuple[str, str]],
    gaps: Sequence[tuple[float, float]],
    description: str,
    number: str = "~s",
) -> None:
    """One panel of bars for each (column, title), above each other over the same turns.

    A row has `first`, `last` and `turns` (words) next to the columns. `gaps` are turns of which nothing is known: a grey line
    at their foot says so, since a missing bar looks like zero. `number` is how the axis writes numbers, in the language of d3.
    """
    ends = [{**row, "from": row["first"] - 0.4, "to": row["last"] + 0.4} for row in rows]
    columns = tuple(column for column, _ in panels)
    data = {}
    for column, title in panels:
        data[column] = _as_csv([{**row, "panel": title} for row in ends], ("from", "to", "turns", "panel", column))
    data["gaps"] = _as_csv([{"first": first - 0.4, "last": last + 0.4} for first, last in gaps], ("first", "last"))
    shape = _bars(columns, bool(gaps), number)
    named = " · grey: no usage is stored" if gaps else ""
    spans = [*((row["first"], row["last"]) for row in rows), *gaps]
    turns = int(min(first for first, _ in spans)), int(max(last for _, last in spans))
    titled = [
        {**_with_room(panel, *turns), "title": _title(title + named)}
        for panel, (_, title) in zip(shape["vconcat"], panels, strict=True)
    ]
    _draw({**shape, "vconcat": titled}, data, description)


def draw_lines(
    rows: Sequence[Row], series: Sequence[tuple[str, str]], y_title: str, description: str, number: str = ",.0f"
) -> None:
    """One line for each (column, name), each with its own dashes; a row has `turn` next to the columns."""
    points = [{"turn": row["turn"], "series": name, "value": row[column]} for column, name in series for row in rows]
    names = tuple(name for _, name in series)
    _draw(_lines(names, y_title, number), {"rows": _as_csv(points, ("turn", "series", "value"))}, description)


def draw_ranking(rows: Sequence[Row], value: str, y_title: str, x_title: str, description: str) -> None:
    """One bar across for each row's `name`, longest first."""
    _draw(_ranking(value, y_title, x_title), {"rows": _as_csv(rows, ("name", value))}, description)


def _draw(shape: Row, data: Mapping[str, str], description: str) -> None:
    # Set here, since Streamlit does not fit panels with marked turns to the width.
    fit = {"type": "fit-x", "contains": "padding"}
    st.vega_lite_chart(spec={**_filled(shape, data), "autosize": fit}, alt=plain(description), width="stretch")


def _filled(shape: Any, data: Mapping[str, str]) -> Any:
    """The shape with the data in the places of its names."""
    if isinstance(shape, list):
        return [_filled(part, data) for part in shape]
    if not isinstance(shape, dict):
        return shape
    if set(shape) == {"name"} and shape["name"] in data:
        return {"values": data[shape["name"]], "format": {"type": "csv"}}
    return {key: _filled(part, data) for key, part in shape.items()}


def _with_room(panel: Any, first: int, last: int) -> Any:
    """The panel with room for LEAST_TURNS: the bar of a single turn would be as wide as the chart."""
    if last - first + 1 >= LEAST_TURNS:
        return panel
    if "layer" in panel:
        return {**panel, "layer": [_with_room(layer, first, last) for layer in panel["layer"]]}
    x = panel["encoding"]["x"]
    room = {"scale": {**x["scale"], "domain": [first - 0.5, first + LEAST_TURNS - 0.5]}}
    axis = {"axis": {**x["axis"], "values": list(range(first, last + 1))}}
    return {**panel, "encoding": {**panel["encoding"], "x": {**x, **room, **axis}}}


def _as_csv(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """What is None becomes an empty cell, which is drawn as nothing and not as zero."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_rounded(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def _rounded(value: object) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) else plain(value) if isinstance(value, str) else value


def _title(words: str) -> Row:
    """The title of a panel, above its bars. Its colour is that of the page's theme."""
    look = {"anchor": "start", "fontSize": 12, "fontWeight": "normal", "offset": 4}
    return {"text": plain(words), "frame": "group", **look}  # the numbers of an axis are not equally wide in each panel


@cache
def _bars(columns: tuple[str, ...], has_gaps: bool, number: str) -> Row:
    import altair as alt

    height = PANEL_HEIGHT.get(len(columns), 70)
    charts = []
    for number_of_panel, column in enumerate(columns, start=1):
        last = number_of_panel == len(columns)
        turns = alt.X(
            title="turn" if last else None,
            axis=alt.Axis(tickMinStep=1, grid=False, format="d", labels=last, ticks=last),
            scale=alt.Scale(nice=False, zero=False),
            type="quantitative",
        )
        bars = (
            alt.Chart(alt.NamedData(name=column))
            .mark_rect(color=BLUE)
            .encode(
                x=turns.field("from"),
                x2="to:Q",
                y=alt.Y(f"{column}:Q", axis=_axis(number), scale=alt.Scale(zero=True)),
                y2=alt.datum(0),
                tooltip=[
                    alt.Tooltip("turns:N", title="turn"),
                    alt.Tooltip("panel:N", title="of"),
                    alt.Tooltip(f"{column}:Q", title="value", format=",.6~f"),
                ],
            )
        )
        if has_gaps:
            foot = (
                alt.Chart(alt.NamedData(name="gaps"))
                .mark_rect(color="#868e96")
                .encode(x=turns.field("first"), x2="last:Q", y=alt.value(height - GAP_HEIGHT), y2=alt.value(height))
            )
            bars = alt.layer(foot, bars)
        charts.append(bars.properties(height=height, width="container"))
    return _panels(charts)


def _axis(number: str, title: str | None = None) -> "alt.Axis":
    """An axis with its title above it, where every width has room for it. `title` is a text of the app."""
    import altair as alt

    return alt.Axis(
        title=title,
        tickCount=4,
        format=number,
        tickMinStep=1 if number == "d" else alt.Undefined,
        titleAngle=0,
        titleAnchor="end",
        titleAlign="left",
        titleBaseline="bottom",
        titleX=0,
        titleY=-4,
    )


@cache
def _lines(names: tuple[str, ...], y_title: str, number: str) -> Row:
    import altair as alt

    dashes = [[1, 0], [6, 3], [2, 3], [9, 3, 2, 3], [4, 1]][: len(names)]
    chart = (
        alt.Chart(alt.NamedData(name="rows"))
        .mark_line(point={"size": 18}, strokeWidth=2)
        .encode(
            x=alt.X(
                "turn:Q",
                title="turn",
                axis=alt.Axis(tickMinStep=1, grid=False, format="d"),
                scale=alt.Scale(nice=False, zero=False),
            ),
            y=alt.Y("value:Q", axis=_axis("~s", y_title)),
            color=alt.Color(
                "series:N",
                title=None,
                scale=alt.Scale(
                    domain=list(names), range=[BLUE, ORANGE, "#0c8599", "#ae3ec9", "#5c940d"][: len(names)]
                ),
                # Next to each other where they fit (0: no limit of columns), else below each other: it does not wrap.
                legend=alt.Legend(
                    orient="top",
                    symbolType="stroke",
                    symbolSize=300,
                    columns=alt.ExprRef(f"width < {120 * len(names)} ? 1 : 0"),
                ),
            ),
            strokeDash=alt.StrokeDash("series:N", title=None, scale=alt.Scale(domain=list(names), range=dashes)),
            tooltip=[
                alt.Tooltip("turn:Q", title="turn"),
                alt.Tooltip("series:N", title="of"),
                alt.Tooltip("value:Q", title=y_title, format=number),
            ],
        )
        .properties(height=260, width="container")
    )
    return _panels([chart])


@cache
def _ranking(value: str, y_title: str, x_title: str) -> Row:
    import altair as alt

    chart = (
        alt.Chart(alt.NamedData(name="rows"))
        .mark_bar(color=BLUE)
        .encode(
            # Without a title: it would be drawn over a long name.
            y=alt.Y("name:N", title=None, sort="-x", axis=alt.Axis(labelLimit=140)),
            x=alt.X(f"{value}:Q", title=x_title, axis=alt.Axis(tickMinStep=1, tickCount=6, format=",d")),
            tooltip=[alt.Tooltip("name:N", title=y_title), alt.Tooltip(f"{value}:Q", title=x_title)],
        )
        .properties(height=alt.Step(BAR_STEP), width="container")
    )
    return _panels([chart])


def _panels(charts: "Sequence[alt.Chart | alt.LayerChart]") -> Row:
    """The charts above each other, each with its own data: Streamlit would read data of the whole chart as a table."""
    import altair as alt

    whole = alt.vconcat(*charts, spacing=8).to_dict()
    common = whole.pop("data", None)
    panels = whole["vconcat"]
    return {**whole, "vconcat": [panel if common is None else {"data": common, **panel} for panel in panels]}
