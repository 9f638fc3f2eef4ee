"""What the README and the documents say is true of the project."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lessons.course.index import GUIDES, LESSONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/life-cycle.md",
    "docs/performance.md",
    "docs/inspect.md",
    "docs/reliability.md",
)


def between(name: str) -> str:
    return README.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0].strip()


def test_the_table_of_lessons_is_the_course():
    assert between("lessons") == "\n".join(f"| {lesson.title} | {lesson.question} |" for lesson in LESSONS)


def test_the_table_of_guides_is_the_pages_to_look_up():
    assert between("guides") == "\n".join(f"| {guide.title} | {guide.question} |" for guide in GUIDES)


def pictured() -> Iterator[str]:
    """The paths of the picture of the house, which are indented by their folder; a folder's path ends with '/'."""
    picture = ARCHITECTURE.partition("## The house")[2].partition("```\n")[2].partition("```")[0]
    folders: list[tuple[int, str]] = [(-1, "")]
    for line in picture.splitlines():
        indent, name = len(line) - len(line.lstrip()), line.split()[0]
        while folders[-1][0] >= indent:
            folders.pop()
        yield folders[-1][1] + name
        if name.endswith("/"):
            folders.append((indent, folders[-1][1] + name))


def test_the_picture_of_the_house_shows_every_folder_of_the_app_and_no_other():
    # A renamed folder leaves Python's compiled files behind.
    files = [path for path in (ROOT / "lessons").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    there = {f"{path.parent.relative_to(ROOT).as_posix()}/" for path in files} - {"lessons/"}
    assert there == {path for path in pictured() if path.startswith("lessons/")} - {"lessons/"}
    assert not [path for path in pictured() if not (ROOT / path).exists()]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:lessons|pages|tests|docs|\.ci)/[\w/.-]*)`", text))
    linked = {(ROOT / document).parent / path for path in re.findall(r"\]\((?!http)([^)#]+)\)", text)}
    made = set(re.findall(r" as `([\w/.]+)`|an empty `([\w/.]+)`", text))  # the guides of CONTRIBUTING make these
    assert not [path for path in named - {path for pair in made for path in pair} if not (ROOT / path).exists()]
    assert not [path for path in linked if not path.exists()]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_name_that_a_document_places_in_a_file_is_defined_there(document):
    text = " ".join((ROOT / document).read_text(encoding="utf-8").split())
    placed = re.findall(r"`(\w+)`(?: in `\w+`)? (?:of|in) `([\w/]+/\w+\.py)`", text)
    assert placed or document != "CONTRIBUTING.md"
    for name, path in placed:
        definition = rf"^ *((async )?def |class )?{name}\b( =|:|\(|\[)"
        assert re.search(definition, (ROOT / path).read_text(encoding="utf-8"), flags=re.M), f"{name} in {path}"


def test_the_screenshot_and_both_commands_are_there():
    assert (ROOT / "docs" / "lesson.png").stat().st_size > 10_000
    for command in ("streamlit run streamlit_sessions_app.py", "python -m pytest"):
        assert f"python -m pip install -r requirements.txt && {command}" in README
