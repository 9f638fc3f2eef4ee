"""Recognises the tables of sessions by their columns, whatever they are called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lessons.kit.inspect.stored import Pair

WHOLE_NUMBERS = ("INT", "SERIAL")
_STRUCTURE = {"session_id", "message_id", "branch_id", "sequence_number"}
_USAGE = {"session_id", "branch_id", "user_turn_number", "total_tokens"}


@dataclass(frozen=True)
class Table:
    """A table as the database describes it: the type of each column, and the table that each foreign key names."""

    columns: Mapping[str, str]
    refers_to: Mapping[str, str]


def find_pairs(tables: Mapping[str, Table], has_rowid: Callable[[str], bool] = lambda _: False) -> list[Pair]:
    """The pairs among the tables, those with the SDK's own names first."""
    lists = [name for name, table in tables.items() if _lists_sessions(table)]
    of_items = [name for name, table in tables.items() if {"session_id", "message_data"} <= set(table.columns)]
    # The tables that the foreign keys of tables with items name.
    items_of = {one.refers_to.get("session_id") for one in tables.values() if "message_data" in one.columns}
    structure = _only(tables, _STRUCTURE)
    usage = _only(tables, _USAGE)
    found = []
    for name, table in tables.items():
        key = _key(name, table, has_rowid)
        if name not in of_items or key is None:
            continue
        sessions = _sessions_of(name, table, lists, items_of.__contains__)
        own = structure is not None and _owner(tables[structure], of_items, name) == name
        listed = tables[sessions] if sessions is not None else None
        found.append(
            Pair(
                name,
                sessions,
                key,
                "created_at" if "created_at" in table.columns else None,
                "updated_at" if listed is not None and "updated_at" in listed.columns else None,
                structure if own else None,
                usage if own else None,
                tuple(tables[structure].columns) if structure is not None and own else (),
                "SQLAlchemySession" if "CHAR" in table.columns["session_id"].upper() else "SQLiteSession",
            )
        )
    return sorted(found, key=lambda pair: (pair.messages != "agent_messages", pair.messages))


def advanced_statements(pair: Pair, statements: Mapping[str, str]) -> tuple[str, ...]:
    """The statements that make the tables of an AdvancedSQLiteSession on this pair; empty if the file has no such tables.

    The class puts the names of the pair into its statements, so for a pair with other than plain names it is empty too.
    """
    own = [sql for name, sql in statements.items() if name.lower() in _ADVANCED]
    names = (pair.sessions, pair.messages)
    if not own or any(name is None or not (name.isascii() and name.isidentifier()) for name in names):
        return ()
    return (*(statements[name] for name in names if name is not None), *own)


_ADVANCED = ("message_structure", "turn_usage")
"""Their names are fixed. The class reads from their foreign keys to which pair they belong."""


def _lists_sessions(table: Table) -> bool:
    names = set(table.columns)
    return {"session_id", "created_at", "updated_at"} <= names and not names & {"message_data", "branch_id"}


def _only(tables: Mapping[str, Table], wanted: set[str]) -> str | None:
    return next((name for name, table in tables.items() if wanted <= set(table.columns)), None)


def _owner(structure: Table, of_items: Sequence[str], otherwise: str) -> str:
    """The table of items that message_structure belongs to, `otherwise` if no foreign key says it.

    A key can name a table that is gone, or that has no items: then no other table of items in the file can own it than the
    only one, and AdvancedSQLiteSession refuses to open the two.
    """
    named = structure.refers_to.get("message_id", otherwise)
    return of_items[0] if named not in of_items and len(of_items) == 1 else named


def _key(name: str, table: Table, has_rowid: Callable[[str], bool]) -> str | None:
    if "id" not in table.columns:
        return "rowid" if has_rowid(name) else None
    kind = table.columns["id"].upper()  # the session classes order the rows by it, whatever it is
    return "id" if not kind or any(one in kind for one in WHOLE_NUMBERS) else None


def _sessions_of(name: str, table: Table, lists: Sequence[str], is_named: Callable[[str], bool]) -> str | None:
    """The table that lists its sessions: the one that its foreign key names, else the one with the same name but `sessions` for
    `messages`, else the only list if no foreign key names it.
    """
    named = table.refers_to.get("session_id")
    if named in lists:
        return named
    alike = [one for one in lists if one == name.replace("messages", "sessions")]
    if not alike and len(lists) == 1 and not is_named(lists[0]):
        return lists[0]
    return alike[0] if alike else None


def looks_like_an_item(text: str) -> bool:
    """Whether a stored text can be an item of the SDK, or an encrypted one. It is not read as JSON: it can be long."""
    return text.lstrip().startswith("{") and any(f'"{name}"' in text for name in _OF_AN_ITEM)


_OF_AN_ITEM = ("role", "call_id", "__enc__", "reasoning")
"""Every turn has an item in which one of these is a name or the type."""
