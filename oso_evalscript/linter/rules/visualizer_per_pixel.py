"""A visualizer is rebuilt for every pixel.

Its constructor reads the whole table each time. Create the visualizer once, at the top of the script: the colours are
the same, and `evaluatePixel` is faster.

The rule does not report a visualizer whose arguments depend on the pixel.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import span, walk
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.host.signatures import CLASSES
from oso_evalscript.semantics.pixel import pixel_nodes
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Look at `new` and at the ready-made visualizers in what runs for each pixel."""
    for node in pixel_nodes(script):
        if node.type not in ("CallExpression", "NewExpression"):
            continue
        name = _visualizer(node)
        if name is None or script.scopes.variable(name) is not None or not _is_constant(script, node):
            continue
        yield Finding(
            span(node), f"this `{name.name}` is rebuilt for every pixel; create it once at the top of the script"
        )


def _visualizer(node: nodes.Call) -> nodes.Identifier | None:
    """The name of a visualizer that an expression makes."""
    if node.type == "NewExpression":
        name, method = node.callee, None
    elif node.callee.type == "MemberExpression" and not node.callee.computed:
        name, method = node.callee.object, node.callee.property.name
    else:
        return None
    if name.type != "Identifier" or name.name not in CLASSES:
        return None
    return name if method is None or method in CLASSES[name.name].creators else None


def _is_constant(script: Script, node: nodes.Call) -> bool:
    """Whether the arguments depend on nothing that belongs to the pixel."""
    names = (inner for item in node.arguments for inner in walk(item) if inner.type == "Identifier")
    variables = (script.scopes.variable(name) for name in names)
    return all(variable is None or variable.outlives_calls for variable in variables)


def _script(pixel: str, more: str = "") -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
        f"function evaluatePixel(s, scenes) {{ {pixel} }}\n{more}"
    )


RULE = Rule(
    name="visualizer-per-pixel",
    severity=Severity.INFO,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        _script("return [viz.process(s.B04)[0]];", "const viz = new ColorMapVisualizer([[0, 0xff0000]]);"),
        _script("return [new ColorRampVisualizer([[0, 0xff0000]], s.B04, 1).process(0.5)[0]];"),
        _script(
            "return [paint(s.B04)[0]];",
            "const paint = make();\n"
            "function make() { const viz = new DefaultVisualizer(0, 1); return (v) => [viz.process(v)]; }",
        ),
    ),
    bad=(
        Bad(
            _script("return [new ColorMapVisualizer([[0, 0xff0000]]).process(s.B04)[0]];"),
            at="new ColorMapVisualizer([[0, 0xff0000]])",
        ),
        Bad(
            _script(
                "return [paint(s.B04)[0]];",
                "function paint(v) { return ColorRampVisualizer.createBlueRed(0, 1).process(v); }",
            ),
            at="ColorRampVisualizer.createBlueRed(0, 1)",
        ),
    ),
)
