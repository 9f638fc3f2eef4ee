"""How many changes of a lesson's code its verdicts notice, as `python -m tests.mutants --write` has counted them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("changed_versions.json")


@dataclass(frozen=True)
class ChangedVersions:
    """`changed` versions of a lesson's code were run, of which its verdicts and checks have `caught` so many."""

    changed: int
    caught: int


@cache
def changed_versions() -> dict[str, ChangedVersions]:
    """The figures of each lesson, by its slug."""
    return {slug: ChangedVersions(**counts) for slug, counts in json.loads(TABLE.read_text("utf-8")).items()}
