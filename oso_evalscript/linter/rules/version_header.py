"""The version header is missing, misspelt or not at the start.

The documented spelling is `//VERSION=3`, at the start of the script. Clients decide by exactly that text: the
Copernicus Browser takes a script that begins with `// VERSION=3` for one of an older format. Whether the service
itself is as strict is not documented. Blank lines before the header and text behind it on its line are accepted.

The fix is safe: a script with `setup()` and `evaluatePixel()` of the third version can only be meant as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Rule
from oso_evalscript.linter.script import Kind, Script
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.text import Edit, Span

_HEADER = "//VERSION=3"
_EXACT = re.compile(r"\s*//VERSION=3(?![.\w])")
_SPELLING = re.compile(r"//\s*VERSION\s*=?\s*3(?![.\w])|/\*\s*VERSION\s*=?\s*3\s*(?:\*/)?", re.IGNORECASE)


def check(script: Script) -> Iterator[Finding]:
    """Compare the start of the script with the one documented spelling."""
    if script.kind is not Kind.V3 or _EXACT.match(script.text):
        return
    header = script.header
    if header is None:
        if script.setup and script.evaluate_pixel:
            fix = _insertion(script)
            yield Finding(script.setup.name_span, f"the script does not begin with `{_HEADER}`", fix)
        return
    spelling = _SPELLING.match(script.text, header.span.start)
    if header.version != 3 or spelling is None:
        return
    written = Span(spelling.start(), spelling.end())
    if script.text[: written.start].strip():
        fix = _insertion(script, Edit(written, "//"))
        yield Finding(written, f"the header `{_HEADER}` counts only at the start of the script", fix)
    else:
        fix = Fix.replace(written, _HEADER, safety=Safety.SAFE)
        yield Finding(written, f"the header is written `{_HEADER}`, without blanks and in capitals", fix)


def _insertion(script: Script, *more: Edit) -> Fix:
    first = Edit(Span(0, 0), _HEADER + script.tree.source.newline)
    return Fix((first, *more), Safety.SAFE)


_BODY = (
    "\nfunction setup() { return { input: [], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [1]; }\n"
)

RULE = Rule(
    name="version-header",
    severity=Severity.WARNING,
    check=check,
    good=(
        f"//VERSION=3{_BODY}",
        f"\n\n  //VERSION=3 (converted from 1){_BODY}",
        "return [B04, B03, B02]; // a simple script needs no header",
        f"//VERSION=2{_BODY}",
    ),
    bad=(
        Bad(f"// VERSION=3{_BODY}", at="// VERSION=3", fixed=f"//VERSION=3{_BODY}"),
        Bad(f"//Version 3{_BODY}", at="//Version 3", fixed=f"//VERSION=3{_BODY}"),
        Bad(f"//VERSION = 3 by me{_BODY}", at="//VERSION = 3", fixed=f"//VERSION=3 by me{_BODY}"),
        Bad(f"// Mine.\n//VERSION=3{_BODY}", at="//VERSION=3", fixed=f"//VERSION=3\n// Mine.\n//{_BODY}"),
        Bad(_BODY, at="setup", fixed=f"//VERSION=3\n{_BODY}"),
    ),
)
