"""The returned array contains another array.

An output consists of numbers: `[f(x)]` is wrong if `f` already returns an array. JavaScript may convert an array of one
element to a number, but not an array of several. Spread the array, `[...f(x)]`, or return it directly.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.domain import Type, Value


def check(script: Script) -> Iterator[Finding]:
    """Look at the elements of every returned array."""
    if script.kind is not Kind.V3:
        return
    seen: set[Span] = set()
    for value in _arrays(script):
        for element in _literal_elements(value, script):
            held = script.results.held(element)
            inner = held if held is not None else script.results.value(element, {})
            if inner and all(item.type is Type.ARRAY for item in inner) and span(element) not in seen:
                seen.add(span(element))
                advice = "spread it with `...`" if value.length > 1 else "return it without the outer brackets"
                yield Finding(span(element), f"this is an array where a number is expected; {advice}")


def _arrays(script: Script) -> Iterator[Value]:
    """The arrays that are returned for outputs."""
    for returned in script.returned:
        for value in returned.values or ():
            if value.type is Type.ARRAY:
                yield value
            for _, entry in value.entries or ():
                yield from (inner for inner in entry or () if inner.type is Type.ARRAY)


def _literal_elements(value: Value, script: Script) -> Iterator[Node]:
    """The elements that stand as such in brackets; not what a call gives or what is spread."""
    for element in value.elements or ():
        parent = script.tree.parent(element)
        if parent is not None and parent.type == "ArrayExpression":
            yield element


def _script(bands: int, pixel: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04"], output: {{ bands: {bands} }} }}; }}\n'
        "const viz = new ColorMapVisualizer([[0, 0x000000], [1, 0xffffff]]);\n"
        f"function evaluatePixel(s) {{ {pixel} }}\n"
    )


RULE = Rule(
    name="nested-array",
    severity=Severity.WARNING,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script(3, "return viz.process(s.B04);"),
        _script(4, "return [...viz.process(s.B04), 1];"),
        _script(1, "return [viz.process(s.B04)[0]];"),
        _script(1, "const f = (x) => x > 1 ? 1 : 0; return [f(s.B04)];"),
        _script(2, "let c = viz.process(s.B04); c = c[0]; return [c, 1];"),
        _script(3, "const table = [[1, 2, 3]]; return table[0].map((x) => x / s.B04);"),
    ),
    bad=(
        Bad(_script(1, "return [viz.process(s.B04)];"), at="viz.process(s.B04)"),
        Bad(_script(2, "const c = viz.process(s.B04); return [c, 1];"), at="c"),
        Bad(_script(4, "return [viz.process(s.B04), 1];"), at="viz.process(s.B04)"),
        Bad(_script(2, "var c = 0; c = viz.process(s.B04); return [c, 1];"), at="c"),
        Bad(_script(1, "function f(x) { return [x / 2]; } return [f(s.B04)];"), at="f(s.B04)"),
    ),
)
