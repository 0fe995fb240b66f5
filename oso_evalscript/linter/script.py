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
from oso_evalscript.linter.classes import Told, read_told
from oso_evalscript.linter.names import FUNCTIONS, Names, own_nodes
from oso_evalscript.linter.palettes import Table, read_tables
from oso_evalscript.linter.places import Place, color_places
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

# With `=`, or with nothing behind the number: `// Version 3 (2021): faster` is prose.
_HEADER_TEXT = re.compile(
    r"[ \t]*VERSION(?:[ \t]*=[ \t]*(\d)(?![.\w])|[ \t]+(\d)[ \t]*$)", re.IGNORECASE | re.MULTILINE
)


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
        if re.match(r"\s*//VERSION=[12](?!\d)", self.text) or self._sets_input_components():
            return Kind.LEGACY
        if self.setup or self.evaluate_pixel or self.tree.root is None:
            return Kind.V3
        body = self.tree.root.body
        returns = any(node.type == "ReturnStatement" for node in own_nodes(self.tree.root))
        gives_value = bool(body) and body[-1].type == "ExpressionStatement" and not body[-1].directive
        return Kind.SIMPLE if returns or gives_value else Kind.V3

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
    def tables(self) -> tuple[Table, ...]:
        """The tables that give values a colour."""
        return read_tables(self.tree, self.values)

    @cached_property
    def told_nomenclature(self) -> Told | None:
        """The class nomenclature that a comment tells."""
        return read_told(self.tree)

    @cached_property
    def color_places(self) -> tuple[Place, ...]:
        """The places where a colour number is expected, in the order of the text."""
        return color_places(self.tree, self.values, self.tables, self.told_nomenclature)

    @cached_property
    def _names(self) -> Names:
        return Names(self.tree)

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


def _holds_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_unknown, value.values()))
    return value is UNKNOWN or (isinstance(value, list) and any(map(_holds_unknown, value)))
