"""Tokens and comments of any text, resuming after each token that esprima refuses."""

from __future__ import annotations

import re
import sys
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from oso_evalscript.javascript import characters
from oso_evalscript.javascript.characters import BLANKS, LINE_ENDS
from oso_evalscript.javascript.letters import may_continue, may_start
from oso_evalscript.javascript.numbers import BigInt, to_number
from oso_evalscript.model.errors import WrongPackage
from oso_evalscript.model.regex import regex

if TYPE_CHECKING:
    from oso_evalscript.javascript.regexps import RegularExpression

characters.install()
with warnings.catch_warnings():  # esprima silences FutureWarning for the whole process when imported
    import esprima

    if not hasattr(esprima.nodes, "ChainExpression"):
        raise WrongPackage(
            f"`{esprima.__name__}` is the outdated distribution `esprima`, which overwrites `esprima2`; "
            "run: pip uninstall -y esprima esprima2 && pip install esprima2"
        )
    from esprima.messages import Messages
    from esprima.scanner import RawToken, Scanner
    from esprima.token import Token as Kind
    from esprima.tokenizer import Tokenizer

MATCHES_INSTALLED_RELEASE = esprima.__version__[:2] == (6, 0)
"""Whether what leans on esprima's inner parts was written for the release that is installed."""

EsprimaNode: Any = esprima.nodes.Node
EsprimaError: Any = esprima.Error
_WORD = regex(r"[\w$.]+")
_FOREIGN = regex(rf"[^\x20-\x7e{BLANKS}{LINE_ENDS}\w]+")  # characters that begin no token
_LINE_END = regex(f"[{LINE_ENDS}]")
_SKIP = regex(rf"(?:[{BLANKS}{LINE_ENDS}]|//[^{LINE_ENDS}]*|/\*.*?\*/)*", re.DOTALL)
_CODE_POINT = regex(r"0*([0-9a-fA-F]{1,6})\}")
_LONG_NUMBER = regex(r"(?:(?P<octal>0[0-7]++(?!9|8|n))|[1-9](?:_?[0-9])*+n)(?![\w$\\]|[^\x00-\x7f])", re.ASCII)
_PLAIN_NAME = regex(r"[A-Za-z_$][\w$]*+(?!\\|[^\x00-\x7f])", re.ASCII)
KINDS_OF_WORDS = dict.fromkeys(Scanner.isKeyword.set, Kind.Keyword) | {
    "null": Kind.NullLiteral,
    "true": Kind.BooleanLiteral,
    "false": Kind.BooleanLiteral,
}
_NAME = regex(r"(?:[\w$]|[^\x00-\x7f]|\\)++", re.ASCII)
_ESCAPE_IN_NAME = regex(r"\\u(?:([0-9a-fA-F]{4})|\{0*([0-9a-fA-F]{1,6})\})")
_NO_OCTAL = regex(r"(?:[^\\]|\\[^89])*+\\[89]", re.DOTALL)
_TEMPLATE = regex(r"(?:[^`\\$]|\\.|\$(?!\{))*+(`|\$\{)", re.DOTALL)
_TEMPLATE_ESCAPE = regex(
    r"\r\n?|\\(?:u([0-9a-fA-F]{4})|u\{0*([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|(0(?![0-9])|\r\n|[^0-9xu]))|(\\)",
    re.DOTALL,
)
_SHORT = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_ENDS_OF_LINES = regex("\r\n|[\n\r\u2028\u2029]")
_ESCAPES_AND_SEPARATOR = regex(r"(\\*)([\u2028\u2029])")


