"""`dataMask` is requested in `setup()` but never read.

Pixels without data are then painted like any other pixel. Usually the mask should be the last value returned, the
transparency. The rule reports nothing if no band is read at all, if bands are read by a computed name, or if samples
cannot be followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Look whether `dataMask` is among the bands that are not read."""
    for band in script.unread_bands:
        if band.name == "dataMask":
            yield Finding(span(band.node), "`dataMask` is requested, but never read")


def _script(pixel: str) -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04", "dataMask"], output: { bands: 2 } }; }\n'
        f"function evaluatePixel(sample) {{ {pixel} }}\n"
    )


RULE = Rule(
    name="unused-data-mask",
    severity=Severity.WARNING,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script("return [sample.B04, sample.dataMask];"),
        _script("const { B04, dataMask } = sample; return [B04, dataMask];"),
        _script("return [sample.B04, mask(sample)]; function mask(s) { return s.dataMask; }"),
        _script("return [sample.B04, sample['data' + 'Mask']];"),
        _script("return Object.values(sample);"),
    ),
    bad=(
        Bad(_script("return [sample.B04, 1];"), at='"dataMask"'),
        Bad(_script("const dataMask = 1; return [sample.B04, dataMask];"), at='"dataMask"'),
    ),
)
