"""A class has a different colour than in its nomenclature.

Readers who know the official legend misread the map. Usually a digit was mistyped, as in `250/255` for 255. The rule
checks scripts with a comment that names the nomenclature (`// oso: nomenclature oso-23`) or its collection, and tables
in which most codes have the official colours. It does not report a custom palette, or a script with the comment `//
oso: nomenclature own`. A difference of 1/255 in a channel counts as rounding. The package's colour-blind-safe colours
(`colors = "safe"`) are accepted as well.

There is a fix if the colour is written as `0xrrggbb`. It is unsafe, because it changes the picture.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.semantics.colors.classes import class_of, classes_of, is_same
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Compare each stop with the class of its code."""
    for table in script.tables:
        nomenclature = classes_of(table, script.directives.nomenclature)
        if nomenclature is None:
            continue
        for stop in table.stops:
            item = class_of(nomenclature, stop)
            if item is None or stop.color is None or is_same(stop.color, item.color):
                continue
            if item.safe is not None and is_same(stop.color, item.safe):
                continue
            if table.as_numbers and not stop.is_hex:
                continue  # misspelt, which other rules say
            place = span(stop.color_node)
            is_plain = stop.is_hex and stop.color_node.type == "Literal"
            fix = Fix.replace(place, item.color.literal, safety=Safety.UNSAFE) if is_plain else None
            message = (
                f"class {item.code} ({item.english}) is {stop.color} here; the nomenclature {nomenclature.id} "
                f"gives it {item.color}"
            )
            yield Finding(place, message, fix)


_NAMED = "// oso: nomenclature oso-23\n"
_COLORS = (
    "ff00ff ff55ff ffaaff 00ffff ffff00 d0ff00 a1d600 ffab44 d6d600 ff5500 c5ffff aaaa61 aaaa00 aaaaff 550000 00009c"
)
_MOSTLY = f"const c = {{ {', '.join(f'{code}: 0x{color}' for code, color in enumerate(_COLORS.split(), 1))} }};"

RULE = Rule(
    name="palette-differs-from-nomenclature",
    severity=Severity.WARNING,
    group=Group.COLOR,
    check=check,
    good=(
        _NAMED + "const c = [[3, 0xffaaff], [18, 0xaaff00], [23, 0x0000ff]];",
        _NAMED + "const c = { 8: 0xffaa44, 10: 0xff5500, 255: 0x000000 };",
        "const c = [[1, 0x00ff00], [2, 0x00aa00], [3, 0x008800]];",
        "// oso: collection cnes-land-cover\nconst c = [[1, 0x00ff00], [2, 0x00aa00], [3, 0xffaaff]];",
        f"// oso: nomenclature own\n{_MOSTLY}",
        "// oso: nomenclature clc-plus-backbone\nconst c = { 3: 0x80ff00, 4: 0x11dd22 };",
        _NAMED + "const c = new ColorRampVisualizer([[1, 0x000000], [23, 0xffffff]]);",
    ),
    bad=(
        Bad(_MOSTLY, at="0x00009c", fixed=_MOSTLY.replace("0x00009c", "0x009c00")),
        Bad(
            _NAMED + "const c = [[3, 0xffaaff], [18, 0xaafa00]];",
            at="0xaafa00",
            fixed=_NAMED + "const c = [[3, 0xffaaff], [18, 0xaaff00]];",
        ),
        Bad(
            "// oso: collection cnes-land-cover\nfunction f(c) {\n  if (c === 17) return [0, 50 / 255, 0];\n"
            "  if (c === 18) return [170 / 255, 250 / 255, 0];\n  return [0, 0, 0];\n}",
            at="[170 / 255, 250 / 255, 0]",
        ),
    ),
)
