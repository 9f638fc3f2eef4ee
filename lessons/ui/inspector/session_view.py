"""The list of sessions, and one session, as HTML."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from lessons.kit.inspect.findings.finding import conditions_in_words
from lessons.kit.inspect.stored import COUNTED, NO_ITEM
from lessons.kit.items import read
from lessons.kit.problems.counted import counted
from lessons.ui.page import address
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import AsItIs, attribute, blank, text
from lessons.ui.widgets.table import scroll_region, table_html

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture, RowLook
    from lessons.kit.inspect.findings.deletes import Deleted
    from lessons.kit.inspect.findings.finding import Finding
    from lessons.kit.inspect.listing import SessionLook

NOT_YET = '<span class="quiet" aria-label="not read yet">…</span>'
HERE = "\0"
"""No stored text is shown with this character: `text` gives it a name."""
WHOLE = 200_000
"""The most characters of a value that are shown."""
LINKED = 12
"""The most rows that a finding or a row links to."""


def list_html(sessions: "Sequence[SessionLook]", prices: tuple[float, float] | None = None) -> str:
    """A line for each session, with a link to it and its findings. `prices` of a million tokens, in and out.

    It is the same for all visitors: HERE stands where the links have the visitor's address, which `linked` puts in.
    """
    if not sessions:
        return "<p></p>"  # the line above says so
    several = len({one.head.pair.messages for one in sessions}) > 1
    with_tokens = any(one.tokens for one in sessions)
    is_found = any(one.hit is not None and one.hit.key is not None for one in sessions)
    heads = ["Session", "Row that was found" if is_found else "First line", "Findings", "Items", "Turns", "Characters"]
    heads += ["Tokens in", "Tokens out"] if with_tokens else []
    heads += ["Cost"] if with_tokens and prices else []
    with_end = any(one.head.expires for one in sessions)
    heads += [*(["Expires"] if with_end else []), "Created", "Last used"]
    lines = (_session_line(one, several, with_tokens, prices, with_end) for one in sessions)
    return scroll_region("Sessions", table_html("Sessions", heads, lines, "calls turns sessions"), "wide")


def linked(list_of_sessions: str, storage: str) -> AsItIs:
    """The list with the visitor's address in its links."""
    here = address.query(storage=storage, session=None, store=None, step=None)
    return AsItIs(list_of_sessions.replace(HERE, attribute(here)))


def _session_line(
    one: "SessionLook", several: bool, with_tokens: bool, prices: tuple[float, float] | None, with_end: bool
) -> str:
    hit = one.hit
    to = {"session": one.head.session_id, "table": one.head.pair.messages, "row": hit.key if hit is not None else None}
    link = attribute(f"&{urlencode({name: value for name, value in to.items() if value is not None})}")
    table = f' <span class="length">in {text(one.head.pair.messages, 60)}</span>' if several else ""
    found = ", ".join(dict.fromkeys(_finding_chip(finding) for finding in one.findings or ())) or "none"
    more = "" if one.items < COUNTED else " or more"
    first = (blank(one.first) if one.items else "") or text(one.first, 90, one.first_length)
    if hit is not None and hit.key is not None:
        item = read(hit.text)
        first = f'<span class="length">row {hit.key}</span> {text(item.text, 90, item.length)}'
    characters = NOT_YET if one.characters is None else f"{one.characters:,}{more}"
    numbers = [f"{one.items:,}{more}", "" if one.turns is None else f"{one.turns:,}", characters]
    if with_tokens:
        tokens_in, tokens_out = one.tokens or (0, 0)
        numbers += [f"{tokens_in:,}", f"{tokens_out:,}"] if one.tokens else ["", ""]
        if prices:
            cost = (tokens_in * prices[0] + tokens_out * prices[1]) / 1e6
            numbers.append(f"{cost:,.4f}" if one.tokens else "")
    cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
    expires = text(one.head.expires[:16]).replace(" ", "<br>") or "no"  # in one line the table would be too wide
    cells += f'<td class="number">{expires}</td>' if with_end else ""
    cells += "".join(f'<td class="number">{text(at[:16])}</td>' for at in (one.head.created, one.head.used))
    named = blank(one.head.session_id) or text(one.head.session_id, 80)
    return (
        f'<tr><td><a href="{HERE}{link}" target="_self">{named}</a>{table}</td>'
        f"<td>{first}</td><td>{NOT_YET if one.findings is None else found}</td>{cells}</tr>"
    )


def _finding_chip(finding: "Finding") -> str:
    return f'<span class="level {finding.level}">{text(finding.code)} ({finding.level})</span>'


def findings_html(findings: "Sequence[Finding]") -> str:
    """Each finding: level and code, what it says, and under which conditions."""
    if not findings:
        return '<p class="caption">No findings.</p>'
    return "".join(map(_finding, findings))


def _finding(one: "Finding") -> str:
    look = "problem" if one.level == "error" else "finding"
    return (
        f'<div class="{look}"><strong>{text(one.level)}: {text(one.code)}</strong><p>{text(one.says)}</p>'
        f'<p class="caption">Found with: {text(conditions_in_words(one.conditions))}.</p>{_links(one.rows)}</div>'
    )


