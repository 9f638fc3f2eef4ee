"""The layers of the design, read from the imports, and the settings that keep visitors safe."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.support.sources import nodes_of

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "lessons").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
ENTRY = ROOT / "streamlit_sessions_app.py"
LONGEST = 350
MODULES_IN_A_FOLDER = 12

UPWARD = {
    "lessons/kit": "lessons.course lessons.guides lessons.frame lessons.terminal lessons.ui",
    "lessons/kit/ledger": "lessons.kit.turns",
    "lessons/kit/stores": "lessons.kit.turns",
    "lessons/kit/visitors": "lessons.kit.turns",
    "lessons/frame": "lessons.course lessons.guides lessons.terminal lessons.ui",
    "lessons/course": "lessons.guides lessons.terminal lessons.ui",
    "lessons/guides": "lessons.terminal lessons.ui",
    "lessons/terminal": "lessons.ui",
    "lessons/ui": "lessons.terminal",
}
"""What the files of each folder must not import: no arrow points upwards."""

ELSEWHERE = {
    "lessons/kit": "streamlit pandas altair pages",
    "lessons/frame": "streamlit pandas altair pages",
    "lessons/course": "streamlit pandas altair pages",
    "lessons/guides": "streamlit pandas altair pages",
    "lessons/terminal": "streamlit pandas altair pages",
    "lessons/ui": "agents openai sqlite3 sqlalchemy aiosqlite redis pages",
}
"""Packages that belong to another layer."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> str:
    return name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module(path): path for path in LESSONS}


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that the file imports, wherever in the file, as dotted names; `from a import b` gives a and a.b."""
    found = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} imports relatively"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def of(modules: Iterable[str], *packages: str) -> set[str]:
    return {found for found in modules for package in packages if f"{found}.".startswith(f"{package}.")}


def offenders(forbidden: dict[str, str]) -> list[str]:
    """A line for each file that imports what its folder must not."""
    return [
        f"{name(path)} imports {', '.join(sorted(found))}"
        for folder, packages in forbidden.items()
        for path in LESSONS
        if name(path).startswith(f"{folder}/")
        if (found := of(imports(path), *packages.split()))
    ]


def test_the_files_are_where_the_rules_look_for_them():
    assert len(LESSONS) > 100
    for folder in {*UPWARD, *ELSEWHERE}:
        assert [path for path in LESSONS if name(path).startswith(f"{folder}/")], f"{folder} holds nothing"
    assert ROOT / "pages" / "basic.py" in PAGES


def test_no_arrow_points_upwards():
    assert not offenders(UPWARD)


def test_streamlit_and_the_sdk_stay_in_their_layers():
    assert not offenders(ELSEWHERE)


def test_no_modules_import_each_other():
    """Neither two of them nor a longer circle; imports inside a function or for typing only count as well."""
    arrows = {at: {found for found in imports(path) if found in MODULES} - {at} for at, path in MODULES.items()}
    for at in arrows:  # a package that is only the path to a module that is imported too
        arrows[at] = {found for found in arrows[at] if not of(arrows[at] - {found}, found)}
    reached = {at: _reached(at, arrows) for at in arrows}
    assert not [at for at in arrows if at in reached[at]]


def _reached(start: str, arrows: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(arrows[start])
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += arrows[at]
    return found


def test_a_folder_is_small_and_a_file_has_one_subject():
    counts = Counter(path.parent for path in LESSONS if path.name != "__init__.py")
    assert not [f"{name(folder)}: {count} modules" for folder, count in counts.items() if count > MODULES_IN_A_FOLDER]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in [*LESSONS, *PAGES]}
    assert not [f"{name(path)}: {count} lines" for path, count in lines.items() if count > LONGEST]


def test_pages_and_the_entry_know_the_ui_only():
    for path in PAGES:
        assert of(imports(path), "lessons.ui") == imports(path), name(path)
        assert len(path.read_text().splitlines()) < 20, name(path)
    assert imports(ENTRY) == of(imports(ENTRY), "streamlit", "lessons.ui")


def test_a_page_is_guarded_before_it_imports_anything_else():
    """Streamlit runs a file in pages/ on its own when its address is asked for directly."""
    for path in PAGES:
        body = [
            node
            for node in ast.parse(path.read_text()).body
            if not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call)
        ]
        assert ast.unparse(body[0]) == "from lessons.ui.page.navigation import through_the_entry"
        assert ast.unparse(body[1]) == "through_the_entry()"


# The settings, as Streamlit itself reads them.


@pytest.fixture(scope="module")
def settings():
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


def test_the_server_is_reached_from_this_machine_only(settings):
    assert settings["server"]["address"] == "127.0.0.1"


def test_only_loopback_names_are_answered_and_nothing_large_is_taken(settings):
    """tests/test_network.py tries it on a running server."""
    assert settings["server"]["allowedHosts"] == ["127.0.0.1", "localhost", "::1"]
    assert settings["server"]["maxUploadSize"] == 0
    assert settings["server"]["maxMessageSize"] == 1


def test_every_field_says_how_much_it_takes():
    """Streamlit would end the connection of a browser that sends more than maxMessageSize, and what was typed is lost."""
    fields = [
        (name(path), node.lineno, {word.arg for word in node.keywords})
        for path in LESSONS
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("chat_input", "text_input", "text_area")
    ]
    assert len(fields) > 10
    assert not [(where, line) for where, line, words in fields if "max_chars" not in words]


def test_errors_show_no_code_and_no_links(settings):
    assert settings["client"]["showErrorDetails"] == "type"
    assert settings["client"]["showErrorLinks"] is False
    assert settings["client"]["toolbarMode"] == "viewer"


def test_nothing_is_exported_or_reported_by_streamlit(settings):
    assert settings["client"]["disableDataExport"] is True
    assert settings["browser"]["gatherUsageStats"] is False


def test_protections_are_not_switched_off(settings):
    server = settings["server"]
    assert server.get("enableXsrfProtection", True) is True
    assert server.get("enableCORS", True) is True
    assert "corsAllowedOrigins" not in server
    assert server.get("enableStaticServing", False) is False
    assert all("enableAgentApi" not in section for section in settings.values())
    assert "secrets" not in settings


def test_no_full_collection_runs_after_every_rerun(settings):
    """It delays every answer by 40 to 100 ms."""
    assert settings["runner"]["postScriptGC"] is False


def test_streamlit_knows_every_setting(settings):
    """A misspelt one would do nothing."""
    from streamlit import config

    known = set(config._config_options_template)
    for section, values in settings.items():
        for key, value in values.items():
            if not isinstance(value, dict):
                assert f"{section}.{key}" in known


@pytest.mark.parametrize("sheet", sorted((ROOT / "lessons" / "ui").rglob("*.css")), ids=lambda sheet: sheet.name)
def test_the_browser_keeps_the_style(sheet):
    """The sanitizer of st.html drops a whole style in which something looks like a tag, even inside a string."""
    assert not re.search(r"<[/\w!]", sheet.read_text(encoding="utf-8"))


def test_no_secret_and_no_path_of_a_machine_is_in_the_project():
    for path in [*LESSONS, *PAGES, ROOT / "env.example", ROOT / ".streamlit" / "config.toml"]:
        text = path.read_text(encoding="utf-8")
        assert "/work/" not in text, name(path)
        assert "/root/" not in text, name(path)
        assert "unsafe_allow_html" not in text, name(path)


def test_each_test_that_is_said_to_take_long_is_there():
    for line in (ROOT / "tests" / "takes_long.txt").read_text(encoding="utf-8").splitlines()[1:]:
        file, _, function = line.partition("::")
        assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), line
