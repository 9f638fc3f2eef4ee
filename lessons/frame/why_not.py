"""Why a verdict is no: the first clause of it that is false, and the row, the call or the message that is in the way.

The verdicts are plain Python. Their source is read again, clause by clause, so no verdict has to give its own reasons.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import ModuleType
from typing import Any, get_args

from lessons.frame.evidence import did, unforced
from lessons.frame.script import parse
from lessons.kit.items import Kind
from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.records import TurnRecord
from lessons.kit.row_ref import refs_in_words

NAMED = 4
"""How many items, and how many acts, a sentence names."""
TEXT_CUT = 60
RUN_IT_AGAIN = "Step back, and run it again."
NOT_SO = "This was not so: "
"""Begins the clause of the verdict that is false: it is Python."""
LESSONS = "lessons."
"""The verdicts and what they call are in this package: nothing else is read."""

Names = dict[str, Any]


def why_not(holds: Callable[[TurnRecord], bool], seen: TurnRecord) -> str:
    """Words for what is in the way, if `holds` is false for this record; '' if it is true."""
    found = _first_false(holds, (seen,))
    if found is None:
        return "" if holds(seen) else _facts("", seen)
    clause, names = found
    return _said_of(clause, names, seen)


def changed_by_others(seen: TurnRecord, deletes_in_storage: bool = False) -> str:
    """Words for the rows that were added, removed or changed during the turn, but by none of its calls; '' if there are none.

    If there are any, the rows do not show what the turn did. Code that `deletes_in_storage` may remove rows without a call.
    """
    found = [
        line
        for line in _all_lines(seen)
        if line.mark and line.by_no_call and not (deletes_in_storage and line.mark == "removed")
    ]
    if not found:
        return ""
    rows = "; ".join(f"{_lower(_named(line))} was {line.mark}" for line in found[:NAMED])
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"Something other than the calls of this step changed the storage while it ran: {rows}{more}. {RUN_IT_AGAIN}"


def _first_false(function: Any, arguments: Sequence[Any]) -> tuple[ast.expr, Names] | None:
    """The first clause of the function's answer that is false, and the names to read it with; None if it is not known."""
    node = _node(function)
    if node is None or len(node.args.args) != len(arguments):
        return None
    names = {**function.__globals__, **dict(zip([one.arg for one in node.args.args], arguments, strict=True))}
    if isinstance(node, ast.FunctionDef):
        *before, last = node.body
        if not isinstance(last, ast.Return) or last.value is None or any(map(_leaves, before)):
            return None
        exec(compile(ast.Module(before, []), "<verdict>", "exec"), names)
        answer = last.value
    else:
        answer = node.body
    for clause in _clauses(answer):
        if not _value(clause, names):
            return _inside(clause, names) or (clause, names)
    return None


def _inside(clause: ast.expr, names: Names) -> tuple[ast.expr, Names] | None:
    """The false clause of the function that this clause calls; None if the clause is not a plain call, or it is not known."""
    if not isinstance(clause, ast.Call) or not isinstance(clause.func, ast.Name) or clause.keywords:
        return None
    function = names.get(clause.func.id)
    if not inspect.isfunction(function):
        return None
    return _first_false(function, [_value(argument, names) for argument in clause.args])


def _leaves(statement: ast.stmt) -> bool:
    return any(isinstance(one, ast.Return) for one in ast.walk(statement))


def _clauses(answer: ast.expr) -> Iterator[ast.expr]:
    if isinstance(answer, ast.BoolOp) and isinstance(answer.op, ast.And):
        for part in answer.values:
            yield from _clauses(part)
    else:
        yield answer


def _value(expression: ast.expr, names: Names) -> Any:
    return eval(compile(ast.Expression(expression), "<verdict>", "eval"), names)


def _node(function: Any) -> ast.FunctionDef | ast.Lambda | None:
    """The syntax tree of the function; None for a function of another package."""
    module = sys.modules.get(getattr(function, "__module__", ""))
    if module is None or not module.__name__.startswith(LESSONS):
        return None
    line, name = function.__code__.co_firstlineno, function.__name__
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.FunctionDef) and node.name == name and node.lineno == line:
            return node
        if isinstance(node, ast.Lambda) and name == "<lambda>" and node.lineno == line:
            return node
    return None


@cache
def _tree(module: ModuleType) -> ast.Module:
    return parse(inspect.getsource(module))


