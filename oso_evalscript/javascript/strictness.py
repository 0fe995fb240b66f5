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
    is_strict = Strictness(tree)
    if "eval" in text or "arguments" in text:
        for name in tree.of_type("Identifier"):
            if name.name in _RESTRICTED and _is_set(tree, name) and is_strict(name):
                yield Fault(span(name), f"`{name.name}` cannot be assigned to or declared in strict mode")
    for node in tree.of_type("FunctionDeclaration"):
        parent = tree.parent(node)
        if parent is not None and parent.type in ("IfStatement", "LabeledStatement") and is_strict(parent):
            yield Fault(span(node), "a function cannot be declared here in strict mode; wrap it in a block `{ … }`")


class Strictness:
    """Tells of nodes whether they are part of strict code; names and parameters are part of their function."""

    def __init__(self, tree: Tree) -> None:
        """Take the tree of the nodes."""
        self._around = Around(tree, _may_be_strict)

    def __call__(self, node: Node) -> bool:
        """Return whether a node is part of strict code."""
        above = self._around(node)
        while above is not None:
            if above.type in CLASSES:
                return True
            body = above if above.type == "Program" else getattr(above, "body", None)
            if body is not None and begins_strict(body):
                return True
            above = self._around(above)
        return False


def _may_be_strict(above: Node, below: Node) -> bool:
    return above.type in CLASSES or above.type in FUNCTIONS or above.type == "Program"


def begins_strict(body: Node) -> bool:
    """Return whether a script, or the body of a function, begins by asking for strict mode."""
    for statement in body.body if body.type in ("Program", "BlockStatement") else ():
        if statement.type != "ExpressionStatement" or statement.directive is None:
            break
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
        case "UpdateExpression" | "ArrayPattern" | "RestElement":
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
