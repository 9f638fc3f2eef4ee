"""The rows of one of your own sessions as lines of the ledger, and the facets by which they are filtered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lessons.kit.problems.counted import counted
from lessons.ui.ledger.ledger_lines import DATA_CUT, IN_CODE, Line, bubble
from lessons.ui.widgets.markup import marked

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture, RowLook

FACETS = ("Kind", "Role", "Tool", "Branch", "Day")
COLUMNS = {"Redis": "position, entry", "JSON": "position, item"}
"""What stands for a row where the storage has no tables."""
NAMED = 6
"""The most rows of the same call that a line names."""


def facets_of(row: "RowLook") -> Mapping[str, tuple[str, ...]]:
    """The values of a row for each of FACETS."""
    role = row.value.get("role") if isinstance(row.value, dict) else None
    return {
        "Kind": (row.item.kind,),
        "Role": (str(role),) if role else (),
        "Tool": (row.item.name,) if row.item.name else (),
        "Branch": row.branches,
        "Day": (row.created[:10],) if row.created else (),
    }


def counts(rows: "Sequence[RowLook]") -> Mapping[str, Counter[str]]:
    """How many rows there are of each value of each facet."""
    found = [facets_of(row) for row in rows]
    return {name: Counter(value for one in found for value in one[name]) for name in FACETS}


def page_of_lines(picture: "Picture", rows: "Sequence[RowLook]", chosen: int | None, is_last: bool) -> dict[str, Any]:
    """What the component of the ledger draws: the rows under their turns, with what the next run makes of each."""
    lines: list[Line] = []
    pair = picture.head.pair
    turn = None
    size = Counter(row.turn for row in picture.rows)
    for row in rows:
        if row.turn != turn:
            turn = row.turn
            lines.append(_turn(picture, turn, size[turn]))
        lines.append(_item(row))
    if not lines:
        none = "No row matches your choice." if picture.rows else "No row is stored."
        lines.append({"id": "none", "type": "note", "look": "calm", "text": none})
    keys = {row.key for row in rows}
    return {
        "lines": lines,
        "columns": COLUMNS.get(pair.medium, f"{pair.key}, message_data"),
        "explains": "in the next run",
        "open": f"r{chosen}" if chosen in keys else "",
        "live": "",
        "say": "",
        "top": "" if is_last else "1",
    }


def _turn(picture: "Picture", turn: int, size: int) -> Line:
    used = [one for one in picture.usage if one.turn == turn and one.branch == "main"]
    facts = [counted(size, "item"), *(f"{one.input:,} tokens in, {one.output:,} out" for one in used)]
    first = "Before the first message of a user" if picture.case.turns is not None else "In turns that are not known"
    title = f"Turn {turn}" if turn else first
    return {"id": f"g{turn}", "type": "turn", "look": "plain", "text": title, "facts": " · ".join(facts)}


def _item(row: "RowLook") -> Line:
    why = marked(row.why) or ("read and sent again" if row.returned and row.sent else "")
    line = {
        "id": f"r{row.key}",
        "type": "item",
        "look": "mono" if row.item.kind in IN_CODE else "",
        **bubble(row.item),
        "key": str(row.key),
        "lane": marked(", ".join(row.branches), 60),
        "data": marked(row.data, DATA_CUT),
        "state": row.item.problem or "",
        "returned": _yes(row, row.returned),
        "sent": _yes(row, row.sent),
        "why": "; ".join(filter(None, (why, _partners(row.partners)))),
        "risk": marked(row.risk),
    }
    return {name: words for name, words in line.items() if words or name in ("id", "type")}


def _partners(keys: "Sequence[int]") -> str:
    if not keys:
        return ""
    more = f" and {len(keys) - NAMED:,} more" if len(keys) > NAMED else ""
    return f"same call as row{'s' if len(keys) > 1 else ''} {', '.join(map(str, keys[:NAMED]))}{more}"


def _yes(row: "RowLook", is_so: bool) -> str:
    return "?" if not row.is_known else "yes" if is_so else "no"
