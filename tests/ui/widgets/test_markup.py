"""Stored text on the page: escaped, cut, and with a name for what cannot be seen."""

from lessons.ui.widgets.markup import as_code, attribute, plain, text

HALF = "\ud83d"


def test_half_a_surrogate_pair_never_reaches_the_page():
    """It crashes the page with UnicodeEncodeError: in HTML, in an attribute, in a widget, in a label."""
    for draw in (text, attribute, plain, as_code):
        assert "U+D83D" in draw(f"a {HALF} b")
        draw(f"a {HALF} b").encode()
        assert "\U0001f600" in draw("a \ud83d\ude00 b")


def test_a_hidden_prompt_is_shown_by_name_and_stays_escaped():
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "hi")
    shown = text(f"<b>{hidden}")
    assert shown.startswith('&lt;b&gt;<span class="invisible" title="U+E0068 TAG LATIN SMALL LETTER H">U+E0068</span>')
    assert plain(f"a{hidden}") == "a[U+E0068][U+E0069]"


def test_what_is_cut_says_how_long_it_is():
    assert text("abcdef", 3) == 'abc… <span class="length">6 characters</span>'
    assert text("\ud83d\ude00", 1) == "\U0001f600"


def test_a_name_as_a_label_means_nothing_in_markdown():
    assert as_code("![x](http://evil.example/x.png)") == "` ![x](http://evil.example/x.png) `"
    assert as_code("a`b``c") == "``` a`b``c ```"
    assert as_code("") == "(empty)"
    assert as_code("  ") == "(2 spaces)"
    assert as_code(" ") == "(1 space)"
    assert as_code("\t") == "(1 blank character)"
