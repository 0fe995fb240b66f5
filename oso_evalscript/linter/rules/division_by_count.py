"""A division by a count that may be 0.

Where no scene has data at a pixel, the count of those that have stays 0, and 0 / 0 is NaN: an empty pixel under
FLOAT32, a wrong one otherwise. Test the count first. The rule looks at counters that start at 0 and are raised in a
loop or a callback where a band passes a test. It is silent as soon as the script tests the counter, compares what comes
of the division, or mentions `isNaN` or `isFinite`.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.kinds import COMPARISONS, FUNCTIONS, LOOPS
from oso_evalscript.javascript.syntax import Node, span, walk
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

_NAN_TESTS = ("isNaN", "isFinite")


def check(script: Script) -> Iterator[Finding]:
    """Look at every division by a variable."""
    if script.kind is not Kind.V3 or script.samples is None or script.mosaicking is Mosaicking.SIMPLE:
        return
    if any(name in script.text for name in _NAN_TESTS):
        return
    counters = _counters(script)
    for node in script.tree.of_type("BinaryExpression") if counters else ():
        if node.operator != "/":
            continue
        variable = script.names.variable(node.right)
        if variable is None or id(variable) not in counters:
            continue
        if all(_is_divisor(place, script) for place in script.names.reads(variable)) and not _is_tested(node, script):
            counters.discard(id(variable))
            yield Finding(span(node), f"`{variable.name}` is 0 where no scene has data: test it before dividing")


def _counters(script: Script) -> set[int]:
    """The ids of the variables that start at 0 and are raised by one, in a loop, where a band passes a test."""
    raised: set[int] = set()
    starting: set[int] = set()
    tests: dict[int, bool] = {}
    for node in script.tree.of_type("VariableDeclarator", "UpdateExpression", "AssignmentExpression"):
        target: Node | None = None
        if node.type == "VariableDeclarator" and node.init is not None and script.values.constant(node.init) == 0:
            variable = script.names.variable(node.id)
            starting |= {id(variable)} if variable is not None and not variable.outlives_calls else set()
        elif node.type == "UpdateExpression" and node.operator == "++":
            target = node.argument
        elif node.type == "AssignmentExpression" and node.operator == "+=" and script.values.constant(node.right) == 1:
            target = node.left
        if target is not None and _where_a_band_passes(node, script, tests):
            raised.add(id(script.names.variable(target)))
    return raised & starting


def _where_a_band_passes(node: Node, script: Script, tests: dict[int, bool]) -> bool:
    """Whether a place is reached only where a test of a band holds, inside a loop or a callback.

    `tests` remembers which tests are such.
    """
    bands = script.samples.bands if script.samples is not None else {}
    passes = False
    parent = script.tree.parent(node)
    while parent is not None:
        if parent.type == "IfStatement" and parent.consequent is node:
            if id(parent) not in tests:
                tests[id(parent)] = any(id(below) in bands for below in walk(parent.test))
            passes = passes or tests[id(parent)]
        elif parent.type in LOOPS:
            return passes and (parent.type != "ForStatement" or parent.update is not node)
        elif parent.type in FUNCTIONS:
            above = script.tree.parent(parent)
            return passes and above is not None and above.type == "CallExpression"
        node, parent = parent, script.tree.parent(parent)
    return False


def _is_divisor(place: Node, script: Script) -> bool:
    parent = script.tree.parent(place)
    return parent is not None and parent.type == "BinaryExpression" and parent.operator == "/" and parent.right is place


def _is_tested(node: Node, script: Script) -> bool:
    """Whether a value, or what is computed from it, is compared, defaulted, or tested in a condition."""
    waiting = [node]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        parent = script.tree.parent(node)
        while parent is not None and parent.type in ("BinaryExpression", "UnaryExpression"):
            if parent.operator in COMPARISONS:
                return True
            node, parent = parent, script.tree.parent(parent)
        if parent is None or parent.type in ("LogicalExpression", "ConditionalExpression", "IfStatement"):
            return True
        name = parent.id if parent.type == "VariableDeclarator" else None
        name = parent.left if parent.type == "AssignmentExpression" else name
        variable = script.names.variable(name) if name is not None else None
        if variable is not None and id(variable) not in seen:
            seen.add(id(variable))
            waiting += script.names.reads(variable)
    return False


def _script(pixel: str) -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04", "dataMask"], output: { bands: 1 }, '
        f'mosaicking: "ORBIT" }}; }}\nfunction evaluatePixel(samples) {{ let sum = 0, n = 0; {pixel} }}\n'
    )


_COUNT = "for (const s of samples) { if (s.dataMask) { sum += s.B04; n++; } }"

RULE = Rule(
    name="division-by-count",
    severity=Severity.WARNING,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script(f"{_COUNT} return [n > 0 ? sum / n : 0];"),
        _script(f"{_COUNT} if (n === 0) return [0]; return [sum / n];"),
        _script(f"{_COUNT} return [sum / n || 0];"),
        _script(f"{_COUNT} return [sum / Math.max(n, 1)];"),
        _script(f"{_COUNT} const mean = sum / n; return [isNaN(mean) ? 0 : mean];"),
        _script("for (const s of samples) { sum += s.B04 * s.dataMask; n++; } return [sum / n];"),
        _script(f"{_COUNT} const mean = sum / n; return [mean > 0.3 ? 1 : 0];"),
    ),
    bad=(
        Bad(_script(f"{_COUNT} return [sum / n];"), at="sum / n"),
        Bad(
            _script("samples.forEach((s) => { if (s.dataMask) { sum += s.B04; n += 1; } }); return [sum / n];"),
            at="sum / n",
        ),
    ),
)
