"""Code that can never run.

It follows a `return`, a `break` or a `continue`, or an `if` whose branches both end in one of these. A special case is
a line break after `return`: JavaScript ends the statement there, returns nothing, and never evaluates the value on the
next line.

The rule does not report code after `throw`, which is the documented way to inspect a value. It also accepts a `break`
after a `return` in a `switch`, function declarations, which can be called from anywhere, and `var` without a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from oso_evalscript.javascript import node_types
from oso_evalscript.javascript.syntax import Node
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.script import Script

_JUMPS: Final = ("ReturnStatement", "BreakStatement", "ContinueStatement")


def check(script: Script) -> Iterator[Finding]:
    """Look behind the statements that hand control on."""
    ended: set[int] = set()  # the ids of statements behind which nothing goes on
    found: list[Finding] = []
    kinds: tuple[node_types.NodeType, ...] = ("BlockStatement", "Program", "SwitchCase", "IfStatement", *_JUMPS)
    for node in reversed(script.tree.of_type(*kinds)):  # what stands inside a statement comes before it
        statements = _statements(node)
        for index, statement in enumerate(statements):
            if id(statement) in ended:
                ended.add(id(node))
                dead = [item for item in statements[index + 1 :] if not _is_harmless(item)]
                if dead and not _is_simple_end(script, node):
                    found.append(_finding(script, statement, dead))
                break
        if _ends(node, ended):
            ended.add(id(node))
    yield from reversed(found)


def _statements(node: Node) -> list[Node]:
    if node.type in ("BlockStatement", "Program"):
        return list(node.body)
    return list(node.consequent) if node.type == "SwitchCase" else []


def _ends(node: Node, ended: set[int]) -> bool:
    if node.type == "IfStatement":
        return node.alternate is not None and id(node.consequent) in ended and id(node.alternate) in ended
    return node.type in _JUMPS


def _is_harmless(node: Node) -> bool:
    match node.type:
        case "FunctionDeclaration" | "EmptyStatement" | "BreakStatement" | "ContinueStatement":
            return True
        case "ReturnStatement":
            return node.argument is None
        case "VariableDeclaration":
            return node.kind == "var" and all(item.init is None for item in node.declarations)
    return False


def _is_simple_end(script: Script, node: Node) -> bool:
    """Whether a `return` at the top may only make a script simple for a try, above functions of a whole one."""
    return node.type == "Program" and script.setup is not None


def _finding(script: Script, last: Node, dead: list[Node]) -> Finding:
    first = dead[0]
    source = script.tree.source
    line_end = source.line_span(source.position(first.range[0]).line).end
    place = Span(first.range[0], min(first.range[1], line_end))
    bare = last.type == "ReturnStatement" and last.argument is None
    gap = script.text[last.range[0] + len("return") : first.range[0]]
    if bare and first.type in ("ExpressionStatement", "BlockStatement") and not gap.strip() and "\n" in gap:
        edit = Span(last.range[0] + len("return"), first.range[0])
        fix = Fix.replace(edit, " ", safety=Safety.UNSAFE) if first.type == "ExpressionStatement" else None
        words = "the line break after `return` ends the statement: nothing is returned, and this is never reached"
        return Finding(place, words, fix)
    return Finding(place, f"this is never reached: {_why(script, last)}")


def _why(script: Script, last: Node) -> str:
    line = script.tree.source.position(last.range[0]).line
    if last.type == "IfStatement":
        return f"both branches of the `if` on line {line} leave first"
    word = {"ReturnStatement": "return", "BreakStatement": "break", "ContinueStatement": "continue"}.get(last.type)
    return f"the `{word}` on line {line} comes first" if word else f"the block on line {line} leaves first"


RULE = Rule(
    name="unreachable-code",
    severity=Severity.WARNING,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        "const f = (x) => { return g(x); function g(y) { return y; } var later; };",
        "const f = (x) => { switch (x) { case 1: return 2; break; case 2: { return 3; } default: return 4; } };",
        "const f = (s) => { throw new Error(JSON.stringify(s)); return [s.B04]; };",
        "const f = (x) => { if (x) { return 1; } else if (x > 2) { return 2; } return 3; };",
        "const f = (list) => { for (const x of list) { if (x) continue; return x; } return 0; };",
        "const f = (x) => { outer: { if (x) break outer; return 1; } return 2; };",
    ),
    bad=(
        Bad("const f = (x) => { return x; x = 2; };", at="x = 2;"),
        Bad(
            "const f = (x) => {\n  if (x) { return 1; } else { return 2; }\n  return 3;\n};",
            at="return 3;",
        ),
        Bad(
            "const f = (x) => {\n  return\n    [x, 1];\n};",
            at="[x, 1];",
            fixed="const f = (x) => {\n  return [x, 1];\n};",
        ),
        Bad("const f = (list) => { for (const x of list) { continue; f(x); } };", at="f(x);"),
    ),
)
