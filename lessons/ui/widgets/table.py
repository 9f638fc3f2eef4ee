"""Tables and scrolling regions as HTML. All text in them is escaped by the caller (lessons.ui.widgets.markup)."""

from collections.abc import Iterable, Sequence

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
