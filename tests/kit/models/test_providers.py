"""Which model answers, what the page says about it, and that keys stay where they belong."""

import ast
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from agents import set_tracing_disabled, trace
from agents.models import get_default_model

from lessons.kit.models import providers
from lessons.kit.models.providers import read_provider, redact
from tests.support.sources import nodes_of

ROOT = Path(__file__).resolve().parents[3]
OPENAI_KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5t"
GEMINI_KEY = "AIzaSyB1xCq4ZtT7uVv0wXy3zA6bC9dE2fG5h"
COMPATIBLE_KEY = "gateway+Key/17=42"
KEYS = (OPENAI_KEY, GEMINI_KEY, COMPATIBLE_KEY)
OURS = re.compile(r"(?:POSTGRES|MYSQL|DATABASE)_URL|(SESSIONS|OPENAI|GEMINI|COMPATIBLE)_[A-Z_]+")


@pytest.fixture
def clean_environment():
    """The environment without our variables; what a test sets there is gone after it."""
    with patch.dict(os.environ):
        for name in [name for name in os.environ if OURS.fullmatch(name) or name == "PYTHON_DOTENV_DISABLED"]:
            del os.environ[name]
        providers.active_provider.cache_clear()
        yield os.environ
    providers.active_provider.cache_clear()


# Reading


@pytest.mark.parametrize(
    ("environment", "name", "label"),
    [
        ({}, "offline", "offline model"),
        ({"OPENAI_API_KEY": "", "GEMINI_API_KEY": " "}, "offline", "offline model"),
        ({"SESSIONS_MODEL_PROVIDER": "offline", "OPENAI_API_KEY": OPENAI_KEY}, "offline", "offline model"),
        ({"OPENAI_API_KEY": OPENAI_KEY, "OPENAI_MODEL": "gpt-4.1"}, "openai", "OpenAI gpt-4.1"),
        ({"OPENAI_API_KEY": OPENAI_KEY, "GEMINI_API_KEY": GEMINI_KEY}, "openai", f"OpenAI {get_default_model()}"),
        ({"OPENAI_MODEL": "gpt-4.1", "GEMINI_API_KEY": GEMINI_KEY}, "gemini", "Gemini gemini-2.5-flash"),
        ({"GEMINI_API_KEY": GEMINI_KEY, "GEMINI_API_MODEL": "gemini-3"}, "gemini", "Gemini gemini-3"),
        (
            {"COMPATIBLE_BASE_URL": "http://localhost:11434/v1", "COMPATIBLE_MODEL": "llama3.2"},
            "compatible",
            "llama3.2 at localhost:11434",
        ),
        (
            {"SESSIONS_MODEL_PROVIDER": " Gemini ", "OPENAI_API_KEY": OPENAI_KEY, "GEMINI_API_KEY": GEMINI_KEY},
            "gemini",
            "Gemini gemini-2.5-flash",
        ),
    ],
)
def test_the_environment_chooses_the_provider_and_the_label_names_its_model(environment, name, label):
    provider = read_provider(environment)
    assert (provider.name, provider.label, provider.problem) == (name, label, None)
    assert provider.is_offline == (name == "offline")


