"""What V8 refuses while it reads a script, and the parser lets pass; names declared twice are in `redeclared`.

Found by comparing the two on mutated scripts, as `tests/linter/test_agreement_with_node.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.faults import Fault
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.node_types import NodeType
from oso_evalscript.javascript.nodes import Bare, ClassBody, ExpressionStatement, Function
from oso_evalscript.javascript.patterns import bound_names
from oso_evalscript.javascript.syntax import Tree, span

_LOOKED_AT: tuple[NodeType, ...] = (
    "ExpressionStatement",
    "ClassBody",
    "AssignmentExpression",
    "Super",
    "PrivateIdentifier",
    "MetaProperty",
    *FUNCTIONS,
)
_LINE_ENDS = frozenset("\r\n\u2028\u2029")


def early_errors(tree: Tree) -> Iterator[Fault]:
    """Yield a fault for each place that the parser passes over."""
    private = {tree.text(node.key) for node in tree.of_type("FieldDefinition", "MethodDefinition")}
    for node in tree.of_type(*_LOOKED_AT):
        match node.type:
            case "ExpressionStatement" if node.expression.type == "ClassExpression" and _begins(node):
                yield Fault(span(node), "a class cannot stand here without a block around it")
            case "ClassBody":
                yield from _members(tree, node)
            case "AssignmentExpression" if node.left.type in ("ObjectPattern", "ArrayPattern"):
                if tree.source.text[node.range[0]] == "(":
                    yield Fault(span(node.left), "a pattern that is assigned to stands without parentheses")
            case "Super" if not _may_call_super(tree, node):
                yield Fault(span(node), "`super()` belongs into the `constructor` of a class that extends another")
            case "PrivateIdentifier" if tree.text(node) not in private:
                yield Fault(span(node), f"no class around this declares `{tree.text(node)}`")
            case "MetaProperty" if tree.text(node).startswith("import"):
                yield Fault(span(node), "`import.meta` belongs to modules, and an evalscript is none")
            case "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression":
                yield from _parameters(node)


def _begins(statement: ExpressionStatement) -> bool:
    """Whether a statement begins with its expression, without a parenthesis before."""
    return statement.range[0] == statement.expression.range[0]


def _members(tree: Tree, body: ClassBody) -> Iterator[Fault]:
    """Fields of a class that run into what follows."""
    for member, following in zip(body.body, body.body[1:], strict=False):
        gap = tree.source.text[member.range[1] : following.range[0]]
        closed = ";" in gap or tree.source.text[member.range[1] - 1] == ";" or not _LINE_ENDS.isdisjoint(gap)
        if member.type == "FieldDefinition" and not closed:
            yield Fault(span(following), "a semicolon is missing before this member of the class")


def _may_call_super(tree: Tree, node: Bare) -> bool:
    """Whether a `super` is none that is called, or stands in a constructor."""
    call = tree.parent(node)
    if call is None or call.type != "CallExpression":
        return True
    above = tree.parent(call)
    while above is not None and (above.type not in FUNCTIONS or above.type == "ArrowFunctionExpression"):
        above = tree.parent(above)
    method = tree.parent(above) if above is not None else None
    return method is not None and method.type == "MethodDefinition" and method.kind == "constructor"


def _parameters(function: Function) -> Iterator[Fault]:
    """Parameters of one name, which only plain lists of plain functions may have."""
    if all(item.type == "Identifier" for item in function.params):
        return
    seen: set[str] = set()
    for parameter in function.params:
        for name in sorted(bound_names(parameter), key=lambda name: name.range[0]):
            if name.name in seen:
                yield Fault(span(name), f"there is another parameter `{name.name}`")
            seen.add(name.name)
