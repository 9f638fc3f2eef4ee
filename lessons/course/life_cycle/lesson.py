"""Life cycle: sessions that are exported, brought back, upgraded, cleaned up and erased."""

from lessons.course.index import entry
from lessons.course.life_cycle.evidence import (
    SAID,
    branches,
    causes,
    counted,
    has_a_session_row,
    in_its_own_rows,
    same_rows,
    texts,
)
from lessons.course.life_cycle.script_opening import SCRIPT
from lessons.course.life_cycle.step_code import (
    bring_it_back,
    bring_it_back_damaged,
    bring_it_back_twice,
    clean_up,
    clear_it,
    erase_it,
    export_it,
    make_agent,
    rename_an_encrypted_session,
    upgrade_the_right_way,
    upgrade_the_wrong_way,
)
from lessons.frame.evidence import did, opened, without_an_error
from lessons.frame.lesson import Lesson, Step
from lessons.kit.ledger.cause import Cause
from lessons.kit.stores.kind import SHARED, UNCHANGED

STEPS = (
    Step(
        "Export it",
        export_it,
        asks="What of a session is in an export, and what is not?",
        look_for="get_items() gives plain dicts, so a session is JSON in one line. A version says how to read it later. A "
        "checksum shows that nothing is missing or changed. Row ids, times, branches and usage are not in it; those of "
        "python -m lessons export and of the tool Operate have them.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of exported", "get_items(limit=1000000) of exported"]
            and texts(seen, "exported") == SAID
            and "get_items" in seen.called
            and counted(seen)["items"] >= 2
            and counted(seen)["characters"] > 150
        ),
        session_id="exported",
    ),
    Step(
        "Bring it back",
        bring_it_back,
        asks="The export is added to a new session. Will the rows have the same ids?",
        look_for="The copy has the same items in the same order. In a table they are rows with other ids. The run sent "
        "them, so the model knows the number.",
        holds=lambda seen: (
            did(seen)
            == [
                "add_items(2) of original",
                "get_items(limit=1000000) of original",
                "add_items(2) of copy",
                "run in copy: What is my number?",
            ]
            and texts(seen, "original") == SAID
            and texts(seen, "copy")[:2] == SAID
            and in_its_own_rows(seen, "copy", "original")
            and seen.was_sent("555-0142")
            and seen.read_session == "copy"
        ),
        session_id="copy",
    ),
    Step(
        "Bring back a damaged one",
        bring_it_back_damaged,
        asks="One digit is changed on the way. Will the import notice?",
        deeper=True,
        look_for="One digit was changed on the way. The checksum did not fit, and nothing was stored. Without it the wrong "
        "number would have been remembered.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of whole", "get_items(limit=1000000) of whole", "get_items() of not_made"]
            and texts(seen, "whole") == SAID
            and counted(seen) == {"refused": "the text is not what was exported", "stored": 0}
            and texts(seen, "not_made") == []
        ),
        session_id="whole",
    ),
    Step(
        "Bring it back twice",
        bring_it_back_twice,
        asks="The same export is added twice. What will the model be sent?",
        deeper=True,
        look_for="add_items appends: an import into a session that has its rows stores them a second time, and the model is "
        "sent both. Check first that it is empty, as python -m lessons import and the tool Operate do.",
        holds=lambda seen: (
            did(seen)
            == [
                "add_items(2) of doubled",
                "get_items(limit=1000000) of doubled",
                "add_items(2) of doubled",
                "run in doubled: What is my number?",
            ]
            and texts(seen, "doubled")[:4] == SAID * 2
            and [item.text for item in seen.sent].count(SAID[0]) == 2
        ),
        session_id="doubled",
    ),
    Step(
        "Rename an encrypted one",
        rename_an_encrypted_session,
        asks="Copied encrypted rows cannot be read under another id. Will all items arrive if they are read and added again?",
        deeper=True,
        look_for="Each item was decrypted under the old id and encrypted under the new one. One is an hour old, and ttl is "
        "600: get_items() left it out without an error, so it was not moved. A larger ttl moves all.",
        holds=lambda seen: (
            did(seen)
            == [
                "add_items(1) inside sealed",
                "add_items(2) of sealed",
                "get_items() of sealed",
                "add_items(2) of renamed",
                "get_items() of renamed",
            ]
            and opened(seen) == []
            and counted(seen) == {"moved": 2, "read under the new id": 2}
            and len(texts(seen, "sealed")) == 3
            and causes(seen, "sealed")[0] == Cause.EXPIRED
            and [item.text for item in seen.returned] == SAID
            and not same_rows(seen, "renamed", "sealed")
            and without_an_error(seen)
        ),
        session_id="sealed",
        store="encrypted_sqlite_file",
    ),
    Step(
        "Upgrade the wrong way",
        upgrade_the_wrong_way,
        asks="The class was changed to AdvancedSQLiteSession on the same file, and one question was asked. Are the old rows "
        "lost?",
        look_for="The model was sent the question alone: the old rows are on no branch, so the new class does not return them. "
        "Nothing is lost yet. SQLiteSession on the same file returns the old rows and the new ones. Read them with it before "
        "anything pops, because one pop would delete every old row.",
        holds=lambda seen: (
            did(seen) == ["run in upgraded: What is my number?", "get_items() of upgraded"]
            and seen.sent_kinds == ["user"]
            and counted(seen)
            == {"AdvancedSQLiteSession": len(branches(seen)), "SQLiteSession": 6 + len(branches(seen))}
            and causes(seen, "upgraded")[:6] == [Cause.NO_STRUCTURE] * 6
            and not seen.removed
        ),
        session_id="upgraded",
        store="advanced_sqlite",
    ),
    Step(
        "Upgrade the right way",
        upgrade_the_right_way,
        asks="The items are added to a new session. What is returned, and what will one pop delete?",
        look_for="The same six items, added with add_items(): each row is on the branch main (see message_structure in "
        "Tables), all were returned, and a pop took one. python -m lessons move does this for whole databases, and compares "
        "the next run.",
        holds=lambda seen: (
            did(seen)
            == [
                "add_items(6) of new_chat",
                "get_items() of new_chat",
                "pop_item() of new_chat",
                "get_items() of new_chat",
            ]
            and counted(seen) == {"stored": 6, "returned": 6, "left after one pop": 5}
            and texts(seen, "new_chat") == (SAID * 3)[:5]
            and texts(seen, "new_chat", "removed") == SAID[1:]
            and branches(seen) == ["main"] * 5
        ),
        session_id="new_chat",
        store="advanced_sqlite",
    ),
    Step(
        "Clean up",
        clean_up,
        deletes_in_storage=True,
        asks="Which session is old enough to be deleted, and which clock decides?",
        look_for="updated_at is UTC, as SQLite's datetime('now') is, and only an add changes it. The session without an add "
        "for 40 days is gone, with its rows. Only a ttl of RedisSession or DaprSession deletes sessions automatically. "
        "python -m lessons cleanup and the tool Operate do it on servers too, with a preview.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of unused", "add_items(2) of in_use", "get_items() of in_use"]
            and "unused" in counted(seen)["deleted"]
            and "in_use" not in counted(seen)["deleted"]
            and counted(seen)["left"] >= 2
            and texts(seen, "in_use") == SAID
            and texts(seen, "unused") == []
            and not has_a_session_row(seen, "unused")
        ),
        session_id="in_use",
        store="sqlite_file",
    ),
    Step(
        "Clear it",
        clear_it,
        asks="clear_session() deletes the rows. Is the card number still in the file?",
        look_for="clear_session() deleted the rows, and the card number is still in the bytes of the file or its log (-wal): "
        "anyone with the file can read it.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of cleared", "clear_session() of cleared", "get_items() of cleared"]
            and counted(seen)["rows"] == 0
            and counted(seen)["times in the bytes"] > 0
        ),
        session_id="cleared",
        store="sqlite_file",
    ),
    Step(
        "Erase it",
        erase_it,
        deletes_in_storage=True,
        asks="What has to be done so that the number is nowhere in the file?",
        look_for="The rows were deleted, the file was written again without free pages, and the log was emptied: the number "
        "is nowhere in the bytes. Copies and backups of the file still have it. python -m lessons erase and the tool Operate "
        "do the same, and say what is proved.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of erased", "get_items() of erased"]
            and counted(seen)["times in the bytes"] == 0
            and counted(seen)["rows"] >= 1
            and texts(seen, "erased", "removed") == ["My card is 4111-2222"]
            and texts(seen, "erased") == ["Noted."]
        ),
        session_id="erased",
        store="sqlite_file",
    ),
)

LESSON = Lesson(
    entry=entry("life_cycle"),
    make_agent=make_agent,
    session_id="exported",
    walk_stores=("sqlite_file",),
    steps=STEPS,
    learned=(
        "get_items() is the export and add_items() the import. Row ids, times, branches and usage are not in it.",
        "To give rows another id or another class, read them and add them again: to copy or to open them is not enough.",
        "clear_session() can leave the text in the bytes of the file or its log. To erase it, write the file without free "
        "pages and empty the log.",
    ),
    needs=(SHARED, UNCHANGED),
    script=SCRIPT,
    script_packages='"openai-agents[encrypt]"',
)
