"""The places of a script where a colour number `0xrrggbb` is expected, and what is written there."""

from __future__ import annotations

from typing import NamedTuple

from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.javascript.syntax import span as span_of
from oso_evalscript.model.color import Color
from oso_evalscript.model.diagnostic import Fix, Safety
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.colors.classes import official_colors
from oso_evalscript.semantics.colors.literals import packed_colors
from oso_evalscript.semantics.colors.spelling import may_be
from oso_evalscript.semantics.colors.tables import OF_COLORS, Table
from oso_evalscript.semantics.directives import DeclaredNomenclature
from oso_evalscript.semantics.values.constants import Constants


class Place(NamedTuple):
    """A place where a colour is expected.

    Attributes:
        node: what stands there; behind the name of a constant, its value.
        span: where it stands; of a row that was split by commas, up to its end.
        written: its characters.
        beside_hex: whether at least half of the colours of its table are `0x` and six digits.
        official: the colour that a nomenclature demands here, None where none is known to.
        is_certain: whether nothing but a colour can stand here, whatever the others of the table are.
        more: the further elements of a row that was split.
    """

    node: Node
    span: Span
    written: str
    beside_hex: bool
    official: Color | None
    is_certain: bool
    more: tuple[Node, ...] = ()

    def fix(self, readings: tuple[str, ...], *, safety: Safety) -> Fix | None:
        """Return the fix to the only reading, else, unsafe, to the colour that the nomenclature demands."""
        if len(readings) == 1:
            return Fix.replace(self.span, readings[0], safety=safety)
        if self.official is not None and may_be(self.written, self.official):
            return Fix.replace(self.span, self.official.literal, safety=Safety.UNSAFE)
        return None


def color_places(
    tree: Tree, values: Constants, tables: tuple[Table, ...], declared: DeclaredNomenclature | None
) -> tuple[Place, ...]:
    """Return the places where a colour number is expected, in the order of the text."""
    official = official_colors(tables, declared)
    broken = {span.start: span for span in tree.broken}  # the tree knows of them where they begin
    found: dict[int, Place] = {}
    for table in tables:
        if not table.as_numbers:
            continue
        for stop in table.stops:
            node = values.resolve(stop.color_node)
            is_split = bool(stop.more) and node is stop.color_node and not stop.is_hex
            last = stop.more[-1] if is_split else node
            end = broken.get(last.range[0], span_of(last)).end
            span = Span(node.range[0], end)
            place = Place(
                node,
                span,
                tree.source.slice(span),
                beside_hex=table.beside_hex,
                official=official.get(id(stop.color_node)),
                is_certain=table.kind in OF_COLORS,
                more=stop.more if is_split else (),
            )
            found.setdefault(node.range[0], place)
    for given in packed_colors(tree, values):
        node = values.resolve(given)
        span = broken.get(node.range[0], span_of(node))
        place = Place(node, span, tree.source.slice(span), beside_hex=False, official=None, is_certain=True)
        found.setdefault(node.range[0], place)
    return tuple(found[start] for start in sorted(found))
