"""The entry: navigation and heading first, then the sidebar and the page.

Run it with `streamlit run streamlit_sessions_app.py`. The server imports this file once, when it starts, and finds `app`; then
Streamlit runs it for each page that is drawn.
"""

import streamlit as st

from lessons.ui.page.address import settle
from lessons.ui.page.heading import draw_heading, is_lesson
from lessons.ui.page.navigation import navigate, room_for_the_page
from lessons.ui.page.state import ENTERED, note_open_page
from lessons.ui.server.favicon import favicon_route
from lessons.ui.server.from_the_top import draw_from_the_top
from lessons.ui.server.page_html import page_routes
from lessons.ui.server.starting import MIDDLEWARE, around_the_server

if __name__ != "__main__":
    app = st.App(__file__, lifespan=around_the_server, routes=[favicon_route(), *page_routes()], middleware=MIDDLEWARE)
else:
    with room_for_the_page():
        draw_from_the_top()
        page = navigate()
        ENTERED.put(True)
        note_open_page(page.url_path)
        st.set_page_config(
            page_title=f"{page.title} · Sessions Lab",
            layout="wide",
            initial_sidebar_state="collapsed" if is_lesson(page.url_path) else "auto",
        )
        draw_heading(page.url_path)

        # Only now: navigation and heading are on the screen before anything heavier is imported.
        from lessons.ui.page.sidebar import sidebar

        with sidebar():
            page.run()
        settle()
