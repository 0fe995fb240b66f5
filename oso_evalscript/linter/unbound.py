"""Names that no way of running a script can define, at places that every run comes by: the script cannot run.

That a name is declared nowhere does not show it. Scripts make names by `globalThis.x = 1` and its many kin, and a name
that is never evaluated, or whose error is caught, keeps no script from running. So a short list is allowed, and
whatever is not on it counts as a reason against.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from oso_evalscript.javascript.kinds import KEYED
from oso_evalscript.javascript.nodes import Identifier
from oso_evalscript.javascript.syntax import Node
from oso_evalscript.linter.access import Access
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.names import own_nodes
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.unresolved import LANGUAGE, is_service_name

_CODE_WORDS = frozenset(("eval", "Function", "constructor"))
"""What makes code, and so names, of text."""

_REACHING_WORDS = frozenset(
    """Proxy Reflect __lookupGetter__ __lookupSetter__ __proto__ callee caller getOwnPropertyDescriptor
    getOwnPropertyDescriptors getOwnPropertyNames getPrototypeOf global globalThis ownKeys prepareStackTrace prototype
    self setPrototypeOf window""".split()  # noqa: SIM905
)
"""What leads to the global object or to the prototype of all objects, whose properties are names."""

_MAKING_WORDS = frozenset(
    """Proxy Reflect __defineGetter__ __defineSetter__ __proto__ assign defineProperties defineProperty
    setPrototypeOf""".split()  # noqa: SIM905
)
"""What makes properties by other means than assigning to them."""

_SKIPPING = frozenset(("&&=", "||=", "??="))
_STRAIGHT = frozenset(
    """ArrayExpression BinaryExpression CallExpression ExpressionStatement NewExpression ObjectExpression
    ReturnStatement SequenceExpression SpreadElement TemplateLiteral ThrowStatement VariableDeclaration""".split()  # noqa: SIM905
)
"""What evaluates all its parts."""

_FIRST_PARTS = {
    "ConditionalExpression": "test",
    "ForInStatement": "right",
    "ForOfStatement": "right",
    "ForStatement": "init",
    "IfStatement": "test",
    "LogicalExpression": "left",
    "SwitchStatement": "discriminant",
    "VariableDeclarator": "init",
    "WhileStatement": "test",
}
"""What evaluates one of its parts for certain: that one."""


class Unbound:
    """Which names of one script fail every run of it."""

    def __init__(self, script: Script, access: Access) -> None:
        self._script = script
        self._tree = script.tree
        self._access = access
        self._undefined: dict[str, bool] = {}

    def fails(self, name: Identifier) -> bool:
        """Return whether the script is shown to fail in every run where it uses a name at one place."""
        return id(name) in self._undeclared and self._is_evaluated(name) and self._is_undefined(name.name)

    def _is_undefined(self, name: str) -> bool:
        """Whether nothing can give a name a meaning."""
        if name not in self._undefined:
            self._undefined[name] = self._can_be_told and self._has_no_meaning(name)
        return self._undefined[name]

    def _has_no_meaning(self, name: str) -> bool:
        if name in LANGUAGE or is_service_name(name):
            return False
        elsewhere = [node for node in self._by_name[name] if id(node) not in self._undeclared]
        if not all(map(self._is_property, elsewhere)):
            return False
        if not self._reaches_names:
            return True
        is_spelt_elsewhere = bool(elsewhere) or any(name in text for text in self._access.strings)
        return not is_spelt_elsewhere and not self._access.writes_unknown and not self._access.words & _MAKING_WORDS

    @cached_property
    def _can_be_told(self) -> bool:
        """Whether the text tells what names mean at all."""
        scopes, access = self._script.scopes, self._access
        # A simple script's bands are names that it does not declare.
        if self._script.kind is not Kind.V3 or scopes.fault is not None or scopes.too_deep:
            return False
        if access.words & _CODE_WORDS or self._tree.of_type("WithStatement", "Import", "MetaProperty"):
            return False
        return not access.reads_unknown

    @cached_property
    def _reaches_names(self) -> bool:
        """Whether the script may get hold of an object whose properties are names."""
        return bool(self._access.words & _REACHING_WORDS or self._tree.of_type("ThisExpression", "Super"))

    @cached_property
    def _undeclared(self) -> frozenset[int]:
        scopes = self._script.scopes
        return frozenset(id(node) for node in scopes.undeclared if scopes.is_read(node))

    @cached_property
    def _by_name(self) -> defaultdict[str, list[Node]]:
        found: defaultdict[str, list[Node]] = defaultdict(list)
        for node in self._tree.of_type("Identifier"):
            found[node.name].append(node)
        return found

    def _is_property(self, node: Node) -> bool:
        """Whether an identifier is the name of a property and of nothing else."""
        parent = self._tree.parent(node)
        if parent is None:
            return False
        if parent.type == "MemberExpression":
            return parent.property is node and not parent.computed
        return parent.type in KEYED and parent.value is not node and not parent.computed

    def _is_evaluated(self, name: Node) -> bool:
        """Whether loading, or each call of `evaluatePixel`, evaluates a name, and nothing catches the error."""
        child: Node = name
        parent = self._tree.parent(name)
        while parent is not None and _passes_on(child, parent):
            child, parent = parent, self._tree.parent(parent)
        if parent is None:
            return False
        if parent is self._tree.root:
            return not self._returns_at_top
        pixel = self._script.evaluate_pixel
        if pixel is None or pixel.node.generator or pixel.node.isAsync:
            return False
        if parent is pixel.node:
            return parent.body is child
        return parent is pixel.node.body and child.range[0] < self._first_return

    @cached_property
    def _returns_at_top(self) -> bool:
        root = self._tree.root
        return root is not None and any(node.type == "ReturnStatement" for node in own_nodes(root))

    @cached_property
    def _first_return(self) -> int:
        """Where the first statement of `evaluatePixel` ends that returns, perhaps."""
        pixel = self._script.evaluate_pixel
        ends = [node.range[1] for node in pixel.own if node.type == "ReturnStatement"] if pixel is not None else []
        return min(ends, default=len(self._script.text) + 1)


def _passes_on(child: Node, parent: Node) -> bool:
    """Whether evaluating `parent` always evaluates `child`."""
    if parent.type in _STRAIGHT:
        return True
    if parent.type in _FIRST_PARTS:
        return getattr(parent, _FIRST_PARTS[parent.type]) is child
    match parent.type:
        case "UnaryExpression":
            return child.type != "Identifier" or parent.operator not in ("typeof", "delete")
        case "Property":
            return parent.kind == "init" and not parent.shorthand and not parent.method
        case "MemberExpression":
            return parent.object is child or parent.computed
        case "AssignmentExpression":
            return parent.right is child and parent.operator not in _SKIPPING
    return False
