"""A lesson as one plain script: the functions of its steps as they stand, and what is needed to call them."""

import inspect
from collections.abc import Iterable

from lessons.lesson import Code, Lesson, Step, source

_HEAD = '''"""{title}: {question}

Ordinary code for the OpenAI Agents SDK, taken from the Sessions Lab. It keeps its sessions in {path} beside it.

    python -m pip install openai-agents
    export OPENAI_API_KEY=...        (Windows: set OPENAI_API_KEY=...)
    python {file}
"""

import asyncio
import os
import sys

from agents import Agent, Runner, SQLiteSession
from agents.models.interface import Model
from agents.result import RunResultBase

PATH = "{path}"
SESSIONS: dict[tuple[str, str], SQLiteSession] = {{}}


def open_session(session_id: str, path: str = PATH) -> SQLiteSession:
    """The session of that id: the open one, or a new handle on the same rows."""
    if (session_id, path) not in SESSIONS:
        SESSIONS[session_id, path] = SQLiteSession(session_id, path)
    return SESSIONS[session_id, path]


def restart() -> None:
    """Drop every handle, as the end of the process does."""
    for session in SESSIONS.values():
        session.close()
    SESSIONS.clear()
'''

_TAIL = """def show(title: str, result: RunResultBase, session_id: str, path: str) -> None:
    print(f"\\n{title}")
    print(f"  reply: {result.final_output}")
    for item in asyncio.run(open_session(session_id, path).get_items()):
        print(f"  {session_id}: {item.get('role') or item.get('type')}: {str(item.get('content'))[:70]}")


def main() -> None:
    if not os.environ.get("OPENAI_API_KEY"):
        sys.exit("OPENAI_API_KEY is not set: this script asks a real model. Set the key and run it again.")
    agent = make_agent(os.environ.get("OPENAI_MODEL"))
"""


def as_script(lesson: Lesson) -> str:
    """The text of a Python file that does the lesson's steps with a real model. Needs only openai-agents and a key."""
    path = f"{lesson.slug}_sessions.db"
    head = _HEAD.format(
        title=lesson.entry.title, question=lesson.entry.question, path=path, file=f"{lesson.slug}_sessions.py"
    )
    functions = [source(lesson.make_agent), *map(source, _once(step.run for step in lesson.steps))]
    calls = "".join(f"    {_shown_call(step, lesson)}\n" for step in lesson.steps)
    return "\n\n".join([head, *(f"{function}\n" for function in functions), f"{_TAIL}{calls}"]) + (
        '\n\nif __name__ == "__main__":\n    main()\n'
    )


def _shown_call(step: Step, lesson: Lesson) -> str:
    path = '":memory:"' if step.store == "sqlite_memory" else "PATH"
    session_id = step.session_id or lesson.session_id
    given = {
        "agent": "agent",
        "session": f'open_session("{session_id}", {path})',
        "open_session": "open_session" if path == "PATH" else f"lambda session_id: open_session(session_id, {path})",
        "restart": "restart",
    }
    call = f"{step.run.__name__}({', '.join(given[name] for name in inspect.signature(step.run).parameters)})"
    if inspect.iscoroutinefunction(step.run):
        call = f"asyncio.run({call})"
    return f'show("{step.title}", {call}, "{session_id}", {path})'


def _once(functions: Iterable[Code]) -> list[Code]:
    return list(dict.fromkeys(functions))
