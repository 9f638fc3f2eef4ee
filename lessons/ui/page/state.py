"""What a tab keeps between two runs of a page. This is the only module that touches st.session_state.

Streamlit drops the value of a widget when another page is shown, and keeps what the app itself has put there. So every key
contains the page that it belongs to: nothing is carried over from one lesson to the next.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import streamlit as st

from lessons.kit.row_ref import RowRef

if TYPE_CHECKING:
    from lessons.guides.code_runner import Outcome
    from lessons.kit.analytics.branch_operations import BranchMethod
    from lessons.kit.contract.contract import Finding
    from lessons.kit.stores.encrypted.overhead import Cost
    from lessons.kit.stores.sql.live_pool import LivePool
    from lessons.kit.turns.session_operations import Method

T = TypeVar("T")


@dataclass(frozen=True)
class Kept(Generic[T]):
    """One value that a tab keeps under `key`, which can be the key of a widget too. Without a value it is `otherwise`."""

    key: str
    otherwise: T

    @property
    def exists(self) -> bool:
        return self.key in st.session_state

    def get(self) -> T:
        value: T = st.session_state.get(self.key, self.otherwise)
        return value

    def one_of(self, offered: Collection[T]) -> T | None:
        """The value, if it is one of those that the page offers: in a callback, a forged message can say anything."""
        value = self.get()
        return value if value in offered else None

    def put(self, value: T) -> None:
        """Keep this. Raises StreamlitAPIException for the key of a widget that this run has drawn already."""
        st.session_state[self.key] = value

    def forget(self) -> None:
        st.session_state.pop(self.key, None)


VISITOR: Kept[str | None] = Kept("visitor of the tab", None)
ENTERED = Kept("entered by the tab", False)
"""Whether the entry has run: see lessons.ui.page.navigation."""
DRAWN = Kept("drawn in the tab", False)
"""Whether a run of a page has come to its end: a browser that has just loaded the page may show no part of it before."""
TOLD: Kept[dict[str, str] | None] = Kept("address of the tab", None)
"""What is in the address of the page since the server has changed it last."""
STAGE = Kept("stage of the tab", False)
"""Whether the lessons are shown for a projector."""
SHOWN_PAGE: Kept[str | None] = Kept("page of the tab", None)
"""The slug of the lesson that was drawn last."""


@dataclass
class OpenPage:
    """The page that a tab shows now. Work in another thread reads it here, since it cannot read the session state."""

    slug: str = ""


OPEN_PAGE: Kept[OpenPage | None] = Kept("open page of the tab", None)


def note_open_page(slug: str) -> None:
    """Note which page the tab shows. Called each time the entry runs."""
    page = OPEN_PAGE.get() or OpenPage()
    if page.slug != slug:
        TOLD.forget()  # a link has led here, with its own address
    page.slug = slug
    OPEN_PAGE.put(page)


def let_streamlit_interrupt() -> None:
    """Let Streamlit end the script run here: it does that only when the run touches the session state."""
    _ = VISITOR.exists


@dataclass(frozen=True)
class RowsFrom:
    """Where the drawn page of rows begins or ends: it has the rows next to this one."""

    side: Literal["before", "after"]
    row: RowRef


@dataclass(frozen=True)
class Said:
    """What was said of a challenge, as escaped HTML. `number` counts from 0.

    `solved_at` is when its solution was run, in seconds of time.monotonic(); 0 if this is not about that.
    """

    number: int
    html: str
    solved_at: float = 0.0


@dataclass(frozen=True)
class LastChoice:
    """What was chosen next to the message box when the page was drawn last."""

    session_id: str
    store: str
    with_session: bool


@dataclass(frozen=True)
class Drawn:
    """The ledger as it was drawn last: its content, and the data of the component, which says when that content was new.

    `made_of` is what the lines were made from, None where they may change with time.
    """

    page: dict[str, Any]
    data: list[Any]
    made_of: object


@dataclass(frozen=True)
class Newest:
    """The newest row of a session before a turn began, by its key; 0 if it had none."""

    store: str
    session_id: str
    key: int


@dataclass(frozen=True)
class Prices:
    """The prices of a million tokens."""

    input: float = 1.0
    output: float = 4.0


@dataclass(frozen=True)
class ContractFindings:
    """What the check of the contract found for a session class."""

    class_name: str
    findings: "Sequence[Finding]"


class _Once(type):
    """Makes one object for each page: it only knows keys, and each part of a page asks for it."""

    def __init__(cls, *given: Any) -> None:
        super().__init__(*given)
        cls._made: dict[str, Any] = {}

    def __call__(cls, page: str) -> Any:
        if page not in cls._made:
            cls._made[page] = super().__call__(page)
        return cls._made[page]


class PageState(metaclass=_Once):
    """What a tab keeps of one page, which is named by its slug."""

    def __init__(self, page: str) -> None:
        self.page = page
        # The frame of a lesson.
        self.refusal: Kept[str | None] = self._kept("refusal", None)
        self.last_choice: Kept[LastChoice | None] = self._kept("last-choice", None)
        self.session_id: Kept[str | None] = self._kept("session", None)
        self.store: Kept[str | None] = self._kept("store", None)
        self.with_session = self._kept("with-session", True)
        self.rows_from: Kept[RowsFrom | None] = self._kept("rows-from", None)
        self.row_clicks: Kept[Any] = self._kept("row-clicks", None)
        self.ledger: Kept[Any] = self._kept("ledger", None)
        self.drawn_ledger: Kept[Drawn | None] = self._kept("drawn-ledger", None)
        self.opened_lines: Kept[frozenset[str]] = self._kept("opened-lines", frozenset())
        self.newest: Kept[Newest | None] = self._kept("newest-row", None)
        self.shows_next = self._kept("shows-next", False)
        self.next_place: Kept[object] = self._kept("next-place", None)
        self.tool: Kept[str | None] = self._kept("tool", None)
        self.tool_opened: Kept[float] = self._kept("tool-opened", 0.0)
        self.message: Kept[str | None] = self._kept("message", None)
        self.suggestion: Kept[str | None] = self._kept("suggestion", None)
        self.step: Kept[int | None] = self._kept("step-pager", None)
        self.asked_to_step_back: Kept[str | None] = self._kept("asked-to-step-back", None)
        self.challenge: Kept[int | None] = self._kept("challenge-pager", None)
        self.said_of_challenge: Kept[Said | None] = self._kept("challenge-said", None)
        self.opened_solution: Kept[int | None] = self._kept("challenge-solution", None)
        self.shown_before_solution: Kept[LastChoice | None] = self._kept("shown-before-solution", None)
        # The panels.
        self.operation: Kept[Method] = self._kept("operation", "get_items")
        self.operation_limit: Kept[float | None] = self._kept("operation-limit", None)
        self.items_form = self._kept("items-form", "A message")
        self.items_json = self._kept("items-json", "")
        self.item_role = self._kept("item-role", "system")
        self.item_text = self._kept("item-text", "")
        self.encryption_key: Kept[int] = self._kept("encryption-key", 0)
        self.encryption_ttl: Kept[str] = self._kept("encryption-ttl", "")
        self.typed_key = self._kept("typed-key", "")
        self.redis_ttl = self._kept("redis-ttl", 0)
        self.session_search = self._kept("session-search", "")
        self.session_order = self._kept("session-order", "last used")
        self.session_page: Kept[int | None] = self._kept("session-page", None)
        self.new_session_id: Kept[str | None] = self._kept("new-session-id", None)
        self.branch_method: Kept[BranchMethod] = self._kept("branch-method", "create_branch_from_turn")
        self.branch_name: Kept[str | None] = self._kept("branch-name", None)
        self.branch_content: Kept[str | None] = self._kept("branch-content", None)
        self.branch_turn: Kept[float | None] = self._kept("branch-turn", 2.0)
        self.after_failure: Kept[tuple[object, str] | None] = self._kept("after-failure", None)
        self.erasure: Kept[object] = self._kept("erasure-seen", None)
        self.erase_for_good = self._kept("operate-sure", False)
        # The sections.
        self.contract_findings: Kept[ContractFindings | None] = self._kept("contract-findings", None)
        self.encryption_costs: Kept[tuple[Cost, ...] | None] = self._kept("encryption-costs", None)
        self.live_pool: Kept[LivePool | None] = self._kept("pool-live", None)
        self.prices = self._kept("prices", Prices())
        self.turn_page: Kept[int | None] = self._kept("turn-page", None)
        self.tree_page: Kept[int | None] = self._kept("tree-page", None)
        self.side_by_side_page: Kept[int | None] = self._kept("side-by-side-page", None)
        # The guides.
        self.first_part: Kept[str | None] = self._kept("first-part", None)
        self.compared_stores: Kept[list[str] | None] = self._kept("compare-stores", None)
        self.compared_message: Kept[str | None] = self._kept("compare-message", None)
        # The inspector.
        self.inspected_storage: Kept[str | None] = self._kept("inspect-storage", None)
        self.inspected_class: Kept[str | None] = self._kept("inspect-class", None)
        self.inspected_page: Kept[int | None] = self._kept("inspect-page", None)
        self.inspected_whole: Kept[Any] = self._kept("inspect-whole-run", None)
        self.inspected_compared: Kept[Any] = self._kept("inspect-compared", None)
        self.inspected_replay: Kept[Any] = self._kept("inspect-replayed", None)
        self.inspected_older: Kept[tuple[str, int] | None] = self._kept("inspect-older", None)
        self.inspected_list: Kept[int] = self._kept("inspect-list", 1)
        self.inspected_day: Kept[str | None] = self._kept("inspect-day", None)
        self.inspected_words: Kept[str] = self._kept("inspect-words", "")
        self.inspected_mark: Kept[tuple[str, str | None, str] | None] = self._kept("inspect-mark", None)

    def key(self, name: str) -> str:
        """The key of a widget of this page whose value no callback reads, such as a button, a tab or an expander."""
        return f"{name}@{self.page}"

    def chosen_branch(self, method: str) -> Kept[str | None]:
        """The branch that a call is about; each call has its own field."""
        return self._kept(f"branch-of-{method}", None)

    def turn_of_branch(self, branch: str) -> Kept[float | None]:
        return self._kept(f"branch-turn-{branch}", None)

    def session_field(self, name: str, session_id: str) -> Kept[str]:
        """A field of the description of a session: what is typed for one is not saved for the next."""
        return self._kept(f"describe-{name}-{session_id}", "")

    def numbers_page(self, chart: str) -> Kept[int | None]:
        return self._kept(f"numbers-page-{chart}", None)

    def answer(self, question: str) -> Kept[str | None]:
        return self._kept(f"answer-{question}", None)

    def outcomes(self, case: str) -> "Kept[tuple[Outcome, Outcome] | None]":
        """The outcomes of the wrong and of the right code of a case."""
        return self._kept(f"ran-{case}", None)

    def _kept(self, name: str, otherwise: T) -> Kept[T]:
        return Kept(self.key(name), otherwise)
