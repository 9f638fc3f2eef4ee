"""Known findings, kept in a file, so that a check fails only for new ones."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.stored import CannotRead

MOST = 100_000_000
"""The most characters of a file of known findings."""
Signature = tuple[str, str, tuple[int, ...], str]
"""What makes two findings the same: code, session, rows and table."""


def signature(finding: Finding) -> Signature:
    return finding.code, finding.session, finding.rows, str(finding.conditions.get("table", ""))


def known_findings(path: Path) -> frozenset[Signature]:
    """The findings in a file that `written_findings` made, or a report in JSON. Raises CannotRead for any other file."""
    try:
        with path.open(encoding="utf-8") as file:  # it can be a pipe, or a device that never ends
            text = file.read(MOST + 1)
        if len(text) > MOST:
            raise CannotRead(f"{path} has more than {MOST:,} characters, so it is not read as a baseline.")
        found = json.loads(text)["findings"]
        return frozenset(
            (one["code"], one["session"], tuple(one["rows"]), str(one.get("conditions", {}).get("table", "")))
            for one in found
        )
    except FileNotFoundError:
        raise CannotRead(f"The baseline {path} does not exist: make it with --write-baseline.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CannotRead(f"{path} is not a baseline: make it with --write-baseline.") from None


def written_findings(findings: Iterable[Finding]) -> str:
    """The text of a baseline."""
    return json.dumps({"findings": [as_data(one) for one in findings]}, indent=1) + "\n"


def as_data(finding: Finding) -> dict[str, Any]:
    """A finding as an object of JSON."""
    return {
        "code": finding.code,
        "level": finding.level,
        "session": finding.session,
        "rows": list(finding.rows),
        "conditions": finding.conditions,
        "says": finding.says,
    }
