"""A band is requested in `setup()` but never read.

Every band costs processing units and time: each of four bands is a quarter of the cost of a request. Often a band was
left over after an edit, or the script reads a different band by mistake; in data fusion, a band of another source. The
rule reports nothing if no band is read at all, if bands are read by a computed name, or if samples cannot be followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Compare the bands asked for with those read."""
    unread = [band for band in script.unread_bands if band.name != "dataMask"]
    if not unread:
        return
    from oso_evalscript.model.cost import paid_bands  # only where something is wrong

    paid = len(paid_bands(tuple(input.bands for input in script.inputs or ())))
    cost = f"; without it a request costs {100 / paid:.0f} % less" if paid > 1 else ""
    for band in unread:
        yield Finding(span(band.node), f"the band `{band.name}` is requested, but never read{cost}")


def _script(bands: str, pixel: str) -> str:
    return (
        f"//VERSION=3\nfunction setup() {{ return {{ input: [{bands}], "
        f"output: {{ bands: 1, sampleType: 'FLOAT32' }} }}; }}\n"
        f"function evaluatePixel(samples) {{ {pixel} }}\n"
    )


RULE = Rule(
    name="unused-band",
    severity=Severity.WARNING,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('"B04", "B08"', "const s = samples; return [index(s.B08, s['B04'])];"),
        _script('"B04", "B08"', "return [['B04', 'B08'].map((name) => samples[name]).length];"),
        _script('"B04", "B08"', "const { B04, ...others } = samples; return [B04 + others.B08];"),
        _script('"B04", "B08"', "return [ndvi(samples)]; function ndvi({ B04, B08 }) { return index(B08, B04); }"),
        _script('"B04", "B08"', "return [samples.B04 + Object.values(samples).length];"),
        _script('"B04", "B08"', "return [1];"),
        _script('"B04", "B08"', "throw new Error(JSON.stringify(samples) + samples.B04);"),
        _script('{ bands: ["B04", "B08"], datasource: "a" }', "return [samples.B04];"),
    ),
    bad=(
        Bad(_script('"B04", "B08"', "return [samples.B04];"), at='"B08"'),
        Bad(
            _script(
                '{ datasource: "a", bands: ["B04", "B08"] }, { datasource: "b", bands: ["VV", "B08"] }',
                "const a = samples.a[0]; return [a.B08 - a.B04 * samples.b[0].VV];",
            ),
            at='"B08"',
        ),
        Bad(_script('{ bands: ["B04", "B08"] }', "const { B08 } = samples; return [B08];"), at='"B04"'),
        Bad(
            "//VERSION=3\nfunction setup() { return { input: ['B04', 'CLM', 'dataMask'], mosaicking: 'ORBIT', "
            "output: { bands: 1, sampleType: 'FLOAT32' } }; }\nfunction evaluatePixel(samples) "
            "{ return [samples.filter((s) => s.dataMask).map((s) => s.B04)[0]]; }\n",
            at="'CLM'",
        ),
    ),
)
