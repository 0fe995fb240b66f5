"""What is wrong in a text that is not JavaScript: numbers that are none, refused characters, lost commas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oso_evalscript.javascript.characters import BLANKS, LINE_ENDS
from oso_evalscript.javascript.lookalikes import plain
from oso_evalscript.javascript.tokens import Token, tokenize
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Span

_HEX_WORD = regex(r"[xX]?[0-9a-fA-F_]+")
_HEX_TAIL = regex(r"#[0-9a-fA-F]*|\.[0-9]+|")  # what right behind a number makes no sense but as a part of it
_MARKED_NUMBER = regex(r"#?[0-9]")
_HEX_BY_SIGN = regex(r"0x[0-9a-fA-F]{6}(?![\w$])")
_BLANK = f"[{BLANKS}{LINE_ENDS}]"
_GAP = regex(f"{_BLANK}*")
_WORD_OR_MARK = regex(rf"[\w$]+|[^{BLANKS}{LINE_ENDS}]")
_LINE_END = regex(f"[{LINE_ENDS}]")
_STARTS_VALUE = regex(r"[\w$\"'`\[{(]")
_COLON = regex(rf"{_BLANK}*:")
_KEY = regex(rf"[\w$\"']+{_BLANK}*:")
_VALUES = ("Numeric", "String", "Identifier", "Boolean", "Null")
_SAYS_LITTLE = ("unexpected", "the text ends", "cannot be read")
_CLOSING = {")": "(", "]": "[", "}": "{"}


class Fault(NamedTuple):
    """A place where the text is not JavaScript, and what is wrong there."""

    span: Span
    message: str


class Refusal(Exception):
    """Esprima gave up: where, and in which words."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.message = message


def broken_numbers(text: str, tokens: list[Token]) -> Iterator[Span]:
    """Numbers that esprima refuses, and numbers with hexadecimal words or digits right behind them."""
    opened: list[int] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind == "Punctuator":
            _track(opened, index, text, tokens)
        end = index + 1
        if token.kind in ("Numeric", "Refused") and _MARKED_NUMBER.match(plain(text[token.start : token.start + 2])):
            in_list = _ends_no_statement(text, tokens, index, opened)
            while end < len(tokens) and _belongs(text, tokens[end - 1], tokens[end], in_list=in_list):
                end += 1
            if end > index + 1 or token.kind == "Refused":
                yield Span(token.start, tokens[end - 1].end)
        index = end


def _ends_no_statement(text: str, tokens: list[Token], index: int, opened: list[int]) -> bool:
    """Whether a line end behind a number cannot close a statement: it stands in a list, or behind an object's key."""
    if not opened:
        return False
    before = [text[token.start : token.end] for token in tokens[max(index - 3, 0) : index]]
    is_keyed = len(before) == 3 and before[0] in ("{", ",") and before[2] == ":"
    return is_keyed or text[tokens[opened[-1]].start] != "{"


def _belongs(text: str, left: Token, right: Token, *, in_list: bool) -> bool:
    if left.end == right.start and right.kind in ("Numeric", "PrivateIdentifier", "Refused"):
        by_sign = right.kind == "Refused" and _HEX_BY_SIGN.match(plain(text[left.start : right.end + 8]))
        if by_sign or text[left.start] == "#" or _HEX_TAIL.fullmatch(plain(text[right.start : right.end])):
            return True
    if right.kind not in ("Numeric", "Identifier", "Refused"):
        return False
    gap = text[left.end : right.start]
    is_word = _HEX_WORD.fullmatch(plain(text[right.start : right.end]))
    if not is_word or not _GAP.fullmatch(gap) or _COLON.match(text, right.end):
        return False  # a key, before a colon, belongs to what follows
    # Outside of a list a line end may close a statement, so that what follows begins another one.
    return in_list or not _LINE_END.search(gap)


def refused_tokens(text: str, tokens: list[Token], broken: tuple[Span, ...]) -> Iterator[Fault]:
    """The refused tokens that are no part of a broken number."""
    numbers = iter(broken)
    number = next(numbers, None)
    for token in tokens:
        while number is not None and number.end <= token.start:
            number = next(numbers, None)
        inside = number is not None and number.start <= token.start
        if token.kind == "Refused" and not inside:
            yield Fault(Span(token.start, token.end), _why_refused(text, token))


