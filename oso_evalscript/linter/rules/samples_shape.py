"""A list of samples is used as a single sample, or a single sample as a list.

With SIMPLE mosaicking, `evaluatePixel` receives one sample; with ORBIT and TILE, a list of samples; with several
inputs, an object that holds such a list for each source. If a script expects a different shape, the values it reads are
undefined, and it fails or paints nothing. The rule reports nothing if the script tests which shape it received.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.samples.reads import Form, Misread
from oso_evalscript.semantics.script import Script

_TESTS: Final = ("IfStatement", "ConditionalExpression", "WhileStatement")


def check(script: Script) -> Iterator[Finding]:
    """Look for the first place where samples of each form are taken for something else."""
    if script.kind is not Kind.V3 or script.samples is None or script.inputs is None:
        return
    misreads = script.samples.misreads
    if not misreads or _is_mosaicking_misspelt(script) or any(_is_test(script, item.node) for item in misreads):
        return
    asked = {band for item in script.inputs for band in item.bands}
    told: set[Form] = set()
    for item in sorted(misreads, key=lambda item: span(item.node)):
        said = _said(item, script, asked)
        if said is not None and item.form not in told:
            told.add(item.form)
            yield Finding(span(item.node), said)


def _is_mosaicking_misspelt(script: Script) -> bool:
    """Whether another rule says that a mosaicking is none: then another one is meant than that which applies."""
    entries = (part.entry("mosaicking") for part in (*script.contract.tops, *script.contract.inputs))
    return any(entry is not None and script.values.constant(entry.value) is None for entry in entries)


def _said(item: Misread, script: Script, asked: set[str]) -> str | None:
    """What is wrong with one read, None where that is not certain."""
    written = script.tree.text(item.node)
    if item.form is Form.SAMPLE and (item.name != "length" or _counts(script, item.node)):
        return f"`{written}` is undefined: under SIMPLE mosaicking evaluatePixel is given one sample, not a list"
    if item.form is Form.LIST and item.name in asked:
        of = f"under {script.mosaicking} mosaicking" if len(script.inputs or ()) == 1 else "with several inputs"
        return f"`{written}` is undefined: {of} this is a list of samples, such as `samples[0].{item.name}`"
    sources = [asked.datasource for asked in script.inputs or ()]
    if item.form is Form.SOURCES and any(sources) and (item.name in asked or isinstance(item.name, int)):
        return (
            f"`{written}` is undefined: with several inputs samples come by source, such as `samples.{sources[0]}[0]`"
        )
    return None


def _counts(script: Script, node: Node) -> bool:
    """Whether a length is compared in the head of a loop, which then never runs."""
    parent = script.tree.parent(node)
    above = script.tree.parent(parent) if parent is not None else None
    return parent is not None and above is not None and above.type == "ForStatement" and above.test is parent


def _is_test(script: Script, node: Node) -> bool:
    """Whether the script tests what it is given."""
    parent = script.tree.parent(node)
    while parent is not None and parent.type in ("BinaryExpression", "UnaryExpression"):
        node, parent = parent, script.tree.parent(parent)
    if parent is None:
        return False
    return parent.type == "LogicalExpression" or (parent.type in _TESTS and parent.test is node)


def _script(setup: str, pixel: str) -> str:
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04", "B08"], '
        f'output: {{ bands: 1, sampleType: "FLOAT32" }}{setup} }}; }}\n'
        f"function evaluatePixel(samples) {{ {pixel} }}\n"
    )


def _fusion(pixel: str) -> str:
    inputs = '[{ datasource: "s2", bands: ["B04"] }, { datasource: "s1", bands: ["VV"] }]'
    return (
        f"//VERSION=3\nfunction setup() {{ return {{ input: {inputs}, "
        f"output: {{ bands: 1, sampleType: 'FLOAT32' }} }}; }}\n"
        f"function evaluatePixel(samples) {{ {pixel} }}\n"
    )


_USED = "index(samples.B08, samples.B04)"

RULE = Rule(
    name="samples-shape",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script("", f"return [{_USED}];"),
        _script(', mosaicking: "ORBIT"', "return [samples.length ? index(samples[0].B08, samples[0].B04) : 0];"),
        _script("", "const s = Array.isArray(samples) ? samples[0] : samples; return [index(s.B08, s.B04)];"),
        _script("", "const s = samples.length > 0 ? samples[0] : samples; return [index(s.B08, s.B04)];"),
        _script("", f"const list = [samples.B08, samples.B04]; return [{_USED} + list[0] + list.length];"),
        _script(', mosaicking: "TILE"', "return [Math.max(...samples.map((s) => index(s.B08, s.B04)))];"),
        _fusion("const s2 = samples.s2[0]; return [s2.B04 * samples.s1[0].VV];"),
    ),
    bad=(
        Bad(_script("", "return [index(samples[0].B08, 1)];"), at="samples[0]"),
        Bad(_script(', mosaicking: "ORBIT"', "return [samples.B04];"), at="samples.B04"),
        Bad(
            _script("", "let sum = 0; for (let i = 0; i < samples.length; i++) sum++; return [sum];"),
            at="samples.length",
        ),
        Bad(_fusion("return [samples.s2.B04];"), at="samples.s2.B04"),
        Bad(_fusion("return [samples.VV];"), at="samples.VV"),
    ),
)
