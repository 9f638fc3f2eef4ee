"""The tables of an AdvancedSQLiteSession: rows that they do not list, and listed rows that do not exist."""

from collections import Counter

from lessons.kit.inspect.dry_run import MAIN
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.findings.deletes import Call, deleted_by
from lessons.kit.inspect.findings.finding import Finding, Level, rows_in_words, short, subject, them
from lessons.kit.inspect.private_copy import why_not_opened
from lessons.kit.inspect.session_ids import NOT_UTF8, RAW

ADVANCED = "AdvancedSQLiteSession"


async def structure_not_owned(case: Case) -> list[Finding]:
    """Tables that AdvancedSQLiteSession refuses to open."""
    raised = why_not_opened(case.stored.pair) if case.class_name == ADVANCED else ""
    if not raised or not case.items:
        return []
    rows = [item.key for item in case.items]
    says = (
        f"{subject(rows)}: {ADVANCED} raises when it opens these tables, so no run begins. {short(raised, 300)} In the "
        "tables that this class makes, foreign keys say to which two tables they belong. Copy the rows with SQLiteSession into "
        f"a new file of {ADVANCED}. The rows do not show what made these tables."
    )
    return [case.finding("structure-not-owned", "error", rows, says, limit="any", api="any")]


async def rows_without_structure(case: Case) -> list[Finding]:
    """Rows that AdvancedSQLiteSession does not return, and deletes with one pop."""
    known = {row.message for row in case.stored.structure}
    rows = [item.key for item in case.items if item.key not in known]
    if case.class_name != ADVANCED or not rows or why_not_opened(case.stored.pair):
        return []
    outcome = await case.run(limit=None)
    rows = [key for key in rows if not outcome.lines[key].returned] if outcome.lines else rows
    if not rows:
        return []
    popped = await deleted_by(case, "pop_item", after_a_run=True)
    lost = [key for key in popped.rows if key in rows]
    says = (
        f"{subject(rows)} {_have(rows)} no row in message_structure, so {ADVANCED} returns "
        f"{len(case.items) - len(rows)} of {len(case.items)} rows, and no run sends the others. "
    )
    if lost:
        says += (
            f"After the next run, one pop_item() deletes {rows_in_words(lost)}. Do not pop and do not delete a branch. "
        )
    says += (
        "Read them with SQLiteSession, and add them to a new session of AdvancedSQLiteSession. The rows do not "
        "show what stored them: often a SQLiteSession before the change to this class."
    )
    return [case.finding("rows-without-structure", "error" if lost else "warning", rows, says, limit="any", api="any")]


async def structure_dangling(case: Case) -> list[Finding]:
    """Rows of message_structure whose item row is not among those of the session."""
    there = {item.key for item in case.items}
    gone = [row for row in case.stored.structure if row.message not in there]
    if not gone or not case.stored.is_whole:
        return []
    keys = sorted(row.key for row in gone)
    messages = sorted({row.message for row in gone})
    says = (
        f"{subject(keys)} of message_structure {'names' if len(keys) == 1 else 'name'} {rows_in_words(messages)} of "
        f"{case.stored.pair.messages}, which the session does not have. {ADVANCED} returns nothing for {them(messages)} here, "
        f"and still counts their turns. {_of_others(case)}Delete these rows of message_structure. The rows do not show what "
        "happened: often a pop_item() of a SQLiteSession on the same file, or a DELETE without PRAGMA foreign_keys=ON."
    )
    return [
        case.finding("structure-dangling", "warning", keys, says, limit="any", api="any", rows_of="message_structure")
    ]


def _of_others(case: Case) -> str:
    """Which of the named rows other sessions have, and what that does, in words; '' for none."""
    if not case.stored.elsewhere:
        return ""
    rows = [key for key, _ in case.stored.elsewhere]
    others = ", ".join(dict.fromkeys(repr(short(other, 40)) for _, other in case.stored.elsewhere))
    return (
        f"{subject(rows)} {'is' if len(rows) == 1 else 'are'} of another session ({others}). {ADVANCED} returns {them(rows)} "
        f"there once more. Here pop_item() returns {them(rows)} and deletes no item when it comes to the row of "
        "message_structure. "
    )


