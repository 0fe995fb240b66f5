"""Two outputs have the same id.

The service requires a unique id for each output. An output without an id is called `default`, so only one output may
omit it.
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
    """Compare the ids of the outputs that are written."""
    if script.kind is not Kind.V3 or len(script.contract.tops) != 1:
        return
    seen: set[str] = set()
    for part in script.contract.outputs:
        id_ = id_of(part, script.values)
        entry = part.entry("id")
        if id_ is not None and id_ in seen:
            how = "is" if entry is not None else "has no id, and so is"
            yield Finding(
                span(entry.written if entry is not None else part.node),
                f"a second output {how} called `{id_}`; every output needs its own id",
            )
        seen |= {id_} if id_ is not None else set()


def _script(outputs: str, returned: str = "{ default: [s.B04], mask: [1] }") -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04"], output: {outputs} }}; }}\n'
        f"function evaluatePixel(s) {{ return {returned}; }}\n"
    )


RULE = Rule(
    name="duplicate-output-id",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('[{ bands: 1 }, { id: "mask", bands: 1 }]'),
        _script('[{ id: "default", bands: 1 }, { id: "mask", bands: 1 }]'),
        _script("[{ id: String(0), bands: 1 }, { id: String(1), bands: 1 }]"),
        _script("[{ bands: 1 }, { ...Object(), bands: 1 }]"),
    ),
    bad=(
        Bad(_script('[{ id: "mask", bands: 1 }, { id: "mask", bands: 1 }]'), at='"mask"'),
        Bad(_script('[{ bands: 1 }, { id: "default", bands: 1 }]'), at='"default"'),
        Bad(_script("[{ bands: 1 }, { bands: 2 }]"), at="{ bands: 2 }"),
    ),
)
