"""A colour written as a decimal number among hexadecimal ones.

16755455 and `0xffaaff` are the same number, so the picture is right. But nobody can see which colour 16755455 is, and a
typing error in it goes unnoticed. The rule does not report 0, or tables that use decimal numbers throughout. Numbers of
six digits are reported by `color-decimal-or-octal`.

The fix is only offered if the number has too many digits to be anything but the decimal value of a colour.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.color import Color
from oso_evalscript.model.diagnostic import Finding, Safety, Severity
from oso_evalscript.semantics.colors.spelling import decimal_readings
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Find decimal numbers in a colour position of a table that is mostly hexadecimal."""
    for place in script.color_places:
        written = place.written
        if not place.beside_hex or not written.isdecimal() or not written.isascii() or written.startswith("0"):
            continue
        value = int(written) if len(written) <= 8 else -1
        is_official = place.official is not None and place.official.value == value
        if 0 < value <= 0xFFFFFF and (len(written) != 6 or is_official):
            sure = len(written) > 6 or is_official
            readings = decimal_readings(value, written)[-1:] if sure else ()
            message = f"`{written}` is {Color(value).literal} as a decimal number; write it like its neighbours"
            yield Finding(place.span, message, place.fix(readings, safety=Safety.UNSAFE))


RULE = Rule(
    name="decimal-color",
    severity=Severity.INFO,
    group=Group.COLOR,
    check=check,
    good=(
        "const c = new ColorMapVisualizer([[0, 0xff0000], [1, 0x00ff00], [2, 0]]);",
        "const c = new ColorMapVisualizer([[0, 16711935], [1, 255]]);",
        "const limits = [[0, 10000000], [1, 20000000]];",
    ),
    bad=(
        Bad(
            "const c = [[0, 0xff0000], [1, 16755455]];",
            at="16755455",
            fixed="const c = [[0, 0xff0000], [1, 0xffaaff]];",
        ),
        Bad("const c = [[0, 0xff0000], [1, 255]];", at="255"),
        Bad(
            "// oso: nomenclature oso-23\nconst c = { 16: 39936, 1: 0xff00ff };",
            at="39936",
            fixed="// oso: nomenclature oso-23\nconst c = { 16: 0x009c00, 1: 0xff00ff };",
        ),
    ),
)