def _said_of(clause: ast.expr, names: Names, seen: TurnRecord) -> str:
    if isinstance(clause, ast.Compare) and len(clause.ops) == 1 and isinstance(clause.ops[0], ast.Eq):
        found, expected = (_value(side, names) for side in (clause.left, clause.comparators[0]))
        if _is_words(found) and _is_words(expected):
            if list(found) in (did(seen), unforced(did(seen))):
                return _acts_differ(list(found), list(expected))
            said = _kinds_differ(ast.unparse(clause), list(found), list(expected), seen)
            if said:
                return said
    call = clause if isinstance(clause, ast.Call) else None
    if call is not None and isinstance(call.func, ast.Attribute) and call.func.attr == "was_sent":
        return f"No item that was sent says “{_value(call.args[0], names)}”. {_items('sent', seen) or _done(seen)}"
    return _facts(ast.unparse(clause), seen)


def _is_words(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _acts_differ(found: list[str], expected: list[str]) -> str:
    at = _first_difference(found, expected)
    if at >= len(found):
        return (
            f"The code did not do “{_cut(expected[at])}”{f', which comes after “{_cut(found[-1])}”' if found else ''}."
        )
    if at >= len(expected):
        return f"The code did one thing more than this step does: “{_cut(found[at])}”."
    return f"The code did “{_cut(found[at])}” where this step does “{_cut(expected[at])}”."


def _kinds_differ(clause: str, found: list[str], expected: list[str], seen: TurnRecord) -> str:
    """What is in the way in the list of items that the clause looks at; '' if it does not look at one."""
    if not {*found, *expected} <= {*get_args(Kind)}:
        return ""
    lists = sorted(_lists(seen).items(), key=lambda one: one[0] not in clause)
    # A verdict looks at all of the items, or at those without the reasoning items.
    both = [
        (what, some)
        for what, lines in lists
        for some in (lines, [one for one in lines if one.item.kind != "reasoning"])
    ]
    for what, lines in both:
        if [line.item.kind for line in lines] == found:
            at = _first_difference(found, expected)
            if at < len(found):
                wanted = f"where {_a(expected[at])} item belongs" if at < len(expected) else "one more than expected"
                return f"{_named(lines[at])} was {what}, {wanted}."
            before = f" after {_lower(_named(lines[-1]))}" if lines else ""
            return f"No {expected[at]} item was {what}{before}. {_done(seen)}"
    return ""


def _first_difference(found: Sequence[str], expected: Sequence[str]) -> int:
    pairs = enumerate(zip(found, expected, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(found), len(expected)))


def _lists(seen: TurnRecord) -> dict[str, list[LedgerLine]]:
    """The items that the turn has added, removed, returned and sent, and those that are stored after it."""
    lines, last = _all_lines(seen), len(seen.requests)
    return {
        "added": [line for line in lines if line.mark == "added"],
        "sent": [line for line in lines if last in line.sent],
        "returned": [line for line in lines if line.returned],
        "removed": [line for line in lines if line.mark == "removed"],
        "stored": [line for line in lines if line.row is not None and line.mark != "removed"],
    }


def _all_lines(seen: TurnRecord) -> list[LedgerLine]:
    return [line for ledger in (seen.ledger, *seen.other_ledgers) for line in ledger.lines]


def _facts(clause: str, seen: TurnRecord) -> str:
    """What the clause looks at, and the clause itself: it says in Python what should have been so."""
    about = next((what for what in _lists(seen) if what in clause), "")
    wanted = f" {NOT_SO}{clause}" if clause else ""
    return f"{_items(about, seen) or _done(seen)}{wanted}"


def _items(what: str, seen: TurnRecord) -> str:
    lines = _lists(seen).get(what, [])
    return f"{what.capitalize()}: {'; '.join(map(_lower, map(_named, lines[-NAMED:])))}." if lines else ""


def _done(seen: TurnRecord) -> str:
    """What the step did, what its code returned, and which rows it stored."""
    acts = [f"“{_cut(act)}”" for act in did(seen)]
    parts = [f"did {', '.join(acts[:NAMED])}{' and more' if len(acts) > NAMED else ''}"] if acts else []
    if seen.result not in (None, "null"):
        parts.append(f"returned {_cut(' '.join(str(seen.result).split()))}")
    parts.append(f"stored {refs_in_words(seen.added_rows) or 'no row'}")
    return f"The code {', '.join(parts)}."


def _named(line: LedgerLine) -> str:
    """Which row or which message it is: 'Row 3 of alice (user: "hello")'."""
    words = f'{line.item.kind}: "{_cut(line.item.text)}"'
    return (
        f"The item without a row ({words})"
        if line.row is None
        else f"Row {line.row.key} of {line.row.session_id} ({words})"
    )


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _cut(words: str) -> str:
    return words if len(words) <= TEXT_CUT else f"{words[:TEXT_CUT]}…"
