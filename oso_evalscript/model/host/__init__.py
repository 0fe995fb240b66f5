"""The script environment of the service: its helper library as plain JavaScript files.

`library` returns their text and `builtins` describes what they define; nothing here runs it.

In a file, each global of the service is declared at the start of a line, as a function, class, `var` or `const`,
below a comment that says what it does and where that is known from; `@evidence` grades it. A name with a leading
underscore stays inside the library. What is known of each is listed in `tests/fidelity/helpers.toml`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from oso_evalscript.model.regex import regex

ColorMapOrder: TypeAlias = Literal["sorted", "as-written"]
"""How `ColorMapVisualizer` takes its pairs: in ascending order of value, or walking the list as it is."""


class BuiltinKind(StrEnum):
    """What a builtin is."""

    FUNCTION = "function"
    CLASS = "class"
    VALUE = "value"


class Evidence(StrEnum):
    """How well something is known of the service."""

    DOCUMENTED = "documented"
    """Written in the service's documentation."""
    OBSERVED = "observed"
    """Seen in the service's behaviour, or read from a public copy of its helper library of about 2019."""
    INFERRED = "inferred"
    """A rule that fits everything known; nobody states it."""
    UNKNOWN = "unknown"
    """Not confirmed by anything."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """One global that the service gives to a script.

    Attributes:
        name: as scripts write it.
        kind: function, class or value.
        parameters: their names; of a class those of its constructor.
        file: the file of this folder that defines it.
        summary: what it does, in one sentence.
        evidence: how well what it mainly does is known; its comment and `tests/fidelity/helpers.toml` say more.
        deprecated: whether the service's documentation advises against it.
    """

    name: str
    kind: BuiltinKind
    parameters: tuple[str, ...]
    file: str
    summary: str
    evidence: Evidence
    deprecated: bool


def library(*, color_map_order: ColorMapOrder = "sorted") -> str:
    """Return the JavaScript that gives a script the service's globals; evaluate it before the script.

    They become configurable properties of the global object that are not enumerable, so that a script may declare
    `const index` or `function index` itself. That a script may do so at the service is not confirmed.

    Raises:
        ValueError: `color_map_order` is not one of its words.
    """
    if color_map_order not in get_args(ColorMapOrder):
        raise ValueError(f"color_map_order is {color_map_order!r}: expected one of {get_args(ColorMapOrder)}")
    return _library(color_map_order)


@cache
def builtins() -> tuple[Builtin, ...]:
    """Return all globals that the library defines, by file and in the order of the file."""
    return tuple(
        _builtin(path.name, text, match)
        for path in _files()
        for text in [path.read_text(encoding="utf-8")]
        for match in _DECLARATION.finditer(text)
    )


_WRAPPER = """(function (colorMapOrder) {
"use strict";
%s
for (const [name, value] of Object.entries({ %s })) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
})(%s);
//# sourceURL=helpers.js
"""
_DECLARATION = regex(
    r"^/\*\*(?P<comment>(?:(?!\*/).)*)\*/\n"
    r"(?P<word>function|class|var|const) (?P<name>[A-Za-z]\w*)(?:\((?P<parameters>[^)]*)\))?",
    re.MULTILINE | re.DOTALL,
)
_CONSTRUCTOR = regex(r"^  constructor\(([^)]*)\)", re.MULTILINE)
_KINDS = {
    "function": BuiltinKind.FUNCTION,
    "class": BuiltinKind.CLASS,
    "var": BuiltinKind.VALUE,
    "const": BuiltinKind.VALUE,
}


@cache
def _library(color_map_order: ColorMapOrder) -> str:
    files = "\n".join(path.read_text(encoding="utf-8") for path in _files())
    names = ", ".join(builtin.name for builtin in builtins())
    return _WRAPPER % (files, names, json.dumps(color_map_order))


def _files() -> list[Path]:
    return sorted(Path(__file__).parent.glob("*.js"))


def _builtin(file: str, text: str, match: re.Match[str]) -> Builtin:
    """The description of a declaration, from its comment and its parameters."""
    comment = re.sub(r"^ *\* ?", "", match["comment"], flags=re.MULTILINE)
    words = dict(re.findall(r"^@(\w+) ?(.*)$", comment, re.MULTILINE))
    parameters = match["parameters"] or ""
    if match["word"] == "class":
        constructor = _CONSTRUCTOR.search(text, match.end(), text.index("\n}", match.end()))
        parameters = constructor[1] if constructor else ""
    return Builtin(
        name=match["name"],
        kind=_KINDS[match["word"]],
        parameters=tuple(part.partition("=")[0].strip() for part in parameters.split(",") if part.strip()),
        file=file,
        summary=re.split(r"(?<=\.)\s", " ".join(comment.split()), maxsplit=1)[0],
        evidence=Evidence(words["evidence"]),
        deprecated="deprecated" in words,
    )