@pytest.mark.parametrize(
    ("variable", "environment"),
    [
        ("SESSIONS_MODEL_PROVIDER", {"SESSIONS_MODEL_PROVIDER": "opnai", "OPENAI_API_KEY": OPENAI_KEY}),
        ("SESSIONS_MODEL_PROVIDER", {"SESSIONS_MODEL_PROVIDER": OPENAI_KEY}),
        ("OPENAI_API_KEY", {"SESSIONS_MODEL_PROVIDER": "openai", "GEMINI_API_KEY": GEMINI_KEY}),
        ("OPENAI_API_KEY", {"OPENAI_MODEL": "gpt-4.1"}),
        ("OPENAI_API_KEY", {"OPENAI_API_KEY": f'"{OPENAI_KEY}"'}),
        ("OPENAI_API_KEY", {"OPENAI_API_KEY": f"{OPENAI_KEY}\n"}),
        ("OPENAI_API_KEY", {"OPENAI_API_KEY": f"{OPENAI_KEY}\u200b"}),
        ("OPENAI_API_KEY", {"OPENAI_API_KEY": f"Bearer {OPENAI_KEY}"}),
        ("OPENAI_BASE_URL", {"OPENAI_API_KEY": OPENAI_KEY, "OPENAI_BASE_URL": "api.openai.com/v1"}),
        ("OPENAI_MODEL", {"OPENAI_API_KEY": OPENAI_KEY, "OPENAI_MODEL": "'gpt-4.1'"}),
        ("GEMINI_API_KEY", {"SESSIONS_MODEL_PROVIDER": "gemini"}),
        ("GEMINI_API_KEY", {"GEMINI_API_MODEL": "gemini-2.5-pro"}),
        ("GEMINI_API_URL", {"GEMINI_API_KEY": GEMINI_KEY, "GEMINI_API_URL": "file:///etc/passwd"}),
        ("GEMINI_API_URL", {"GEMINI_API_KEY": GEMINI_KEY, "GEMINI_API_URL": "https://me:hunter22@host.example/v1"}),
        (
            "GEMINI_API_URL",
            {"GEMINI_API_KEY": GEMINI_KEY, "GEMINI_API_URL": f"https://host.example/v1?key={GEMINI_KEY}"},
        ),
        ("COMPATIBLE_BASE_URL", {"SESSIONS_MODEL_PROVIDER": "compatible", "COMPATIBLE_MODEL": "llama3.2"}),
        ("COMPATIBLE_BASE_URL", {"COMPATIBLE_API_KEY": COMPATIBLE_KEY}),
        ("COMPATIBLE_BASE_URL", {"COMPATIBLE_BASE_URL": "http://host:port/v1", "COMPATIBLE_MODEL": "llama3.2"}),
        ("COMPATIBLE_BASE_URL", {"COMPATIBLE_BASE_URL": "http:///v1", "COMPATIBLE_MODEL": "llama3.2"}),
        ("COMPATIBLE_MODEL", {"COMPATIBLE_BASE_URL": "http://localhost:11434/v1"}),
        ("SESSIONS_OFFLINE_SECONDS_PER_WORD", {"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0,03"}),
        ("SESSIONS_OFFLINE_SECONDS_PER_WORD", {"SESSIONS_OFFLINE_SECONDS_PER_WORD": "nan"}),
        ("SESSIONS_OFFLINE_SECONDS_PER_WORD", {"SESSIONS_OFFLINE_SECONDS_PER_WORD": "-1"}),
        ("SESSIONS_OFFLINE_SECONDS_PER_WORD", {"SESSIONS_OFFLINE_SECONDS_PER_WORD": "3600"}),
    ],
)
def test_a_wrong_configuration_names_its_variable_and_the_offline_model_answers(variable, environment):
    provider = read_provider(environment)
    assert provider.is_offline
    assert re.match(rf"{variable}\b", provider.problem)
    assert "offline model answers" in provider.problem
    assert not [value for value in (*KEYS, "hunter22") if value in f"{provider!r} {provider} {provider.label}"]


@pytest.mark.parametrize(
    "environment",
    [
        {"OPENAI_API_KEY": OPENAI_KEY},
        {"GEMINI_API_KEY": GEMINI_KEY},
        {"COMPATIBLE_API_KEY": COMPATIBLE_KEY, "COMPATIBLE_BASE_URL": "http://host/v1", "COMPATIBLE_MODEL": OPENAI_KEY},
    ],
)
def test_a_provider_shows_no_key(environment):
    provider = read_provider(environment)
    assert not provider.is_offline
    assert not [key for key in KEYS if key in f"{provider!r} {provider} {provider.label}"]


# The file .env


def test_a_copy_of_env_example_is_offline_and_sets_nothing_but_tracing_off(tmp_path, monkeypatch, clean_environment):
    shutil.copy(ROOT / "env.example", tmp_path / ".env")
    monkeypatch.setattr(providers, "PROJECT_ROOT", tmp_path)
    before = dict(clean_environment)
    provider = providers.active_provider()
    assert (provider.name, provider.problem) == ("offline", None)
    assert clean_environment == {**before, "OPENAI_AGENTS_DISABLE_TRACING": "1"}


def test_the_real_environment_wins_over_the_file(tmp_path, monkeypatch, clean_environment):
    lines = [f"GEMINI_API_KEY={GEMINI_KEY}", "GEMINI_API_MODEL=from-the-file"]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8-sig")  # As Windows Notepad writes it.
    monkeypatch.setattr(providers, "PROJECT_ROOT", tmp_path)
    clean_environment["GEMINI_API_MODEL"] = "from-the-environment"
    assert providers.active_provider().label == "Gemini from-the-environment"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"# key\nOPENAI_API_KEY='{OPENAI_KEY}\n".encode(), "line 2"),
        (f"OPENAI_API_KEY: {OPENAI_KEY}\n".encode(), "line 1"),
        (f"{GEMINI_KEY}\n".encode(), "line 1"),
        (f"OPENAI_API_KEY={OPENAI_KEY}\n".encode("utf-16"), "UTF-8"),  # As Windows PowerShell writes it.
    ],
)
def test_an_unreadable_env_file_is_named_and_the_app_starts_offline(
    content, told, tmp_path, monkeypatch, clean_environment
):
    (tmp_path / ".env").write_bytes(content)
    monkeypatch.setattr(providers, "PROJECT_ROOT", tmp_path)
    provider = providers.active_provider()
    assert provider.is_offline
    assert ".env" in provider.problem
    assert told in provider.problem
    assert not [key for key in KEYS if key in provider.problem]


