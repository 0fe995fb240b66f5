"""A method or operator that the type of a documented field does not support.

In version 3, the dates of orbits and tiles are strings such as `2023-06-01T00:00:00Z`: `scenes.orbits[0].dateFrom` does
not have a method `getTime()`, and the difference of two such strings is NaN. Convert the string with `new Date(…)`. The
fields `from` and `to` that `preProcessScenes` receives are already `Date` objects.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.samples.scenes import What
from oso_evalscript.semantics.script import Script

_OF_DATES = frozenset(
    """getDate getDay getFullYear getHours getMilliseconds getMinutes getMonth getSeconds getTime getUTCDate getUTCDay
    getUTCFullYear getUTCHours getUTCMinutes getUTCMonth getUTCSeconds getYear setDate setFullYear setHours setMonth
    setTime toDateString toISOString toLocaleDateString toUTCString""".split()  # noqa: SIM905
)
_OF_TEXT = frozenset(
    """charAt endsWith includes indexOf match replace slice split startsWith substr substring trim""".split()  # noqa: SIM905
)


def check(script: Script) -> Iterator[Finding]:
    """Look at what is done with each field."""
    if script.kind is not Kind.V3 or not script.scene_fields.are_given:
        return
    for read in script.scene_fields.reads:
        if read.of is What.TEXT and read.name in _OF_DATES and _is_called(read.node, script):
            yield _of_text(read.node, script)
        elif read.of in (What.DATE, What.NUMBER) and read.name in _OF_TEXT and _is_called(read.node, script):
            yield Finding(
                span(read.node),
                f"`{script.tree.text(read.node.object)}` is {read.of.value}, which has no `{read.name}()`",
            )
    for node in script.tree.of_type("BinaryExpression"):
        if node.operator in ("-", "*", "/") and What.TEXT in (
            script.scene_fields.of(node.left),
            script.scene_fields.of(node.right),
        ):
            yield Finding(span(node), "dates of scenes are strings, so this is NaN; convert them with `new Date(…)`")


def _of_text(node: nodes.Member, script: Script) -> Finding:
    written = script.tree.text(node.object)
    fix = Fix.replace(span(node.object), f"new Date({written})", safety=Safety.UNSAFE)
    method = script.tree.text(node.property)
    return Finding(
        span(node), f"`{written}` is a string, which has no `{method}()`; convert it with `new Date(…)`", fix
    )


def _is_called(node: Node, script: Script) -> bool:
    parent = script.tree.parent(node)
    return parent is not None and parent.type == "CallExpression" and parent.callee is node


def _script(pixel: str, more: str = "", mosaicking: str = "ORBIT") -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04"], output: {{ bands: 1, sampleType: "FLOAT32" }}, '
        f'mosaicking: "{mosaicking}" }}; }}\nfunction evaluatePixel(samples, scenes) {{ {pixel} }}\n{more}'
    )


RULE = Rule(
    name="type-of-field",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script("return [new Date(scenes.orbits[0].dateFrom).getMonth()];"),
        _script("return [scenes.orbits[0].dateFrom.split('T')[0] === '2023-06-01' ? 1 : 0];"),
        _script("return [scenes.tiles[0].cloudCoverage.toFixed(0) - 1];", mosaicking="TILE"),
        _script(
            "return [samples[0].B04];",
            "function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.filter((o) => "
            "c.to.getTime() - new Date(o.dateFrom).getTime() < 864e5); return c; }\n",
        ),
    ),
    bad=(
        Bad(
            _script("return [scenes.orbits[0].dateFrom.getMonth()];"),
            at="scenes.orbits[0].dateFrom.getMonth",
            fixed=_script("return [new Date(scenes.orbits[0].dateFrom).getMonth()];"),
        ),
        Bad(
            _script("return [scenes.tiles.filter((t) => t.date.getFullYear() > 2020).length];", mosaicking="TILE"),
            at="t.date.getFullYear",
            fixed=_script(
                "return [scenes.tiles.filter((t) => new Date(t.date).getFullYear() > 2020).length];",
                mosaicking="TILE",
            ),
        ),
        Bad(
            _script(
                "return [samples[0].B04];",
                "function preProcessScenes(c) { c.scenes.orbits.sort((a, b) => a.dateFrom - b.dateFrom); return c; }\n",
            ),
            at="a.dateFrom - b.dateFrom",
        ),
        Bad(
            _script("return [samples[0].B04];", "function preProcessScenes(c) { c.from.split('T'); return c; }\n"),
            at="c.from.split",
        ),
    ),
)
