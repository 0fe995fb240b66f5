"""`colorBlend`, `valueInterpolate` or `valueMap` gets lists, or colours, of different lengths.

If there are fewer colours than limits, some values have no colour, and the script fails there or returns nothing. If
there are more, the last colours are used instead of the intended ones. `valueMap` and `colorMap` accept one additional
value, for everything above the last limit. Colours of different lengths cannot be blended. The rule does not check
lists of unknown length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.host.signatures import Entry
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Compare the lengths of the two lists."""
    for node in script.tree.of_type("CallExpression"):
        name = node.callee
        known = script.values.helper(name)
        if len(node.arguments) < 3 or name.type != "Identifier" or known is None or not isinstance(known.gives, Entry):
            continue
        if any(argument.type == "SpreadElement" for argument in node.arguments[:3]):
            continue
        if known.gives.blends:
            yield from _unequal(node.arguments[known.gives.values], script)
        limits = script.values.length(node.arguments[known.gives.limits])
        colors = script.values.length(node.arguments[known.gives.values])
        if limits is None or colors is None or colors == limits:
            continue
        if known.gives.blends or colors != limits + 1:
            limits_word = "limit" if limits == 1 else "limits"
            message = f"`{name.name}` is given {limits} {limits_word}, but {colors} colours or values"
            yield Finding(span(node.callee), message)


def _unequal(given: Node, script: Script) -> Iterator[Finding]:
    """Yield the colours of a list that have another length than most of them."""
    table = script.values.resolve(given)
    rows = [item for item in table.elements if item is not None] if table.type == "ArrayExpression" else []
    lengths = [script.values.length(item) for item in rows]
    counts = Counter(length for length in lengths if length is not None)
    if len(counts) < 2 or None in lengths:
        return
    usual = max(counts, key=lambda length: (counts[length], length))
    for row, length in zip(rows, lengths, strict=True):
        if length != usual:
            yield Finding(span(row), f"this colour has {length} values, the others {usual}: they cannot be blended")


RULE = Rule(
    name="stops-and-colors-length",
    severity=Severity.ERROR,
    group=Group.COLOR,
    check=check,
    good=(
        "return colorBlend(B04, [0, 0.5, 1], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);",
        "return valueMap(B04, [0.1, 0.2], [1, 2, 3]);",
        "let limits = B03 ? [0] : [1]; return valueInterpolate(B04, limits, [1, 2, 3]);",
        "let limits = [0, 1]; limits.push(2); return valueInterpolate(B04, limits, [1, 2, 3]);",
        "function colorBlend(v, limits, colors) { return colors[0]; }\nreturn colorBlend(B04, [0, 1], [1, 2, 3]);",
    ),
    bad=(
        Bad("return colorBlend(B04, [0, 0.5, 1], [[1, 0, 0], [0, 1, 0]]);", at="colorBlend"),
        Bad("const at = [0, 1]; return valueInterpolate(B04, at, [1, 2, 3]);", at="valueInterpolate"),
        Bad("return valueMap(B04, [0.1, 0.2, 0.3], [1, 2]);", at="valueMap"),
        Bad("return colorBlend(B04, [0, 1], [[0, 1, 1, 0], [0, 1, 0]]);", at="[0, 1, 0]"),
    ),
)
