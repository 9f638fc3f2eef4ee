"""Does once what Streamlit repeats in each run of a page: the theme in its first message, and the check of style sheets."""

from functools import lru_cache

from streamlit import config
from streamlit.elements import html
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

FUNCTION = "_populate_theme_msg"
CHECK = "_html_only_style_tags"
KEPT_CHECKS = 16
"""How many results are kept: for the style sheets, and for the few other long texts of a page."""


def keep_theme() -> None:
    """Have Streamlit read its theme once, and again when its settings have been read again.

    It goes through all its options six times at the start of each run: a sixth of the work of a short turn.
    """
    read = getattr(app_session, FUNCTION, None)
    if read is None:
        return  # a version that does it in another way
    known: dict[str, CustomThemeConfig] = {}

    def fill(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in known:
            read(part := CustomThemeConfig(), section)
            known[section] = part
        if known[section].ByteSize():  # an empty part would be sent as a part that is set
            message.MergeFrom(known[section])

    setattr(app_session, FUNCTION, fill)
    config.on_config_parsed(known.clear, force_connect=True)


def keep_style_check() -> None:
    """Have Streamlit check only once whether a text is only a style sheet: it reads the same sheets twice in each run."""
    check = getattr(html, CHECK, None)
    if check is not None:
        setattr(html, CHECK, lru_cache(KEPT_CHECKS)(check))
