"""What the signs of the ledger and the words mean."""

from lessons.ui.ledger.ledger_lines import SIGNS
from lessons.ui.widgets.item_kinds import KINDS, badge
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.terms import glossary_html

MARKS = (
    (SIGNS["added"], "The open turn has stored this row."),
    (SIGNS["changed"], "The open turn has changed this row."),
    (SIGNS["removed"], "The open turn has removed this row. Rows that were removed before are struck through only."),
    ("●", "Returned by the session, or sent to the model, in the open turn. Numbers say in which requests."),
    ("◌", "Not returned, or not sent. The last column says why."),
    (
        "next run",
        "With the switch Sent next: whether the row would be sent if you sent a message now. Nothing is stored for it.",
    ),
    ("▾", "The open turn: Returned, Sent and Why are about it. Choose the head of another turn to open that one."),
)


def legend_html() -> str:
    """The letters and colours of the kinds, the signs, and the glossary."""
    kinds = "".join(f"<li>{badge(kind)} {text(kind)}</li>" for kind in KINDS)
    signs = "".join(f"<dt>{text(sign)}</dt><dd>{text(means)}</dd>" for sign, means in MARKS)
    return (
        f'<h3>Kinds of items</h3><ul class="kinds">{kinds}</ul><h3>Signs</h3><dl class="signs">{signs}</dl>'
        f"<h3>Words</h3>{glossary_html()}"
    )
