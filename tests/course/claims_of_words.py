"""Every sentence outside the lessons and guides that speaks of sessions: in panels and tools, the ledger, findings, documents.

A text of a module is a string that is not a docstring; what an f-string inserts is “…”. Sentences that name nothing of
sessions cannot claim anything about them, so they are left out here.
"""

import ast
import re
from functools import cache
from pathlib import Path

from tests.course.claims_of_pages import sentences

ROOT = Path(__file__).parents[2]
SDK = re.compile(
    r"\bSDK\b|\b[A-Z]\w*Session\b|\bRunner\b|\brun_(?:sync|streamed)|get_items|add_items|pop_item|clear_session"
    r"|store_run_usage|message_structure|turn_usage|session_input_callback|call_model_input_filter|create_tables"
    r"|[Cc]ompaction|Chat Completions|Responses|\b[Hh]andoff|\b[Gg]uardrail|\bTTL\b|\bttl\b|[Ee]nvelope|openai-agents"
)
SESSION = re.compile(
    SDK.pattern
    + r"|\b(?:[Ss]essions?|[Rr]uns?|[Rr]ows?|[Bb]ranch(?:es)?|keys?|encrypt\w*|stored?|stores|sent|sends|returned"
    r"|handles?|[Tt]urns?|[Uu]sage|tokens?|tools?|model|calls?|items?|class(?:es)?|[Rr]estart|memory|pops?)\b"
)
MODULES = {
    "panels": (
        "lessons/ui/panels",
        "lessons/ui/operate",
        "lessons/ui/sections",
        "lessons/ui/ledger",
        "lessons/ui/steps",
        "lessons/ui/widgets/time_left_bar.py",
    ),
    "pages_and_terminal": (
        "lessons/ui/inspector",
        "lessons/ui/guides",
        "lessons/ui/page",
        "lessons/ui/start",
        "lessons/ui/projector",
        "lessons/terminal",
    ),
    "ledger": ("lessons/kit/ledger",),
    "findings": ("lessons/kit/inspect/findings", "lessons/kit/inspect/dry_run.py", "lessons/kit/inspect/comparing"),
    "contract": ("lessons/kit/contract/contract.py",),
    "stores_and_problems": (
        "lessons/kit/stores",
        "lessons/kit/problems",
        "lessons/kit/life_cycle",
        "lessons/kit/copyable",
        "lessons/guides/compare.py",
        "lessons/guides/server_trial.py",
    ),
}
PARTS = (*MODULES, "documents")
"""The parts of the product that `words_outside` knows."""
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{name}.md" for name in ("architecture", "inspect", "life-cycle", "reliability", "performance")),
)
# Code of an opening line, a style or a script of the browser.
_CODE = re.compile(r"^\s*(?:import|from) \w+|function \(|\{\{|;\s*$|^[\w-]+\[.*\]$|^python -m")
_SQL = re.compile(
    r"\b(?:SELECT|INSERT|DELETE FROM|UPDATE|PRAGMA|CREATE|ALTER|SHOW|SET|WHERE|ORDER BY|JOIN|DROP|FROM|AND NOT)\b [\w{\[\"`(…]"
)
_PROSE = re.compile(r"(?:[“'`(]?[A-Z][a-z]+|An?) [a-z]+")
# A text of fewer than four words is a label, unless it ends like a sentence, has a verb or states something.
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|can|cannot|does|do|stores?|sends?|reads?|counts?|takes?|keeps?|needs?|raises?|fails?|differs?"
    r"|stays?|answers?|deletes?|expires?|forgets?|loses?|returns?|dominates?)\b"
)
# A label without a verb that still states something, or what the app found.
_STATES = re.compile(r"\b(?:not|none|readable|dropped|stored (?:before|yet))\b|: sent$", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def texts_of(module: ast.Module) -> list[str]:
    """The strings of a module that are not docstrings, each as a whole."""
    docstrings = {
        id(line.value)
        for node in ast.walk(module)
        for line in (getattr(node, "body", None) if isinstance(getattr(node, "body", None), list) else [])
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
    }
    found: list[str] = []

    def look(node: ast.AST) -> None:
        if id(node) in docstrings:
            return
        if isinstance(node, ast.JoinedStr):
            found.append("".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values))
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    look(part.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
        else:
            for child in ast.iter_child_nodes(node):
                look(child)

    look(module)
    return found


def _sentences_of(text: str) -> list[str]:
    text = re.sub(r"</(?:p|h\d|li|dd|dt|th|td|div|span|strong|b)>", "\n", text) if "<" in text else text
    parts = (" ".join(_TAG.sub(" ", part).split()) for part in text.split("\n"))
    return [one for part in parts for one in sentences(part) if _tells(one)]


def _tells(sentence: str) -> bool:
    if _SQL.search(sentence) and not _PROSE.match(sentence):
        return False
    count = len(re.findall(r"[^\W\d_]{2,}", sentence))
    says = sentence.endswith((".", "!")) or _VERB.search(sentence) or _STATES.search(sentence)
    return count >= 4 or (count >= 2 and " " in sentence and bool(says))


def _of_module(path: Path) -> list[str]:
    texts = texts_of(ast.parse(path.read_text(encoding="utf-8")))
    return [one for text in texts if not _CODE.search(text) for one in _sentences_of(text) if SESSION.search(one)]


_SCRIPTED = re.compile(r"""(?<![\w)\]])(["'`])((?:(?!\1).)*)\1""")


def _of_script(path: Path) -> list[str]:
    """The texts of a script of the browser, whatever they are about: there are few."""
    code = re.sub(r"(?m)(?:^|\s)//.*$", "", path.read_text(encoding="utf-8"))
    texts = (re.sub(r"\$\{[^}]*\}", "…", match[2]) for match in _SCRIPTED.finditer(code))
    return [
        text.strip()
        for text in texts
        if re.search(r"[a-z],? [a-z]+ ?[a-z]", text) and not re.search(r"[:.] ?[>\w]|^[a-z-]+ [a-z]+$", text)
    ]


def _of_document(path: Path) -> list[str]:
    prose = re.sub(r"```.*?```|<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.S)
    blocks = re.split(r"\n\s*\n|\n(?=[*-] |\d+\. |#|\|)", prose)
    cells = [cell for block in blocks for cell in (block.split("|") if block.lstrip().startswith("|") else [block])]
    told = [one for cell in cells for one in sentences(" ".join(cell.split()).strip("*-# "))]
    return [one for one in told if SDK.search(one) and len(one.split()) >= 4]


@cache
def words_outside(part: str) -> list[str]:
    """The sentences of one of the `PARTS` of the product that are about the SDK or its sessions."""
    if part == "documents":
        found = [one for name in DOCUMENTS for one in _of_document(ROOT / name)]
    else:
        places = [ROOT / place for place in MODULES[part]]
        paths = [path for place in places for path in (sorted(place.rglob("*.py")) if place.is_dir() else [place])]
        found = [one for path in paths for one in _of_module(path)]
    if part == "panels":
        found += [one for path in sorted((ROOT / "lessons/ui").rglob("*.js")) for one in _of_script(path)]
    return list(dict.fromkeys(found))
