"""Conversions and operators of the language, on values that depend on the pixel and on those that do not."""

from __future__ import annotations

import math
import re
from typing import cast

from oso_evalscript.kernels.doubles import to_int32
from oso_evalscript.kernels.graph import CALLS, Node, Number, Truth
from oso_evalscript.kernels.machine import Machine
from oso_evalscript.kernels.values import (
    HOLE,
    NULL,
    UNDEFINED,
    Choice,
    Closure,
    Declined,
    Native,
    Ref,
    Value,
    is_boolean,
    is_number,
)

_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_RELATIONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_BITS = {"&": "iand", "|": "ior", "^": "ixor", "<<": "shl", ">>": "shr", ">>>": "ushr"}
_DECIMAL = re.compile(r"\s*([+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15}))\s*", re.ASCII)


def to_number(m: Machine, value: Value) -> Number:
    """Return a value as a number.

    Raises:
        Declined: it is an object, or a text whose number is not plain to see.
    """
    if is_number(value):
        return value
    found = m.each(value, lambda one: _to_number(m, one))
    if is_number(found):
        return found
    raise Declined("a value that is a number at some pixels only")


def _to_number(m: Machine, value: Value) -> Number:
    if is_number(value):
        return value
    if is_boolean(value):
        return m.graph.to_number(value)
    if value is UNDEFINED:
        return math.nan
    if value is NULL:
        return 0.0
    if isinstance(value, str) and (match := _DECIMAL.fullmatch(value)):
        return float(match[1])
    if isinstance(value, str) and not value.strip(" \t\n"):
        return 0.0
    raise Declined(f"uses {describe(value)} as a number")


def to_truth(m: Machine, value: Value) -> Truth:
    """Return whether a value counts as true."""
    if is_boolean(value):
        return m.settled(value)
    return m.settled(cast("Truth", m.each(value, lambda one: _to_truth(m, one))))


def _to_truth(m: Machine, value: Value) -> Truth:
    if is_boolean(value):
        return value
    if is_number(value):
        nonzero = m.graph.compare("ne", value, 0.0)
        return m.graph.both(nonzero, m.graph.compare("eq", value, value))
    if isinstance(value, str):
        return value != ""
    check_exists(value)
    return value is not UNDEFINED and value is not NULL and value is not HOLE


def check_exists(value: Value) -> None:
    """Check that a value is not a member of the language that may not exist, such as `Math.clamp`.

    Raises:
        Declined: it may not exist.
    """
    if isinstance(value, Native) and "." in value.name:
        raise Declined(f"tests whether `{value.name}` exists")


def describe(value: Value) -> str:
    """Return what kind of value it is, in words."""
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Ref):
        return "an array" if value.kind == "array" else "an object"
    if isinstance(value, Closure | Native):
        return "a function"
    return "`undefined`" if value is UNDEFINED else "`null`" if value is NULL else "a value"


def type_of(value: Value) -> str:
    """Return what `typeof` gives."""
    if is_number(value):
        return "number"
    if is_boolean(value):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, Ref) or value is NULL:
        return "object"
    check_exists(value)
    if isinstance(value, Native) and value.name[:1].isupper():
        raise Declined(f"uses `typeof` on `{value.name}`")
    return "function"


def binary(m: Machine, operator: str, a: Value, b: Value) -> Value:
    """Return what an operator gives for two values."""
    if operator in ("==", "!=", "===", "!=="):
        equal = equals(m, a, b, strict=len(operator) == 3)
        return m.graph.negate(equal) if operator[0] == "!" else equal
    if isinstance(a, Choice) or isinstance(b, Choice):
        return m.each(a, lambda one: m.each(b, lambda other: binary(m, operator, one, other)))
    if operator == "+" and (isinstance(a, str) or isinstance(b, str)):
        return _text(a) + _text(b)
    if operator in _RELATIONS:
        if isinstance(a, str) and isinstance(b, str):
            raise Declined("compares strings by order")
        return m.graph.compare(_RELATIONS[operator], to_number(m, a), to_number(m, b))
    return arithmetic(m, operator, to_number(m, a), to_number(m, b))


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    raise Declined("builds a string from values")


def arithmetic(m: Machine, operator: str, a: Number, b: Number) -> Number:
    """Return what an operator gives for two numbers."""
    graph = m.graph
    if operator in _ARITHMETIC:
        return graph.binary(_ARITHMETIC[operator], a, b)
    if operator in _BITS:
        return bits(m, operator, a, b)
    if operator == "%":
        if isinstance(a, float) and isinstance(b, float) and b != 0 and math.isfinite(a) and b == b:
            return math.fmod(a, b)
        return graph.call("rem", a, b)
    if operator == "**":
        return power(m, a, b)
    raise Declined(f"the operator `{operator}`")


