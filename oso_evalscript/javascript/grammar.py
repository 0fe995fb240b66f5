"""Esprima's parser where it and the language agree, and the language where they do not.

Esprima refuses some of what JavaScript allows, and lets pass much of what it does not. What only the course of reading
can tell is corrected here and in `members` and `loops`; what a finished tree shows is left to `early`.
`tests/javascript/test_agreement_with_v8.py` compares the verdicts of both with V8's.

The names of methods are esprima's.
"""

from __future__ import annotations

import re
from typing import Any

from esprima import nodes as made
from esprima.messages import Messages
from esprima.token import Token

from oso_evalscript.javascript.loops import LoopParser
from oso_evalscript.javascript.members import MemberParser
from oso_evalscript.model.regex import regex

_ASSIGNMENTS = frozenset("= *= **= /= %= += -= <<= >>= >>>= &= ^= |= ||= &&= ??=".split())
_MAY_BECOME_PATTERN = frozenset(("ArrayExpression", "ObjectExpression", "AssignmentExpression"))
_PREFIXED = frozenset(("UnaryExpression", "AwaitExpression"))
_OTHERWISE_READ = frozenset(("using", "await", "let", "yield"))
_COMMENT = regex(r"//.*|/\*.*?\*/", re.DOTALL)


class GrammarParser(MemberParser, LoopParser):
    """A parser that reads what V8 reads."""

    def tolerateError(self, messageFormat: str, *args: Any) -> None:
        """Pass over an error; how many arguments `import()` has, `early` judges."""
        if messageFormat != Messages.BadImportCallArity:
            super().tolerateError(messageFormat, *args)

    def matchAssign(self) -> bool:
        """Whether an assignment's operator is ahead."""
        return self.lookahead.type is Token.Punctuator and self.lookahead.value in _ASSIGNMENTS

    def matchContextualKeyword(self, *words: str) -> bool:
        """Whether one of some words is ahead that are keywords only where they stand so, and not escaped."""
        ahead = self.lookahead
        return ahead.type is Token.Identifier and ahead.value in words and not ahead.escaped

    def binaryPrecedence(self, token: Any) -> int:
        """How strongly an operator binds, 0 for none; `in` and `instanceof` as the other relations do."""
        if token.type is Token.Punctuator:
            return int(self.operatorPrecedence.get(token.value, 0))
        if token.type is not Token.Keyword:
            return 0
        return 8 if token.value == "instanceof" or (self.context.allowIn and token.value == "in") else 0

    def parsePrimaryExpression(self) -> Any:
        """Read an expression without operators; `super` is judged by `early`, where it stands."""
        ahead = self.lookahead
        if ahead.type is Token.Keyword and ahead.value == "super":
            node = self.createNode()
            self.nextToken()
            return self.finalize(node, made.Super())
        expression = super().parsePrimaryExpression()
        if expression.type == "TemplateLiteral" and any(quasi.value.cooked is None for quasi in expression.quasis):
            self.tolerateUnexpectedToken(ahead, "invalid escape in the template string")
        return expression

    def parseTemplateLiteral(self) -> Any:
        """Read a template, which nothing can be assigned to, with a tag before it or not."""
        if not self.lookahead.head:
            self.throwUnexpectedToken(self.lookahead)
        return self._value(super().parseTemplateLiteral())

    def parseGroupExpression(self) -> Any:
        """Read what stands in parentheses, and note that it does where that may forbid to assign to it."""
        expression = super().parseGroupExpression()
        if expression.type == "ArrowParameterPlaceHolder" and not self.match("=>"):
            self.throwUnexpectedToken(self.lookahead)
        if expression.type in _MAY_BECOME_PATTERN:
            expression.parenthesized = True
        return expression

    def reinterpretExpressionAsPattern(self, expr: Any) -> None:
        """Make a pattern of an expression; only a plain `=` gives a default value."""
        if expr.type == "AssignmentExpression" and expr.operator != "=":
            self.tolerateError(f"a default value is set with `=`, not `{expr.operator}`")
        super().reinterpretExpressionAsPattern(expr)

    def reinterpretAsCoverFormalsList(self, expr: Any) -> Any:
        """Make parameters of an expression; None where it is none of that kind."""
        if expr.type == "ArrowParameterPlaceHolder":
            for parameter in expr.params:
                if parameter.type == "AssignmentPattern" and parameter.right.type == "YieldExpression":
                    self.tolerateError("`yield` is not allowed in the default value of a parameter")
        return super().reinterpretAsCoverFormalsList(expr)

    def parseConditionalExpression(self) -> Any:
        """Read an expression without assignment; a name behind `async` is a parameter only where that stands alone."""
        start = self.lookahead
        expression = super().parseConditionalExpression()
        if start.value == "async" and expression.type != "Identifier":
            start.value = None  # so that nobody takes what follows for a parameter
        return expression

    def parseYieldExpression(self) -> Any:
        """Read `yield` and what it gives."""
        return self._value(super().parseYieldExpression())

    def parseNewExpression(self) -> Any:
        """Read `new`, what it calls and its arguments, or `new.target`."""
        node = self.createNode()
        word = self.parseIdentifierName()
        if self.match("."):
            self.nextToken()
            if not self.matchContextualKeyword("target"):
                self.throwUnexpectedToken(self.lookahead)
            return self._value(self.finalize(node, made.MetaProperty(word, self.parseIdentifierName())))
        if self.matchKeyword("import"):
            self.throwUnexpectedToken(self.lookahead)
        start = self.lookahead.start
        callee = self.isolateCoverGrammar(self.parseLeftHandSideExpression)
        if callee.type == "ChainExpression" and callee.range[0] == start:
            self.tolerateError("an optional chain is not allowed after `new`")
        arguments = self.parseArguments() if self.match("(") else []
        return self._value(self.finalize(node, made.NewExpression(callee, arguments)))

    def parseSuper(self) -> Any:
        """Read `super` behind `new`."""
        return self.parsePrimaryExpression()

    def parseAwaitExpression(self) -> Any:
        """Read `await` and what it waits for."""
        return self._value(super().parseAwaitExpression())

    def parseExponentiationExpression(self) -> Any:
        """Read an operand of a binary operator, or powers of it."""
        start = self.lookahead
        return self._power(start, self.inheritCoverGrammar(self.parseUnaryExpression))

    def _power(self, start: Any, left: Any) -> Any:
        """An operand, or a power of it where `**` is ahead."""
        if not self.match("**"):
            return left
        if left.type in _PREFIXED and left.range[0] == start.start:
            self.tolerateUnexpectedToken(self.lookahead, "a unary operator before `**` needs parentheses")
        self.nextToken()
        right = self.isolateCoverGrammar(self.parseExponentiationExpression)
        return self._value(self.finalize(self.startNode(start), made.BinaryExpression("**", left, right)))

    def isStartOfExpression(self) -> bool:
        """Whether an expression is ahead."""
        return self.matchKeyword("import") or bool(super().isStartOfExpression())

    def parseStatement(self) -> Any:
        """Read a statement."""
        ahead = self.lookahead
        if ahead.type is Token.PrivateIdentifier:  # `#x in y`
            return self.parseExpressionStatement()
        if ahead.value not in _OTHERWISE_READ or ahead.type not in (Token.Keyword, Token.Identifier):
            return super().parseStatement()
        if ahead.value in ("using", "await"):
            return self._using() if self._declares_resource() else self.parseLabelledStatement()
        if self.context.strict or (ahead.value == "yield" and not self.context.allowYield):
            return super().parseStatement()
        if ahead.value == "let" and self._peek().value == "[":
            self.throwUnexpectedToken(self.lookahead)
        return self.parseLabelledStatement()

    def _value(self, expression: Any) -> Any:
        """An expression to which nothing can be assigned."""
        self.context.isAssignmentTarget = self.context.isBindingElement = False
        return expression

    def _using(self) -> Any:
        node = self.createNode()
        declaration = self._resources()
        self.consumeSemicolon()
        return self.finalize(node, declaration)

    def parseVariableIdentifier(self, kind: str | None = None) -> Any:
        """Read a name that is declared."""
        if self.matchKeyword("let") and not self.context.strict:
            if kind in ("using", "await using"):
                self.tolerateUnexpectedToken(self.lookahead, Messages.LetInLexicalBinding)
            return self.finalize(self.createNode(), made.Identifier(self.nextToken().value))
        return super().parseVariableIdentifier(kind)

    def parseCatchClause(self) -> Any:
        """Read a `catch` and its block."""
        clause = super().parseCatchClause()
        if clause.param is None:
            head = self.scanner.source[clause.range[0] : clause.body.range[0]]
            if "(" in _COMMENT.sub("", head):
                self.tolerateError("`catch ()` needs a name between its parentheses")
        return clause

    def parseFunctionSourceElements(self) -> Any:
        """Read the body of a function."""
        allow_in = self.context.allowIn
        self.context.allowIn = True
        body = super().parseFunctionSourceElements()
        self.context.allowIn = allow_in
        return body