class CarefulScanner(Scanner):  # type: ignore[misc]
    """Esprima's scanner where it and the language agree, and the language where they do not.

    `-->` begins a comment also behind a comment that spans lines (ECMA-262, B.1.1); U+2028 and U+2029 may stand in a
    string since ES2019; looking ahead leaves no trace; a number is a double, whatever its length, and no big integer
    is worked out; letters are those of V8's Unicode; regular expressions are checked by their own grammar.
    `tests/javascript/test_scanner.py` compares it with V8.
    """

    source: str
    index: int

    def __init__(self, code: str, handler: Any) -> None:
        super().__init__(code, handler)
        self._separators = _separators_as_letters(self.source)

    def scanComments(self) -> list[Any]:
        """Skip blanks and comments, and return the comments."""
        line = self.lineNumber
        found: list[Any] = super().scanComments()
        while self.lineNumber != line and self.source.startswith("-->", self.index):
            self.index += len("-->")
            found += self.skipSingleLineComment(len("-->"))
            found += super().scanComments()
        return found

    def saveState(self) -> Any:
        """Return where the scanner is."""
        state = super().saveState()
        state.curlyStack = self.curlyStack.copy()
        return state

    def restoreState(self, state: Any) -> None:
        """Go back to where the scanner was."""
        super().restoreState(state)
        self.curlyStack = state.curlyStack

    def lex(self) -> Any:
        """Return the next token; its letters are ours also where esprima was imported before `characters`."""
        letter = self.source[self.index : self.index + 1]
        return self.scanIdentifier() if letter > "\x7f" and may_start(letter) else super().lex()

    def scanNumericLiteral(self) -> Any:
        """Read a number."""
        start = self.index
        match = _LONG_NUMBER.match(self.source, start)
        if match is None:
            token = super().scanNumericLiteral()
            token.octal = token.octal or (self.source[start] == "0" and self.source[start + 1].isdecimal())
        else:  # where esprima takes its time, or trips over Python's limit of digits
            end = self.index = match.end()
            token = RawToken(lineNumber=self.lineNumber, lineStart=self.lineStart, start=start, end=end)
            is_octal = match.lastgroup == "octal"
            token.type = Kind.NumericLiteral if is_octal else Kind.BigIntLiteral
            token.octal, token.value = is_octal, int(match[0], 8) if is_octal else 0
        if token.type == Kind.BigIntLiteral:
            token.value = BigInt(self.source[start : self.index - 1])
        else:
            token.value = to_number(token.value)
        return token

    def scanStringLiteral(self) -> Any:
        """Read a string."""
        if self._separators is None:
            token = super().scanStringLiteral()
            token.octal = token.octal or bool(_NO_OCTAL.match(self.source, token.start, token.end))
            return token
        whole = self.source
        self.source, back = self._separators
        try:
            token = super().scanStringLiteral()
        finally:
            self.source = whole
        token.value = token.value.translate(back)
        return token

    def scanUnicodeCodePointEscape(self) -> str:
        """Read the digits of an escape in braces, however many there are, in linear time."""
        match = _CODE_POINT.match(self.source, self.index)
        if match is None or int(match[1], 16) > sys.maxunicode:
            self._refuse()
        self.index = match.end()
        return chr(int(match[1], 16))

    def scanIdentifier(self) -> Any:
        """Read a name or a keyword; an escaped word is not a keyword, but may name a member."""
        start = self.index
        plain = _PLAIN_NAME.match(self.source, start)
        name, end = (plain[0], plain.end()) if plain else self._name(start)
        self.index = end
        kind = KINDS_OF_WORDS.get(name, Kind.Identifier)
        token = RawToken(kind, name, lineNumber=self.lineNumber, lineStart=self.lineStart, start=start, end=end)
        if end - start != len(name):
            token.escaped = True
            if kind != Kind.Identifier:
                token.type, token.name, token.value = Kind.Keyword, name, self.source[start:end]
        return token

    def scanPrivateIdentifier(self) -> Any:
        """Read a private name."""
        start = self.index
        name, end = self._name(start + 1)
        self.index = end
        where = {"lineNumber": self.lineNumber, "lineStart": self.lineStart, "start": start, "end": end}
        return RawToken(Kind.PrivateIdentifier, f"#{name}", **where)

    def _refuse(self) -> NoReturn:
        column = self.index - self.lineStart + 1
        raise self.errorHandler.createError(self.index, self.lineNumber, column, Messages.UnexpectedTokenIllegal)

    def _name(self, start: int) -> tuple[str, int]:
        """The name that begins at a place, with its escapes resolved, and where it ends."""
        match = _NAME.match(self.source, start)
        written = match[0] if match else ""
        if written.isascii() and "\\" not in written:
            if not written or written[0].isdigit():
                self._refuse()
            return written, start + len(written)
        letters: list[str] = []
        at = start
        while at < self.length:
            letter, end = self.source[at], at + 1
            if letter == "\\":
                escape = _ESCAPE_IN_NAME.match(self.source, at)
                code = int(escape[1] or escape[2], 16) if escape else -1
                if escape is None or code > sys.maxunicode:
                    self.index = at
                    self._refuse()
                letter, end = chr(code), escape.end()
                if not (may_continue(letter) if letters else may_start(letter)):
                    self._refuse()
            elif not (may_continue(letter) if letters else may_start(letter)):
                break
            letters.append(letter)
            at = end
        if not letters:
            self._refuse()
        return "".join(letters), at

    def scanTemplate(self) -> Any:
        """Read a piece of a template; `cooked` is None where an escape is invalid, which only a tag may see."""
        start = self.index
        match = _TEMPLATE.match(self.source, start + 1)
        if match is None or match.end() > self.length:
            self._refuse()
        self.index = match.end()
        head = self.source[start] == "`"
        if not head and self.curlyStack:
            self.curlyStack.pop()
        if match[1] == "${":
            self.curlyStack.append("${")
        raw = self.source[start + 1 : match.start(1)]
        ends = list(_ENDS_OF_LINES.finditer(self.source, start, self.index)) if not raw.isprintable() else []
        if ends:
            self.lineNumber += len(ends)
            self.lineStart = ends[-1].end()
        token = RawToken(lineNumber=self.lineNumber, lineStart=self.lineStart, start=start, end=self.index)
        token.type, token.value, token.cooked = Kind.Template, raw, _cooked(raw)
        token.head, token.tail = head, match[1] == "`"
        return token

    def testRegExp(self, pattern: str, flags: str) -> RegularExpression:
        """Check a regular expression, and return its value; the tokenizer accepts any that ends."""
        from oso_evalscript.javascript.regexps import RegularExpression, fault_of_pattern  # few scripts have one

        fault = fault_of_pattern(pattern, flags) if self.errorHandler.tolerant else None
        if fault is not None:
            start = self.index - len(pattern) - len(flags) - 2
            self.errorHandler.tolerateError(start, self.lineNumber, start - self.lineStart + 1, fault)
        return RegularExpression(pattern, flags)

    def tolerateUnexpectedToken(self, *message: str) -> None:
        """Leave the digits 8 and 9 behind a backslash to the parser: only strict code refuses them."""
        at = self.index
        if not (self.source[at - 1 : at] in ("8", "9") and self.source[at - 2] == "\\"):
            super().tolerateUnexpectedToken(*message)


