"""Python code as HTML: in colours, and with the lines that call the SDK marked."""

import ast
import io
import keyword
import tokenize
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from lessons.frame.script import parse
from lessons.ui.widgets.markup import text

SDK_METHODS = (
    *("get_items", "add_items", "pop_item", "clear_session", "run_compaction", "close", "ping", "dispose"),
    *("store_run_usage", "get_session_usage", "get_turn_usage", "get_tool_usage"),
    *("get_conversation_turns", "get_conversation_by_turns", "find_turns_by_content"),
    *("to_input_list", "to_state", "from_string", "from_json", "approve", "reject", "cancel", "stream_events"),
)
"""Methods of the SDK's sessions, results and run states, which steps call."""
CLASSES = {tokenize.STRING: "string", tokenize.NUMBER: "number", tokenize.COMMENT: "comment"}


def code_html(source: str, function: Callable[..., Any], opened: str = "") -> str:
    """`source`, the text of `function` and of what it calls. `opened` is the expression that opens its session.

    If the function is given a session, the line that opens it is above the code.
    """
    given = function.__code__.co_varnames[: function.__code__.co_argcount]
    above = ""
    if opened and "session" in given:
        above = f"session = {opened}"
    elif opened and "open_session" in given:
        above = f"# open_session(...) returns, for its id: {opened}"
    first = f'<span class="opening">{_coloured(above)}</span>' if above else ""
    return f'<pre class="code-block"><code>{_functions(source, first)}</code></pre>'


def _functions(source: str, first: str) -> str:
    """The code with a block for each function. Its head stays in view while it scrolls. `first` is above the first one."""
    lines, calls = _coloured(source).split("\n"), _calls(source)
    lines = [f'<mark class="sdk">{line}</mark>' if at in calls else line for at, line in enumerate(lines, start=1)]
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    nodes = [node for node in _parsed(source).body if isinstance(node, kinds) and node.body[0].lineno > node.lineno]
    starts = [min([node.lineno, *(one.lineno for one in node.decorator_list)]) for node in nodes]
    ends = [*starts[1:], len(lines) + 1]
    parts = _ended(lines[: starts[0] - 1 if starts else None])
    for node, start, end in zip(nodes, starts, ends, strict=True):
        inside = node.body[0].lineno
        head = f'{first}<span class="def">{_ended(lines[node.lineno - 1 : inside - 1])}</span>'
        first = ""
        above, below = _ended(lines[start - 1 : node.lineno - 1]), _ended(lines[inside - 1 : end - 1])
        parts += f'<span class="function">{above}<span class="head">{head}</span><span>{below}</span></span>'
    return first + parts


def _ended(lines: list[str]) -> str:
    """The lines, each with its line break: the last one in a block is not drawn."""
    return "".join(f"{line}\n" for line in lines)


def _calls(source: str) -> frozenset[int]:
    """The lines that call the SDK: Runner, a method of a session, a result or a state, or the class of a session.

    A call of a function of the same source that calls the SDK is one too.
    """
    tree = _parsed(source)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    found: set[int] = set()
    for node in _sdk_calls(tree, functions):
        found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(found)


def _sdk_calls(part: ast.AST, functions: Mapping[str, ast.AST]) -> list[ast.Call]:
    calls = [node for node in ast.walk(part) if isinstance(node, ast.Call)]
    return [node for node in calls if _is_of_sdk(node.func) or _leads_to_sdk(node.func, functions)]


def _leads_to_sdk(function: ast.expr, functions: Mapping[str, ast.AST]) -> bool:
    called = functions.get(function.id) if isinstance(function, ast.Name) else None
    if called is None:
        return False
    others = {name: one for name, one in functions.items() if one is not called}  # one that calls itself ends here
    return bool(_sdk_calls(called, others))


def _is_of_sdk(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id.endswith("Session")
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    return owner == "Runner" or owner.endswith("Session") or function.attr in SDK_METHODS or "branch" in function.attr


@cache
def _parsed(source: str) -> ast.Module:
    return parse(source)


@cache
def _coloured(source: str) -> str:
    """The code with a span around each token that has a colour. No span reaches over the end of a line."""
    lines, at, parts = source.split("\n"), (1, 0), []
    for token in _tokens(source):
        parts.append(text(_between(lines, at, token.start)))
        kind = _class(token)
        parts.append("\n".join(_span(line, kind) for line in token.string.split("\n")))
        at = token.end
        if token.string == "(" and lines[at[0] - 1][at[1] : at[1] + 1] not in ("", ")"):
            parts.append("<wbr>")  # a long call breaks before its arguments, and not in the middle of a word
    parts.append(text(_between(lines, at, (len(lines), len(lines[-1])))))
    return "".join(parts)


def _span(words: str, kind: str) -> str:
    return f'<span class="t-{kind}">{text(words)}</span>' if kind and words else text(words)


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.string.strip() and token.type not in (tokenize.INDENT, tokenize.DEDENT):
            yield token


def _class(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME:
        return "keyword" if keyword.iskeyword(token.string) else ""
    return CLASSES.get(token.type, "")


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """The text from one place to a later one, each a line from 1 and a column from 0."""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    middle = lines[start[0] : end[0] - 1]
    last = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return "\n".join([lines[start[0] - 1][start[1] :], *middle, last])
