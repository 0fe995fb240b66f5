"""A method that the visualizer does not have.

`viz.processOne(x)` fails at the first pixel, because `processOne` is not a function. All visualizers have `process`,
most have `processList`, and some classes have functions that create built-in visualizers, such as
`ColorRampVisualizer.createRedTemperature()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.host.signatures import CLASSES
from oso_evalscript.model.nearest import nearest
from oso_evalscript.semantics.samples.reads import OF_EVERY_OBJECT
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Look at each method that is called."""
    for node in script.tree.of_type("CallExpression"):
        callee = node.callee
        if callee.type != "MemberExpression" or callee.computed:
            continue
        name = callee.property.name
        known = _methods_of(callee.object, script)
        if known is None or name in known or name in OF_EVERY_OBJECT or name in _assigned(script):
            continue
        near = nearest(name, known, 0.5)
        there = ", ".join(f"`{item}`" for item in sorted(known))
        hint = f"did you mean `{near}`?" if near else f"there are {there}" if len(known) > 1 else f"there is {there}"
        fix = Fix.replace(span(callee.property), near, safety=Safety.UNSAFE) if near else None
        yield Finding(span(callee.property), f"`{script.tree.text(callee.object)}` has no method `{name}`; {hint}", fix)


def _methods_of(node: Node, script: Script) -> frozenset[str] | None:
    """The methods of what an expression gives; None where that is no visualizer, and no class of them, for certain."""
    if script.values.is_host(node, tuple(CLASSES)):
        return CLASSES[node.name].creators or None
    variable = script.names.variable(node)
    if variable is not None and len(variable.makings) == 1 and variable.makings[0] is not None:
        node = variable.makings[0]
    made = script.values.visualizer(node)
    return None if made is None else frozenset(made.known.methods)


def _assigned(script: Script) -> set[str]:
    """The properties that the script sets, of whatever."""
    return {
        node.left.property.name
        for node in script.tree.of_type("AssignmentExpression")
        if node.left.type == "MemberExpression" and not node.left.computed
    }


def _script(pixel: str) -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 3 } }; }\n'
        "const viz = new ColorMapVisualizer([[0, 0x000000], [1, 0xffffff]]);\n"
        f"function evaluatePixel(s) {{ {pixel} }}\n"
    )


RULE = Rule(
    name="unknown-method",
    severity=Severity.ERROR,
    group=Group.COLOR,
    check=check,
    good=(
        _script("return viz.process(s.B04);"),
        _script("return viz.processList([s.B04])[0].map((c) => c / 2);"),
        _script("return ColorRampVisualizer.createRedTemperature(0, 1).inverse().process(s.B04);"),
        _script("viz.half = (x) => viz.process(x / 2); return viz.half(s.B04);"),
        _script("class Own { paint(x) { return viz.process(x); } }\nconst own = new Own(); return own.paint(s.B04);"),
    ),
    bad=(
        Bad(_script("return viz.processOne(s.B04);"), at="processOne", fixed=_script("return viz.process(s.B04);")),
        Bad(_script("return viz.proces(s.B04);"), at="proces", fixed=_script("return viz.process(s.B04);")),
        Bad(
            _script("return ColorRampVisualizer.createWhiteGren(0, 1).process(s.B04);"),
            at="createWhiteGren",
            fixed=_script("return ColorRampVisualizer.createWhiteGreen(0, 1).process(s.B04);"),
        ),
        Bad(_script("return viz.getRgb(s.B04);"), at="getRgb"),
    ),
)