def _why_refused(text: str, token: Token) -> str:
    first = text[token.start]
    if first in "\"'":
        return f"the string is not closed: a {first} is missing before the end of the line"
    if first == "`":
        return "the template string is not closed: a ` is missing"
    if first == "/":
        return "the comment is not closed: `*/` is missing"
    shown = f"`{first}` " if first.isprintable() else ""
    return f"unexpected character {shown}(U+{ord(first):04X})"


def explain_all(text: str, refusals: list[Refusal]) -> tuple[Fault, ...]:
    """What is wrong at each place where esprima stopped or passed over something."""
    if not refusals:
        return ()
    tokens, _ = tokenize(text)
    end = tokens[-1].end if tokens else 0
    faults: list[Fault] = []
    before = 0  # how many tokens end before the place
    opened: list[int] = []  # the brackets among them that none of them closes
    for refusal in sorted(refusals, key=lambda item: item.index):
        while before < len(tokens) and tokens[before].end <= refusal.index:
            if tokens[before].kind == "Punctuator":
                _track(opened, before, text, tokens)
            before += 1
        last = tokens[before - 1] if before else None
        if last is not None and last.kind == "Refused":
            faults.append(Fault(Span(last.start, last.end), _why_refused(text, last)))
        elif refusal.index >= end and last is not None and not refusal.message.startswith(_SAYS_LITTLE):
            faults.append(Fault(Span(last.start, last.end), refusal.message))
        elif refusal.index >= end:
            faults.append(_explain_end(end, tokens, opened))
        else:
            faults.append(_explain(text, tokens, before, opened, refusal))
    return tuple(faults)


def _explain_end(end: int, tokens: list[Token], opened: list[int]) -> Fault:
    if opened:
        bracket = tokens[opened[-1]]
        return Fault(Span(bracket.start, bracket.end), "this bracket is never closed")
    return Fault(Span(max(end - 1, 0), end), "the text ends in the middle of a statement")


def _explain(text: str, tokens: list[Token], before: int, opened: list[int], refusal: Refusal) -> Fault:
    place = _word_at(text, refusal.index)
    if before < len(tokens) and tokens[before].kind == "RegularExpression":
        place = Span(tokens[before].start, tokens[before].end)
    if before and opened and _lacks_comma(text, tokens, before, opened[-1], place):
        return Fault(place, f"unexpected `{text[place.start : place.end]}`: a comma is missing before it")
    if refusal.message.startswith("unexpected token") and place:
        return Fault(place, f"unexpected `{text[place.start : place.end]}`")
    return Fault(place, refusal.message)


def _lacks_comma(text: str, tokens: list[Token], before: int, bracket: int, place: Span) -> bool:
    """Whether a value ends right before `place` and another one, or a key, begins there, inside a list."""
    last = tokens[before - 1]
    ends_value = last.kind in _VALUES or text[last.start : last.end] in ("]", ")", "}")
    if not (ends_value and _STARTS_VALUE.match(text, place.start)):
        return False
    mark = text[tokens[bracket].start]
    if mark == "{":  # in an object a key follows; in a block something else is wrong
        has_keys = any(text[tokens[index].start] == ":" for index in range(bracket + 1, before))
        return has_keys and bool(_KEY.match(text, place.start))
    # A parenthesis lists arguments only after the name of a function.
    return mark == "[" or (bracket > 0 and tokens[bracket - 1].kind == "Identifier")


def _track(opened: list[int], index: int, text: str, tokens: list[Token]) -> None:
    """Note that the token at `index` opens or closes a bracket."""
    mark = text[tokens[index].start : tokens[index].end]
    if mark in ("(", "[", "{"):
        opened.append(index)
    elif mark in _CLOSING and opened and text[tokens[opened[-1]].start] == _CLOSING[mark]:
        opened.pop()


def _word_at(text: str, index: int) -> Span:
    word = _WORD_OR_MARK.search(text, index)
    return Span(word.start(), word.end()) if word else Span(len(text), len(text))
