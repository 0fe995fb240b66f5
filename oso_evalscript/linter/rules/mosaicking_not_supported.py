"""The collection does not support this mosaicking.

Sentinel-1 and Sentinel-5P support SIMPLE and ORBIT, but not TILE. The rule is only active if the collection is known,
and if its documentation lists the supported mosaickings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

if TYPE_CHECKING:
    from oso_evalscript.model.catalog import Collection


def check(script: Script) -> Iterator[Finding]:
    """Compare every mosaicking with those of its collection."""
    if script.kind is not Kind.V3:
        return
    view = script.contract
    parts = [(part, script.collection_of(index)) for index, part in enumerate(view.inputs)]
    if len(view.inputs) < 2:
        parts += [(part, script.directives.collection) for part in view.tops]
    for part, collection in parts:
        entry = part.entry("mosaicking")
        if entry is None or collection is None or not collection.mosaicking_verified:
            continue
        mosaicking = script.values.constant(entry.value)
        if mosaicking in ("SIMPLE", "ORBIT", "TILE") and mosaicking not in collection.mosaicking:
            yield Finding(
                span(entry.written), f"{collection.id} does not support mosaicking {mosaicking}; {_has(collection)}"
            )


def _has(collection: Collection) -> str:
    return f"it supports {' and '.join(collection.mosaicking)}"


def _script(mosaicking: str, collection: str = "") -> str:
    return (
        f"//VERSION=3\n{collection}function setup() {{ return {{ input: ['VV'], output: {{ bands: 1 }}, "
        f"mosaicking: {mosaicking} }}; }}\nfunction evaluatePixel(s) {{ return [Object.keys(s).length]; }}\n"
    )


_S1 = "// oso: collection sentinel-1-grd\n"

RULE = Rule(
    name="mosaicking-not-supported",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('"ORBIT"', _S1),
        _script('"TILE"'),
        _script('"TILE"', "// oso: collection byoc\n"),
        _script("String()", _S1),
    ),
    bad=(
        Bad(_script('"TILE"', _S1), at='"TILE"'),
        Bad(_script("Mosaicking.TILE", _S1), at="Mosaicking.TILE"),
        Bad(
            "//VERSION=3\nfunction setup() { return { input: [{ datasource: 'S1GRD', bands: ['VV'], "
            "mosaicking: 'TILE' }, { datasource: 'S2L2A', bands: ['B04'] }], output: { bands: 1 } }; }\n"
            "function evaluatePixel(s) { return [s.S1GRD[0].VV * s.S2L2A[0].B04]; }\n",
            at="'TILE'",
        ),
    ),
)
