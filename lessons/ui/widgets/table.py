"""Tables and scrolling regions as HTML. All text in them is escaped by the caller (lessons.ui.widgets.markup)."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from html.parser import HTMLParser

import streamlit as st

from lessons.ui.widgets.markup import attribute


def table_html(label: str, heads: Sequence[str], rows: Iterable[str], css_class: str = "") -> str:
    """A table. `heads` are the contents of its column heads, none for a table without them; `rows` are whole: <tr>…</tr>.

    `label` is its accessible name.
    """
    class_ = f' class="{css_class}"' if css_class else ""
    head = "".join(f'<th scope="col">{words}</th>' if words else "<td></td>" for words in heads)
    thead = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return f'<table{class_} aria-label="{attribute(label)}">{thead}<tbody>{"".join(rows)}</tbody></table>'


def scroll_region(label: str, html: str, css_class: str) -> str:
    """A part of the page that scrolls by itself, also by keys."""
    return f'<div class="{css_class}" tabindex="0" role="region" aria-label="{attribute(label)}">{html}</div>'


def draw_table_files(make_html: Callable[[], str], name: str, key: str) -> None:
    """Draw a download button for each file format of a table of the page. A file is made when its button is pressed."""
    forms: tuple[tuple[str, str, str, Callable[[Sequence[Sequence[str]]], bytes]], ...] = (
        ("CSV", "csv", "text/csv", _as_csv),
        ("JSON", "json", "application/json", _as_json),
        ("Markdown", "md", "text/markdown", _as_markdown),
    )
    with st.container(horizontal=True, gap="small", key=key):
        for label, ending, mime, make in forms:
            st.download_button(
                f"Table ({label})",
                partial(_made, make, make_html),
                f"{name.lower().replace(' ', '_')}.{ending}",
                mime,
                key=key + "-" + ending,
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )


def _made(make: Callable[[Sequence[Sequence[str]]], bytes], make_html: Callable[[], str]) -> bytes:
    return make(cells_of(make_html()))


def cells_of(html: str) -> list[list[str]]:
    """The words in each cell of a table, line by line, its heads first."""
    reader = _Cells()
    reader.feed(html)
    return reader.lines


class _Cells(HTMLParser):
    """Reads the words of the cells of a table. An element that only draws, such as a bar, has no words."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[list[str]] = []
        self._is_in_cell = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.lines.append([])
        elif tag in ("td", "th"):
            self.lines[-1].append("")
            self._is_in_cell = True
        elif self._is_in_cell and tag in ("p", "li", "br", "div", "span", "summary"):
            self.lines[-1][-1] += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._is_in_cell = False
            self.lines[-1][-1] = " ".join(self.lines[-1][-1].split())

    def handle_data(self, data: str) -> None:
        if self._is_in_cell:
            self.lines[-1][-1] += data


def in_markdown(words: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", " ".join(words.split()))


def _as_csv(lines: Sequence[Sequence[str]]) -> bytes:
    from lessons.kit.life_cycle.shown_session import as_csv  # only for a click

    return as_csv(lines[0], lines[1:])


def _as_json(lines: Sequence[Sequence[str]]) -> bytes:
    heads = [head or "name" for head in lines[0]]
    return json.dumps([dict(zip(heads, line, strict=False)) for line in lines[1:]], indent=2).encode()


def _as_markdown(lines: Sequence[Sequence[str]]) -> bytes:
    heads, *rest = (list(map(in_markdown, line)) for line in lines)
    drawn = (f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads), *rest))
    return ("\n".join(drawn) + "\n").encode("utf-8", "replace")
