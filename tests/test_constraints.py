"""The versions that CI installs are versions that the requirements allow, and each requirement has an upper bound."""

from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def requirements(*names: str) -> list[Requirement]:
    lines = [line for name in names for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


DIRECT = requirements("requirements.txt", "tests/requirements.txt")
TESTED = {found.name.lower(): found for found in requirements("constraints.txt")}


def test_every_requirement_has_a_lower_and_an_upper_bound():
    assert len(DIRECT) > 20
    assert not [str(one) for one in DIRECT if {">=", "<"} - {part.operator for part in one.specifier}]


def test_every_constraint_is_one_exact_version():
    assert not [str(one) for one in TESTED.values() if [part.operator for part in one.specifier] != ["=="]]


def test_the_tested_version_of_each_requirement_is_in_its_range():
    tested = {one.name: next(iter(TESTED[one.name.lower()].specifier)).version for one in DIRECT}
    assert not [f"{one}: {tested[one.name]}" for one in DIRECT if tested[one.name] not in one.specifier]
