"""Export, import, move, clean up and erase sessions, from the page: with a preview, progress and a stop."""

from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.frame.entry import Entry
from lessons.kit.imports import load_sdk
from lessons.kit.turns.desk import Desk
from lessons.ui.page.into_view import bring_end_into_view
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import plain, problem_box, text
from lessons.ui.widgets.table import scroll_region, table_html

if TYPE_CHECKING:
    from lessons.kit.life_cycle.places.place import Place
    from lessons.ui.operate.work import Work

OPERATIONS = ("Export", "Import", "Move", "Clean up", "Erase", "Retention")
IF_EXISTS = {
    "refuse": "refuse all",
    "keep": "keep the session that is there",
    "rename": "rename the new one",
    "merge": "merge the two",
}
LISTED = 500
PASTED = 500_000
"""The most characters of a pasted file. The terminal takes files of any size."""
MOST_ROWS = 50_000
"""The most rows that the page exports: it makes the file in memory."""
JSON, MARKDOWN = "JSON, to import", "Markdown, to read"

RETENTION = (
    ("SQLiteSession and its relatives", "nothing", "all rows; after clear_session() also the bytes"),
    ("SQLAlchemySession", "nothing", "all rows; a server keeps deleted rows for a while"),
    (
        "RedisSession with ttl",
        "the session, ttl seconds after the last add_items()",
        "snapshots and logs of the server",
    ),
    ("EncryptedSession with ttl", "nothing: it hides items older than ttl", "the row, which the key still opens"),
    ("OpenAIResponsesCompactionSession", "rows that it replaces", "your messages, and one item for the rest"),
    ("OpenAIConversationsSession", "nothing", "the items, as OpenAI says, even if the conversation is deleted"),
)


def draw_operate(entry: Entry, desk: Desk, choice: Choice) -> DeltaGenerator | None:
    """Draw the tool. Returns the container for the progress while an operation runs, None otherwise."""
    load_sdk()
    from lessons.kit.life_cycle.offered import places_offered

    state = PageState(entry.slug)
    places = places_offered(entry.usable_stores, desk.store)
    running = any(work.title in OPERATIONS for work in desk.running())
    with st.container(border=True, key="operate"):
        what = st.segmented_control(
            "Operation", OPERATIONS, default="Export", required=True, key=state.key("operate"),
            label_visibility="collapsed",
        )  # fmt: skip
        _draw_end(state, desk, what)
        if what == "Retention":
            st.html(_retention())
        else:
            _Panel(state, desk, places).draw(what)
    return st.container() if running else None


def _draw_end(state: PageState, desk: Desk, what: str) -> None:
    last = desk.last_long_work
    if last is None or last.title != what or desk.running():
        return
    with st.container(key="ended"):
        if last.problem is not None:
            st.html(problem_box(last.problem))
        else:
            st.html("".join(f'<p class="look-for">{text(line, 500)}</p>' for line in last.progress.split("\n")))
        if last.made:
            name = "sessions.jsonl" if last.made.startswith(b"{") else "sessions.md"
            st.download_button(
                f"Download {name}", lambda: last.made, name, key=state.key("operate-made"), on_click="ignore",
                icon=":material/download:",
            )  # fmt: skip
        bring_end_into_view(last.asked_at)


def _retention() -> str:
    lines = (
        f'<tr><th scope="row">{text(name)}</th><td>{text(gone)}</td><td>{text(stays)}</td></tr>'
        for name, gone, stays in RETENTION
    )
    heads = ("Class", "Deletes by itself", "What stays")
    label = "What each class deletes by itself"
    return scroll_region(label, table_html(label, heads, lines, "calls"), "wide")


