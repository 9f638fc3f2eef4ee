"""The lesson as a script that a learner can download and run."""

import ast
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from types import SimpleNamespace

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.frame import script
from lessons.frame.lesson import source
from lessons.frame.script import as_script
from lessons.kit.stores.registry import store_kinds
from tests.support.model_endpoint import ModelEndpoint

SLUGS = [lesson.slug for lesson in LESSONS]


def test_visitors_who_open_pages_at_once_parse_one_after_the_other(monkeypatch):
    """Two threads that parse at once made Python 3.11 raise SystemError, and a page of a class of thirty was not drawn."""
    inside, together = [], []

    def watched(text):
        inside.append(text)
        together.append(len(inside))
        sleep(0.001)  # gives the other threads their turn
        inside.pop()
        return ast.parse(text)

    monkeypatch.setattr(script, "ast", SimpleNamespace(**{**vars(ast), "parse": watched}))
    lesson = load_lesson("basic")
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(as_script.__wrapped__, [lesson] * 8))
    assert len(set(texts)) == 1
    assert len(together) >= 16
    assert set(together) == {1}


def run(scripts, folder, slug, **environment):
    path = folder / f"{slug}_sessions.py"
    path.write_text(as_script(load_lesson(slug)), encoding="utf-8")
    return scripts.run(path, **environment)


def imported(tree):
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(node.module.partition(".")[0])
    return found


def brought(slug):
    """The clients in the packages that the script says to install."""
    packages = store_kinds()[load_lesson(slug).walk_stores[0]].packages
    clients = {"redis": "redis", "sqlalchemy": "sqlalchemy", "encrypt": "cryptography"}
    return {client for extra, client in clients.items() if extra in packages}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_script_needs_the_sdk_and_nothing_of_this_project(slug):
    tree = ast.parse(as_script(load_lesson(slug)))
    assert "agents" in imported(tree)
    assert imported(tree) - sys.stdlib_module_names - {"agents", "openai"} <= brought(slug)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_functions_of_a_script_are_those_of_the_lesson(slug):
    lesson = load_lesson(slug)
    script = as_script(lesson)
    for code in (lesson.make_agent, *(step.run for step in lesson.steps)):
        assert f"\n\n{source(code)}\n" in script
        assert script.count(f"def {code.__name__}(") == 1
    calls = [line for line in script.splitlines() if line.strip().startswith("show(")]
    assert len(calls) == len(lesson.steps)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_name_that_a_script_uses_is_defined_in_it(slug):
    """Also the helpers and tools of the lesson that only its functions use."""
    tree = ast.parse(as_script(load_lesson(slug)))
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    stored |= {node.name for node in ast.walk(tree) if hasattr(node, "name") and node.name}
    stored |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    stored |= {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    assert used - stored - set(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__) == set()


@pytest.mark.matrix
def test_without_a_key_a_script_says_so_and_does_nothing(scripts, tmp_path):
    ended = run(scripts, tmp_path, "basic")
    assert ended.returncode == 1
    assert ended.stderr.startswith("OPENAI_API_KEY is not set")
    assert "Traceback" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["basic_sessions.py"]


@pytest.mark.matrix  # a Python that imports the SDK for the scripts alone
@pytest.mark.parametrize("slug", SLUGS)
def test_a_downloaded_script_runs_in_an_empty_folder(scripts, tmp_path, slug, request):
    lesson = load_lesson(slug)
    servers = {"REDIS_URL": request.getfixturevalue("own_redis").url} if "redis" in brought(slug) else {}
    with ModelEndpoint() as endpoint:
        service = {"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": "sk-a-key-of-a-test", "OPENAI_MODEL": "m-1"}
        ended = run(scripts, tmp_path, slug, **service, **servers)
    assert (ended.returncode, ended.stderr) == (0, "")
    titles = [line for line in ended.stdout.splitlines() if line in {step.title for step in lesson.steps}]
    assert titles == [step.title for step in lesson.steps]
    # The steps of one lesson bring their own answers, and ask no model.
    assert {request.json["model"] for request in endpoint.requests} == (set() if slug == "model_items" else {"m-1"})
    assert "{'annotations'" not in ended.stdout  # the words of an item, and not the Python of its list
    if slug == "basic":
        replies = re.findall(r"^  reply: (.*)$", ended.stdout, re.MULTILINE)
        knows = ["Alice" in reply for reply in replies]
        assert knows == [True, True, False, False, True, True, True, True]
