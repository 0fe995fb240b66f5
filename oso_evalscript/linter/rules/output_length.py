"""A returned array has another length than the output's `bands`.

The number of values is part of the contract: the service refuses a script that returns more or fewer. In long chains
of `if` a single branch is easily wrong, and then the script fails only where that branch is taken. Every return is
looked at on its own; the rule is silent where a length is computed, and where `updateOutput` changes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Rule
from oso_evalscript.linter.script import Kind, Script
from oso_evalscript.linter.values import key_of
from oso_evalscript.model.contract import Output
from oso_evalscript.model.diagnostic import Finding, Severity


def check(script: Script) -> Iterator[Finding]:
    """Compare the length of every returned array with the contract."""
    if script.kind is not Kind.V3 or not script.outputs or script.evaluate_pixel is None:
        return
    if "updateOutput" in script.functions:
        return
    for returned in script.evaluate_pixel.returns():
        for leaf in script.values.leaves(returned):
            yield from _compare(script, script.outputs, leaf)


def _compare(script: Script, outputs: tuple[Output, ...], leaf: Node) -> Iterator[Finding]:
    leaf = script.values.resolve(leaf)
    if leaf.type == "ObjectExpression":
        if any(item.type != "Property" for item in leaf.properties):
            return  # what is spread into it may replace an output
        by_id = {output.id: output for output in outputs}
        for item in leaf.properties:
            if item.type == "Property" and not item.computed and (output := by_id.get(key_of(item))):
                for value in script.values.leaves(item.value):
                    yield from _mismatch(script, output, value)
    elif len(outputs) == 1:
        yield from _mismatch(script, outputs[0], leaf)


def _mismatch(script: Script, output: Output, value: Node) -> Iterator[Finding]:
    length = script.values.length(value)
    if length is not None and length != output.bands:
        yield Finding(
            span(value),
            f"{_values(length)} for the output `{output.id}`, where setup() promises {_values(output.bands)}",
        )


def _values(count: int) -> str:
    return f"{count} value{'s' * (count != 1)}"


def _script(output: str, pixel: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04", "dataMask"], output: {output} }}; }}\n'
        f"const viz = new ColorRampVisualizer([[0, 0x000000], [1, 0xffffff]]);\n{pixel}\n"
    )


RULE = Rule(
    name="output-length",
    severity=Severity.ERROR,
    check=check,
    good=(
        _script("{ bands: 4 }", "function evaluatePixel(s) { return [...viz.process(s.B04), s.dataMask]; }"),
        _script("{ bands: 3 }", "function evaluatePixel(s) { return s.B04 > 1 ? [1, 1, 1] : viz.process(s.B04); }"),
        _script("{ bands: 4 }", "function evaluatePixel(s) { const v = viz.process(s.B04); v.push(1); return v; }"),
        _script("{ bands: 2 }", "function evaluatePixel(s) { const f = () => { return [1]; }; return [f(), 1]; }"),
        _script(
            '[{ id: "a", bands: 1 }, { id: "b", bands: 2 }]',
            "function evaluatePixel(s) { return { a: [1], b: [1, 2] }; }",
        ),
        _script(
            "{ bands: 1 }",
            "function updateOutput(o) { o.default.bands = 2; }\nfunction evaluatePixel(s) { return [1, 2]; }",
        ),
    ),
    bad=(
        Bad(
            _script("{ bands: 4 }", "function evaluatePixel(s) { return [s.B04, 0, 0, 1, 1]; }"),
            at="[s.B04, 0, 0, 1, 1]",
        ),
        Bad(
            _script("{ bands: 3 }", "function evaluatePixel(s) { return s.B04 > 1 ? [1, 0] : [0, 0, 0]; }"),
            at="[1, 0]",
        ),
        Bad(
            _script("{ bands: 4 }", "const evaluatePixel = (s) => viz.process(s.B04);"),
            at="viz.process(s.B04)",
        ),
        Bad(
            _script(
                '[{ id: "a", bands: 1 }, { id: "b", bands: 2 }]',
                "function evaluatePixel(s) { return { a: [1], b: [2] }; }",
            ),
            at="[2]",
        ),
    ),
)
