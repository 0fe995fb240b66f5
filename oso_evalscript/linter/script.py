"""The reader: `Tree` → `Script`, the view of an evalscript that rules work with.

A `Script` is computed on demand and never guesses: what the text does not tell is None, and rules are then silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from oso_evalscript.javascript.syntax import Node, Tree, children, walk
from oso_evalscript.javascript.syntax import span as span_of
from oso_evalscript.linter.values import UNKNOWN, Values, key_of
from oso_evalscript.model.contract import (
    ContractError,
    Input,
    Mosaicking,
    Output,
    read_inputs,
    read_outputs,
)
from oso_evalscript.model.text import Span

_FUNCTIONS = ("FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression")
_COLOR_CLASSES = ("ColorMapVisualizer", "ColorRampVisualizer", "ColorGradientVisualizer")
_CHANGING_METHODS = frozenset(
    ["push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin", "assign", "defineProperty"]
)
_HEADER_TEXT = re.compile(r"\s*VERSION\s*=?\s*([0-9])(?![.\w])", re.IGNORECASE)
_HEX = re.compile(r"0[xX]")


class Kind(StrEnum):
    """How a script talks to the service."""

    V3 = "V3"
    SIMPLE = "simple"
    LEGACY = "legacy"


@dataclass(frozen=True, slots=True)
class Header:
    """The comment that names the version: where it is and which version it names."""

    span: Span
    version: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the script: where its name stands, its parameters, and its node."""

    name: str
    name_span: Span
    node: Node

    @property
    def parameters(self) -> list[Node]:
        """The patterns of the parameters."""
        return list(self.node.params)

    def returns(self) -> Iterator[Node]:
        """Yield the expressions that its own return statements give, not those of functions inside it."""
        if self.node.body.type != "BlockStatement":
            yield self.node.body
            return
        for node in own_nodes(self.node.body):
            if node.type == "ReturnStatement" and node.argument is not None:
                yield node.argument


@dataclass(frozen=True, slots=True)
class BandRead:
    """A place where `evaluatePixel` reads a band of a sample by its name."""

    band: str
    span: Span


