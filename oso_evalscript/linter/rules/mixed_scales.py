"""An alpha of 0 or 1 with colours from 0 to 255.

UINT8 stores the returned values unchanged. If the colour channels go up to 255, a fourth band that is `dataMask`, or
another value of 0 or 1, is an alpha of at most 1 in 255, and the whole picture is transparent. Write `255 *
s.dataMask`, or return colours from 0 to 1 with AUTO. The rule only reports a script if three channels are certainly
bytes and the fourth value is 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import SampleType
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.bands import Scale
from oso_evalscript.semantics.values.domain import Type, Value

_BYTE = (100, 2600)  # where the largest value of a channel lies that is given in bytes, made brighter or not


def check(script: Script) -> Iterator[Finding]:
    """Look at arrays of four values that are stored as UINT8."""
    outputs = script.outputs if script.kind is Kind.V3 else None
    if not any(output.sample_type is SampleType.UINT8 and output.bands == 4 for output in outputs or ()):
        return
    seen: set[Span] = set()
    for value in _pictures(script):
        *colors, alpha = value.elements or ()
        channels = [script.scales.of(item) for item in colors]
        known = script.scales.of(alpha)
        is_bytes = all(_is_byte(channel) for channel in channels) and _reaches_bytes(channels)
        if is_bytes and known is not None and known.whole and not known.many and (known.low, known.high) in _TRUTHS:
            if span(alpha) in seen:
                continue
            seen.add(span(alpha))
            written = script.tree.text(alpha)
            is_simple = _is_simple(alpha)
            fix = Fix.replace(span(alpha), f"255 * {written}", safety=Safety.UNSAFE) if is_simple else None
            scaled = _short(written) if is_simple else f"({_short(written)})"
            yield Finding(span(alpha), f"an alpha of 0 or 1 beside colours from 0 to 255; write `255 * {scaled}`", fix)


_TRUTHS = ((0, 1), (1, 1))


def _pictures(script: Script) -> Iterator[Value]:
    """The arrays of four values that are returned for outputs of four bytes."""
    outputs = {output.id: output for output in script.outputs or ()}
    sole = next(iter(outputs.values())) if len(outputs) == 1 else None
    for returned in script.returned:
        for value in returned.values or ():
            entries = [(sole.id, (value,))] if sole is not None and value.type is Type.ARRAY else value.entries or ()
            for key, inner in entries:
                output = outputs.get(key)
                if output is None or output.sample_type is not SampleType.UINT8 or output.bands != 4:
                    continue
                yield from (item for item in inner or () if item.type is Type.ARRAY and len(item.elements or ()) == 4)


def _is_byte(scale: Scale | None) -> bool:
    return scale is not None and scale.low >= 0 and (scale.high <= _BYTE[1])


def _reaches_bytes(scales: list[Scale | None]) -> bool:
    """Whether the largest channel is given in bytes, and none in parts of one."""
    return max(scale.high for scale in scales if scale is not None) >= _BYTE[0]


def _is_simple(node: Node) -> bool:
    return node.type in ("Identifier", "MemberExpression", "Literal", "CallExpression")


def _short(text: str) -> str:
    return text if len(text) < 30 and "\n" not in text else "…"


def _script(pixel: str, output: str = '{ bands: 4, sampleType: "UINT8" }') -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04", "dataMask"], output: {output} }}; }}\n'
        f"function evaluatePixel(s) {{ {pixel} }}\n"
    )


RULE = Rule(
    name="mixed-scales",
    severity=Severity.WARNING,
    group=Group.VALUES,
    check=check,
    good=(
        _script("return [...int2rgb(s.B04), 255 * s.dataMask];"),
        _script("return [255 * s.B04, 0, 0, s.dataMask ? 255 : 0];"),
        _script("return [s.B04 > 0.5, 1, 0, s.dataMask];"),
        _script("return [255, 0, 0, s.dataMask * Math.min(1, s.B04)];", "{ bands: 4 }"),
        _script(
            "return { a: [...int2rgb(s.B04), 2], b: [s.dataMask] };".replace("b:", "dataMask:"),
            '[{ id: "a", bands: 4, sampleType: "UINT8" }, { id: "dataMask", bands: 1 }]',
        ),
    ),
    bad=(
        Bad(
            _script("return [...int2rgb(255 * s.B04), s.dataMask];"),
            at="s.dataMask",
            fixed=_script("return [...int2rgb(255 * s.B04), 255 * s.dataMask];"),
        ),
        Bad(_script("return [200 * s.B04, 90, 20, s.dataMask === 1];"), at="s.dataMask === 1"),
        Bad(
            _script("const gain = 2.5 * 255; return [gain * s.B04, 0, 0, s.dataMask];"),
            at="s.dataMask",
            fixed=_script("const gain = 2.5 * 255; return [gain * s.B04, 0, 0, 255 * s.dataMask];"),
        ),
    ),
)
