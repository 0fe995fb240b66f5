"""A normalised difference without its parentheses.

`s.B08 - s.B04 / s.B08 + s.B04` means `s.B08 - (s.B04 / s.B08) + s.B04`, because `/` binds more tightly than `-` and
`+`. Write `(s.B08 - s.B04) / (s.B08 + s.B04)`, or `index(s.B08, s.B04)`. The rule looks for the same two bands on both
sides of the `/`, with or without a factor; it also finds cases where only one of the two pairs of parentheses is
missing. The fix is unsafe, because it changes what the script returns.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.semantics.conditions import is_parenthesised
from oso_evalscript.semantics.script import Script

_MAX_TOKENS = 60


def check(script: Script) -> Iterator[Finding]:
    """Look at each sum and difference beside a quotient."""
    for node in script.tree.of_type("BinaryExpression"):
        if node.operator not in ("+", "-"):
            continue
        pair = _all_lost(script, node) or _one_lost(script, node)
        if pair is not None:
            meant = f"({pair[0]} - {pair[1]}) / ({pair[0]} + {pair[1]})"
            fix = Fix.replace(span(node), meant, safety=Safety.UNSAFE)
            yield Finding(span(node), f"`/` binds more tightly than `-` and `+`; did you mean `{meant}`?", fix)


def _all_lost(script: Script, node: nodes.Binary) -> tuple[str, str] | None:
    """The two bands of `a - b / a + b`, each maybe with a factor."""
    left = node.left
    if node.operator != "+" or left.type != "BinaryExpression" or left.operator != "-":
        return None
    if "/" not in script.tree.text(left.right):
        return None  # most sums: no need of their tokens
    if any(is_parenthesised(script.tree, item) for item in (left, left.right)):
        return None
    one, quotient, other = (_words(script, item) for item in (left.left, left.right, node.right))
    for place, word in enumerate(quotient):
        if word == "/" and quotient[:place] == other and quotient[place + 1 :] == one and one != other:
            return script.tree.text(left.left), script.tree.text(node.right)
    return None


def _one_lost(script: Script, node: nodes.Binary) -> tuple[str, str] | None:
    """The two bands of `(a - b) / a + b` or `a - b / (a + b)`."""
    text = script.tree.text
    if node.operator == "+":
        quotient, last = node.left, node.right
        if quotient.type != "BinaryExpression" or quotient.operator != "/" or quotient.left.type != "BinaryExpression":
            return None
        above = quotient.left
        if above.operator != "-" or is_parenthesised(script.tree, quotient):
            return None
        pair = text(above.left), text(above.right)
        return pair if (text(quotient.right), text(last)) == pair and pair[0] != pair[1] else None
    first, quotient = node.left, node.right
    if quotient.type != "BinaryExpression" or quotient.operator != "/" or quotient.right.type != "BinaryExpression":
        return None
    below = quotient.right
    if below.operator != "+" or is_parenthesised(script.tree, quotient):
        return None
    pair = text(first), text(quotient.left)
    return pair if {text(below.left), text(below.right)} == set(pair) and pair[0] != pair[1] else None


def _words(script: Script, node: Node) -> tuple[str, ...]:
    """The tokens of an expression; nothing where it is long."""
    start, end = node.range
    tokens = script.tree.tokens
    first = bisect_left(tokens, start, key=lambda token: token.start)
    last = bisect_left(tokens, end, key=lambda token: token.start)
    if last - first > _MAX_TOKENS:
        return ()
    return tuple(script.text[token.start : token.end] for token in tokens[first:last])


def _script(value: str) -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04", "B08"], '
        'output: { bands: 1, sampleType: "FLOAT32" } }; }\n'
        f"function evaluatePixel(s) {{ return [{value}]; }}\n"
    )


RULE = Rule(
    name="lost-parentheses",
    severity=Severity.WARNING,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        _script("(s.B08 - s.B04) / (s.B08 + s.B04)"),
        _script("s.B08 - (s.B04 / s.B08) + s.B04"),
        _script("s.B08 - s.B04 / s.B04 + s.B08"),
        _script("s.B08 - s.B04 / 2 + s.B04"),
        _script("2.5 * (s.B08 - s.B04) / (s.B08 + 6 * s.B04 + 1)"),
    ),
    bad=(
        Bad(
            _script("s.B08 - s.B04 / s.B08 + s.B04"),
            at="s.B08 - s.B04 / s.B08 + s.B04",
            fixed=_script("(s.B08 - s.B04) / (s.B08 + s.B04)"),
        ),
        Bad(
            _script("2 * s.B08 - 2 * s.B04 / 2 * s.B08 + 2 * s.B04"),
            at="2 * s.B08 - 2 * s.B04 / 2 * s.B08 + 2 * s.B04",
            fixed=_script("(2 * s.B08 - 2 * s.B04) / (2 * s.B08 + 2 * s.B04)"),
        ),
        Bad(
            _script("(s.B08 - s.B04) / s.B08 + s.B04"),
            at="(s.B08 - s.B04) / s.B08 + s.B04",
            fixed=_script("(s.B08 - s.B04) / (s.B08 + s.B04)"),
        ),
        Bad(
            _script("s.B08 - s.B04 / (s.B08 + s.B04)"),
            at="s.B08 - s.B04 / (s.B08 + s.B04)",
            fixed=_script("(s.B08 - s.B04) / (s.B08 + s.B04)"),
        ),
    ),
)
