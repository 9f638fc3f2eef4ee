"""Encrypted rows are decrypted once for each time that a page is drawn: the rows and the chat show the same."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from lessons.kit.stores.encrypted.store import EncryptedStore
from lessons.kit.visitors.workspace import new_visitor

APP = Path(__file__).parents[3] / "streamlit_sessions_app.py"


def test_a_redraw_decrypts_the_rows_once(monkeypatch):
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["visitor"] = new_visitor()
    app.run()
    app.switch_page("pages/encrypted.py").run()
    app.chat_input[0].set_value("My name is Alice").run()
    decrypted = []
    original = EncryptedStore.read_back

    def read_back(self, session_id, rows, session=None):
        decrypted.append(sorted(rows))
        return original(self, session_id, rows, session)

    monkeypatch.setattr(EncryptedStore, "read_back", read_back)
    app.run()
    assert not app.exception, [found.message for found in app.exception]
    assert decrypted == [[1, 2]]
