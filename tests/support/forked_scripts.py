"""Runs scripts as a learner would, in forks of a Python that has imported the SDK: no script has to import it again."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SECONDS = 60
BARE = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "LANG") if name in os.environ}
"""What a script finds in its environment besides the variables that a test gives it."""

_PARENT = """
import gc, json, os, runpy, signal, sys
import agents
gc.freeze()  # what is imported is not searched for garbage at the end of each script
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    os._exit(0)
signal.alarm(asked["seconds"])
os.chdir(asked["folder"])
for number, name, flags in ((0, "said", os.O_RDONLY), (1, "out", os.O_WRONLY), (2, "errors", os.O_WRONLY)):
    os.dup2(os.open(asked[name], flags), number)
sys.stdin = open(0, closefd=False)
os.environ.clear()
os.environ.update(asked["environment"])
sys.argv = asked["arguments"]
sys.path.insert(0, asked["folder"])
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""A script ends the fork as it would end its own Python, so its exit status and its printed errors are the same."""


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


class ForkedScripts:
    """`run` takes the scripts one after the other. They cannot import anything of this project."""

    def __init__(self, files: Path) -> None:
        self._files = files
        self._parent = subprocess.Popen(
            [sys.executable, "-I", "-c", _PARENT],
            env={**BARE, "OPENAI_AGENTS_DISABLE_TRACING": "1"},
            cwd=files,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, script: Path, *arguments: str, said: str = "", **environment: str) -> Ended:
        """Run a script in its folder; `said` is its standard input. A signal ends a script that takes longer than `SECONDS`."""
        files = {name: self._files / name for name in ("said", "out", "errors")}
        for name, file in files.items():
            file.write_text(said if name == "said" else "", encoding="utf-8")
        asked = {
            **{name: str(file) for name, file in files.items()},
            "folder": str(script.parent),
            "arguments": [script.name, *arguments],
            "environment": {**BARE, "OPENAI_AGENTS_DISABLE_TRACING": "1", **environment},
            "seconds": SECONDS,
        }
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        print(json.dumps(asked), file=self._parent.stdin, flush=True)
        status = int(self._parent.stdout.readline())
        return Ended(status, *(files[name].read_text(encoding="utf-8") for name in ("out", "errors")))

    def close(self) -> None:
        self._parent.communicate()


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedScripts]:
    started = ForkedScripts(tmp_path_factory.mktemp("scripts"))
    yield started
    started.close()