@dataclass(frozen=True)
class Script:
    """An evalscript as rules see it."""

    tree: Tree

    @property
    def text(self) -> str:
        """The characters of the script."""
        return self.tree.source.text

    @cached_property
    def kind(self) -> Kind:
        """Whether this is a V3 script, a simple script or one of the versions that are switched off."""
        if "setInputComponents" in self.text or re.match(r"\s*//VERSION=[12](?!\d)", self.text):
            return Kind.LEGACY
        if self.setup or self.evaluate_pixel or self.tree.root is None:
            return Kind.V3
        body = self.tree.root.body
        returns = any(node.type == "ReturnStatement" for node in own_nodes(self.tree.root))
        gives_value = bool(body) and body[-1].type == "ExpressionStatement" and not body[-1].directive
        return Kind.SIMPLE if returns or gives_value else Kind.V3

    @cached_property
    def header(self) -> Header | None:
        """The comment that is the version header or is meant as one, None if there is none."""
        if "version" not in self.text.lower():
            return None
        found: list[Header] = []
        for comment in self.tree.comments:
            content = self.text[comment.start + 2 : comment.end]
            if match := _HEADER_TEXT.match(content):
                line = content.splitlines()[0].rstrip()
                found.append(Header(Span(comment.start, comment.start + 2 + len(line)), int(match[1])))
        spelt_well = (item for item in found if self.text.startswith("//VERSION=", item.span.start))
        return next(spelt_well, found[0] if found else None)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The functions defined at the top of the script, by name; of several of one name the last."""
        found: dict[str, Function] = {}
        for statement in self.tree.root.body if self.tree.root is not None else ():
            for name, node in _definitions(statement):
                found[name.name] = Function(name.name, span_of(name), node)
        return found

    @property
    def setup(self) -> Function | None:
        """The function `setup`."""
        return self.functions.get("setup")

    @property
    def evaluate_pixel(self) -> Function | None:
        """The function `evaluatePixel`."""
        return self.functions.get("evaluatePixel")

    @cached_property
    def values(self) -> Values:
        """What expressions are worth, as far as the text tells."""
        return Values(self._names.constants(), frozenset(self._names.declared))

    @cached_property
    def inputs(self) -> tuple[Input, ...] | None:
        """The inputs that `setup()` asks for, None where they are computed or wrong."""
        raw = self._setup_entry("input")
        try:
            return None if _holds_unknown(raw) else read_inputs(raw)  # type: ignore[arg-type]  # plain by then
        except ContractError:
            return None

    @cached_property
    def outputs(self) -> tuple[Output, ...] | None:
        """The outputs that `setup()` promises, None where they are computed or wrong."""
        raw = self._setup_entry("output")
        try:
            return None if _holds_unknown(raw) else read_outputs(raw)  # type: ignore[arg-type]  # plain by then
        except ContractError:
            return None

    @cached_property
    def mosaicking(self) -> Mosaicking | None:
        """How the script's scenes combine, None where that is computed or wrong."""
        raw = self._setup_entry("mosaicking")
        if raw is None:
            return Mosaicking.SIMPLE
        return next((item for item in Mosaicking if item == raw), None)

    @cached_property
    def band_reads(self) -> tuple[BandRead, ...]:
        """Where `evaluatePixel` itself reads a band of its sample, or of `samples[…]`, by name.

        Names that the function also assigns or tests for being there are left out, and so is everything where
        the parameter is not one plain name, or is changed.
        """
        function = self.evaluate_pixel
        if function is None or not function.parameters:
            return ()
        first = function.parameters[0]
        if first.type == "ObjectPattern":
            return tuple(_pattern_reads(first))
        listed = self.mosaicking in (Mosaicking.ORBIT, Mosaicking.TILE)
        if first.type != "Identifier" or self.mosaicking is None or first.name in self._names.assigned:
            return ()
        reads = _Reads(first.name, listed=listed)
        return tuple(reads.found(function.node.body))

    @cached_property
    def color_literals(self) -> tuple[Node, ...]:
        """The number literals in a colour position: in a colour table, or given to `int2rgb`."""
        found: dict[int, Node] = {}
        for node in self.tree.nodes:
            for place in self._color_places(node):
                if place.type == "Literal" and _is_number(place):
                    found[place.range[0]] = place
        return tuple(found[start] for start in sorted(found))

    @cached_property
    def _names(self) -> _Names:
        return _Names(self.tree)

    def _setup_entry(self, key: str) -> object:
        """The plain value of one key of what `setup()` returns: None where it is absent, UNKNOWN where not known."""
        returned = list(self.setup.returns()) if self.setup else []
        node = self.values.resolve(returned[0]) if len(returned) == 1 else None
        if node is None or node.type != "ObjectExpression":
            return UNKNOWN
        value: object = None
        for item in node.properties:
            if item.type != "Property" or item.computed or item.kind != "init":
                return UNKNOWN
            if key_of(item) == key:
                value = self.values.constant(item.value)
        return value

    def _color_places(self, node: Node) -> Iterator[Node]:
        if node.type == "NewExpression" and self.values.is_host(node.callee, _COLOR_CLASSES) and node.arguments:
            yield from _column(self.values.resolve(node.arguments[0]), 1)
        elif node.type == "CallExpression" and self.values.is_host(node.callee, ("int2rgb",)) and node.arguments:
            yield node.arguments[0]
        elif node.type == "ForOfStatement":
            yield from self._loop_colors(node)
        elif node.type == "ArrayExpression":
            seconds = list(_column(node, 1))
            literals = [item for item in seconds if item.type == "Literal"]
            if len(seconds) >= 2 and 2 * sum(self._is_hex(item) for item in literals) >= len(seconds):
                yield from seconds

    def _loop_colors(self, node: Node) -> Iterator[Node]:
        """The column of a table whose loop variable is given to `int2rgb`: `for (const [code, color] of TABLE)`."""
        pattern = node.left.declarations[0].id if node.left.type == "VariableDeclaration" else node.left
        if pattern.type != "ArrayPattern":
            return
        given = {
            call.arguments[0].name
            for call in walk(node.body)
            if call.type == "CallExpression" and self.values.is_host(call.callee, ("int2rgb",)) and call.arguments
        }
        for index, variable in enumerate(pattern.elements):
            if variable is not None and variable.type == "Identifier" and variable.name in given:
                yield from _column(self.values.resolve(node.right), index)

    def _is_hex(self, node: Node) -> bool:
        return self.tree.is_placeholder(node) or bool(_HEX.match(self.text, node.range[0], node.range[1]))


