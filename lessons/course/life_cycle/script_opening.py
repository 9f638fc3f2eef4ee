"""How the script of this lesson opens its sessions: in one file, and in two others for a few steps."""

SCRIPT = '''
from agents import SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, EncryptedSession

PATH = "{path}"
SESSIONS = {{}}


def open_session(session_id: str, path: str = PATH):
    """A session in the file PATH. In the two other files, one with branches, and an encrypted one."""
    if (session_id, path) not in SESSIONS:
        session = SQLiteSession(session_id, path)
        if path == "with_branches.db":
            session.close()
            session = AdvancedSQLiteSession(session_id=session_id, db_path=path, create_tables=True)
        elif path == "encrypted_sqlite_file.db":
            session = EncryptedSession(session_id, session, "a key of 43 letters, kept in a safe place..")
        SESSIONS[session_id, path] = session
    return SESSIONS[session_id, path]


def restart() -> None:
    """Drop every handle, as the end of the process does."""
    SESSIONS.clear()
'''
