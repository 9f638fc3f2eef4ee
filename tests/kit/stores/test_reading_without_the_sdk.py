"""What a page reads before its lesson is loaded does not enter the SDK by a side door.

Python lets one thread import a module of a package that another thread has loaded by half, and then the import of one of them
fails: the first visitors of a new server, who came at the same moment, saw an ImportError.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
READ = """
import sys
from pathlib import Path
from lessons.kit.stores.registry import store_kinds

for name in sys.argv[2:]:
    store = store_kinds()[name].open(Path(sys.argv[1]))
    store.page("alice"), store.picture("alice"), store.sessions(), store.session_ids(), store.newest_rows()
    store.schema(), store.size(), store.read_back("alice", {1: '{"role": "user", "content": "Hello"}'})
    if "agents" in sys.modules:
        sys.exit(f"{name} loads the SDK to read")
    print(name)
"""
FILES = ("sqlite_file", "async_sqlite", "advanced_sqlite", "sqlalchemy_sqlite", "encrypted_sqlite_file")


def test_stores_in_files_are_read_without_loading_the_sdk(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", READ, tmp_path, *FILES], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == list(FILES)
