"""What strict code may not do: the code of classes, and what begins with `"use strict"`."""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.around import Around
from oso_evalscript.javascript.faults import Fault
from oso_evalscript.javascript.kinds import CLASSES, FUNCTIONS
from oso_evalscript.javascript.nodes import Identifier, Node
from oso_evalscript.javascript.syntax import Tree, span

_RESTRICTED = frozenset(("eval", "arguments"))


def refused_in_strict_code(tree: Tree) -> Iterator[Fault]:
    """Yield a fault for each place of strict code that the parser passes over."""
    text = tree.source.text
    if "class" not in text and "use strict" not in text:
        return
    if "eval" in text or "arguments" in text:
        around = Around(tree, _may_be_strict)
        for name in tree.of_type("Identifier"):
            if name.name in _RESTRICTED and _is_set(tree, name) and is_strict(tree, name, around):
                yield Fault(span(name), f"strict code cannot set or declare `{name.name}`")
    for node in tree.of_type("FunctionDeclaration"):
        parent = tree.parent(node)
        if parent is not None and parent.type in ("IfStatement", "LabeledStatement") and is_strict(tree, parent):
            yield Fault(span(node), "strict code declares functions only in blocks")


def is_strict(tree: Tree, node: Node, around: Around | None = None) -> bool:
    """Return whether a node is part of strict code; names and parameters are part of their function."""
    around = around or Around(tree, _may_be_strict)
    above = around(node)
    while above is not None:
        if above.type in CLASSES:
            return True
        body = above if above.type == "Program" else getattr(above, "body", None)
        if body is not None and _begins_strict(body):
            return True
        above = around(above)
    return False


def _may_be_strict(above: Node, below: Node) -> bool:
    return above.type in CLASSES or above.type in FUNCTIONS or above.type == "Program"


def _begins_strict(body: Node) -> bool:
    if body.type != "Program" and body.type != "BlockStatement":
        return False
    for statement in body.body:
        if statement.type != "ExpressionStatement" or statement.directive is None:
            return False
        if statement.directive == "use strict":
            return True
    return False


def _is_set(tree: Tree, name: Identifier) -> bool:
    """Whether a name is assigned to or declared."""
    parent = tree.parent(name)
    if parent is None:
        return False
    match parent.type:
        case "AssignmentExpression" | "AssignmentPattern" | "ForInStatement" | "ForOfStatement" | "ForAwaitStatement":
            return parent.left is name
        case "UpdateExpression":
            return True
        case "ArrayPattern":
            return True
        case "RestElement":
            return True
        case "Property":
            above = tree.parent(parent)
            return parent.value is name and above is not None and above.type == "ObjectPattern"
        case "VariableDeclarator":
            return parent.id is name
        case "CatchClause":
            return parent.param is name
        case "ClassDeclaration" | "ClassExpression":
            return parent.id is name
        case "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression":
            return parent.id is name or any(parameter is name for parameter in parent.params)
    return False
