"""How the chosen session is opened: the code, with the id that the class is given."""

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.turns.desk import Desk
from lessons.ui.page.session_choice import Choice
from lessons.ui.widgets.markup import plain, text


def draw_opening(entry: Entry, desk: Desk, choice: Choice) -> None:
    code = choice.store.opening_code(choice.session_id)
    with st.container(border=True, key="opening"):
        st.html(f'<p class="caption">The next run opens {text(choice.session_id)} with</p>')
        st.code(plain(code), language="python", wrap_lines=True)
        if f'("{choice.session_id}"' not in code:
            st.html(
                f'<p class="caption">{text(choice.session_id)} is a name of this app. The service gives the id, and '
                "the class keeps it only while its handle is open. So the app stores it.</p>"
            )
