"""Typographic characters instead of JavaScript's own: curly quotes, a dash for a minus, `×` for `*`.

Word processors and web pages insert them, and they remain when a script is copied. The script then cannot be loaded at
all. Strings, comments and regular expressions may contain any character, and a non-breaking space between words works
like a space, so the rule does not report these. It also finds invisible characters, which editors do not show.

The fix is safe if only one reading is possible, because the script could not run before. It is unsafe for `≠`, which
may stand for `!=` or `!==`, and for a dash that may stand for one minus or two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from oso_evalscript.javascript import typography
from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.text import Edit
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Look at the characters that begin no token."""
    for fault in script.tree.faults:
        start, end = fault.span.start, fault.span.end
        meant = typography.meant(script.text, start, end) if start < end else None
        if meant is None:
            continue
        fix = None
        if meant.text is not None:
            safety = Safety.SAFE if meant.certain else Safety.UNSAFE
            fix = Fix.replace(fault.span, meant.text, safety=safety)
        yield Finding(fault.span, _words(script.text[start:end], meant), fix)
    if not script.text.isascii():
        yield from _damaged(script)


def _damaged(script: Script) -> Iterator[Finding]:
    """Look at the names that nothing declares, and report all that are damaged at once."""
    undeclared = list(script.scopes.undeclared)
    names = typography.damaged(node.name for node in undeclared)
    nodes = [node for node in undeclared if node.name in names]
    if not nodes:
        return
    fix = Fix(tuple(Edit(span(node), f'"{node.name[1:-1]}"') for node in nodes), Safety.UNSAFE)
    word = nodes[0].name[1:-1]
    more = f" ({len(nodes) - 1} more like it)" if len(nodes) > 1 else ""
    yield Finding(
        span(nodes[0]), f'quotation marks turned into letters when this was copied; did you mean `"{word}"`?{more}', fix
    )


def _words(written: str, meant: typography.Meant) -> str:
    sign = next(char for char in (written[0], written[-1]) if not char.isascii())
    name = unicodedata.name(sign, "").lower() or "not assigned"
    shown = f"`{sign}` " if sign.isprintable() and not sign.isspace() else ""
    instead = f"; use `{meant.text}`" if meant.text else "; it has no meaning in JavaScript"
    return f"a typographic character, {shown}(U+{ord(sign):04X}, {name}){instead}"


RULE = Rule(
    name="typographic-character",
    severity=Severity.ERROR,
    group=Group.TEXT,
    check=check,
    good=(
        'const title = "“Végétation” – été × hiver"; // “B04” − “B08” ≤ 1',
        "const\u00a0low =\u00a00.2; /* a no‑break space is a blank */",
        "const pattern = /[–×“]/; const text = `a – b`;",
        "const größe = 2, été = größe, ìlî = 1;\nconst sum = ìlî + été;",
    ),
    bad=(
        Bad("const bands = [“B04”];", at="“B04”", fixed='const bands = ["B04"];'),
        Bad("const bands = ['A', „B04“];", at="„B04“", fixed="const bands = ['A', \"B04\"];"),
        Bad('const bands = ["A", “B04"];', at='“B04"', fixed='const bands = ["A", "B04"];'),
        Bad("const o = { ‘id’: 1 };", at="‘id’", fixed="const o = { 'id': 1 };"),
        Bad("let v = 3 – 1;", at="–", fixed="let v = 3 - 1;"),
        Bad("let v = −1;", at="−", fixed="let v = -1;"),
        Bad("for (let i = 9; i; i–) {}", at="–", fixed="for (let i = 9; i; i--) {}"),
        Bad("let s = 2 × 3;", at="×", fixed="let s = 2 * 3;"),
        Bad("let s = 2 ≤ Math.PI;", at="≤", fixed="let s = 2 <= Math.PI;"),
        Bad("let s = 2 ≠ Math.PI;", at="≠", fixed="let s = 2 != Math.PI;"),
        Bad("let s =\u200b 2;", at="\u200b", fixed="let s = 2;"),
        Bad("const bands = [ìB04î];", at="ìB04î", fixed='const bands = ["B04"];'),
        Bad("const bands = [ìB04î, îB08î, îB11î];", at="ìB04î", fixed='const bands = ["B04", "B08", "B11"];'),
        Bad('const o = ["B04”];', at='"B04”', fixed='const o = ["B04"];'),
        Bad('const t = “it is "quoted"”;', at='“it is "quoted"”', fixed="const t = 'it is \"quoted\"';"),
    ),
)
