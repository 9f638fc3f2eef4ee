"""A small disk for one test, which the test may fill."""

import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from tests.chaos.disk import SmallDisk


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallDisk]:
    """A disk with the data folder on it. Skips where nothing can be mounted; with CI=true that is a failure."""
    try:
        small = SmallDisk(tmp_path / "disk", megabytes=8)
    except (OSError, CalledProcessError) as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no disk can be mounted here: {error}")
    monkeypatch.setenv("SESSIONS_DATA_DIR", str(small.folder / "data"))
    yield small
    small.close()
