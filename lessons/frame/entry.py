"""What is known of a page before it is loaded."""

from dataclasses import dataclass

from lessons.kit.stores.registry import usable_kinds


@dataclass(frozen=True)
class Entry:
    """One page of the course.

    `slug` is its address and the name of its file in pages/; `icon` is a name of Material Symbols. `steps` is the number of
    steps of a lesson, and `minutes` is how long the essential ones take: the start page says both before the lesson is loaded.
    `session_id` is the session that the learner's own messages go to at first. `offered_stores` are the kinds of store that
    the learner can choose on the page; the first store of the lesson comes first. `panels` names tools for the session, and
    `sections` names views of more of what is stored (lessons.ui.panels.tools). Each can be opened next to the ledger.
    """

    slug: str
    title: str
    question: str
    part: str
    icon: str
    steps: int = 0
    minutes: int = 0
    session_id: str = ""
    offered_stores: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()

    @property
    def usable_stores(self) -> tuple[str, ...]:
        """The offered stores that can be opened in this environment."""
        kinds = usable_kinds()
        return tuple(name for name in self.offered_stores if name in kinds)

    @property
    def page(self) -> str:
        return f"pages/{self.slug}.py"
