"""The functions that a step or a solution is made of, as trees, and changed versions that can be called."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.mutants.operators import OPERATORS, another_key, mutants, whole_functions, with_parameter
from tests.mutants.replacements import REPLACEMENTS

Code = Callable[..., Any]


@dataclass(frozen=True)
class Changed:
    """A version of the code that does something else: the function that was changed, the change in words, and the code."""

    function: str
    words: str
    run: Code


def changed_versions(code: Code, *, encrypted: bool) -> Iterator[Changed]:
    """Every change of the code, and of the functions of its folder that it calls."""
    functions = _with_called(code)
    trees = {function.__name__: _tree(function) for function in functions}
    operators = (*OPERATORS, another_key) if encrypted else OPERATORS
    seen = {ast.unparse(tree) for tree in trees.values()}
    for name, tree in trees.items():
        is_code = name == code.__name__
        whole = whole_functions(tree, encrypted=encrypted) if is_code else ()
        for mutant in (*whole, *mutants(tree, operators)):
            text = ast.unparse(mutant.tree)
            if text in seen:  # two operators made the same change
                continue
            seen.add(text)
            if _needs(mutant.tree, "open_session") and is_code:
                with_parameter(mutant.tree, "open_session")
            elif _needs(mutant.tree, "open_session") and not _needs(tree, "open_session"):
                continue  # a helper is not given it
            yield Changed(name, mutant.words, _built(code, functions, {**trees, name: mutant.tree}))


def _needs(tree: Any, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _with_called(code: Code) -> list[Code]:
    """The functions of the same folder that `code` calls, then the code itself."""
    found: list[Code] = []
    for node in ast.walk(_tree(code)):
        called = code.__globals__.get(node.id) if isinstance(node, ast.Name) else None
        if inspect.isfunction(called) and called.__module__.rpartition(".")[0] == code.__module__.rpartition(".")[0]:
            found += [one for one in [*_with_called(called), called] if one not in found and one is not code]
    return [*dict.fromkeys(found), code]


def _tree(code: Code) -> Any:
    return ast.parse(textwrap.dedent(inspect.getsource(code))).body[0]


def _built(code: Code, functions: list[Code], trees: dict[str, Any]) -> Code:
    """The code that these trees make, in its own namespace."""
    names: dict[str, Any] = {}
    for function in functions:
        names |= function.__globals__
    names |= REPLACEMENTS
    module = ast.Module([trees[function.__name__] for function in functions], [])
    exec(compile(ast.fix_missing_locations(module), f"<{code.__name__}>", "exec"), names)
    return names[code.__name__]
