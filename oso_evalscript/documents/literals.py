"""String literals of Python, JavaScript and JSON: what they stand for, character by character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from oso_evalscript.documents.passage import Change, Hole, Passage
from oso_evalscript.documents.spelling import Numbered, Spelling
from oso_evalscript.model.regex import regex

_CONTROLS = {chr(code): f"\\x{code:02x}" for code in (*range(0x20), 0x7F)} | {
    "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
}  # fmt: skip
_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LINE_ENDS = ("\n", "\r", "\r\n")
_SURROGATES = regex("[\ud800-\udfff]")

_JSON_ESCAPE = regex(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
_JSON = Spelling(
    {**{chr(code): f"\\u{code:04x}" for code in range(0x20)}, "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r",
     "\t": "\\t", '"': '\\"', "\\": "\\\\"},
    numbered=Numbered.UTF16,
)  # fmt: skip

_PYTHON_ESCAPE = regex(
    r"\\(?:\r\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^{}]*\}|[^NxuU])|\r\n?", re.DOTALL
)
_PYTHON_RAW_ESCAPE = regex(r"\r\n?")
_BRACES = {"{": "{{", "}": "}}"}

_TOML_ESCAPE = regex(
    r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[ \t]*(?:\r\n|\n)[ \t\r\n]*|[btnfre\"\\])|\\x[0-9a-fA-F]{2}|\r\n"
)
_CRLF = regex(r"\r\n")

_FOLD = r"[ \t]*(?:\r\n?|\n)(?:[ \t]*(?:\r\n?|\n))*[ \t]*"
_YAML_PLAIN = regex(_FOLD)
_YAML_SINGLE = regex(f"''|{_FOLD}")
_YAML_DOUBLE = regex(
    r"\\(?:\r\n?|\n)(?:[ \t]*(?:\r\n?|\n))*[ \t]*|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|" + _FOLD,
    re.DOTALL,
)
_YAML_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_YAML_TABLE = {
    **_CONTROLS, **{chr(code): f"\\x{code:02x}" for code in range(0x80, 0xA0)}, '"': '\\"', "\\": "\\\\",
    "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P", "\ufeff": "\\ufeff", "\ufffe": "\\ufffe", "\uffff": "\\uffff",
}  # fmt: skip
_NEWLINE = regex(r"\r\n?|\n")

_JAVASCRIPT_ESCAPE = regex(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\(?:\r\n|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[0-3][0-7]{0,2}|[4-7][0-7]?|.)|\r\n?",
    re.DOTALL,
)


def read_json(outer: Passage, start: int, end: int) -> Passage:
    """Return what the JSON string between two offsets, its quotes left out, stands for."""
    return _read(outer, start, end, _changes(outer, start, end, _JSON_ESCAPE, _json_value), _JSON)


def read_json_lines(outer: Passage, lines: Sequence[tuple[int, int]], between: str) -> Passage:
    """Return what a list of JSON strings stands for that holds a line each.

    Args:
        outer: the text around it.
        lines: where each string begins and ends, its quotes left out.
        between: what is written between two strings, from the closing quote of one to the opening quote of the next.
    """
    text, first = outer.text, lines[0][0]
    whole = outer[first : lines[-1][1]]
    changes: list[Change] = []
    escapes: dict[str, str] = {}
    for number, (start, end) in enumerate(lines):
        for match in _JSON_ESCAPE.finditer(text, start, end):
            value = _json_value(match[0])
            escapes[value] = match[0]
            changes.append(Change(match.start() - first, match.end() - first, value))
        if number + 1 < len(lines):
            is_line = text.endswith("\\n", start, end) and changes[-1].end == end - first and changes[-1].new == "\n"
            low = changes.pop().start if is_line else end - first
            changes.append(Change(low, lines[number + 1][0] - first, "\n" if is_line else ""))
    spelling = replace(_JSON, table={**_JSON.table, "\n": "\\n" + between})
    passage = whole.reread(changes, spelling.like(escapes, _JSON_ESCAPE.sub("", whole.text)))
    if not passage.text.endswith("\n"):
        return passage
    last = passage.pieces[-1]
    return Passage((*passage.pieces[:-1], last._replace(margin=between)))


def read_python(
    outer: Passage, start: int, end: int, *, prefix: str, quote: str, fields: Sequence[Hole | Change] = ()
) -> Passage:
    """Return what the body of a Python literal stands for.

    Args:
        outer: the text around it.
        start: behind the opening quotes.
        end: before the closing quotes.
        prefix: the letters before the quotes, in small letters.
        quote: the quotes.
        fields: where an f-string has its replacement fields, and what stands for them.
    """
    raw, triple = "r" in prefix, len(quote) == 3
    newline = newline_of(outer.text)
    table = {} if raw else {**_CONTROLS, "\\": "\\\\"}
    refused = {"\0", "\r"} if raw else set()
    strict: dict[str, str] = {}
    if triple:
        table |= {"\n": newline, "\t": "\t"}
        strict = {} if raw else {quote[0]: "\\" + quote[0]}
    elif raw:
        refused |= {"\n", quote}
    else:
        table[quote] = "\\" + quote
    pattern, value = (_PYTHON_RAW_ESCAPE, _newline) if raw else (_PYTHON_ESCAPE, _python_value)
    gaps = _gaps(start, end, fields)
    changes = [*fields, *(change for low, high in gaps for change in _changes(outer, low, high, pattern, value))]
    if "f" in prefix or "t" in prefix:
        changes += [change for low, high in gaps for change in _doubled(outer, low, high, changes)]
        table |= _BRACES
    spelling = Spelling(table, strict, frozenset(refused), None if raw else Numbered.LONG)
    return _read(outer, start, end, changes, spelling)


def read_javascript(
    outer: Passage, start: int, end: int, *, quote: str, raw: bool = False, fields: Sequence[Hole | Change] = ()
) -> Passage:
    """Return what the body of a JavaScript string or template stands for.

    Args:
        outer: the text around it.
        start: behind the opening quote.
        end: before the closing quote.
        quote: the quote.
        raw: whether it is the template of `String.raw`.
        fields: where a template has its substitutions, and what stands for them.
    """
    if raw:
        table: dict[str, str] = {"\n": newline_of(outer.text)}
        spelling = Spelling(table, {}, frozenset("`\r"))
    elif quote == "`":
        table = {**_CONTROLS, "\\": "\\\\", "`": "\\`", "\n": newline_of(outer.text), "\t": "\t"}
        spelling = Spelling(table, {"$": "\\$"}, numbered=Numbered.UTF16)
    else:
        spelling = Spelling({**_CONTROLS, "\\": "\\\\", quote: "\\" + quote}, numbered=Numbered.UTF16)
    pattern, value = (_PYTHON_RAW_ESCAPE, _newline) if raw else (_JAVASCRIPT_ESCAPE, _javascript_value)
    gaps = _gaps(start, end, fields)
    changes = [*fields, *(change for low, high in gaps for change in _changes(outer, low, high, pattern, value))]
    return _read(outer, start, end, changes, spelling)


def read_toml(outer: Passage, start: int, end: int, *, quote: str) -> Passage:
    """Return what the body of a TOML string stands for."""
    newline = newline_of(outer.text)
    triple = len(quote) == 3
    if triple and (match := _NEWLINE.match(outer.text, start, end)):
        start = match.end()  # the first line ending does not count
    if quote[0] == "'":
        spelling = Spelling({"\n": newline} if triple else {}, {}, frozenset("\r" if triple else "\r\n'"))
        return _read(outer, start, end, _changes(outer, start, end, _CRLF, _newline), spelling)
    table = {**_JSON.table, "\t": "\t", "\x7f": "\\u007f"}
    strict = {}
    if triple:
        table |= {"\n": newline, '"': '"'}
        strict = {'"': '\\"'}
    spelling = Spelling(table, strict, numbered=Numbered.LONG)
    return _read(outer, start, end, _changes(outer, start, end, _TOML_ESCAPE, _toml_value), spelling)


def read_yaml(outer: Passage, start: int, end: int, *, quote: str) -> Passage:
    """Return what the body of a plain or quoted YAML scalar stands for."""
    if quote == '"':
        spelling = Spelling(_YAML_TABLE, numbered=Numbered.LONG)
        return _read(outer, start, end, _changes(outer, start, end, _YAML_DOUBLE, _yaml_value), spelling)
    folds = re.search(r"[\r\n]([ \t]*)(?![ \t\r\n])", outer.text[start:end])
    newline = {"\n": newline_of(outer.text) * 2 + folds[1]} if folds else {}
    refused = frozenset() if folds else frozenset("\n")
    if quote:
        changes = _changes(outer, start, end, _YAML_SINGLE, _yaml_value)
        return _read(outer, start, end, changes, Spelling({"'": "''", **newline}, {}, refused))
    return _read(
        outer, start, end, _changes(outer, start, end, _YAML_PLAIN, _yaml_value), Spelling(newline, {}, refused)
    )


def without_surrogates(text: str) -> str:
    """Return a text with a sign in the place of each half of a character, which UTF-8 cannot write."""
    return _SURROGATES.sub("\ufffd", text)


def newline_of(text: str) -> str:
    """Return the line ending that a text uses first, a line feed where it has none."""
    match = re.search(r"\r\n?|\n", text)
    return match[0] if match else "\n"


def _read(outer: Passage, start: int, end: int, changes: list[Change | Hole], spelling: Spelling) -> Passage:
    """The part of a passage with all its changes, spelled as it spells itself."""
    changes.sort(key=lambda change: change[:2])
    escapes: dict[str, str] = {}
    raw: list[str] = []
    moved: list[Change | Hole] = []
    done = start
    for change in changes:
        raw.append(outer.text[done : change.start])
        done = change.end
        if isinstance(change, Change) and isinstance(change.new, str):
            escapes[change.new] = outer.text[change.start : change.end]
        moved.append(change._replace(start=change.start - start, end=change.end - start))
    raw.append(outer.text[done:end])
    return outer[start:end].reread(moved, spelling.like(escapes, "".join(raw)))


def _gaps(start: int, end: int, fields: Iterable[Hole | Change]) -> list[tuple[int, int]]:
    """What lies between the fields."""
    found, done = [], start
    for item in fields:
        found.append((done, item.start))
        done = item.end
    return [*found, (done, end)]


def _changes(
    outer: Passage, start: int, end: int, pattern: re.Pattern[str], value: Callable[[str], str | None]
) -> list[Change | Hole]:
    found: list[Change | Hole] = []
    for match in pattern.finditer(outer.text, start, end):
        new = value(match[0])
        if new is not None:
            found.append(Change(match.start(), match.end(), _SURROGATES.sub("\ufffd", new)))
    return found


def _doubled(outer: Passage, start: int, end: int, taken: Sequence[Change | Hole]) -> list[Change]:
    """The doubled braces of an f-string; those of a named character are no such."""
    named = [(item.start, item.end) for item in taken if isinstance(item, Change)]
    return [
        Change(match.start(), match.end(), match[0][0])
        for match in re.compile(r"\{\{|\}\}").finditer(outer.text, start, end)
        if not any(low <= match.start() < high for low, high in named)
    ]


def _json_value(escape: str) -> str:
    if escape[1] != "u":
        return _SIMPLE.get(escape[1], escape[1])
    return _SURROGATES.sub("\ufffd", _from_utf16(escape))


def _from_utf16(escape: str) -> str:
    units = [int(part, 16) for part in escape.split("\\u")[1:]]
    if len(units) == 1:
        return chr(units[0])
    return chr(0x10000 + ((units[0] - 0xD800) << 10) + units[1] - 0xDC00)


def _numbered(digits: str) -> str | None:
    """The character of a hexadecimal number; None where there is none."""
    number = int(digits, 16)
    return chr(number) if number <= 0x10FFFF else None


def _newline(escape: str) -> str | None:
    return "\n"


def _python_value(escape: str) -> str | None:
    if escape[0] == "\r":
        return "\n"
    kind = escape[1]
    if escape[1:] in _LINE_ENDS:
        return ""
    if kind in "01234567":
        return chr(int(escape[1:], 8))
    if kind in "xuU":
        return _numbered(escape[2:])
    if kind == "N":
        try:
            return unicodedata.lookup(escape[3:-1])
        except KeyError:
            return None
    if kind in "\\'\"":
        return kind
    return "\a" if kind == "a" else _SIMPLE.get(kind)


def _javascript_value(escape: str) -> str | None:
    if escape[0] == "\r":
        return "\n"
    kind = escape[1]
    if escape[1:] in (*_LINE_ENDS, "\u2028", "\u2029"):
        return ""
    if kind in "01234567":
        return chr(int(escape[1:], 8))
    if kind == "x":
        return _numbered(escape[2:]) if len(escape) == 4 else kind
    if kind == "u":
        if escape[2:3] == "{":
            return _numbered(escape[3:-1])
        return _from_utf16(escape) if len(escape) > 2 else kind
    return _SIMPLE.get(kind, kind)


def _toml_value(escape: str) -> str | None:
    if escape[0] == "\r":
        return "\n"
    kind = escape[1]
    if kind in "uUx":
        return _numbered(escape[2:])
    if kind in " \t\r\n":
        return ""
    return "\x1b" if kind == "e" else _SIMPLE.get(kind, kind)


def _yaml_value(escape: str) -> str | None:
    if escape[0] != "\\":
        if escape == "''":
            return "'"
        count = len(_NEWLINE.findall(escape))
        return "\n" * (count - 1) if count > 1 else " "
    kind = escape[1]
    if kind in "\r\n":
        return "\n" * (len(_NEWLINE.findall(escape)) - 1)
    if kind in "xuU" and len(escape) > 2:
        return _numbered(escape[2:])
    return _YAML_ESCAPES.get(kind, kind)
