"""What a run on a server measures: the server's process, percentiles, and the machine that it ran on."""

import os
import platform
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.support.app_server import AppServer

MOST_FILES = 100
"""The most files that the app may have open, apart from sockets: it also serves a class where a process may have only 256."""


class MeasuredServer(AppServer):
    """The app, or another Streamlit script, as a server whose process is measured. It runs while the block runs."""

    def __init__(self, script: str, folder: Path, **settings: str) -> None:
        super().__init__(folder, settings, script)

    def __enter__(self) -> "MeasuredServer":
        start = time.perf_counter()
        self.start()
        self.start_ms = (time.perf_counter() - start) * 1e3
        self.seen = psutil.Process(self.pid)
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def cpu_seconds(self) -> float:
        times = self.seen.cpu_times()
        return times.user + times.system

    def megabytes(self) -> float:
        """Resident memory."""
        return self.seen.memory_info().rss / 1e6

    def threads(self) -> int:
        return self.seen.num_threads()

    def files(self) -> int:
        """The number of files that are open, apart from sockets. Where the system has no /proc, only regular files count."""
        folder = Path(f"/proc/{self.pid}/fd")
        if not folder.exists():
            return len(self.seen.open_files())
        count = 0
        for entry in folder.iterdir():
            with suppress(OSError):  # closed since the folder was read
                count += not os.readlink(entry).startswith("socket:")
        return count

    def has_loaded(self, library: str) -> bool:
        """Whether a compiled library whose path contains `library` is mapped into the process."""
        return any(library in mapping.path for mapping in self.seen.memory_maps())

    def errors(self) -> list[str]:
        """The lines of the server's log that name an exception."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if "Traceback" in line or "Error" in line]


def percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> dict[str, str]:
    """What the numbers were measured on, and when."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("streamlit", "openai-agents", "psutil", "websockets"))
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "cpu": f"{_cpu()}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB",
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": packages,
        "load before": f"{psutil.getloadavg()[0]:.2f}",
    }


def when_and_where() -> str:
    """The date and the machine in a few words."""
    return f"{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores ({_cpu()})"


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
