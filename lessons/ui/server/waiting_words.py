"""The words in the page of a tab that waits for its turn to be drawn. They reach it without a run of the page."""

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PLACE = (0, 0)
"""The first element of the page's main part. Every page leaves it empty for these words: `draw_heading`."""


def words(before: int) -> bytes:
    """The message that says why the tab waits, and how many come before it."""
    others = f"{before} other {'page comes' if before == 1 else 'pages come'} first" if before else "This page is next"
    message = _empty()
    message.delta.new_element.html.body = (
        '<div class="server-busy" role="status">The server is busy. '
        f"{others}. Stay on this page: what you asked for is done when its turn comes.</div>"
    )
    return bytes(message.SerializeToString())


def no_words() -> bytes:
    """The message that takes the words away again."""
    message = _empty()
    message.delta.new_element.empty.SetInParent()
    return bytes(message.SerializeToString())


def _empty() -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend(PLACE)
    return message
