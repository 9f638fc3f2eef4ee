"""Starts the app, or the bare baseline app, as a server of its own, and prepares the rows that it finds."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import psutil

from lessons.kit.visitors.workspace import new_visitor

ROOT = Path(__file__).resolve().parents[2]
APP = "streamlit_sessions_app.py"
BASELINE = "tests/bench/baseline_app.py"
OTHER_SESSIONS = 500


class MeasuredServer:
    """A Streamlit server on a free port, started from the project's root so that its configuration applies."""

    def __init__(self, script: str, data: Path) -> None:
        self.data, self.script = data, script
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        data.mkdir(parents=True, exist_ok=True)
        self.log = data / "server.log"
        environment = os.environ | offline(data)
        command = [sys.executable, "-m", "streamlit", "run", script]
        options = ["--server.port", str(port), "--server.headless", "true"]
        start = time.perf_counter()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command + options, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        self.start_ms = (time.perf_counter() - start) * 1e3
        self.seen = psutil.Process(self.process.pid)

    def __enter__(self) -> "MeasuredServer":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_seconds(self) -> float:
        times = self.seen.cpu_times()
        return times.user + times.system

    def megabytes(self) -> float:
        """Resident memory."""
        return self.seen.memory_info().rss / 1e6

    def has_loaded(self, library: str) -> bool:
        """Whether a compiled library whose path contains `library` is mapped into the process."""
        return any(library in mapping.path for mapping in self.seen.memory_maps())

    def errors(self) -> list[str]:
        """The lines of the server's log that tell of an exception."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if "Traceback" in line or "Error" in line]

    def _wait_until_healthy(self) -> None:
        deadline = time.perf_counter() + 30
        while time.perf_counter() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.01)
        raise RuntimeError(f"{self.script} did not start:\n{self.log.read_text()[-2_000:]}")


def offline(data: Path) -> dict[str, str]:
    """The environment of everything that is measured: the offline model at once, no .env, no limit."""
    return {
        "SESSIONS_DATA_DIR": str(data),
        "SESSIONS_MODEL_PROVIDER": "offline",
        "SESSIONS_OFFLINE_SECONDS_PER_WORD": "0",
        "SESSIONS_VISITOR_LIMIT_MB": "100000",
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
        "PYTHON_DOTENV_DISABLED": "1",
    }


def visitor_with(data: Path, rows: int) -> str:
    """A new visitor whose lesson has `rows` stored rows for "alice", and two for each of 500 other sessions."""
    visitor = new_visitor()
    fill(chat_file(data, visitor), rows)
    return visitor


def chat_file(data: Path, visitor: str) -> Path:
    return data / visitor / "basic" / "chat.db"


def fill(path: Path, rows: int, other_sessions: int = OTHER_SESSIONS) -> None:
    """Write the rows into the SDK's own tables: a question of 100 characters and an answer of 300, in turn."""
    from agents import SQLiteSession

    path.parent.mkdir(parents=True, exist_ok=True)
    SQLiteSession("alice", path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        others = [f"visitor-{number:03}" for number in range(other_sessions)]
        connection.executemany(
            "INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)", [(name,) for name in [*others, "alice"]]
        )
        connection.executemany(
            "INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)",
            [(name, _item(number)) for name in others for number in range(2)],
        )
        connection.executemany(
            "INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)",
            (("alice", _item(number)) for number in range(rows)),
        )


def _item(number: int) -> str:
    if number % 2 == 0:
        return f'{{"content": "Question {number // 2}: {"which of these words matter " * 3}?", "role": "user"}}'
    said = f"Answer {number // 2}: {'these words are here to give the row its usual length, ' * 5}."
    return (
        f'{{"id": "msg_{number:016x}", "content": [{{"annotations": [], "text": "{said}", "type": "output_text"}}], '
        '"role": "assistant", "status": "completed", "type": "message"}'
    )