def power(m: Machine, a: Number, b: Number) -> Number:
    """Return a power; squares as V8 works them out."""
    if b == 1.0 and isinstance(b, float):
        return a
    if b == 2.0 and isinstance(b, float):
        return m.graph.binary("mul", a, a)
    return m.graph.call("pow", a, b)


def bits(m: Machine, operator: str, a: Number, b: Number) -> Number:
    """Return what a bit operator gives."""
    if isinstance(a, float) and isinstance(b, float):
        return _fold_bits(operator, to_int32(a), to_int32(b))
    if isinstance(a, Node) and a.leaves and isinstance(b, float):
        found = m.graph.map((operator, b), a, lambda one: _fold_bits(operator, to_int32(one), to_int32(b)))
        return cast("Number", found)
    if operator in ("<<", ">>", ">>>") and not isinstance(b, float):
        raise Declined("shifts by an amount that depends on the pixel")
    x = to_int(m, a)
    shifts = operator in ("<<", ">>", ">>>")
    y = m.graph.to_int(float(to_int32(cast("float", b)) & 31)) if shifts else to_int(m, b)
    return m.graph.signed(m.graph.bits(_BITS[operator], x, y), unsigned=operator == ">>>")


def to_int(m: Machine, value: Number) -> Node:
    """Return the 32 bits of a number; where they are not simply the whole part of it, the pixel is left out."""
    if isinstance(value, Node) and value.op == "add" and 0.0 in (value.args[0].constant, value.args[1].constant):
        value = value.args[0] if value.args[1].constant == 0.0 else value.args[1]  # only the sign of 0 is lost
    if isinstance(value, Node) and value.op != "signed":
        graph, bounds = m.graph, value.bounds
        if not (bounds.low > -(2.0**31) - 1 and bounds.high < 2.0**31):
            outside = graph.compare("ge", graph.unary("abs", value), 2.0**31)
            m.guard(outside, "a bit operator on a number beyond 32 bits", anywhere=m.in_library)
    return m.graph.to_int(value)


def _fold_bits(operator: str, a: int, b: int) -> float:
    match operator:
        case "&":
            return float(a & b)
        case "|":
            return float(a | b)
        case "^":
            return float(a ^ b)
        case "<<":
            return float(to_int32(float(a << (b & 31))))
        case ">>":
            return float(a >> (b & 31))
    return float((a & 0xFFFFFFFF) >> (b & 31))


def equals(m: Machine, a: Value, b: Value, *, strict: bool) -> Truth:
    """Return whether two values are equal."""
    if isinstance(a, Choice) or isinstance(b, Choice):
        found = m.each(a, lambda one: m.each(b, lambda other: equals(m, one, other, strict=strict)))
        return cast("Truth", found)
    if is_number(a) and is_number(b):
        return m.graph.compare("eq", a, b)
    if is_boolean(a) and is_boolean(b):
        both = m.graph.both(a, b)
        neither = m.graph.both(m.graph.negate(a), m.graph.negate(b))
        return m.graph.either(both, neither)
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    nothing = (UNDEFINED, NULL)
    if a in nothing or b in nothing:
        check_exists(a)
        check_exists(b)
        return a is b if strict else a in nothing and b in nothing
    if isinstance(a, Ref | Closure | Native) and isinstance(b, Ref | Closure | Native):
        if isinstance(a, Native) or isinstance(b, Native):
            raise Declined("compares functions")
        return a is b
    if strict:
        return False
    if isinstance(a, Ref | Closure | Native) or isinstance(b, Ref | Closure | Native):
        raise Declined("compares an object with a primitive")
    return m.graph.compare("eq", to_number(m, a), to_number(m, b))


def math_call(m: Machine, name: str, args: list[Number]) -> Number:
    """Return what a function of `Math` gives."""
    graph = m.graph
    first = args[0] if args else math.nan
    if name in ("abs", "sqrt", "floor", "ceil", "trunc"):
        return graph.unary(name, first)
    if name == "round":
        return graph.round(first)
    if name in ("min", "max"):
        found: Number = math.inf if name == "min" else -math.inf
        for index, value in enumerate(args):
            found = value if index == 0 else graph.binary(name, found, value)
        return found
    if name == "pow":
        return power(m, first, args[1] if len(args) > 1 else math.nan)
    if name == "hypot" and len(args) != 2:
        raise Declined("`Math.hypot` without exactly two arguments")
    if name in CALLS and name != "rem":
        count = CALLS[name]
        return graph.call(name, *(args + [math.nan] * count)[:count])
    raise Declined(f"`Math.{name}`")
