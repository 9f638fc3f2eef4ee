"""A lesson as one plain script: the functions of its steps as they stand, and what is needed to call them."""

import ast
import inspect
import sys
import threading
from functools import cache
from types import ModuleType

from lessons.frame.lesson import COPYABLE, Lesson, Step
from lessons.kit.stores.registry import store_kinds

_HEAD = '''"""{title}: {question}

Ordinary code for the OpenAI Agents SDK, taken from the Sessions Lab. It keeps its sessions in {kept}.

    python -m pip install {packages}
    export OPENAI_API_KEY=...        (Windows: set OPENAI_API_KEY=...)
    python {file}
"""

{imports}

{opening}
'''

_IMPORTS = """
import asyncio
import os
import sys
"""
"""What the lines of this file use, in addition to what the lesson's functions use."""

_TAIL = '''def words(item) -> str:
    """What an item says. The content of a reply is a list of parts."""
    if not isinstance(item, dict) or not (item.get("role") or item.get("type")):
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
    """The text of a Python file that does the lesson's steps with a real model. It needs a key and the packages it names."""
    path = f"{lesson.slug}_sessions.db"
    kind = store_kinds()[lesson.walk_stores[0]]
    opening, opening_imports = _without_imports((lesson.script or kind.script).format(path=path))
    used, imports = _used(
        sys.modules[lesson.make_agent.__module__],
        ["make_agent", *(step.run.__name__ for step in lesson.steps)],
        opening_imports,
    )
    head = _HEAD.format(
        title=lesson.entry.title,
        question=lesson.entry.question,
        kept=kind.kept.format(path=path),
        file=f"{lesson.slug}_sessions.py",
        imports=imports,
        packages=lesson.script_packages or kind.packages,
        opening=opening,
    )
    calls = "".join(f"    {_shown_call(step, lesson)}\n" for step in lesson.steps)
    return "\n\n".join([head, *(f"{definition}\n" for definition in used), f"{_TAIL}{calls}{_END}"])


_parsing = threading.Lock()

Imports = dict[str, tuple[str, str | None]]


def parse(text: str) -> ast.Module:
    """The syntax tree of Python code, from any thread."""
    # Python 3.11 counts how deep it is in a tree for all threads at once, and raises SystemError when two of them parse.
    with _parsing:
        return ast.parse(text)


def _without_imports(text: str) -> tuple[str, Imports]:
    """The source after its imports, and the imports."""
    tree = parse(text)
    last = max((node.end_lineno or 0 for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)), default=0)
    return "\n".join(text.splitlines()[last:]).strip(), _imported(tree)


def _used(module: ModuleType, names: list[str], more: Imports) -> tuple[list[str], str]:
    """The source of the definitions of `names` and of all definitions that these use, in the order of the module.

    And the lines that import the names that these use, those that every script uses, and `more`.
    """
    modules = [(found, parse(found)) for found in map(inspect.getsource, [*_copyable(module), module])]
    defined = {name: node for _, tree in modules for node in tree.body for name in _defined(node)}
    imported = _imported(parse(_IMPORTS)) | more
    wanted, found = list(names), []
    while wanted:
        name = wanted.pop()
        if name in defined and defined[name] not in found:
            found.append(defined[name])
            wanted += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]
    needed = {node.id for one in found for node in ast.walk(one) if isinstance(node, ast.Name)} - set(defined)
    sources = []
    for text, tree in modules:
        imported |= {name: origin for name, origin in _imported(tree).items() if name in needed}
        lines = text.splitlines()
        sources += ["\n".join(lines[_first_line(node) - 1 : node.end_lineno]) for node in tree.body if node in found]
    return sources, _import_lines(imported)


def _copyable(module: ModuleType) -> list[ModuleType]:
    """The modules of COPYABLE that the module imports."""
    origins = {origin for origin, _ in _imported(parse(inspect.getsource(module))).values()}
    return [sys.modules[origin] for origin in sorted(origins) if origin.startswith(f"{COPYABLE}.")]


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _imported(tree: ast.Module) -> Imports:
    """The imported names, each with its module and its name in that module; None for `import module`."""
    found: Imports = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name: (alias.name, None) for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: (node.module or "", alias.name) for alias in node.names}
    return found


def _import_lines(imported: Imports) -> str:
    plain = sorted(f"import {module}" for module, name in imported.values() if name is None)
    modules = sorted({module for module, name in imported.values() if name is not None})
    taken = {
        module: ", ".join(sorted(name for origin, name in imported.values() if origin == module and name))
        for module in modules
    }
    lines = [f"from {module} import {names}" for module, names in taken.items()]
    own = [line for line in lines if line.startswith("from agents")]
    return "\n".join([*plain, *(line for line in lines if line not in own), "", *own])


def _shown_call(step: Step, lesson: Lesson) -> str:
    store = step.store or lesson.walk_stores[0]
    path = "PATH" if store == lesson.walk_stores[0] else store_kinds()[store].script_path
    session_id = step.session_id or lesson.session_id
    given = {
        "agent": "agent",
        "session": f"open_session({session_id!r}, {path})",
        "open_session": "open_session"
        if path == "PATH"
        else f"lambda session_id, **options: open_session(session_id, {path}, **options)",
        "restart": "restart",
        "say": "lambda text: print(text, end='')",
    }
    call = f"{step.run.__name__}({', '.join(given[name] for name in inspect.signature(step.run).parameters)})"
    if inspect.iscoroutinefunction(step.run):
        call = f"loop.run_until_complete({call})"
    return f"show({step.title!r}, {call}, {session_id!r}, {path})"
