"""Syntax newer than ES2018, which the service may not support.

The JavaScript version of the service is not documented. None of 2306 public scripts uses anything newer than ES2018, so
there is no evidence that `?.`, `??`, `??=`, class fields, BigInt or `1_000` work there. This package runs scripts in a
current V8, which supports all of them.

The rule does not check newer methods, because objects of the script may have methods of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import node_types
from oso_evalscript.javascript.syntax import Node, Tree, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.regex import regex
from oso_evalscript.semantics.script import Script

_SEPARATED = regex(r"[\da-fA-FxXoObB]+_[\da-fA-F_.]+n?")


_LOOKED_AT: tuple[node_types.NodeType, ...] = (
    "CatchClause",
    "ChainExpression",
    "LogicalExpression",
    "Import",
    "AssignmentExpression",
    "FieldDefinition",
    "StaticBlock",
    "Literal",
)


def check(script: Script) -> Iterator[Finding]:
    """Look at each node for what ES2019 and later versions brought."""
    for node in script.tree.of_type(*_LOOKED_AT):
        found = _newer(script.tree, node)
        if found is not None:
            yield Finding(
                span(node), f"{found[0]} was added in ES{found[1]}; whether the service supports it is not known"
            )


def _newer(tree: Tree, node: Node) -> tuple[str, int] | None:
    match node.type:
        case "CatchClause" if node.param is None:
            return "`catch` without a name", 2019
        case "ChainExpression":
            return "`?.`", 2020
        case "LogicalExpression" if node.operator == "??":
            return "`??`", 2020
        case "Import":
            return "`import()`", 2020
        case "AssignmentExpression" if node.operator in ("??=", "||=", "&&="):
            return f"`{node.operator}`", 2021
        case "FieldDefinition":
            return "a class field", 2022
        case "StaticBlock":
            return "a static block", 2022
        case "Literal" if node.regex is None and not isinstance(node.value, str) and not tree.is_placeholder(node):
            written = tree.text(node)
            if written.endswith("n"):
                return "BigInt", 2020
            return ("`_` in a number", 2021) if _SEPARATED.fullmatch(written) else None
    return None


RULE = Rule(
    name="modern-syntax",
    severity=Severity.INFO,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        "class A { m() { return { ...this, x: 2 ** 3 }; } }",
        "const f = async (x) => { for await (const y of x) { y; } };",
        'const text = "a?.b ?? 1_000n"; const pick = text ? .5 : 1;',
        "try { throw 1; } catch (e) { const o = { e, f() {} }; } const a = 0xff;",
    ),
    bad=(
        Bad('const f = () => import("x");', at="import"),
        Bad("const f = (s) => s?.B04;", at="s?.B04"),
        Bad("const f = (s) => s.B04 ?? 0;", at="s.B04 ?? 0"),
        Bad("const big = 1_000;", at="1_000"),
        Bad("const big = 10n;", at="10n"),
        Bad("class A { x = 1; }", at="x = 1"),
        Bad("try { throw 1; } catch { }", at="catch { }"),
        Bad("let a; a ??= 1;", at="a ??= 1"),
    ),
)
