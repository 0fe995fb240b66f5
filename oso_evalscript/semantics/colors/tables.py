"""The colour tables of a script: which value gets which colour, read from the text.

Found are the pairs given to a visualizer, the parallel lists given to `colorBlend` and its kin, tables that a loop
walks, lists and objects that are full of colours, `switch` and chains of `if` on one value. What the text does not
tell is None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.patterns import loop_target
from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.model.color import Color
from oso_evalscript.model.host import signatures
from oso_evalscript.model.host.signatures import Entry
from oso_evalscript.semantics.colors.branches import Branches, all_branches
from oso_evalscript.semantics.colors.literals import Reader, Tone, packed_colors
from oso_evalscript.semantics.values.constants import Constants, key_of


class TableKind(StrEnum):
    """Where a table was found, and so what becomes of values between its stops."""

    MAP = "ColorMapVisualizer"
    RAMP = "ColorRampVisualizer"
    GRADIENT = "ColorGradientVisualizer"
    BLEND = "colorBlend"
    STEPS = "valueMap"
    LOOP = "loop"
    BRANCHES = "branches"
    OBJECT = "object"
    LIST = "list"


EXACT = frozenset({TableKind.MAP, TableKind.LOOP, TableKind.BRANCHES, TableKind.OBJECT, TableKind.LIST})
"""The kinds that give a code just the colour that stands beside it."""

OF_COLORS = frozenset({TableKind.MAP, TableKind.RAMP, TableKind.GRADIENT, TableKind.LOOP})
"""The kinds whose second column can hold nothing but colours."""

_VISUALIZERS = {name: TableKind(name) for name, known in signatures.CLASSES.items() if known.pairs}
_VALUE_KEYS = ("value", "code", "class", "id", "key")
_COLOR_KEYS = ("color", "colour", "hex", "rgb")


class Stop(NamedTuple):
    """One entry of a table.

    Attributes:
        value: the value or code, None where the text does not tell.
        color: its colour, None where the text does not tell or it is misspelt.
        value_node: what stands for the value; None in a list of colours alone.
        color_node: what stands for the colour.
        more: the further elements of a row that has more than a value and a colour.
        is_hex: whether the colour is written as `0x` and six digits.
    """

    value: float | None
    color: Color | None
    value_node: Node | None
    color_node: Node
    more: tuple[Node, ...] = ()
    is_hex: bool = False


class Table(NamedTuple):
    """A table of values and colours.

    Attributes:
        kind: where it was found.
        stops: in the order of the text.
        node: the list, object or first branch.
        complete: whether every entry could be read as a stop.
        has_default: whether values beside the stops may get something of their own.
        as_numbers: whether its colours are meant as single numbers `0xrrggbb`, not as lists of channels.
        beside_hex: whether at least half of them are written as `0x` and six digits, or stood there before they broke.
    """

    kind: TableKind
    stops: tuple[Stop, ...]
    node: Node
    complete: bool
    has_default: bool
    as_numbers: bool
    beside_hex: bool


def read_tables(tree: Tree, values: Constants) -> tuple[Table, ...]:
    """Return the colour tables of a script, in the order of the text."""
    return _Tables(tree, values).read()


class _Tables:
    """The tables of one tree; each list is read once, by the first use that tells what it is."""

    def __init__(self, tree: Tree, values: Constants) -> None:
        self._tree = tree
        self._values = values
        self._reader = Reader(tree, values)
        self._seen: set[int] = set()
        self._given_as_color: set[str] | None = None

    def read(self) -> tuple[Table, ...]:
        """Return all tables: first those whose use tells that they are, then lists that look like some."""
        found: list[Table] = []
        for node in self._tree.of_type("NewExpression", "CallExpression", "ForOfStatement"):
            found += self._used(node)
        for branches in all_branches(self._tree):
            found += self._branches(branches)
        for node in self._tree.of_type("ArrayExpression", "ObjectExpression"):
            found += self._alone(node)
        return tuple(sorted(found, key=lambda table: table.node.range[0]))

    def _used(self, node: Node) -> Iterator[Table]:
        if node.type == "NewExpression" and node.arguments and self._values.is_host(node.callee, tuple(_VISUALIZERS)):
            yield from self._pairs(_VISUALIZERS[node.callee.name], node.arguments[0], 0, 1)
        elif node.type == "CallExpression" and len(node.arguments) >= 3:
            known = self._values.helper(node.callee)
            if known is not None and isinstance(known.gives, Entry):
                limits, colors = node.arguments[known.gives.limits], node.arguments[known.gives.values]
                yield from self._parallel(TableKind.BLEND if known.gives.blends else TableKind.STEPS, limits, colors)
        elif node.type == "ForOfStatement":
            yield from self._loop(node)

    def _loop(self, node: nodes.ForEach) -> Iterator[Table]:
        """The table of `for (const [code, color] of TABLE)` where `color` is given to `int2rgb` or its like."""
        pattern = loop_target(node)
        if pattern.type != "ArrayPattern":
            return
        names = [item.name if item is not None and item.type == "Identifier" else None for item in pattern.elements]
        for index, name in enumerate(names):
            if name is not None and name in self._colors_by_name():
                yield from self._pairs(TableKind.LOOP, node.right, 0 if index else 1, index)

    def _colors_by_name(self) -> set[str]:
        """The names that are given to helpers as colours 0xRRGGBB."""
        if self._given_as_color is None:
            given = packed_colors(self._tree, self._values)
            self._given_as_color = {str(node.name) for node in given if node.type == "Identifier"}
        return self._given_as_color

    def _pairs(self, kind: TableKind, given: Node, value_at: int, color_at: int) -> Iterator[Table]:
        table = self._values.resolve(given)
        if table.type != "ArrayExpression" or id(table) in self._seen:
            return
        self._seen.add(id(table))
        rows, complete = self._rows(table)
        stops = [self._row(row, value_at, color_at) for row in rows]
        read = [stop for stop in stops if stop is not None]
        if read:
            yield self._table(kind, read, table, complete=complete and len(read) == len(stops), has_default=False)

    def _rows(self, table: nodes.Array) -> tuple[list[Node], bool]:
        """The rows of a list, those of lists spread into it included, and whether they are all."""
        rows: list[Node] = []
        complete = True
        for item in table.elements:
            if item is None:
                complete = False
            elif item.type == "SpreadElement":
                spread = self._spread(item)
                complete = complete and bool(spread)
                rows += spread
            else:
                rows.append(item)
        return rows, complete

    def _spread(self, item: nodes.Spread) -> list[Node]:
        """The elements of a plain list that is spread into another one; none where it is not known or was read."""
        spread = self._values.resolve(item.argument)
        if spread.type != "ArrayExpression" or id(spread) in self._seen:
            return []
        self._seen.add(id(spread))
        return _plain(spread) or []

    def _row(self, row: Node, value_at: int, color_at: int) -> _Raw | None:
        row = self._values.resolve(row)
        parts = _plain(row) if row.type == "ArrayExpression" else None
        if parts is None or len(parts) <= max(value_at, color_at):
            return None
        more = tuple(parts[color_at + 1 :]) if color_at > value_at else ()
        return _Raw(parts[value_at], parts[color_at], more)

    def _parallel(self, kind: TableKind, limits: Node, colors: Node) -> Iterator[Table]:
        first, second = self._values.resolve(limits), self._values.resolve(colors)
        if first.type != "ArrayExpression" or second.type != "ArrayExpression" or id(second) in self._seen:
            return
        self._seen.update((id(first), id(second)))
        values, shown = _plain(first), _plain(second)
        if values and shown:
            raw = [_Raw(value, color) for value, color in zip(values, shown, strict=False)]
            yield self._table(kind, raw, second, complete=len(values) == len(shown), has_default=False)

    def _branches(self, found: Branches) -> Iterator[Table]:
        raw = [_Raw(value, color) for value, color in found.pairs]
        table = self._table(TableKind.BRANCHES, raw, found.node, complete=found.complete, has_default=found.has_default)
        shown = (stop for stop in table.stops if stop.color is not None)
        # A number in other digits than hexadecimal ones is no colour, in a place where anything may stand.
        if sum(stop.is_hex or self._values.resolve(stop.color_node).type != "Literal" for stop in shown) >= 2:
            yield table

    def _alone(self, node: nodes.Array | nodes.Object) -> Iterator[Table]:
        """A list or object at least half of whose entries are colours `0xrrggbb`."""
        if id(node) in self._seen:
            return
        raw = list(self._entries(node))
        colors = sum(self._is_color(item.color) for item in raw)
        if not colors or 2 * colors < len(raw):
            return
        # One is enough beside values only: a list of numbers may hold bit masks.
        if colors > 1 or (len(raw) > 1 and all(item.value and self._value(item.value) is not None for item in raw)):
            kind = TableKind.OBJECT if node.type == "ObjectExpression" else TableKind.LIST
            count = len(node.properties if node.type == "ObjectExpression" else node.elements)
            self._seen.add(id(node))
            yield self._table(kind, raw, node, complete=len(raw) == count, has_default=True)

    def _entries(self, node: nodes.Array | nodes.Object) -> Iterator[_Raw]:
        if node.type == "ObjectExpression":
            for entry in node.properties:
                if entry.type == "Property" and entry.kind == "init" and not entry.computed:
                    yield _Raw(entry.key, entry.value)
            return
        for item in node.elements:
            if item is None or item.type == "SpreadElement":
                continue
            if item.type == "ArrayExpression":
                parts = _plain(item) or ()
                if len(parts) >= 2 and (row := self._row(item, 0, self._color_column(parts))) is not None:
                    yield row
            elif item.type == "ObjectExpression":
                yield from self._named_row(item)
            else:
                yield _Raw(None, item)

    def _color_column(self, row: Sequence[Node]) -> int:
        """The element of a row that is a colour; behind a number only a whole one, else it may be a piece of that."""
        looks_like = self._reader.is_hex if self._reader.number(row[1]) is not None else self._is_color
        return next((index for index, item in enumerate(row) if index and looks_like(item)), 1)

    def _named_row(self, row: nodes.Object) -> Iterator[_Raw]:
        """A row written as an object: `{ code: 1, color: 0xff00ff }`."""
        named = {
            key_of(item).lower(): item.value for item in row.properties if item.type == "Property" and not item.computed
        }
        color = next((named[key] for key in _COLOR_KEYS if key in named), None)
        if color is not None:
            yield _Raw(next((named[key] for key in _VALUE_KEYS if key in named), None), color)

    def _is_color(self, node: Node) -> bool:
        return self._tree.is_placeholder(node) or self._reader.is_hex(node)

    def _table(self, kind: TableKind, raw: list[_Raw], node: Node, *, complete: bool, has_default: bool) -> Table:
        tones = [self._reader.tone(item.color) for item in raw]
        wide = any(tone.is_wide for tone in tones if tone is not None)
        stops = tuple(self._stop(item, tone, wide=wide) for item, tone in zip(raw, tones, strict=True))
        listed = sum(tone is not None and not tone.is_packed for tone in tones)
        beside_hex = 2 * sum(self._is_color(stop.color_node) for stop in stops) >= len(stops)
        as_numbers = beside_hex or (kind in OF_COLORS and 2 * listed <= len(raw))
        return Table(kind, stops, node, complete, has_default, as_numbers, beside_hex)

    def _stop(self, raw: _Raw, tone: Tone | None, *, wide: bool) -> Stop:
        value = None if raw.value is None else self._value(raw.value)
        is_hex = self._reader.is_hex(self._values.resolve(raw.color))
        color = None if tone is None or (raw.more and not is_hex) else tone.color(wide=wide)
        return Stop(value, color, raw.value, raw.color, raw.more, is_hex)

    def _value(self, node: Node) -> float | None:
        if node.type == "Literal" and isinstance(node.value, str):
            is_key = node.value.isdecimal() and len(node.value) < 10  # of an object
            return float(node.value) if is_key else None
        return self._reader.number(node)


def _plain(array: nodes.Array) -> list[Node] | None:
    """The elements of an array, None where some are left out or spread."""
    parts: list[Node] = [item for item in array.elements if item is not None and item.type != "SpreadElement"]
    return parts if len(parts) == len(array.elements) else None


class _Raw(NamedTuple):
    """The nodes of an entry."""

    value: Node | None
    color: Node
    more: tuple[Node, ...] = ()
