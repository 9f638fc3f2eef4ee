"""The bench: `python -m tests.bench` from the project's root prints a Markdown table.

Each figure stands next to a baseline that was measured in the same interleaved run: the bare SDK for a turn, an empty page or
a bare chat page for Streamlit, 50 rows for many. The exit status is 1 when an aim is missed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.bench import analytics, backends, browser, life_cycle, load, observing, pages, switcher, turns
from tests.bench.table import Figure, markdown
from tests.support.measuring import machine

PARTS: dict[str, Callable[[Path, bool], list[Figure]]] = {
    "browser": browser.measure,
    "pages": pages.measure,
    "switcher": switcher.measure,
    "analytics": analytics.measure,
    "load": load.measure,
    "turns": turns.measure,
    "observing": observing.measure,
    "backends": backends.measure,
    "life_cycle": life_cycle.measure,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"only these: {', '.join(PARTS)}")
    parser.add_argument(
        "--quick", action="store_true", help="few repeats, at most 100,000 rows, no browser if there is none"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file too")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    parts = chosen.parts or list(PARTS)
    if "browser" in parts and not browser.available():
        if not chosen.quick:
            parser.error("Chromium or playwright is missing; --quick leaves this part out")
        parts.remove("browser")
    about = machine()
    print("\n".join(f"- {name}: {value}" for name, value in about.items()), "\n", sep="\n", flush=True)
    figures: list[Figure] = []
    for part in parts:
        print(f"measuring {part} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="sessions-bench-", ignore_cleanup_errors=True) as folder:
            figures += PARTS[part](Path(folder), chosen.quick)
    print(markdown(figures))
    if chosen.json:
        chosen.json.write_text(
            json.dumps({"machine": about, "figures": [asdict(figure) for figure in figures]}, indent=1)
        )
    missed = [figure.name for figure in figures if figure.met is False]
    print(f"\n{len(missed)} of {sum(figure.met is not None for figure in figures)} aims missed.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
