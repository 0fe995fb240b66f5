"""The value of `setup()` as it stands in the text: its objects and their entries, with the nodes to point at.

What is computed is left out. The meaning of the whole is read by `model.contract`; this is for what is wrong with one
entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.model.diagnostic import Finding, Fix, Safety
from oso_evalscript.model.nearest import nearest
from oso_evalscript.semantics.values.constants import Constants, key_of

KEYS = {
    "setup()": ("input", "output", "mosaicking"),
    "an input": ("bands", "units", "metadata", "datasource", "mosaicking"),
    "an output": ("bands", "id", "sampleType", "nodataValue"),
}
"""The keys that each kind of object has, those that must be there first (documentation of setup())."""

_NEEDED = {"setup()": 2, "an input": 1, "an output": 1}


class Level(StrEnum):
    """Where in the contract an object stands."""

    TOP = "setup()"
    INPUT = "an input"
    OUTPUT = "an output"


class Entry(NamedTuple):
    """One key of an object: its name, where it is written, its value, and the expression behind that value's name."""

    key: str
    key_node: Node
    written: Node
    value: Node


class Part(NamedTuple):
    """One object of the contract.

    Attributes:
        level: what it is.
        path: where it stands, such as `output[1]`; empty at the top.
        node: the object literal.
        entries: its keys, in the order written.
        closed: whether those are all; nothing is spread into it, no key is computed.
    """

    level: Level
    path: str
    node: Node
    entries: tuple[Entry, ...]
    closed: bool

    def entry(self, key: str) -> Entry | None:
        """Return the last entry of that key, the one that counts; None if there is none."""
        return next((entry for entry in reversed(self.entries) if entry.key == key), None)

    def lacking(self) -> Iterator[tuple[str, Entry | None]]:
        """Yield the keys that must be there and are not, each with the unknown key that may be meant for it."""
        for key in KEYS[self.level][: _NEEDED[self.level]] if self.closed else ():
            if self.entry(key) is None:
                unknown = {entry.key: entry for entry in self.entries if entry.key not in KEYS[self.level]}
                yield key, unknown.get(nearest(key, unknown, 0.75) or "")


class BandName(NamedTuple):
    """A band that is asked for: its name, where it is written, and the input object, None in a plain list."""

    name: str
    node: Node
    part: Part | None


class ContractView(NamedTuple):
    """The contract as written.

    Attributes:
        tops: the objects that `setup()` returns; several where it chooses.
        inputs: the input objects.
        outputs: the output objects.
        bands: the bands asked for, by inputs and in order.
    """

    tops: tuple[Part, ...] = ()
    inputs: tuple[Part, ...] = ()
    outputs: tuple[Part, ...] = ()
    bands: tuple[BandName, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """All objects."""
        return (*self.tops, *self.inputs, *self.outputs)


def plain_band(name: str) -> str:
    """Return a band's name without what people mix up: case, and zeros before a number."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", name.lower())


def view(returned: Iterable[Node], values: Constants) -> ContractView:
    """Return what can be seen of the contract in the expressions that `setup()` returns."""
    leaves = {id(node): node for item in returned for node in map(values.resolve, values.leaves(item))}
    tops = tuple(_part(node, Level.TOP, "", values) for node in leaves.values() if node.type == "ObjectExpression")
    inputs = _items(tops, "input", values)
    outputs = _items(tops, "output", values)
    parts = tuple(_part(node, Level.INPUT, path, values) for path, node in inputs if node.type == "ObjectExpression")
    bands = [BandName(name, node, None) for _, node in inputs if isinstance(name := values.constant(node), str)]
    for part in parts:
        entry = part.entry("bands")
        for node in elements(entry.value, values) if entry is not None else ():
            name = values.constant(node)
            bands += [BandName(name, node, part)] if isinstance(name, str) else []
    return ContractView(
        tops,
        parts,
        tuple(_part(node, Level.OUTPUT, path, values) for path, node in outputs if node.type == "ObjectExpression"),
        tuple(bands),
    )


def elements(node: Node, values: Constants, *, deepest: int = 3) -> Iterator[Node]:
    """Yield the elements of a list as they are written, with those of lists spread into it."""
    node = values.resolve(node)
    for item in node.elements if node.type == "ArrayExpression" else ():
        if item is not None and item.type != "SpreadElement":
            yield item
        elif item is not None and deepest:
            yield from elements(item.argument, values, deepest=deepest - 1)


def misspelt(
    entry: Entry, words: type[StrEnum], name: str, values: Constants, *, any_case: bool = False
) -> Iterator[Finding]:
    """Report a value that is none of the words that an entry may have; `name` is what the service calls them.

    With `any_case` a string may be written in small letters, too.
    """
    for leaf in values.leaves(entry.value):
        node = values.resolve(leaf)
        if node.type == "MemberExpression" and not node.computed and values.is_host(node.object, (name,)):
            written, shown = str(node.property.name), f"`{name}.{node.property.name}`"
        elif isinstance(value := values.constant(node), str):
            written, shown = value.upper() if any_case else value, f'"{value}"'
        else:
            continue
        if written in words.__members__:
            continue
        fix, hint = None, f"expected one of {', '.join(words)}"
        if written.upper() in words.__members__:
            fix = Fix.replace(span(node), f'"{written.upper()}"', safety=Safety.UNSAFE)
            hint = f"it is written {written.upper()}"
        elif near := nearest(written.upper(), words.__members__, 0.75):
            hint = f"did you mean {near}?"
        what = "sample type" if entry.key == "sampleType" else entry.key
        yield Finding(span(node), f"{shown} is not a {what}; {hint}", fix)


def id_of(part: Part, values: Constants) -> str | None:
    """Return the id of an output, None where it is computed; without one it is called `default`."""
    entry = part.entry("id")
    if entry is None:
        return "default" if part.closed else None
    value = values.constant(entry.value)
    return value if isinstance(value, str) else None


def units_of(part: Part, values: Constants) -> Iterator[tuple[str, Node]]:
    """Yield the units of an input as they are written: one for all bands, or one for each; nothing if not all known."""
    entry = part.entry("units")
    written = [] if entry is None else [entry.value]
    if entry is not None and entry.value.type == "ArrayExpression":
        written = [item for item in entry.value.elements if item is not None and item.type != "SpreadElement"]
        if len(written) < len(entry.value.elements):
            return
    named = [(values.constant(node), node) for node in written]
    if all(isinstance(name, str) for name, _ in named):
        yield from named


def _items(tops: tuple[Part, ...], key: str, values: Constants) -> list[tuple[str, Node]]:
    """The items of `input` or `output`, each once, with their paths."""
    found: dict[int, tuple[str, Node]] = {}
    for top in tops:
        entry = top.entry(key)
        if entry is None:
            continue
        if entry.value.type != "ArrayExpression":
            found.setdefault(id(entry.value), (key, entry.value))
        for index, item in enumerate(elements(entry.value, values)):
            node = values.resolve(item)
            found.setdefault(id(node), (f"{key}[{index}]", node))
    return list(found.values())


def _part(node: nodes.Object, level: Level, path: str, values: Constants) -> Part:
    entries: list[Entry] = []
    closed = True
    for item in node.properties:
        if item.type == "Property" and not item.computed and item.kind == "init":
            entries.append(Entry(key_of(item), item.key, item.value, values.resolve(item.value)))
        else:
            closed = False
    return Part(level, path, node, tuple(entries), closed)
