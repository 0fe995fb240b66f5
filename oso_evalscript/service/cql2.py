"""Filters of the catalogue, in CQL2: text or JSON, read into a function of an item's properties."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from oso_evalscript.service.errors import ServiceError, bad_payload

Test: TypeAlias = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|'(?P<text>(?:[^']|'')*)'|\"(?P<quoted>[^\"]+)\"|"
    r"(?P<name>[A-Za-z_][\w:.-]*)|(?P<sign><=|>=|<>|=|<|>|\(|\)|,))"
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MAX_DEPTH = 40
_MAX_LENGTH = 20_000


def read_filter(given: object, language: str) -> Test:
    """Return whether an item's properties pass, as a function.

    Args:
        given: the filter: text, or an object of JSON.
        language: `cql2-text` or `cql2-json`.

    Raises:
        ServiceError: it is not a filter that is served.
    """
    if language == "cql2-text" and isinstance(given, str):
        return _Text(given).read()
    if language == "cql2-json" and isinstance(given, Mapping):
        if len(json.dumps(given)) > _MAX_LENGTH:
            raise bad_payload("The filter is too long.", "filter")
        return _of_json(given, 0)
    raise bad_payload(f"The filter is not one in {language[:40]}.", "filter")


class _Text:
    """Reads CQL2 text, by recursive descent."""

    def __init__(self, text: str) -> None:
        if len(text) > _MAX_LENGTH:
            raise bad_payload("The filter is too long.", "filter")
        self._tokens: list[tuple[str, str]] = []
        position = 0
        stripped = text.rstrip()
        while position < len(stripped):
            match = _TOKEN.match(stripped, position)
            if match is None or match.lastgroup is None:
                raise _wrong(f"`{stripped[position : position + 20]}` cannot be read")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._next = 0
        self._depth = 0

    def read(self) -> Test:
        test = self._any()
        if self._next < len(self._tokens):
            raise _wrong(f"`{self._tokens[self._next][1]}` is not expected")
        return test

    def _any(self) -> Test:
        tests = [self._all()]
        while self._word("or"):
            tests.append(self._all())
        return _any_of(tests)

    def _all(self) -> Test:
        tests = [self._not()]
        while self._word("and"):
            tests.append(self._not())
        return _all_of(tests)

    def _not(self) -> Test:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _wrong("it is nested too deeply")
        try:
            if self._word("not"):
                test = self._not()
                return _negated(test, True)
            if self._sign("("):
                inner = self._any()
                self._expect(")")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Test:
        name = self._operand()
        negated = self._word("not")
        if self._word("between"):
            low = self._operand()
            if not self._word("and"):
                raise _wrong("`and` is missing after `between`")
            return _negated(_between(name, low, self._operand()), negated)
        if self._word("in"):
            self._expect("(")
            items = [self._operand()]
            while self._sign(","):
                items.append(self._operand())
            self._expect(")")
            return _negated(_in(name, items), negated)
        if self._word("is"):
            negated = self._word("not")
            if not self._word("null"):
                raise _wrong("`null` is missing after `is`")
            return _negated(lambda item: name(item) is None, negated)
        kind, sign = self._take()
        if kind != "sign" or sign not in _COMPARE or negated:
            raise _wrong(f"`{sign}` is not a comparison")
        return _compare(sign, name, self._operand())

    def _operand(self) -> Callable[[Mapping[str, Any]], Any]:
        kind, word = self._take()
        if kind in ("number", "text"):
            value: Any = float(word) if kind == "number" else word.replace("''", "'")
            return lambda item: value
        if kind in ("name", "quoted"):
            if word.lower() in ("timestamp", "date") and self._sign("("):
                inner = self._operand()
                self._expect(")")
                return inner
            if word.lower() in ("true", "false"):
                return lambda item: word.lower() == "true"
            return lambda item: item.get(word)
        raise _wrong(f"`{word}` is not expected")

    def _take(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            raise _wrong("it ends too early")
        self._next += 1
        return self._tokens[self._next - 1]

    def _word(self, word: str) -> bool:
        return self._is("name", word)

    def _sign(self, sign: str) -> bool:
        return self._is("sign", sign)

    def _is(self, kind: str, word: str) -> bool:
        found = self._next < len(self._tokens) and self._tokens[self._next][0] == kind
        if found and self._tokens[self._next][1].lower() == word:
            self._next += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise _wrong(f"`{sign}` is missing")


def _of_json(given: object, depth: int) -> Test:
    if not isinstance(given, Mapping) or depth > _MAX_DEPTH:
        raise _wrong("an operation with `op` and `args` is expected")
    name, args = given.get("op"), given.get("args")
    if not isinstance(name, str) or not isinstance(args, Sequence) or isinstance(args, str) or not args:
        raise _wrong("an operation with `op` and `args` is expected")
    op = name.lower()
    if op in ("and", "or"):
        tests = [_of_json(arg, depth + 1) for arg in args]
        return _all_of(tests) if op == "and" else _any_of(tests)
    if op == "not":
        return _negated(_of_json(args[0], depth + 1), True)
    if op == "isnull":
        first = _value(args[0])
        return lambda item: first(item) is None
    if op == "in" and len(args) == 2 and isinstance(args[1], list):
        return _in(_value(args[0]), [_value(item) for item in args[1]])
    if op == "between" and len(args) == 3:
        return _between(_value(args[0]), _value(args[1]), _value(args[2]))
    if op in _COMPARE and len(args) == 2:
        return _compare(op, _value(args[0]), _value(args[1]))
    raise _wrong(f"`{name[:40]}` is not an operation that is served")


def _any_of(tests: Sequence[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda item: any(test(item) for test in tests)


def _all_of(tests: Sequence[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda item: all(test(item) for test in tests)


def _value(given: object) -> Callable[[Mapping[str, Any]], Any]:
    if isinstance(given, Mapping):
        name = given.get("property")
        if isinstance(name, str):
            return lambda item: item.get(name)
        moment = given.get("timestamp") or given.get("date")
        if isinstance(moment, str):
            return lambda item: moment
        raise _wrong("a property or a value is expected")
    if given is None or isinstance(given, str | int | float):
        return lambda item: given
    raise _wrong("a property or a value is expected")


def _compare(sign: str, left: Callable[[Any], Any], right: Callable[[Any], Any]) -> Test:
    """A comparison; it is false if a value is missing, or if they are not two texts or two numbers."""
    compare = _COMPARE[sign]

    def test(item: Mapping[str, Any]) -> bool:
        one, other = left(item), right(item)
        comparable = any(isinstance(one, kind) and isinstance(other, kind) for kind in (str, int | float))
        return comparable and compare(one, other)

    return test


def _between(value: Callable[[Any], Any], low: Callable[[Any], Any], high: Callable[[Any], Any]) -> Test:
    lower, upper = _compare(">=", value, low), _compare("<=", value, high)
    return lambda item: lower(item) and upper(item)


def _in(value: Callable[[Any], Any], items: Sequence[Callable[[Any], Any]]) -> Test:
    return _any_of([_compare("=", value, item) for item in items])


def _negated(test: Test, negated: bool) -> Test:
    return (lambda item: not test(item)) if negated else test


def _wrong(what: str) -> ServiceError:
    return bad_payload(f"The filter is not CQL2 that is served: {what}.", "filter")