def _cooked(raw: str) -> str | None:
    """What a piece of a template stands for; None where an escape in it is invalid."""
    if "\\" not in raw and "\r" not in raw:
        return raw
    pieces: list[str] = []
    done = 0
    for match in _TEMPLATE_ESCAPE.finditer(raw):
        unit, point, byte, letter, wrong = match.groups()
        code = int(unit or point or byte or "0", 16)
        if wrong or code > sys.maxunicode:
            return None
        if letter is not None:
            text = "" if _ENDS_OF_LINES.fullmatch(letter) else _SHORT.get(letter, letter)
        else:
            text = chr(code) if match[0][0] == "\\" else "\n"
        pieces += (raw[done : match.start()], text)
        done = match.end()
    return "".join((*pieces, raw[done:]))


def _separators_as_letters(code: str) -> tuple[str, dict[int, str]] | None:
    """A text with letters of its own for U+2028 and U+2029, and the way back; None where it holds neither.

    One behind a backslash stays, because it continues the line.
    """
    if "\u2028" not in code and "\u2029" not in code:
        return None
    unused = (letter for letter in map(chr, range(0xE000, 0xF900)) if letter not in code)
    letters = {"\u2028": next(unused, "\u2000"), "\u2029": next(unused, "\u2000")}

    def replace(match: re.Match[str]) -> str:
        return match[0] if len(match[1]) % 2 else match[1] + letters[match[2]]

    return _ESCAPES_AND_SEPARATOR.sub(replace, code), {ord(letter): mark for mark, letter in letters.items()}


class Token(NamedTuple):
    """A token: its kind in esprima's words, or `Refused`, and where it stands."""

    kind: str
    start: int
    end: int


class Comment(NamedTuple):
    """A comment, its marks included in the span."""

    start: int
    end: int


def tokenize(text: str) -> tuple[list[Token], tuple[Comment, ...]]:
    """Return all tokens, `Refused` where the text holds none, and all comments, in order."""
    tokenizer = Tokenizer(text, {"range": True, "comment": True})
    if MATCHES_INSTALLED_RELEASE:
        tokenizer.scanner = CarefulScanner(text, tokenizer.errorHandler)
        tokenizer.scanner.trackComment = True
    tokens: list[Token] = []
    comments: list[Comment] = []
    while True:
        begin = tokenizer.scanner.index
        try:
            entry = tokenizer.getNextToken()
        except (EsprimaError, IndexError):  # the latter where esprima looks for what stands before `}/`
            start = _SKIP.match(text, begin).end()  # type: ignore[union-attr]  # it matches the empty text
            if start >= len(text):
                break
            end = _refused_end(text, start)
            tokens.append(Token("Refused", start, end))
            tokenizer.scanner.index = end
            tokenizer.reader.values.append(None)  # as after a number: a slash that follows divides
            continue
        if entry is None:
            break
        if entry.type.endswith("Comment"):
            comments.append(Comment(*_comment_range(text, entry)))
        else:
            tokens.append(Token(entry.type, entry.range[0], entry.range[1]))
    return tokens, tuple(comments)


def _comment_range(text: str, entry: Any) -> tuple[int, int]:
    return entry.range[0], min(entry.range[1], len(text))


def _refused_end(text: str, start: int) -> int:
    from oso_evalscript.javascript import typography  # few texts have characters that are refused

    first = text[start]
    typographic = typography.refused_end(text, start)
    if typographic is not None:
        return typographic
    if first in "\"'":
        line_end = _LINE_END.search(text, start)
        return line_end.start() if line_end else len(text)
    if first == "`" or text.startswith("/*", start):
        return len(text)
    word = _WORD.match(text, start) or _FOREIGN.match(text, start)
    return word.end() if word else start + 1
