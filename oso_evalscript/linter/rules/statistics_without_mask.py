"""A script for the Statistical API lacks the output `dataMask`.

Only the Statistical API accepts a list of names for `bands`, and it rejects a script without an output `dataMask`:
"Output dataMask requested but missing from function setup()". The mask says which pixels are counted. Add `{ id:
"dataMask", bands: 1 }` and return it for every pixel.

With `--api statistics`, or `api = "statistics"` in the configuration, the rule requires this output in every script.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.contract import id_of
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Look at the outputs with names of bands; at all of them where the Statistical API runs the script."""
    outputs = script.outputs
    if script.kind is not Kind.V3 or not outputs or any(output.id == "dataMask" for output in outputs):
        return
    named = {output.id for output in outputs if output.names}
    ids = {output.id for output in outputs} if script.api == "statistics" else named
    why = "only the Statistical API takes names of bands, and it asks" if named else "the Statistical API asks"
    for part in script.contract.outputs:
        entry = part.entry("bands")
        if entry is not None and id_of(part, script.values) in ids:
            yield Finding(
                span(entry.key_node),
                f'{why} for an output `dataMask`: add `{{ id: "dataMask", bands: 1 }}`',
            )
            return


def _script(output: str, value: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04", "dataMask"], output: {output} }}; }}\n'
        f"function evaluatePixel(s) {{ return {value}; }}\n"
    )


RULE = Rule(
    name="statistics-without-mask",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script(
            '[{ id: "veg", bands: ["top"] }, { id: "dataMask", bands: 1 }]', "{ veg: [s.B04], dataMask: [s.dataMask] }"
        ),
        _script("{ bands: 2 }", "[s.B04, s.dataMask]"),
        _script("[...Array()]", "{ veg: [s.B04], dataMask: [s.dataMask] }"),
    ),
    bad=(
        Bad(_script('[{ id: "veg", bands: ["top"] }]', "{ veg: [s.B04 * s.dataMask] }"), at="bands"),
        Bad(
            _script(
                '[{ id: "veg", bands: ["top", "low"] }, { id: "mask", bands: 1 }]',
                "{ veg: [s.B04, 1], mask: [s.dataMask] }",
            ),
            at="bands",
        ),
    ),
)