class _Panel:
    """The fields of one operation."""

    def __init__(self, state: PageState, desk: Desk, places: "dict[str, Callable[[], Place]]") -> None:
        self._state, self._desk, self._places = state, desk, places

    def draw(self, what: str) -> None:
        draw = {
            "Export": self._export,
            "Import": self._import,
            "Move": self._move,
            "Clean up": self._clean_up,
            "Erase": self._erase,
        }
        draw[what]()

    def _export(self) -> None:
        place = self._place("From")
        chosen = self._sessions(place)
        if chosen is None:
            return
        with place.reading():
            rows = place.count(chosen or None)
        if rows > MOST_ROWS:
            st.html(f'<p class="note">{rows:,} rows: export so many with <code>python -m lessons export</code>.</p>')
            return
        from lessons.kit.life_cycle.places.sealed_place import SealedPlace, decrypted
        from lessons.ui.operate.work import export_work

        if isinstance(place, SealedPlace) and st.checkbox(
            "Decrypted with the key in use: anyone with the file can read it", key=self._key("decrypted")
        ):
            place = decrypted(place)
        with st.container(horizontal=True, gap="small"):
            for label, markdown in ((JSON, False), (MARKDOWN, True)):
                make = partial(export_work, markdown=markdown)
                self._button(label, "Export", lambda make=make: make(place, chosen or _all(place)), True)  # type: ignore[misc]
        st.html('<p class="caption">The JSON has a version in its first line and a checksum in its last.</p>')

    def _import(self) -> None:
        target, if_exists = self._place("Into"), self._if_exists()
        pasted = st.text_area(
            "The text of an exported file", key=self._key("pasted"), max_chars=PASTED, height=120,
            help="The page takes no uploads. Larger files: python -m lessons import FILE PLACE",
        )  # fmt: skip
        from lessons.ui.operate.work import import_work

        self._buttons("Import", lambda dry_run: import_work(pasted, target, if_exists, dry_run=dry_run), bool(pasted))

    def _move(self) -> None:
        source = self._place("From")
        chosen = self._sessions(source)
        target, if_exists = self._place("Into", at=1), self._if_exists()
        remove = st.checkbox("Then delete them in the source, if everything is equal", key=self._key("remove"))
        losses = remove and st.checkbox("Also if the target does not keep everything", key=self._key("losses"))
        from lessons.ui.operate.work import move_work

        def make(dry_run: bool) -> "Work":
            ids = chosen or _all(source)
            return move_work(source, target, ids, if_exists, dry_run=dry_run, remove=remove, accept_losses=losses)

        self._buttons("Move", make, chosen is not None)

    def _clean_up(self) -> None:
        place = self._place("Where")
        days = int(st.number_input("Days without an add", 1, 3650, 30, key=self._key("days")))
        from lessons.ui.operate.work import cleanup_work

        self._buttons("Clean up", lambda dry_run: cleanup_work(place, days, dry_run=dry_run), place.exists())

    def _erase(self) -> None:
        place = self._place("Where")
        said = st.text_input("Every row that contains this text", key=self._key("erase-text"), max_chars=500)
        ids = [] if said else self._sessions(place, all_of_them=False) or []
        what = place.label, tuple(ids), said
        from lessons.ui.operate.work import erase_work

        ready = bool(ids or said) and place.exists()
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            self._button("Preview", "Erase", lambda: erase_work(place, ids, said, dry_run=True), ready, what)
            seen = ready and self._state.erasure.get() == what
            sure = st.checkbox(
                "Erase what the preview names, for good", key=self._state.erase_for_good.key, disabled=not seen
            )
            self._button("Erase", "Erase", lambda: erase_work(place, ids, said), seen and sure)
        if ready and not seen:
            st.html(
                '<p class="caption">Look at the preview first. It says what would go, and what could not be proved.</p>'
            )

    def _place(self, label: str, at: int = 0) -> "Place":
        chosen = st.selectbox(label, list(self._places), index=at, key=self._key(f"place-{at}"))
        return self._places[chosen]()

    def _sessions(self, place: "Place", *, all_of_them: bool = True) -> list[str] | None:
        """The chosen ids. An empty list stands for all of them, if `all_of_them`. None if nothing is stored there."""
        if not place.exists():
            st.html('<p class="quiet">There are no sessions there yet. Run a step, or send a message.</p>')
            return None
        with place.reading():
            ids = [info.session_id for info in islice(place.sessions(), LISTED)]
        return st.multiselect(
            "Sessions", ids, key=self._key("sessions"), format_func=plain,
            placeholder="all" if all_of_them else "choose",
        )  # fmt: skip

    def _if_exists(self) -> Any:
        return st.selectbox(
            "If the target has the id", list(IF_EXISTS), format_func=IF_EXISTS.__getitem__, key=self._key("if-exists")
        )

    def _buttons(self, what: str, make: "Callable[[bool], Work]", ready: bool) -> None:
        with st.container(horizontal=True, gap="small"):
            self._button("Preview", what, lambda: make(True), ready)
            self._button(what, what, lambda: make(False), ready)

    def _button(
        self, label: str, title: str, make: "Callable[[], Work]", ready: bool, previewed: object = None
    ) -> None:
        def start() -> None:
            with refusal_shown(self._state):
                if not self._desk.running():
                    self._desk.start_long_work(make(), title)
                    self._state.erasure.put(previewed)
                    self._state.erase_for_good.put(False)  # each preview has to be agreed to

        disabled = not ready or bool(self._desk.running())
        st.button(label, key=self._key(f"do-{label}"), disabled=disabled, on_click=start)

    def _key(self, name: str) -> str:
        return self._state.key(f"operate-{name}")


def _all(place: "Place") -> list[str]:
    with place.reading():
        return [info.session_id for info in place.sessions()]
