"""`setup()` does not return the object that the service expects.

It must return an object with `input` (a list of band names, or of objects with `bands`) and `output` (an object with
`bands`, or a list of such objects). Otherwise the service rejects the script, often with a misleading message: if
`bands` contains objects, for example, it answers that the script must return an array. The rule does not check computed
values.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import ContractError, read_inputs, read_outputs
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.contract import Level, Part
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Function, Script, is_known

_OTHER_RULES = ("sampleType", "mosaicking", "id")


def check(script: Script) -> Iterator[Finding]:
    """Read the contract entry by entry."""
    if script.kind is not Kind.V3 or script.setup is None or script.tree.faults:
        return  # what a fault of the text leaves of the contract says nothing of it
    for band in script.contract.bands:
        if not band.name.strip():
            yield Finding(span(band.node), "this band has no name; the service rejects it")
    yield from _check_return(script.setup, script)
    for part in script.contract.parts:
        for key, meant in part.lacking() if part.entries else ():  # an empty object is a place kept free
            if meant is not None:
                yield Finding(span(meant.key_node), f"`{meant.key}` is not known: {_has(part)} `{key}`")
            elif part.level is not Level.TOP:
                yield Finding(span(part.node), f"{_has(part)} `{key}`, which is missing")
            elif script.evaluate_pixel is not None:
                yield Finding(script.setup.name_span, f"{_has(part)} `{key}`, which is missing")
    for top in script.contract.tops:
        for key, reader in (("input", read_inputs), ("output", read_outputs)):
            if (script.inputs if key == "input" else script.outputs) is not None:
                continue  # so it is plain and sound
            entry = top.entry(key)
            raw = script.values.constant(entry.value) if entry is not None else None
            if entry is None or raw == [] or not is_known(raw):
                continue
            try:
                reader(raw)
            except ContractError as error:
                yield from _report(error, entry.value, script)


def _check_return(setup: Function, script: Script) -> Iterator[Finding]:
    returned = [script.values.resolve(leaf) for item in setup.returns() for leaf in script.values.leaves(item)]
    follows = setup.node.body.type != "BlockStatement" or not any(
        node.type in ("ThrowStatement", "TryStatement") for node in setup.own
    )
    if not returned and follows:
        yield Finding(setup.name_span, "setup() returns nothing: it must return an object with `input` and `output`")
    for node in returned:
        if node.type in ("ArrayExpression", "Literal", "TemplateLiteral"):
            yield Finding(span(node), "setup() must return an object with `input` and `output`")


def _report(error: ContractError, value: Node, script: Script) -> Iterator[Finding]:
    path, _, key = error.path.partition(".")
    if key in _OTHER_RULES:
        return
    part = next((item for item in script.contract.parts if item.path == path), None)
    entry = part.entry(key) if part is not None and key else None
    if entry is not None:
        yield Finding(span(entry.written), f"`{error.path}` {_message(error)}")
    elif not key:
        yield Finding(span(part.node if part is not None else value), f"`{error.path}` {_message(error)}")


def _message(error: ContractError) -> str:
    return str(error).removeprefix(f"{error.path}: ")


def _has(part: Part) -> str:
    return {Level.TOP: "setup() must return", Level.INPUT: "an input must have", Level.OUTPUT: "an output must have"}[
        part.level
    ]


def _script(setup: str) -> str:
    return f"//VERSION=3\nfunction setup() {{ return {setup}; }}\nfunction evaluatePixel(s) {{ return [s.B04]; }}\n"


RULE = Rule(
    name="setup-shape",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('{ input: ["B04"], output: { bands: 1 } }'),
        _script('{ input: [{ bands: ["B04"], units: "DN" }], output: [{ id: "dataMask", bands: ["red"] }] }'),
        _script('{ input: [{ bands: ["B04"], units: ["REFLECTANCE"] }], output: { bands: 1, nodataValue: 0 } }'),
        "//VERSION=3\nconst bands = ['B04'];\nfunction setup() { const o = { bands: Number(1) }; "
        "return { input: bands.concat(Array()), output: o }; }\nfunction evaluatePixel(s) { return [s.B04]; }",
        "//VERSION=3\nfunction setup() { throw new Error(JSON.stringify(Mosaicking)); }\n"
        "function evaluatePixel(s) { return [s.B04]; }",
        "//VERSION=3\nfunction setup() { return { ...Object(), output: { bands: 1 } }; }\n"
        "function evaluatePixel(s) { return [s.B04]; }",
    ),
    bad=(
        Bad(
            "//VERSION=3\nvar setup = () => { input: ['B04'] };\nfunction evaluatePixel(s) { return [s.B04]; }",
            at="setup",
        ),
        Bad(_script('{ input: ["B04"] }'), at="setup"),
        Bad(_script('{ inputs: ["B04"], output: { bands: 1 } }'), at="inputs"),
        Bad(_script('{ input: ["B04"], output: { id: "default" } }'), at='{ id: "default" }'),
        Bad(_script('{ input: ["B04"], output: { bands: "1" } }'), at='"1"'),
        Bad(_script('{ input: [{ bands: [{ name: "B04" }] }], output: { bands: 1 } }'), at='[{ name: "B04" }]'),
        Bad(_script('{ input: [{ bands: ["B04"], units: ["DN", "DN"] }], output: { bands: 1 } }'), at='["DN", "DN"]'),
        Bad(_script('{ input: ["B04", ""], output: { bands: 1 } }'), at='""'),
        Bad(_script('{ input: "B04", output: { bands: 1 } }'), at='"B04"'),
    ),
)
