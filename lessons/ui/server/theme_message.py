"""The theme in the message that begins each run of a page."""

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

FUNCTION = "_populate_theme_msg"


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
        if known[section].ByteSize():  # an empty part would be sent as one that is there
            message.MergeFrom(known[section])

    setattr(app_session, FUNCTION, fill)
    config.on_config_parsed(known.clear, force_connect=True)
