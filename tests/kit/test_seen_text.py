"""Characters that cannot be seen are found by their category, and those that emoji and scripts need are left alone."""

import unicodedata

import pytest

from lessons.kit.seen_text import count_invisible, joined, name_invisible, printable, unicode_name

NEEDED = {
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a family with a mark before it": "(\U0001f468\u200d\U0001f469)",
    "a skin tone": "\U0001f44b\U0001f3fd",
    "an astronaut with a skin tone": "\U0001f469\U0001f3fd\u200d\U0001f680",
    "a red heart": "\u2764\ufe0f",
    "a skull as text": "\u2620\ufe0e",
    "a keycap": "1\ufe0f\u20e3",
    "an information sign": "\u2139\ufe0f",
    "the flag of Norway": "\U0001f1f3\U0001f1f4",
    "the flag of Scotland": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "a rainbow flag": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "a nodding head": "\U0001f642\u200d\u2195\ufe0f",
    "a head that shakes": "\U0001f642\u200d\u2194\ufe0f",
    "Persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Persian with a vowel sign": "\u0645\u06cc\u064e\u200c\u062e\u0648\u0627\u0647\u0645",
    "Hindi": "\u0915\u094d\u200d\u0937",
    "Bengali": "\u09b0\u200d\u09cd\u09af",
    "Sinhala": "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
    "Mongolian": "\u1820\u180b \u182d\u180e\u1820",
    "the variant of a Japanese character": "\u845b\U000e0100",
    "the end of a verse in Arabic": "\u06dd\u0661",
    "a newline and a tab": "a\nb\tc",
    "words": "Grüße aus Ålesund, 東京 und ประเทศไทย",
}

HIDDEN = {
    "tag characters": "\U000e0049\U000e0067\U000e006e\U000e006f\U000e0072\U000e0065",
    "a language tag": "\U000e0001",
    "Arabic letter mark": "\u061c",
    "Hangul filler": "\u3164",
    "Hangul choseong and jungseong filler": "\u115f\u1160",
    "halfwidth Hangul filler": "\uffa0",
    "soft hyphen": "\u00ad",
    "Mongolian vowel separator": "\u180e",
    "Mongolian variation selectors": "\u180b\u180c\u180d\u180f",
    "combining grapheme joiner": "\u034f",
    "interlinear annotation": "\ufff9\ufffa\ufffb",
    "variation selectors after a letter": "\ufe00\ufe0f\U000e0100\U000e01ef",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff",
    "directions": "\u200e\u200f\u202a\u202e\u2066\u2069",
    "line and paragraph separators": "\u2028\u2029",
    "control characters": "\x00\x07\x1b\x7f\x85",
    "private use": "\ue000\U000f0000\U0010fffd",
    "half surrogates": "\ud83d|\ude00",
    "Braille blank": "\u2800",
    "invisible operators": "\u2061\u2062\u2063\u2064",
    "Khmer inherent vowels": "\u17b4\u17b5",
    "kept for invisible ones": "\u2065\ufff0\U000e0fff",
}


@pytest.mark.parametrize("text", NEEDED.values(), ids=NEEDED)
def test_what_an_emoji_or_a_script_needs_stays(text):
    assert count_invisible(text) == 0
    assert name_invisible(text, str.upper) is text


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_every_invisible_character_is_named_between_letters(hidden):
    text = f"a{'b'.join(hidden)}c"
    named = name_invisible(text, lambda character: f"<{ord(character):X}>")
    letters = [letter for letter in hidden if letter != "|"]
    assert count_invisible(text) == len(letters)
    assert [f"<{ord(letter):X}>" in named for letter in letters] == [True] * len(letters)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("\u2764\ufe0f\ufe0f\ufe0f", 2),  # bytes can be hidden in selectors after one emoji
        ("\u845b\U000e0100\U000e0101", 1),
        ("\U0001f3f4\U000e0049\U000e0067\U000e006e\U000e006f\U000e007f", 5),  # an upper-case letter is in no flag
        ("\U0001f3f4" + "\U000e0061" * 40 + "\U000e007f", 41),
        ("\U0001f468\u200d", 1),
        ("\u0645\u200c\u200c\u062e", 1),
        ("\u200d", 1),
        ("\u180b", 1),
    ],
)
def test_only_the_one_that_is_needed_stays(text, count):
    assert count_invisible(text) == count


@pytest.mark.matrix
def test_no_character_of_an_invisible_category_is_left_between_letters():
    categories = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    # Arabic signs that are drawn around the digits that follow.
    seen = "\n\t\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    every = (chr(code) for code in [*range(0xE000), *range(0xF000, 0x20000), *range(0xE0000, 0xE1000)])
    hidden = [one for one in every if unicodedata.category(one) in categories and one not in seen]
    assert len(hidden) > 2_000
    assert count_invisible("a".join(hidden)) == len(hidden)


def test_a_surrogate_pair_that_was_split_is_one_character():
    assert joined("a \ud83d" + "\ude00 b") == "a \U0001f600 b"
    assert printable("a \ud83d" + "\ude00 b") == "a \U0001f600 b"
    assert printable("\ude00\ud83d") == "\ufffd\ufffd"
    printable("".join(map(chr, range(0xD7F0, 0xE010)))).encode()


def test_a_character_is_named_by_code_and_name():
    assert unicode_name("\u00ad") == "U+00AD SOFT HYPHEN"
    assert unicode_name("\ud83d") == "U+D83D"
