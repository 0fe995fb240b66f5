"""Evalscripts in JavaScript and TypeScript: strings, templates, and functions that a client turns into a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from oso_evalscript.documents.candidate import is_key
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.grammar import Parsed, walk
from oso_evalscript.documents.jsstrings import Strings, bound_name, is_literal
from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.signs import KEYS, SIGNS
from oso_evalscript.documents.templates import replaced
from oso_evalscript.documents.titles import title_beside
from oso_evalscript.model.regex import regex

if TYPE_CHECKING:
    from tree_sitter import Node

INNER = ("json", "html", "doc", "js")
"""What a string may hold that is not an evalscript itself."""

_SIGN = regex("|".join((*SIGNS, *KEYS)))
_REPLACED = regex(r"\.replace(?:All)?\(\s*(?:(['\"`])([^'\"`\n]+)\1|/([\w%$#@{}<>\[\]-]+)/g?)\s*,")
_MARK = regex(r"\W|__|[A-Z]{2}")
_LANGUAGES = {"ts": "ts", "mts": "ts", "cts": "ts", "tsx": "tsx"}
_HOOKS = ("setup", "evaluatePixel", "updateOutput")
_FUNCTIONS = ("function_expression", "arrow_function", "function_declaration", "generator_function")
_TRANSLATED = frozenset((
    "type_annotation", "type_parameters", "type_arguments", "as_expression",
    "satisfies_expression", "optional_parameter",
    "non_null_expression", "type_assertion", "interface_declaration", "type_alias_declaration", "enum_declaration",
    "ambient_declaration", "internal_module", "accessibility_modifier", "abstract_class_declaration", "jsx_element",
    "jsx_self_closing_element", "import_statement", "export_statement",
))  # fmt: skip
_TYPES = frozenset(("type_annotation", "type_parameters", "type_arguments", "asserts_annotation"))


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the strings, templates and objects of functions that may be evalscripts."""
    parsed = Parsed(passage.text, _LANGUAGES.get(kind, "js"))
    strings = Strings(passage, parsed)
    marks = _marks(passage.text)
    seen: set[int] = set()
    for match in _SIGN.finditer(passage.text):
        node = parsed.at(match.start())
        root = _root(strings, node)
        if root is None or root.id in seen:
            continue
        seen.add(root.id)
        strings.used = set()
        found = _of_functions(strings, root) if root.type == "object" else strings.build(root)
        if found is None:
            continue
        for mark in marks:
            if mark in found.text:
                found = replaced(found, mark, None)
        name = bound_name(parsed, root)
        title = title_beside(name, partial(_beside, parsed, root))
        yield Draft(found, name, inner=INNER, parts=frozenset(strings.used), title=title)


def skeleton(passage: Passage, kind: str) -> object:
    """Return what a text consists of at its top."""
    root = Parsed(passage.text, _LANGUAGES.get(kind, "js")).root
    literals = sum(is_literal(node) for node in walk(root))
    return root.has_error, literals, [node.type for node in root.children]


def is_translated(text: str, kind: str) -> bool:
    """Return whether a text can be read as the code of a kind of host, and holds what no script may hold.

    Raises:
        MissingExtra: the parser is not installed.
    """
    root = Parsed(text, _LANGUAGES.get(kind, "js")).root
    return not root.has_error and any(node.type in _TRANSLATED for node in walk(root))


def _root(strings: Strings, node: Node | None) -> Node | None:
    """The expression that a sign belongs to: the string around it, what is called so, or the object that holds it."""
    below = node
    while node is not None:
        if is_literal(node):
            return strings.grown(node)
        if node.type in (
            "pair",
            "variable_declarator",
            "assignment_expression",
            "public_field_definition",
            "field_definition",
        ):
            value = node.child_by_field_name("value") or node.child_by_field_name("right")
            if value is not None and is_literal(value) and not _contains(value, below):
                return strings.grown(value)
        if node.type == "object" and _hooks(strings, node).keys() >= {"setup", "evaluatePixel"}:
            return None if _is_exported(strings, node) else node
        if node.type in ("statement_block", "program", "class_body", "function_declaration", "arguments"):
            return None
        below, node = node, node.parent
    return None


