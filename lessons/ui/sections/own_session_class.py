"""A session class of the app: its source, the contract that it keeps, and the same contract for the SDK's classes."""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.background import background
from lessons.kit.turns.desk import Desk
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import ContractFindings, PageState
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.table import scroll_region, table_html
from lessons.ui.widgets.terms import explained_html

if TYPE_CHECKING:
    from lessons.kit.contract.contract import Finding

LESSONS = Path(__file__).parents[2]
JSON_FILE_SESSION = LESSONS / "kit" / "stores" / "json_files" / "session.py"
CHAT_BOT = LESSONS / "course" / "multi_session" / "chat_bot.py"
COMMAND = "python -m lessons contract package.module:make_session"


def draw_session_class(entry: Entry, desk: Desk, choice: Choice) -> None:
    with st.container(border=True, key="session-class"):
        st.html(
            explained_html(
                '<p class="look-for">Any class with session_id, '
                "session_settings and the four async methods is a session. This one keeps its items in a JSON file: choose "
                "it next to the message box, and walk the steps on it. The contract below tries it, and the SDK's own "
                "classes, against the rules of the protocol: each rule is tried on real storage when you press the button.</p>",
                "own-session-class",
            )
        )
        source, contract = st.columns([3, 2], gap="medium")
        with source, st.container(height=420, border=False):
            st.code(JSON_FILE_SESSION.read_text(encoding="utf-8"), language="python", wrap_lines=True)
        with contract:
            _draw_contract(PageState(entry.slug))
        st.html('<p class="look-for">Check a class of yours in a terminal, and take a small chat bot with you:</p>')
        with st.container(horizontal=True, vertical_alignment="center"):
            st.code(COMMAND, language="bash", wrap_lines=True)
            st.download_button(
                "Download ChatBot",
                CHAT_BOT.read_text(encoding="utf-8"),
                file_name="chat_bot.py",
                mime="text/x-python",
                icon=":material/download:",
                on_click="ignore",
            )


def _draw_contract(state: PageState) -> None:
    kept = state.contract_findings
    # The classes import the SDK, so they are imported here, once the lesson is loaded, and not with this file.
    from lessons.kit.contract.session_classes import CLASSES, check_class

    name = st.selectbox("Session class", CLASSES, key=state.key("contract-class"))
    if st.button("Check the contract", icon=":material/rule:", key=state.key("check-contract")):
        with st.spinner("Trying every rule on real storage"):
            found = background().run(check_class(name), timeout=120)
        kept.put(ContractFindings(name, found))
    shown = kept.get()
    if shown is not None and shown.class_name == name:
        st.html(_findings(shown))


def _findings(shown: ContractFindings) -> str:
    name, findings = shown.class_name, shown.findings
    rules = [finding for finding in findings if not finding.information]
    held = f"{sum(finding.held for finding in rules)} of {len(rules)} rules hold"
    if len(rules) < len(findings):
        held += f", {len(findings) - len(rules)} do not apply"
    lines = (
        f"<tr><td>{_mark(finding)}</td><td>{text(finding.rule.name)}</td><td>{text(finding.rule.says)}"
        + (f'<p class="note">{text(finding.what_happened, 300)}</p>' if finding.information or not finding.held else "")
        + "</td></tr>"
        for finding in findings
    )
    table = table_html("Contract", ("Held", "Rule", "What it says"), lines, "calls texts")
    return f'<p class="caption">{text(name)}: {held}</p>{scroll_region("Findings", table, "findings")}'


def _mark(finding: "Finding") -> str:
    if finding.information:
        return "note"
    return '<span class="held">✓ yes</span>' if finding.held else '<span class="not-held">✗ no</span>'
