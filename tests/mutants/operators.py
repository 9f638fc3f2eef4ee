"""How a function is changed so that it no longer does what it claims: automatic operators on its syntax tree.

Each operator looks at one node and offers changes of it. A change is a description in words, and a function that turns a copy
of the old node into the new one. Names that begin with `m_` are those of `replacements.py`.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Change = tuple[str, Callable[[ast.AST], ast.AST]]
Operator = Callable[[ast.AST], Iterator[Change]]

QUESTION = "Tell me a story."
ANOTHER_ID = "another_id"
ANOTHER_KEY = "another key"
RUNS = ("run", "run_sync", "run_streamed")
NUMBERS = ("limit", "ttl")
CALLBACKS = {
    "session_input_callback": "m_history_and_new",
    "call_model_input_filter": "m_unchanged",
    "should_trigger_compaction": "m_never",
}
OPTIONS_OF = ("open_session", "from_url", "run", "run_sync", "run_streamed", "RunConfig", "delete_branch")


@dataclass(frozen=True)
class Mutant:
    """One changed function: its name, what was changed in words, and its new tree."""

    function: str
    words: str
    tree: ast.AST


def mutants(tree: ast.FunctionDef | ast.AsyncFunctionDef, operators: tuple[Operator, ...]) -> Iterator[Mutant]:
    """Every change that an operator offers at any place of the function, each in its own copy."""
    tidying = {
        id(node)
        for found in ast.walk(tree)
        if isinstance(found, ast.Try)
        for part in found.finalbody
        for node in ast.walk(part)
    }
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in tidying:
            continue
        for operator in operators:
            for words, change in operator(node):
                changed = copy.deepcopy(tree)
                target = list(ast.walk(changed))[place]
                new = _Replace(target, change(target)).visit(changed)
                yield Mutant(tree.name, words, ast.fix_missing_locations(new))


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def called(node: ast.AST) -> str:
    """The last name of what is called: `run` of `Runner.run(…)`; '' if nothing is."""
    if not isinstance(node, ast.Call):
        return ""
    return (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )


def is_run(node: ast.AST) -> bool:
    return called(node) in RUNS and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "Runner"


def makes_a_session(node: ast.AST) -> bool:
    name = called(node)
    return name == "open_session" or name.endswith("Session") or name == "from_url"


def option(node: ast.Call, name: str) -> ast.keyword | None:
    return next((one for one in node.keywords if one.arg == name), None)


def no_session(node: ast.AST) -> Iterator[Change]:
    if is_run(node) and option(node, "session"):
        yield f"no session= in {_short(node)}", lambda call: _without(call, "session")
        yield f"history as input, no session, in {_short(node)}", _history_as_input


def another_session(node: ast.AST) -> Iterator[Change]:
    if is_run(node) and (given := option(node, "session")) and ast.unparse(given.value) == "session":
        yield f"another session in {_short(node)}", lambda call: _with(call, "session", _other_session())
    if makes_a_session(node) and (node.args or option(node, "session_id")):
        yield f"another id in {_short(node)}", _with_another_id


def statements(node: ast.AST) -> Iterator[Change]:
    """restart(), store_run_usage() and any other call that stands alone."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    # Without aclose() nobody waits for a stream: whether its rows are seen is then a matter of time.
    if isinstance(node, ast.Expr) and calls and all(called(call) != "aclose" for call in calls):
        yield f"no {_short(node)}", lambda _: ast.Pass()


def numbers(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.keyword) and node.arg in NUMBERS:
        yield from _other_numbers(f"{node.arg}=", node)
    if called(node) == "get_items" and node.args:
        yield "no limit in get_items()", lambda call: ast.Call(call.func, [], [])


def runs(node: ast.AST) -> Iterator[Change]:
    if called(node) in ("run", "run_sync") and is_run(node):
        helper = "m_streamed" if called(node) == "run" else "m_streamed_now"
        yield f"run_streamed for {_short(node)}", lambda call: ast.Call(_name(helper), call.args, call.keywords)
    if called(node) == "run_streamed" and is_run(node):
        yield f"run for {_short(node)}", lambda call: ast.Await(ast.Call(_name("m_run"), call.args, call.keywords))


def in_turn(node: ast.AST) -> Iterator[Change]:
    if called(node) == "gather":
        yield "one after the other for gather", lambda call: ast.Call(_name("m_in_turn"), call.args, call.keywords)
    if isinstance(node, ast.AsyncWith) and not any(isinstance(one.context_expr, ast.Call) for one in node.items):
        yield f"no lock: {_short(node.items[0].context_expr)}", lambda with_: ast.If(ast.Constant(True), with_.body, [])


def clearing(node: ast.AST) -> Iterator[Change]:
    if called(node) == "clear_session":
        yield f"pops for {_short(node)}", lambda call: ast.Call(_name("m_pop_all"), [call.func.value], [])


def keys(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.keyword) and node.arg == "key_prefix":
        yield f"another {node.arg}", lambda given: ast.keyword(given.arg, ast.Constant("another"))


def another_key(node: ast.AST) -> Iterator[Change]:
    """Only for encrypted stores, whose sessions take a key."""
    if called(node) in ("open_session", "EncryptedSession"):
        given = option(node, "encryption_key")
        if given is None or called(node) == "EncryptedSession":
            yield (
                f"another key in {_short(node)}",
                lambda call: _with(call, "encryption_key", ast.Constant(ANOTHER_KEY)),
            )


