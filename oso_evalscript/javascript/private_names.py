"""Private names of classes, as `#x`: declared once, used inside of their class, and only where they may stand."""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.around import Around
from oso_evalscript.javascript.faults import Fault
from oso_evalscript.javascript.nodes import ClassBody, Node
from oso_evalscript.javascript.syntax import Tree, name_of, span

_ACCESSORS = frozenset(("get", "set"))


def private_names(tree: Tree) -> Iterator[Fault]:
    """Yield a fault for each private name that is none of a class around it, or is declared twice, or misplaced."""
    used = tree.of_type("PrivateIdentifier")
    if not used:
        return
    declared: dict[int, set[str]] = {}
    for class_body in tree.of_type("ClassBody"):
        names, faults = _declared(class_body)
        yield from faults
        declared[id(class_body)] = names
    body = Around(tree, lambda above, _: above.type == "ClassBody")
    for node in used:
        yield from _use(tree, node, declared, body)


def _declared(body: ClassBody) -> tuple[set[str], list[Fault]]:
    """The private names of a class, and a fault for each that is declared twice."""
    kinds: dict[str, list[tuple[str, bool]]] = {}
    faults: list[Fault] = []
    for member in body.body:
        if member.type == "StaticBlock" or member.key.type != "PrivateIdentifier":
            continue
        name = member.key.name
        before = kinds.setdefault(name, [])
        pairs = len(before) == 1 and before[0][1] == member.static and {before[0][0], member.kind} == _ACCESSORS
        if before and not pairs:
            faults.append(Fault(span(member.key), f"`{name}` is already declared in this class"))
        before.append((member.kind, bool(member.static)))
    return set(kinds), faults


def _use(tree: Tree, node: Node, declared: dict[int, set[str]], body: Around) -> Iterator[Fault]:
    name, parent = name_of(node) or "", tree.parent(node)
    if parent is None or not _may_stand(tree, node, parent):
        yield Fault(span(node), f"the private name `{name}` is not allowed here")
        return
    above = body(node)
    while above is not None and name not in declared[id(above)]:
        above = body(above)
    if above is None:
        yield Fault(span(node), f"`{name}` is not declared in an enclosing class")


def _may_stand(tree: Tree, node: Node, parent: Node) -> bool:
    if parent.type in ("MethodDefinition", "FieldDefinition"):
        return parent.key is node and not parent.computed
    if parent.type == "MemberExpression":
        return parent.property is node and not parent.computed and not _is_refused(tree, parent)
    if parent.type != "BinaryExpression" or parent.operator != "in" or parent.left is not node:
        return False
    return not tree.source.text[node.range[1] : parent.right.range[0]].lstrip().startswith(")")


def _is_refused(tree: Tree, member: Node) -> bool:
    """Whether a private member is one of `super`, or is deleted."""
    if member.type != "MemberExpression":
        return False
    above = tree.parent(member)
    if above is not None and above.type == "ChainExpression":
        above = tree.parent(above)
    is_deleted = above is not None and above.type == "UnaryExpression" and above.operator == "delete"
    return member.object.type == "Super" or is_deleted
