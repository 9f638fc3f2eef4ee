"""Style sheets and scripts as they are sent: without the comments, which are for those who read the files."""

import re
from pathlib import Path

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_JS_COMMENT = re.compile(r"^\s*//.*\n|\s{2,}// .*$", re.MULTILINE)
_INDENT = re.compile(r"\s*\n\s*")


def asset(path: Path) -> str:
    """The text of a CSS or JavaScript file. In JavaScript a comment has its own line, or two spaces before it."""
    comment = _CSS_COMMENT if path.suffix == ".css" else _JS_COMMENT
    return _INDENT.sub("\n", comment.sub("", path.read_text(encoding="utf-8")))


def style_sheet(path: Path) -> str:
    return f"<style>{asset(path)}</style>"