def adding_again(node: ast.AST) -> Iterator[Change]:
    if is_run(node) and (given := option(node, "session")):
        now = called(node) == "run_sync"
        helper = ast.Call(_name("m_added_again_now" if now else "m_added_again"), [given.value], [])
        again = helper if now else ast.Await(helper)
        yield f"rows added again before {_short(node)}", lambda call: _with(call, "session", copy.deepcopy(again))
    if called(node) == "get_items":
        yield (
            f"rows added again for {_short(node)}",
            lambda call: ast.Call(_name("m_items_added_again"), [call.func.value, *call.args], call.keywords),
        )


def callbacks(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.keyword) and node.arg in CALLBACKS:
        yield f"identity for {node.arg}", lambda given: ast.keyword(given.arg, _name(CALLBACKS[given.arg]))


def questions(node: ast.AST) -> Iterator[Change]:
    if (
        is_run(node)
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant | ast.JoinedStr | ast.Name | ast.BinOp)
    ):
        yield f"another question in {_short(node)}", lambda call: _with_argument(call, 1, ast.Constant(QUESTION))
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id != "open_session":
        for at, given in enumerate(node.args):
            if _is_sentence(given):
                yield (
                    f"another question for {_short(given)}",
                    lambda call, at=at: _with_argument(call, at, ast.Constant(QUESTION)),
                )
    if isinstance(node, ast.List | ast.Tuple):
        for at, given in enumerate(node.elts):
            if _is_sentence(given):
                yield f"another question for {_short(given)}", lambda found, at=at: _with_element(found, at)
    if isinstance(node, ast.Dict):
        for at, key in enumerate(node.keys):
            if (
                isinstance(key, ast.Constant)
                and key.value == "content"
                and isinstance(node.values[at], ast.Constant | ast.JoinedStr)
            ):
                yield f"another text for {_short(node.values[at])}", lambda found, at=at: _with_value(found, at)


def options(node: ast.AST) -> Iterator[Change]:
    """Each option of a session or a run, left out."""
    if called(node) in OPTIONS_OF or makes_a_session(node):
        for one in node.keywords:
            if one.arg and one.arg not in ("session", "session_id", "create_tables"):
                yield f"no {one.arg}= in {_short(node)}", lambda call, name=one.arg: _without(call, name)


OPERATORS: tuple[Operator, ...] = (
    no_session,
    another_session,
    statements,
    numbers,
    runs,
    in_turn,
    clearing,
    keys,
    adding_again,
    callbacks,
    questions,
    options,
)


def whole_functions(tree: ast.FunctionDef | ast.AsyncFunctionDef, *, encrypted: bool) -> Iterator[Mutant]:
    """Changes of the function as a whole: no body, and another session or another key for the one that it is given."""
    empty = copy.deepcopy(tree)
    empty.body = [ast.Pass()]
    yield Mutant(tree.name, "pass for the body", ast.fix_missing_locations(empty))
    if any(one.arg == "session" for one in tree.args.args):
        yield _begun(tree, "another session for the whole", f"session = open_session({ANOTHER_ID!r})")
        if encrypted:
            line = f"session = open_session(session.session_id, encryption_key={ANOTHER_KEY!r})"
            yield _begun(tree, "another key for the whole", line)


def _begun(tree: ast.FunctionDef | ast.AsyncFunctionDef, words: str, line: str) -> Mutant:
    changed = copy.deepcopy(tree)
    changed.body = [*ast.parse(line).body, *changed.body]
    return Mutant(tree.name, words, ast.fix_missing_locations(with_parameter(changed, "open_session")))


def with_parameter(tree: Any, name: str) -> Any:
    """The function with one more parameter, unless it has it."""
    if all(one.arg != name for one in tree.args.args):
        tree.args.args.append(ast.arg(name))
    return tree


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _other_session() -> ast.Call:
    return ast.Call(_name("open_session"), [ast.Constant(ANOTHER_ID)], [])


def _without(call: ast.AST, name: str) -> ast.AST:
    call.keywords = [one for one in call.keywords if one.arg != name]
    return call


def _with(call: ast.AST, name: str, value: ast.expr) -> ast.AST:
    _without(call, name).keywords.append(ast.keyword(name, value))
    return call


def _with_argument(call: ast.AST, at: int, value: ast.expr) -> ast.AST:
    call.args[at] = value
    return call


def _with_element(found: ast.AST, at: int) -> ast.AST:
    found.elts[at] = ast.Constant(QUESTION)
    return found


def _with_value(found: ast.AST, at: int) -> ast.AST:
    found.values[at] = ast.Constant(QUESTION)
    return found


def _with_another_id(call: ast.AST) -> ast.AST:
    if call.args:
        return _with_argument(call, 0, ast.Constant(ANOTHER_ID))
    return _with(call, "session_id", ast.Constant(ANOTHER_ID))


def _history_as_input(call: ast.AST) -> ast.AST:
    given = option(call, "session").value
    helper = "m_with_history_now" if called(call) == "run_sync" else "m_with_history"
    items = ast.Call(_name(helper), [given, call.args[1]], [])
    return _with_argument(_without(call, "session"), 1, items if helper.endswith("_now") else ast.Await(items))


def _other_numbers(words: str, node: ast.AST) -> Iterator[Change]:
    if isinstance(node.value, ast.Constant) and node.value.value is None:
        yield f"{words}600 for None", lambda given: ast.keyword(given.arg, ast.Constant(600))
        return
    was = ast.unparse(node.value)
    yield f"{words}{was} + 1", lambda given: ast.keyword(given.arg, ast.BinOp(given.value, ast.Add(), ast.Constant(1)))
    yield f"{words}{was} - 1", lambda given: ast.keyword(given.arg, ast.BinOp(given.value, ast.Sub(), ast.Constant(1)))
    yield f"{words}None for {was}", lambda given: ast.keyword(given.arg, ast.Constant(None))


def _is_sentence(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:90]}…"
