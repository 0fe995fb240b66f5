"""The classes of regular expressions with the flag `v`: nested, with `--` and `&&`, and with strings of characters."""

from __future__ import annotations

from oso_evalscript.javascript.pattern_text import Mistake, escaped_letter, property_end

_NOT_ALONE = frozenset("()[]{}/-\\|")
_DOUBLED = frozenset("&& !! ## $$ %% ** ++ ,, .. :: ;; << == >> ?? @@ ^^ `` ~~".split())
_ALSO_ESCAPED = "&-!#%,:;<=>@`~"
_CLASS_LETTERS = frozenset("dDsSwW")
_OPERATORS = ("--", "&&")

_Operand = tuple[int, int | None, bool]
"""Where an operand ends, its code where it is one character, and whether it may stand for several in a row."""


def class_set_end(text: str, start: int) -> int:
    """Return where the class that begins at `start` ends.

    Raises:
        Mistake: it is none.
        RecursionError: it is nested too deeply.
    """
    return _class(text, start)[0]


def _class(text: str, start: int) -> _Operand:
    is_negated = text.startswith("^", start + 1)
    at = start + 1 + is_negated
    has_strings: list[bool] = []
    operator: str | None = None  # "" between the members of a union
    while not text.startswith("]", at):
        if has_strings and operator is None:
            operator = text[at : at + 2] if text[at : at + 2] in _OPERATORS else ""
        if has_strings and operator:
            if not text.startswith(operator, at):
                raise Mistake("`--` and `&&` cannot be mixed with anything else in a character class")
            at += 2
            if operator == "&&" and text.startswith("&", at):
                raise Mistake("`&&&` is not allowed in a character class")
        at, code, strings = _operand(text, at)
        if not operator and text.startswith("-", at) and not text.startswith("--", at):
            at, last, _ = _operand(text, at + 1)
            if code is None or last is None:
                raise Mistake("a range must begin and end with a single character")
            if code > last:
                raise Mistake("a range in a character class is out of order")
            operator = ""
        has_strings.append(strings)
    may_be_strings = (
        all(has_strings) if operator == "&&" else has_strings[0] if operator == "--" else any(has_strings)
    ) and bool(has_strings)
    if is_negated and may_be_strings:
        raise Mistake("a negated character class cannot contain strings")
    return at + 1, None, may_be_strings


def _operand(text: str, at: int) -> _Operand:
    letter = text[at : at + 1]
    if not letter:
        raise Mistake("a `[` is never closed")
    if letter == "[":
        return _class(text, at)
    if letter != "\\":
        return _letter(text, at)
    follows = text[at + 1 : at + 2]
    if follows in _CLASS_LETTERS:
        return at + 2, None, False
    if follows and follows in "pP":
        end, strings = property_end(text, at + 1, in_sets=True)
        return end, None, strings
    if follows == "q" and text.startswith("{", at + 2):
        return _strings(text, at + 3)
    return _letter(text, at)


def _letter(text: str, at: int) -> _Operand:
    letter = text[at]
    if letter == "\\":
        code, end = escaped_letter(text, at + 1, also=_ALSO_ESCAPED)
        return end, code, False
    if letter in _NOT_ALONE or text[at : at + 2] in _DOUBLED:
        raise Mistake(f"`{text[at : at + 1 + (letter not in _NOT_ALONE)]}` must be escaped in a character class")
    return at + 1, ord(letter), False


def _strings(text: str, at: int) -> _Operand:
    r"""Behind `\q{`: strings between `|`."""
    lengths = [0]
    while not text.startswith("}", at):
        if at >= len(text):
            raise Mistake("a `\\q{` is never closed")
        if text[at] == "|":
            lengths.append(0)
            at += 1
        else:
            at, _, _ = _letter(text, at)
            lengths[-1] += 1
    return at + 1, None, any(length != 1 for length in lengths)
