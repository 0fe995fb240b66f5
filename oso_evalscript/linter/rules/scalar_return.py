"""`evaluatePixel` returns a number instead of an array.

According to the documentation, `evaluatePixel` returns arrays; for an output with one band, an array of one number.
However, an example script in the same documentation returns a bare number, so the service may accept it.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.domain import Type


def check(script: Script) -> Iterator[Finding]:
    """Look at every return, and at every value of a returned object."""
    if script.kind is not Kind.V3 or not script.outputs:
        return
    ids = {output.id for output in script.outputs}
    places: set[Span] = set()
    for returned in script.returned:
        for value in returned.values or ():
            if value.type is Type.NUMBER and returned.node is not None:
                places.add(span(returned.node))
            for key, entry in value.entries or ():
                if key in ids and entry and all(inner.type is Type.NUMBER for inner in entry):
                    places.add(span(value.entry_node(key)))
    for place in sorted(places):
        yield Finding(place, "this is a number; the documentation asks for an array, such as `[value]`")


def _script(pixel: str) -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04", "B08"], '
        'output: { bands: 1, sampleType: "FLOAT32" } }; }\n'
        f"function evaluatePixel(s) {{ {pixel} }}\n"
    )


RULE = Rule(
    name="scalar-return",
    severity=Severity.INFO,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script("return [index(s.B08, s.B04)];"),
        _script("return { default: [s.B08 / s.B04] };"),
        _script("return ratio(s); function ratio(p) { return [p.B08 / p.B04]; }"),
        _script("const list = [s.B08, s.B04].filter((x) => x > 0); return list.slice(0, 1);"),
    ),
    bad=(
        Bad(_script("return index(s.B08, s.B04);"), at="index(s.B08, s.B04)"),
        Bad(_script("return { default: s.B08 / s.B04 };"), at="s.B08 / s.B04"),
        Bad(_script("return ratio(s); function ratio(p) { return p.B08 / p.B04; }"), at="ratio(s)"),
    ),
)