def variables_in_code():
    """Our variables as whole string literals, and every name that is read from os.environ, in the app's own files."""
    found = set()
    for path in [*ROOT.glob("*.py"), *ROOT.glob("lessons/**/*.py"), *ROOT.glob("pages/*.py")]:
        source = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""(?:environ(?:ment)?\.get\(|environ\[|getenv\()\s*["']([A-Z_]+)["']""", source))
        strings = [node.value for node in nodes_of(path) if isinstance(node, ast.Constant)]
        found |= {text for text in strings if isinstance(text, str) and OURS.fullmatch(text)}
    # The first is set for the SDK and not read. The second is the terminal's own.
    return found - {"OPENAI_AGENTS_DISABLE_TRACING", "TERM"}


def test_env_example_explains_every_variable_that_the_code_reads_and_no_other():
    lines = (ROOT / "env.example").read_text(encoding="utf-8").splitlines()
    listed = {match[1]: before for before, line in pairwise(lines) if (match := re.match(r"#([A-Z_]+)=", line))}
    assert set(listed) == variables_in_code()
    assert all(before.startswith("# ") for before in listed.values())


# Tracing and start-up

TRACED_RUN = """
import os, socket, sys
from lessons.kit.models import providers
if {"agents", "openai"} & set(sys.modules):
    sys.exit("the SDK was imported with the providers")
providers.disable_tracing_unless_asked(os.environ)
def look_up(host, *arguments, **options):
    print("looked up", host, flush=True)
    os._exit(0)
socket.getaddrinfo = look_up
from agents import Agent, Runner, flush_traces
from agents.testing import ScriptedModel, assistant_message
Runner.run_sync(Agent(name="A", model=ScriptedModel([[assistant_message("hi")]])), "hello")
flush_traces()
print("silent")
"""


@pytest.mark.matrix
@pytest.mark.parametrize(("asked", "outcome"), [("", "silent"), ("1", "looked up api.openai.com")])
def test_traces_are_exported_only_when_asked_for(asked, outcome):
    environment = {"OPENAI_API_KEY": OPENAI_KEY, "SESSIONS_TRACING": asked, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", TRACED_RUN], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.stdout.strip() == outcome, run.stderr


def test_tracing_is_also_turned_off_after_the_sdk_was_imported(clean_environment):
    set_tracing_disabled(False)
    providers.disable_tracing_unless_asked({"SESSIONS_TRACING": "1"})
    assert trace("kept").trace_id != "no-op"
    providers.disable_tracing_unless_asked({})
    assert trace("dropped").trace_id == "no-op"


# Hiding


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"api_key={COMPATIBLE_KEY!r}", "api_key='[hidden]'"),
        (f"https://host/?key={GEMINI_KEY}&a=b", "https://host/?key=[hidden]&a=b"),
        ("Incorrect API key provided: sk-proj-********Qr5t.", "Incorrect API key provided: [hidden]."),
        ("provided: gateway+****7=42", "provided: [hidden]"),
        ("sk-abc...wxyz, sk-12…cd", "[hidden], [hidden]"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [hidden]"),
        ("postgresql+asyncpg://bob:p@ss/w@db.example:5432/x", "postgresql+asyncpg://[hidden]@db.example:5432/x"),
        ("redis://:geheim@cache:6379/0", "redis://[hidden]@cache:6379/0"),
        ('password "correct-horse" refused', 'password "[hidden]" refused'),
        ("llama3.2 at ollama:11434", "llama3.2 at ollama:11434"),
        ("see https://host.example/@me, task-force, 2 ** 3", "see https://host.example/@me, task-force, 2 ** 3"),
    ],
)
def test_secrets_are_hidden_and_other_words_are_not(text, shown):
    environment = {
        "COMPATIBLE_API_KEY": COMPATIBLE_KEY,
        "GEMINI_API_KEY": GEMINI_KEY,
        "OTHER_API_KEY": "ollama",
        "SOME_DATABASE": "postgresql://bob:correct-horse@db.example/x",
        "HOME": "/home/somebody",
    }
    assert redact(text, environment) == shown


def test_secrets_of_the_process_are_hidden_by_default(clean_environment):
    clean_environment["COMPATIBLE_API_KEY"] = COMPATIBLE_KEY
    assert redact(f"refused {COMPATIBLE_KEY}") == "refused [hidden]"
