"""What the README says is true of the project."""

import re
from pathlib import Path

from lessons.course.index import GUIDES, LESSONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def between(name: str) -> str:
    return README.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0].strip()


def test_the_table_of_lessons_is_the_course():
    assert between("lessons") == "\n".join(f"| {lesson.title} | {lesson.question} |" for lesson in LESSONS)


def test_the_table_of_guides_is_what_there_is_to_look_up():
    assert between("guides") == "\n".join(f"| {guide.title} | {guide.question} |" for guide in GUIDES)


def test_every_folder_in_the_picture_of_the_house_exists():
    picture = README.partition("## How it is built")[2].partition("```")[2].partition("```")[0]
    names = set(re.findall(r"([a-z_]+)/", picture)) | set(re.findall(r"[a-z_]+\.py", picture))
    there = {path.name for path in ROOT.rglob("*")}
    assert {"course", "kit", "ledger"} <= names <= there


def test_the_screenshot_and_both_commands_are_there():
    assert (ROOT / "docs" / "lesson.png").stat().st_size > 10_000
    for command in ("streamlit run streamlit_sessions_app.py", "python -m pytest"):
        assert f"python -m pip install -r requirements.txt && {command}" in README
