"""The length of a returned array differs from the output's `bands`.

The number of values is part of the contract. If there are too few, the service rejects the script: this is an error. If
there are too many, the service drops the last ones without a message, which can lose a misplaced alpha: this is a
warning. In a long chain of `if`, a single branch may be wrong, and the script fails only at pixels that take this
branch. The rule checks every return, and follows values through variables, `push`, `concat` and the script's own
functions. It reports nothing if a length depends on an unknown value, or if `updateOutput` changes the number of bands.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import Output
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.domain import Alternatives, Type, Value


def check(script: Script) -> Iterator[Finding]:
    """Compare the length of every returned array with the contract."""
    if script.kind is Kind.SIMPLE:
        yield from _unequal(script)
    if script.kind is not Kind.V3 or not script.outputs or "updateOutput" in script.functions:
        return
    seen: set[Span] = set()
    for returned in script.returned:
        if returned.node is None:
            continue
        for finding in _compare(script.outputs, returned.node, returned.values):
            if finding.span not in seen:
                seen.add(finding.span)
                yield finding


def _unequal(script: Script) -> Iterator[Finding]:
    """Yield the arrays of a simple script that have another length than the first one."""
    arrays = [
        value for item in script.returned for value in item.values or () if value.type is Type.ARRAY and value.sure
    ]
    if len(arrays) < 2 or any(item.values is None for item in script.returned):
        return
    usual = arrays[0].length
    for value in arrays:
        if value.length != usual:
            words = (
                f"{_values(value.length)} here, but {_values(usual)} at the first return; the number must not change"
            )
            yield Finding(span(value.cause), words, severity=Severity.WARNING)
            return


def _compare(outputs: tuple[Output, ...], node: Node, values: Alternatives) -> Iterator[Finding]:
    by_id = {output.id: output for output in outputs}
    for value in values or ():
        for key, entry in value.entries or ():
            if key in by_id:
                yield from _mismatches(by_id[key], value.entry_node(key), entry)
    if len(outputs) == 1:
        yield from _mismatches(outputs[0], node, values)


def _mismatches(output: Output, node: Node, values: Alternatives) -> Iterator[Finding]:
    arrays = [value for value in values or () if value.type is Type.ARRAY]
    wrong = [value for value in arrays if value.length != output.bands]
    if not output.bands or not wrong:
        return  # without bands nothing but user data is wanted
    lengths = {value.length for value in wrong}
    if len(wrong) == len(values or ()) and len(lengths) == 1:
        yield _finding(span(node), wrong[0], output)
        return
    for value in wrong:
        if value.sure or len(wrong) == len(values or ()):
            yield _finding(span(value.cause), value, output)


def _finding(place: Span, value: Value, output: Output) -> Finding:
    surplus = value.length - output.bands
    what = f"{_values(value.length)} for the output `{output.id}`, where setup() declares {_values(output.bands)}"
    if surplus < 0:
        return Finding(place, what)
    dropped = f"the last {f'{surplus} are' if surplus > 1 else '1 is'} dropped"
    return Finding(place, f"{what}: {dropped}", severity=Severity.WARNING)


def _values(count: int) -> str:
    return f"{count} value{'s' * (count != 1)}"


def _script(output: str, pixel: str) -> str:
    mask = ', "dataMask"' * ("dataMask" in pixel)
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04"{mask}], output: {output} }}; }}\n'
        f"const viz = new ColorRampVisualizer([[0, 0x000000], [1, 0xffffff]]);\n{pixel}\n"
    )


RULE = Rule(
    name="output-length",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    yields_to=("nested-array",),
    check=check,
    good=(
        "if (B04 > 0.5) return [0, 0, 0, 1];\nreturn [B04, B03, B02, dataMask];",
        _script("{ bands: 4 }", "function evaluatePixel(s) { return [...viz.process(s.B04), s.dataMask]; }"),
        _script("{ bands: 3 }", "function evaluatePixel(s) { return s.B04 > 1 ? [1, 1, 1] : viz.process(s.B04); }"),
        _script("{ bands: 4 }", "function evaluatePixel(s) { const v = viz.process(s.B04); v.push(1); return v; }"),
        _script("{ bands: 2 }", "function evaluatePixel(s) { const f = () => { return [1]; }; return [f()[0], 1]; }"),
        _script(
            '[{ id: "a", bands: 1 }, { id: "b", bands: 2 }]',
            "function evaluatePixel(s) { return { a: [1], b: [1, 0] }; }",
        ),
        _script(
            "{ bands: 4 }",
            "function evaluatePixel(s) { let c = []; if (s.B04 < 1) c = [1, 0, 0]; if (s.B04 >= 1) c = [0, 0, 0]; "
            "c.push(s.dataMask); return c; }",
        ),
        _script(
            "{ bands: 2 }", "function evaluatePixel(s) { const c = []; for (const v of [1, 2]) c.push(v); return c; }"
        ),
        _script(
            "{ bands: 1 }",
            "function updateOutput(o) { o.default.bands = 2; }\nfunction evaluatePixel(s) { return [1, 0]; }",
        ),
    ),
    bad=(
        Bad(
            "if (B04 > 0.5) return [0, 0, 0];\nreturn [B04, B03, B02, dataMask];",
            at="[B04, B03, B02, dataMask]",
            severity=Severity.WARNING,
        ),
        Bad(
            _script("{ bands: 4 }", "function evaluatePixel(s) { return [s.B04, 0, 0, 1, 1]; }"),
            at="[s.B04, 0, 0, 1, 1]",
            severity=Severity.WARNING,
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
                "{ bands: 4 }",
                "function evaluatePixel(s) { let c = viz.process(s.B04); if (s.B04 > 1) c = [1, 1, 1, 1];\n"
                "c.push(s.dataMask); return c; }",
            ),
            at="[1, 1, 1, 1]",
            severity=Severity.WARNING,
        ),
        Bad(
            _script(
                "{ bands: 4 }",
                "function paint(v) { if (v > 1) return [1, 1, 1, 1]; else return [0, 0, 0, 1, 1]; }\n"
                "function evaluatePixel(s) { return paint(s.B04); }",
            ),
            at="[0, 0, 0, 1, 1]",
            severity=Severity.WARNING,
        ),
        Bad(
            _script("{ bands: 3 }", "function evaluatePixel(s) { return viz.process(s.B04).concat(s.dataMask); }"),
            at="viz.process(s.B04).concat(s.dataMask)",
            severity=Severity.WARNING,
        ),
        Bad(
            _script(
                '[{ id: "a", bands: 1 }, { id: "b", bands: 2 }]',
                "function evaluatePixel(s) { return { a: [1], b: [0] }; }",
            ),
            at="[0]",
        ),
    ),
)
