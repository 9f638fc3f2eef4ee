"""Records in which what the steps of Encrypted sessions say is false."""

from dataclasses import replace

from lessons.kit.items import Item
from lessons.kit.ledger.cause import Cause
from lessons.kit.records import TurnRecord
from tests.course import false_records as false
from tests.course.false_records import Change
from tests.course.false_records import parts as part

BOB = Item("user", "Pay 10 euros to Bob", 19)
NAME = "My name is Alice"


def opened_with(options: str) -> Change:
    """Every session was opened with these options."""
    return lambda seen: replace(seen, opened=tuple(replace(one, options=options) for one in seen.opened))


def expired_was_returned(seen: TurnRecord) -> TurnRecord:
    return false.every_line(seen, lambda line: replace(line, returned=True) if line.cause is Cause.EXPIRED else line)


def two_bits(seen: TurnRecord) -> TurnRecord:
    """The payload of the first row differs in more than one bit."""
    first = next(line for line in seen.ledger.lines if line.mark == "added")
    other = replace(first.item, text=f"{first.item.text[:8]}AAAA{first.item.text[12:]}")
    return false.every_line(seen, lambda line: replace(line, item=other) if line is first else line)


def was_encrypted(seen: TurnRecord) -> TurnRecord:
    """The row of Mallory was stored in an envelope."""
    return false.rows_store('{"role": "system"', '{"__enc__": 1, "role": "system"')(seen)


def mallory_the_other_way(seen: TurnRecord) -> TurnRecord:
    """The opposite of what the installed SDK does: the row of Mallory was sent if it was not, and not sent if it was."""
    said = "The user's name is Mallory."
    return (false.not_sent(said) if seen.was_sent(said) else false.other_item_sent(said))(seen)


def popped_the_other_way(seen: TurnRecord) -> TurnRecord:
    """The opposite of what the installed SDK does: the pop with a wrong key deleted the rows if they are kept, or kept them."""
    added = any(line.mark == "added" for line in seen.ledger.lines)
    return false.every_line(seen, lambda line: replace(line, mark="removed" if added else "added"))


ENVELOPE = ("Each row is an envelope", "What will be in the rows, if not your words")
PLAIN_ITEMS = ("returned plain items", "What will the session return to the runner")
SEEN = ("Anyone with the file can see", "What can they see of the conversation", "The session id, the number, the size")
SAME_KEY = ("The same rows and the same key", "with the same key")
NOT_READ = ("nothing was returned", "Will they be readable there")
WRONG_KEY = "A wrong key or an expired row gives no error: the rows are skipped, and are still stored"
ADDED = ("new rows were added under the wrong key", "Each message is encrypted with the key that is in use")
OWN_ROWS = ("Each key reads its own rows and skips the others", "Which rows will it return, and which not")
UNDO = "You can undo what hides rows"
HOUR = ("With a TTL of 600 seconds", "A row is an hour old")
AGAIN = ("the expired row is returned again", "Can a row that has expired be read again", UNDO)
READER = ("The TTL belongs to the reader, not to the row", "The TTL belongs to the reader.")
ONE_BIT = ("One bit of the first row is different", "One bit of the first row is flipped")
PLAIN_ROW = ("A row was added without encryption", "Somebody adds a row without encryption")
REPLAYED = ("The same encrypted row three times", "Will the copies be returned", "It does not say how often")
POPS = "What will three pops do"
HKDF = ("HKDF derives 32 bytes", "how is its key made")

