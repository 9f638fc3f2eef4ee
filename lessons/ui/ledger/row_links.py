"""Links to rows. A click on one gives its row to the page, which marks the row and puts it into the address.

Stored text is drawn with st.html, which sends no clicks. The component draws nothing: it listens for clicks on the links to
`#row-…`, and gives the text after `#row-` to the script.
"""

from collections.abc import Callable
from urllib.parse import quote, unquote

import streamlit as st

from lessons.kit.row_ref import RowRef
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import text

_LISTEN = """
export default function ({ setTriggerValue }) {
  // A link that was opened in its own tab.
  const linked = location.hash.match(/^#row-([0-9].*)$/);
  if (linked) {
    history.replaceState(null, "", location.pathname + location.search);
    setTriggerValue("row", linked[1]);
  }
  const choose = (event) => {
    const link = event.target.closest?.('a[href^="#row-"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    setTriggerValue("row", link.getAttribute("href").slice(5));
  };
  // Streamlit also mounts it again when the colours change, without the clean-up. Only the newest may listen: a click that
  // chose the row twice would undo the choice.
  window.stopListeningForRows?.();
  const stop = () => document.removeEventListener("click", choose, true);
  window.stopListeningForRows = stop;
  document.addEventListener("click", choose, true);
  return stop;
}
"""

_COMPONENT = st.components.v2.component("row_choice", html="<span hidden></span>\n", js=_LISTEN)


def row_link(row: RowRef, label: str | None = None, *, elsewhere: bool = False) -> str:
    """A link that chooses a row. `elsewhere` says that the page shows another session or store.

    A page holds a hundred of these, so a link to a row of the session that the page shows names the key alone.
    """
    where = f"/{quote(row.store, safe='')}/{quote(row.session_id, safe='', errors='replace')}" if elsewhere else ""
    return f'<a href="#row-{row.key}{where}">{text(label or f"row {row.key}")}</a>'


def linked_row(link: str, store: str, session_id: str) -> RowRef | None:
    """The row that a link names after `#row-`; `store` and `session_id` are what the page shows. None for anything else."""
    key, *where = link.split("/")
    if not (key.isascii() and key.isdigit() and 0 < len(key) < 16) or len(where) not in (0, 2):
        return None
    in_store, in_session = map(unquote, where) if where else (store, session_id)
    return RowRef(in_store, in_session, int(key))


def listen_for_rows(state: PageState, store: str, session_id: str, choose: Callable[[RowRef], object]) -> None:
    """Have `choose` called with the row of each clicked link on the page, which shows this session of this store."""

    def clicked() -> None:
        link = state.row_clicks.get().row
        row = linked_row(link, store, session_id) if isinstance(link, str) else None
        if row is not None:
            choose(row)

    _COMPONENT(key=state.row_clicks.key, on_row_change=clicked)
