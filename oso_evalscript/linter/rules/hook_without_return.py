"""`preProcessScenes` does not return its scenes.

It receives the scenes and must return an object of the same kind, usually the same object with fewer scenes. Without a
return, no scenes are left. `updateOutput` and `updateOutputMetadata` modify their argument and return nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import SCENE_HOOKS
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.fallthrough import Ending, ending


def check(script: Script) -> Iterator[Finding]:
    """Look for hooks that return nothing on any path."""
    if script.kind is not Kind.V3:
        return
    for name in SCENE_HOOKS:
        hook = script.functions.get(name)
        if hook is None or hook.node.body.type != "BlockStatement":
            continue
        returned = [node.argument for node in hook.own if node.type == "ReturnStatement"]
        if not any(argument is not None for argument in returned) and ending(hook.node, script.values) == Ending():
            yield Finding(
                hook.name_span, f"`{name}` returns nothing; it must return the scenes, as in `return collections`"
            )


def _script(hook: str) -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 }, mosaicking: "ORBIT" }; }\n'
        f"function evaluatePixel(samples) {{ return [samples[0].B04]; }}\n{hook}\n"
    )


RULE = Rule(
    name="hook-without-return",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script("function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.slice(0, 2); return c; }"),
        _script("const preProcessScenes = (c) => c;"),
        _script("function preProcessScenes(c) { throw new Error(JSON.stringify(c)); }"),
        _script("function updateOutput(outputs, c) { outputs.default.bands = c.scenes.length; }"),
        _script("function updateOutputMetadata(scenes, input, output) { output.userData = { n: 1 }; }"),
        _script("function preProcessScenes(c) { if (c.from) { return c; } else { return Object(c); } }"),
    ),
    bad=(
        Bad(
            _script("function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.slice(0, 2); }"),
            at="preProcessScenes",
        ),
        Bad(
            _script("var preProcessScenes = (c) => { c.scenes.orbits.filter((orbit) => orbit.dateFrom > '2020'); };"),
            at="preProcessScenes",
        ),
    ),
)
