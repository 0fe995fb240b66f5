"""How `for` and `using` are read; the names of methods are esprima's."""

from __future__ import annotations

import re
from typing import Any

from esprima import nodes as made
from esprima.messages import Messages
from esprima.parser import Params, Parser

from oso_evalscript.javascript.characters import BLANKS, LINE_ENDS
from oso_evalscript.model.regex import regex

_GAP = rf"(?:[{BLANKS}]|/\*[^{LINE_ENDS}]*?\*/)+"
_USING = regex(rf"(await{_GAP})?using{_GAP}([\w$\\]+|[^\x00-\x7f{BLANKS}{LINE_ENDS}])(?:{_GAP})?(=(?!=))?", re.ASCII)
_OPERATORS = frozenset(("in", "instanceof"))


class LoopParser(Parser):  # type: ignore[misc]
    """A parser of loops, and of what is declared to be closed again."""

    def parseForStatement(self) -> Any:
        """Read a `for` of any kind."""
        node = self.createNode()
        self.expectKeyword("for")
        waits = self.context.allowAwait and self.matchContextualKeyword("await")
        if waits:
            self.nextToken()
        self.expect("(")
        first, word = (None, "") if self.match(";") else self._head(waits=waits)
        if word:
            self.nextToken()
            last = self.parseExpression() if word == "in" else self.isolateCoverGrammar(self.parseAssignmentExpression)
            body = self._body()
            if word == "in":
                return self.finalize(node, made.ForInStatement(first, last, body))
            return self.finalize(node, (made.ForAwaitStatement if waits else made.ForOfStatement)(first, last, body))
        if waits:
            self.throwUnexpectedToken(self.lookahead)
        self.expect(";")
        test = None if self.match(";") else self.parseExpression()
        self.expect(";")
        update = None if self.match(")") else self.parseExpression()
        return self.finalize(node, made.ForStatement(first, test, update, self._body()))

    def _declares_resource(self, *, in_head: bool = False) -> bool:
        """Whether a `using` or `await using` is ahead that declares something: a name follows on its line."""
        if not self.matchContextualKeyword("using", "await"):
            return False
        if self.lookahead.value == "await" and not self.context.allowAwait:
            return False
        match = _USING.match(self.scanner.source, self.lookahead.start)
        if match is None or match[2] in _OPERATORS:
            return False
        return not (in_head and match[2] == "of") or bool(match[3])

    def _resources(self) -> Any:
        """The `using` or `await using` ahead, and what it declares."""
        kind = self.nextToken().value
        if kind == "await":
            kind += f" {self.nextToken().value}"
        return made.VariableDeclaration(self.parseBindingList(kind, Params(inFor=True)), kind)

    def _body(self) -> Any:
        """The closing parenthesis of the head, and the statement behind it."""
        if not self.match(")") and self.config.tolerant:
            self.tolerateUnexpectedToken(self.nextToken())
            return self.finalize(self.createNode(), made.EmptyStatement())
        self.expect(")")
        before = self.context.inIteration
        self.context.inIteration = True
        body = self.isolateCoverGrammar(self.parseStatement)
        self.context.inIteration = before
        return body

    def _head(self, *, waits: bool) -> tuple[Any, str]:
        """What stands first in the head, and `in` or `of` where that follows."""
        if self._declares_resource(in_head=True):
            return self._declaration(waits=waits)
        is_let = self.matchKeyword("let") and (self.context.strict or self.isLexicalDeclaration())
        if self.matchKeyword("var", "const") or is_let:
            return self._declaration(waits=waits)
        starts_with_let = self.matchKeyword("let")
        starts_with_async = self.matchContextualKeyword("async")
        start = self.lookahead
        self.context.allowIn = False
        is_name = starts_with_async and waits and self._peek().value == "of"
        first = self.inheritCoverGrammar(self.parsePrimaryExpression if is_name else self.parseAssignmentExpression)
        self.context.allowIn = True
        word = self._word(waits=waits)
        if word:
            message = Messages.InvalidLHSInForIn if word == "in" else Messages.InvalidLHSInForLoop
            is_async = starts_with_async and first.type == "Identifier" and not waits
            is_word = word == "of" and (starts_with_let or is_async)
            if is_word or not self.context.isAssignmentTarget or first.type == "AssignmentExpression":
                self.tolerateError(message)
            self.reinterpretExpressionAsPattern(first)
        elif self.match(","):
            items = [first]
            while self.match(","):
                self.nextToken()
                self.context.allowIn = False
                items.append(self.isolateCoverGrammar(self.parseAssignmentExpression))
                self.context.allowIn = True
            first = self.finalize(self.startNode(start), made.SequenceExpression(items))
        return first, word

    def _word(self, *, waits: bool) -> str:
        """The `in` or `of` that is ahead; empty where neither is."""
        if self.matchKeyword("in"):
            if waits:
                self.throwUnexpectedToken(self.lookahead)
            return "in"
        return "of" if self.matchContextualKeyword("of") else ""

    def _declaration(self, *, waits: bool) -> tuple[Any, str]:
        node = self.createNode()
        options = Params(inFor=True)
        is_var = self.matchKeyword("var")
        self.context.allowIn = False
        if self.matchKeyword("var", "const", "let"):
            kind = self.nextToken().value
            items = self.parseVariableDeclarationList(options) if is_var else self.parseBindingList(kind, options)
            declaration = made.VariableDeclaration(items, kind)
        else:
            declaration = self._resources()
            items = declaration.declarations
        self.context.allowIn = True
        declaration = self.finalize(node, declaration)
        only = items[0]
        if len(items) == 1 and (only.init is None or self.matchKeyword("in")):
            word = self._word(waits=waits)
            may_have_value = is_var and not self.context.strict and only.id.type == "Identifier"
            if word and only.init is not None and not may_have_value:
                self.tolerateError(Messages.ForInOfLoopInitializer, "for-in")
            if word:
                return declaration, word
        if any(item.init is None and item.id.type != "Identifier" for item in items):
            self.throwError(Messages.DeclarationMissingInitializer, "destructuring")
        return declaration, ""
