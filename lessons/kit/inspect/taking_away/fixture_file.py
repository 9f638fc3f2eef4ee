"""One session as a fixture: anonymous rows that have the same findings and the same next run."""

import json
from dataclasses import replace
from typing import Any

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.all_findings import findings_of
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.private_copy import why_not_opened
from lessons.kit.inspect.running.apart import apart
from lessons.kit.inspect.stored import NO_ITEM, CannotRead, Pair, StoredRow, StoredSession
from lessons.kit.inspect.taking_away.anonymous import Anonymous, words_of
from lessons.kit.inspect.taking_away.fixture_forms import SESSION, UNOWNED, Fixture

KEY, OTHER_KEY = "fixture-key-" + "1" * 32, "fixture-key-" + "2" * 32
"""Rows that the given key opens are encrypted with the first, all others with the second."""
Behaviour = tuple[Any, ...]


def fixture_of(stored: StoredSession, settings: Settings, keep_tool_names: bool = False) -> Fixture:
    """The fixture of a session. Raises CannotRead if it would behave in another way, or if words of the original were left."""
    if stored.id_kind:
        raise CannotRead("The id of a fixture is a text, so it would not show what is wrong with this session.")
    original = words_of([row.text for row in stored.rows])
    names = Anonymous(original, keep_tool_names)
    case = Case(stored, settings)
    rows = []
    for item in case.items:
        data: Any = item.row.data
        if item.is_envelope:
            data = _envelope(names, item.stored, item.value)
        elif item.stored is NO_ITEM:
            data = names.text(item.row.text) if data is not None else None
        else:
            data = json.dumps(names.item(item.stored))
        rows.append(StoredRow(item.key, data, item.row.created))
    structure = tuple(
        replace(row, branch=names.branch(row.branch), values=_structure(names, row.values)) for row in stored.structure
    )
    usage = tuple(replace(one, branch=names.branch(one.branch)) for one in stored.usage)
    head = replace(stored.head, session_id=SESSION, pair=_plain(stored.pair))
    made = replace(stored, head=head, rows=tuple(rows), structure=structure, usage=usage)
    asked = replace(settings, key=KEY if settings.key is not None else None, branch=names.branch(settings.branch))
    before, after = apart(len(stored.rows)).run(_both(stored, settings, made, asked), timeout=None)
    if before != after:
        raise CannotRead(
            "The anonymous rows would not have the same findings and the same next run, so none were made."
        )
    if left := _left(original, made, case if keep_tool_names else None):
        raise CannotRead(f"{len(left)} words of the original would be left, so no fixture was made.")
    return Fixture(made, tuple(code for code, *_ in after[0]), asked.branch)


async def _both(
    stored: StoredSession, settings: Settings, made: StoredSession, asked: Settings
) -> tuple[Behaviour, Behaviour]:
    return await _behaviour(stored, settings), await _behaviour(made, asked)


async def _behaviour(stored: StoredSession, settings: Settings) -> Behaviour:
    found = [(one.code, one.level, one.rows) for one in await findings_of(stored, settings)]
    run = await Case(stored, settings).run()
    lines = [(key, line.returned, line.sent, line.cause) for key, line in run.lines.items()]
    return found, run.sent_keys, lines, run.raises.partition(":")[0]


def _left(original: set[str], made: StoredSession, tools: Case | None) -> set[str]:
    kept = set() if tools is None else words_of(str(item.get("name") or "") for item in tools.items)
    return (original - kept) & words_of(row.text for row in made.rows if "__enc__" not in row.text)


def _plain(pair: Pair) -> Pair:
    return Pair(
        "agent_messages",
        "agent_sessions",
        structure="message_structure" if pair.structure else None,
        usage="turn_usage" if pair.usage else None,
        columns=pair.columns,
        made_by="SQLiteSession" if pair.made_by == "RedisSession" else pair.made_by,
        statements=UNOWNED if why_not_opened(pair) else (),
    )


def _structure(names: Anonymous, values: dict[str, Any]) -> dict[str, Any]:
    changed = {"session_id": SESSION, "branch_id": names.branch(str(values.get("branch_id")))}
    if values.get("tool_name"):
        changed["tool_name"] = names.tool_name(str(values["tool_name"]))
    return {**values, **changed}


def _envelope(names: Anonymous, envelope: dict[str, Any], value: Any) -> str:
    from lessons.kit.stores.encrypted.envelope import cipher, parse

    seen = parse(json.dumps(envelope))
    payload = envelope.get("payload")
    if seen is not None and seen.written:
        opened = value is not NO_ITEM
        inside = names.item(value) if opened else "x" * seen.plaintext_sizes[0]
        key = cipher(KEY if opened else OTHER_KEY, SESSION)
        # One second earlier: a token begins with its time, and would begin like the original.
        payload = key.encrypt_at_time(json.dumps(inside).encode(), seen.written - 1).decode()
    elif isinstance(payload, str):
        payload = names.text(payload)
    rest = {name: names.item({name: one})[name] for name, one in envelope.items() if name in ("__enc__", "v", "kid")}
    return json.dumps(rest | ({"payload": payload} if "payload" in envelope else {}))
