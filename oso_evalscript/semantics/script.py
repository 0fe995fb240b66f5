"""The reader: `Tree` → `Script`, the view of an evalscript that rules work with.

A `Script` is computed on demand and never guesses: what the text does not tell is None, and rules are then silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.javascript.syntax import span as span_of
from oso_evalscript.model.contract import (
    Api,
    ContractError,
    Input,
    Mosaicking,
    Output,
    RawValue,
    read_inputs,
    read_outputs,
)
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.colors.positions import Place, color_places
from oso_evalscript.semantics.colors.tables import Table, read_tables
from oso_evalscript.semantics.contract import BandName, ContractView, plain_band, view
from oso_evalscript.semantics.directives import Directives
from oso_evalscript.semantics.kind import Kind, read_as
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.samples.reads import BandRead, Samples, first_shape, follow
from oso_evalscript.semantics.samples.scenes import SceneFields
from oso_evalscript.semantics.values.bands import MASK, Scale, scale_of
from oso_evalscript.semantics.values.constants import UNKNOWN, Constants, key_of
from oso_evalscript.semantics.values.domain import Returned
from oso_evalscript.semantics.values.intervals import Ranges
from oso_evalscript.semantics.values.returns import Results
from oso_evalscript.semantics.values.scales import Scales

if TYPE_CHECKING:  # the catalogue is read only where a collection is named
    from oso_evalscript.model.catalog import Collection

# In capitals and without blanks it is a header whatever stands behind it; else not before a point or a letter, and
# without `=` only alone: `// Version 3 (2021): faster` is prose.
_HEADER_TEXT = regex(
    r"[ \t]*(?:VERSION=(\d+)|(?i:VERSION)(?:[ \t]*=[ \t]*(\d)(?![.\w])|[ \t]+(\d)[ \t]*$))", re.ASCII | re.MULTILINE
)
_MAX_DIGITS = 9


class Header(NamedTuple):
    """The comment that names the version: where it is and which version it names."""

    span: Span
    version: int


@dataclass(frozen=True)
class Function:
    """A function of the script: where its name stands, its parameters, and its node."""

    name: str
    name_span: Span
    node: nodes.Function
    _scopes: Scopes = field(repr=False, compare=False)

    @property
    def parameters(self) -> list[Node]:
        """The patterns of the parameters."""
        return list(self.node.params)

    @cached_property
    def own(self) -> tuple[Node, ...]:
        """The nodes of its body without those of functions inside it."""
        return tuple(self._scopes.body_of(self.node))

    def returns(self) -> Iterator[Node]:
        """Yield the expressions that its own return statements give, not those of functions inside it.

        Nothing where a `finally` block returns, and so decides for others.
        """
        if self.node.body.type != "BlockStatement":
            yield self.node.body
            return
        if any(node.type == "TryStatement" and node.finalizer is not None for node in self.own):
            return
        yield from (node.argument for node in self.own if node.type == "ReturnStatement" and node.argument is not None)


@dataclass(frozen=True)
class _BandScales:
    """What is usual of the bands that expressions read; without the script itself, which holds this."""

    names: Names
    samples: Samples | None
    inputs: tuple[Input, ...]
    collections: tuple[Collection | None, ...]
    simple: bool
    collection: Collection | None

    def __call__(self, node: Node) -> Scale | None:
        """What is usual of the band that an expression reads; None where it reads none, or that is not known."""
        if node.type != "Identifier":
            key = id(node) if node.type == "MemberExpression" else 0
            band = self.samples.bands.get(key) if self.samples is not None else None
        else:
            variable = self.names.variable(node)
            if variable is None:
                return self._simple_scale(node)
            key = id(variable) if len(variable.makings) <= 1 else 0
            band = self.samples.given.get(key) if self.samples is not None else None
        index = self.samples.sources.get(key, 0) if self.samples is not None else 0
        if band is None or index >= len(self.inputs):
            return MASK if band == "dataMask" else None
        source = self.inputs[index]
        unit = dict(zip(source.bands, source.units, strict=False)).get(band)
        return scale_of(band, source.bands, unit, self.collections[index])

    def _simple_scale(self, node: nodes.Identifier) -> Scale | None:
        """What is usual of a band that a simple script reads by its bare name."""
        if not self.simple or not self.names.is_free(node):
            return None
        return scale_of(node.name, (node.name,), None, self.collection)


@dataclass(frozen=True)
class Script:
    """An evalscript as rules see it.

    Attributes:
        tree: the text as it could be read.
        collection: the name of where its bands come from, where a caller says it.
        api: which of the service's interfaces runs it, where a caller says it.
    """

    tree: Tree
    collection: str | None = field(default=None, kw_only=True)
    api: Api | None = field(default=None, kw_only=True)

    @property
    def text(self) -> str:
        """The characters of the script."""
        return self.tree.source.text

    @cached_property
    def kind(self) -> Kind:
        """Whether it is read as a V3 script, a simple script or one of the versions that are switched off."""
        return read_as(self.tree)

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
                digits = str(match[match.lastindex or 0])
                found.append(Header(span, int(digits[:_MAX_DIGITS])))
        spelt_well = (item for item in found if self.text.startswith("//VERSION=", item.span.start))
        return next(spelt_well, found[0] if found else None)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The functions that the script defines at its top, each once and for all, by name."""
        found: dict[str, Function] = {}
        for statement in self.tree.root.body if self.tree.root is not None else ():
            for name, node in _definitions(statement):
                variable = self.names.scopes.top.get(name.name)
                if variable is not None and variable.function is node:
                    found[name.name] = Function(name.name, span_of(name), node, self.names.scopes)
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
        return self.names.scopes

    @cached_property
    def values(self) -> Constants:
        """What expressions are worth, as far as the text tells."""
        return Constants(self.names)

    @cached_property
    def contract(self) -> ContractView:
        """The value of `setup()` as it stands in the text."""
        return view(self.setup.returns() if self.setup is not None else (), self.values)

    @cached_property
    def inputs(self) -> tuple[Input, ...] | None:
        """The inputs that `setup()` asks for, None where they are computed or wrong."""
        raw = self._setup_entry("input")
        try:
            return read_inputs(raw) if is_known(raw) else None
        except ContractError:
            return None

    @cached_property
    def outputs(self) -> tuple[Output, ...] | None:
        """The outputs that `setup()` promises, None where they are computed or wrong."""
        raw = self._setup_entry("output")
        try:
            return read_outputs(raw, statistics=self.api == "statistics") if is_known(raw) else None
        except ContractError:
            return None

    @cached_property
    def directives(self) -> Directives:
        """What comments declare, and what the caller says."""
        return Directives(self.tree, collection_given=self.collection)

    def collection_of(self, index: int) -> Collection | None:
        """Return the collection of an input, by its number: the one declared, or that of its `datasource`."""
        inputs = self.inputs or ()
        if len(inputs) < 2:
            return self.directives.collection
        source = inputs[index].datasource if index < len(inputs) else None
        return _named_collection(source) if source is not None else None

    @cached_property
    def mosaicking(self) -> Mosaicking | None:
        """How the script's scenes combine, None where that is computed or wrong."""
        raw = self._setup_entry("mosaicking")
        if raw is None:
            return Mosaicking.SIMPLE
        return next((item for item in Mosaicking if item == raw), None)

    @cached_property
    def samples(self) -> Samples | None:
        """What becomes of the samples; None where the text does not tell what `evaluatePixel` is given."""
        shape = first_shape(self.inputs, self.mosaicking)
        if self.evaluate_pixel is None or self.inputs is None or shape is None:
            return None
        keys = tuple(item.datasource or str(index) for index, item in enumerate(self.inputs))
        return follow(self.tree, self.names, self.values, self.evaluate_pixel.node, keys, shape)

    @cached_property
    def scene_fields(self) -> SceneFields:
        """What the service tells of scenes, wherever it goes; nothing in data fusion."""
        functions = {name: function.node for name, function in self.functions.items()}
        fused = len(self.inputs) > 1 if self.inputs is not None else "datasource" in self.text
        return SceneFields(self.tree, self.names, self.values, functions, fused=fused)

    @property
    def band_reads(self) -> tuple[BandRead, ...]:
        """Where a band of a sample is read by its name, for certain.

        Left out are the bands that the script tests for being there, and the properties that it assigns itself.
        """
        found = self.samples
        if found is None or not found.sealed:
            return ()
        return tuple(read for read in found.reads if read.sure and read.band not in found.excused)

    @cached_property
    def unread_bands(self) -> tuple[BandName, ...]:
        """The bands that are asked for and never read; nothing where that is not certain, or where none is read."""
        found = self.samples
        if self.kind is not Kind.V3 or found is None or not found.complete or not found.reads:
            return ()
        anywhere = found.excused | self._read_of_undeclared()
        used = {read.band for read in found.reads} | anywhere
        if used <= {"dataMask"}:
            return ()  # alone it would cost as much as with another band
        misspelt = {plain_band(name) for name in used}  # what is read in another spelling is missed by another rule
        by_input = {(read.input, read.band) for read in found.reads}
        parts = list(self.contract.inputs)

        def is_read(band: BandName) -> bool:
            if len(parts) > 1 and band.part is not None and band.name in used - anywhere:
                return (parts.index(band.part), band.name) in by_input
            return band.name in used or plain_band(band.name) in misspelt

        return tuple(band for band in self.contract.bands if band.name.strip() and not is_read(band))

    def _read_of_undeclared(self) -> set[str]:
        """The properties read of names that nothing declares: such a name may be that of a sample, misspelt."""
        parents = ((node, self.tree.parent(node)) for node in self.scopes.undeclared)
        return {
            parent.property.name
            for node, parent in parents
            if parent is not None
            and parent.type == "MemberExpression"
            and parent.object is node
            and not parent.computed
        }

    @cached_property
    def results(self) -> Results:
        """What the functions of the script return."""
        return Results(self.tree, self.names, self.values, self.samples.bands if self.samples is not None else {})

    @cached_property
    def ranges(self) -> Ranges:
        """Between which numbers expressions lie."""
        return Ranges(self.names, self.values, self.samples.bands if self.samples is not None else {})

    @cached_property
    def scales(self) -> Scales:
        """What is usual of the numbers that expressions give."""
        collections = tuple(self.collection_of(index) for index in range(len(self.inputs or ())))
        simple = self.kind is Kind.SIMPLE
        band = _BandScales(self.names, self.samples, self.inputs or (), collections, simple, self.directives.collection)
        return Scales(self.names, self.values, self.results, self.ranges, band)

    @property
    def statistical(self) -> bool:
        """Whether the outputs are made for the Statistical API, where the default sampleType is FLOAT32."""
        if self.api == "statistics":
            return True
        outputs = self.outputs or ()
        return any(output.names or (output.id == "dataMask" and self.api is None) for output in outputs)

    @property
    def returned(self) -> tuple[Returned, ...]:
        """What `evaluatePixel`, or a simple script, gives at each of its returns; nothing where that is not known."""
        if self.kind is Kind.SIMPLE and self.tree.root is not None:
            return self.results.of(self.tree.root) or ()
        return self.results.of(self.evaluate_pixel.node) or () if self.evaluate_pixel is not None else ()

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables that give values a colour."""
        return read_tables(self.tree, self.values)

    @cached_property
    def color_places(self) -> tuple[Place, ...]:
        """The places where a colour number is expected, in the order of the text."""
        return color_places(self.tree, self.values, self.tables, self.directives.nomenclature)

    @cached_property
    def names(self) -> Names:
        """What the names of the script stand for."""
        return Names(self.tree)

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


def _named_collection(name: str) -> Collection | None:
    from oso_evalscript.model.catalog import named_collection

    return named_collection(name)


def _definitions(statement: Node) -> Iterator[tuple[nodes.Identifier, nodes.Function]]:
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


def is_known(value: object) -> TypeGuard[RawValue]:
    """Return whether all of a plain value is known."""
    if isinstance(value, dict):
        return all(map(is_known, value.values()))
    if isinstance(value, list):
        return all(map(is_known, value))
    return value is not UNKNOWN
