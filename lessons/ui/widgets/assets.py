"""Style sheets and scripts as they are sent: without the comments and the space that are for those who read the files."""

import re
from pathlib import Path

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_JS_COMMENT = re.compile(r"^\s*//.*\n|\s{2,}// .*$", re.MULTILINE)
_INDENT = re.compile(r"\s*\n\s*")
_CSS_SPACE = re.compile(r"\s*([{};,])\s*")


def asset(path: Path) -> str:
    """The text of a CSS or JavaScript file. In JavaScript a comment has its own line, or two spaces before it.

    No text in quotes of a CSS file has a brace, a semicolon or a comma.
    """
    written = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        return _CSS_SPACE.sub(r"\1", _CSS_COMMENT.sub("", written)).strip()
    return _INDENT.sub("\n", _JS_COMMENT.sub("", written))


def style_sheet(path: Path) -> str:
    return f"<style>{asset(path)}</style>"
