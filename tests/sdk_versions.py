"""Holds the app against the two minors of the SDK before the newest one, each in an environment of its own.

    python -m tests.sdk_versions                 the newest patch of each of the two minors before the newest
    python -m tests.sdk_versions 0.22.3          these versions

For each version it makes a virtual environment, installs the requirements with that SDK, runs the fast tests, and walks every
lesson in a terminal. It prints a table, and exits with 1 when something failed. It needs a package index and some minutes.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "openai-agents"
FAST_PART = "not browser and not servers and not matrix"
MINORS_BEFORE = 2


@dataclass(frozen=True)
class Result:
    """What held with one version. `lessons` are the exit statuses by slug; `tests` is pytest's last line."""

    version: str
    tests: str
    tests_passed: bool
    lessons: dict[str, int]

    @property
    def passed(self) -> bool:
        return self.tests_passed and not any(self.lessons.values())


def main(versions: list[str]) -> int:
    results = [try_version(version) for version in versions or versions_before_the_newest()]
    print(f"\n{'version':<10}{'lessons':<20}fast tests")
    for result in results:
        failed = [slug for slug, status in result.lessons.items() if status]
        held = f"{len(result.lessons) - len(failed)} of {len(result.lessons)} held"
        print(f"{result.version:<10}{held:<20}{result.tests}")
        for slug in failed:
            print(f"{'':<10}not held: {slug}")
    return 0 if all(result.passed for result in results) else 1


def versions_before_the_newest() -> list[str]:
    """The newest patch of each of the minors before the newest that the package index has, the newer first."""
    listed = _run([sys.executable, "-m", "pip", "index", "versions", PACKAGE]).stdout
    found = re.search(r"Available versions: (.*)", listed)
    if found is None:
        sys.exit(f"The package index does not list {PACKAGE}:\n{listed}")
    newest: dict[tuple[int, int], str] = {}
    for version in found[1].split(", "):  # the newest comes first
        parts = version.split(".")
        if all(part.isdigit() for part in parts):
            newest.setdefault((int(parts[0]), int(parts[1])), version)
    return list(newest.values())[1 : 1 + MINORS_BEFORE]


def try_version(version: str) -> Result:
    with tempfile.TemporaryDirectory(prefix=f"sdk-{version}-") as folder:
        python = make_environment(Path(folder), version)
        print(f"{version}: the fast tests", flush=True)
        started = time.monotonic()
        tests = _run([python, "-m", "pytest", "-n", "auto", "-m", FAST_PART, "-p", "no:cacheprovider"])
        last = tests.stdout.strip().splitlines()[-1:] or [tests.stderr.strip()[-200:]]
        print(
            tests.stdout[-4_000:] if tests.returncode else f"  {last[0]} ({time.monotonic() - started:.0f} s)",
            flush=True,
        )
        return Result(version, last[0], tests.returncode == 0, walk_every_lesson(python, version))


def make_environment(folder: Path, version: str) -> str:
    """A virtual environment with the requirements of the app and that version of the SDK; its Python."""
    print(f"{version}: making an environment", flush=True)
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python")
    install = [python, "-m", "pip", "install", "-q", "-r", str(ROOT / "requirements.txt"), f"{PACKAGE}=={version}"]
    installed = _run(install)
    if installed.returncode:
        sys.exit(f"{PACKAGE} {version} could not be installed:\n{installed.stderr}")
    return python


def walk_every_lesson(python: str, version: str) -> dict[str, int]:
    slugs = [line.split()[0] for line in _run([python, "-m", "lessons"]).stdout.splitlines()]
    statuses = {}
    for slug in slugs:
        walked = _run([python, "-m", "lessons", slug], SESSIONS_OFFLINE_SECONDS_PER_WORD="0")
        statuses[slug] = walked.returncode
        print(
            f"{version}: {slug}: {'held' if not walked.returncode else walked.stdout[-2_000:] + walked.stderr[-2_000:]}"
        )
    return statuses


def _run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it in the project, offline and without a key."""
    given = {**os.environ, "SESSIONS_MODEL_PROVIDER": "offline", "PYTHON_DOTENV_DISABLED": "1", **environment}
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