def _links(keys: "Sequence[int]") -> str:
    """The rows of a finding, to open: in a long session they can be on another page of the table."""
    more = f" and {len(keys) - LINKED:,} more" if len(keys) > LINKED else ""
    return f'<p class="caption">Open {", ".join(map(_link, keys[:LINKED]))}{more}</p>' if keys else ""


def summary_html(picture: "Picture") -> str:
    """What the next run makes of all rows, in one sentence."""
    whole = "" if picture.is_whole else f" Only the newest {len(picture.rows):,} rows were read."
    if picture.case.needs_key:
        said = "The key is not given, so it is not known what the next run sends."
        return f'<p class="look-for">{said} Enter it under “How your code opens the sessions”.</p>'
    if not picture.rows:
        return '<p class="look-for">This session has no rows, so the next run would send only its own message.</p>'
    raises = f" The run would raise {text(picture.raises, 200)}." if picture.raises else ""
    not_known = f" {picture.case.not_known}" if picture.case.not_known else ""
    said = (
        f"The next run, opened as {text(picture.class_name)}, would send {picture.sent:,} of "
        f"{counted(len(picture.rows), 'row')} before its own message. {picture.order}{not_known}{whole}{raises}"
    )
    return f'<p class="look-for">{said}</p>'


def head_html(picture: "Picture", items: int | None = None) -> str:
    """The session in chips: items, turns, characters, tokens, when it was made and used, and when it expires.

    `items` is how many it has, up to COUNTED, where not all were read: the other numbers are of those that were.
    """
    characters = sum(len(row.data) for row in picture.rows)
    turns = picture.case.turns
    more = " or more" if items is not None and items >= COUNTED else ""
    words = [counted(len(picture.rows), "item")] if items is None else []
    words += [counted(turns, "turn")] if turns is not None else []
    words += [counted(characters, "character")]
    if items is not None:
        words[0] = f"{items:,}{more} items stored. In the newest {len(picture.rows):,}: {words[0]}"
    if picture.usage:
        tokens = (sum(one.input for one in picture.usage), sum(one.output for one in picture.usage))
        words.append(f"{tokens[0]:,} tokens in, {tokens[1]:,} out")
    branches = {branch for row in picture.rows for branch in row.branches}
    words += [f"branches {', '.join(sorted(branches))}"[:120]] if len(branches) > 1 else []
    words += [f"created {picture.head.created[:16]}"] if picture.head.created else []
    words += [f"last used {picture.head.used[:16]}"] if picture.head.used else []
    words += [f"expires {picture.head.expires[:16]}"] if picture.head.expires else []
    return f'<p class="caption">{text(" · ".join(words))}</p>'


def value_html(picture: "Picture", row: "RowLook") -> str:
    """The chosen row, whole: what is stored, and what is known of it."""
    named = [one.code for one in picture.findings if row.key in one.rows]
    partners = ", ".join(_link(key) for key in row.partners[:LINKED])
    why = ". ".join(filter(None, (row.why, f"Risk: {row.risk}" if row.risk else "")))
    facts = {
        "Kind": f"{badge(row.item.kind)} {row.item.kind}",
        "Turn": str(row.turn),
        "Tool": text(row.item.name or "", 80),
        "Call": text(row.item.call_id or "", 80),
        "Same call": partners,
        "Branches": text(", ".join(row.branches), 200),
        "Stored at": text(row.created),
        "Characters": f"{len(row.data):,}",
        "Next run": _next_run(row),
        "Why": text(why),
        "Findings": text(", ".join(named)),
    }
    lines = (f"<tr><th scope='row'>{name}</th><td>{said}</td></tr>" for name, said in facts.items() if said)
    table = table_html(f"Row {row.key}", (), lines, "facts")
    return f"<h3>Row {row.key}</h3>{table}{_whole(row)}"


def _next_run(row: "RowLook") -> str:
    if not row.is_known:
        return "not known"
    return f"{'returned' if row.returned else 'not returned'}, {'sent' if row.sent else 'not sent'}"


def _whole(row: "RowLook") -> str:
    cut = (
        f"<p class='caption'>The first {WHOLE:,} of {len(row.data):,} characters.</p>" if len(row.data) > WHOLE else ""
    )
    stored = _value("As stored", row.key, row.data[:WHOLE])
    if row.value is NO_ITEM or len(row.data) > WHOLE:
        return f"{cut}<p class='caption'>As stored</p>{stored}"
    value = _value("Value", row.key, json.dumps(row.value, indent=2, ensure_ascii=False, default=str))
    # The opened line of the ledger has the beginning of the same text.
    return f"<p class='caption'>Value</p>{value}<details><summary>As stored</summary>{stored}</details>"


def _value(name: str, key: int, data: str) -> str:
    return scroll_region(f"{name} of row {key}", f"<pre>{text(data)}</pre>", "value")


def _link(key: int) -> str:
    link = attribute(address.query(row=key, **here()))
    return f'<a href="{link}" target="_self">row {key}</a>'


def here() -> dict[str, str | None]:
    """The parts of the address that say which session is shown."""
    return {name: address.text(name) for name in ("storage", "session", "table")}


def deletes_html(deletes: "Sequence[Deleted]") -> str:
    """What one call would delete, for each class."""
    lines = (f"<tr><td>{text(one.class_name)}</td><td>{text(one.words)}</td></tr>" for one in deletes)
    return table_html("What one call would delete", ("Opened as", "One call"), lines, "calls")
