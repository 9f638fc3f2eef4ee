"""A run of the whole page begins at the top of the page, also in the thread of a fragment that has just ended."""

from streamlit import delta_generator_singletons

STACK, DEFAULT = "context_dg_stack", "get_default_dg_stack_value"
"""Private names of Streamlit. If one is missing, nothing is done: a version without them does it in another way."""


def draw_from_the_top() -> None:
    """Forget the container in which the run before, in the same thread, has drawn last. The entry calls it first.

    If a click arrives while a fragment ends, Streamlit uses that thread again. A fragment leaves its container behind as the
    current one, so the whole page was drawn inside it.
    """
    stack = getattr(delta_generator_singletons, STACK, None)
    default = getattr(delta_generator_singletons, DEFAULT, None)
    if stack is not None and default is not None:
        stack.set(default())
