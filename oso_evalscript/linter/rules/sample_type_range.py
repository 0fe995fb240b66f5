"""The output's `sampleType` cannot store a returned number correctly.

AUTO stores values from 0 to 1 in 8 bits, so colours from 0 to 255 are saturated, and decibels, which are mostly
negative, become 0. UINT8 and UINT16 only store integers, so an index from -1 to 1 is reduced to 0 and 1. Numbers
outside the range of a type are clamped, such as negative temperatures in degrees Celsius, or digital numbers in 8 bits.
A `nodataValue` outside the range has no effect. The rule follows values through variables, conditions, the script's own
functions and the helpers, and assumes the usual range of each band: reflectance is between 0 and 1.

It does not report a stretch that only clamps bright pixels (`2.5 * s.B04`), values that the script compares before it
returns them, or values whose range is unknown. Outputs for the Statistical API are FLOAT32 by default and not checked.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator

from oso_evalscript.javascript.kinds import ORDERINGS
from oso_evalscript.javascript.syntax import Node, span, walk
from oso_evalscript.linter.loss import loss
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import is_number
from oso_evalscript.semantics.values.domain import Type, Value

_NEAR = (-1.0, 1.99)
"""What overshoots the range of AUTO so little that it may be meant as full, or as none."""
_FULL = (255.0, 65535.0, sys.float_info.max)
"""What AUTO cuts off to the largest number, and so stores as it is meant."""
_PICTURE = Output(3)
"""What stands for the output of a simple script."""


def check(script: Script) -> Iterator[Finding]:
    """Compare what is returned, and the no-data numbers, with the types."""
    outputs = (_PICTURE,) if script.kind is Kind.SIMPLE else script.outputs
    if script.kind not in (Kind.V3, Kind.SIMPLE) or not outputs:
        return
    yield from _check_nodata(script)
    told: set[tuple[str, str]] = set()
    for output, value in _arrays(script, outputs):
        if output.sample_type is SampleType.FLOAT32 or (output.sample_type is SampleType.AUTO and script.statistical):
            continue
        for node, said in _faults(value, output, script):
            if (output.id, said) not in told:
                told.add((output.id, said))
                named = f"; the output `{output.id}` is stored as {output.sample_type}"
                where = "" if output is _PICTURE or (len(outputs) == 1 and output.sample_type in said) else named
                yield Finding(span(node), said + where)


def _faults(value: Value, output: Output, script: Script) -> Iterator[tuple[Node, str]]:
    """Yield what is wrong with the first element of an array that something is wrong with."""
    elements = value.elements or ((value.node,) if value.length else ())
    plain = output.bands in (1, 2) and output is not _PICTURE
    for element in elements:
        said = _said(element, output.sample_type, script)
        if said is not None:
            yield element, said
            return
        found = list(_lost(element, output.sample_type, script, plain=plain))
        yield from found
        if found:
            return


def _lost(element: Node, type_: SampleType, script: Script, *, plain: bool) -> Iterator[tuple[Node, str]]:
    """Yield the cases of an element of which the type loses something."""
    text = script.text
    for leaf, scale in script.scales.cases(element):
        if scale is None:
            continue
        if scale.low == scale.high:
            said = _said(leaf, type_, script) if leaf is not element else None
        else:
            written = text[slice(*leaf.range)]
            said = loss(written, scale, type_, compared=False, plain=plain)
            if said is not None and _is_compared(script, element, leaf):
                said = loss(written, scale, type_, compared=True, plain=plain)
        if said is not None:
            yield leaf, said


def _is_compared(script: Script, *nodes: Node) -> bool:
    """Whether the script compares an expression, or a name in it, with something, and so may have narrowed it."""
    text = script.text
    compared = {
        text[slice(*side.range)]
        for node in script.tree.of_type("BinaryExpression")
        if node.operator in ORDERINGS
        for side in (node.left, node.right)
    }
    parts = {text[slice(*part.range)] for node in nodes for part in walk(node)}
    return bool(parts & compared)


def _arrays(script: Script, outputs: tuple[Output, ...]) -> Iterator[tuple[Output, Value]]:
    """The arrays that are returned for certain, each with its output."""
    by_id = {output.id: output for output in outputs}
    for returned in script.returned:
        for value in returned.values or ():
            if value.type is Type.ARRAY and value.sure and len(outputs) == 1:
                yield outputs[0], value
            for key, entry in value.entries or ():
                for inner in entry or ():
                    if key in by_id and inner.type is Type.ARRAY and inner.sure:
                        yield by_id[key], inner


def _said(element: Node, type_: SampleType, script: Script) -> str | None:
    """What is wrong with one element whatever the bands hold, None where it may be right."""
    low, high = type_.meant or (-math.inf, math.inf)
    interval = script.ranges.of(element)
    constant = script.values.constant(element)
    if type_ is SampleType.AUTO and script.ranges.is_bytes(element):
        return "a colour from 0 to 255 where 0 to 1 is expected"
    if type_ is not SampleType.AUTO and script.ranges.is_fraction(element):
        what = f"`{constant}`" if is_number(constant) else "a number from 0 to 1"
        return f"{what} where whole numbers from {low:.0f} to {high:.0f} are stored"
    least, largest = _NEAR if type_ is SampleType.AUTO else (low, high)
    if interval is None or (interval[0] <= largest and interval[1] >= least):
        return None
    if type_ is SampleType.AUTO and interval[0] == interval[1] and interval[0] in _FULL:
        return None
    if is_number(constant):
        return f"`{constant}` is outside the range that can be stored, {low:.0f} to {high:.0f}"
    return f"this is always outside the range that can be stored, {low:.0f} to {high:.0f}"


def _check_nodata(script: Script) -> Iterator[Finding]:
    for part in script.contract.outputs:
        entry = part.entry("nodataValue")
        declared = part.entry("sampleType")
        type_ = script.values.constant(declared.value) if declared is not None else SampleType.AUTO
        if entry is None or type_ not in list(SampleType) or (script.statistical and type_ == SampleType.AUTO):
            continue
        limits = SampleType(type_).limits
        if limits is None:
            continue
        low, high = limits
        number = script.values.constant(entry.value)
        if entry.value.type == "Identifier" and entry.value.name == "NaN" and script.names.is_free(entry.value):
            number = math.nan
        if is_number(number) and not (low <= number <= high and float(number).is_integer()):
            yield Finding(
                span(entry.written), f"{type_} cannot hold this no-data number: it stores {low:.0f} to {high:.0f}"
            )


def _script(output: str, pixel: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04", "dataMask"], output: {output} }}; }}\n'
        "const viz = new ColorMapVisualizer([[0, 0x000000], [1, 0xffffff]]);\n"
        f"function evaluatePixel(s) {{ {pixel} }}\n"
    )


def _radar(output: str, pixel: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["VV"], output: {output} }}; }}\n'
        f"function evaluatePixel(s) {{ {pixel} }}\n"
    )


RULE = Rule(
    name="sample-type-range",
    severity=Severity.WARNING,
    group=Group.VALUES,
    check=check,
    good=(
        _script("{ bands: 4 }", "return [...viz.process(s.B04), s.dataMask];"),
        _script("{ bands: 4 }", "return s.dataMask ? [2.5 * s.B04, 255, 0, 255] : [0, 0, 0, 0];"),
        _script('{ bands: 4, sampleType: "UINT8" }', "return [...int2rgb(s.B04), 255 * s.dataMask];"),
        _script(
            '{ bands: 4, sampleType: "UINT8" }',
            "return viz.process(s.B04).map((c) => 255 * c).concat(s.dataMask * 255);",
        ),
        _script('{ bands: 2, sampleType: "UINT8" }', "return [s.B04 > 0.5 ? 1 : 0, s.dataMask];"),
        _script('{ bands: 2, sampleType: "FLOAT32", nodataValue: NaN }', "return [s.dataMask ? s.B04 : -9999, 0.5];"),
        _script(
            '[{ bands: 1 }, { id: "dataMask", bands: 1 }]',
            "return { default: [s.B04 ? 3 : 4], dataMask: [s.dataMask] };",
        ),
        _script("{ bands: 3 }", "return normalizeRGB(int2rgb(s.B04 * s.dataMask));"),
        _script('{ bands: 1, sampleType: "INT16", nodataValue: -9999 }', "return [s.dataMask ? 1e4 * s.B04 : -9999];"),
        _script("{ bands: 1 }", "return [Math.max(0, index(s.B04, s.dataMask))];"),
        _script("{ bands: 2 }", "let best = -9999; if (s.B04 > 0) best = 1; else best = 0; return [best, s.dataMask];"),
        _radar("{ bands: 1 }", "return [(10 * Math.log10(s.VV) + 25) / 25];"),
        _radar('{ bands: 1, sampleType: "UINT8" }', "return [Math.round(s.VV)];"),
        "let scale = 1 / 3000;\nreturn [Math.cbrt(0.6 * B04 * scale - 0.035), B03 * scale];",
    ),
    bad=(
        Bad(
            _script('{ bands: 4, sampleType: "UINT8" }', "return [...viz.process(s.B04), s.dataMask];"),
            at="viz.process(s.B04)",
        ),
        Bad(_script("{ bands: 4 }", "return [...int2rgb(s.B04), s.dataMask];"), at="int2rgb(s.B04)"),
        Bad(_script("{ bands: 3 }", "if (s.B04 > s.dataMask) return [0, 102, 51]; return [0, 0, 0];"), at="102"),
        Bad(_script('{ bands: 2, sampleType: "UINT16" }', "return s.dataMask ? [1e4 * s.B04, 1] : [-1, 0];"), at="-1"),
        Bad(_script('{ bands: 2, sampleType: "UINT8" }', "return [0.5, s.dataMask * s.B04];"), at="0.5"),
        Bad(
            _script('{ bands: 1, sampleType: "UINT8", nodataValue: -9999 }', "return [Math.round(9 * s.B04)];").replace(
                ', "dataMask"', ""
            ),
            at="-9999",
        ),
        Bad(_script('{ bands: 2, sampleType: "UINT16" }', "return [s.B04, s.dataMask];"), at="s.B04"),
        Bad(_radar("{ bands: 1 }", "const db = 10 * Math.log10(s.VV); return [db];"), at="10 * Math.log10(s.VV)"),
        Bad(
            _radar(
                '{ bands: 1, sampleType: "INT8" }',
                "const scaled = (v) => { if (!v) return -999; return 20 * v; }; return [scaled(s.VV)];",
            ),
            at="-999",
        ),
        Bad(
            _radar('{ bands: 1, sampleType: "UINT8" }', "return [s.VV].map((v) => (v > 0 ? 200 * v : -2));"),
            at="-2",
        ),
        Bad("return [10 * Math.log(VV) / Math.LN10];", at="10 * Math.log(VV) / Math.LN10"),
        Bad(
            _script("{ bands: 3 }", "return s.B04 > s.dataMask ? C.high : C.low;").replace(
                "const viz", "const C = { high: [255, 9, 0], low: [0, 0, 0] };\nconst viz"
            ),
            at="9",
        ),
        Bad(
            _radar('{ bands: 2, sampleType: "UINT8" }', "const db = toDb(s.VV); return [db, -db];").replace(
                "function eval", "const toDb = (v) => 10 * Math.log10(v);\nfunction eval"
            ),
            at="10 * Math.log10(v)",
        ),
        Bad(
            _radar(
                '{ bands: 1, sampleType: "UINT16" }',
                "return [[s.VV, 1].reduce((sum, v) => (v > 0 ? sum + 100 * v : -2), 0)];",
            ),
            at="-2",
        ),
        Bad("let scale = 1 / 30;\nreturn [0.6 * B04 * scale - 0.035];", at="0.6 * B04 * scale - 0.035"),
    ),
)
