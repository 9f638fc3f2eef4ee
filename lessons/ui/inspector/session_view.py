"""The list of sessions, and one session, as HTML."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lessons.ui.page import address
from lessons.ui.widgets.counted import counted
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import CURRENT, attribute, text
from lessons.ui.widgets.table import table_html

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture, RowLook, SessionLook
    from lessons.kit.inspect.findings.deletes import Deleted
    from lessons.kit.inspect.findings.finding import Finding

CUT = 160


def list_html(place: str, sessions: "Sequence[SessionLook]") -> str:
    """A line for each session, with a link to it and its findings."""
    if not sessions:
        return '<p class="quiet empty">No session is stored there.</p>'
    several = len({one.head.pair.messages for one in sessions}) > 1
    heads = ("Session", "First line", "Findings", "Items", "Last used")
    return table_html("Sessions", heads, (_session_line(place, one, several) for one in sessions), "calls turns")


def _session_line(place: str, one: "SessionLook", several: bool) -> str:
    link = address.query(
        storage=place, session=one.head.session_id, table=one.head.pair.messages, store=None, step=None
    )
    table = f' <span class="length">in {text(one.head.pair.messages, 60)}</span>' if several else ""
    found = ", ".join(f"{finding.code} ({finding.level})" for finding in one.findings)
    items = f"{one.items:,}{'' if one.is_whole else ' or more'}"
    return (
        f'<tr><td><a href="{attribute(link)}" target="_self">{text(one.head.session_id, 80)}</a>{table}</td>'
        f"<td>{text(one.first, 90)}</td><td>{text(found or 'none')}</td>"
        f'<td class="number">{items}</td><td class="number">{text(one.head.used[:19])}</td></tr>'
    )


def findings_html(findings: "Sequence[Finding]") -> str:
    """Each finding: level and code, what it says, and under which conditions."""
    if not findings:
        return '<p class="quiet">No findings.</p>'
    return "".join(map(_finding, findings))


def _finding(one: "Finding") -> str:
    look = "problem" if one.level == "error" else "finding"
    return (
        f'<div class="{look}"><strong>{text(one.level)}: {text(one.code)}</strong><p>{text(one.says)}</p>'
        f'<p class="caption">Under: {text(_conditions(one))}</p></div>'
    )


def _conditions(finding: "Finding") -> str:
    return ", ".join(f"{name} {'none' if value is None else value}" for name, value in finding.conditions.items())


def rows_html(picture: "Picture", rows: "Sequence[RowLook]", chosen: int | None) -> str:
    """The rows with what the next run makes of them."""
    whole = "" if picture.is_whole else f" Only the newest {len(picture.rows):,} rows were read."
    raises = f" The run would raise {text(picture.raises, 200)}." if picture.raises else ""
    said = (
        f"The next run, opened as {text(picture.class_name)}, would send {picture.sent:,} of "
        f"{counted(len(picture.rows), 'row')} before its own message. {picture.order}{whole}{raises}"
    )
    heads = ("Item", "Row", "Returned", "Sent", "Why")
    lines = (_row_line(row, row.key == chosen) for row in rows)
    return f'<p class="caption">{said}</p>{table_html("Rows and the next run", heads, lines, "trace")}'


def _row_line(row: "RowLook", is_chosen: bool) -> str:
    why = ". ".join(filter(None, (row.why, f"Risk: {row.risk}" if row.risk else "")))
    link = attribute(address.query(row=row.key, **_here()))
    marked = f' class="selected"{CURRENT}' if is_chosen else ""
    return (
        f"<tr{marked}>"
        f"<td><div>{badge(row.item.kind)}<span>{text(row.item.text, CUT)}</span></div></td>"
        f'<td><a href="{link}" target="_self">{row.key}</a></td>{_yes(row.returned)}{_yes(row.sent)}<td>{text(why)}</td></tr>'
    )


def _here() -> dict[str, str | None]:
    return {name: address.text(name) for name in ("storage", "session", "table")}


def _yes(is_so: bool) -> str:
    return f'<td class="{"yes" if is_so else "no"}">{"yes" if is_so else "no"}</td>'


def deletes_html(deletes: "Sequence[Deleted]") -> str:
    """What one call would delete, for each class."""
    lines = (f"<tr><td>{text(one.class_name)}</td><td>{text(one.words)}</td></tr>" for one in deletes)
    return table_html("What one call would delete", ("Opened as", "One call"), lines, "calls")
