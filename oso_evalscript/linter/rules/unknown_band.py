"""A band that the collection does not have.

Band names are case-sensitive, and their numbers have two digits: the service rejects `B8` and `b08`, and also `SCL` for
a collection without this band. The rule is only active if the collection is known: from a comment `// oso: collection
sentinel-2-l2a`, from the option or setting `collection`, or from a `datasource` that is the name of a catalogued
collection.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.contract import plain_band
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

if TYPE_CHECKING:
    from oso_evalscript.model.catalog import Collection


def check(script: Script) -> Iterator[Finding]:
    """Look up every band that is asked for."""
    if script.kind is Kind.SIMPLE:
        yield from _in_simple_script(script)
    if script.kind is not Kind.V3:
        return
    parts = list(script.contract.inputs)
    for band in script.contract.bands:
        collection = script.collection_of(parts.index(band.part) if band.part is not None else 0)
        if collection is not None and collection.band(band.name) is None:
            yield Finding(
                span(band.node), f"{collection.id} has no band `{band.name}`; {_advice(band.name, collection)}"
            )


def _in_simple_script(script: Script) -> Iterator[Finding]:
    """Look up the names that a simple script takes for bands, and that other collections have."""
    collection = script.directives.collection
    if collection is None or collection.any_bands:
        return
    from oso_evalscript.semantics.simple import simple_bands  # few scripts come this far

    foreign = {name for name in simple_bands(script.tree, None) if collection.band(name) is None}
    for node in script.scopes.undeclared:
        if node.name in foreign:
            foreign.discard(node.name)
            yield Finding(span(node), f"{collection.id} has no band `{node.name}`; {_advice(node.name, collection)}")


def _advice(name: str, collection: Collection) -> str:
    known = [band.name for band in collection.bands]
    meant = [band for band in known if plain_band(band) == plain_band(name)]
    if meant:
        return f"did you mean `{meant[0]}`?"
    return f"it has {', '.join(known[:12])}{' …' * (len(known) > 12)}"


def _script(bands: str, *, first: str = "// oso: collection sentinel-2-l2a") -> str:
    return (
        f"//VERSION=3\n{first}\nfunction setup() {{ return {{ input: [{bands}], output: {{ bands: 1 }} }}; }}\n"
        "function evaluatePixel(s) { return [Object.keys(s).length]; }\n"
    )


RULE = Rule(
    name="unknown-band",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('"B04", "B8A", "SCL", "dataMask"'),
        _script('"B8", "red"', first=""),
        _script('"NDVI", "lai_hr"', first="// oso: collection byoc"),
        _script('"B8"', first="// a note on the collection sentinel-2-l2a"),
        _script("...Array()"),
        "// oso: collection sentinel-2-l2a\nconst B10 = 2 * B04;\nreturn [B04, B10, B02];",
    ),
    bad=(
        Bad(_script('"B04", "B8", "dataMask"'), at='"B8"'),
        Bad(_script('"b04"'), at='"b04"'),
        Bad("// oso: collection sentinel-2-l2a\nreturn [B04, B10, B02];", at="B10"),
        Bad(_script('{ bands: ["SCL"] }', first="// oso: collection sentinel-2-l1c"), at='"SCL"'),
        Bad(
            _script('{ datasource: "sentinel-2-l2a", bands: ["B10"] }, { datasource: "x", bands: ["B10 "] }', first=""),
            at='"B10"',
        ),
    ),
)
