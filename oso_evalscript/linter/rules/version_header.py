"""The version header is missing, misspelt or not at the start.

The documented spelling is `//VERSION=3`, at the start of the script. Clients decide by exactly that text: the
Copernicus Browser takes a script that begins with `// VERSION=3` for one of an older format. Whether the service
itself is as strict is not documented. Blank lines before the header and text behind it on its line are accepted.

The fix is safe: a script with `setup()` and `evaluatePixel()` of the third version can only be meant as such, and
only a comment changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.text import Edit, Span
from oso_evalscript.semantics.script import Kind, Script

_HEADER = "//VERSION=3"
_EXACT = re.compile(r"[\s\ufeff]*//VERSION=3(?![.\w])")


def check(script: Script) -> Iterator[Finding]:
    """Compare the start of the script with the one documented spelling."""
    if script.kind is not Kind.V3 or _EXACT.match(script.text):
        return
    header = script.header
    if header is None:
        if script.setup and script.evaluate_pixel:
            yield Finding(script.setup.name_span, f"the script does not begin with `{_HEADER}`", _insertion(script))
    elif header.version != 3:
        return
    elif script.text[: header.span.start].strip("\ufeff \t\r\n"):
        message = f"the header `{_HEADER}` counts only at the start of the script"
        yield Finding(header.span, message, _insertion(script, *_removal(script, header.span)))
    else:
        fix = Fix.replace(header.span, _HEADER, safety=Safety.SAFE)
        yield Finding(header.span, f"the header is written `{_HEADER}`, without blanks and in capitals", fix)


def _insertion(script: Script, *more: Edit) -> Fix | None:
    if script.text.startswith("#!"):
        return None  # that line must stay the first
    first = Edit(Span(0, 0), _HEADER + script.tree.source.newline)
    return Fix((first, *more), Safety.SAFE)


def _removal(script: Script, header: Span) -> tuple[Edit, ...]:
    """The edit that takes away a header which stands alone on its line."""
    source = script.tree.source
    line = source.position(header.start).line
    span = source.line_span(line)
    if source.slice(span).strip() != source.slice(header) or line == len(source.line_starts):
        return ()
    return (Edit(Span(span.start, source.line_starts[line]), ""),)


_BODY = (
    "\nfunction setup() { return { input: ['A'], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [1]; }\n"
)

RULE = Rule(
    name="version-header",
    severity=Severity.WARNING,
    group=Group.TEXT,
    check=check,
    good=(
        f"//VERSION=3{_BODY}",
        f"\n\n  //VERSION=3 (converted from 1){_BODY}",
        "return [B04, B03, B02]; // a simple script needs no header",
        "/* a tool, no script */ const versions = { version: 3 };",
        f"//VERSION=3{_BODY}// Version 3 (2021): faster",
    ),
    bad=(
        Bad(f"// VERSION=3{_BODY}", at="// VERSION=3", fixed=f"//VERSION=3{_BODY}"),
        Bad(f"//Version 3{_BODY}", at="//Version 3", fixed=f"//VERSION=3{_BODY}"),
        Bad(f"//VERSION = 3 by me{_BODY}", at="//VERSION = 3", fixed=f"//VERSION=3 by me{_BODY}"),
        Bad(f"// Mine.\n//VERSION=3{_BODY}", at="//VERSION=3", fixed=f"//VERSION=3\n// Mine.{_BODY}"),
        Bad(f"let a = 1; // VERSION=3{_BODY}", at="// VERSION=3", fixed=f"//VERSION=3\nlet a = 1; // VERSION=3{_BODY}"),
        Bad(f"/* VERSION=3 */{_BODY}", at="setup", fixed=f"//VERSION=3\n/* VERSION=3 */{_BODY}"),
        Bad(
            f"// Version 3 (2021): faster{_BODY}", at="setup", fixed=f"//VERSION=3\n// Version 3 (2021): faster{_BODY}"
        ),
        Bad(_BODY, at="setup", fixed=f"//VERSION=3\n{_BODY}"),
        Bad(f"#!/usr/bin/env node{_BODY}", at="setup"),
    ),
)
