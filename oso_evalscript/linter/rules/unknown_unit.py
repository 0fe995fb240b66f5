"""A unit that no band has.

The units are DN, REFLECTANCE, BRIGHTNESS_TEMPERATURE, LINEAR_POWER and some others; they are not case-sensitive.
SIGMA0_ELLIPSOID and GAMMA0_TERRAIN are options of the request, not units. There is no unit for decibels: compute them
from LINEAR_POWER.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.nearest import nearest
from oso_evalscript.semantics.contract import Part, units_of
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

_OF_REQUESTS = ("SIGMA0", "GAMMA0", "BETA0")


def check(script: Script) -> Iterator[Finding]:
    """Look up every unit that is asked for."""
    parts: list[Part] = [part for part in script.contract.inputs if part.entry("units") is not None]
    if script.kind is not Kind.V3 or not parts:
        return
    from oso_evalscript.model.catalog import units  # reads the catalogue

    known = [unit.name for unit in units()]
    for part in parts:
        for name, node in units_of(part, script.values):
            if name.upper() not in known:
                yield Finding(span(node), f"there is no unit `{name}`; {_advice(name.upper(), known)}")


def _advice(name: str, known: list[str]) -> str:
    if name.startswith(_OF_REQUESTS):
        return "this is the option `backCoeff` of the request, the unit is LINEAR_POWER"
    if name in ("DB", "DECIBEL"):
        return "compute it from LINEAR_POWER"
    near = nearest(name, known, 0.7)
    return f"did you mean {near}?" if near else "most bands have DN and REFLECTANCE"


def _script(units: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: [{{ bands: ["B04", "B08"], units: {units} }}], '
        "output: { bands: 1, sampleType: 'FLOAT32' } }; }\n"
        "function evaluatePixel(s) { return [index(s.B08, s.B04)]; }\n"
    )


RULE = Rule(
    name="unknown-unit",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('"REFLECTANCE"'),
        _script('"reflectance"'),
        _script('["DN", "reflectance"]'),
        _script("String()"),
        "//VERSION=3\nconst UNIT = 'DN';\n" + _script("UNIT").removeprefix("//VERSION=3\n"),
    ),
    bad=(
        Bad(_script('"REFLECTANCES"'), at='"REFLECTANCES"'),
        Bad(_script('["DN", "SIGMA0_ELLIPSOID"]'), at='"SIGMA0_ELLIPSOID"'),
        Bad(_script('"dB"'), at='"dB"'),
    ),
)
