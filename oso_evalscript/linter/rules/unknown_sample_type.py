"""A `sampleType` that the service does not have.

The values are AUTO, UINT8, INT8, UINT16, INT16 and FLOAT32; as strings they are not case-sensitive. A misspelt member
of `SampleType` is undefined, so the default applies without a message. There are no 32-bit integers, and there is no
FLOAT64.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import SampleType
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.contract import Level, misspelt
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Compare every `sampleType` with those there are."""
    if script.kind is not Kind.V3:
        return
    for part in script.contract.outputs:
        entry = part.entry("sampleType")
        if part.level is Level.OUTPUT and entry is not None:
            yield from misspelt(entry, SampleType, "SampleType", script.values, any_case=True)


def _script(output: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04"], output: {output} }}; }}\n'
        "function evaluatePixel(s) { return [s.B04]; }\n"
    )


RULE = Rule(
    name="unknown-sample-type",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('{ bands: 1, sampleType: "FLOAT32" }'),
        _script("{ bands: 1, sampleType: SampleType.FLOAT32 }"),
        _script('{ bands: 1, sampleType: "Auto" }'),
        _script("{ bands: 1, sampleType: String() }"),
        _script('{ bands: 1, sampleType: Array.length ? "UINT8" : "UINT16" }'),
    ),
    bad=(
        Bad(_script('{ bands: 1, sampleType: "UINT32" }'), at='"UINT32"'),
        Bad(_script("{ bands: 1, sampleType: SampleType.FLOAT64 }"), at="SampleType.FLOAT64"),
        Bad(
            _script("{ bands: 1, sampleType: SampleType.Float32 }"),
            at="SampleType.Float32",
            fixed=_script('{ bands: 1, sampleType: "FLOAT32" }'),
        ),
    ),
)
