"""How the members of objects, of patterns and of classes are read; the names of methods are esprima's."""

from __future__ import annotations

from typing import Any

from esprima import nodes as made
from esprima.messages import Messages
from esprima.parser import Parser
from esprima.token import Token

_ENDS_KEY = (":", "(", ",", "}", "=")
_ENDS_NAME_OF_MEMBER = ("(", "=", ";", "}")


class MemberParser(Parser):  # type: ignore[misc]
    """A parser of members."""

    def _peek(self) -> Any:
        """The token behind the one ahead."""
        state = self.scanner.saveState()
        self.scanner.scanComments()
        token = self.scanner.lex()
        self.scanner.restoreState(state)
        return token

    def _may_be_name(self, token: Any) -> bool:
        """Whether a token names a variable here."""
        if token.type is Token.Identifier:
            if token.value == "await" and self.context.allowAwait:
                self.tolerateUnexpectedToken(token)
            return True
        if token.type is not Token.Keyword or self.context.strict:
            return False
        return token.value == "let" or (token.value == "yield" and bool(self.context.allowYield))

    def parsePropertyName(self) -> Any:
        """Read the name of a member behind a dot."""
        name = self.lookahead.name
        found = super().parsePropertyName()
        if name is not None:  # it is escaped
            found.name = name
        return found

    def parseObjectPropertyKey(self) -> Any:
        """Read the name of a member of an object or a class."""
        name = self.lookahead.name
        key = super().parseObjectPropertyKey()
        if name is not None:
            key.name = name
        return key

    def parseObjectProperty(self, hasProto: Any) -> Any:
        """Read a member of an object."""
        node = self.createNode()
        token = self.lookahead
        kind, key, computed = "init", None, False
        is_async = generator = False
        if token.type is Token.Identifier and token.value in ("get", "set", "async") and not token.escaped:
            self.nextToken()
            if self.match(*_ENDS_KEY):
                key = self.finalize(node, made.Identifier(token.value))
            elif token.value != "async":
                kind = token.value
            elif self.hasLineTerminator:
                self.throwUnexpectedToken(self.lookahead)
            else:
                is_async = True
        if key is None:
            if kind == "init" and self.match("*"):
                self.nextToken()
                generator = True
            computed = self.match("[")
            key = self.parseObjectPropertyKey()
        method = shorthand = False
        if kind != "init":
            value = self.parseGetterMethod() if kind == "get" else self.parseSetterMethod()
        elif self.match("("):
            method, value = True, self._method(is_async=is_async, generator=generator)
        elif is_async or generator:
            value = self.throwUnexpectedToken(self.lookahead)
        elif self.match(":"):
            self.nextToken()
            value = self._item()
        else:
            shorthand, value = True, self._shorthand(node, token, computed=computed)
        return self.finalize(node, made.Property(kind, key, computed, value, method, shorthand))

    def _item(self) -> Any:
        """An item of an array or a value of an object, which may turn out to be part of a pattern."""
        return self.inheritCoverGrammar(self.parseAssignmentExpression)

    def _shorthand(self, node: Any, token: Any, *, computed: bool) -> Any:
        """The value of a member that is only a name, maybe with a default value."""
        if computed or not self._may_be_name(token):
            self.throwUnexpectedToken(self.nextToken())
        name = self.finalize(node, made.Identifier(token.value))
        if not self.match("="):
            return name
        self.context.firstCoverInitializedNameError = self.lookahead
        self.nextToken()
        default = self.isolateCoverGrammar(self.parseAssignmentExpression)
        return self.finalize(node, made.AssignmentPattern(name, default))

    def _method(self, *, is_async: bool = False, generator: bool = False) -> Any:
        """Parameters and body of a method."""
        node = self.createNode()
        context = self.context
        before = context.allowYield, context.allowAwait
        context.allowYield, context.allowAwait = not generator, is_async
        parameters = self.parseFormalParameters()
        body = self.parsePropertyMethod(parameters)
        context.allowYield, context.allowAwait = before
        maker = made.AsyncFunctionExpression if is_async else made.FunctionExpression
        return self.finalize(node, maker(None, parameters.params, body, generator))

    def parseGetterMethod(self) -> Any:
        """Read parameters and body of a getter."""
        method = self._method()
        if method.params:
            self.tolerateError(Messages.BadGetterArity)
        return method

    def parseSetterMethod(self) -> Any:
        """Read parameters and body of a setter."""
        method = self._method()
        if len(method.params) != 1:
            self.tolerateError(Messages.BadSetterArity)
        elif method.params[0].type == "RestElement":
            self.tolerateError(Messages.BadSetterRestParameter)
        return method

    def parsePropertyPattern(self, params: list[Any], kind: str | None = None) -> Any:
        """Read a member of a pattern that declares names."""
        node = self.createNode()
        token = self.lookahead
        computed = self.match("[")
        key = self.parseObjectPropertyKey()
        if self.match(":"):
            self.nextToken()
            value = self.parsePatternWithDefault(params, kind)
            return self.finalize(node, made.Property("init", key, computed, value, False, False))
        if computed or not self._may_be_name(token):
            self.throwUnexpectedToken(token)
        if token.value == "let" and kind in ("const", "let"):
            self.tolerateUnexpectedToken(token, Messages.LetInLexicalBinding)
        params.append(token)
        value = self.finalize(node, made.Identifier(token.value))
        if self.match("="):
            self.nextToken()
            default = self.isolateCoverGrammar(self.parseAssignmentExpression)
            value = self.finalize(node, made.AssignmentPattern(value, default))
        return self.finalize(node, made.Property("init", key, computed, value, False, True))

    def parsePatternWithDefault(self, params: list[Any], kind: str | None = None) -> Any:
        """Read a pattern that declares names, maybe with a default value."""
        start = self.lookahead
        pattern = self.parsePattern(params, kind)
        if not self.match("="):
            return pattern
        self.nextToken()
        default = self.isolateCoverGrammar(self.parseAssignmentExpression)
        return self.finalize(self.startNode(start), made.AssignmentPattern(pattern, default))

    def parsePattern(self, params: list[Any], kind: str | None = None) -> Any:
        """Read a pattern that declares names; between its brackets `in` is an operator."""
        allow_in = self.context.allowIn
        self.context.allowIn = True
        pattern = super().parsePattern(params, kind)
        self.context.allowIn = allow_in
        return pattern

    def parseClassElement(self, hasConstructor: Any) -> Any:
        """Read a member of a class."""
        node = self.createNode()
        token = self.lookahead
        is_static = is_async = generator = computed = False
        kind, key = "method", None
        if token.value == "static" and token.type in (Token.Keyword, Token.Identifier) and not token.escaped:
            key = self._name_of_member(node)
            if key is None and self.match("{"):
                return self._static_block(node)
            is_static = key is None
            token = self.lookahead
        start = self.createNode()
        if key is None and self.matchContextualKeyword("async"):
            key = self._name_of_member(start, ends_at_line=True)
            is_async = key is None
        if key is None and self.match("*"):
            self.nextToken()
            generator = True
        if key is None and not is_async and not generator and self.matchContextualKeyword("get", "set"):
            kind = self.lookahead.value
            key = self._name_of_member(start, ends_at_star=True)
            kind = kind if key is None else "method"
        if key is None:
            computed = self.match("[")
            token = self.lookahead
            key = self.parseObjectPropertyKey()
        if self.match("("):
            value = self._value_of_method(kind, is_async=is_async, generator=generator)
        elif is_async or generator or kind != "method":
            value = self.throwUnexpectedToken(self.lookahead)
        else:
            kind, value = "init", self._value_of_field()
        if not computed:
            is_special = is_async or generator
            kind = self._check_name(token, key, kind, hasConstructor, is_static=is_static, is_special=is_special)
        maker = made.FieldDefinition if kind == "init" else made.MethodDefinition
        return self.finalize(node, maker(key, computed, value, kind, is_static))

    def _name_of_member(self, node: Any, *, ends_at_line: bool = False, ends_at_star: bool = False) -> Any:
        """Go behind a word that may go before the name of a member; the name where the word is the name itself."""
        token = self.nextToken()
        is_name = self.match(*_ENDS_NAME_OF_MEMBER) or (ends_at_line and self.hasLineTerminator)
        if is_name or (ends_at_star and self.match("*")):
            return self.finalize(node, made.Identifier(token.value))
        return None

    def _value_of_method(self, kind: str, *, is_async: bool, generator: bool) -> Any:
        if kind == "get":
            return self.parseGetterMethod()
        if kind == "set":
            return self.parseSetterMethod()
        return self._method(is_async=is_async, generator=generator)

    def _value_of_field(self) -> Any:
        if not self.match("="):
            return None
        self.nextToken()
        context = self.context
        before = context.allowYield, context.allowAwait
        context.allowYield, context.allowAwait = True, False
        value = self.isolateCoverGrammar(self.parseAssignmentExpression)
        context.allowYield, context.allowAwait = before
        return value

    def _static_block(self, node: Any) -> Any:
        context = self.context
        before = context.labelSet, context.inIteration, context.inSwitch, context.inFunctionBody, context.allowAwait
        context.labelSet, context.inIteration, context.inSwitch = {}, False, False
        context.inFunctionBody = context.allowAwait = True  # `early` refuses what waits there
        body = self.parseBlock()
        context.labelSet, context.inIteration, context.inSwitch, context.inFunctionBody, context.allowAwait = before
        return self.finalize(node, made.StaticBlock(body))

    def _check_name(
        self, token: Any, key: Any, kind: str, has_constructor: Any, *, is_static: bool, is_special: bool
    ) -> str:
        """The kind of a member, a constructor among them; names that it may not have are passed over."""
        name = key.value if key.type == "Literal" else key.name
        if key.type == "PrivateIdentifier":
            if name == "#constructor":
                self.tolerateUnexpectedToken(token, "a class member cannot be named `#constructor`")
        elif name == "prototype" and is_static:
            self.tolerateUnexpectedToken(token, Messages.StaticPrototype)
        elif name == "constructor" and kind == "init":
            self.tolerateUnexpectedToken(token, Messages.ConstructorField)
        elif name == "constructor" and not is_static:
            if kind != "method" or is_special:
                self.tolerateUnexpectedToken(token, Messages.ConstructorSpecialMethod)
                return kind
            if has_constructor.value:
                self.tolerateUnexpectedToken(token, Messages.DuplicateConstructor)
            has_constructor.value = True
            return "constructor"
        return kind
