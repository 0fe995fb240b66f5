"""An array is returned although `setup()` declares several outputs.

A bare array belongs to the only output. With several outputs, `evaluatePixel` must return an object that holds an array
for each output, under its id. Otherwise the service answers that the script must return an array.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.domain import Type


def check(script: Script) -> Iterator[Finding]:
    """Look at every return of a script with several outputs."""
    if script.kind is not Kind.V3 or script.outputs is None or len(script.outputs) < 2:
        return
    first = script.outputs[0].id
    message = f"setup() declares {len(script.outputs)} outputs: return an object such as `{{ {first}: […], … }}`"
    places = {
        span(returned.node if len(returned.values) == 1 else value.cause)
        for returned in script.returned
        if returned.node is not None and returned.values is not None
        for value in returned.values
        if value.type is Type.ARRAY and value.sure
    }
    for place in sorted(places):
        yield Finding(place, message)


def _script(outputs: str, pixel: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04", "dataMask"], output: {outputs} }}; }}\n'
        f"function evaluatePixel(s) {{ {pixel} }}\n"
    )


_TWO = '[{ id: "index", bands: 1 }, { id: "dataMask", bands: 1 }]'

RULE = Rule(
    name="array-for-several-outputs",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script(_TWO, "return { index: [s.B04], dataMask: [s.dataMask] };"),
        _script("[{ bands: 2 }]", "return [s.B04, s.dataMask];"),
        _script(_TWO, "const f = () => { return [s.B04]; }; return { index: f(), dataMask: [s.dataMask] };"),
        _script(
            _TWO,
            "let out = []; if (s.B04) out = { index: [1], dataMask: [s.dataMask] }; else out = Object(); return out;",
        ),
    ),
    bad=(
        Bad(_script(_TWO, "return [s.B04, s.dataMask];"), at="[s.B04, s.dataMask]"),
        Bad(
            _script(_TWO, "if (s.dataMask == 0) return [0, 0]; return { index: [s.B04], dataMask: [1] };"),
            at="[0, 0]",
        ),
        Bad(
            _script(_TWO, "const out = [s.B04]; out.push(s.dataMask); return out;").replace(
                "return out", "return  out"
            ),
            at="out",
        ),
    ),
)
