"""The result of `setup()` has a key that the service does not know.

Unknown keys are ignored without a message. If `sampleType` is misspelt, or placed at the top level instead of inside
the output, the default applies and the picture is stored in 8 bits. The rule checks objects written in `setup()` or
assigned to a constant, but not objects that are spread into them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.nearest import nearest
from oso_evalscript.semantics.contract import KEYS, Entry, Level, Part
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Compare the keys of the contract's objects with those that are documented."""
    if script.kind is not Kind.V3:
        return
    for part in script.contract.parts:
        blamed = {id(meant) for _, meant in part.lacking() if meant is not None}  # by the rule setup-shape
        for entry in part.entries:
            if entry.key not in KEYS[part.level] and id(entry) not in blamed:
                found = _finding(part, entry)
                # A word that makes no sense where it stands is read as a key: another name for it fixes nothing.
                yield replace(found, fix=None) if script.tree.faults else found


def _finding(part: Part, entry: Entry) -> Finding:
    """What is wrong with one key, with the key that is meant or the place that it belongs to."""
    there = {item.key for item in part.entries}
    free = [key for key in KEYS[part.level] if key not in there]
    meant = next((key for key in free if key.lower() == entry.key.lower()), None)
    meant = meant or nearest(entry.key, free, 0.75)
    where = f"`{entry.key}` is not a key of {_name(part.level)} and is ignored"
    if meant is not None:
        fix = Fix.replace(span(entry.key_node), meant, safety=Safety.UNSAFE)
        return Finding(span(entry.key_node), f"{where}; did you mean `{meant}`?", fix)
    homes = [level for level in Level if entry.key in KEYS[level]]
    if homes:
        return Finding(span(entry.key_node), f"{where}; it belongs in {_name(homes[-1])}")
    return Finding(span(entry.key_node), f"{where}; expected one of {', '.join(KEYS[part.level])}")


def _name(level: Level) -> str:
    return "the object that setup() returns" if level is Level.TOP else str(level)


def _script(setup: str) -> str:
    return f"//VERSION=3\nfunction setup() {{ return {setup}; }}\nfunction evaluatePixel(s) {{ return [s.B04]; }}\n"


RULE = Rule(
    name="unknown-key",
    severity=Severity.WARNING,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script('{ input: [{ bands: ["B04"], units: "Reflectance", metadata: ["bounds"] }], output: { bands: 1 } }'),
        _script('{ input: ["B04"], output: { bands: 1, id: "default", sampleType: "FLOAT32", nodataValue: 0 } }'),
        _script('{ input: ["B04"], mosaicking: Mosaicking.SIMPLE, ...Object(), output: { "bands": 1 } }'),
        "//VERSION=3\nconst style = { sampleTYPE: 1 };\n"
        + _script('{ input: ["B04"], output: { bands: 1 } }').removeprefix("//VERSION=3\n"),
    ),
    bad=(
        Bad(
            _script('{ input: ["B04"], output: { bands: 1, sampleTYPE: "FLOAT32" } }'),
            at="sampleTYPE",
            fixed=_script('{ input: ["B04"], output: { bands: 1, sampleType: "FLOAT32" } }'),
        ),
        Bad(
            _script('{ input: ["B04"], output: { bands: 1, noDataValue: 0 } }'),
            at="noDataValue",
            fixed=_script('{ input: ["B04"], output: { bands: 1, nodataValue: 0 } }'),
        ),
        Bad(_script('{ input: ["B04"], output: { bands: 1 }, sampleType: "UINT16" }'), at="sampleType"),
        Bad(_script('{ input: [{ bands: ["B04"], sampleType: "UINT16" }], output: { bands: 1 } }'), at="sampleType"),
    ),
)