CASES = (
    (1, (*ENVELOPE, "The rows are encrypted."), false.rows_store("__enc__", "enc")),
    (1, "the item is in the payload", false.rows_store('"payload"', '"text"')),
    (1, ENVELOPE, false.rows_store('"v": 1', '"v": "My name is Alice"')),
    (2, PLAIN_ITEMS, false.nothing_returned),
    (2, PLAIN_ITEMS, part.returned_kinds("encrypted", "encrypted")),
    (2, ("the session decrypted the rows", "Session calls shows both"), false.no_calls_inside),
    (3, SEEN, false.gave([])),
    (3, SEEN, false.gave({"written": "now"}, 0)),
    (3, SEEN, false.gave({"bytes": 105}, 0)),
    (3, "Somebody has the file and no key", false.one_more_call("get_items")),
    (
        3,
        ("the words are not readable", "The words are encrypted."),
        false.gave({"written": "now", "bytes": "Alice"}, 0),
    ),
    (4, "Alice's rows are copied to bob", part.item(0, text="Something else")),
    (4, SAME_KEY, part.item(0, text="Something else")),
    (4, SAME_KEY, opened_with("encryption_key=…")),
    (4, NOT_READ, false.gave(["x"])),
    (4, "so bob has a different one", false.without_cause(Cause.WRONG_KEY)),
    (5, ("No error.", "Will there be an error", WRONG_KEY), false.a_call_raised),
    (5, "The session returned nothing", false.something_returned),
    (5, "the agent knew nobody", false.other_item_sent(NAME)),
    (5, (ADDED[0], "Another key opens the session"), false.opened_without_options),
    (5, ADDED, false.rows_store("__enc__", "enc")),
    (5, ADDED[0], false.not_stored("assistant")),
    (5, WRONG_KEY, false.without_cause(Cause.WRONG_KEY)),
    (5, WRONG_KEY, false.a_row_is_gone),
    (6, "Back to the first key", opened_with("encryption_key=…")),
    (6, OWN_ROWS, false.without_cause(Cause.WRONG_KEY)),
    (6, (*OWN_ROWS, UNDO), false.not_sent(NAME)),
    (6, OWN_ROWS, part.run(0, read=2)),
    (6, "skips the others, without an error", false.a_call_raised),
    (6, "Nothing is lost", false.a_row_is_gone),
    (6, ("neither key reads the whole conversation", ADDED[1]), false.without_cause(Cause.WRONG_KEY)),
    (7, HOUR, false.opened_without_options),
    (7, (*HOUR, WRONG_KEY), false.without_cause(Cause.EXPIRED)),
    (7, ("It was not returned", "Will it be returned, and is it still stored"), expired_was_returned),
    (7, ("it was not deleted either", "is it still stored", WRONG_KEY), false.a_row_is_gone),
    (7, WRONG_KEY, false.a_call_raised),
    (7, "the code wrote a row that is an hour old", part.without_call("add_items", 0)),
    (8, AGAIN, false.not_sent(NAME)),
    (8, READER, opened_with("ttl=600")),
    (8, "Reading hides it and deletes nothing", false.a_row_is_gone),
    (9, ONE_BIT, two_bits),
    (9, (*ONE_BIT, "The session skipped that row"), false.without_cause(Cause.WRONG_KEY)),
    (
        9,
        ("The session skipped that row", "What will the session return"),
        false.returned_is(BOB, Item("user", NAME, 16)),
    ),
    (9, "The signature proves that somebody with the key wrote a row", false.returned_is(BOB, Item("user", NAME, 16))),
    (9, "skipped that row, without an error", false.a_call_raised),
    (9, ("The second row is unchanged and was returned", "What will the session return"), false.returned_is()),
    (9, "The second row is unchanged and was returned", false.returned_is(Item("user", "My name is Mallory", 18))),
    (10, PLAIN_ROW, was_encrypted),
    (10, "Will the model be sent it", mallory_the_other_way),
    (10, "Mallory was not sent", false.other_item_sent("The user's name is Mallory.")),
    (10, "skips rows that are not encrypted", false.without_cause(Cause.NOT_ENCRYPTED)),
    (10, "the model was sent Mallory", false.not_sent("Mallory")),
    (10, "The installed SDK returns such a row as it is", false.nothing_returned),
    (11, REPLAYED, false.first_not_returned),
    (
        11,
        ("The same encrypted row three times", "byte for byte"),
        false.cell_of("agent_messages", "message_data", "{}"),
    ),
    (11, ("The same encrypted row three times", "byte for byte"), part.lost(2)),
    (11, "all three were returned, without an error", false.a_call_raised),
    (12, ("pop_item() with a wrong key", "A pop with a wrong key can delete"), popped_the_other_way),
    (12, "the pop raised InvalidToken", false.with_result("null")),
    (12, "all rows are still there", false.a_row_is_gone),
    (12, "all rows are still there", popped_the_other_way),
    (12, "This step always runs on the SQLite file", part.with_(store="encrypted_redis")),
    (12, "The installed SDK does not check before it deletes", popped_the_other_way),
    (12, ("and finds none.", "All rows are gone, without an error"), false.with_result('{"role": "user"}')),
    (12, "All rows are gone", popped_the_other_way),
    (12, "All rows are gone, without an error", false.with_result('"InvalidToken"')),
    (13, "it pops until it finds a row that it can read", false.gave(2, "rows left")),
    (13, "found none, so every row is gone", false.gave({"role": "user"}, "popped")),
    (13, ("so every row is gone", "what will be deleted here"), false.gave(1, "rows left")),
    (13, "A pop with a wrong key can delete what it cannot read", false.gave(2, "rows left")),
    (14, "The right key, three times", opened_with("encryption_key=…")),
    (14, "The right key, three times", false.a_call_less),
    (14, ("The newest rows are plain, expired or of another key", POPS), false.gave([None, 2], "expired")),
    (14, "A row without encryption and an expired row were deleted", false.gave([None, 1], "plaintext")),
    (14, "an expired row were deleted", false.gave([None, 1], "expired")),
    (14, "neither was returned", false.gave(["Pay Mallory", 0], "plaintext")),
    (14, "no error, only None", false.gave(["InvalidToken", 0], "expired")),
    (14, "blocks every pop", false.gave([None, 0], "another key")),
    (14, "A row without encryption was returned and deleted", false.gave([None, 0], "plaintext")),
    (14, "An expired row was deleted too", false.gave([None, 1], "expired")),
    (14, "So was a row of another key", false.gave(["InvalidToken", 1], "another key")),
    (15, (*HKDF, "with HMAC-SHA256"), false.gave(False, "HMAC-SHA256 is right")),
    (15, "so bob has a different one", false.gave(False, "HMAC-SHA256 is right")),
    (15, (*HKDF, "So this is AES-128-CBC", "It is not AES-256"), false.gave(256, "AES key in bits")),
    (15, "What is inside an envelope", false.gave("{}", "plaintext")),
)

NO_CASE = {
    "Since 0.23 the session skips it.": "It is on the page with 0.22 only. The verdict of this step shows it with 0.23.",
}
