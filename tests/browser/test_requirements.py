"""Where the browser is missing, the tests in it are skipped with one line; with CI=true that is a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
WHAT_TO_INSTALL = {"chromium": "apt-get install chromium", "playwright": "pip install -r tests/requirements.txt"}


def test_the_browser_can_be_driven_here(chromium):
    assert chromium.is_connected()


@pytest.mark.parametrize("missing", WHAT_TO_INSTALL)
@pytest.mark.parametrize(("ci", "outcome", "code"), [("", "1 skipped", 0), ("true", "1 error", 1)])
def test_what_is_missing_is_named_once(missing: str, ci: str, outcome: str, code: int, tmp_path: Path):
    environment = os.environ | {"CI": ci, "PYTHONPATH": str(tmp_path)}
    if missing == "chromium":
        environment["PATH"] = str(tmp_path)
    else:
        (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['playwright'] = None")
    command = [sys.executable, "-m", "pytest", str(FOLDER), "-k", "can_be_driven_here", "-p", "no:cacheprovider"]
    command += ["--confcutdir", str(FOLDER)]  # what the other tests need takes longer to import than this takes to run
    ran = subprocess.run(command, env=environment, cwd=FOLDER.parents[1], capture_output=True, text=True, timeout=300)
    assert (ran.returncode, outcome in ran.stdout) == (code, True), ran.stdout
    assert WHAT_TO_INSTALL[missing] in ran.stdout
