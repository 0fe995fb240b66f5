"""A band is read but not requested in `setup()`.

Its value is undefined, and everything computed from it is NaN: the picture is empty, without an error message.
`dataMask` must be requested as well. The rule follows samples through variables, the script's own functions and the
lists of data fusion. It reports nothing if bands are read by a computed name, if the script tests whether the band
exists, or if samples cannot be followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import Input
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.nearest import nearest
from oso_evalscript.semantics.contract import plain_band
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

_OF_SCENES = frozenset({"date", "dateFrom", "dateTo"})


def check(script: Script) -> Iterator[Finding]:
    """Compare the bands read with those asked for."""
    if script.kind is not Kind.V3 or script.inputs is None:
        return
    for read in script.band_reads:
        asked = script.inputs[read.input]
        if read.band not in asked.bands:
            yield Finding(
                read.span,
                f"`{read.band}` is read, but setup() does not request it; {_advice(read.band, asked)}",
            )


def _advice(band: str, asked: Input) -> str:
    if band in _OF_SCENES:
        return f"samples have no dates; `{band}` is read from `scenes.orbits` or `scenes.tiles`"
    meant = next((name for name in asked.bands if plain_band(name) == plain_band(band)), None)
    if meant is None and len(band) > 4:
        meant = nearest(band, asked.bands, 0.8)
    return f"did you mean `{meant}`?" if meant is not None else "add it to `input`"


def _script(bands: str, pixel: str, *, more: str = "") -> str:
    return (
        f"//VERSION=3\nfunction setup() {{ return {{ input: [{bands}], output: {{ bands: 1 }}{more} }}; }}\n{pixel}\n"
    )


_ORBIT = ', mosaicking: "ORBIT"'
_FUSION = '{ datasource: "a", bands: ["B04"] }, { datasource: "b", bands: ["VV"] }'

RULE = Rule(
    name="undeclared-band",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script(
            '"B04", "B08", "dataMask"', "function evaluatePixel(s) { return [index(s.B08, s['B04']) * s.dataMask]; }"
        ),
        _script('"B04"', "function evaluatePixel(s) { const name = 'B0' + s.B04; return [s[name]]; }"),
        _script('"B04"', "function evaluatePixel(s) { return [s.B02 === undefined ? s.B04 : s.B02]; }"),
        _script('"B04"', "function evaluatePixel(s) { s.double = 2 * s.B04; return [s.double]; }"),
        _script('"B04"', "function evaluatePixel(s) { return [Math.max(...[s.B04].map((s) => s.B02))]; }"),
        _script('"B04"', "function evaluatePixel(s) { return [s.length && s[0].B04]; }", more=_ORBIT),
        _script(_FUSION, "function evaluatePixel(s) { return [s.a[0].B04 * s.b[0].VV]; }"),
        _script('"B04"', "const f = (p) => p.B02;\nfunction evaluatePixel(s) { return [f({ B02: s.B04 }) + f(s)]; }"),
        _script(
            '"B04"',
            "const of = (p, pick) => pick(p);\nfunction evaluatePixel(s) "
            "{ return [of({ B02: 1 }, (p) => p.B02) + of(s, (p) => p.B04)]; }",
        ),
        _script('"B04"', "function evaluatePixel(s) { Object.assign(s, { half: s.B04 / 2 }); return [s.half]; }"),
    ),
    bad=(
        Bad(_script('"B04"', "function evaluatePixel(s) { return [index(s.B8, s.B04)]; }"), at="B8"),
        Bad(_script('"B04"', "function evaluatePixel(s) { return [s.B04 * s.dataMask]; }"), at="dataMask"),
        Bad(_script('"B04"', "const evaluatePixel = ({ B04, B03 }) => [B04 / B03];"), at="B03"),
        Bad(
            _script(
                '"B04"', "function evaluatePixel(s) { return [s[0].B02 - s[1].B04]; }", more=', mosaicking: "TILE"'
            ),
            at="B02",
        ),
        Bad(
            _script('"B04"', "const ratio = (p) => p.B8 / p.B04;\nfunction evaluatePixel(s) { return [ratio(s)]; }"),
            at="B8",
        ),
        Bad(
            _script(
                '"B04"',
                "const of = (p, pick) => pick(p);\nfunction evaluatePixel(s) { return [of(s, (p) => p.B02) / s.B04]; }",
            ),
            at="B02",
        ),
        Bad(
            _script(
                '"B04"',
                "function evaluatePixel(samples) { return [samples.filter((s) => s.CLM == 0)[0].B04]; }",
                more=_ORBIT,
            ),
            at="CLM",
        ),
        Bad(
            _script(
                _FUSION,
                "function evaluatePixel(samples) { const radar = samples.b[0]; "
                "return [samples.a[0].B04 * radar.VH / radar.VV]; }",
            ),
            at="VH",
        ),
    ),
)
