"""What is sent of style sheets and scripts."""

import re
from pathlib import Path

import pytest

from lessons.ui.widgets import assets
from lessons.ui.widgets.assets import asset, style_sheet


def test_comments_and_indents_are_not_sent_and_addresses_are(tmp_path):
    script = tmp_path / "a.js"
    script.write_text('// says why\nlet a = "https://b/c";  // and why\n  let d = 1;\n', encoding="utf-8")
    assert asset(script) == 'let a = "https://b/c";\nlet d = 1;\n'
    style = tmp_path / "a.css"
    style.write_text("/* two\n   lines */ p { margin: 0; }\n  b { color: red; }\n", encoding="utf-8")
    assert style_sheet(style) == "<style> p { margin: 0; }\nb { color: red; }\n</style>"


NOT_OURS = re.compile(r"st|t-")
"""Classes of Streamlit, and those of coloured code, whose names are put together."""


@pytest.mark.parametrize(
    "name",
    ["page/style.css", "page/bench.css", "page/around.css", "ledger/assets/ledger.css", "projector/stage.css"],
)
def test_a_style_sheet_styles_nothing_that_is_no_longer_drawn(name):
    """Each visitor is sent it whole, and a first opening has few bytes to spare."""
    ui = Path(assets.__file__).parents[1]
    drawn = "".join(file.read_text(encoding="utf-8") for end in ("py", "js", "html") for file in ui.rglob(f"*.{end}"))
    selectors = re.sub(r"\.token(?::is\([^)]*\)|\S*)", "", " ".join(re.findall(r"([^{}]+)\{", asset(ui / name))))
    classes = {one for one in re.findall(r"\.([a-zA-Z_][\w-]*)", selectors) if not NOT_OURS.match(one)}
    assert {one for one in classes if not re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", drawn)} == set()
