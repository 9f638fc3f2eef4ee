"""What is sent of style sheets and scripts."""

import re
from pathlib import Path

import pytest

from lessons.ui.widgets import assets
from lessons.ui.widgets.assets import asset, style_sheet

UI = Path(assets.__file__).parents[1]
STYLE_SHEETS = (
    "page/style.css",
    "page/bench.css",
    "page/around.css",
    "ledger/assets/ledger.css",
    "projector/stage.css",
)


def test_comments_and_space_for_readers_are_not_sent_and_addresses_are(tmp_path):
    script = tmp_path / "a.js"
    script.write_text('// says why\nlet a = "https://b/c";  // and why\n  let d = 1;\n', encoding="utf-8")
    assert asset(script) == 'let a = "https://b/c";\nlet d = 1;\n'
    style = tmp_path / "a.css"
    style.write_text("/* two\n   lines */ p, q { margin: 0 auto; }\n  b i > a { color: red; }\n", encoding="utf-8")
    assert style_sheet(style) == "<style>p,q{margin: 0 auto;}b i > a{color: red;}</style>"


@pytest.mark.parametrize("name", STYLE_SHEETS)
def test_no_text_in_quotes_of_a_style_sheet_has_a_sign_around_which_space_is_left_out(name):
    quoted = re.findall(r'"[^"]*"', (UI / name).read_text(encoding="utf-8"))
    assert [one for one in quoted if set(one) & set("{};,")] == []
    assert quoted


NOT_OURS = re.compile(r"st|t-")
"""Classes of Streamlit, and those of coloured code, whose names are put together."""


@pytest.mark.parametrize("name", STYLE_SHEETS)
def test_a_style_sheet_styles_nothing_that_is_no_longer_drawn(name):
    """Each visitor is sent it whole, and a first opening has few bytes to spare."""
    drawn = "".join(file.read_text(encoding="utf-8") for end in ("py", "js", "html") for file in UI.rglob(f"*.{end}"))
    selectors = re.sub(r"\.token(?::is\([^)]*\)|\S*)", "", " ".join(re.findall(r"([^{}]+)\{", asset(UI / name))))
    classes = {one for one in re.findall(r"\.([a-zA-Z_][\w-]*)", selectors) if not NOT_OURS.match(one)}
    assert {one for one in classes if not re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", drawn)} == set()
