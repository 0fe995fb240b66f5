"""Esprima's parser with short cuts for what nearly all of a script is made of.

Esprima reads a character at a time, and asks of each number in a table whether it begins a dozen kinds of
expressions. Here one regular expression finds a token, another one a run of blanks, and a name or number that is
nothing but an operand is taken as it is. Whatever a short cut does not know for certain is left to esprima itself.
`tests/javascript/test_quick.py` compares trees, comments and errors with those of esprima alone.

The short cuts lean on esprima's inner parts, so they hold for the release that they were written for; any other one
is used as it is (`MATCHES_INSTALLED_RELEASE`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from esprima.messages import Messages
from esprima.nodes import (
    ArrayExpression,
    BinaryExpression,
    ConditionalExpression,
    Identifier,
    Literal,
    StaticMemberExpression,
    UpdateExpression,
)
from esprima.parser import Parser
from esprima.scanner import RawToken
from esprima.token import Token

from oso_evalscript.javascript.characters import LINE_ENDS
from oso_evalscript.javascript.grammar import GrammarParser
from oso_evalscript.javascript.numbers import LARGEST_EXACT, to_number
from oso_evalscript.javascript.tokens import KINDS_OF_WORDS, MATCHES_INSTALLED_RELEASE, CarefulScanner
from oso_evalscript.model.regex import regex

_NOT_PLAIN = regex(r"[\u2028\u2029]|\r(?!\n)")
_BLANKS = regex(r"[ \t\r\n]*+")
_LINE = regex(f"[^{LINE_ENDS}]*+")
# A token or a comment, and the blanks before it.
_TOKEN = regex(
    r"""[ \t\r\n]*+(?:
      ([A-Za-z_$][\w$]*+(?!\\|[^\x00-\x7f]))  # 1: a word
    | ([()\[\];,:~]                               # 2: a punctuator, as long a one as can be
      | \.(?![.0-9]) | === | !== | == | != | <= | >= | => | \+\+ | --(?!>) | [-+*/%^]=
      | [+%^=!] | -(?!-) | /(?![/*]) | [<](?!<|!--) | >(?!>) | \*(?!\*) | &&(?!=) | \|\|(?!=) | \?(?![?.]))
    | (\{) | (\})                                 # 3 and 4
    | (0[xX][0-9a-fA-F]++(?![\w$\\]|[^\x00-\x7f]))  # 5
    | ((?:0|[1-9][0-9]*+)(?:\.[0-9]*+)?+(?:[eE][+-]?[0-9]++)?+(?![\w$\\]|[^\x00-\x7f]))  # 6
    | ("[^"\\\r\n\u2028\u2029]*+"|'[^'\\\r\n\u2028\u2029]*+')  # 7
    | (//[^\n\r\u2028\u2029]*+) | (/\*)           # 8 and 9: a comment, and where one begins
    )""",
    re.VERBOSE | re.ASCII,
)
# Behind an operand: what neither calls it nor reads a member of it, so that the operand stands alone.
_ENDS_OPERAND = regex(r"[ \t]*+(?:[,)\]};:%=>!&|^]|[<](?!!)|\?(?!\.)|-(?!-)|\+(?!\+)|\*(?!\*)|/(?![/*]))")
_ENDS_EXPRESSION = regex(r"[ \t]*+[,)\]};:]")
_MEMBER = regex(r"\.[A-Za-z_$][\w$]*+(?!\\|[^\x00-\x7f])", re.ASCII)
_PUNCTUATOR, _KEYWORD, _IDENTIFIER = Token.Punctuator, Token.Keyword, Token.Identifier
_NUMBER, _STRING = Token.NumericLiteral, Token.StringLiteral
_COMMENT = 8  # the first group of `_TOKEN` that does not hold a token
_LITERALS = frozenset((_NUMBER, _STRING))
_BEGINS_OPERAND = frozenset((_PUNCTUATOR, _IDENTIFIER, _NUMBER, _STRING))
_PREFIXES = frozenset(("+", "-", "~", "!", "++", "--", "await"))
_LOGICAL = frozenset(("&&", "||"))
_NO_OPERANDS = frozenset(("async", "await"))


class _QuickToken:
    """A token with what all of them have; the rest is None, as in esprima's own."""

    __slots__ = ("end", "lineNumber", "start", "type", "value")
    lineStart = 0
    cooked = escaped = flags = head = name = octal = pattern = raw = regex = tail = None

    def __init__(self, kind: int, value: Any, line: int, start: int, end: int) -> None:
        self.type = kind
        self.value = value
        self.lineNumber = line
        self.start = start
        self.end = end


class _Marker:
    """Where a node begins; lines and columns are asked of no node."""

    line = column = 0

    def __init__(self, index: int) -> None:
        self.index = index


class QuickScanner(CarefulScanner):
    """A scanner that keeps the places of the comments.

    Its numbers of lines only say whether two places are in the same one, which is all that the parser asks.

    Attributes:
        comments: start → end of each comment.
        crossed_line: whether a line ended before the token that was read last.
    """

    index: int

    def __init__(self, code: str, handler: Any) -> None:
        super().__init__(code, handler)
        self.comments: dict[int, int] = {}
        self._is_plain = _NOT_PLAIN.search(code) is None
        self.crossed_line = False

    def scanComments(self) -> list[Any]:
        """Skip blanks and comments."""
        if not self._is_plain:
            return self._scan_slowly(self.index)
        source = self.source
        begin = index = self.index
        while True:
            end = _BLANKS.match(source, index).end()  # type: ignore[union-attr]  # it matches the empty text
            char = source[end]
            if char == "/":
                after = source[end + 1]
                if after == "/":
                    index = min(_LINE.match(source, end).end(), self.length)  # type: ignore[union-attr]
                    self.comments[end] = index
                    continue
                if after == "*":
                    close = source.find("*/", end + 2)
                    if close < 0:
                        return self._scan_slowly(begin)
                    index = close + 2
                    self.comments[end] = index
                    continue
            elif char > "\x7f" or char in "\v\f" or source.startswith(("<!--", "-->"), end):
                return self._scan_slowly(begin)
            break
        self._go_to(end)
        return []

    def _go_to(self, end: int) -> None:
        begin = self.index
        if end > begin:
            if "\n" in self.source[begin:end]:
                self.lineNumber += 1
            self.index = end

    def _scan_slowly(self, begin: int) -> list[Any]:
        self.index = begin
        self.trackComment = True
        for comment in super().scanComments():
            self.comments[comment.range[0]] = min(comment.range[1], self.length)
        return []

    def lex(self) -> Any:
        """Return the next token, behind blanks and comments; `crossed_line` says whether a line ended before it."""
        source = self.source
        begin = index = self.index
        while True:
            match = _TOKEN.match(source, index) if self._is_plain else None
            if match is None:
                return self._lex_slowly()
            group = match.lastindex or 0  # each token is in a group
            end = match.end()
            if group < _COMMENT:
                break
            index = end if group == _COMMENT else source.find("*/", end) + 2
            if index < end:
                return self._lex_slowly()
            self.comments[match.start(group)] = index
        value: Any = match[group]
        start = end - len(value)
        # Not by the lines that the tokens tell: those are where they end, and a string may continue on the next line.
        self.crossed_line = crossed = start != begin and "\n" in source[begin:start]
        if crossed:
            self.lineNumber += 1
        if group == 2:
            kind = _PUNCTUATOR
        elif group == 1:
            kind = KINDS_OF_WORDS.get(value, _IDENTIFIER)
        elif group == 3:
            kind = _PUNCTUATOR
            self.curlyStack.append("{")
        elif group == 4:
            kind = _PUNCTUATOR
            if self.curlyStack:
                if self.curlyStack[-1] == "${":
                    self.index = start
                    return super().lex()
                self.curlyStack.pop()
        elif group == 5:
            kind, value = _NUMBER, int(value, 16)
            if value > LARGEST_EXACT:
                value = to_number(value)
        elif group == 6:
            kind, number = _NUMBER, float(value)
            value = int(number) if number <= LARGEST_EXACT and number.is_integer() else number
        else:
            kind, value = _STRING, value[1:-1]
        self.index = end
        return _QuickToken(kind, value, self.lineNumber, start, end)

    def _lex_slowly(self) -> Any:
        begin, line = self.index, self.lineNumber
        self.scanComments()
        crossed = line != self.lineNumber
        token = self.lex() if self._is_plain and self.index > begin else super().lex()
        self.crossed_line = crossed
        return token


def _nothing() -> None:
    """What is asked of a parser that has no scanner yet."""


class QuickParser(GrammarParser):
    """A parser over `QuickScanner`, for nodes with a range and errors with an index, without lines and columns."""

    def __init__(self, code: str, options: dict[str, Any]) -> None:
        self.__dict__["nextToken"] = _nothing  # esprima reads the first token at once, with a scanner of its own
        super().__init__("", options)
        del self.__dict__["nextToken"]
        self.scanner = QuickScanner(code, self.errorHandler)
        line = self.scanner.lineNumber
        self.lookahead = RawToken(type=Token.EOF, value="", lineNumber=line, lineStart=0, start=0, end=0)
        self.startMarker = _Marker(0)
        self.lastMarker = _Marker(0)
        self.nextToken()
        self.lastMarker.index = self.scanner.index

    def nextToken(self) -> Any:
        """Return the token ahead and read the next one."""
        token = self.lookahead
        scanner = self.scanner
        self.lastMarker.index = scanner.index
        ahead = scanner.lex()
        self.startMarker.index = ahead.start
        self.hasLineTerminator = scanner.crossed_line
        if self.context.strict and ahead.type == _IDENTIFIER and scanner.isStrictModeReservedWord(ahead.value):
            ahead.type = _KEYWORD
        self.lookahead = ahead
        return token

    def collectComments(self) -> None:
        """Skip blanks and comments."""
        self.scanner.scanComments()

    def expect(self, value: str) -> None:
        """Go behind a punctuator.

        Raises:
            EsprimaError: another token is ahead.
        """
        token = self.nextToken()
        if token.value != value or token.type != _PUNCTUATOR:
            self.throwUnexpectedToken(token)

    def match(self, *values: str) -> bool:
        """Whether the token ahead is one of these punctuators."""
        ahead = self.lookahead
        return ahead.type == _PUNCTUATOR and ahead.value in values

    def matchKeyword(self, *words: str) -> bool:
        """Whether the token ahead is one of these keywords."""
        ahead = self.lookahead
        return ahead.type == _KEYWORD and ahead.value in words

    def createNode(self) -> _Marker:
        """Return where the token ahead begins."""
        return _Marker(self.startMarker.index)

    def startNode(self, token: Any, lastLineStart: int = 0) -> _Marker:
        """Return where a token begins."""
        return _Marker(token.start)

    def finalize(self, marker: _Marker, node: Any) -> Any:
        """Give a node its range."""
        node.range = [marker.index, self.lastMarker.index]
        return node

    def isolateCoverGrammar(self, parse: Callable[[], Any]) -> Any:
        """Read with flags of its own."""
        context = self.context
        binding, target = context.isBindingElement, context.isAssignmentTarget
        first = context.firstCoverInitializedNameError
        context.isBindingElement = context.isAssignmentTarget = True
        context.firstCoverInitializedNameError = None
        result = parse()
        if context.firstCoverInitializedNameError is not None:
            self.throwUnexpectedToken(context.firstCoverInitializedNameError)
        context.isBindingElement, context.isAssignmentTarget = binding, target
        context.firstCoverInitializedNameError = first
        return result

    def inheritCoverGrammar(self, parse: Callable[[], Any]) -> Any:
        """Read, and narrow the flags."""
        context = self.context
        binding, target = context.isBindingElement, context.isAssignmentTarget
        first = context.firstCoverInitializedNameError
        context.isBindingElement = context.isAssignmentTarget = True
        context.firstCoverInitializedNameError = None
        result = parse()
        context.isBindingElement = context.isBindingElement and binding
        context.isAssignmentTarget = context.isAssignmentTarget and target
        context.firstCoverInitializedNameError = first or context.firstCoverInitializedNameError
        return result

    def parseArrayInitializer(self) -> Any:
        """Read an array; most have nothing but operands, which need no flags of their own."""
        node = self.createNode()
        self.expect("[")
        items: list[Any] = []
        while True:
            ahead = self.lookahead
            mark = ahead.value if ahead.type == _PUNCTUATOR else None
            if mark == "]":
                break
            if mark == ",":
                self.nextToken()
                items.append(None)
                continue
            if mark == "...":
                items.append(self.parseSpreadElement())
                if not self.match("]"):
                    self.context.isAssignmentTarget = self.context.isBindingElement = False
            else:
                items.append(self._item())
            if not self.match("]"):
                self.expect(",")
        self.nextToken()
        return self.finalize(node, ArrayExpression(items))

    def _item(self) -> Any:
        return self._operand(_ENDS_EXPRESSION) or self.inheritCoverGrammar(super().parseAssignmentExpression)

    def parseAssignmentExpression(self) -> Any:
        """Read an expression without a comma."""
        return self._operand(_ENDS_EXPRESSION) or super().parseAssignmentExpression()

    def parseConditionalExpression(self) -> Any:
        """Read an expression without assignment; one without `?` narrows the flags itself."""
        start = self.lookahead
        if start.value == "async":
            return super().parseConditionalExpression()
        test = self.parseBinaryExpression()
        if not self.match("?"):
            return test
        self.nextToken()
        context = self.context
        allows_in = context.allowIn
        context.allowIn = True
        consequent = self.isolateCoverGrammar(self.parseAssignmentExpression)
        context.allowIn = allows_in
        self.expect(":")
        alternate = self.isolateCoverGrammar(self.parseAssignmentExpression)
        context.isAssignmentTarget = context.isBindingElement = False
        return self.finalize(self.startNode(start), ConditionalExpression(test, consequent, alternate))

    def parseBinaryExpression(self) -> Any:
        """Read operands and the binary operators between them; what binds more strongly comes first."""
        start = self.lookahead
        operand = self.inheritCoverGrammar(self.parseExponentiationExpression)
        strength = self.binaryPrecedence(self.lookahead)
        if not strength:
            return operand
        self.context.isAssignmentTarget = self.context.isBindingElement = False
        waiting: list[tuple[int, str, Any, Any]] = []  # strength, operator, left operand and where it starts
        signs = set()
        while strength:
            while waiting and waiting[-1][0] >= strength:
                operand, start = self._binary(waiting.pop(), operand)
            sign = self.lookahead.value
            signs.add(sign)
            if "??" in signs and not signs.isdisjoint(_LOGICAL):
                self.throwUnexpectedToken(self.lookahead)
            waiting.append((strength, sign, operand, start))
            self.nextToken()
            start = self.lookahead
            operand = self._operand(_ENDS_OPERAND) or self.isolateCoverGrammar(self.parseExponentiationExpression)
            strength = self.binaryPrecedence(self.lookahead)
        while waiting:
            operand, start = self._binary(waiting.pop(), operand)
        return operand

    def _binary(self, waiting: tuple[int, str, Any, Any], right: Any) -> tuple[Any, Any]:
        """The expression that an operator and its operands are, and where it starts."""
        _, sign, left, start = waiting
        return self.finalize(self.startNode(start), BinaryExpression(sign, left, right)), start

    def parseExponentiationExpression(self) -> Any:
        """Read an operand of a binary operator."""
        operand = self._operand(_ENDS_OPERAND)
        if operand is not None:
            return operand
        start = self.lookahead
        if start.value in _PREFIXES or start.type not in _BEGINS_OPERAND:
            return super().parseExponentiationExpression()
        # The caller sets and narrows the flags; esprima does so twice more on the way down.
        return self._power(start, self._with_suffix(start, self.parseLeftHandSideExpressionAllowCall()))

    def _with_suffix(self, start: Any, operand: Any) -> Any:
        if self.hasLineTerminator or not self.match("++", "--"):
            return operand
        context = self.context
        if context.strict and operand.type == "Identifier" and self.scanner.isRestrictedWord(operand.name):
            self.tolerateError(Messages.StrictLHSPostfix)
        if not context.isAssignmentTarget:
            self.tolerateError(Messages.InvalidLHSInAssignment)
        context.isAssignmentTarget = context.isBindingElement = False
        operator = self.nextToken().value
        return self.finalize(self.startNode(start), UpdateExpression(operator, operand, False))

    def _operand(self, ends: re.Pattern[str]) -> Any:
        """The name, literal or member of a name ahead where it is alone; None where it may be more than that."""
        ahead = self.lookahead
        source, index = self.scanner.source, self.scanner.index
        if ahead.type == _IDENTIFIER:
            member = _MEMBER.match(source, index)
            if ahead.value in _NO_OPERANDS or not ends.match(source, member.end() if member else index):
                return None
            name = self._identifier()
            if not member:
                return name
            self.nextToken()
            self.context.isBindingElement = False
            marker = _Marker(name.range[0])
            return self.finalize(marker, StaticMemberExpression(name, self._identifier()))
        if ahead.type not in _LITERALS or ahead.octal or not ends.match(source, index):
            return None
        self.context.isAssignmentTarget = self.context.isBindingElement = False
        marker = self.createNode()
        token = self.nextToken()
        return self.finalize(marker, Literal(token.value, source[token.start : token.end]))

    def _identifier(self) -> Any:
        return self.finalize(self.createNode(), Identifier(self.nextToken().value))


PARSER: Any = QuickParser if MATCHES_INSTALLED_RELEASE else Parser
"""What reads a script."""
