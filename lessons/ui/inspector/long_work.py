"""What the page shows of work that takes long, and whether the tab that wanted it is still open."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lessons.kit.inspect.running.page_work import PageWork, start_page_work
from lessons.ui.page.state import OPEN_PAGE, Kept, PageState
from lessons.ui.widgets.markup import text

AT_ONCE_SECONDS = 1.0
"""Work that ends within this time is shown without its progress."""
BUSY = "Other dry runs are being made. Come back in a minute."


def tab_is_open() -> Callable[[], bool]:
    """Tells from any thread whether the tab that this run draws is still connected, and on the same page."""
    context, page = get_script_run_ctx(), OPEN_PAGE.get()
    here = page.slug if page is not None else ""
    if context is None or not runtime.exists():
        return lambda: page is None or page.slug == here
    session, server = context.session_id, runtime.get_instance()
    return lambda: server.is_active_session(session) and (page is None or page.slug == here)


def begin(kept: Kept[Any], of: Any, work: Callable[[PageWork], Any]) -> None:
    """Start `work`, which is for `of`, and stop what was started before. Waits AT_ONCE_SECONDS at most for its end."""
    before: PageWork | None = kept.get()
    if before is not None:
        before.stop()
    started = start_page_work(of, work, tab_is_open())
    if started is None:
        kept.forget()
        st.html(f'<p class="note" role="status">{BUSY}</p>')
        return
    kept.put(started)
    started.ended.wait(AT_ONCE_SECONDS)


def result_of(state: PageState, kept: Kept[Any], of: Any, name: str) -> Any:
    """What the work for `of` returned. None while it runs or if it failed, which the page says; None without such work."""
    work: PageWork | None = kept.get()
    if work is None or work.of != of:
        return None
    if not work.ended.is_set():
        _draw_progress(state, work, name)
    elif work.failed:
        st.html(f'<p class="note" role="status">{text(work.failed)}</p>')
    return work.result if work.ended.is_set() else None


@st.fragment(run_every=1)
def _draw_progress(state: PageState, work: PageWork, name: str) -> None:
    if work.ended.is_set():
        st.rerun()
    st.progress(work.share, work.progress)
    st.button("Stop", icon=":material/stop:", key=state.key(f"inspect-{name}-stop"), on_click=work.stop)
