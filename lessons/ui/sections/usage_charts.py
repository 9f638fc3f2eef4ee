"""What the turns of a branch used: charts, each with its words and its numbers, and what that costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.analytics import usage
from lessons.kit.analytics.branches import Branch, read_branches
from lessons.kit.analytics.dataset import SESSION_ID as DATA_SET
from lessons.kit.analytics.dataset import check_store
from lessons.kit.analytics.usage import Point, ToolUse, Turn, Usage
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.counted import counted
from lessons.kit.stores.sqlite.advanced_store import AdvancedSQLiteStore
from lessons.kit.turns.desk import Desk
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import PageState, Prices
from lessons.ui.widgets.chart_numbers import draw_numbers
from lessons.ui.widgets.charts import Row, draw_bars, draw_lines, draw_ranking
from lessons.ui.widgets.markup import plain, text
from lessons.ui.widgets.terms import explained_html

POINTS = 240
"""The most bars of one chart. More would be thinner than a line."""

MOST = 1_000_000.0
"""The highest price of a million tokens: far above any real one, and far below what a float can count."""

NOTHING = "No turn is stored in this session. Choose another one, run a step, send a message, or use Large data set."


@dataclass(frozen=True)
class Shown:
    """The branch that is drawn: its turns, and the same turns as the points of a chart, `size` turns for each point."""

    state: PageState
    store: AdvancedSQLiteStore
    session_id: str
    branch: str
    turns: tuple[Turn, ...]
    points: tuple[Point, ...]
    size: int

    @property
    def used(self) -> list[tuple[int, Usage]]:
        """The numbers of the turns whose usage is stored, with it."""
        return [(turn.number, turn.usage) for turn in self.turns if turn.usage is not None]


def draw_usage(entry: Entry, desk: Desk, choice: Choice) -> None:
    with st.container(border=True, key="usage"):
        st.html(
            explained_html(
                '<p class="look-for">Read from the tables '
                "<code>message_structure</code> and <code>turn_usage</code>. A turn has usage only when "
                "<code>store_run_usage(result)</code> was called after its run; the messages that you send here do so.</p>",
                "usage-charts",
            )
        )
        store = check_store(choice.store)
        branches = branches_of(store, choice.session_id)
        if not branches:
            st.html(f'<p class="quiet empty">{NOTHING}</p>')
            return
        _draw(PageState(entry.slug), store, choice.session_id, branches)


def branches_of(store: AdvancedSQLiteStore, session_id: str) -> tuple[Branch, ...]:
    """The branches of a session in the order of the tree. Raises Refused."""
    return store.look(("branches", session_id), lambda reader: read_branches(reader, session_id), ())


def choose_branch(
    state: PageState, name: str, label: str, store: AdvancedSQLiteStore, session_id: str, branches: Sequence[Branch]
) -> str:
    """A field to choose a branch, at first the current one. Returns the chosen name."""
    names, current = [branch.name for branch in branches], store.current_branch(session_id)
    return st.selectbox(
        label,
        names,
        index=names.index(current) if current in names else 0,
        format_func=lambda one: f"{plain(one)} (current)" if one == current else plain(one),
        key=state.key(f"{name}-{session_id}-{current}"),  # a new field when another branch is current
    )


def _draw(state: PageState, store: AdvancedSQLiteStore, session_id: str, branches: Sequence[Branch]) -> None:
    view_column, branch_column = st.columns([5, 2])
    with branch_column:
        branch = choose_branch(state, "usage-branch", "Branch", store, session_id, branches)
    with view_column:
        view = st.segmented_control(
            "Chart", tuple(VIEWS), default="Tokens", required=True, key=state.key("usage-view"), wrap=True
        )
    none: tuple[Turn, ...] = ()
    found = store.look(("turns", session_id, branch), lambda reader: usage.read_turns(reader, session_id, branch), none)
    turns = tuple(turn for turn in found if turn.number)
    points, size = usage.points(turns, POINTS)
    shown = Shown(state, store, session_id, branch, turns, points, size)
    if not turns:
        st.html('<p class="quiet empty">No message of a user is in this branch yet: there is no turn to draw.</p>')
    elif not shown.used and view in ("Tokens", "Cumulated", "Requests", "Cost"):
        st.html(
            f'<p class="quiet empty">This branch has {counted(len(turns), "turn")} without stored usage. Call '
            "<code>await session.store_run_usage(result)</code> after a run.</p>"
        )
    else:
        VIEWS[view](shown)
        _say_what_is_missing(shown, view)


def _tokens(shown: Shown) -> None:
    (first, first_used), (last, last_used) = shown.used[0], shown.used[-1]
    total = usage.total(shown.turns)
    each = f"{first_used.input_tokens:,} input tokens in turn {first}"
    if len(shown.used) > 1:
        each += f", {last_used.input_tokens:,} in turn {last}; output between {_range(shown, 'output_tokens')}"
    words = (
        f"{_scope(shown)}: {each}. All together: {total.input_tokens:,} input, {total.output_tokens:,} output, "
        f"{total.total_tokens:,} in total."
    )
    panels = (
        ("input_tokens", "input tokens"),
        ("output_tokens", "output tokens"),
        ("total_tokens", "total tokens"),
    )
    draw_bars(_rows(shown), panels, usage.missing_usage(shown.turns), words)
    _draw_words(words, shown.size)
    _draw_numbers(
        shown, "Tokens per turn", ("turn", "input", "output", "total"), _usage_lines(shown, _token_cells), "tokens"
    )


def _cumulated(shown: Shown) -> None:
    rows, lines = [], []
    inputs = list(accumulate(used.input_tokens for _, used in shown.used))
    outputs = list(accumulate(used.output_tokens for _, used in shown.used))
    for (turn, _), read, written in zip(shown.used, inputs, outputs, strict=True):
        rows.append({"turn": turn, "input": read, "output": written})
        lines.append((turn, f"{read:,}", f"{written:,}", f"{read + written:,}"))
    (first, first_used), (last, last_used) = shown.used[0], shown.used[-1]
    words = (
        f"{_scope(shown)}: after turn {last}, {inputs[-1]:,} input and {outputs[-1]:,} output tokens in all. Turn "
        f"{first} sent {first_used.input_tokens:,}, turn {last} {last_used.input_tokens:,}. A run without a "
        "limit sends the whole history again, so the sum grows faster than the conversation."
    )
    step = max(1, -(-len(rows) // POINTS))
    drawn = [*rows[:-1:step], rows[-1]]
    draw_lines(drawn, (("input", "input tokens"), ("output", "output tokens")), "tokens so far", words)
    _draw_words(words, step, "The line goes through one in {} turns")
    _draw_numbers(
        shown, "Cumulated tokens", ("turn", "input so far", "output so far", "total so far"), lines, "cumulated"
    )


def _requests(shown: Shown) -> None:
    total = usage.total(shown.turns).requests
    most, most_used = max(shown.used, key=lambda turn: turn[1].requests)
    words = (
        f"{_scope(shown)}: {counted(total, 'request')} in {counted(len(shown.used), 'turn')}; the most in one turn are "
        f"{most_used.requests}, first in turn {most}. After a function tool the model is asked again, with its "
        "output, unless the agent is made to stop at its tools."
    )
    number = "d" if shown.size == 1 else "~g"
    draw_bars(_rows(shown), (("requests", "requests"),), usage.missing_usage(shown.turns), words, number)
    _draw_words(words, shown.size)
    _draw_numbers(shown, "Requests", ("turn", "requests"), _usage_lines(shown, lambda one: (one.requests,)), "requests")


def _tools(shown: Shown) -> None:
    key = "tools", shown.session_id, shown.branch
    none: tuple[ToolUse, ...] = ()
    found = shown.store.look(key, lambda reader: usage.read_tools(reader, shown.session_id, shown.branch), none)
    if not found:
        st.html('<p class="quiet empty">No tool was called in this branch. Ask for the weather in a city.</p>')
        return
    named = ", ".join(f"{tool.name} {counted(tool.calls, 'time')} in {counted(tool.turns, 'turn')}" for tool in found)
    words = f"{_scope(shown)}: {named}. Calls are counted from the stored rows; a handoff is a call too."
    draw_ranking(
        [{"name": f"{tool.name} ({tool.calls})", "calls": tool.calls} for tool in found],
        "calls",
        "tool",
        "calls",
        words,
    )
    _draw_words(words)
    _draw_numbers(
        shown, "Tools", ("tool", "calls", "turns"), [(tool.name, tool.calls, tool.turns) for tool in found], "tools"
    )


def _kinds(shown: Shown) -> None:
    kinds = list(dict.fromkeys(kind for turn in shown.turns for kind, _ in turn.kinds))
    counts = [dict(turn.kinds) for turn in shown.turns]
    sums = {kind: sum(count.get(kind, 0) for count in counts) for kind in kinds}
    words = f"{_scope(shown)}: {', '.join(f'{count:,} {kind}' for kind, count in sums.items())}, as message_type says."
    rows = []
    for point, start in zip(shown.points, range(0, len(counts), shown.size), strict=True):
        part = counts[start : start + shown.size]
        means = {f"kind{n}": sum(count.get(kind, 0) for count in part) / len(part) for n, kind in enumerate(kinds)}
        rows.append({"first": point.first, "last": point.last, "turns": _turns(point), **means})
    panels = tuple((f"kind{number}", kind) for number, kind in enumerate(kinds))
    draw_bars(rows, panels, (), words, "d" if shown.size == 1 else "~g")
    _draw_words(words, shown.size)
    lines = [
        (turn.number, *(count.get(kind, 0) for kind in kinds)) for turn, count in zip(shown.turns, counts, strict=True)
    ]
    _draw_numbers(shown, "Message kinds per turn", ("turn", *kinds), lines, "kinds")


def _cost(shown: Shown) -> None:
    # Kept next to the fields: Streamlit drops what is in a field while another chart is shown.
    state, kept = shown.state, shown.state.prices
    prices = kept.get()
    read, written = st.columns(2)
    with read:
        input_price = _price("Price of a million input tokens", prices.input, state.key("price-input"))
    with written:
        output_price = _price("Price of a million output tokens", prices.output, state.key("price-output"))
    kept.put(Prices(input_price, output_price))

    def cost(used: Usage) -> float:
        return usage.cost(used, input_price=input_price, output_price=output_price)

    total = usage.total(shown.turns)
    whole = shown.store.look(
        ("session usage", shown.session_id), lambda reader: usage.read_session_usage(reader, shown.session_id), None
    )
    costs = [cost(used) for _, used in shown.used]
    words = (
        f"{_scope(shown)}: {_money(cost(total))} for {total.input_tokens:,} input and "
        f"{total.output_tokens:,} output tokens. Turn {shown.used[0][0]} cost {_money(costs[0])}, turn "
        f"{shown.used[-1][0]} {_money(costs[-1])}. All branches of the session: "
        f"{_money(cost(whole or total))}."
    )
    step = max(1, -(-len(costs) // POINTS))
    drawn = _means([(turn, one) for (turn, _), one in zip(shown.used, costs, strict=True)], step)
    draw_bars(drawn, (("cost", "cost of a turn"),), usage.missing_usage(shown.turns), words, "~g")
    _draw_words(words, step)
    st.html(
        '<p class="caption">In the currency of your prices; 1 and 4 are examples. The SDK knows no prices: this multiplies the '
        "stored tokens. Cached tokens, which can cost less, count in full.</p>"
    )
    lines = [
        (turn, _money(one), _money(so_far))
        for (turn, _), one, so_far in zip(shown.used, costs, accumulate(costs), strict=True)
    ]
    _draw_numbers(shown, "Cost", ("turn", "cost", "so far"), lines, "cost")


VIEWS: dict[str, Callable[[Shown], None]] = {
    "Tokens": _tokens,
    "Cumulated": _cumulated,
    "Requests": _requests,
    "Tools": _tools,
    "Message kinds": _kinds,
    "Cost": _cost,
}


def _draw_numbers(
    shown: Shown, title: str, columns: Sequence[str], lines: Sequence[Sequence[object]], key: str
) -> None:
    draw_numbers(title, columns, lines, shown.state.key(f"numbers-{key}"), shown.state.numbers_page(key))


def _price(label: str, value: float, key: str) -> float:
    return st.number_input(label, min_value=0.0, max_value=MOST, value=value, step=0.1, format="%.4g", key=key)


def _money(amount: float) -> str:
    return f"{amount:,.6f}" if amount < 0.1 else f"{amount:,.4f}"


def _means(costs: Sequence[tuple[int, float]], size: int) -> list[Row]:
    """Bars of `size` turns each, from the number and the cost of each turn."""
    parts = [costs[start : start + size] for start in range(0, len(costs), size)]
    return [
        {
            "first": part[0][0],
            "last": part[-1][0],
            "turns": f"{part[0][0]}" if len(part) == 1 else f"{part[0][0]}–{part[-1][0]}",
            "cost": sum(cost for _, cost in part) / len(part),
        }
        for part in parts
    ]


def _rows(shown: Shown) -> list[Row]:
    fields = ("requests", "input_tokens", "output_tokens", "total_tokens")
    return [
        {"first": point.first, "last": point.last, "turns": _turns(point)}
        | {field: getattr(point, field) for field in fields}
        for point in shown.points
    ]


def _turns(point: Point) -> str:
    return str(point.first) if point.first == point.last else f"{point.first}–{point.last}, mean"


def _usage_lines(shown: Shown, cells: Callable[[usage.Usage], tuple[object, ...]]) -> list[tuple[object, ...]]:
    width = len(cells(usage.Usage(0, 0, 0, 0)))
    return [
        (turn.number, *(cells(turn.usage) if turn.usage is not None else ("not stored", *[""] * (width - 1))))
        for turn in shown.turns
    ]


def _token_cells(one: usage.Usage) -> tuple[str, ...]:
    return f"{one.input_tokens:,}", f"{one.output_tokens:,}", f"{one.total_tokens:,}"


def _range(shown: Shown, field: str) -> str:
    counts: list[int] = [getattr(used, field) for _, used in shown.used]
    return f"{min(counts):,} and {max(counts):,}"


def _scope(shown: Shown) -> str:
    return f"Branch {shown.branch}, {counted(len(shown.turns), 'turn')}"


def _draw_words(words: str, size: int = 1, drawn: str = "Each bar is the mean of {} turns") -> None:
    also = f"{drawn.format(size)}; the numbers are of every turn." if size > 1 else ""
    st.html(f'<p class="caption chart-words">{text(words)} {text(also)}</p>')


def _say_what_is_missing(shown: Shown, view: str) -> None:
    parts = []
    missing = usage.missing_usage(shown.turns)
    if missing and view not in ("Tools", "Message kinds"):
        runs = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in missing[:6])
        more = f" and {len(missing) - 6} more runs of turns" if len(missing) > 6 else ""
        word = "turn" if len(missing) == 1 and missing[0][0] == missing[0][1] else "turns"
        parts.append(
            f"{word.capitalize()} {runs}{more}: no usage was stored in this branch: missing data, not zero. A branch "
            "includes the rows of earlier turns, and not their usage; a run without store_run_usage() stores none."
        )
    if view in ("Tokens", "Cumulated", "Cost"):
        if shown.session_id == DATA_SET:
            parts.append(
                "The offline model made this data set. It counts no tokens: these are estimates from the lengths."
            )
        elif active_provider().is_offline:
            parts.append("The offline model counts no tokens: its figures are estimates from the lengths.")
    st.html("".join(f'<p class="caption">{text(part)}</p>' for part in parts) or "<span></span>")
