"""What a page reads before its lesson is loaded does not import the SDK on the way.

Python lets one thread import a module of a package that another thread has loaded by half, and then the import of one of them
fails: the first visitors of a new server, who came at the same moment, saw an ImportError.
"""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from lessons.kit.background import background
from tests.support.stores import all_kinds_in_two_parts, opened_store
from tests.support.turns import EXCHANGE

ROOT = Path(__file__).parents[3]
READ = """
import sys
from pathlib import Path
from lessons.kit.stores.registry import store_kinds

for name in sys.argv[2:]:
    store = store_kinds()[name].open(Path(sys.argv[1]))
    rows = store.page("alice").rows
    store.picture("alice"), store.sessions(), store.session_ids(), store.newest_rows(), store.schema(), store.size()
    store.read_back("alice", {row.key: row.data for row in rows} or {1: '{"role": "user", "content": "Hello"}'})
    if {"agents", "openai"} & set(sys.modules):
        sys.exit(f"{name} loads the SDK to read")
    print(name, len(rows))
"""
ONLY_IN_THE_PROCESS = ("memory", "redis_fake")

AT_ONCE = """
import sys, threading
import lessons.kit.imports

def load():
    lessons.kit.imports.load_sdk()

def import_the_package():
    from agents import SQLiteSession

def compile_tables():
    from lessons.kit.stores.sql.dialects import dialects
    dialects()

def read_at_openai():
    from lessons.kit.problems.problem import Refused
    from lessons.kit.stores.hosted.accounts import OpenAIAccount
    try:
        OpenAIAccount().items("conv_1")
    except Refused:
        pass

def begin(call):
    together.wait()
    call()
    done.append(call.__name__)

calls = (load, import_the_package, compile_tables, read_at_openai)
together = threading.Barrier(len(calls))
sys.setswitchinterval(0.0005)  # as while the app loads the SDK
done = []
threads = [threading.Thread(target=begin, args=(call,)) for call in calls]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*sorted(done))
"""


@pytest.mark.parametrize("kinds", all_kinds_in_two_parts())
def test_every_store_is_read_without_loading_the_sdk(kinds: list[str], tmp_path: Path):
    with ExitStack() as opened:
        for kind in kinds:
            store = opened.enter_context(opened_store(kind, tmp_path))
            background().run(store.open_session("alice").add_items(list(EXCHANGE)))
        ended = subprocess.run(
            [sys.executable, "-c", READ, tmp_path, *kinds], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 0, ended.stderr
    rows = {kind: 0 if any(word in kind for word in ONLY_IN_THE_PROCESS) else 2 for kind in kinds}
    assert ended.stdout.splitlines() == [f"{kind} {stored}" for kind, stored in rows.items()]


def test_threads_that_import_the_sdk_while_it_is_being_loaded_wait_for_it():
    """Pages do it: one compiles the SDK's tables, another reads the rows that OpenAI keeps."""
    nobody_answers = {"OPENAI_API_KEY": "sk-none", "OPENAI_BASE_URL": "http://127.0.0.1:9"}
    ended = subprocess.run(
        [sys.executable, "-c", AT_ONCE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | nobody_answers,
    )
    assert ended.stderr == ""
    assert ended.stdout.split() == ["compile_tables", "import_the_package", "load", "read_at_openai"]
