"""An export, an import and a move of very many rows, next to a bare copy of the same file, and what memory they take.

Each is done in its own process, whose peak of memory is that of the operation alone. The figure is rows for each second of
processor time, which a busy machine changes less than elapsed time.
"""

import subprocess
import sys
from pathlib import Path

from tests.bench.rows import fill
from tests.bench.table import Figure

PART = "life cycle"

BARE = """
import sqlite3
source, target = sqlite3.connect("from.db"), sqlite3.connect("bare.db")
target.execute("CREATE TABLE agent_messages (id INTEGER PRIMARY KEY, session_id TEXT, message_data TEXT, created_at TEXT)")
rows = source.execute("SELECT id, session_id, message_data, created_at FROM agent_messages ORDER BY id")
target.executemany("INSERT INTO agent_messages VALUES (?, ?, ?, ?)", rows)
target.commit()
"""
COMMAND = "from lessons.terminal.command_line import main\nassert main({arguments!r}) == 0\n"
STEPS = {
    "export": ["export", "from.db", "chats.jsonl", "--all"],
    "import": ["import", "chats.jsonl", "imported.db"],
    "move": ["move", "from.db", "moved.db", "alice"],
}
MEASURED = """
import resource
used = resource.getrusage(resource.RUSAGE_SELF)
print("MEASURED", used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def measure(folder: Path, quick: bool) -> list[Figure]:
    few, many = (10_000, 100_000) if quick else (100_000, 1_000_000)
    small, large = _measure(folder / "few", few), _measure(folder / "many", many)
    bare = many / large["bare copy"][0]
    figures = []
    for name in STEPS:
        seconds, memory = large[name]
        grown = memory - small[name][1]
        # Opening a session with next_run takes the newest items of it into memory, however many it has.
        figures += [
            Figure(PART, f"{name}, {many:,} rows", "rows a second", many / seconds, bare, note="processor time"),
            Figure(
                PART,
                f"{name}: peak of memory with {many:,} rows",
                "MB",
                memory,
                small[name][1],
                aim="≤ 40 MB more",
                met=grown <= 40,
                note=f"baseline: {few:,} rows",
            ),
        ]
    return figures


def _measure(folder: Path, rows: int) -> dict[str, tuple[float, float]]:
    """The processor time in seconds and the peak of memory in megabytes, for each step."""
    folder.mkdir()
    fill(folder / "from.db", rows, other_sessions=0)
    steps = {"bare copy": BARE, **{name: COMMAND.format(arguments=given) for name, given in STEPS.items()}}
    return {name: _run(folder, code) for name, code in steps.items()}


def _run(folder: Path, code: str) -> tuple[float, float]:
    root = str(Path(__file__).parents[2])
    start = f"import sys\nsys.path.insert(0, {root!r})\n"
    ended = subprocess.run(
        [sys.executable, "-c", f"{start}{code}{MEASURED}"], cwd=folder, capture_output=True, text=True, check=True
    )
    seconds, memory = ended.stdout.rpartition("MEASURED ")[2].split()
    return float(seconds), float(memory)
