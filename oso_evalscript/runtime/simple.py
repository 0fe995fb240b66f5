"""Simple scripts: a file without functions, whose whole text is run for each pixel with the bands as globals.

The value is that of a top-level `return`, or else of the last statement (a completion value); the number of output
bands is the length of the array (documented). Which names are bands, `semantics/simple.py` says.
"""

from __future__ import annotations

from dataclasses import dataclass

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.kind import Kind, read_as
from oso_evalscript.semantics.simple import returns_at_top, simple_bands, value_statements

LINES_BEFORE = 1
"""How many lines stand before the script's own in what is loaded."""

_AUTO = 'output: { bands: %d, sampleType: "AUTO" }'


@dataclass(frozen=True, slots=True)
class SimpleScript:
    """A simple script, read.

    Attributes:
        bands: the bands it uses, in the order of their first use.
        body: its text, with `return` before a completion value.
    """

    bands: tuple[str, ...]
    body: str

    def wrapped(self, outputs: int) -> str:
        """Return it as a script with `setup` and `evaluatePixel`, whose array has `outputs` values."""
        bands = ", ".join(f'"{name}"' for name in self.bands)
        taken = "".join(f" var {name} = $bands.{name};" for name in self.bands)
        return (
            f"function evaluatePixel($bands) {{{taken}\n{self.body}\n}}\n"
            f"function setup() {{ return {{ input: [{{ bands: [{bands}] }}], {_AUTO % outputs} }}; }}"
        )


def check_comments(source: Source) -> None:
    """Refuse a comment without end, which V8 words as a token or `return` that it did not expect.

    Raises:
        ScriptError: there is one.
    """
    faults = parse(source).faults if "/*" in source.text else ()
    for fault in faults:
        if "comment is not closed" in fault.message:
            line = source.position(fault.span.start).line
            raise ScriptError(f"{source.name}:{line}: SyntaxError: {fault.message}")


def returns_no_array(source: Source) -> ScriptError:
    """Return the error for a simple script whose value is not an array."""
    return ScriptError(
        f"{source.name}: Script must return an array. This script has no setup(), so "
        "the value that it returns, or its last value, is the pixel"
    )


def read_simple(source: Source, collection: Collection | None) -> SimpleScript | None:
    """Return the simple script that a text is, None if it is none.

    Args:
        source: the text.
        collection: where its bands come from; where that is not known, every band of the catalogue counts.
    """
    tree = parse(source)
    if tree.faults or tree.broken or read_as(tree) is not Kind.SIMPLE:
        return None
    value = [] if returns_at_top(tree) else [statement.range[0] for statement in value_statements(tree)]
    body = source.text
    for start in sorted(value, reverse=True):
        body = f"{body[:start]}return {body[start:]}"
    return SimpleScript(simple_bands(tree, collection), body)
