"""What is found with the installed minor of the SDK, for every kind of finding, as an entry of the table of minors.

    python -m tests.kit.inspect.by_version              prints it as JSON
    python -m tests.kit.inspect.by_version --write      puts it into the table

`python -m tests.sdk_versions` runs it with each minor that it tries.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lessons.kit.inspect.findings.finding import TABLE, sdk_minor_name
from tests.kit.inspect.test_findings import GIVES
from tests.support.checked_sessions import KEY, advanced, envelope, found, with_ids, without_owner
from tests.support.stored_sessions import FIXTURES, assistant, fixture, output, store, user

TIMES = ["2026-11-01 09:00:00", "2026-11-01 09:03:00", "2026-11-01 09:02:00", "2026-11-01 09:04:00"]


def cut(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "payload": item["payload"][:40]}


MORE: dict[str, tuple[Callable[[Path], Path], dict[str, Any]]] = {
    "wrong key": (lambda path: fixture("two-keys", path.parent), {"key": KEY, "ttl": 10**9}),
    "envelope without payload": (lambda path: store(path, [envelope(user()), envelope(assistant(), payload=None)]), {}),
    "cut envelope": (
        lambda path: store(path, [envelope(user()), envelope(assistant()), cut(envelope(user()))]),
        {"key": KEY},
    ),
    "plain row": (lambda path: store(path, [envelope(user()), user("b"), envelope(assistant())]), {"key": KEY}),
    "expired": (lambda path: store(path, [envelope(user(), age=500), envelope(assistant())]), {"key": KEY, "ttl": 100}),
    "ahead of the clock": (lambda path: store(path, [envelope(user(), age=-900), envelope(assistant())]), {"key": KEY}),
    "not owned": (without_owner, {}),
    "dangling": (lambda path: advanced(path, [user(), assistant()], structure=[1, 2, 9]), {}),
    "usage": (lambda path: advanced(path, [user("a"), assistant(), user("b"), assistant(id_="msg_2")], usage=[1]), {}),
    "unlisted": (lambda path: store(path, [user(), assistant()], listed=False), {}),
    "number as id": (lambda path: with_ids(path, "BLOB", [1]), {}),
    "output and limit": (lambda path: store(path, [user(), output(), assistant()]), {"limit": 9}),
    "two approvals": (lambda path: store(path, [user(), APPROVAL, APPROVAL, assistant()]), {}),
}
APPROVAL = {"type": "mcp_approval_request", "id": "mcpr_1", "name": "drop", "arguments": "{}", "server_label": "db"}


def found_now() -> dict[str, list[list[str]]]:
    """The codes and levels that are found in each case."""
    cases: dict[str, list[list[str]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(path.stem for path in FIXTURES.glob("*.sql")):
            cases[name] = _codes(found(fixture(name, Path(folder))))
        for number, (code, (items, settings, _, _)) in enumerate(GIVES.items()):
            times = TIMES if code == "order-differs-by-class" else None
            cases[f"rows of {code}"] = _codes(
                found(store(Path(folder) / f"{number}.db", items, times=times), **settings)
            )
        for name, (make, settings) in MORE.items():
            inside = Path(folder) / name
            inside.mkdir()
            cases[name] = _codes(found(make(inside / "a.db"), **settings))
    return cases


def _codes(findings: list[tuple[str, str, tuple[int, ...]]]) -> list[list[str]]:
    return sorted([code, level] for level, code, _ in findings)


if __name__ == "__main__":
    now = found_now()
    if sys.argv[1:] == ["--write"]:
        table = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
        table[sdk_minor_name()] = now
        TABLE.write_text(json.dumps(dict(sorted(table.items())), indent=1) + "\n", encoding="utf-8")
    else:
        print(json.dumps(now, indent=1))
