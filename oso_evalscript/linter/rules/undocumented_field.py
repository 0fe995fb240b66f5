"""A field that scenes, orbits, tiles or metadata do not have.

An orbit has `dateFrom`, `dateTo` and `tiles`; a tile has `date`, `cloudCoverage`, `dataPath` and `shId`. Any other
field is undefined, so a comparison with it is always false: `orbits.filter((o) => o.orbitId === 54)` returns an empty
list. The rule follows fields through variables, callbacks and the script's own functions. Some collections have
additional fields of tiles, so for tiles only likely misspellings are reported. The rule does not check data fusion
scripts, fields that the script sets or tests for, or names that begin with `__`.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.nearest import nearest
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.samples.reads import OF_EVERY_OBJECT
from oso_evalscript.semantics.samples.scenes import FIELDS, FieldRead, What
from oso_evalscript.semantics.script import Script

_LOOKED_AT = frozenset({What.COLLECTIONS, What.ORBIT, What.TILE, What.INPUT_METADATA})
_OLDER = {What.COLLECTIONS: ("orbits", "tiles"), What.INPUT_METADATA: ("from", "to"), What.ORBIT: ("idx",)}
_TESTS = ("IfStatement", "ConditionalExpression", "LogicalExpression", "UnaryExpression")


def check(script: Script) -> Iterator[Finding]:
    """Look at every field that is read."""
    if script.kind is not Kind.V3:
        return
    reads = [read for read in script.scene_fields.reads if _is_unknown(read)]
    excused = {read.name for read in reads if _is_excused(read.node, script)}
    for read in reads:
        if read.name not in excused:
            known = [name for name in FIELDS[read.of] if not name.startswith("data") or read.of is not What.TILE]
            near = nearest(read.name, FIELDS[read.of])
            if read.of is What.TILE and not near and read.name not in FIELDS[What.ORBIT]:
                continue  # some collections tell more of their tiles
            hint = f"did you mean `{near}`?" if near else f"it has {', '.join(known)}"
            whole = read.of.value
            have = "have" if read.of is What.COLLECTIONS else "has"
            hint = hint.replace("it has", "they have") if have == "have" else hint
            yield Finding(span(read.node.property), f"{whole} {have} no documented field `{read.name}`; {hint}")


def _is_unknown(read: FieldRead) -> bool:
    if read.of not in _LOOKED_AT or read.name in FIELDS[read.of] or read.name in _OLDER.get(read.of, ()):
        return False
    return not read.name.startswith("__") and read.name not in OF_EVERY_OBJECT


def _is_excused(node: Node, script: Script) -> bool:
    """Whether a field is set by the script, or tested for being there."""
    parent = script.tree.parent(node)
    if parent is None:
        return False
    if parent.type == "AssignmentExpression":
        return parent.left is node
    if parent.type == "BinaryExpression" and parent.operator in ("==", "!=", "===", "!=="):
        other = parent.right if parent.left is node else parent.left
        return script.values.constant(other) is None
    return parent.type in _TESTS or (parent.type == "MemberExpression" and parent.object is node)


def _script(pixel: str, more: str = "", mosaicking: str = "ORBIT") -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04"], output: {{ bands: 1 }}, '
        f'mosaicking: "{mosaicking}" }}; }}\nfunction evaluatePixel(samples, scenes, info) {{ {pixel} }}\n{more}'
    )


RULE = Rule(
    name="undocumented-field",
    severity=Severity.WARNING,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script("return [scenes.orbits.filter((o) => o.dateFrom > '2023').length ? samples[0].B04 : 0];"),
        _script("return [scenes.tiles.some((t) => t.shId === 4) ? samples[0].B04 : 0];", mosaicking="TILE"),
        _script("return [scenes.orbits.length];"),
        _script("return [scenes.tiles[0].sensor === 'OLI' ? samples[0].B04 : 0];", mosaicking="TILE"),
        _script("for (const t of scenes.tiles) { t.weight = 1; } return [scenes.tiles[0].weight];", mosaicking="TILE"),
        _script("return [scenes.orbits[0].relativeOrbit ? samples[0].B04 : 0];"),
        _script(
            "return [samples[0].B04];",
            "function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.filter((o) => "
            "new Date(o.dateFrom) > c.from); return c; }\n",
        ),
    ),
    bad=(
        Bad(_script("return [scenes.orbits.filter((o) => o.orbitId === 54).length];"), at="orbitId"),
        Bad(
            _script("const first = scenes.tiles[0]; return [first.cloudCover / 100];", mosaicking="TILE"),
            at="cloudCover",
        ),
        Bad(_script("return [samples[0].B04 * info.normalisationFactor];"), at="normalisationFactor"),
        Bad(
            _script(
                "return [samples[0].B04];",
                "const late = (orbit) => orbit.date > '2023-06';\n"
                "function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.filter(late); return c; }\n",
            ),
            at="date",
        ),
    ),
)
