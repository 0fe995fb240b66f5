"""`evaluatePixel` can end without returning a value.

The service may answer `Script must return an array.`; this package stores such a pixel as 0. A common cause is a chain
of `if` without a final `else`. Conditions that cover all values, such as `x < 5` and `x >= 5`, are not reported. The
rule also accepts scripts that return nothing only for pixels without data, as in `if (sample.dataMask) return …` or in
a loop that returns at the first sample with data, which published layers do; tests on different variables that together
may cover all cases; and scripts that only produce user data.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, children, span, walk
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Function, Script
from oso_evalscript.semantics.values.fallthrough import Ending, Range, ending, gaps, taken_by

_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "===": operator.eq,
    "!=": operator.ne,
    "!==": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_SIMPLE_TESTS = ("BinaryExpression", "MemberExpression", "Identifier", "UnaryExpression", "CallExpression")


def check(script: Script) -> Iterator[Finding]:
    """Look for a way through `evaluatePixel` without a value."""
    pixel = script.evaluate_pixel
    if script.kind is not Kind.V3 or pixel is None or not script.outputs:
        return
    if (
        not any(output.bands for output in script.outputs)
        or pixel.node.generator
        or pixel.node.body.type != "BlockStatement"
    ):
        return
    returns = [node for node in pixel.own if node.type == "ReturnStatement"]
    end = ending(pixel.node, script.values)
    if not any(node.argument is not None for node in returns):
        # User data may be all that is wanted; or the function throws, to show something.
        if end is not None and "userData" not in script.text and end == Ending():
            yield Finding(pixel.name_span, "evaluatePixel returns nothing")
        return
    for node in returns:
        if node.argument is None and not _lies_where_data_lack(node, pixel, script):
            yield Finding(span(node), "this `return` has no value; the pixel gets no values")
    if end is not None and (where := _reached(end, script, pixel)) is not None:
        yield Finding(pixel.name_span, f"evaluatePixel can end without a return{where}; the pixel then gets no values")


def _reached(end: Ending, script: Script, pixel: Function) -> str | None:
    """Where the end is reached, in words; None where that is not certain."""
    if not end.known or any(_needs_data(test, script) for test in end.tests):
        return None
    if any(_returns_data(loop, script) for loop in end.loops):
        return None
    if end.loops:
        certain = all(_is_over_samples(loop, script) for loop in end.loops)
        return f" when the loop on line {_line(script, end.loops[0])} ends" if certain else None
    if not end.tests and not end.switches:
        return ""
    if len(end.tests) == 1 and not end.switches and _may_be_false(end.tests[0]):
        test = end.tests[0]
        return f" if `{script.tree.text(test)}` on line {_line(script, test)} is false"
    taken = taken_by(end, script.tree, script.values)
    if taken is None:
        return None
    node, ranges = taken
    left = gaps(ranges)
    for gap in left:
        if _is_real(gap, ranges):
            return f" if `{script.tree.text(node)}` is {_words(gap)}"
    return None


def _may_be_false(test: Node) -> bool:
    """Whether a condition is one test, or several of which each has to hold; `a < 5 || a >= 5` always does."""
    if test.type == "LogicalExpression" and test.operator == "&&":
        return _may_be_false(test.left) and _may_be_false(test.right)
    return test.type in _SIMPLE_TESTS


def _is_real(gap: Range, ranges: list[Range]) -> bool:
    """Whether numbers that nothing tests lie between two ranges; not those between codes, which need not occur."""
    low, _, high, _ = gap
    if abs(low) == math.inf or abs(high) == math.inf:
        return False
    beside = [item for item in ranges if item[2] == low or item[0] == high]
    if any(item[0] == item[2] for item in beside):
        return False
    return low == high or high - low > 1 or not (float(low).is_integer() and float(high).is_integer())


def _lies_where_data_lack(node: Node, pixel: Function, script: Script) -> bool:
    """Whether a statement is only reached where there is no data."""
    for branch in (item for item in pixel.own if item.type == "IfStatement"):
        taken, left = branch.consequent, branch.alternate
        if any(below is node for below in walk(taken)) and _lacks_data(branch.test, script):
            return True
        if left is not None and any(below is node for below in walk(left)) and _needs_data(branch.test, script):
            return True
    return False


def _returns_data(loop: nodes.For | nodes.ForEach | nodes.While, script: Script) -> bool:
    """Whether a loop over samples returns where one of them has data."""
    if not _is_over_samples(loop, script):
        return False
    statements = loop.body.body if loop.body.type == "BlockStatement" else [loop.body]
    return any(
        item.type == "IfStatement"
        and _needs_data(item.test, script)
        and any(below.type == "ReturnStatement" for below in walk(item.consequent))
        for item in statements
    )


def _needs_data(test: Node, script: Script) -> bool:
    """Whether a condition fails only where there is no data."""
    return _tests_data(test, script, holding=True)


def _lacks_data(test: Node, script: Script) -> bool:
    """Whether a condition holds only where there is no data."""
    return _tests_data(test, script, holding=False)


def _tests_data(test: Node, script: Script, *, holding: bool) -> bool:
    node = script.values.resolve(test)
    if node.type == "LogicalExpression" and node.operator in ("&&", "||"):
        one, other = (_tests_data(side, script, holding=holding) for side in (node.left, node.right))
        return one or other if (node.operator == "||") == holding else one and other
    if node.type == "UnaryExpression" and node.operator == "!":
        return _tests_data(node.argument, script, holding=not holding)
    if node.type == "BinaryExpression":
        for mask, limit, sign in (
            (node.left, node.right, node.operator),
            (node.right, node.left, _TURNED.get(node.operator, node.operator)),
        ):
            number = script.values.constant(limit)
            if _is_mask(mask, script) and sign in _COMPARED and isinstance(number, int | float):
                return _COMPARED[sign](1, number) is holding and _COMPARED[sign](0, number) is not holding
    return holding and _is_mask(node, script)


def _is_mask(node: Node, script: Script) -> bool:
    """Whether an expression is `dataMask` as it was read."""
    bands = script.samples.bands if script.samples is not None else {}
    return bands.get(id(script.values.resolve(node))) == "dataMask"


def _is_over_samples(loop: nodes.For | nodes.ForEach | nodes.While, script: Script) -> bool:
    if script.samples is None:
        return False
    match loop.type:
        case "ForInStatement" | "ForOfStatement" | "ForAwaitStatement":
            head: Node | None = loop.right
        case "ForStatement" | "WhileStatement" | "DoWhileStatement":
            head = loop.test
    named = [script.values.resolve(node) for node in walk(head)] if head is not None else []
    return any(id(below) in script.samples.lists for node in named for below in (node, *children(node)))


def _words(gap: Range) -> str:
    low, above, high, _ = gap
    if low == high:
        return f"{low:g}"
    return f"between {low:g} and {high:g}" if above else f"from {low:g} to {high:g}"


def _line(script: Script, node: Node) -> int:
    return script.tree.source.position(node.range[0]).line


def _script(pixel: str, more: str = "") -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04", "dataMask"], output: {{ bands: 1 }}{more} }}; }}\n'
        f"function evaluatePixel(s) {{ {pixel} }}\n"
    )


_ORBIT = ', mosaicking: "ORBIT"'

RULE = Rule(
    name="missing-return",
    severity=Severity.WARNING,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script("if (s.dataMask === 1) { return [s.B04]; }"),
        _script("if (!s.dataMask) return; return [s.B04];"),
        _script("if (s.dataMask && s.dataMask > 0) return [s.B04];"),
        _script("if (s.B04 < 1 || s.B04 >= 1) return [s.dataMask];"),
        _script("if (0 < s.dataMask) { return [s.B04]; } else { return; }"),
        _script("const seen = s.dataMask; if (seen || s.B04 > 1) return [s.B04];"),
        _script("for (const p of s) { if (p.dataMask) return [p.B04]; }", _ORBIT),
        _script("for (let i = 0; i < s.length; i++) { if (s[i].dataMask == 1) return [s[i].B04]; }", _ORBIT),
        _script("switch (s.B04) { case 1: return [s.dataMask]; case 2: return [0]; }"),
        _script("if (s.B04 < 5) { return [0 * s.dataMask]; } else if (s.B04 >= 5) { return [1]; }"),
        _script("if (s.dataMask === 1) return [s.B04]; if (s.dataMask === 0) return [0];"),
        _script("switch (s.B04) { case 1: return [s.dataMask]; default: return [0]; }"),
        _script("for (const p of s) { if (p.dataMask) return [p.B04]; } return [0];", _ORBIT),
        _script("for (const limit of [1, 2, Infinity]) { if (s.B04 <= limit) return [limit * s.dataMask]; }"),
        _script("if (s.B04 <= 253) return [s.dataMask]; else if (s.B04 >= 254) return [1];"),
        _script("while (true) { if (s.B04 > Math.random()) return [s.dataMask]; }"),
        _script("if (s.B04 > 1 || s.dataMask) return [1]; else throw new Error(JSON.stringify(s));"),
        _script("try { return [s.B04 * s.dataMask]; } catch (error) { fail(error); } function fail() { throw 1; }"),
        _script("if (s.B04 > 0 && s.B04 <= 1) return [s.dataMask]; else if (s.B04 > 1) return [1]; else return [0];"),
    ),
    bad=(
        Bad(
            _script(
                "const n = s.length; for (let i = 0; i < n; i++) { if (s[i].B04 > 1) return [s[i].dataMask]; }", _ORBIT
            ),
            at="evaluatePixel",
        ),
        Bad(_script("for (const p of s) { if (p.dataMask && p.B04 > 0) return [p.B04]; }", _ORBIT), at="evaluatePixel"),
        Bad(
            _script("for await (const p of s) { if (p.B04) return [p.dataMask]; }", _ORBIT).replace(
                "function evaluate", "async function evaluate"
            ),
            at="evaluatePixel",
        ),
        Bad(_script("if (s.dataMask === 0) { return [s.B04]; }"), at="evaluatePixel"),
        Bad(_script("if (s.dataMask && s.B04 > 0.3) return [s.B04];"), at="evaluatePixel"),
        Bad(_script("if (s.B04 < 1) return; return [s.B04 * s.dataMask];"), at="return;"),
        Bad(_script("if (s.dataMask) return; return [s.B04];"), at="return;"),
        Bad(_script("if (s.B04 < 0.2) return [s.dataMask]; else if (s.B04 > 0.3) return [1];"), at="evaluatePixel"),
        Bad(_script("const x = s.B04 * s.dataMask; [x];"), at="evaluatePixel"),
    ),
)
