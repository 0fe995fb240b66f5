"""`^` used as a power: in JavaScript it is a bitwise operator (XOR).

`x ^ 2` converts `x` to an integer and flips its second bit: for a reflectance of 0.3, the result is 2. Write `x ** 2`
or `Math.pow(x, 2)`. `^` also binds less tightly than `+`: `a^2 + b^2` means `a ^ (2 + b) ^ 2`.

The rule reports a decimal exponent from 2 to 9 or with a fraction, such as `(1 / 3)`, and 10 as a base. It does not
report `^` near other bitwise operators or in an index, with hexadecimal numbers, or with names that other bitwise
operators use or that sound like flags. The fix is unsafe, because it changes what the script returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, operator_of, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.regex import regex
from oso_evalscript.semantics.conditions import sign_behind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import is_number

_BITS = frozenset({"&", "|", "<<", ">>", ">>>", "&=", "|=", "<<=", ">>=", ">>>=", "^="})
_EXPONENT = regex(r"[2-9](?:\.0*)?|\d*\.\d*[1-9]\d*")
_BASE = regex(r"10(?:\.0*)?")
_PLAIN = frozenset({"Literal", "Identifier", "MemberExpression", "CallExpression"})
_NUMBER = regex(r"\d+\.?\d*|\.\d+")
_SOUNDS_LIKE_BITS = regex(r"bit|flag|mask|qa|scl|clm|code|hash|seed|key", re.IGNORECASE)
_TESTS = frozenset({"IfStatement", "WhileStatement", "DoWhileStatement", "ConditionalExpression", "ForStatement"})


def check(script: Script) -> Iterator[Finding]:
    """Look at each `^` between two numbers."""
    powers = [node for node in script.tree.of_type("BinaryExpression") if node.operator == "^"]
    if not powers:
        return
    bits = _names_of_bits(script)
    for node in powers:
        gap = script.text[node.left.range[1] : node.right.range[0]]
        base = node.left if ")" in gap.partition("^")[0] else _edge(script, node.left, "right")
        exponent = node.right if "(" in gap.partition("^")[2] else _edge(script, node.right, "left")
        if _is_power(script, base, exponent) and not _is_about_bits(script, node, base, bits):
            yield _finding(script, node, base, exponent)


def _edge(script: Script, node: Node, side: str) -> Node:
    """The operand at one end of an expression of several, which stands right beside the `^`."""
    while node.type in ("BinaryExpression", "LogicalExpression"):
        inner = node.right if side == "right" else node.left
        start, end = (inner.range[1], node.range[1]) if side == "right" else (node.range[0], inner.range[0])
        node = inner
        if script.text[start:end].strip():  # it stands in parentheses
            break
    return node


def _is_power(script: Script, base: Node, exponent: Node) -> bool:
    negated = exponent.argument if exponent.type == "UnaryExpression" and exponent.operator == "-" else None
    minus = negated is not None
    written = script.tree.text(negated or exponent)
    if _NUMBER.fullmatch(script.tree.text(base)):
        return bool(_BASE.fullmatch(script.tree.text(base)) or minus or _EXPONENT.fullmatch(written))
    if exponent.type == "BinaryExpression":
        worth = script.values.constant(exponent)
        return is_number(worth) and not float(worth).is_integer()
    return bool(_EXPONENT.fullmatch(written)) or (minus and bool(_NUMBER.fullmatch(written)))


def _is_about_bits(script: Script, node: nodes.Binary, base: Node, bits: set[str]) -> bool:
    """Whether something near says that bits are meant."""
    parent = script.tree.parent(node)
    if parent is not None:
        if operator_of(parent) in _BITS or operator_of(parent) == "~" or parent.type in _TESTS:
            return True
        if parent.type == "MemberExpression" and parent.property is node:
            return True
    if any(operator_of(side) in _BITS or operator_of(side) in ("~", "!") for side in (node.left, node.right, base)):
        return True
    name = _name(base)
    return name is not None and (name in bits or _SOUNDS_LIKE_BITS.search(name) is not None)


def _names_of_bits(script: Script) -> set[str]:
    """The names that some other operator takes as bits."""
    found: set[str | None] = set()
    for node in script.tree.of_type("BinaryExpression", "AssignmentExpression", "UnaryExpression"):
        if node.type == "UnaryExpression":
            found |= {_name(node.argument)} if node.operator == "~" else set()
        elif node.type in ("BinaryExpression", "AssignmentExpression") and node.operator in _BITS:
            found |= {_name(node.left), _name(node.right)}
    return {name for name in found if name is not None}


def _name(node: Node) -> str | None:
    if node.type == "MemberExpression" and not node.computed:
        node = node.property
    return node.name if node.type == "Identifier" else None


def _operand(script: Script, node: Node, *, signed: bool = False) -> str:
    """An operand as `**` needs it, with the parentheses that the tree leaves out."""
    text = script.tree.text(node)
    is_plain = node.type in _PLAIN or (signed and node.type == "UnaryExpression")
    return text if is_plain else f"({text})"


def _finding(script: Script, node: nodes.Binary, base: Node, exponent: Node) -> Finding:
    at = sign_behind(script.tree, node.left, "^")
    fix = Fix.replace(at, "**", safety=Safety.UNSAFE) if at is not None and base.type != "UnaryExpression" else None
    shown = _operand(script, base), _operand(script, exponent, signed=True)
    one_line = all(len(part) < 20 and "\n" not in part for part in shown)
    instead = f"`{shown[0]} ** {shown[1]}`" if one_line and base.type != "BinaryExpression" else "`**`"
    message = f"`^` flips bits of whole numbers; a power is written {instead}"
    return Finding(at or span(node), message, fix)


RULE = Rule(
    name="xor-as-power",
    severity=Severity.ERROR,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        "const cloudy = (qa) => (qa ^ 2) & 3;",
        "const flip = (bits) => bits ^ 2;",
        "const spread = (a, b) => (a * b) ^ (6 / 3);",
        "const hash = (a, b) => (a * 31) ^ b;",
        "const toggled = (x) => x ^ 0x2;",
        "const either = (a, b) => (a > 1) ^ (b > 1) ? 1 : 0;",
        "const odd = (n) => (n & 1 ? n ^ 2 : n ^ 4);",
        "const swap = (i, list) => list[i ^ 2];",
        "const square = (x) => x ** 2; const text = 'x ^ 2'; const power = /^2/;",
    ),
    bad=(
        Bad("const square = (x) => x ^ 2;", at="^", fixed="const square = (x) => x ** 2;"),
        Bad(
            "const f = (s) => Math.sqrt((s.B04 - 0.1)^2);",
            at="^",
            fixed="const f = (s) => Math.sqrt((s.B04 - 0.1)**2);",
        ),
        Bad("const f = (x) => 1 + 3 * x ^ 0.5;", at="^", fixed="const f = (x) => 1 + 3 * x ** 0.5;"),
        Bad("const linear = (db) => 10 ^ (db / 10);", at="^", fixed="const linear = (db) => 10 ** (db / 10);"),
        Bad("const f = (s) => -s.B04 ^ 2;", at="^"),
        Bad("const f = (a, b) => (a * b) ^ (1 / 3);", at="^", fixed="const f = (a, b) => (a * b) ** (1 / 3);"),
        Bad("const tiny = 10^-4;", at="^", fixed="const tiny = 10**-4;"),
    ),
)
