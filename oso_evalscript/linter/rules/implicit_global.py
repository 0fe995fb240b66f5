"""A name is assigned in a function but not declared.

JavaScript then creates a global variable, which outlives the pixel: the next pixel sees the value of the last one.
Usually `let` is missing, often in a loop: `for (i = 0; …)`.

The rule reports each name once, at its first assignment. It does not report names that are also assigned at the top of
the script, or names in a *simple script*. If only one function uses the name, the fix declares it with `var`. The fix
is unsafe, because the value may have been kept on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.text import Edit, Span
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.unresolved import is_service_name


def check(script: Script) -> Iterator[Finding]:
    """Look at the names that are declared nowhere and assigned somewhere."""
    if script.kind is not Kind.V3 or script.tree.faults or script.scopes.too_deep:
        return
    if script.tree.of_type("WithStatement"):
        return
    homes = {id(node): home for home, nodes in script.scopes.own.items() for node in nodes}
    uses: dict[str, list[Node]] = {}
    for node in script.scopes.undeclared:
        uses.setdefault(node.name, []).append(node)
    for name, nodes in uses.items():
        made = [node for node in nodes if _is_made(script, node)]
        if not made or any(homes[id(node)] == id(script.tree.root) for node in made):
            continue
        words = f"`{name}` is not declared: as a global variable it keeps its value between pixels"
        if is_service_name(name):
            words = f"`{name}` is a helper of the service; this overwrites it for all later pixels"
        alone = not is_service_name(name) and len({homes[id(node)] for node in nodes}) == 1
        yield Finding(span(made[0]), words, _declaration(script, nodes, made[0]) if alone else None)


def _is_made(script: Script, node: Node) -> bool:
    """Whether a plain assignment or a loop gives the name a value."""
    parent = script.tree.parent(node)
    if script.scopes.is_read(node) or parent is None or parent.type in ("UpdateExpression", "UnaryExpression"):
        return False
    return parent.type != "AssignmentExpression" or bool(parent.operator == "=")


def _declaration(script: Script, nodes: list[Node], first: Node) -> Fix | None:
    """The fix that puts `var` before the first assignment, if that is a statement and comes before all other uses."""
    parent = script.tree.parent(first)
    if (
        parent is None
        or parent.type not in ("AssignmentExpression", "ForOfStatement", "ForInStatement")
        or any(node is not first and node.range[0] < parent.right.range[1] for node in nodes)
    ):
        return None  # what is put in depends on the value before
    above = script.tree.parent(parent)
    starts_statement = (
        parent.type == "AssignmentExpression"
        and above is not None
        and (above.type == "ExpressionStatement" or (above.type == "ForStatement" and above.init is parent))
    )
    starts_loop = parent.type in ("ForOfStatement", "ForInStatement") and parent.left is first
    if not (starts_statement or starts_loop):
        return None
    return Fix((Edit(Span(first.range[0], first.range[0]), "var "),), Safety.UNSAFE)


def _script(pixel: str, more: str = "") -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
        f"function evaluatePixel(samples) {{ {pixel} }}\n{more}"
    )


RULE = Rule(
    name="implicit-global",
    severity=Severity.WARNING,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        _script("v = samples.B04; var v; return [v];"),
        _script("last = samples.B04; return [last];", "last = 0;"),
        _script("let a, b; [a, b = 2] = [1]; ({ a, c: b } = { c: a }); return [a + b];"),
        _script("samples.extra = 1; this.count = samples.B04; return [samples.extra];"),
        _script("try { throw 1; } catch (e) { e = 2; } return [late = 3];\n  function late() {}"),
        "ndvi = index(B08, B04);\nreturn [ndvi];",
    ),
    bad=(
        Bad(
            _script("v = samples.B04; return [v];"),
            at="v",
            fixed=_script("var v = samples.B04; return [v];"),
        ),
        Bad(
            _script("let s = 0; for (i = 0; i < 3; i++) { s += i; } return [s];"),
            at="i",
            fixed=_script("let s = 0; for (var i = 0; i < 3; i++) { s += i; } return [s];"),
        ),
        Bad(_script("count = count + 1; return [count];"), at="count"),
        Bad(_script("index = samples.B04; return [1];"), at="index"),
        Bad(
            _script("for (key in samples) { if (key) return [1]; } return [0];"),
            at="key",
            fixed=_script("for (var key in samples) { if (key) return [1]; } return [0];"),
        ),
    ),
)
