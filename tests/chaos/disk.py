"""The disk of the data folder, which the chaos run fills and frees again."""

import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None

MEGABYTES = 64


class SmallDisk:
    """A separate tmpfs for the run, mounted at `folder`. Raises OSError or CalledProcessError where nothing can be mounted."""

    words = f"a separate tmpfs of {MEGABYTES} MB, filled to the last byte"

    def __init__(self, folder: Path, megabytes: int = MEGABYTES) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir()
        options = f"size={megabytes}m,mode=0700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "chaos", folder], check=True, capture_output=True)

    def fill(self, pid: int) -> None:
        with self._ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(65_536))

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=True)


class FileLimit:
    """A limit of 0 bytes for each file that the server writes (RLIMIT_FSIZE), where nothing can be mounted."""

    words = "RLIMIT_FSIZE of the server set to 0: it can make no file longer (nothing can be mounted here)"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._limited: int | None = None
        folder.mkdir(exist_ok=True)

    def fill(self, pid: int) -> None:
        self._limited = pid
        self._limit(0)

    def free(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def close(self) -> None:
        self.free()

    def _limit(self, size: int) -> None:
        if self._limited is not None:
            with suppress(ProcessLookupError):  # it was killed; the next one has no limit
                resource.prlimit(self._limited, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def small_disk(folder: Path) -> SmallDisk | FileLimit | None:
    """The best that this machine offers; None where a disk cannot be filled."""
    if sys.platform == "linux" and shutil.which("mount"):
        with suppress(OSError, subprocess.CalledProcessError):
            return SmallDisk(folder)
    return FileLimit(folder) if hasattr(resource, "prlimit") else None
