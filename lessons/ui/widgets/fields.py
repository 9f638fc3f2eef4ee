"""How long the text of a field may be, and a field for a whole number.

Streamlit's own field for numbers raises for a message that says NaN or infinity, before the page is drawn.
"""

from typing import Literal

import streamlit as st

from lessons.kit.problems.problem import Problem, Refused

LONGEST_TEXT = 200_000
"""Characters that a field takes at most. Streamlit ends the connection of a browser that sends more than maxMessageSize."""


def draw_whole_number(
    label: str, key: str, least: int, most: int, placeholder: str = "", *, empty: bool = False
) -> None:
    """Draw it. Its value is kept under `key` as a float, None for an `empty` field; out of range, it is the first value."""
    value: Literal["min"] | None = None if empty else "min"
    st.number_input(
        label, float(least), float(most), value, step=1.0, format="%.0f", placeholder=placeholder or None, key=key
    )


def whole(value: float | None, label: str) -> int | None:
    """The number, None for none. Raises Refused for one that is not whole."""
    if value is not None and value != int(value):
        raise Refused(Problem(f"The field {label!r} holds {value:g}.", "Nothing was called.", "Type a whole number."))
    return None if value is None else int(value)
