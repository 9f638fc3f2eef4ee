"""A report of findings as text for a reader, or in the form that another program reads."""

import json
import textwrap
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from lessons.kit.inspect.baseline import as_data
from lessons.kit.inspect.findings.finding import Finding, conditions_in_words, rows_in_words
from lessons.kit.items import strict_json
from lessons.kit.problems.counted import counted

if TYPE_CHECKING:
    from lessons.kit.inspect.dry_run import Outcome
    from lessons.kit.inspect.findings.deletes import Deleted
    from lessons.kit.inspect.wanted import Report


@dataclass(frozen=True)
class Upcoming:
    """What the next run of one session would send, also as a plain table, and what one call would delete."""

    run: "Outcome"
    table: str
    deletes: "tuple[Deleted, ...]"
    posted: Mapping[int, str] = field(default_factory=dict)
    """What the SDK's model class makes of rows that are not in its request, by row key."""
    not_known: str = ""
    """What is not known of the encrypted rows, in a sentence, and the option that says it."""
    option: str = ""

    @property
    def raises(self) -> str:
        from lessons.kit.inspect.dry_run import raised

        return raised(self.run, self.posted)


ROW_BY_ROW = 'Add --session ID --next "hello" to see the rows of a session, and what the next run would send of each.'
FAILING: Mapping[str, tuple[str, ...]] = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
"""The levels that fail with each value of --fail-on."""
Format = Callable[["Report", str, Upcoming | None, Collection[str]], str]
"""Takes the report, the name of the storage, the next run if it was asked for, and the levels that fail."""


def as_text(report: "Report", label: str, upcoming: Upcoming | None, failing: Collection[str]) -> str:
    """One paragraph for each finding, and the counts at the end."""
    lines = []
    for finding in report.findings:
        lines.append(
            f"{finding.level:<8}{finding.code}  session {_distinct(finding.session)}, {rows_in_words(finding.rows)}"
        )
        for words in (finding.says, f"Found with: {conditions_in_words(finding.conditions)}."):
            lines += textwrap.wrap(plain(words), 112, initial_indent=" " * 8, subsequent_indent=" " * 8)
        lines.append("")
    if upcoming is not None:
        lines += ["What the next run would send:", *map(plain, upcoming.table.split("\n")), ""]
        lines += [f"{upcoming.not_known} Give it with {upcoming.option}.", ""] if upcoming.not_known else []
        lines += [upcoming.run.other_order, ""] if upcoming.run.other_order else []
        lines += [plain(f"The run would raise {upcoming.raises}"), ""] if upcoming.raises else []
        lines += [plain(f"{'':8}row {key}: {words}") for key, words in upcoming.posted.items()]
        lines += [""] if upcoming.posted else []
        lines += ["What one call would delete now:"]
        from lessons.kit.inspect.findings.deletes import same_words

        for words, classes in same_words(upcoming.deletes).items():
            lines += [f"{'':8}{', '.join(classes)}:", plain(f"{'':12}{words}")]
        lines += [""]
    if report.findings and upcoming is None:
        lines += [ROW_BY_ROW, ""]
    counts = ", ".join(counted(count, name) for name, count in _counts(report).items())
    lines.append(plain(f"{label}: {counted(report.sessions, 'session')} checked, {counts or 'no findings'}."))
    if not report.is_complete:
        lines.append("Not everything was checked.")
    # A stored text may begin a line, and GitHub obeys one that begins with two colons.
    return "\n".join(line.replace("::", ": :", 1) if line.lstrip().startswith("::") else line for line in lines)


