"""The layers of the design, read from the imports, and the settings that keep visitors safe."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KIT = sorted((ROOT / "lessons" / "kit").rglob("*.py"))
UI = sorted((ROOT / "lessons" / "ui").rglob("*.py"))
LESSONS = sorted([*(ROOT / "lessons").glob("*.py"), *(ROOT / "lessons" / "guides").glob("*.py")])
PAGES = sorted((ROOT / "pages").glob("*.py"))
LONGEST = 350


def name(path):
    return str(path.relative_to(ROOT))


def imports(path):
    """Every module that the file imports, wherever in the file, as dotted names; `from a import b` gives a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} imports relatively"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def of(modules, *packages):
    return {
        module for module in modules for package in packages if module == package or module.startswith(f"{package}.")
    }


def test_the_files_are_where_the_rules_look_for_them():
    assert len(KIT) > 10
    assert len(UI) > 5
    assert ROOT / "lessons" / "basic.py" in LESSONS
    assert ROOT / "pages" / "basic.py" in PAGES


@pytest.mark.parametrize("path", KIT, ids=name)
def test_the_kit_knows_no_page_and_no_lesson(path):
    found = imports(path)
    assert not of(found, "streamlit", "pandas", "altair")
    assert of(found, "lessons") - {"lessons"} <= of(found, "lessons.kit")


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_knows_the_kit_and_no_page(path):
    found = imports(path)
    assert not of(found, "streamlit", "pandas", "altair", "lessons.ui", "pages")


@pytest.mark.parametrize("path", UI, ids=name)
def test_the_pages_code_knows_no_sdk_and_no_storage(path):
    found = imports(path)
    assert not of(found, "agents", "sqlite3", "sqlalchemy", "redis", "aiosqlite", "openai", "pages")


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_names_its_lesson_and_nothing_else(path):
    assert of(imports(path), "lessons.ui") == imports(path)
    assert len(path.read_text().splitlines()) < 20


@pytest.mark.parametrize("path", [ROOT / "streamlit_sessions_app.py"], ids=name)
def test_the_entry_knows_the_pages_code_only(path):
    assert imports(path) == of(imports(path), "streamlit", "lessons.ui")


@pytest.mark.parametrize("path", [*KIT, *UI, *LESSONS, *PAGES], ids=name)
def test_no_file_has_two_subjects(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_a_page_is_guarded_before_it_imports_anything_else():
    """Streamlit runs a file in pages/ on its own when its address is asked for directly."""
    for path in PAGES:
        body = [
            node
            for node in ast.parse(path.read_text()).body
            if not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call)
        ]
        assert ast.unparse(body[0]) == "from lessons.ui.navigation import through_the_entry"
        assert ast.unparse(body[1]) == "through_the_entry()"


def test_the_style_sheet_holds_nothing_like_a_tag():
    """The browser throws a style sheet with a < and a letter away whole, and the page has no style at all."""
    assert "<" not in (ROOT / "lessons" / "ui" / "style.css").read_text(encoding="utf-8")


# The settings, as Streamlit itself reads them.


@pytest.fixture(scope="module")
def settings():
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


def test_the_server_is_reached_from_this_machine_only(settings):
    assert settings["server"]["address"] == "127.0.0.1"


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
    """It holds every answer back by 40 to 100 ms."""
    assert settings["runner"]["postScriptGC"] is False


def test_streamlit_knows_every_setting(settings):
    """A misspelt one would do nothing."""
    from streamlit import config

    known = set(config._config_options_template)
    for section, values in settings.items():
        for key, value in values.items():
            if not isinstance(value, dict):
                assert f"{section}.{key}" in known


def test_the_browser_keeps_the_style():
    """What cleans st.html drops a whole style in which something looks like a tag, even inside a string."""
    assert not re.search(r"<[/\w!]", (ROOT / "lessons" / "ui" / "style.css").read_text(encoding="utf-8"))


def test_no_secret_and_no_path_of_a_machine_is_in_the_project():
    for path in [*KIT, *UI, *LESSONS, *PAGES, ROOT / "env.example", ROOT / ".streamlit" / "config.toml"]:
        text = path.read_text(encoding="utf-8")
        assert "/work/" not in text, name(path)
        assert "/root/" not in text, name(path)
        assert "unsafe_allow_html" not in text, name(path)
