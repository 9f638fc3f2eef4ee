"""Starts the app as a separate server, with a free port, its own data folder and the offline model."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = "streamlit_sessions_app.py"
START_SECONDS = 90
"""A server starts in three seconds. Where many processes shared two cores, one was still starting after thirty."""
STOP_SECONDS = 10
TROUBLES = ("Traceback", "was never awaited", "Task was destroyed", "Exception ignored")
_OURS = ("SESSIONS_", "OPENAI_", "GEMINI_", "COMPATIBLE_", "STREAMLIT_")


class AppServer:
    """The app as a process, or another Streamlit `script`, started from the project's root so that its settings apply.

    `url` ends without a slash, `data` is its data folder, `log` the file with all it printed. `port` is that of a server which
    somebody else has started with this folder.
    """

    def __init__(self, folder: Path, settings: dict[str, str], script: str = APP, port: int | None = None) -> None:
        self.script = script
        self.log = folder / "server.log"
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | {
            "PYTHON_DOTENV_DISABLED": "1",
            "OPENAI_AGENTS_DISABLE_TRACING": "1",
            "SESSIONS_MODEL_PROVIDER": "offline",
            "SESSIONS_OFFLINE_SECONDS_PER_WORD": "0",
            "SESSIONS_DATA_DIR": str(folder / "data"),
            **settings,
        }
        self.data = Path(self._environment["SESSIONS_DATA_DIR"])
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start the process and wait until it answers. Raises RuntimeError, with the end of the log, if it does not."""
        script = ["-m", "streamlit", "run", self.script]
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, *script, *options],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.script} did not start. The end of its log:\n{self.log.read_text()[-2_000:]}")
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        """The id of the running process. Raises RuntimeError when none runs."""
        if self._process is None:
            raise RuntimeError(f"{self.script} does not run")
        return self._process.pid

    def wait_for_its_end(self, seconds: float) -> int:
        """The status with which the process ends by itself. Raises subprocess.TimeoutExpired."""
        if self._process is None:
            raise RuntimeError(f"{self.script} does not run")
        status, self._process = self._process.wait(seconds), None
        return status

    def kill(self) -> None:
        """End the process at once: it has no time to write anything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def restart(self) -> None:
        """End the process and start another on the same port and data folder."""
        self.stop()
        self.start()

    def troubles(self) -> list[str]:
        """The lines of the log about an error that nothing caught."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(trouble in line for trouble in TROUBLES)]

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[AppServer]:
    """The app while the block runs, with these environment variables. Its log must not have an uncaught error."""
    server = AppServer(folder, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()
    assert not server.troubles(), server.log.read_text()[-4_000:]


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
