"""The version header is missing, misspelt or not at the start.

The documented spelling is `//VERSION=3`, at the start of the script. Clients look for exactly this text: the Copernicus
Browser treats a script that begins with `// VERSION=3` as an older format. It is not documented whether the service
itself is as strict. A simple script does not need a header, but if it has one, the rule checks it. Blank lines before
the header, and text after it on the same line, are accepted. A header that a program fills in, such as
`//VERSION={version}`, is not checked.

The fix moves the header or corrects its spelling, and never leaves two of them. It is usually safe: a script with
`setup()` and `evaluatePixel()` of version 3 cannot be meant otherwise, and only comments change. It is unsafe if the
script may read its own text or line numbers, or if the header names a version that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.characters import BLANKS, LINE_ENDS
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit, Span
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Header, Script

_HEADER = "//VERSION=3"
_BEFORE = regex(f"[{BLANKS}{LINE_ENDS}]*")
_LEADING = regex(rf"(?:[{BLANKS}{LINE_ENDS}]|//[^{LINE_ENDS}]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?)*+")
_TEMPLATE = regex(rf"{_BEFORE.pattern}//[ \t]*VERSION[ \t]*=[ \t]*[%{{$<@#_\[]")  # what templates begin with
_MISSPELT = regex(r"//[ \t]*(V[A-Za-z]{4,9})[ \t]*[=:]?[ \t]*3(?![.\w])")
_NEAR = 0.75  # how like the word a misspelt one is
_GOES_ON = regex(r"[.\w]")
_EXACT = regex(rf"{_BEFORE.pattern}//VERSION=3(?!{_GOES_ON.pattern})")


def check(script: Script) -> Iterator[Finding]:
    """Compare the start of the script with the one documented spelling."""
    if script.kind not in (Kind.V3, Kind.SIMPLE) or _EXACT.match(script.text) or _is_filled_in(script):
        return
    header = script.header
    if script.kind is Kind.SIMPLE:
        yield from _in_simple_script(script, header)
        return
    if header is None:
        if script.setup and script.evaluate_pixel:
            yield Finding(script.setup.name_span, f"the script does not begin with `{_HEADER}`", _insertion(script))
    elif header.version not in (1, 2):
        yield from _check_header(script, header)


def _is_filled_in(script: Script) -> bool:
    """Whether a program fills something in before the first statement, which may be the header or a part of it."""
    starts = [unknown.start for unknown in script.tree.source.unknown]
    return bool(_TEMPLATE.match(script.text)) or any(_LEADING.fullmatch(script.text, 0, start) for start in starts)


def _in_simple_script(script: Script, header: Header | None) -> Iterator[Finding]:
    """Look at the header of a simple script, which needs none."""
    if header is not None and header.version == 3:
        for found in _check_header(script, header):
            yield Finding(found.span, found.message)
        return
    first = script.tree.comments[0] if script.tree.comments else None
    written = _MISSPELT.match(script.text, first.start) if first is not None and header is None else None
    if written is None:
        return
    from difflib import SequenceMatcher  # only where something is wrong

    if SequenceMatcher(None, written[1].upper(), "VERSION").ratio() > _NEAR:
        yield Finding(Span(written.start(), written.end()), f"the header is written `{_HEADER}`")


def _check_header(script: Script, header: Header) -> Iterator[Finding]:
    """Look at where a header stands and how it is written."""
    written = script.tree.source.slice(header.span)
    if header.version != 3:
        fix = Fix.replace(header.span, _HEADER, safety=Safety.UNSAFE)
        yield Finding(header.span, f"there is no version {header.version}; the header is written `{_HEADER}`", fix)
    elif _BEFORE.fullmatch(script.text, 0, header.span.start) is None:
        message = f"the header `{_HEADER}` must be at the start of the script"
        yield Finding(header.span, message, _insertion(script, _removal(script, header.span)))
    elif written != _HEADER:
        fix = Fix.replace(header.span, f"{_HEADER}{_blank(script, header.span)}", safety=Safety.SAFE)
        yield Finding(header.span, f"the header is written `{_HEADER}`, without spaces and in capitals", fix)
    else:
        fix = Fix.replace(Span(header.span.end, header.span.end), " ", safety=Safety.SAFE)
        yield Finding(header.span, f"a space is missing between `{_HEADER}` and the text after it", fix)


def _blank(script: Script, header: Span) -> str:
    """A blank, where something stands right behind the header."""
    return " " if _GOES_ON.match(script.text, header.end) else ""


def _insertion(script: Script, *more: Edit) -> Fix | None:
    if script.text.startswith("#!"):
        return None  # that line must stay the first
    first = Edit(Span(0, 0), _HEADER + script.tree.source.newline)
    return Fix((first, *more), Safety.SAFE)


def _removal(script: Script, header: Span) -> Edit:
    """The edit that takes a header away: with its line or its comment where that is all there is, else by itself."""
    source = script.tree.source
    line = source.position(header.start).line
    span = source.line_span(line)
    before, after = script.text[span.start : header.start], script.text[header.end : span.end]
    if not before.strip() and not after.strip() and line < len(source.line_starts):
        return Edit(Span(span.start, source.line_starts[line]), "")
    if not after.strip():
        return Edit(Span(span.start + len(before.rstrip()), span.end), "")
    return Edit(header, f"//{_blank(script, header)}")


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
        "// Vegetation 3\nreturn [B04, B03, B02];",
        "/* a tool, no script */ const versions = { version: 3 };",
        f"//VERSION=3{_BODY}// Version 3 (2021): faster",
        f"//VERSION={{{{ version }}}}{_BODY}",
    ),
    bad=(
        Bad(f"// VERSION=3{_BODY}", at="// VERSION=3", fixed=f"//VERSION=3{_BODY}"),
        Bad(f"//Version 3{_BODY}", at="//Version 3", fixed=f"//VERSION=3{_BODY}"),
        Bad(f"//VERSION = 3 by me{_BODY}", at="//VERSION = 3", fixed=f"//VERSION=3 by me{_BODY}"),
        Bad(f"// Mine.\n//VERSION=3{_BODY}", at="//VERSION=3", fixed=f"//VERSION=3\n// Mine.{_BODY}"),
        Bad(f"// Mine.\n//VERSION=3 by me{_BODY}", at="//VERSION=3", fixed=f"//VERSION=3\n// Mine.\n// by me{_BODY}"),
        Bad(f"let a = 1; // VERSION=3{_BODY}", at="// VERSION=3", fixed=f"//VERSION=3\nlet a = 1;{_BODY}"),
        Bad(f"//VERSION=3.Mine{_BODY}", at="//VERSION=3", fixed=f"//VERSION=3 .Mine{_BODY}"),
        Bad(f"// VERSION=3.Mine{_BODY}", at="// VERSION=3", fixed=f"//VERSION=3 .Mine{_BODY}"),
        Bad(f"//VERSION=30{_BODY}", at="//VERSION=30", fixed=f"//VERSION=3{_BODY}"),
        Bad(f"/* VERSION=3 */{_BODY}", at="setup", fixed=f"//VERSION=3\n/* VERSION=3 */{_BODY}"),
        Bad(
            f"// Version 3 (2021): faster{_BODY}", at="setup", fixed=f"//VERSION=3\n// Version 3 (2021): faster{_BODY}"
        ),
        Bad("let a = 1;\n//VERSION=3\nreturn [B04, a, a];", at="//VERSION=3"),
        Bad("//VERSON=3\nreturn [B04, B03, B02];", at="//VERSON=3"),
        Bad(_BODY, at="setup", fixed=f"//VERSION=3\n{_BODY}"),
        Bad(f"#!/usr/bin/env node{_BODY}", at="setup"),
    ),
)
