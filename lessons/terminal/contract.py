"""Checks any session class in a terminal: `python -m lessons contract package.module:make_session`."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from lessons.kit.contract.contract import CHECKS, Finding, each_finding
from lessons.kit.models.providers import disable_tracing_unless_asked


def main(arguments: list[str]) -> int:
    """Check the sessions that a callable makes, and print a line for each rule as soon as its finding is known.

    The only argument is the place of a callable that takes a session id and returns a session, such as
    `agents:SQLiteSession`; modules of the current directory can be named. Returns 0 when every rule holds, 1 when one does
    not, 2 without such a callable or when it makes no session.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lessons contract",
        description="Check your own session class against the rules of the protocol.",
    )
    parser.add_argument(
        "target", metavar="package.module:make_session", help="a callable that takes a session id and returns a session"
    )
    target: str = parser.parse_args(arguments).target
    disable_tracing_unless_asked(os.environ)
    try:
        make_session = _load(target)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{target}\n")
    findings = []
    for finding in each_finding(make_session):
        _show(finding)
        findings.append(finding)
    if len(findings) < len(CHECKS):
        print("\nNo session was made, so the other rules were not checked.")
        return 2
    notes = sum(finding.information for finding in findings)
    held = sum(finding.held for finding in findings) - notes
    print(f"\n{held} of {len(findings)} rules hold" + (f", {notes} are for shared storage only" if notes else ""))
    return 0 if all(finding.held for finding in findings) else 1


def _load(target: str) -> Callable[[str], Any]:
    """Import the callable. Raises ValueError, with the reason, when there is none."""
    module_name, _, name = target.partition(":")
    if not (module_name and name):
        raise ValueError(f'"{target}" does not name a callable: write it like package.module:make_session.')
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # a module can raise anything
        raise ValueError(f"{module_name} cannot be imported: {type(error).__name__}: {error}") from error
    if not hasattr(module, name):
        raise ValueError(f"{module_name} has no {name}.")
    make_session: Callable[[str], Any] = getattr(module, name)
    if not callable(make_session):
        raise ValueError(f"{target} is not callable: it must take a session id and return a session.")
    return make_session


def _show(finding: Finding) -> None:
    mark = "note" if finding.information else "holds" if finding.held else "FAILS"
    print(f"{mark:<7}{finding.rule.name:<21}{finding.rule.says}", flush=True)
    if finding.information or not finding.held:
        for line in (finding.what_happened, *finding.lines):
            print(f"{'':<28}{line}", flush=True)
