"""A hexadecimal colour that does not have six digits.

`0xffaaf` is a valid number, 0x0ffaaf: the script runs, but paints another colour. If there are more than six digits,
the first ones are ignored. The rule only checks numbers used as colours, because bit masks may have any length.

There is a fix if the nomenclature shows which colour was meant. It is unsafe, because it changes the picture.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Safety, Severity
from oso_evalscript.model.regex import regex
from oso_evalscript.semantics.script import Script

_HEX = regex(r"0[xX]([0-9a-fA-F_]+)")


def check(script: Script) -> Iterator[Finding]:
    """Count the digits of the hexadecimal numbers in a colour position."""
    for place in script.color_places:
        match = _HEX.fullmatch(place.written)
        digits = match[1].replace("_", "") if match is not None else ""
        if place.node.type != "Literal" or not digits or len(digits) == 6:
            continue
        count = f"{len(digits)} digit{'s' if len(digits) > 1 else ''}"
        advice = ""
        if len(digits) == 3:
            advice = ", and the short form of CSS does not exist here"
        elif len(digits) == 8:
            advice = ", and none for opacity"
        message = f"`{place.written}` has {count}; a colour has six{advice}"
        yield Finding(place.span, message, place.fix((), safety=Safety.UNSAFE))


RULE = Rule(
    name="hex-digits",
    severity=Severity.ERROR,
    group=Group.COLOR,
    check=check,
    good=(
        "const c = [[0, 0xffaaff], [1, 0x003200]];",
        "const masks = [0x1, 0x2, 0xffff];",
        "const rows = [[0x1f, 0xff0000], [0xffff, 0x00ff00]];",
        "return normalizeRGB(int2rgb((B01 & 0xffff) << 8));",
        "const c = new ColorMapVisualizer([[0, 0xff_aa_ff]]);",
    ),
    bad=(
        Bad("const c = [[0, 0xffaaff], [3, 0xffaaf]];", at="0xffaaf"),
        Bad("const c = new ColorRampVisualizer([[0, 0xfff], [1, 0x000000]]);", at="0xfff"),
        Bad("const c = int2rgb(0xffaaff80);", at="0xffaaff80"),
        Bad(
            "// oso: collection cnes-land-cover\nconst c = { 2: 0xff55ff, 3: 0xffaaf };",
            at="0xffaaf",
            fixed="// oso: collection cnes-land-cover\nconst c = { 2: 0xff55ff, 3: 0xffaaff };",
        ),
    ),
)
