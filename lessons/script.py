"""A lesson as one plain script: the functions of its steps as they stand, and what is needed to call them."""

import ast
import inspect
from functools import cache
from types import ModuleType

from lessons.lesson import Lesson, Step

_HEAD = '''"""{title}: {question}

Ordinary code for the OpenAI Agents SDK, taken from the Sessions Lab. It keeps its sessions in {path} beside it.

    python -m pip install openai-agents
    export OPENAI_API_KEY=...        (Windows: set OPENAI_API_KEY=...)
    python {file}
"""

{imports}

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

_IMPORTS = """
import asyncio
import os
import sys

from agents import SQLiteSession
"""
"""What the lines of this file use, beside what the lesson's functions use."""

_TAIL = '''def words(item) -> str:
    """What an item says. The content of a reply is a list of parts."""
    if not isinstance(item, dict):
        return repr(item)
    content = item.get("content") or item.get("output") or item.get("arguments") or ""
    if isinstance(content, list):
        content = " ".join(str(part.get("text", part)) for part in content)
    return f"{item.get('role') or item.get('type')}: {str(content)[:70]}"


def main() -> None:
    if not os.environ.get("OPENAI_API_KEY"):
        sys.exit("OPENAI_API_KEY is not set: this script asks a real model. Set the key and run it again.")
    # One event loop for all steps: the connections to the model belong to it.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    agent = make_agent(os.environ.get("OPENAI_MODEL"))

    def show(title: str, result, session_id: str, path: str) -> None:
        print(f"\\n{title}")
        for one in result if isinstance(result, list) else [result]:
            print(f"  reply: {one.final_output}" if hasattr(one, "final_output") else f"  returned: {words(one)}")
        for item in loop.run_until_complete(open_session(session_id, path).get_items()):
            print(f"  {session_id}: {words(item)}")

'''

_END = """    loop.close()


if __name__ == "__main__":
    main()
"""


@cache
def as_script(lesson: Lesson) -> str:
    """The text of a Python file that does the lesson's steps with a real model. Needs only openai-agents and a key."""
    path = f"{lesson.slug}_sessions.db"
    used, imports = _used(
        inspect.getmodule(lesson.make_agent), ["make_agent", *(step.run.__name__ for step in lesson.steps)]
    )
    head = _HEAD.format(
        title=lesson.entry.title,
        question=lesson.entry.question,
        path=path,
        file=f"{lesson.slug}_sessions.py",
        imports=imports,
    )
    calls = "".join(f"    {_shown_call(step, lesson)}\n" for step in lesson.steps)
    return "\n\n".join([head, *(f"{definition}\n" for definition in used), f"{_TAIL}{calls}{_END}"])


def _used(module: ModuleType, names: list[str]) -> tuple[list[str], str]:
    """The source of the module's definitions that `names` need, themselves included, in their order, and the imports."""
    text = inspect.getsource(module)
    tree = ast.parse(text)
    defined = {name: node for node in tree.body for name in _defined(node)}
    imported = _imported(ast.parse(_IMPORTS))
    wanted, found = list(names), []
    while wanted:
        name = wanted.pop()
        if name in defined and defined[name] not in found:
            found.append(defined[name])
            wanted += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]
    needed = {node.id for one in found for node in ast.walk(one) if isinstance(node, ast.Name)}
    imported |= {name: place for name, place in _imported(tree).items() if name in needed}
    lines = text.splitlines()
    sources = ["\n".join(lines[_first_line(node) - 1 : node.end_lineno]) for node in tree.body if node in found]
    return sources, _import_lines(imported)


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _imported(tree: ast.Module) -> dict[str, tuple[str, str | None]]:
    """The imported names, each with its module, and its name there if it is one of several."""
    found: dict[str, tuple[str, str | None]] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name: (alias.name, None) for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: (node.module or "", alias.name) for alias in node.names}
    return found


def _import_lines(imported: dict[str, tuple[str, str | None]]) -> str:
    plain = sorted(f"import {module}" for module, name in imported.values() if name is None)
    modules = sorted({module for module, name in imported.values() if name is not None})
    taken = {
        module: ", ".join(sorted(name for place, name in imported.values() if place == module and name))
        for module in modules
    }
    lines = [f"from {module} import {names}" for module, names in taken.items()]
    own = [line for line in lines if line.startswith("from agents")]
    return "\n".join([*plain, *(line for line in lines if line not in own), "", *own])


def _shown_call(step: Step, lesson: Lesson) -> str:
    path = '":memory:"' if step.store == "sqlite_memory" else "PATH"
    session_id = step.session_id or lesson.session_id
    given = {
        "agent": "agent",
        "session": f"open_session({session_id!r}, {path})",
        "open_session": "open_session" if path == "PATH" else f"lambda session_id: open_session(session_id, {path})",
        "restart": "restart",
    }
    call = f"{step.run.__name__}({', '.join(given[name] for name in inspect.signature(step.run).parameters)})"
    if inspect.iscoroutinefunction(step.run):
        call = f"loop.run_until_complete({call})"
    return f"show({step.title!r}, {call}, {session_id!r}, {path})"
