"""How the script of a lesson opens sessions that a service keeps or compacts."""

HOSTED_SCRIPT = '''
import json
from contextlib import suppress
from pathlib import Path

from agents import OpenAIConversationsSession, OpenAIResponsesCompactionSession, SQLiteSession

PATH = "{path}"
IDS = Path(PATH).with_suffix(".json")
SESSIONS = {{}}


def open_session(session_id: str, path: str = PATH, **options):
    """PATH stands for conversations at OpenAI; another path is a file whose long sessions OpenAI compacts."""
    if (session_id, path) not in SESSIONS or options:
        if path == PATH:
            options = {{"conversation_id": ids().get(session_id), **options}}
            session = OpenAIConversationsSession(**options)
        else:
            session = OpenAIResponsesCompactionSession(session_id, SQLiteSession(session_id, path), **options)
        SESSIONS[session_id, path] = session
    return SESSIONS[session_id, path]


def ids() -> dict[str, str]:
    """The conversation of each session id. The class knows none, so they are kept in a file."""
    return json.loads(IDS.read_text()) if IDS.exists() else {{}}


def restart() -> None:
    """Drop every handle, as the end of the process does, and keep the ids of the conversations."""
    known = ids()
    for (session_id, path), session in SESSIONS.items():
        with suppress(ValueError):  # the service has made no conversation for it yet
            if path == PATH:
                known[session_id] = session.session_id
    IDS.write_text(json.dumps(known))
    SESSIONS.clear()
'''
