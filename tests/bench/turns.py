"""What a turn of the app costs more than a bare run of the SDK on the same store, the same model and the same loop."""

import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench.rows import fill, offline
from tests.bench.table import Figure, median_difference, spread

REPEATS = {0: 40, 100: 40, 1_000: 30, 10_000: 12, 100_000: 3}
QUICK_REPEATS = {0: 12, 100: 12, 1_000: 8}
AIM_MS = 5


def measure(folder: Path, quick: bool) -> list[Figure]:
    """The median of each way to do a turn, interleaved, at several numbers of stored rows."""
    os.environ.update(offline(folder))
    return [
        figure
        for rows, repeats in (QUICK_REPEATS if quick else REPEATS).items()
        for figure in _at(folder / str(rows), rows, repeats)
    ]


def _at(folder: Path, rows: int, repeats: int) -> list[Figure]:
    ways = {"run": _bare(folder / "run.db", rows), "streamed": _streamed(folder / "streamed.db", rows)}
    ways["app"] = _app(rows)
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for name, turn in ways.items():
        turn("What is 1 + 1?")  # the first turn opens the connection and loads what is loaded late
        taken[name].clear()
    gc.collect()
    gc.freeze()
    names = list(ways)
    for repeat in range(repeats):
        for name in names[repeat % 3 :] + names[: repeat % 3]:
            gc.collect()  # otherwise one way pays for the lists that another has left
            start = time.perf_counter()
            ways[name](f"What is 4000 + {repeat}?")
            taken[name].append((time.perf_counter() - start) * 1e3)
    added = median_difference(taken["app"], taken["run"])
    of_stream = median_difference(taken["app"], taken["streamed"])
    return [
        Figure(
            "turn",
            f"the app's turn, {rows:,} rows; baseline Runner.run",
            "ms",
            median(taken["app"]),
            median(taken["run"]),
            aim=f"adds ≤ {AIM_MS} ms",
            met=added <= AIM_MS,
            note=f"median of paired differences {added:+.1f} ms; {spread(taken['app'])}",
        ),
        Figure(
            "turn",
            f"the app's turn, {rows:,} rows; baseline Runner.run_streamed",
            "ms",
            median(taken["app"]),
            median(taken["streamed"]),
            note=f"median of paired differences {of_stream:+.1f} ms; {spread(taken['streamed'])}",
        ),
    ]


def _bare(path: Path, rows: int) -> Callable[[str], object]:
    from agents import Runner, SQLiteSession

    from lessons.kit.background import background

    fill(path, rows)
    session, agent = SQLiteSession("alice", path), _agent()
    return lambda message: background().run(Runner.run(agent, message, session=session), None)


def _streamed(path: Path, rows: int) -> Callable[[str], object]:
    from agents import Runner, SQLiteSession

    from lessons.kit.background import background

    fill(path, rows)
    session, agent = SQLiteSession("alice", path), _agent()

    async def turn(message: str) -> None:
        async for _ in Runner.run_streamed(agent, message, session=session).stream_events():
            pass

    return lambda message: background().run(turn(message), None)


def _app(rows: int) -> Callable[[str], object]:
    from lessons.course.index import load_lesson
    from lessons.frame import walk
    from lessons.kit.models.providers import active_provider
    from lessons.kit.turns.open_desks import open_desk
    from lessons.kit.visitors.workspace import new_visitor

    desk, lesson, provider = open_desk(new_visitor(), "basic"), load_lesson("basic"), active_provider()
    fill(desk.folder / "chat.db", rows)

    def turn(message: str) -> None:
        record = walk.start_message(walk.Walk(lesson, desk, "sqlite_file", provider), message, "alice").result()
        if record is None or record.problem is not None:
            raise RuntimeError(f"the turn failed: {record}")

    return turn


def _agent():
    from lessons.course.index import load_lesson
    from lessons.kit.models.offline.model import OfflineModel

    return load_lesson("basic").make_agent(OfflineModel(seconds_per_word=0))
