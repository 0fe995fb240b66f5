"""The names of a script: which are declared, assigned and changed, and which stand for one constant value.

Names are taken together over all scopes: what happens to one `x` counts for every `x`. That errs on the side of
knowing less.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, Tree, children

FUNCTIONS = ("FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression")

_PRIMITIVE = ("Literal", "TemplateLiteral", "UnaryExpression", "BinaryExpression")
_READING_METHODS = frozenset(
    "at concat every filter find findIndex includes indexOf join map process slice some toFixed toString".split()  # noqa: SIM905
)
# Functions of the language and of the service that leave their arguments alone.
_READING_FUNCTIONS = frozenset(
    """Boolean ColorGradientVisualizer ColorMapVisualizer ColorRampVisualizer Map Number Set String colorBlend combine
    index int2rgb inverse isFinite isNaN normalizeRGB parseFloat parseInt rgb2int valueInterpolate valueMap""".split()  # noqa: SIM905
)
_READING_OBJECTS = ("JSON", "Math", "Number")
_ENDS_HARMLESS = frozenset(
    """ReturnStatement SpreadElement BinaryExpression UnaryExpression TemplateLiteral IfStatement WhileStatement
    DoWhileStatement ForStatement SwitchStatement SwitchCase ExpressionStatement ThrowStatement""".split()  # noqa: SIM905
)


class Names:
    """What the whole text says of each name; one pass over the tree.

    Attributes:
        declared: how often each name is declared, parameters included.
        assigned: how often each name is assigned after its declaration, or without one.
        parameters: the names of all parameters.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.declared: dict[str, int] = {}
        self.assigned: dict[str, int] = {}
        self.parameters: set[str] = set()
        self._initial: dict[str, Node] = {}
        self._binding: set[int] = set()
        for node in tree.nodes:
            self._look_at(node)

    def constants(self) -> dict[str, Node]:
        """Return the initial values of the names that are declared once, never assigned, and never changed."""
        harmed = self._harmed()
        return {
            name: node
            for name, node in self._initial.items()
            if self.declared[name] == 1
            and name not in self.assigned
            and (node.type in _PRIMITIVE or name not in harmed)
        }

    def _look_at(self, node: Node) -> None:
        match node.type:
            case "VariableDeclarator":
                if node.id.type == "Identifier" and node.init is not None:
                    self._initial[node.id.name] = node.init
                self._declare(node.id)
            case "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression":
                if node.id is not None and node.type == "FunctionDeclaration":
                    self._declare(node.id)
                elif node.id is not None:  # known inside that function only
                    self.declared.setdefault(node.id.name, 0)
                    self._binding.add(id(node.id))
                for parameter in node.params:
                    self._declare(parameter)
                    self.parameters.update(name.name for name in bound_names(parameter))
            case "ClassDeclaration" | "ClassExpression" if node.id is not None:
                self._declare(node.id)
            case "CatchClause" if node.param is not None:
                self._declare(node.param)
            case "AssignmentExpression":
                self._assign(node.left)
            case "UpdateExpression":
                self._assign(node.argument)
            case "ForInStatement" | "ForOfStatement" if node.left.type != "VariableDeclaration":
                self._assign(node.left)

    def _declare(self, pattern: Node) -> None:
        for name in bound_names(pattern):
            self.declared[name.name] = self.declared.get(name.name, 0) + 1
            self._binding.add(id(name))

    def _assign(self, target: Node) -> None:
        for name in bound_names(target):
            self.assigned[name.name] = self.assigned.get(name.name, 0) + 1
            self._binding.add(id(name))

    def _harmed(self) -> set[str]:
        """The names whose value some use may change, or hand to somebody who may."""
        harmed: set[str] = set()
        aliases: dict[str, set[str]] = {}  # another name of the value → the names it is another name of
        for node in self._tree.nodes:
            if node.type != "Identifier" or id(node) in self._binding:
                continue
            others = self._use(node)
            if others is None:
                harmed.add(node.name)
            for other in others or ():
                aliases.setdefault(other, set()).add(node.name)
        waiting = list(harmed)
        while waiting:
            for name in aliases.get(waiting.pop(), set()) - harmed:
                harmed.add(name)
                waiting.append(name)
        return harmed

    def _use(self, node: Node) -> tuple[str, ...] | None:
        """The names that one use gives to the same value; None where the use may change it."""
        parent = self._tree.parent(node)
        while parent is not None:
            match parent.type:
                case "MemberExpression" if parent.object is not node:
                    return ()  # an index, or the name of a property
                case "Property" | "MethodDefinition" | "PropertyDefinition" if (
                    parent.key is node and not parent.computed
                ):
                    if not parent.shorthand:
                        return ()
                case "CallExpression" | "NewExpression":
                    return () if self._only_reads(parent, node) else None
                case "VariableDeclarator":
                    return tuple(name.name for name in bound_names(parent.id))
                case "ForOfStatement" if parent.right is node:
                    left = parent.left.declarations[0].id if parent.left.type == "VariableDeclaration" else parent.left
                    return tuple(name.name for name in bound_names(left))
                case "ConditionalExpression" if parent.test is node:
                    return ()
                case "SequenceExpression" if parent.expressions[-1] is not node:
                    return ()
                case "ArrowFunctionExpression" if parent.body is node:
                    return ()
                case (
                    "MemberExpression"
                    | "Property"
                    | "ObjectExpression"
                    | "ArrayExpression"
                    | "ConditionalExpression"
                    | "SequenceExpression"
                    | "LogicalExpression"
                ):
                    pass  # the value goes on as a part, or as the whole, of what stands around it
                case kind:
                    return () if kind in _ENDS_HARMLESS and parent.operator != "delete" else None
            node, parent = parent, self._tree.parent(parent)
        return None

    def _only_reads(self, call: Node, node: Node) -> bool:
        """Whether a call leaves a value alone that it is given, or that its method belongs to."""
        callee = call.callee
        if callee.type == "Identifier":
            return node is not callee and callee.name in _READING_FUNCTIONS and callee.name not in self.declared
        if callee.type != "MemberExpression" or callee.computed:
            return False
        if callee.object.type == "Identifier" and callee.object.name in _READING_OBJECTS:
            return callee.object.name not in self.declared
        return callee.property.name in _READING_METHODS


def bound_names(pattern: Node) -> Iterator[Node]:
    """Yield the identifiers that a pattern binds."""
    stack = [pattern]
    while stack:
        node = stack.pop()
        match node.type:
            case "Identifier":
                yield node
            case "ObjectPattern" | "ArrayPattern":
                items = node.properties if node.type == "ObjectPattern" else node.elements
                stack.extend(item for item in items if item is not None)
            case "Property":
                stack.append(node.value)
            case "AssignmentPattern":
                stack.append(node.left)
            case "RestElement":
                stack.append(node.argument)


def own_nodes(node: Node) -> Iterator[Node]:
    """Yield a node and what is below it, without entering functions inside it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if current is node or current.type not in FUNCTIONS:
            stack.extend(reversed(children(current)))
