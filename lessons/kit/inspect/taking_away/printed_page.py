"""One session as a page of HTML that needs nothing else: no script, no network, and it can be printed."""

from html import escape
from typing import TYPE_CHECKING

from lessons.kit.seen_text import printable

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture, RowLook

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222 }
h1 { font-size: 1.4rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #ccc; overflow-wrap: anywhere }
th { white-space: nowrap; overflow-wrap: normal }
pre { white-space: pre-wrap; font: 12px/1.4 ui-monospace, monospace; margin: 0 }
section { border: 1px solid #bbb; border-radius: 6px; padding: .4rem .8rem; margin: .5rem 0 }
@media print { body { margin: 0; max-width: none } tr, section { break-inside: avoid } }
"""
_HEADS = ("Row", "Kind", "Text", "As stored", "Returned", "Sent", "Why")


def printed_page(picture: "Picture") -> str:
    """The findings of a session, and its rows with what the next run does with each."""
    name = _said(picture.head.session_id)
    found = "".join(
        f"<section><strong>{one.level}: {one.code}</strong><p>{_said(one.says)}</p></section>"
        for one in picture.findings
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    rows = "".join(map(_row, picture.rows))
    sent = f"The next run, opened as {picture.class_name}, would send {picture.sent:,} of {len(picture.rows):,} rows."
    if picture.case.needs_key:
        sent = picture.case.not_known
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Session {name}</title><style>{_STYLE}</style></head><body><h1>Session {name}</h1>"
        f"<p>{_said(sent)} {_said(picture.order)}</p>{found or '<p>No findings.</p>'}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )


def _row(row: "RowLook") -> str:
    why = ". ".join(filter(None, (row.why, row.risk)))
    returned, sent = ("not known" if not row.is_known else "yes" if one else "no" for one in (row.returned, row.sent))
    return (
        f"<tr><td>{row.key}</td><td>{row.item.kind}</td><td>{_said(row.item.text)}</td><td><pre>{_said(row.data)}</pre></td>"
        f"<td>{returned}</td><td>{sent}</td><td>{_said(why)}</td></tr>"
    )


def _said(text: str) -> str:
    return escape(printable(text))
