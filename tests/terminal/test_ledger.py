"""The ledger of a script, and the example of the README."""

import json
import os
import subprocess
import sys
from pathlib import Path

import agents
import pytest
from agents.testing import assistant_message

import lessons.kit.ledger.dry_run  # noqa: F401  it uses the real Agent, which the example of the README does not
from lessons.terminal import command_line as terminal
from lessons.terminal import ledger as ledger_command
from tests.support.scripted import make_agent

ROOT = Path(__file__).parents[2]
SCRIPT = """
import asyncio, sys
from agents import Runner, SQLiteSession
from tests.support.scripted import make_agent

async def main():
    session = SQLiteSession("chat", sys.argv[1])
    await Runner.run(make_agent(), "Hi", session=session)

asyncio.run(main())
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def test_the_ledger_of_a_script_is_printed(script, tmp_path, capsys):
    assert terminal.main(["ledger", str(script), str(tmp_path / "chat.db")]) == 0
    printed = capsys.readouterr().out.split("\n")
    assert printed[1] == "Session chat"
    assert [line.split()[:5] for line in printed[3::2]][:2] == [
        ["1", "added", "no", "1", "new-input"],
        ["2", "added", "no", "-", "reply"],
    ]
    assert printed[-2] == "run 1: read 0, sent 1, stored rows 1, 2"


def test_the_ledger_of_a_script_as_data(script, tmp_path, capsys):
    terminal.main(["ledger", "--json", str(script), str(tmp_path / "chat.db")])
    (ledger,) = json.loads(capsys.readouterr().out)
    assert ledger["session_id"] == "chat"
    assert [line["cause"] for line in ledger["lines"]] == ["new-input", "reply"]
    assert ledger["in_words"] == ["run 1: read 0, sent 1, stored rows 1, 2"]
    assert ledger["runs"][0]["sent"] == [1]
    assert ledger["lines"][0]["row"] == {"store": "chat.db", "session_id": "chat", "key": 1}


def test_a_script_that_raises_has_a_ledger_too(script, tmp_path, capsys):
    script.write_text(SCRIPT + "raise ValueError('after the run')\n")
    assert terminal.main(["ledger", str(script), str(tmp_path / "chat.db")]) == 1
    printed = capsys.readouterr()
    assert printed.err.endswith("The script raised ValueError: after the run\n")
    assert "script.py" in printed.err  # where it was raised
    assert "new-input" in printed.out


def test_a_script_that_is_not_there(capsys):
    assert terminal.main(["ledger", "nowhere.py"]) == 2
    assert capsys.readouterr().err == "There is no file nowhere.py.\n"


def test_what_a_script_prints_does_not_stand_in_the_json(script, capsys):
    script.write_text("print('mine')")
    assert terminal.main(["ledger", "--json", str(script)]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == []
    assert printed.err == "mine\n"


def test_a_script_imports_the_modules_next_to_it(script, capsys):
    script.with_name("next_to_it.py").write_text("NAME = 'found'")
    script.write_text("from next_to_it import NAME\nprint(NAME)")
    assert terminal.main(["ledger", str(script)]) == 0
    assert capsys.readouterr().out.startswith("found\n")


@pytest.mark.parametrize(("code", "status", "said"), [("3", 3, ""), ("'no key'", 1, "no key\n"), ("None", 0, "")])
def test_the_exit_of_a_script_is_that_of_the_command(script, capsys, code, status, said):
    script.write_text(f"import sys\nsys.exit({code})")
    assert terminal.main(["ledger", str(script)]) == status
    assert capsys.readouterr().err == said


THREADS = """
import threading
def work():
    started.wait()
    print("done")
started = threading.Event()
threading.Thread(target=work).start()
threading.Timer(0.2, started.set).start()
"""
IDLE = """
import threading
end = threading.Event()
threading.Thread(target=end.wait, name="idle").start()
"""


def test_the_threads_of_a_script_are_waited_for(script, capsys):
    script.write_text(THREADS)
    assert terminal.main(["ledger", str(script)]) == 0
    assert capsys.readouterr().out.startswith("done\n")


def test_a_thread_that_only_waits_is_named_and_the_ledger_is_printed(script, capsys, monkeypatch):
    """For example the thread of an aiosqlite connection that nobody has closed."""
    monkeypatch.setattr(ledger_command, "IDLE_SECONDS", 0.1)
    script.write_text(IDLE + "threading.Timer(1, end.set).start()")
    assert terminal.main(["ledger", str(script)]) == 0
    assert capsys.readouterr().err == "The thread idle still runs: the ledger ends here.\n"


def test_a_script_without_a_run_says_so(script, capsys):
    script.write_text("print('nothing')")
    assert terminal.main(["ledger", str(script)]) == 0
    assert capsys.readouterr().out.endswith("The script used no session and ran no agent.\n")


SDK_ALONE = """
import sys


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing}:
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Missing())
import asyncio
from agents import Runner, SQLiteSession
from lessons.kit.ledger import next_run, observe
from tests.support.scripted import make_agent


async def main():
    session, agent = SQLiteSession("chat", "chat.db"), make_agent()
    async with observe(session) as seen:
        await Runner.run(agent, "Hi", session=session)
    found = seen.ledger, await next_run(session, "And now?", agent=agent)
    print(*(line.cause for ledger in found for line in ledger.lines))


asyncio.run(main())
"""


def test_an_own_script_in_another_folder_finds_observe_and_needs_only_the_sdk(tmp_path):
    """As the README says: with this project's folder in PYTHONPATH, in an environment without what only the app needs."""
    missing = {"streamlit", "pandas", "altair", "sqlalchemy", "redis", "fakeredis", "aiosqlite", "asyncpg", "aiomysql"}
    (tmp_path / "own.py").write_text(SDK_ALONE.replace("{missing}", repr(missing)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "own.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["new-input", "reply", "None", "None", "new-input"], done.stderr


def test_the_example_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = readme.partition("<!-- ledger -->")[2].partition("```python\n")[2].partition("```")[0]
    # Its agent names no model: a scripted one is used instead of the hosted one.
    answers = [assistant_message("Hello")], [assistant_message("I do not know")]
    monkeypatch.setattr(agents, "Agent", lambda name: make_agent(*answers, name=name))
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {"__name__": "example"})
    causes = [line.split()[4] for line in capsys.readouterr().out.splitlines() if line[:6].strip().isdigit()]
    assert causes == ["new-input", "reply", "new-input", "reply", "over-limit", "over-limit", "-", "-"]
