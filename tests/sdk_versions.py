"""Tests the app with the two minors of the SDK before the newest one, each in its own virtual environment.

    python -m tests.sdk_versions                 the newest patch of each of the two minors before the newest
    python -m tests.sdk_versions 0.22.3          these versions

For each version it makes a virtual environment, installs the requirements with that SDK, runs the fast tests of what an SDK can
change, and walks every lesson in a terminal. It writes what `inspect` finds with that version into the table of minors of
`inspect`. It ends with a table and the names of what failed, and exits with 1 when something failed. It needs a package index
and some minutes. A command that takes longer than its limit is stopped, and has failed; what it has found so far is named too.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import venv
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "openai-agents"
FAST_PART = "not browser and not servers and (long or not matrix)"
TESTED = (
    "tests/course",
    "tests/frame",
    "tests/guides",
    "tests/kit",
    "tests/ui/guides/test_choose_page.py",
    "tests/ui/page/test_encrypted_page.py",
    "tests/ui/page/test_failures_page.py",
    "tests/ui/sections",
)
"""What a minor of the SDK can change: lessons, guides, what `kit` does with the SDK, and the pages whose words follow it."""
LEFT_OUT = (
    "tests/course/test_every_lesson_on_every_store.py",  # each lesson is walked after the tests
    "tests/course/test_own_messages.py",
    "tests/course/test_walked_steps_solve_nothing.py",
    "tests/kit/models/offline",
    "tests/kit/problems",
    "tests/kit/stores/test_reading_without_the_sdk.py",
    "tests/kit/test_descriptors.py",
    "tests/kit/test_files.py",
    "tests/kit/test_seen_text.py",
    "tests/kit/turns/test_full_disk.py",
    "tests/kit/turns/test_kills.py",
    "tests/kit/visitors",
)
"""Of that, what works without the SDK, or whatever the SDK does."""
MINORS_BEFORE = 2
INSTALL_SECONDS, TESTS_SECONDS, LESSON_SECONDS = 600, 1_800, 120
LAST_WORDS_SECONDS = 60
"""How long a command whose time is up may take to say what it has found: pytest names what failed only at its end."""
SHOWN = 20_000
"""How much is printed of the output of a command that failed: its last characters."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status, None when its time was up, and all that it printed."""

    status: int | None
    output: str

    @property
    def last_line(self) -> str:
        lines = self.output.strip().splitlines()
        return lines[-1].strip("= ") if lines else "nothing was printed"


@dataclass(frozen=True)
class Result:
    """What was found with one version: how pytest ended, and for each slug how the walk of that lesson ended."""

    version: str
    tests: Ended
    lessons: dict[str, Ended]

    @property
    def passed(self) -> bool:
        ended = [self.tests, *self.lessons.values()]
        return bool(self.lessons) and all(one.status == 0 for one in ended)

    @property
    def failed(self) -> list[str]:
        """The lessons and tests that failed, each test with pytest's reason."""
        lessons = [f"lesson {slug}" for slug, ended in self.lessons.items() if ended.status != 0]
        found = re.findall(r"^(?:FAILED|ERROR) (tests/.*)$", self.tests.output, re.MULTILINE)
        return [*lessons, *dict.fromkeys(found)]


def main(versions: list[str]) -> int:
    results = [try_version(version) for version in versions or versions_before_the_newest()]
    print(table(results))
    return 0 if all(result.passed for result in results) else 1


def table(results: list[Result]) -> str:
    """A line for each version, and below it the names of what failed."""
    lines = [f"{'version':<10}{'lessons':<20}tests"]
    for result in results:
        passed = sum(ended.status == 0 for ended in result.lessons.values())
        of_all = f"{passed} of {len(result.lessons)} passed"
        late = "stopped, its time was up: " if result.tests.status is None else ""
        lines.append(f"{result.version:<10}{of_all:<20}{late}{result.tests.last_line}")
        lines += [f"{'':<10}failed: {name}" for name in result.failed]
    return "\n".join(lines)


