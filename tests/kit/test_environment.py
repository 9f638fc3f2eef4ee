"""The settings of the environment: what cannot be used is named, and never ignored in silence."""

import os
import re
import sys
from pathlib import Path

import pytest

from lessons.kit.environment import NUMBERS, load_env_file, number, whole_number, wrong_settings

ROOT = Path(__file__).parents[2]

WRONG = [
    *(
        (variable, value, "must be a number above 0")
        for variable in NUMBERS
        for value in ("many", "0", "-1", "10,5", "nan")
    ),
    ("SESSIONS_TRACING", "true", "must be 1 or 0; nothing is traced"),
    ("SESSIONS_OTHER_PYTHON", "/no/python", "must be the path of a Python that can be run"),
    ("SESSIONS_INSPECT_URLS", "STAGING_URL", "names STAGING_URL: not set, so not offered"),
    ("SESSIONS_OPERATE_URLS", "SET_URL,STAGING_URL", "names STAGING_URL: not set, so not offered"),
    ("SESSIONS_INSPECT_URLS", "postgresql://scott:tiger@h/db", "must hold names of variables"),
]
RIGHT = [
    *((variable, value) for variable in NUMBERS for value in ("", " ", "7", "0.5", "1e3")),
    *(("SESSIONS_TRACING", value) for value in ("", "0", "1")),
    ("SESSIONS_OTHER_PYTHON", sys.executable),
    ("SESSIONS_OPERATE_URLS", "SET_URL, SET_URL,"),
]


@pytest.mark.parametrize(("variable", "value", "says"), WRONG)
def test_a_setting_that_cannot_be_used_is_named_without_its_value(variable, value, says):
    [sentence] = wrong_settings({"SET_URL": "redis://h", variable: value})
    assert sentence.startswith(f"{variable} {says}")
    assert "tiger" not in sentence


@pytest.mark.parametrize(("variable", "value"), RIGHT)
def test_a_setting_that_can_be_used_is_not_named(variable, value):
    assert wrong_settings({"SET_URL": "redis://h", variable: value}) == []


@pytest.mark.parametrize("variable", NUMBERS)
def test_the_number_that_is_said_to_be_used_is_the_one_that_is_used(monkeypatch, variable):
    monkeypatch.setenv(variable, "many")
    [sentence] = wrong_settings(
        dict(os.environ) | {name: "" for name in os.environ if name.startswith("SESSIONS_")} | {variable: "many"}
    )
    said = re.search(r"([\d.]+) is used", sentence)
    assert float(said[1]) == number(variable) == whole_number(variable)


def test_env_example_names_the_number_that_is_used():
    example = (ROOT / "env.example").read_text(encoding="utf-8")
    assert {
        name: float(value) for name, value in re.findall(r"^#(\w+)=(\d+)$", example, re.M) if name in NUMBERS
    } == NUMBERS


def test_what_is_counted_is_at_least_one(monkeypatch):
    monkeypatch.setenv("SESSIONS_VISITORS_LIMIT", "0.5")
    assert whole_number("SESSIONS_VISITORS_LIMIT") == 1


@pytest.fixture
def said_of(tmp_path, monkeypatch):
    """What is said of a file .env with this content next to a copy of env.example."""
    monkeypatch.setattr(os, "environ", {})
    (tmp_path / "env.example").write_bytes((ROOT / "env.example").read_bytes())

    def say(content: str) -> str | None:
        (tmp_path / ".env").write_text(content, encoding="utf-8")
        return load_env_file(tmp_path / ".env")

    return say


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SESSIONS_TURN_A_MINUTE", "SESSIONS_TURNS_A_MINUTE"),
        ("GEMINI_MODEL", "GEMINI_API_MODEL"),
        ("REDIS_URI", "REDIS_URL"),
        ("OPENAI_KEY", "OPENAI_API_KEY"),
        ("COMPATIBLE_URL", "COMPATIBLE_BASE_URL"),
    ],
)
def test_a_misspelled_setting_in_the_file_is_named_with_the_one_that_is_meant(said_of, name, meant):
    assert (
        said_of(f"{name}=tigertiger\n") == f"The app does not read {name}, which is in the file .env: is {meant} meant?"
    )


@pytest.mark.parametrize(
    "content",
    [
        "REDIS_URL=x",
        "SESSIONS_KEY=x",
        "STAGING_DATABASE_URL=x",
        "PATH=x",
        "MY_REDIS_URL=x\nSESSIONS_INSPECT_URLS=MY_REDIS_URL",
    ],
)
def test_another_variable_in_the_file_is_not_taken_for_a_misspelled_setting(said_of, content):
    assert said_of(content) is None
