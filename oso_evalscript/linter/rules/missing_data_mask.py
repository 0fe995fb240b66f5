"""`setup()` does not request `dataMask`.

In most collections, pixels without data are 0 and are painted like any other pixel. The band `dataMask` identifies
them, and it is free of charge. It usually becomes the last value returned, the transparency.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Look for the band in all inputs."""
    if script.kind is not Kind.V3 or not script.inputs or script.setup is None:
        return
    bands = [band for item in script.inputs for band in item.bands]
    if bands and "dataMask" not in bands:
        yield Finding(
            script.setup.name_span, "`dataMask` is not requested: pixels without data look like any other pixel"
        )


def _script(setup: str) -> str:
    return (
        f"//VERSION=3\nfunction setup() {{ return {{ {setup} }}; }}\n"
        "function evaluatePixel(s) { return [Object.keys(s).length]; }\n"
    )


RULE = Rule(
    name="missing-data-mask",
    severity=Severity.INFO,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('input: ["B04", "dataMask"], output: { bands: 1 }'),
        _script('input: [{ bands: ["B04"] }, { bands: ["VV", "dataMask"] }], output: { bands: 1 }'),
        _script("input: Array(), output: { bands: 1 }"),
        _script("input: [], output: { bands: 1 }"),
    ),
    bad=(
        Bad(_script('input: ["B04"], output: { bands: 1 }'), at="setup"),
        Bad(_script('input: [{ bands: ["B04", "SCL"] }], output: { bands: 1 }'), at="setup"),
    ),
)
