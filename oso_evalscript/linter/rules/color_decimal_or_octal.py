"""A colour that lost its `0x` or `x` and is read as another number.

`0x550000` without its `x` is `0550000`, which JavaScript reads as an octal number (184320, dark green instead of
brown). `0x189900` without its `0x` is the decimal number 189900, and `0xe12345` becomes `0e12345`, which is 0. There is
no error, but the picture is wrong. The rule only checks numbers used as colours: in a table of colours, or as an
argument of `int2rgb`.

A decimal number of six digits among hexadecimal colours may also be the decimal value of a colour (`711935` is
0x0adcff). In that case there is no fix, unless the nomenclature shows which colour was meant. The fix is unsafe,
because it changes what the script returns.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Safety, Severity
from oso_evalscript.model.regex import regex
from oso_evalscript.semantics.colors.positions import Place
from oso_evalscript.semantics.colors.spelling import decimal_readings
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import is_number

_LOST_X = regex(r"0([0-9a-fA-F]{6})")
_LOST_BOTH = regex(r"0[0-9]{5}|[0-9]+[eE][0-9]+")  # six digits that JavaScript reads as octal or with an exponent
_OCTAL = regex(r"0[0-9]+")
_LARGEST = 0xFFFFFF


def check(script: Script) -> Iterator[Finding]:
    """Find numbers whose digits are those of a hexadecimal colour, where a colour is expected."""
    for place in script.color_places:
        value = place.node.value if place.node.type == "Literal" else None
        if not is_number(value) or script.tree.is_placeholder(place.node):
            continue
        readings = _readings(place, value)
        if readings is not None and not place.more:
            fix = place.fix(readings, safety=Safety.UNSAFE)
            yield Finding(place.span, _words(place.written, value, readings), fix)


def _readings(place: Place, value: float) -> tuple[str, ...] | None:
    """What the number can have meant, None where nothing is wrong with it."""
    written = place.written
    if match := _LOST_X.fullmatch(written):
        return (f"0x{match[1]}",)
    if not place.beside_hex:
        return None
    if len(written) == 6 and _LOST_BOTH.fullmatch(written):
        return (f"0x{written}",) if written != "000000" else None
    if _OCTAL.fullmatch(written) and value:
        return ()
    if not written.isdigit():
        return None
    means_itself = place.official is not None and place.official.value == value
    if len(written) == 6 and not means_itself:
        return decimal_readings(value, written)
    return () if value > _LARGEST else None


def _words(written: str, value: float, readings: tuple[str, ...]) -> str:
    if value > _LARGEST and not readings:
        return f"`{written}` is not a colour: the largest is 0xffffff"
    text = f"`{written}` is the number {value:g}, not a colour"
    if not readings:
        return f"{text}; a colour is written `0x` and six digits"
    return f"{text}; the colour is written {' or '.join(f'`{reading}`' for reading in readings)}"


RULE = Rule(
    name="color-decimal-or-octal",
    severity=Severity.ERROR,
    group=Group.COLOR,
    check=check,
    good=(
        "const c = [[0, 0xffaaff], [1, 0x003200]];",
        "const days = [[1, 0550000], [2, 0660000]];",
        "const c = new ColorMapVisualizer([[0, 16711935], [1, 255]]);",
        "const c = [[0550000, 0xff0000], [2, 0x00ff00]];",
        "const limits = [0550000, 0xff0000];",
        "const c = [[0, 0xff0000], [1, 0x00ff00], [2, 0], [3, 16711935]];",
    ),
    bad=(
        Bad(
            "const c = [[0, 0xffaaff], [1, 0550000]];",
            at="0550000",
            fixed="const c = [[0, 0xffaaff], [1, 0x550000]];",
        ),
        Bad(
            "const c = new ColorMapVisualizer([[0, 0003200]]);",
            at="0003200",
            fixed="const c = new ColorMapVisualizer([[0, 0x003200]]);",
        ),
        Bad("const c = int2rgb(0189900);", at="0189900", fixed="const c = int2rgb(0x189900);"),
        Bad("const c = int2rgb(0b10101);", at="0b10101", fixed="const c = int2rgb(0xb10101);"),
        Bad("const c = int2rgb(0e12345);", at="0e12345", fixed="const c = int2rgb(0xe12345);"),
        Bad(
            "const c = [[0, 0xffaaff], [1, 12e345]];",
            at="12e345",
            fixed="const c = [[0, 0xffaaff], [1, 0x12e345]];",
        ),
        Bad("const c = [[0, 0xffaaff], [1, 0x00ff00], [2, 711935]];", at="711935"),
        Bad("const c = [[0, 0xffaaff], [1, 255170255]];", at="255170255"),
        Bad(
            "// oso: nomenclature oso-23\nconst c = [[3, 0xffaaff], [15, 550000]];",
            at="550000",
            fixed="// oso: nomenclature oso-23\nconst c = [[3, 0xffaaff], [15, 0x550000]];",
        ),
    ),
)
