"""What the first visitor waits for."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
HEAVY = ("agents", "openai", "pydantic", "pandas", "altair", "sqlalchemy")


def test_the_page_and_its_rows_are_drawn_without_the_sdk():
    """The SDK takes a second or two to import: the navigation, the title, the chat and the rows must not wait for it."""
    code = (
        "import sys, streamlit; before = set(sys.modules); "
        "import lessons.ui.page.sidebar, lessons.ui.start.start_page, lessons.ui.page.lesson_page; "
        "from lessons.kit.turns.open_desks import open_desk; from lessons.kit.visitors.workspace import new_visitor; "
        "open_desk(new_visitor(), 'basic').store('sqlite_file').page('alice'); "
        f"print([name for name in {HEAVY} if name in set(sys.modules) - before])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"
