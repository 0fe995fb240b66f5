"""Which properties a script can reach by a name worked out at run time, and which names it writes.

`table[value]` may read anything if `value` can be any text: the global object's properties, a prototype, the
constructor of functions. Here a key counts as harmless only where it is a number, or a text that stands in the script.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from oso_evalscript.javascript.kinds import ITERATIONS, RELATIONS
from oso_evalscript.javascript.nodes import Call, Identifier, Member, StaticMember
from oso_evalscript.javascript.numbers import BigInt
from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node, name_of
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import is_number, text_of_key

_MAX_DEPTH = 30
_MAX_ROUNDS = 20
_ARITHMETIC = frozenset(("-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", ">>>"))
_COUNTING = frozenset(
    """charCodeAt codePointAt findIndex findLastIndex getDate getDay getFullYear getMonth getTime getUTCDate getUTCDay
    getUTCFullYear getUTCMonth indexOf lastIndexOf""".split()  # noqa: SIM905
)
_MAKING_WORDS = frozenset(("assign", "defineProperty", "defineProperties", "fromEntries", "parse", "Proxy", "Reflect"))
_NUMBER_FUNCTIONS = ("Number", "parseInt", "parseFloat")


class Access:
    """What the text of one script tells of properties and names."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._tree = script.tree
        self._not_numbers: set[int] = set()  # ids of variables
        self._writes_unknown = False
        self._is_solved = False

    @cached_property
    def strings(self) -> frozenset[str]:
        """The texts that stand in the script, those between the expressions of templates included."""
        found = {str(node.value) for node in self._tree.of_type("Literal") if isinstance(node.value, str)}
        quasis = (node.value.cooked for node in self._tree.of_type("TemplateElement"))
        return frozenset(found.union(text for text in quasis if isinstance(text, str)))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name that stands in the script, of variables as well as of properties, and every text.

        Left out are the names of methods where they are defined, such as `constructor`.
        """
        methods = {id(node.key) for node in self._tree.of_type("MethodDefinition") if not node.computed}
        names = (str(node.name) for node in self._tree.of_type("Identifier") if id(node) not in methods)
        return self.strings.union(names)

    @cached_property
    def made(self) -> frozenset[str]:
        """The names of properties that the script makes or sets by name."""
        keyed = self._tree.of_type("Property", "MethodDefinition", "FieldDefinition")
        keys = [node.key for node in keyed if not node.computed]
        found = {text_of_key(key) for key in keys if key.type in ("Identifier", "Literal")}
        for key in (node.property for node in self._targets):
            if key.type in ("Identifier", "Literal"):
                found.add(key.name if key.type == "Identifier" else str(key.value))
        return frozenset(found)

    @cached_property
    def reads_unknown(self) -> bool:
        """Whether a property is read by a name that may be any."""
        only_written = {id(node) for node in self._targets if self._is_plainly_set(node)}
        members = (node for node in self._tree.of_type("MemberExpression") if id(node) not in only_written)
        if any(node.computed and not self.is_harmless(node.property) for node in members):
            return True
        patterns = (item for node in self._tree.of_type("ObjectPattern") for item in node.properties)
        return any(item.type == "Property" and item.computed and not self.is_harmless(item.key) for item in patterns)

    @property
    def writes_unknown(self) -> bool:
        """Whether a property is set by a name that may be any."""
        self._solve()
        return self._writes_unknown

    def is_harmless(self, key: Node) -> bool:
        """Whether a key can only be a number, or a text that stands in the script."""
        if key.type == "Literal":
            return key.regex is None
        if key.type == "TemplateLiteral" and not key.expressions:
            return True
        self._solve()
        return self._is_number(key)

    def _solve(self) -> None:
        """Find the variables that may hold something else than numbers, and whether any property may be set.

        At first none may; then whatever contradicts is taken out, until nothing does.
        """
        if self._is_solved:
            return
        self._is_solved = True
        self._sort_out_variables()
        if any(node.computed and not self.is_harmless(node.property) for node in self._targets):
            self._writes_unknown = True  # also `length`, which counted as a number
            self._sort_out_variables()

    def _sort_out_variables(self) -> None:
        waiting = dict(self._settings)
        for _ in range(_MAX_ROUNDS):
            others = {key for key, names in waiting.items() if not all(map(self._sets_number, names))}
            if not others:
                return
            self._not_numbers |= others
            for key in others:
                del waiting[key]
        self._not_numbers.update(waiting)

    def _is_number(self, node: Node, depth: int = 0) -> bool:
        """Whether an expression gives a number, a truth value or nothing, none of which names anything else."""
        if depth > _MAX_DEPTH:
            return False
        match node.type:
            case "Literal":
                return is_number(node.value) or isinstance(node.value, bool | BigInt)
            case "UnaryExpression":
                return node.operator in ("+", "-", "~", "!", "void")
            case "UpdateExpression":
                return True
            case "BinaryExpression" if node.operator == "+":
                return self._is_number(node.left, depth + 1) and self._is_number(node.right, depth + 1)
            case "BinaryExpression":
                return node.operator in _ARITHMETIC or node.operator in RELATIONS
            case "ConditionalExpression":
                return self._is_number(node.consequent, depth + 1) and self._is_number(node.alternate, depth + 1)
            case "LogicalExpression":
                return self._is_number(node.left, depth + 1) and self._is_number(node.right, depth + 1)
            case "Identifier":
                return self._is_number_variable(node)
            case "MemberExpression" if not node.computed:
                return self._is_number_member(node)
            case "CallExpression":
                return self._is_number_call(node)
        return False

    def _is_number_variable(self, node: Identifier) -> bool:
        variable = self._script.names.variable(node)
        if variable is None or variable.declarations or not variable.declared:
            return False
        return id(variable) not in self._not_numbers

    def _sets_number(self, name: Node) -> bool:
        """Whether what is put into a variable at one of its names is a number."""
        parent = self._tree.parent(name)
        if parent is None:
            return False
        if parent.type == "VariableDeclarator" and parent.id is name and parent.init is not None:
            return self._is_number(parent.init)
        if parent.type == "AssignmentExpression" and parent.left is name:
            is_number = parent.operator in ("=", "+=") and self._is_number(parent.right)
            return is_number or parent.operator.removesuffix("=") in _ARITHMETIC
        return parent.type == "UpdateExpression"

    def _is_number_member(self, node: StaticMember) -> bool:
        name = node.property.name
        if name_of(node.object) == "Math" and self._script.names.is_free(node.object):
            return name not in self.made
        if name in self.made or self.words & _MAKING_WORDS:
            return False
        if name == "length":
            return not self.writes_unknown
        sample = node.object.object if node.object.type == "MemberExpression" and node.object.computed else node.object
        return self._is_sample(sample)

    def _is_number_call(self, node: Call) -> bool:
        callee = node.callee
        if callee.type == "Identifier":
            return callee.name in _NUMBER_FUNCTIONS and self._script.names.is_free(callee)
        if callee.type != "MemberExpression" or callee.computed:
            return False
        name = callee.property.name
        is_math = name_of(callee.object) == "Math" and self._script.names.is_free(callee.object)
        return (is_math or name in _COUNTING) and name not in self.made

    def _is_sample(self, node: Node) -> bool:
        """Whether a node stands for what `evaluatePixel` is given first, of which only bands can be read: numbers."""
        variable, is_handed_on = self._sample
        if variable is None or (is_handed_on and self.writes_unknown):
            return False
        return self._script.names.variable(node) is variable

    @cached_property
    def _sample(self) -> tuple[Variable | None, bool]:
        """The first parameter of `evaluatePixel`, where only the service sets it; and whether others may see it."""
        pixel, names, scopes = self._script.evaluate_pixel, self._script.names, self._script.scopes
        variable = names.variable(pixel.parameters[0]) if pixel is not None and pixel.parameters else None
        if variable is None or variable.declarations != 1 or len(variable.makings) != 1:
            return None, False
        reads = [node for node in self._tree.of_type("Identifier") if scopes.is_read(node)]
        if any(node.name == "evaluatePixel" for node in reads):
            return None, False
        targets = {id(node) for node in self._targets}
        above = [self._tree.parent(node) for node in reads if names.variable(node) is variable]
        is_only_read = all(
            node is not None and node.type == "MemberExpression" and id(node) not in targets for node in above
        )
        return variable, not is_only_read

    @cached_property
    def _settings(self) -> defaultdict[int, list[Node]]:
        """The names at which each variable is set, by its id."""
        found: defaultdict[int, list[Node]] = defaultdict(list)
        for node in self._tree.of_type("Identifier"):
            variable = self._script.names.variable(node)
            if variable is not None and not self._script.scopes.is_read(node):
                found[id(variable)].append(node)
        return found

    @cached_property
    def _targets(self) -> tuple[Member, ...]:
        """The members that are set, counted up or down, or deleted."""
        found: list[Member] = []
        for pattern in (node.left for node in self._tree.of_type("AssignmentExpression")):
            found += _members(pattern)
        for pattern in (node.left for node in self._tree.of_type(*ITERATIONS)):
            found += _members(pattern)
        for node in self._tree.of_type("UpdateExpression", "UnaryExpression"):
            if node.type == "UpdateExpression" or (node.type == "UnaryExpression" and node.operator == "delete"):
                found += _members(node.argument)
        return tuple(found)

    def _is_plainly_set(self, target: Node) -> bool:
        """Whether a member is only set, and not read before."""
        parent = self._tree.parent(target)
        if parent is None or parent.type in ("UpdateExpression", "UnaryExpression"):
            return False
        return parent.type != "AssignmentExpression" or parent.operator == "="


def _members(pattern: Node) -> Iterator[Member]:
    """Yield the members that a pattern sets."""
    stack: list[Node] = [pattern]
    while stack:
        node = stack.pop()
        match node.type:
            case "MemberExpression":
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