def versions_before_the_newest() -> list[str]:
    """The newest patch of each of the minors before the newest that the package index has, the newer first."""
    listed = run([sys.executable, "-m", "pip", "index", "versions", PACKAGE], INSTALL_SECONDS).output
    found = re.search(r"Available versions: (.*)", listed)
    if found is None:
        sys.exit(f"The package index does not list {PACKAGE}:\n{listed}")
    return newest_of_each_minor(found[1].split(", "))[1 : 1 + MINORS_BEFORE]


def newest_of_each_minor(versions: list[str]) -> list[str]:
    """The first version of each minor. `versions` begin with the newest; pre-releases do not count."""
    newest: dict[tuple[int, int], str] = {}
    for version in versions:
        parts = version.split(".")
        if all(part.isdigit() for part in parts):
            newest.setdefault((int(parts[0]), int(parts[1])), version)
    return list(newest.values())


def try_version(version: str) -> Result:
    with tempfile.TemporaryDirectory(prefix=f"sdk-{version}-") as folder:
        python = make_environment(Path(folder), version)
        tests = run([python, "-m", "pytest", *options()], TESTS_SECONDS)
        report(f"{version}: the tests", tests)
        report(
            f"{version}: what is found", run([python, "-m", "tests.kit.inspect.by_version", "--write"], LESSON_SECONDS)
        )
        return Result(version, tests, walk_every_lesson(python, version))


def options() -> list[str]:
    """What pytest is given: the fast tests of what a minor can change."""
    left_out = [f"--ignore={path}" for path in LEFT_OUT]
    return [*TESTED, *left_out, "-n", "auto", "-m", FAST_PART, "-p", "no:cacheprovider"]


def make_environment(folder: Path, version: str) -> str:
    """Make a virtual environment with the requirements of the app and that version of the SDK. Returns its Python."""
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python")
    # The fast tests use some of what the second file names.
    listed = (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt")
    wanted = [*(part for file in listed for part in ("-r", str(file))), f"{PACKAGE}=={version}"]
    # Constraints of the environment name the newest SDK.
    installed = run([python, "-m", "pip", "install", "-q", *wanted], INSTALL_SECONDS, PIP_CONSTRAINT="")
    if installed.status != 0:
        sys.exit(f"{PACKAGE} {version} could not be installed:\n{installed.output[-SHOWN:]}")
    print(f"{version}: installed in a virtual environment", flush=True)
    return python


def walk_every_lesson(python: str, version: str) -> dict[str, Ended]:
    """How the walk of each lesson ended, by slug; none when the lessons cannot be listed."""
    listed = run([python, "-m", "lessons"], LESSON_SECONDS)
    if listed.status != 0:
        report(f"{version}: the list of lessons", listed)
        return {}
    walked = {}
    for line in listed.output.splitlines():
        slug = line.split()[0]
        walked[slug] = run([python, "-m", "lessons", slug], LESSON_SECONDS, SESSIONS_OFFLINE_SECONDS_PER_WORD="0")
        report(f"{version}: lesson {slug}", walked[slug])
    return walked


def report(what: str, ended: Ended) -> None:
    if ended.status == 0:
        print(f"{what}: {ended.last_line}", flush=True)
    else:
        how = "stopped, its time was up" if ended.status is None else "failed"
        print(f"{what}: {how}\n{ended.output[-SHOWN:]}", flush=True)


def run(command: list[str], seconds: float, **environment: str) -> Ended:
    """Run it in the project, offline and without a key.

    After `seconds` it is interrupted, as with Ctrl+C, so that it can say what it has found; then it is killed, with all that
    it has started.
    """
    given = {**os.environ, "SESSIONS_MODEL_PROVIDER": "offline", "PYTHON_DOTENV_DISABLED": "1", **environment}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
        process = subprocess.Popen(
            command, cwd=ROOT, env=given, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(LAST_WORDS_SECONDS)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        printed.seek(0)
        return Ended(status, printed.read())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
