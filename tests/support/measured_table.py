"""The tables of measured figures in docs/reliability.md, a line for each command: a run replaces its own line."""

import re
from collections.abc import Sequence
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def line_of(command: str, cells: Sequence[str]) -> str:
    return f"| {' | '.join((f'`{command}`', *cells))} |"


def write_line(table: str, command: str, cells: Sequence[str], document: Path = DOCUMENT) -> None:
    """Put the line of this command into the table between the comments `<!-- table -->` and `<!-- /table -->`.

    It takes the place of the command's older line. Raises ValueError when the document has no such table.
    """
    text, line = document.read_text(encoding="utf-8"), line_of(command, cells)
    end = f"<!-- /{table} -->"
    if end not in text:
        raise ValueError(f"{document.name} has no table {table}")
    older = rf"^\| `{re.escape(command)}` \|.*$"
    if re.search(older, text, flags=re.MULTILINE):
        text = re.sub(older, lambda _: line, text, flags=re.MULTILINE)
    else:
        text = text.replace(end, f"{line}\n{end}")
    document.write_text(text, encoding="utf-8")
