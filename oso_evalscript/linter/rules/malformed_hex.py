"""A hexadecimal colour without its `0x`, or with a `0x` that is separated from its digits.

`0ffaaff` and `0 aaaa61` are not numbers in JavaScript. The script cannot be loaded at all, and the service reports only
one such error per request. The rule also finds a doubled `0x`; characters that only look like part of a number (a
Cyrillic letter, a multiplication sign, full-width digits); a leftover `#`; and decimal numbers with spaces or dots
between the thousands. The fix restores the prefix and keeps the digits. It is safe, because the script could not run
before and the six digits can only be read in one way.

If digits are missing, or some characters are not hexadecimal digits, the fix writes the colour that the nomenclature
prescribes there. This fix is unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.lookalikes import plain
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.regex import regex
from oso_evalscript.semantics.colors.spelling import readings
from oso_evalscript.semantics.script import Script

# Decimal digits in groups may be numbers that lost a comma, in any place but that of a colour.
_MAY_BE_NUMBERS = regex(r"[1-9][\d\s._]*")


def check(script: Script) -> Iterator[Finding]:
    """Find broken numbers that read as one colour, or stand where a colour is expected."""
    places = {place.span.start: place for place in script.color_places} if script.tree.broken else {}
    for span in script.tree.broken:
        written = script.tree.source.slice(span)
        found = readings(written)
        place = places.get(span.start)
        if place is None and (not found or _MAY_BE_NUMBERS.fullmatch(plain(written))):
            continue
        if place is not None:
            fix = place.fix(found, safety=Safety.SAFE)
        else:
            fix = Fix.replace(span, found[0], safety=Safety.SAFE) if len(found) == 1 else None
        meant = " or ".join(f"`{reading}`" for reading in found) or "`0x` and six hexadecimal digits"
        yield Finding(span, f"`{written}` is not a number; the colour is written {meant}", fix)


RULE = Rule(
    name="malformed-hex",
    severity=Severity.ERROR,
    group=Group.TEXT,
    check=check,
    good=(
        "const c = [[0, 0xffaaff], [1, 0x003200]];",
        "const mask = 0x1f; const octal = 017; const big = 1e6;",
        'const text = "0ffaaff and 0 aaaa61"; // 0ffaaff',
        "let low = 0\nfacade = low",
        "let low, facade; switch (Math.PI) { case 3: low = 0\nfacade = low }",
    ),
    bad=(
        Bad("const c = [[0, 0ffaaff]];", at="0ffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = [[0, 0 aaaa61]];", at="0 aaaa61", fixed="const c = [[0, 0xaaaa61]];"),
        Bad("const c = [[0, 0x ffaaff]];", at="0x ffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = [[0, 0 xffaaff]];", at="0 xffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = [[0, 0 003200]];", at="0 003200", fixed="const c = [[0, 0x003200]];"),
        Bad("const c = [[0, 0e1f2a]];", at="0e1f2a", fixed="const c = [[0, 0x0e1f2a]];"),
        Bad("const c = [[0, 0009c00]];", at="0009c00", fixed="const c = [[0, 0x009c00]];"),
        Bad("const c = [[0, 0x0xffaaff]];", at="0x0xffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = [[0, 0хffaaff]];", at="0хffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = [[0, 0×ffaaff]];", at="0×ffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = [[0, 0x#ffaaff]];", at="0x#ffaaff", fixed="const c = [[0, 0xffaaff]];"),
        Bad("const c = { 3: 0\nxffaaff };", at="0\nxffaaff", fixed="const c = { 3: 0xffaaff };"),
        Bad(
            "const c = [[0, 16 711 935], [1, 0x00ff00]];",
            at="16 711 935",
            fixed="const c = [[0, 0xff00ff], [1, 0x00ff00]];",
        ),
        Bad("const c = [[0, 711 935], [1, 0x00ff00]];", at="711 935"),
        Bad(
            "// oso: nomenclature oso-23\nconst c = [[2, 0xff55ff], [3, 0xffaagf]];",
            at="0xffaagf",
            fixed="// oso: nomenclature oso-23\nconst c = [[2, 0xff55ff], [3, 0xffaaff]];",
        ),
    ),
)
