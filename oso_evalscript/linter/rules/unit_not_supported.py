"""A unit that the band does not support.

Each band has its own units: masks and classes such as SCL only have DN, and Sentinel-1 has LINEAR_POWER. A unit given
for a whole input applies to all of its bands, including masks and classes, and the service then rejects the script.
`dataMask` is not checked, because scripts commonly request it in the unit of the other bands. If the collection is
unknown, the rule only reports a unit that none of the catalogued collections with all of these bands supports.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.contract import Part, elements, units_of
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Look up every band together with the unit that it is asked for in."""
    if script.kind is not Kind.V3:
        return
    for index, part in enumerate(script.contract.inputs):
        if part.entry("units") is not None:
            yield from _check_input(script, index, part)


def _check_input(script: Script, index: int, part: Part) -> Iterator[Finding]:
    entry = part.entry("bands")
    bands = [script.values.constant(node) for node in elements(entry.value, script.values)] if entry else []
    wanted = list(units_of(part, script.values))
    if not bands or not wanted or not all(isinstance(band, str) for band in bands):
        return
    if len(wanted) == 1:
        wanted = wanted * len(bands)
    if len(wanted) != len(bands):
        return
    told: dict[int, tuple[Node, list[str], str]] = {}  # one finding for each unit that is written
    for band, (unit, node) in zip(bands, wanted, strict=True):
        has = _units(script, index, band, bands, unit)
        if band != "dataMask" and has is not None and unit.upper() not in has:
            told.setdefault(id(node), (node, [], ", ".join(has)))[1].append(band)
    for node, names, has_only in told.values():
        verb = "do not have" if len(names) > 1 else "does not have"
        shown = ", ".join(f"`{name}`" for name in names)
        others = len(names) < len([band for band in bands if band != "dataMask"])
        advice = "; `units` may be a list with one unit for each band" if others and wanted[0] is wanted[-1] else ""
        yield Finding(span(node), f"{shown} {verb} this unit, but {has_only}{advice}")


def _units(script: Script, index: int, band: str, bands: list[str], unit: str) -> tuple[str, ...] | None:
    """The units that a band has, None where that is not certain."""
    from oso_evalscript.model.catalog import candidates, units  # reads the catalogue

    if unit.upper() not in {known.name for known in units()}:
        return None  # the rule unknown-unit says so
    collection = script.collection_of(index)
    if collection is not None:
        found = collection.band(band)
        return found.units if found is not None else None
    # Custom data has DN alone, and may have a band of any name.
    several = [item.band(band) for item in candidates(bands)]
    has = {found.units for found in several if found is not None}
    return has.pop() if len(has) == 1 and unit.upper() != "DN" else None


def _script(bands: str, units: str, first: str = "") -> str:
    return (
        f"//VERSION=3\n{first}function setup() {{ return {{ input: [{{ bands: [{bands}], units: {units} }}], "
        "output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [Object.keys(s).length]; }\n"
    )


_L2A = "// oso: collection sentinel-2-l2a\n"

RULE = Rule(
    name="unit-not-supported",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('"B04", "B08", "dataMask"', '"REFLECTANCE"'),
        _script('"B04", "SCL"', '["reflectance", "DN"]', _L2A),
        _script('"B04", "SCL", "dataMask"', '"DN"'),
        _script('"temperature", "SCL"', '"KELVIN"'),
        _script("...Array()", '"REFLECTANCE"', _L2A),
    ),
    bad=(
        Bad(_script('"B04", "SCL"', '"REFLECTANCE"', _L2A), at='"REFLECTANCE"'),
        Bad(_script('"B02", "B04", "SCL", "dataMask"', '"REFLECTANCE"'), at='"REFLECTANCE"'),
        Bad(_script('"VV", "VH"', '"DN"', "// oso: collection sentinel-1-grd\n"), at='"DN"'),
        Bad(_script('"B04", "CLM"', '["DN", "REFLECTANCE"]', _L2A), at='"REFLECTANCE"'),
    ),
)
