"""Scenes are used as a list, as in older versions.

In version 3, `scenes` is an object: it has `scenes.orbits` with ORBIT mosaicking and `scenes.tiles` with TILE, and
dates are strings. A list of scenes with `Date` objects is deprecated, and so is `filterScenes`, which
`preProcessScenes` replaces. The rule does not check data fusion scripts, where scenes are grouped by source.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.samples.presence import property_name
from oso_evalscript.semantics.samples.scenes import What
from oso_evalscript.semantics.script import Script

_OF_LISTS = frozenset(["length", "map", "filter", "forEach", "find", "findIndex", "some", "every", "slice", "reduce"])


def check(script: Script) -> Iterator[Finding]:
    """Look at what is done with scenes, and for `filterScenes`."""
    if script.kind is not Kind.V3 or script.evaluate_pixel is None:
        return
    if hook := script.functions.get("filterScenes"):
        yield Finding(hook.name_span, "`filterScenes` is from an older version; use `preProcessScenes` instead")
    if not script.scene_fields.are_given:
        return
    for node in script.tree.of_type("MemberExpression", "ForOfStatement"):
        used = _as_list(node, script)
        if used is not None:
            yield Finding(
                span(used), f"`{script.tree.text(used)}` treats scenes as a list, which is deprecated; {_form(script)}"
            )
            return


def _as_list(node: Node, script: Script) -> Node | None:
    """The expression that takes the scenes for a list, None where it need not."""
    if node.type == "ForOfStatement":
        return node.right if script.scene_fields.of(node.right) is What.SCENES else None
    if node.type != "MemberExpression" or script.scene_fields.of(node.object) is not What.SCENES:
        return None
    name = property_name(node, script.values)
    return None if isinstance(name, str) and name not in _OF_LISTS else node


def _form(script: Script) -> str:
    match script.mosaicking:
        case Mosaicking.ORBIT:
            return "use `scenes.orbits`"
        case Mosaicking.TILE:
            return "use `scenes.tiles`"
    return "use `scenes.orbits` or `scenes.tiles`"


def _script(pixel: str, more: str = "", mosaicking: str = "ORBIT") -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04"], output: {{ bands: 1 }}, '
        f'mosaicking: "{mosaicking}" }}; }}\nfunction evaluatePixel(samples, scenes) {{ {pixel} }}\n{more}'
    )


RULE = Rule(
    name="deprecated-scenes",
    severity=Severity.WARNING,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script("return [scenes.orbits.length ? samples[0].B04 : 0];"),
        _script("return [scenes.tiles[0].cloudCoverage < 10 ? samples[0].B04 : 0];", mosaicking="TILE"),
        _script("scenes = scenes.orbits; return scenes.map((o, i) => samples[i].B04);"),
        _script("const { orbits } = scenes; return [samples[0].B04 * orbits[0].tiles.length];"),
        _script("return [samples[0].B04 * count(scenes.orbits)]; function count(scenes) { return scenes.length; }"),
        _script(
            "return [samples[0].B04];",
            "function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.slice(0, 3); return c; }\n",
        ),
    ),
    bad=(
        Bad(_script("return [scenes[0].date.getMonth() * samples[0].B04];"), at="scenes[0]"),
        Bad(_script("let i = 0; for (const scene of scenes) i++; return [i * samples[0].B04];"), at="scenes"),
        Bad(
            _script("return [samples[scenes.findIndex((scene) => scene.date)].B04];", mosaicking="TILE"),
            at="scenes.findIndex",
        ),
        Bad(
            _script("return [first(scenes) * samples[0].B04];", "const first = (list) => list[0].date.getMonth();\n"),
            at="list[0]",
        ),
        Bad(
            _script(
                "return [samples[0].B04];",
                "function updateOutputMetadata(scenes, info, out) { scenes.forEach((s) => { out.userData = s; }); }\n",
            ),
            at="scenes.forEach",
        ),
        Bad(_script("return [samples[0].B04];", "function filterScenes(list) { return list; }\n"), at="filterScenes"),
    ),
)
