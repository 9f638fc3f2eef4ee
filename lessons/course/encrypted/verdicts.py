"""What the steps of Encrypted sessions have to show: one verdict for each step, by the name of its code."""

from lessons.course.encrypted.evidence import (
    are_envelopes,
    are_plain,
    copied_and_popped,
    copied_from,
    found_without_a_key,
    one_bit_differs,
    pops_of_mixed,
    result_says,
    stored,
    stored_texts,
    unread,
    what_pops_gave,
)
from lessons.frame.evidence import (
    added_to,
    did,
    opened,
    reads,
    sent_all_that_was_read,
    without_an_error,
    without_thoughts,
)
from lessons.kit.ledger.cause import Cause
from lessons.kit.records import TurnRecord


def tell_your_name(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in alice: My name is Alice"]
        and not opened(seen)
        and added_to(seen, "alice") == ["user", "assistant"]
        and are_envelopes(seen.added)
    )


def ask_your_name(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in alice: What's my name?"]
        and without_thoughts(seen.returned_kinds) == ["user", "assistant"]
        and sent_all_that_was_read(seen)
        and seen.was_sent("My name is Alice")
        and {call.depth for call in seen.calls if call.method == "get_items"} == {1, 2}
    )


def read_without_a_key(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["get_items() inside alice"]
        and len(found_without_a_key(seen)) == len(stored(seen)) >= 2
        and all(set(one) == {"written", "bytes"} for one in found_without_a_key(seen))
        and not result_says(seen, "Alice")
    )


def copy_the_rows_to_bob(seen: TurnRecord) -> bool:
    return (
        bool(seen.added)
        and did(seen) == ["get_items() inside alice", f"add_items({len(seen.added)}) inside bob", "get_items() of bob"]
        and not opened(seen)
        and seen.result == "[]"
        and copied_from(seen, "alice")
        and all(line.cause is Cause.WRONG_KEY and not line.returned for line in stored(seen))
    )


def ask_with_a_wrong_key(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in alice: What's my name?"]
        and opened(seen) == ["alice(encryption_key=…)"]
        and reads(seen) == [0]
        and seen.sent_kinds == ["user"]
        and added_to(seen, "alice") == ["user", "assistant"]
        and are_envelopes(seen.added)
        and unread(seen, Cause.WRONG_KEY)
        and not seen.removed
        and without_an_error(seen)
    )


def ask_your_name_again(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in alice: What's my name?"]
        and not opened(seen)
        and sent_all_that_was_read(seen)
        and seen.was_sent("My name is Alice")
        and unread(seen, Cause.WRONG_KEY)
        and not seen.removed
        and without_an_error(seen)
    )


def ask_an_hour_later(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["add_items(1) inside an_hour_ago", "run in an_hour_ago: What's my name?"]
        and opened(seen) == ["an_hour_ago(ttl=600)"]
        and unread(seen, Cause.EXPIRED)
        and seen.sent_kinds == ["user"]
        and not seen.removed
        and without_an_error(seen)
    )


def ask_with_a_larger_ttl(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in an_hour_ago: What's my name?"]
        and opened(seen) == ["an_hour_ago(ttl=86400)"]
        and sent_all_that_was_read(seen)
        and seen.was_sent("My name is Alice")
        and not seen.removed
    )


def flip_one_bit(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "add_items(2) of tampered",
            "get_items() inside tampered",
            "clear_session() inside tampered",
            "add_items(2) inside tampered",
            "get_items() of tampered",
        ]
        and not opened(seen)
        and one_bit_differs(seen)
        and [item.text for item in seen.returned] == ["My name is Alice"]
        and unread(seen, Cause.WRONG_KEY)
        and without_an_error(seen)
    )


def slip_in_a_plaintext_row_on_an_older_sdk(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["add_items(1) inside plain_row", "run in plain_row: What's my name?"]
        and are_plain(seen, "Mallory")
        and sent_all_that_was_read(seen)
        and seen.was_sent("Mallory")
    )


def slip_in_a_plaintext_row(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["add_items(1) inside plain_row", "run in plain_row: What's my name?"]
        and not opened(seen)
        and are_plain(seen, "Mallory")
        and unread(seen, Cause.NOT_ENCRYPTED)
        and not seen.was_sent("Mallory")
    )


def replay_an_envelope(seen: TurnRecord) -> bool:
    return (
        did(seen)
        == [
            "add_items(1) of replay",
            "get_items() inside replay",
            "add_items(2) inside replay",
            "get_items() of replay",
        ]
        and not opened(seen)
        and [item.text for item in seen.returned] == ["Pay 10 euros to Bob"] * 3
        and len(stored(seen)) == 3
        and len(set(stored_texts(seen.added))) == 1
        and without_an_error(seen)
    )


def pop_with_a_wrong_key_on_an_older_sdk(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in pop: My name is Alice", "pop_item() of pop"]
        and opened(seen) == ["pop(encryption_key=…)"]
        and not stored(seen)
        and seen.result == "null"
    )


def pop_with_a_wrong_key(seen: TurnRecord) -> bool:
    return (
        did(seen) == ["run in pop: My name is Alice", "pop_item() of pop"]
        and seen.store == "encrypted_sqlite_file"
        and opened(seen) == ["pop(encryption_key=…)"]
        and result_says(seen, "InvalidToken")
        and len(stored(seen)) >= 2
        and not seen.removed
    )


def pop_from_a_copy(seen: TurnRecord) -> bool:
    return (
        [one for one in did(seen) if not one.startswith("run in")] == ["get_items() inside pop"]
        and not opened(seen)
        and copied_and_popped(seen)["rows"] >= 2
        and copied_and_popped(seen)["popped"] is None
        and copied_and_popped(seen)["rows left"] == 0
    )


def pop_what_another_wrote_on_an_older_sdk(seen: TurnRecord) -> bool:
    return (
        did(seen) == pops_of_mixed()
        and opened(seen) == ["mixed(ttl=600)", "mixed(encryption_key=…)"]
        and what_pops_gave(seen) == [["Pay Mallory", 0], [None, 0], [None, 0]]
    )


def pop_what_another_wrote(seen: TurnRecord) -> bool:
    return (
        did(seen) == pops_of_mixed()
        and opened(seen) == ["mixed(ttl=600)", "mixed(encryption_key=…)"]
        and what_pops_gave(seen) == [[None, 0], [None, 0], ["InvalidToken", 1]]
    )


def decrypt_by_hand(seen: TurnRecord) -> bool:
    return result_says(seen, '"AES key in bits": 128', '"HMAC-SHA256 is right": true', "My PIN is 1234")
