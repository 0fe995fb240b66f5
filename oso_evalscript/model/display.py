"""Foreign text on a terminal or in a log: nothing in it can move the cursor, deceive the eye or command the reader.

A workflow of GitHub takes orders from its log: a line that begins with `::`, or `##[` anywhere in one (see "Workflow
commands" in GitHub's documentation, and the runner's `ActionCommand`). Foreign text shows neither as it is.
"""

from __future__ import annotations

import json
import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_COMMAND, _OLDER_COMMAND = "::", "##["


def displayed(char: str, encoding: str = "utf-8") -> str:
    """Return how one character is shown: a tab as blanks, what cannot be shown as an escape."""
    if char == "\t":
        return "    "
    if char.isascii() and char.isprintable():
        return char
    if unicodedata.category(char) in _HIDDEN:
        return char.encode("unicode_escape").decode()
    try:
        char.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return char.encode("unicode_escape").decode()
    return char


def cells(text: str, start: int, end: int, encoding: str = "utf-8") -> list[str]:
    """Return how each character of a stretch of a text is shown, behind something else on its line."""
    shown = [displayed(char, encoding) for char in text[start:end]]
    for index, char in enumerate(text[start:end], start):
        if char == "[" and index >= 2 and text[index - 2 : index + 1] == _OLDER_COMMAND:
            shown[index - start] = "\\x5b"
    return shown


def escaped(text: str, encoding: str = "utf-8", *, first: bool = True) -> str:
    """Return a text as it may be shown on one line; `first` where nothing but blanks may stand before it."""
    if not (text.isascii() and text.isprintable()):
        text = "".join("\\t" if char == "\t" else displayed(char, encoding) for char in text)
    if _OLDER_COMMAND in text:
        text = text.replace(_OLDER_COMMAND, "##\\x5b")
    if first and text.lstrip().startswith(_COMMAND):
        text = text.replace(":", "\\x3a", 1)
    return text


def to_json(value: object) -> str:
    """Return a value as JSON that may be shown: what controls a terminal or a workflow is written as escapes."""
    written = json.dumps(value, indent=2)  # in ASCII, of which the last character is a control character
    return written.replace("\x7f", "\\u007f").replace(_OLDER_COMMAND, "##\\u005b")


def width_of(text: str) -> int:
    """Return how many columns a displayed text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
