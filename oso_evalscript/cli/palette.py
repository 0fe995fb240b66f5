"""`oso-evalscript palette`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from oso_evalscript.cli.nomenclatures import Shown, find_nomenclature, nomenclature_options
from oso_evalscript.cli.terminal import style
from oso_evalscript.compiler.export.style import LegendItem, legend_items, style_of
from oso_evalscript.compiler.vision import Vision, appearance, nearest_pairs
from oso_evalscript.model.color import Color
from oso_evalscript.model.display import escaped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_MAX_COMPARED = 256  # takes some seconds; nobody tells more colours apart


@click.command()
@nomenclature_options
@click.option("--pairs", type=click.IntRange(1), default=5, show_default=True, help="The number of pairs to show.")
def command(nomenclature: str, shown: Shown, pairs: int) -> None:
    """Show the colours of a nomenclature and the pairs that are hardest to distinguish.

    NOMENCLATURE is an id, such as oso-23, or a file: .toml, .csv, .clr, .txt or .qml; SCRIPT is an evalscript, .js,
    whose codes and colours are read from its text.

    The distance of two colours is CIEDE2000, for normal vision and as simulated for people with deuteranopia,
    protanopia or tritanopia. That needs coloraide: pip install 'oso-evalscript[palette]'.
    """
    table = find_nomenclature(nomenclature)
    items = legend_items(style_of(shown.of(table), shown.language))
    console = _console()
    console.print(escaped(table.title), markup=False)
    console.print()
    console.print(_classes(console, items))
    if len(items) > _MAX_COMPARED:
        console.print(f"\nMore than {_MAX_COMPARED} colours: too many to compare.")
        return
    for vision in Vision:
        nearest = _pairs(console, items, vision, pairs)
        console.print(f"\nNearest pairs, {vision} (CIEDE2000)")
        console.print(nearest)
    if not shown.groups and not shown.safe and table.classes and all(item.safe for item in table.classes):
        console.print(
            '\n--safe (in a spec: colors = "safe") uses colours that people with any colour vision can distinguish.'
        )


def _console() -> Console:
    from rich.console import Console

    shown = style()
    return Console(
        width=shown.width,
        color_system="truecolor" if shown.color else None,
        force_terminal=shown.color,
        highlight=False,
    )


def _classes(console: Console, items: Sequence[LegendItem]) -> Table:
    rows = _table("left", "right", "left", "left")
    for item in items:
        rows.add_row(_swatch(console, item.color, "    "), item.numbers, str(item.color), _label(console, item))
    return rows


def _pairs(console: Console, items: Sequence[LegendItem], vision: Vision, count: int) -> Table:
    """The nearest pairs, each colour as people of that vision see it."""
    rows = _table("right", "left", "right", "left", "left", "right", "left")
    for pair in nearest_pairs([item.color for item in items], vision, count):
        cells: list[Text | str] = [f"{pair.distance:.1f}"]
        for item in (items[pair.first], items[pair.second]):
            seen = appearance(item.color, vision)
            cells += [_swatch(console, seen, "  "), item.numbers, _label(console, item)]
        rows.add_row(*cells)
    return rows


def _table(*sides: str) -> Table:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    for side in sides:
        table.add_column(justify="right" if side == "right" else "left")
    return table


def _swatch(console: Console, color: Color, blanks: str) -> Text:
    """Blanks on a ground of that colour; nothing where colours cannot be shown."""
    from rich.text import Text

    return Text(blanks, style=f"on {color}") if console.color_system else Text("")


def _label(console: Console, item: LegendItem) -> Text:
    from rich.text import Text

    return Text(escaped(item.label, console.encoding))
