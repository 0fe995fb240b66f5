"""A hexadecimal colour that lost its `0x`, or whose `0x` was split from its digits.

`0ffaaff` and `0 aaaa61` are not numbers in JavaScript: the script does not load at all, and the service names one
such place per try. The fix restores the prefix and leaves the digits alone; it is safe, because the script could not
run before and only one reading of six digits remains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Rule
from oso_evalscript.linter.script import Script
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity

# `0`, `0x` or `0 x` with blanks behind it, a `0` that lost its `x`, or six digits that lost both.
_COLOR = re.compile(r"(?:0\s*[xX]?\s+|0\s+[xX]|0)?([0-9a-fA-F]{6})")


def check(script: Script) -> Iterator[Finding]:
    """Find broken numbers that read as one colour."""
    for span in script.tree.broken:
        written = script.tree.source.slice(span)
        if match := _COLOR.fullmatch(written):
            fix = Fix.replace(span, f"0x{match[1]}", safety=Safety.SAFE)
            yield Finding(span, f"`{written}` is not a number; the colour is written `0x{match[1]}`", fix)


RULE = Rule(
    name="malformed-hex",
    severity=Severity.ERROR,
    check=check,
    good=(
        "const c = [[0, 0xffaaff], [1, 0x003200]];",
        "const mask = 0x1f; const octal = 017; const big = 1e6;",
        'const text = "0ffaaff and 0 aaaa61"; // 0ffaaff',
        "let low = 0\nfacade = low",
    ),
    bad=(
        Bad("const c = [[0, 0ffaaff]];", at="0ffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = [[0, 0 aaaa61]];", at="0 aaaa61", fixed="const c = [[0, 0xaaaa61]];"),
        Bad("const c = [[0, 0x ffaaff]];", at="0x ffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = [[0, 0 xffaaff]];", at="0 xffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = [[0, 0 003200]];", at="0 003200", fixed="const c = [[0, 0x003200]];"),
        Bad("const c = [[0, 0e1f2a]];", at="0e1f2a", fixed="const c = [[0, 0x0e1f2a]];"),
        Bad("const c = [[0, 0009c00]];", at="0009c00", fixed="const c = [[0, 0x009c00]];"),
    ),
)
