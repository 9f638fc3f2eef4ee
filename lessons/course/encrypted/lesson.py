"""Encrypted sessions: what is stored in an envelope, who can open it, when it expires, and what it does not protect."""

from lessons.course.encrypted import verdicts
from lessons.course.encrypted.step_code import (
    ask_an_hour_later,
    ask_with_a_larger_ttl,
    ask_with_a_wrong_key,
    ask_your_name,
    copy_the_rows_to_bob,
    decrypt_by_hand,
    flip_one_bit,
    make_agent,
    pop_from_a_copy,
    pop_from_a_new_copy,
    pop_what_another_wrote,
    pop_with_a_wrong_key,
    read_without_a_key,
    replay_an_envelope,
    slip_in_a_plaintext_row,
    tell_your_name,
)
from lessons.course.index import entry
from lessons.frame.lesson import Lesson, Step, on_older

STEPS = (
    Step(
        "Tell it your name",
        tell_your_name,
        asks="What will be in the rows, if not your words?",
        look_for="Each row is an envelope: the item is in the payload. Below it the app shows what the key in use "
        "reads in it, and how long it can still be read.",
        holds=verdicts.tell_your_name,
    ),
    Step(
        "Ask what it remembers",
        ask_your_name,
        asks="The rows are encrypted. What will the session return to the runner?",
        look_for="The runner does not know about the encryption: the session decrypted the rows and returned plain items. "
        "Session calls shows both, EncryptedSession and the session inside.",
        holds=verdicts.ask_your_name,
    ),
    Step(
        "Read it without a key",
        read_without_a_key,
        asks="Somebody has the file and no key. What can they see of the conversation?",
        look_for="Anyone with the file can see the session id, the number of rows, the size of each row, and the second in "
        "which it was written: the payload has this time unencrypted. Without the key the words are not readable; this page "
        "has the key, and shows them.",
        holds=verdicts.read_without_a_key,
    ),
    Step(
        "Copy the rows to Bob",
        copy_the_rows_to_bob,
        asks="Alice's rows are copied to bob, with the same key. Will they be readable there?",
        deeper=True,
        look_for="The same rows and the same key, and nothing was returned. The session id goes into the derived key (as its "
        "salt), so bob has a different one. Renaming a session would do the same, so the app refuses it.",
        holds=verdicts.copy_the_rows_to_bob,
        session_id="bob",
    ),
    Step(
        "Ask with a wrong key",
        ask_with_a_wrong_key,
        asks="Another key opens the session. Will there be an error?",
        look_for="No error. The session returned nothing, the agent knew nobody, and new rows were added under the wrong key. "
        "The store is mixed now.",
        holds=verdicts.ask_with_a_wrong_key,
    ),
    Step(
        "Ask with the right key",
        ask_your_name,
        asks="Back to the first key. Which rows will it return, and which not?",
        look_for="Each key reads its own rows and skips the others, without an error. Nothing is lost, but neither key reads "
        "the whole conversation.",
        holds=verdicts.ask_your_name_again,
    ),
    Step(
        "Ask an hour later",
        ask_an_hour_later,
        asks="A row is an hour old, and the TTL is ten minutes. Will it be returned, and is it still stored?",
        look_for="You do not wait an hour here: the time is in the payload, so the code wrote a row that is an hour old. With "
        "a TTL of 600 seconds it has expired. It was not returned, and it was not deleted either.",
        holds=verdicts.ask_an_hour_later,
        session_id="an_hour_ago",
    ),
    Step(
        "Ask with a larger TTL",
        ask_with_a_larger_ttl,
        asks="Can a row that has expired be read again?",
        look_for="The TTL belongs to the reader, not to the row: opened with a day instead of ten minutes, the expired row is "
        "returned again. Reading hides it and deletes nothing. A pop or a compaction can delete it.",
        holds=verdicts.ask_with_a_larger_ttl,
        session_id="an_hour_ago",
    ),
    Step(
        "Flip one bit",
        flip_one_bit,
        asks="One bit of the first row is flipped. What will the session return?",
        deeper=True,
        look_for="One bit of the first row is different, so its signature (HMAC) is wrong. The session skipped that row, "
        "without an error. The second row is unchanged and was returned.",
        holds=verdicts.flip_one_bit,
        session_id="tampered",
    ),
    on_older(
        (0, 23),
        Step(
            "Slip in a plaintext row",
            slip_in_a_plaintext_row,
            asks="Somebody adds a row without encryption. Will the model be sent it?",
            deeper=True,
            look_for="A row was added without encryption. The session skips rows that are not encrypted: Mallory was not sent.",
            holds=verdicts.slip_in_a_plaintext_row,
            session_id="plain_row",
        ),
        look_for="A row was added without encryption. The installed SDK returns such a row as it is, and the model was sent "
        "Mallory. Since 0.23 the session skips it.",
        holds=verdicts.slip_in_a_plaintext_row_on_an_older_sdk,
    ),
    Step(
        "Replay an envelope",
        replay_an_envelope,
        asks="An encrypted row is copied twice, byte for byte. Will the copies be returned?",
        deeper=True,
        look_for="The same encrypted row three times, and all three were returned, without an error. The signature proves "
        "that somebody with the key wrote a row. It does not say how often, in which order, or whether one is missing.",
        holds=verdicts.replay_an_envelope,
        session_id="replay",
    ),
    on_older(
        (0, 23),
        Step(
            "Pop with a wrong key",
            pop_with_a_wrong_key,
            asks="pop_item() with a wrong key: what will be deleted?",
            look_for="With SQLiteSession inside, the newest row is decrypted before it is deleted: the pop raised "
            "InvalidToken, and all rows are still there. This step always runs on the SQLite file. Most other classes do "
            "not check. SQLiteSession inside a compaction session does not check either.",
            holds=verdicts.pop_with_a_wrong_key,
            session_id="pop",
            store="encrypted_sqlite_file",
        ),
        look_for="The installed SDK does not check before it deletes. It pops until it finds a row that it can read, "
        "and finds none. All rows are gone, without an error. Since 0.23 SQLiteSession checks first.",
        holds=verdicts.pop_with_a_wrong_key_on_an_older_sdk,
    ),
    on_older(
        (0, 23),
        Step(
            "Pop from a copy",
            pop_from_a_copy,
            asks="The same pop on another session class: what will be deleted here?",
            deeper=True,
            look_for="The same pop, on a copy in AdvancedSQLiteSession: it pops until it finds a row that it can read. It "
            "found none, so every row is gone. SQLAlchemy, Redis and any subclass with its own pop_item() do the same. "
            "This app checks first: with another key in the tool Key and TTL, it refuses to pop.",
            holds=verdicts.pop_from_a_copy,
            session_id="pop",
            store="encrypted_sqlite_file",
        ),
        run=pop_from_a_new_copy,
    ),
    on_older(
        (0, 23),
        Step(
            "Pop what another wrote",
            pop_what_another_wrote,
            asks="The newest rows are plain, expired or of another key. What will three pops do?",
            deeper=True,
            look_for="The right key, three times. A row without encryption and an expired row were deleted, and neither was "
            "returned: no error, only None. A row of another key stays on top, and blocks every pop.",
            holds=verdicts.pop_what_another_wrote,
            session_id="mixed",
            store="encrypted_sqlite_file",
        ),
        look_for="The right key, three times. A row without encryption was returned and deleted. An expired row was deleted "
        "too, and the pop returned None. So was a row of another key: since 0.23 SQLiteSession keeps that one, and blocks the "
        "pop.",
        holds=verdicts.pop_what_another_wrote_on_an_older_sdk,
    ),
    Step(
        "Decrypt one by hand",
        decrypt_by_hand,
        asks="What is inside an envelope, and how is its key made?",
        deeper=True,
        look_for="HKDF derives 32 bytes from the key, with the session id as the salt: 16 to sign, 16 to encrypt. So this is "
        "AES-128-CBC with HMAC-SHA256, a Fernet token. It is not AES-256.",
        holds=verdicts.decrypt_by_hand,
    ),
)


LESSON = Lesson(
    entry=entry("encrypted"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=(
        "encrypted_sqlite_file",
        "encrypted_sqlite_memory",
        "encrypted_async_sqlite",
        "encrypted_advanced_sqlite",
        "encrypted_sqlalchemy_sqlite",
        "encrypted_redis_fake",
        "encrypted_postgresql",
        "encrypted_mysql",
        "encrypted_redis",
    ),
    steps=STEPS,
    learned=(
        "The words are encrypted. The session id, the number, the size and the time of the rows are not.",
        "A wrong key or an expired row gives no error: the rows are skipped, and are still stored.",
        "The TTL belongs to the reader. A pop with a wrong key can delete what it cannot read, depending on the class.",
    ),
)
