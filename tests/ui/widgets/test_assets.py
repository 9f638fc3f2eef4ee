"""What is sent of style sheets and scripts."""

from lessons.ui.widgets.assets import asset, style_sheet


def test_comments_and_indents_are_not_sent_and_addresses_are(tmp_path):
    script = tmp_path / "a.js"
    script.write_text('// says why\nlet a = "https://b/c";  // and why\n  let d = 1;\n', encoding="utf-8")
    assert asset(script) == 'let a = "https://b/c";\nlet d = 1;\n'
    style = tmp_path / "a.css"
    style.write_text("/* two\n   lines */ p { margin: 0; }\n  b { color: red; }\n", encoding="utf-8")
    assert style_sheet(style) == "<style> p { margin: 0; }\nb { color: red; }\n</style>"
