"""A returned object lacks an output that `setup()` declares.

With several outputs, `evaluatePixel` returns an object that holds an array for each output, under its id. A missing
output has no values, and a key that does not match an output is ignored without a message. The rule checks every
return. It reports nothing if the object has computed keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.nearest import nearest
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import key_of
from oso_evalscript.semantics.values.domain import Type, Value


def check(script: Script) -> Iterator[Finding]:
    """Compare the keys of every returned object with the ids of the outputs."""
    if script.kind is not Kind.V3 or not script.outputs:
        return
    ids = [output.id for output in script.outputs if output.bands]
    seen: set[Span] = set()
    for returned in script.returned:
        for value in returned.values or ():
            if value.type is Type.OBJECT and value.entries is not None and span(value.node) not in seen:
                seen.add(span(value.node))
                yield from _compare(value, ids)


def _compare(value: Value, ids: list[str]) -> Iterator[Finding]:
    properties = value.node.properties if value.node.type == "ObjectExpression" else []
    written = {key_of(item): item.key for item in properties if item.type == "Property" and not item.computed}
    missing = [id_ for id_ in ids if id_ not in written]
    strange = [key for key in written if key not in ids]
    for id_ in missing:
        folded = {key.lower(): key for key in strange}
        near = nearest(id_.lower(), folded, 0.75)
        only = strange[0] if len(strange) == len(missing) == 1 else None
        meant = folded[near] if near is not None else only
        if meant is not None:
            promised = f"setup() declares the output `{id_}`"
            yield Finding(span(written[meant]), f"`{meant}` is not the id of an output; {promised}")
        else:
            yield Finding(span(value.node), f"the output `{id_}`, which setup() declares, is not returned here")


def _script(outputs: str, pixel: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04", "dataMask"], output: {outputs} }}; }}\n'
        f"function evaluatePixel(s) {{ {pixel} }}\n"
    )


_TWO = '[{ id: "index", bands: 1 }, { id: "dataMask", bands: 1 }]'

RULE = Rule(
    name="output-ids",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script(_TWO, "return { index: [s.B04], dataMask: [s.dataMask] };"),
        _script(_TWO, "const index = [s.B04], dataMask = [s.dataMask]; return { dataMask, index };"),
        _script(_TWO, "return { index: [s.B04], ...{ dataMask: [s.dataMask] } };"),
        _script(_TWO, "const out = {}; out.index = [s.B04]; out.dataMask = [s.dataMask]; return out;"),
        _script("{ bands: 2 }", "return { default: [s.B04, s.dataMask] };"),
        _script("{ bands: 2 }", "return { default: [s.B04, s.dataMask], other: [1] };"),
    ),
    bad=(
        Bad(_script(_TWO, "return { index: [s.B04], datamask: [s.dataMask] };"), at="datamask"),
        Bad(
            _script(_TWO, "if (!s.dataMask) return { index: [0] }; return { index: [s.B04], dataMask: [1] };"),
            at="{ index: [0] }",
        ),
        Bad(_script("{ bands: 2 }", "return { bands: [s.B04, s.dataMask] };"), at="bands"),
    ),
)