def _is_exported(strings: Strings, node: Node) -> bool:
    """Whether an object is what a library offers to others, as in `module.exports = { setup, evaluatePixel }`."""
    above = node.parent
    if above is None or above.type == "export_statement":
        return above is not None
    left = above.child_by_field_name("left") if above.type == "assignment_expression" else None
    return left is not None and left.type == "member_expression" and not is_key(strings.parsed.slice(left))


def _beside(parsed: Parsed, root: Node, key: str) -> str | None:
    """What the object that holds a string says under another key, if that is a string, too."""
    pair = root.parent
    for other in pair.parent.named_children if pair is not None and pair.type == "pair" and pair.parent else ():
        name, value = other.child_by_field_name("key"), other.child_by_field_name("value")
        if name is None or value is None or value.type != "string":
            continue
        if parsed.slice(name).strip("'\"") == key:
            text = parsed.slice(value)[1:-1]
            return None if "\\" in text else text
    return None


def _contains(node: Node, other: Node | None) -> bool:
    return other is not None and node.start_byte <= other.start_byte and other.end_byte <= node.end_byte


def _marks(text: str) -> list[str]:
    """The texts that are replaced somewhere, as far as they look like marks."""
    found = {match[2] or match[3] for match in _REPLACED.finditer(text)}
    marks = (mark for mark in found if _MARK.search(mark) and re.search(r"[A-Za-z]", mark) and not _SIGN.search(mark))
    return sorted(marks, key=lambda mark: (-len(mark), mark))


def _hooks(strings: Strings, node: Node) -> dict[str, Node]:
    """The functions of an object that bear the names of a script's, which OpenLayers makes a script of."""
    found: dict[str, Node] = {}
    for entry in node.named_children:
        key = entry.child_by_field_name("key") or entry.child_by_field_name("name")
        name = strings.parsed.slice(key or entry).strip("'\"")
        if name not in _HOOKS:
            continue
        value: Node | None = entry if entry.type == "method_definition" else entry.child_by_field_name("value")
        if entry.type == "shorthand_property_identifier":
            value = strings.function(name)
        elif value is not None and value.type == "identifier":
            value = strings.function(strings.parsed.slice(value))
        if value is not None and value.type in (*_FUNCTIONS, "method_definition"):
            found[name] = value
    return found


def _of_functions(strings: Strings, node: Node) -> Passage:
    """The script that OpenLayers makes of an object of functions."""
    hooks = _hooks(strings, node)
    start = strings.passage.anchor(strings.parsed.extent(node)[0])
    script = Passage.fixed(f"//VERSION={_version(strings, node)}\n", start, start)
    for name, value in hooks.items():
        low, high = strings.parsed.extent(value)
        head = f"var {name} = " + ("function " if value.type == "method_definition" else "")
        at = strings.passage.anchor(low)
        script += Passage.fixed(head, at, at) + _without_types(strings, value)
        at = strings.passage.anchor(high)
        script += Passage.fixed(";\n", at, at)
    return script


def _version(strings: Strings, node: Node) -> str:
    for entry in node.named_children:
        key, value = entry.child_by_field_name("key"), entry.child_by_field_name("value")
        if key is not None and value is not None and strings.parsed.slice(key).strip("'\"") == "version":
            return strings.parsed.slice(value).strip("'\"`")
    return "3"


def _without_types(strings: Strings, node: Node) -> Passage:
    """A function without what TypeScript says of its types."""
    start, end = strings.parsed.extent(node)
    cuts: list[tuple[int, int]] = []
    for inner in walk(node, _TYPES):
        if inner.type in _TYPES or (
            inner.type == "?" and inner.parent is not None and inner.parent.type == "optional_parameter"
        ):
            cuts.append(strings.parsed.extent(inner))
        elif inner.type in ("as_expression", "satisfies_expression", "non_null_expression") and inner.children:
            cuts.append((strings.parsed.offset(inner.children[0].end_byte), strings.parsed.offset(inner.end_byte)))
        elif inner.type in ("accessibility_modifier", "override_modifier", "readonly"):
            cuts.append(strings.parsed.extent(inner))
    result, done = Passage(()), start
    for low, high in sorted(cuts):
        if low >= done:
            result += strings.passage[done:low]
            done = high
    return result + strings.passage[done:end]
