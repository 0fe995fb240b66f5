"""A colour that lost the `x` of its `0x` and is a valid number nevertheless.

`0x550000` without its `x` is `0550000`, which JavaScript reads as an octal number (184320, a dark green instead of
brown); `0x189900` becomes the decimal number 189900, `0xe12345` becomes `0e12345`, which is 0. Nothing fails: the
picture is wrong. Only numbers in a colour position are looked at: in a table of colours, or given to `int2rgb`.

The fix is unsafe, because it changes what the script returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Rule
from oso_evalscript.linter.script import Script
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity

_LOST_X = re.compile(r"0([0-9a-fA-F]{6})")


def check(script: Script) -> Iterator[Finding]:
    """Find numbers of six hexadecimal digits behind a single 0, where a colour is expected."""
    for node in script.color_literals:
        written = script.tree.text(node)
        if not script.tree.is_placeholder(node) and (match := _LOST_X.fullmatch(written)):
            message = f"`{written}` is the number {node.value:g}, not a colour; the colour is written `0x{match[1]}`"
            yield Finding(span(node), message, Fix.replace(span(node), f"0x{match[1]}", safety=Safety.UNSAFE))


RULE = Rule(
    name="color-decimal-or-octal",
    severity=Severity.ERROR,
    check=check,
    good=(
        "const c = [[0, 0xffaaff], [1, 0x003200]];",
        "const days = [[1, 0550000], [2, 0660000]];",
        "const c = new ColorMapVisualizer([[0, 16711935], [1, 255]]);",
        "const c = [[0550000, 0xff0000], [2, 0x00ff00]];",
        "const limits = [0550000, 0xff0000];",
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
    ),
)
