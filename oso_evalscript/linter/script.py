"""The reader: `Tree` → `Script`, the view of an evalscript that rules work with.

A `Script` is computed on demand and never guesses: what the text does not tell is None, and rules are then silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.javascript.syntax import span as span_of
from oso_evalscript.linter.names import FUNCTIONS, Names, own_nodes
from oso_evalscript.linter.reads import BandRead, band_reads
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

_COLOR_CLASSES = ("ColorMapVisualizer", "ColorRampVisualizer", "ColorGradientVisualizer")
# With `=`, or with nothing behind the number: `// Version 3 (2021): faster` is prose.
_HEADER_TEXT = re.compile(
    r"[ \t]*VERSION(?:[ \t]*=[ \t]*(\d)(?![.\w])|[ \t]+(\d)[ \t]*$)", re.IGNORECASE | re.MULTILINE
)
_HEX = re.compile(r"0[xX][0-9a-fA-F]{6}")


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
        """Yield the expressions that its own return statements give, not those of functions inside it.

        Nothing where a `finally` block returns, and so decides for others.
        """
        if self.node.body.type != "BlockStatement":
            yield self.node.body
            return
        own = list(own_nodes(self.node.body))
        if any(node.type == "TryStatement" and node.finalizer is not None for node in own):
            return
        yield from (node.argument for node in own if node.type == "ReturnStatement" and node.argument is not None)


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
        if (
            re.match(r"\s*//VERSION=[12](?!\d)", self.text)
            or self._sets_input_components()
            or self._counts_components()
        ):
            return Kind.LEGACY
        if self.setup or self.evaluate_pixel or self.tree.root is None:
            return Kind.V3
        body = self.tree.root.body
        returns = any(node.type == "ReturnStatement" for node in own_nodes(self.tree.root))
        gives_value = bool(body) and body[-1].type == "ExpressionStatement" and not body[-1].directive
        return Kind.SIMPLE if returns or gives_value else Kind.V3

    def _counts_components(self) -> bool:
        return "componentCount" in self.text and any(node.name == "componentCount" for node in self.tree.nodes)

    @cached_property
    def header(self) -> Header | None:
        """The line comment that is the version header or is meant as one, None if there is none."""
        if "version" not in self.text.lower():
            return None
        found: list[Header] = []
        for comment in self.tree.comments:
            content = self.text[comment.start + 2 : comment.end]
            if self.text.startswith("//", comment.start) and (match := _HEADER_TEXT.match(content)):
                span = Span(comment.start, comment.start + 2 + match.end())
                found.append(Header(span, int(match[1] or match[2])))
        spelt_well = (item for item in found if self.text.startswith("//VERSION=", item.span.start))
        return next(spelt_well, found[0] if found else None)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The functions that the script defines at its top, each once and for all, by name."""
        found: dict[str, Function] = {}
        for statement in self.tree.root.body if self.tree.root is not None else ():
            for name, node in _definitions(statement):
                made = self._names.declared.get(name.name, 0) + self._names.assigned.get(name.name, 0)
                if made == 1:
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
    def scopes(self) -> Scopes:
        """Which variable each name stands for, by the language's own rules."""
        return Scopes(self.tree)

    @cached_property
    def values(self) -> Values:
        """What expressions are worth, as far as the text tells."""
        return Values(self._names.constants(), frozenset({*self._names.declared, *self._names.assigned}))

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

        Nothing where the text does not tell whether it is given one sample or several.
        """
        inputs, mosaicking = self.inputs, self.mosaicking
        if self.evaluate_pixel is None or inputs is None or len(inputs) != 1 or mosaicking is None:
            return ()
        if inputs[0].datasource is not None or inputs[0].mosaicking is not None:
            return ()
        listed = mosaicking is not Mosaicking.SIMPLE
        return band_reads(self.tree, self._names, self.values, self.evaluate_pixel.node, listed=listed)

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
    def _names(self) -> Names:
        return Names(self.tree)

    @cached_property
    def _given_to_int2rgb(self) -> frozenset[str]:
        calls = (node for node in self.tree.nodes if node.type == "CallExpression" and node.arguments)
        return frozenset(
            str(node.arguments[0].name) for node in calls if self.values.is_host(node.callee, ("int2rgb",))
        )

    def _sets_input_components(self) -> bool:
        return "setInputComponents" in self.text and any(node.name == "setInputComponents" for node in self.tree.nodes)

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
            yield from self._column(node.arguments[0], 1)
        elif node.type == "CallExpression" and self.values.is_host(node.callee, ("int2rgb",)) and node.arguments:
            yield node.arguments[0]
        elif node.type == "ForOfStatement":
            yield from self._loop_colors(node)
        elif node.type == "ArrayExpression":
            seconds = list(_column(node, 1))
            if len(seconds) >= 2 and 2 * sum(map(self._is_hex, seconds)) >= len(seconds):
                yield from seconds

    def _loop_colors(self, node: Node) -> Iterator[Node]:
        """The column of a table whose loop variable is given to `int2rgb`: `for (const [code, color] of TABLE)`."""
        pattern = node.left.declarations[0].id if node.left.type == "VariableDeclaration" else node.left
        if pattern.type != "ArrayPattern":
            return
        for index, variable in enumerate(pattern.elements):
            if variable is not None and variable.name in self._given_to_int2rgb:
                yield from self._column(node.right, index)

    def _column(self, table: Node, index: int) -> Iterator[Node]:
        """The elements at `index` of the pairs in a table, the first time that they are asked for."""
        table = self.values.resolve(table)
        if (id(table), index) not in self._columns_seen:
            self._columns_seen.add((id(table), index))
            yield from _column(table, index)

    @cached_property
    def _columns_seen(self) -> set[tuple[int, int]]:
        return set()

    def _is_hex(self, node: Node) -> bool:
        return self.tree.is_placeholder(node) or bool(_HEX.match(self.text, node.range[0], node.range[1]))


def _definitions(statement: Node) -> Iterator[tuple[Node, Node]]:
    """Yield the (name, function) pairs that a statement at the top of a script defines."""
    if statement.type == "FunctionDeclaration" and statement.id is not None:
        yield statement.id, statement
    elif statement.type == "VariableDeclaration":
        for item in statement.declarations:
            if item.id.type == "Identifier" and item.init is not None and item.init.type in FUNCTIONS:
                yield item.id, item.init
    elif statement.type == "ExpressionStatement" and statement.expression.type == "AssignmentExpression":
        left, right = statement.expression.left, statement.expression.right
        if left.type == "Identifier" and right.type in FUNCTIONS:
            yield left, right


def _column(table: Node, index: int) -> Iterator[Node]:
    """Yield the elements at `index` of the pairs in a literal table; nothing where it is no table of pairs."""
    if table.type != "ArrayExpression":
        return
    for row in table.elements:
        if row is not None and row.type == "ArrayExpression" and len(row.elements) == 2:
            element = row.elements[index] if index < 2 else None
            if element is not None:
                yield element


def _is_number(node: Node) -> bool:
    return isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _holds_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_unknown, value.values()))
    return value is UNKNOWN or (isinstance(value, list) and any(map(_holds_unknown, value)))
