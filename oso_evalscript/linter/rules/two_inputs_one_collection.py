"""Several input objects for the same collection.

The service expects a separate data source in the request for each input object. With two objects for one collection,
for example to request two units, it answers that the second data source was not found. Use one object, with one unit
per band. The rule only reports inputs without a `datasource`, in scripts that read bands directly from the samples, as
for a single collection.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.samples.reads import Form
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Look for inputs without sources whose bands are read as those of one."""
    if script.kind is not Kind.V3 or script.samples is None or len(script.inputs or ()) < 2:
        return
    parts = script.contract.inputs
    if len(parts) < 2 or any(item.datasource is not None for item in script.inputs or ()):
        return
    asked = {band for item in script.inputs or () for band in item.bands}
    if any(item.form is Form.SOURCES and item.name in asked for item in script.samples.misreads):
        yield Finding(
            span(parts[1].node),
            "a second input needs its own data in the request; "
            "list the bands of one collection in one object, with one unit for each",
        )


def _script(inputs: str, pixel: str) -> str:
    return (
        f"//VERSION=3\nfunction setup() {{ return {{ input: {inputs}, "
        f"output: {{ bands: 2, sampleType: 'FLOAT32' }} }}; }}\n"
        f"function evaluatePixel(s) {{ return {pixel}; }}\n"
    )


_TWO = '[{ bands: ["B04"], units: "REFLECTANCE" }, { bands: ["SCL"], units: "DN" }]'

RULE = Rule(
    name="two-inputs-one-collection",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('[{ bands: ["B04", "SCL"], units: ["REFLECTANCE", "DN"] }]', "[s.B04, s.SCL]"),
        _script(_TWO, "[s[0][0].B04, s[1][0].SCL]"),
        _script('[{ datasource: "a", bands: ["B04"] }, { datasource: "b", bands: ["VV"] }]', "[s.a[0].B04, s.b[0].VV]"),
    ),
    bad=(
        Bad(_script(_TWO, "[s.B04, s.SCL]"), at='{ bands: ["SCL"], units: "DN" }'),
        Bad(_script('[{ bands: ["B04"] }, { bands: ["B08"] }]', "[s.B04 / s['B08'], 1]"), at='{ bands: ["B08"] }'),
    ),
)