def own_nodes(node: Node) -> Iterator[Node]:
    """Yield a node and what is below it, without entering functions inside it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if current is node or current.type not in _FUNCTIONS:
            stack.extend(reversed(children(current)))


class _Names:
    """Which names a script declares, assigns and changes, anywhere; one pass over the tree."""

    def __init__(self, tree: Tree) -> None:
        self.declared: dict[str, int] = {}
        self.assigned: set[str] = set()
        self.changed: set[str] = set()
        self._initial: dict[str, Node] = {}
        for node in tree.nodes:
            self._look_at(node)

    def constants(self) -> dict[str, Node]:
        """The initial values of the names that are declared once and never assigned or changed."""
        return {
            name: node
            for name, node in self._initial.items()
            if self.declared[name] == 1 and name not in self.assigned and name not in self.changed
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
                for parameter in node.params:
                    self._declare(parameter)
            case "ClassDeclaration":
                self._declare(node.id)
            case "CatchClause" if node.param is not None:
                self._declare(node.param)
            case "AssignmentExpression":
                self._assign(node.left)
            case "UpdateExpression":
                self._assign(node.argument)
            case "UnaryExpression" if node.operator == "delete":
                self._assign(node.argument)
            case "ForInStatement" | "ForOfStatement" if node.left.type != "VariableDeclaration":
                self._assign(node.left)
            case "CallExpression":
                self._note_call(node)

    def _declare(self, pattern: Node) -> None:
        for name in bound_names(pattern):
            self.declared[name.name] = self.declared.get(name.name, 0) + 1

    def _assign(self, target: Node) -> None:
        if target.type == "MemberExpression":
            if (base := _base(target)) is not None:
                self.changed.add(base.name)
            return
        self.assigned.update(name.name for name in bound_names(target))

    def _note_call(self, node: Node) -> None:
        callee = node.callee
        if callee.type != "MemberExpression" or callee.property.name not in _CHANGING_METHODS:
            return
        for target in (callee.object, *node.arguments[:1]):
            if (base := _base(target)) is not None:
                self.changed.add(base.name)


class _Reads:
    """Finds the reads of a sample parameter in a function's body."""

    def __init__(self, parameter: str, *, listed: bool) -> None:
        self._parameter = parameter
        self._listed = listed
        self._excused: set[str] = set()

    def found(self, body: Node) -> Iterator[BandRead]:
        reads: list[BandRead] = []
        stack = [body]
        while stack:
            node = stack.pop()
            if node.type in _FUNCTIONS and self._parameter in _parameter_names(node):
                continue  # another variable of the same name
            if node.type == "VariableDeclarator":
                if any(name.name == self._parameter for name in bound_names(node.id)):
                    return
                if node.id.type == "ObjectPattern" and node.init is not None and self._is_sample(node.init):
                    reads.extend(_pattern_reads(node.id))
            self._excuse(node)
            if (name := self._band(node)) is not None:
                reads.append(BandRead(name, span_of(node.property)))
            stack.extend(reversed(children(node)))
        yield from (read for read in reads if read.band not in self._excused)

    def _is_sample(self, node: Node) -> bool:
        if self._listed:
            return node.type == "MemberExpression" and bool(node.computed) and self._is_parameter(node.object)
        return self._is_parameter(node)

    def _is_parameter(self, node: Node) -> bool:
        return node.type == "Identifier" and node.name == self._parameter

    def _band(self, node: Node) -> str | None:
        if node.type != "MemberExpression" or not self._is_sample(node.object):
            return None
        if not node.computed:
            return str(node.property.name) if node.property.type == "Identifier" else None
        key = node.property
        return key.value if key.type == "Literal" and isinstance(key.value, str) else None

    def _excuse(self, node: Node) -> None:
        """Note the bands that the script assigns itself, or tests for being there."""
        tested: list[Node] = []
        match node.type:
            case "UnaryExpression" if node.operator in ("typeof", "!", "delete"):
                tested = [node.argument]
            case "LogicalExpression":
                tested = [node.left, node.right]
            case "IfStatement" | "ConditionalExpression":
                tested = [node.test]
            case "AssignmentExpression":
                tested = [node.left]
            case "BinaryExpression" if node.operator in ("==", "===", "!=", "!=="):
                sides = (node.left, node.right)
                if any(
                    side.name == "undefined" or side.raw == "null" or side.type == "UnaryExpression" for side in sides
                ):
                    tested = list(sides)
            case "BinaryExpression" if node.operator == "in" and node.left.type == "Literal":
                self._excused.add(str(node.left.value))
        for item in tested:
            if (name := self._band(item)) is not None:
                self._excused.add(name)


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


def _definitions(statement: Node) -> Iterator[tuple[Node, Node]]:
    """Yield the (name, function) pairs that a statement at the top of a script defines."""
    if statement.type == "FunctionDeclaration" and statement.id is not None:
        yield statement.id, statement
    elif statement.type == "VariableDeclaration":
        for item in statement.declarations:
            if item.id.type == "Identifier" and item.init is not None and item.init.type in _FUNCTIONS:
                yield item.id, item.init
    elif statement.type == "ExpressionStatement" and statement.expression.type == "AssignmentExpression":
        left, right = statement.expression.left, statement.expression.right
        if left.type == "Identifier" and right.type in _FUNCTIONS:
            yield left, right


def _pattern_reads(pattern: Node) -> Iterator[BandRead]:
    for item in pattern.properties:
        # A default value is a test for being there.
        if item.type == "Property" and not item.computed and item.value.type != "AssignmentPattern":
            yield BandRead(key_of(item), span_of(item.key))


def _parameter_names(function: Node) -> set[str]:
    return {name.name for parameter in function.params for name in bound_names(parameter)}


def _column(table: Node, index: int) -> Iterator[Node]:
    """Yield the elements at `index` of the pairs in a literal table; nothing where it is no table of pairs."""
    if table.type != "ArrayExpression":
        return
    for row in table.elements:
        if row is not None and row.type == "ArrayExpression" and len(row.elements) == 2:
            element = row.elements[index] if index < 2 else None
            if element is not None:
                yield element


def _base(node: Node) -> Node | None:
    """The identifier that a chain of member accesses starts from."""
    while node.type in ("MemberExpression", "CallExpression"):
        node = node.object if node.type == "MemberExpression" else node.callee
    return node if node.type == "Identifier" else None


def _is_number(node: Node) -> bool:
    return isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _holds_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_unknown, value.values()))
    return value is UNKNOWN or (isinstance(value, list) and any(map(_holds_unknown, value)))
