"""String expressions of JavaScript as passages: literals, templates and what is put together from them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from oso_evalscript.documents import templates
from oso_evalscript.documents.grammar import Parsed, walk
from oso_evalscript.documents.literals import read_javascript
from oso_evalscript.documents.passage import HOLE, Change, Hole, Passage
from oso_evalscript.model.regex import regex

if TYPE_CHECKING:
    from tree_sitter import Node

_STRIPS = {"trim": (True, True), "trimStart": (True, False), "trimEnd": (False, True)}
_METHODS = frozenset(("replace", "replaceAll", "concat", *_STRIPS))
_DEDENTS = frozenset(("dedent", "outdent", "stripIndent"))
_WRAPPERS = frozenset(("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"))
_INTEGER = regex(r"0|[1-9]\d{0,14}")
_DECIMAL = regex(r"\d{1,6}\.\d{1,6}")
_CHANGING = regex(r"\b(\w+)\.(?:push|pop|shift|unshift|splice|sort|reverse|fill)\(|\b(\w+)\[[^\]]*\]\s*=[^=]")
_BOUND_BY = {"variable_declarator": ("name", "value"), "assignment_expression": ("left", "right")}
_DECLARED_BY = {
    "function_declaration": "name", "class_declaration": "name", "augmented_assignment_expression": "left",
    "update_expression": "argument",
}  # fmt: skip
_NAMED = {
    "variable_declarator": "name", "assignment_expression": "left", "pair": "key", "public_field_definition": "name",
    "field_definition": "property", "assignment_pattern": "left", "required_parameter": "pattern",
}  # fmt: skip
_STOPS = frozenset(("program", "expression_statement", "class_body", "export_statement", "jsx_element"))


def is_literal(node: Node) -> bool:
    """Return whether a node is a string or a template."""
    return node.type in ("string", "template_string") and node.is_named


class Strings:
    """What the string expressions of a text become."""

    def __init__(self, passage: Passage, parsed: Parsed) -> None:
        self.passage = passage
        self.parsed = parsed
        self.used: set[int] = set()
        self._resolving: list[int] = []

    def build(self, node: Node) -> Passage | None:
        """Return the text of an expression that holds a literal; None where it is no text of that kind."""
        if is_literal(node):
            return self._literal(node)
        if node.type in _WRAPPERS:
            return self.build(node.named_children[0]) if node.named_children else None
        if node.type == "binary_expression" and self._operator(node) == "+":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is None or right is None:
                return None
            first, second = self.build(left), self.build(right)
            if first is None and second is None:
                return None
            return (first or self._part(left)) + (second or self._part(right))
        if node.type == "call_expression":
            return self._call(node)
        return None

    def grown(self, node: Node) -> Node:
        """Return the largest expression whose text is put together from that of `node`."""
        while (parent := node.parent) is not None:
            above = parent.parent
            if parent.type in _WRAPPERS or (parent.type == "binary_expression" and self._operator(parent) == "+"):
                node = parent
            elif parent.type == "call_expression" and parent.child_by_field_name("arguments") == node:
                node = parent  # a tag
            elif above is not None and self._is_method(parent, above, node):
                node = above
            elif (
                parent.type == "array"
                and above is not None
                and above.type == "member_expression"
                and self._is_join(above)
            ):
                node = above.parent or node
            else:
                break
        return node

    def _is_method(self, member: Node, call: Node, of: Node) -> bool:
        return (
            member.type == "member_expression"
            and member.child_by_field_name("object") == of
            and call.type == "call_expression"
            and call.child_by_field_name("function") == member
            and self._property(member) in _METHODS
        )

    def _is_join(self, member: Node) -> bool:
        call = member.parent
        return self._property(member) == "join" and call is not None and call.type == "call_expression"

    def _operator(self, node: Node) -> str:
        operator = node.child_by_field_name("operator")
        return operator.type if operator is not None else ""

    def _property(self, member: Node) -> str:
        found = member.child_by_field_name("property")
        return self.parsed.slice(found) if found is not None else ""

    def _literal(self, node: Node) -> Passage:
        self.used.add(node.start_byte)
        start, end = self.parsed.extent(node)
        if node.type == "string":
            return read_javascript(self.passage, start + 1, end - 1, quote=self.parsed.text[start])
        fields = [self._field(child) for child in node.named_children if child.type == "template_substitution"]
        tag = self._tag(node)
        found = read_javascript(self.passage, start + 1, end - 1, quote="`", raw=tag == "String.raw", fields=fields)
        return templates.dedented(found, clean=True) if tag in _DEDENTS else found

    def _tag(self, node: Node) -> str:
        parent = node.parent
        if parent is None or parent.type != "call_expression" or parent.child_by_field_name("arguments") != node:
            return ""
        function = parent.child_by_field_name("function")
        return self.parsed.slice(function) if function is not None else ""

    def _field(self, node: Node) -> Hole | Change:
        start, end = self.parsed.extent(node)
        inner = node.named_children[0] if node.named_children else None
        known = self._known(inner) if inner is not None else None
        if known is None:
            return Hole(start, end, self.parsed.slice(inner) if inner is not None else "")
        if isinstance(known, str):
            piece = self.passage.hull(start, end, known)
            known = Passage.fixed(known, piece.start, piece.end)
        return Change(start, end, known)

    def _part(self, node: Node) -> Passage:
        known = self._known(node)
        if isinstance(known, Passage):
            return known
        start, end = self.parsed.extent(node)
        piece = self.passage.hull(start, end, HOLE, self.parsed.slice(node))
        return Passage((piece,)) if known is None else Passage.fixed(known, piece.start, piece.end)

    def _call(self, node: Node) -> Passage | None:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return None
        if is_literal(arguments):
            return self._literal(arguments)
        if function.type != "member_expression":
            return None
        name, owner = self._property(function), function.child_by_field_name("object")
        given = list(arguments.named_children)
        if owner is None:
            return None
        if name == "join" and owner.type == "array":
            return self._joined(owner, given)
        base = self.build(owner)
        if base is None:
            return None
        if name in _STRIPS and not given:
            left, right = _STRIPS[name]
            return templates.stripped(base, left=left, right=right)
        if name == "concat":
            for item in given:
                base += self.build(item) or self._part(item)
            return base
        if name in ("replace", "replaceAll") and len(given) == 2:
            return self._replaced(base, given[0], given[1], 1 if name == "replace" else -1)
        return base if name in _METHODS else None

    def _replaced(self, base: Passage, old: Node, new: Node, count: int) -> Passage:
        if old.type == "regex":
            pattern, flags = old.child_by_field_name("pattern"), old.child_by_field_name("flags")
            sought = self.parsed.slice(pattern) if pattern is not None else ""
            if not re.fullmatch(r"[\w%#@<> -]+", sought):
                return base
            count = -1 if flags is not None and "g" in self.parsed.slice(flags) else 1
        else:
            known = self._known(old)
            if not isinstance(known, str) or not known:
                return base
            sought = known
        return templates.replaced(base, sought, self._known(new), count)

    def _joined(self, array: Node, given: list[Node]) -> Passage | None:
        between = self._known(given[0]) if given else ","
        items = array.named_children
        parts = [self.build(item) for item in items]
        if not isinstance(between, str) or not any(parts):
            return None
        passage = Passage(())
        for number, (part, item) in enumerate(zip(parts, items, strict=True)):
            if number:
                at = self.passage.anchor(self.parsed.extent(item)[0])
                passage += Passage.fixed(between, at, at)
            passage += self._part(item) if part is None else part
        return passage

    # Constants

    def _known(self, node: Node) -> str | Passage | None:
        """What an expression is known to become in a text: a long constant as the passage that it stands in."""
        if node.type in ("string", "template_string"):
            passage = self._literal(node)
            return None if passage.holes else passage.text
        if node.type == "number":
            return _number(self.parsed.slice(node))
        if node.type == "identifier":
            bound = self._binding(self.parsed.slice(node))
            if bound is None or bound.id in self._resolving:
                return None
            self._resolving.append(bound.id)
            try:
                return self._of_constant(bound)
            finally:
                self._resolving.pop()
        items = self._items(node.child_by_field_name("object")) if node.type == "member_expression" else None
        if items is not None and self._property(node) == "length":
            return str(len(items))
        return self._of_list(node) if node.type == "call_expression" else None

    def _of_constant(self, bound: Node) -> str | Passage | None:
        passage = self.build(bound)
        if passage is None:
            return self._known(bound)
        if "\n" in passage.text:
            return passage.inlined()
        return None if passage.holes else passage.text

    def _of_list(self, node: Node) -> str | None:
        """What a call makes of a list of constants."""
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None or len(arguments.named_children) > 1:
            return None
        given = arguments.named_children
        if self.parsed.slice(function) == "JSON.stringify" and given:
            items = self._items(given[0])
            return None if items is None else json.dumps(items, separators=(",", ":"), ensure_ascii=False)
        if function.type != "member_expression" or self._property(function) != "join":
            return None
        items, between = self._items(function.child_by_field_name("object")), self._known(given[0]) if given else ","
        return between.join(items) if items is not None and isinstance(between, str) else None

    def _items(self, node: Node | None) -> list[str] | None:
        """The strings of a list that is never changed."""
        if node is not None and node.type == "identifier":
            name = self.parsed.slice(node)
            node = self._binding(name) if name not in self._changed else None
        if node is None or node.type != "array":
            return None
        items = [self._known(item) if item.type == "string" else None for item in node.named_children]
        return (
            [item for item in items if isinstance(item, str)] if all(isinstance(item, str) for item in items) else None
        )

    def _binding(self, name: str) -> Node | None:
        """What a name stands for where the whole text binds it once."""
        found = self._bound.get(name, [])
        return found[0] if len(found) == 1 else None

    def function(self, name: str) -> Node | None:
        """Return the function of a name that the whole text binds once."""
        return self._binding(name)

    @cached_property
    def _bound(self) -> dict[str, list[Node | None]]:
        found: defaultdict[str, list[Node | None]] = defaultdict(list)
        for node in walk(self.parsed.root):
            if node.type in _BOUND_BY:
                name, value = (node.child_by_field_name(field) for field in _BOUND_BY[node.type])
                if name is not None and name.type == "identifier":
                    found[self.parsed.slice(name)].append(value)
                    continue
            elif node.type in _DECLARED_BY and (name := node.child_by_field_name(_DECLARED_BY[node.type])) is not None:
                found[self.parsed.slice(name)].append(node if node.type == "function_declaration" else None)
            if node.type in ("identifier", "shorthand_property_identifier_pattern") and _is_pattern(node):
                found[self.parsed.slice(node)].append(None)
        return dict(found)

    @cached_property
    def _changed(self) -> set[str]:
        return {match[1] or match[2] for match in _CHANGING.finditer(self.parsed.text)}


def _is_pattern(node: Node) -> bool:
    """Whether a name is bound by where it stands: a parameter, an import, a part of a pattern, a loop's variable."""
    if node.type == "shorthand_property_identifier_pattern":
        return True
    parent = node.parent
    if parent is None:
        return False
    if parent.type in ("for_in_statement", "arrow_function"):
        return node in (parent.child_by_field_name("left"), parent.child_by_field_name("parameter"))
    if parent.type in ("required_parameter", "optional_parameter"):
        return parent.child_by_field_name("pattern") == node
    return parent.type in (
        "formal_parameters", "array_pattern", "object_pattern", "rest_pattern", "pair_pattern", "import_specifier",
        "import_clause", "namespace_import", "catch_clause",
    )  # fmt: skip


def _number(written: str) -> str | None:
    """How a number is written by JavaScript, for plain ones."""
    if _INTEGER.fullmatch(written):
        return written
    if _DECIMAL.fullmatch(written):
        value = float(written)
        return str(int(value)) if value.is_integer() else repr(value) if value >= 1e-4 else None
    return None


def bound_name(parsed: Parsed, node: Node) -> str | None:
    """Return the variable, key, property, parameter or function that an expression is bound to."""
    below, parent = node, node.parent
    while parent is not None and parent.type not in _STOPS:
        if parent.type in _NAMED:
            key = parent.child_by_field_name(_NAMED[parent.type])
            if key is not None and key != below:
                if key.type == "member_expression":
                    key = key.child_by_field_name("property") or key
                if key.type != "computed_property_name":
                    return parsed.slice(key).strip("'\"`")
        elif parent.type == "jsx_attribute":
            return parsed.slice(parent.named_children[0])
        elif parent.type in ("function_declaration", "method_definition", "function_expression"):
            name = parent.child_by_field_name("name")
            if name is not None:
                return parsed.slice(name)
        elif parent.type == "arguments" and len(parent.named_children) != 1:
            return None
        below, parent = parent, parent.parent
    return None