def as_json(report: "Report", label: str, upcoming: Upcoming | None, failing: Collection[str]) -> str:
    """One object. It has `next_run` and `would_delete` only if that was asked for."""
    data: dict[str, Any] = {
        "sessions": report.sessions,
        "findings": [as_data(finding) for finding in report.findings],
        "complete": report.is_complete,
        "not_checked": [{"why": one.why, "sessions": one.sessions} for one in report.not_checked],
    }
    if upcoming is not None:
        data["next_run"] = {
            "sent": [{"row": key, "item": strict_json(value)} for key, value in upcoming.run.sent],
            "raises": upcoming.raises,
            "not_known": upcoming.not_known,
            "rows": [
                {
                    "row": key,
                    "returned": line.returned,
                    "sent": line.sent,
                    "cause": line.cause,
                    "why": line.why,
                    "in_request": line.sent and key not in upcoming.posted,
                    "model_class": upcoming.posted.get(key, ""),
                    "risk": line.risk,
                }
                for key, line in upcoming.run.lines.items()
            ],
        }
        data["would_delete"] = [
            {"call": one.call, "branch": one.branch, "class": one.class_name, "rows": one.rows, "raises": one.raises}
            for one in upcoming.deletes
        ]
    # GitHub obeys ##[…] anywhere in a line. In JSON a # occurs only in a text, where it can be escaped.
    return json.dumps(data, indent=1, default=str).replace("##[", "\\u0023#[")


def as_junit(report: "Report", label: str, upcoming: Upcoming | None, failing: Collection[str]) -> str:
    """A test suite with a test case for each finding. A finding of a level that fails is a failure, another is output.

    If not everything was checked, there is one more case, which is skipped.
    """
    failures = sum(finding.level in failing for finding in report.findings)
    cases = [_case(finding, finding.level in failing) for finding in report.findings]
    skipped = 0 if report.is_complete else 1
    if skipped:
        why = _attribute(" ".join(map(str, report.not_checked)))
        cases.append(f'  <testcase classname="check" name="complete"><skipped message={why}/></testcase>')
    if not cases:
        cases.append(f'  <testcase classname="check" name={_attribute(f"{report.sessions} sessions")}/>')
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{skipped}"'
    head = f"<testsuite name={_attribute(f'sessions of {label}')} {counts}>"
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *cases, "</testsuite>"])


def as_github(report: "Report", label: str, upcoming: Upcoming | None, failing: Collection[str]) -> str:
    """A workflow command for each finding, which GitHub shows with the run."""
    commands = {"error": "error", "warning": "warning", "note": "notice"}
    lines = []
    for finding in report.findings:
        title = _escaped(f"{finding.code}: session {_distinct(finding.session)}", ":,")
        lines.append(f"::{commands[finding.level]} title={title}::{_escaped(finding.says)}")
    for what in map(str, report.not_checked):
        lines.append(f"::warning title=Not everything was checked::{_escaped(what)}")
    counts = f"{counted(report.sessions, 'session')} checked, {counted(len(report.findings), 'finding')}"
    lines.append(_escaped(f"{label}: {counts}."))
    return "\n".join(lines)


FORMATS: Mapping[str, Format] = {"text": as_text, "json": as_json, "junit": as_junit, "github": as_github}


def plain(text: str) -> str:
    """The text on one line, without characters that control the terminal, and without ##[…], which GitHub obeys."""
    return "".join(letter if letter.isprintable() else " " for letter in text).replace("##[", "## [")


def _counts(report: "Report") -> dict[str, int]:
    levels = [finding.level for finding in report.findings]
    return {level: levels.count(level) for level in ("error", "warning", "note") if level in levels}


def _case(finding: Finding, fails: bool) -> str:
    says = f"{finding.level}: {finding.says}"
    inner = (
        f"<failure type={_attribute(finding.code)} message={_attribute(says)}/>"
        if fails
        else f"<system-out>{_xml(says)}</system-out>"
    )
    name = _attribute(f"{finding.code}, {rows_in_words(finding.rows)}")
    session = _attribute(f"session {_distinct(finding.session)}")
    return f"  <testcase classname={session} name={name}>{inner}</testcase>"


def _distinct(text: str) -> str:
    """The text on one line. No two texts look alike: what cannot be printed, and a backslash, is escaped as in Python.

    A text that is empty, or begins or ends with a space or a quotation mark, has quotation marks around it.
    """
    shown = "".join(
        one if one.isprintable() and one != "\\" else one.encode("unicode_escape").decode("ascii") for one in text
    )
    shown = shown if shown.strip(" '") == shown != "" else f"'{shown}'"
    return shown.replace("##[", "\\x23#[")


def _attribute(text: str) -> str:
    return quoteattr(plain(text))


def _xml(text: str) -> str:
    return escape(plain(text))


def _escaped(text: str, more: str = "") -> str:
    text = plain(text).replace("%", "%25")
    for letter in more:
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text