async def structure_repeated(case: Case) -> list[Finding]:
    """Rows that message_structure names twice on the branch: they are sent twice."""
    named = Counter(row.message for row in case.stored.structure if row.branch == case.settings.branch)
    there = {item.key for item in case.items}
    rows = sorted(message for message, count in named.items() if count > 1 and message in there)
    if case.class_name != ADVANCED or not rows:
        return []
    outcome = await case.run(limit=None)
    twice = sum(key is None for key, _ in outcome.sent) - 1  # the new message has no row either
    if twice < 1:
        return []
    says = (
        f"{subject(rows)}: message_structure names {them(rows)} more than once on the branch {case.settings.branch}, so "
        f"{ADVANCED} returns {them(rows)} again, and every run sends {twice} {'item' if twice == 1 else 'items'} too many. "
        "Delete the extra rows of message_structure. The rows do not show what stored them."
    )
    return [case.finding("structure-repeated", "error", rows, says, limit="any", api="any")]


async def usage_missing(case: Case) -> list[Finding]:
    """Turns without usage in a session that has usage for others."""
    if not case.stored.usage_turns:
        return []  # it is stored only if the application calls store_run_usage
    users = {item.key for item in case.items if item.role == "user"}
    turns = {(row.branch, row.turn): row.message for row in case.stored.structure if row.message in users and row.turn}
    # A branch shares the rows of the turns before it, and their usage is not copied.
    shared = {row.message for row in case.stored.structure if row.branch == MAIN}
    rows = sorted(
        message
        for (branch, turn), message in turns.items()
        if (branch, turn) not in case.stored.usage_turns and (branch == MAIN or message not in shared)
    )
    if not rows:
        return []
    says = (
        f"No usage is stored for the {'turn' if len(rows) == 1 else 'turns'} of {rows_in_words(rows)}, and it is stored for "
        "others: sums of tokens are too low. A run that failed stores none, and store_run_usage() hides its own errors. "
        "It stores the usage of a run at the newest turn, also if that run was an earlier one: call it before the next run. "
        "The rows do not show which it was."
    )
    return [case.finding("usage-missing", "note", rows, says, limit="any", api="any")]


async def id_not_text(case: Case) -> list[Finding]:
    """Items of a session whose id is not a text. No class of the SDK finds them, because it asks for a text."""
    rows, pair = [item.key for item in case.items], case.stored.pair
    name = " and ".join(filter(None, (pair.messages, pair.sessions)))
    kept = f"{subject(rows)}: the id of the session is stored as {case.stored.id_kind}, and the SDK asks for a text. "
    if raised := case.why_not_opened(case.class_name):
        says = (
            f"{kept}The server does not compare the two, so every call of {case.class_name} raises, and no run begins: "
            f"{short(raised, 200)}. Change the type of session_id to a text in {name}. "
        )
        return [_of_any(case, "error", rows, says)]
    says = f"{kept}So no class of the SDK finds {them(rows)}, and a run begins with an empty session. "
    if pair.medium == "Redis":
        says += "Rename the keys. "
    elif case.stored.id_kind in (NOT_UTF8, RAW):
        says += (
            f"Make each of these ids the text that your code asks for, in {name}: a cast makes no text of such bytes. "
        )
    else:
        says += f"Make each of these ids a text in {name}, as in UPDATE … SET session_id = CAST(session_id AS TEXT). "
    return [_of_any(case, "warning", rows, says)]


def _of_any(case: Case, level: Level, rows: list[int], says: str) -> Finding:
    says += "The rows do not show what stored it."
    return case.finding("id-not-text", level, rows, says, limit="any", callback="any", api="any")


async def message_without_session(case: Case) -> list[Finding]:
    """Items of a session that no row of the sessions' table lists."""
    if case.stored.head.is_listed or not case.items:
        return []
    rows = [item.key for item in case.items]
    where = case.stored.pair.sessions or "the hash of the session"
    outcome = await case.run()
    sent = sum(key in outcome.values for key in rows)
    does = "raises" if outcome.raises else f"still sends {sent} of {len(rows)}"
    says = (
        f"{subject(rows)} {_have(rows)} no row in {where}. The next run of this session {does}. Code that reads {where}, such "
        "as a clean-up or a list of sessions, does not find it. "
        + await _kept_by(case)
        + "Delete the rows too, or add the session. The rows do not show whether somebody deleted it."
    )
    return [case.finding("message-without-session", "warning", rows, says, limit="any", api="any")]


async def _kept_by(case: Case) -> str:
    """Which calls of the class delete nothing of a session that is not listed, in words; '' for none."""
    if not case.is_of_the_sdk:
        return ""
    tried = [await deleted_by(case, call) for call in _CALLS]
    kept = [f"{one.call}()" for one in tried if not one.rows and not one.raises]
    return (
        f"{' and '.join(kept)} of {case.class_shown} {'delete' if len(kept) > 1 else 'deletes'} nothing. "
        if kept
        else ""
    )


_CALLS: tuple[Call, ...] = ("pop_item", "clear_session")


def _have(rows: list[int]) -> str:
    return "has" if len(rows) == 1 else "have"
