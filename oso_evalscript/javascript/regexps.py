r"""Whether a regular expression is one, by the grammar of ECMA-262 with its Annex B and the flags `u` and `v`.

Nothing here asks Python's `re` about a pattern: the two languages differ in most of what is rare. One pass over the
pattern, without recursion but for the nested classes of `v`.

Without `u` or `v` nearly everything is taken as it is: an escape that means nothing is its letter, and a brace that
repeats nothing is a brace. `tests/javascript/test_regexps.py` compares with V8.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from oso_evalscript.javascript.class_sets import class_set_end
from oso_evalscript.javascript.letters import may_continue, may_start
from oso_evalscript.javascript.pattern_text import (
    CONTROL_CODES,
    TWO_DIGITS,
    UNIT,
    Mistake,
    escaped_letter,
    in_units,
    paired,
    property_end,
)
from oso_evalscript.model.regex import regex

_FLAGS = frozenset("dgimsuvy")
_MODIFIERS = regex(r"\(\?([a-z]*)(?:(-)([a-z]*))?:")
_QUANTIFIER = regex(r"\{([0-9]+)(?:(,)([0-9]*))?\}")
_NAME_ESCAPE = regex(
    r"\\u(?:([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|([0-9a-fA-F]{4})|\{([0-9a-fA-F]+)\})"
)
_DIGITS = regex("[1-9][0-9]*")
_OCTAL = regex("[0-3][0-7]{0,2}|[4-7][0-7]?")
MAX_GROUPS = 2**16 - 1
MAX_TIMES = 2**31 - 1  # V8 counts no further, and takes more for the same
_CLASS_LETTERS = frozenset("dDsSwW")
_CONTROL = regex("c[a-zA-Z]")
_CONTROL_IN_CLASS = regex("c[a-zA-Z0-9_]")


@dataclass(frozen=True, slots=True)
class RegularExpression:
    """The value of a literal such as `/a/g`; nobody matches with it here."""

    pattern: str
    flags: str


def fault_of_pattern(pattern: str, flags: str) -> str | None:
    """Return what is wrong with a regular expression, as a clause; None where nothing is."""
    if not _FLAGS.issuperset(flags) or len(set(flags)) < len(flags) or {"u", "v"} <= set(flags):
        return f"invalid regular expression flags `{flags}`"
    try:
        _Pattern(pattern, flags).read()
    except Mistake as mistake:
        return f"invalid regular expression: {mistake}"
    return None


@dataclass(slots=True)
class _Group:
    """A group that is open.

    Attributes:
        repeatable: whether a quantifier may follow it.
        alternative: how many `|` it has had.
    """

    number: int
    repeatable: bool
    alternative: int = 0


@dataclass(slots=True)
class _Names:
    """The named groups of a pattern, each with where it stands: the groups around it, and their alternatives."""

    paths: dict[str, list[dict[int, int]]] = field(default_factory=dict)

    def add(self, name: str, opened: list[_Group]) -> None:
        path = {group.number: group.alternative for group in opened}
        others = self.paths.setdefault(name, [])
        for other in others:
            if not any(path.get(number, alternative) != alternative for number, alternative in other.items()):
                raise Mistake(f"duplicate group name `{name}`")
        others.append(path)


class _Pattern:
    """A pattern that is being read.

    Attributes:
        by_points: whether it is read by whole characters, with `u` or `v`, rather than by units of UTF-16.
    """

    def __init__(self, pattern: str, flags: str) -> None:
        self.by_points = "u" in flags or "v" in flags
        self._has_sets = "v" in flags
        self._text = pattern if self.by_points else in_units(pattern)
        self._has_names = self.by_points or _names_a_group(self._text)
        self._at = 0
        self._groups = 0  # that capture
        self._opened = [_Group(0, False)]
        self._names = _Names()
        self._referred: set[str] = set()
        self._largest = 0  # number that is referred to

    def read(self) -> None:
        """Read it to its end.

        Raises:
            Mistake: it is none.
        """
        text = self._text
        numbers = 1
        while self._at < len(text):
            letter = text[self._at]
            repeatable = True
            if letter == "(":
                self._opened.append(_Group(numbers, self._open()))
                numbers += 1
                continue
            if letter == ")":
                if len(self._opened) == 1:
                    raise Mistake("unmatched `)`")
                self._at += 1
                repeatable = self._opened.pop().repeatable
            elif letter == "|":
                self._opened[-1].alternative += 1
                self._at += 1
                continue
            elif letter in "^$":
                self._at += 1
                repeatable = False
            elif letter == "[":
                self._class()
            elif letter == "\\":
                repeatable = self._escape()
            else:
                self._plain(letter)
            self._quantifier(repeatable=repeatable)
        if len(self._opened) > 1:
            raise Mistake("a `(` is never closed")
        self._check_references()

    def _check_references(self) -> None:
        if self._groups > MAX_GROUPS:
            raise Mistake(f"more than {MAX_GROUPS:,} groups")
        for name in sorted(self._referred - self._names.paths.keys()):
            raise Mistake(f"there is no group named `{name}`")
        if self.by_points and self._largest > self._groups:
            raise Mistake(f"`\\{self._largest}` refers to a group that does not exist")

    def _plain(self, letter: str) -> None:
        if letter in "*+?" or (letter == "{" and (self.by_points or _QUANTIFIER.match(self._text, self._at))):
            raise Mistake(f"nothing to repeat before `{letter}`")
        if self.by_points and letter in "]}":
            raise Mistake(f"unmatched `{letter}`")
        self._at += 1

    def _quantifier(self, *, repeatable: bool) -> None:
        text = self._text
        letter = text[self._at : self._at + 1]
        if letter == "{":
            match = _QUANTIFIER.match(text, self._at)
            if match is None:
                if self.by_points:
                    raise Mistake("a `{` must begin a quantifier or be escaped")
                return
            least = _times(match[1])
            if match[3] and _times(match[3]) < least:
                raise Mistake(f"the numbers in `{match[0]}` are out of order")
            end = match.end()
        elif letter and letter in "*+?":
            end = self._at + 1
        else:
            return
        if not repeatable:
            raise Mistake(f"`{letter}` cannot repeat an assertion")
        self._at = end + text.startswith("?", end)

    def _open(self) -> bool:
        """Go behind the beginning of a group; return whether a quantifier may follow the group."""
        text, at = self._text, self._at
        if not text.startswith("(?", at):
            self._at += 1
            self._groups += 1
            return True
        if text.startswith(("(?=", "(?!"), at):
            self._at += 3
            return not self.by_points
        if text.startswith(("(?<=", "(?<!"), at):
            self._at += 4
            return False
        if text.startswith("(?<", at):
            self._at += 3
            self._groups += 1
            self._names.add(self._name(), self._opened)
            return True
        match = _MODIFIERS.match(text, at)
        letters = match[1] + (match[3] or "") if match else ""
        if match is None or not set(letters) <= set("ims") or len(set(letters)) < len(letters):
            raise Mistake("invalid group after `(?`")
        if match[2] and not letters:
            raise Mistake("`(?-:` must name at least one flag")
        self._at = match.end()
        return True

    def _name(self) -> str:
        """Go behind a name and its `>`, and return the name."""
        name, end = _name_and_end(self._text, self._at)
        if name is None:
            raise Mistake("invalid group name")
        self._at = end
        return name

    def _escape(self) -> bool:
        """Go behind an escape outside of classes; return whether a quantifier may follow."""
        text, at = self._text, self._at + 1
        letter = text[at : at + 1]
        if letter in ("b", "B"):
            self._at = at + 1
            return False
        if letter == "k" and self._has_names:
            if not text.startswith("<", at + 1):
                raise Mistake("`\\k` must be followed by a group name, as in `\\k<name>`")
            self._at = at + 2
            self._referred.add(self._name())
        elif self.by_points and (digits := _DIGITS.match(text, at)):
            self._largest = max(self._largest, _times(digits[0]))
            self._at = digits.end()
        elif letter in _CLASS_LETTERS:
            self._at = at + 1
        elif letter and letter in "pP" and self.by_points:
            self._at = property_end(text, at, in_sets=self._has_sets)[0]
        else:
            self._at = self._character(in_class=False)[1]
        return True

    def _character(self, *, in_class: bool) -> tuple[int, int]:
        """The code of an escaped character, and where its escape ends."""
        text, at = self._text, self._at + 1
        if self.by_points:
            return escaped_letter(text, at, also="-" if in_class else "")
        letter = text[at : at + 1]
        if not letter:
            raise Mistake("it ends with a backslash")
        control = (_CONTROL_IN_CLASS if in_class else _CONTROL).match(text, at)
        if letter == "c":
            return (ord(text[at + 1]) % 32, at + 2) if control else (ord("\\"), at)
        if letter == "k" and self._has_names:
            raise Mistake("`\\k` must be followed by a group name, as in `\\k<name>`")
        if octal := _OCTAL.match(text, at):
            return int(octal[0], 8), octal.end()
        if digits := TWO_DIGITS.match(text, at) or UNIT.match(text, at):
            return int(digits[1], 16), digits.end()
        if letter == "b" and in_class:
            return 8, at + 1
        return CONTROL_CODES.get(letter, ord(letter)), at + 1

    def _class(self) -> None:
        """Go behind a class."""
        if self._has_sets:
            self._at = class_set_end(self._text, self._at)
            return
        text = self._text
        self._at += 1 + text.startswith("^", self._at + 1)
        while not text.startswith("]", self._at):
            first = self._class_member()
            if not text.startswith("-", self._at) or text.startswith("]", self._at + 1):
                continue
            self._at += 1
            last = self._class_member()
            if first is None or last is None:
                if self.by_points:
                    raise Mistake("a range must begin and end with a single character")
            elif first > last:
                raise Mistake("a range in a character class is out of order")
        self._at += 1

    def _class_member(self) -> int | None:
        """Go behind a member of a class, and return its code; None for more than one character."""
        text, at = self._text, self._at
        letter = text[at : at + 1]
        if not letter:
            raise Mistake("a `[` is never closed")
        if letter != "\\":
            self._at += 1
            return ord(letter)
        follows = text[at + 1 : at + 2]
        if follows in _CLASS_LETTERS:
            self._at += 2
            return None
        if follows and follows in "pP" and self.by_points:
            self._at = property_end(text, at + 1, in_sets=False)[0]
            return None
        code, self._at = self._character(in_class=True)
        return code


def _times(digits: str) -> int:
    shown = digits.lstrip("0") or "0"
    return min(int(shown), MAX_TIMES) if len(shown) < 12 else MAX_TIMES


def _names_a_group(text: str) -> bool:
    """Whether some group of a pattern has a name."""
    at, in_class = 0, False
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif in_class:
            in_class = text[at] != "]"
        elif text[at] == "[":
            in_class = True
        elif text.startswith("(?<", at) and text[at + 3 : at + 4] not in ("=", "!"):
            return True
        at += 1
    return False


def _name_and_end(text: str, start: int) -> tuple[str | None, int]:
    """The name of a group that stands before a `>`, None where none does, and where the `>` ends."""
    letters: list[str] = []
    at = start
    while not text.startswith(">", at):
        letter, at = _letter_of_name(text, at)
        if letter is None or not (may_continue(letter) if letters else may_start(letter)):
            return None, at
        letters.append(letter)
    return ("".join(letters) or None), at + 1


def _letter_of_name(text: str, at: int) -> tuple[str | None, int]:
    """A letter of a name, which may be escaped or a pair of surrogates, and where it ends."""
    if match := _NAME_ESCAPE.match(text, at):
        high, low, unit, point = match.groups()
        if high:
            return chr(paired(int(high, 16), int(low, 16))), match.end()
        code = int(unit or point, 16)
        return (chr(code) if code <= 0x10FFFF else None), match.end()
    if at >= len(text):
        return None, at
    first, second = ord(text[at]), ord(text[at + 1]) if at + 1 < len(text) else 0
    if 0xD800 <= first < 0xDC00 <= second < 0xE000:
        return chr(paired(first, second)), at + 2
    return text[at], at + 1
