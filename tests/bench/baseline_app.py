"""The baseline: the least that a page with a chat costs in Streamlit. A text, a button, and a bare run of the SDK."""

import os
from pathlib import Path

import streamlit as st

st.button("Again")
st.text("An empty page.")
message = st.chat_input("Message the agent", key="message")
if message:
    # Imported with the first message, as the app does: the empty page does not pay for the SDK.
    from agents import Agent, Runner, SQLiteSession

    from lessons.kit.background import background
    from lessons.kit.models.offline.model import OfflineModel
    from lessons.kit.visitors.workspace import new_visitor

    if "session" not in st.session_state:
        folder = Path(os.environ["SESSIONS_DATA_DIR"])
        folder.mkdir(parents=True, exist_ok=True)
        st.session_state.session = SQLiteSession("alice", folder / f"{new_visitor()}.db")
    agent = Agent(name="Assistant", instructions="Reply in one or two short sentences.", model=OfflineModel())
    st.text(background().run(Runner.run(agent, message, session=st.session_state.session)).final_output)
