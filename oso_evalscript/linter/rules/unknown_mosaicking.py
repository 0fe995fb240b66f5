"""A `mosaicking` that the service does not have.

The values are SIMPLE, ORBIT and TILE, in capitals. A misspelt member such as `Mosaicking.TILES` is undefined: the
script then runs with SIMPLE, where samples are one object instead of a list, and fails later with a misleading message.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.contract import misspelt
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Compare every `mosaicking` with those there are."""
    if script.kind is not Kind.V3:
        return
    for part in (*script.contract.tops, *script.contract.inputs):
        entry = part.entry("mosaicking")
        if entry is not None:
            yield from misspelt(entry, Mosaicking, "Mosaicking", script.values)


def _script(mosaicking: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04"], output: {{ bands: 1 }}, '
        f"mosaicking: {mosaicking} }}; }}\nfunction evaluatePixel(samples) {{ return [samples.length]; }}\n"
    )


RULE = Rule(
    name="unknown-mosaicking",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('"ORBIT"'),
        _script("Mosaicking.TILE"),
        _script("String()"),
        _script("Array.length ? Mosaicking.ORBIT : 'TILE'"),
    ),
    bad=(
        Bad(_script("Mosaicking.TILES"), at="Mosaicking.TILES"),
        Bad(_script('"orbit"'), at='"orbit"', fixed=_script('"ORBIT"')),
        Bad(_script('"DAILY"'), at='"DAILY"'),
        Bad(_script("Mosaicking.ORBITS").replace("[samples.length]", "[samples[0].B04]"), at="Mosaicking.ORBITS"),
    ),
)
