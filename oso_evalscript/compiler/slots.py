"""The values that a template prints, in the script around them: none changes what the script is made of.

A value may stand where JavaScript expects one, or in a comment. Whether it does is read from the script with a name in
the place of each value, so that the answer does not depend on the values. Between quotes, which a text would end, or
right beside a word, a value is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from oso_evalscript.javascript.faults import Fault
from oso_evalscript.javascript.syntax import Node, Tree, parse
from oso_evalscript.javascript.tokens import Comment
from oso_evalscript.model.text import Source, Span

_NAMED = {  # where a name stands for itself, not for its value
    "VariableDeclarator": "id",
    "FunctionDeclaration": "id params",
    "FunctionExpression": "id params",
    "ArrowFunctionExpression": "params",
    "ClassDeclaration": "id",
    "ClassExpression": "id",
    "CatchClause": "param",
    "LabeledStatement": "label",
    "BreakStatement": "label",
    "ContinueStatement": "label",
    "AssignmentExpression": "left",
    "AssignmentPattern": "left",
    "UpdateExpression": "argument",
    "ForInStatement": "left",
    "ForOfStatement": "left",
    "RestElement": "argument",
    "ArrayPattern": "elements",
}
_INSIDE = {
    "String": "is inside quotes, but adds its own; remove the quotes around it, or join texts with ~",
    "Template": "is inside backticks; put ${ } around it",
    "RegularExpression": "is inside a regular expression; pass a text to `new RegExp` instead",
}
_AS_A_NAME = "is a value where JavaScript expects a name; read a band with `| read`, a member with [ ]"
_BEGINS = "begins a statement, and so may continue the line before; put the value into a variable"
_COMMENTED = "prints whole lines of comment; start it outside of quotes, and end the line after it"
_MAX_SHOWN = 40
_SLASH = re.compile(r"\s*/(?![/*])")


@dataclass(frozen=True, slots=True)
class Slot:
    """What a template prints for one value.

    Attributes:
        text: a JavaScript expression, or lines of comment.
        is_comment: which of the two it is.
        place: the template and the line that print it.
    """

    text: str
    is_comment: bool
    place: str


class Misfit(Exception):  # carries a sentence without a place to the caller, which knows the place
    """A value stands where it must not, or the script is not JavaScript.

    Attributes:
        place: the template and the line that print the value; None where no single value is at fault.
    """

    def __init__(self, message: str, place: str | None) -> None:
        super().__init__(message)
        self.place = place


def fit(pieces: Sequence[str | Slot]) -> str:
    """Return the script that the pieces of a template and the values between them make.

    Raises:
        Misfit: a value could change the script around it, or the whole is not JavaScript.
    """
    if not any(isinstance(piece, Slot) for piece in pieces):
        return "".join(str(piece) for piece in pieces)
    shadow = _Shadow(pieces)
    written = [shadow.written(index, piece) if isinstance(piece, Slot) else piece for index, piece in enumerate(pieces)]
    text = "".join(written)
    tree = parse(Source(text))
    fault = _fault(tree)
    if fault is not None:  # it depends on the value whether it may stand there: a list does not before a colon
        slot = _last_before(fault, pieces, written)
        shown = slot.text if len(slot.text) <= _MAX_SHOWN else f"{slot.text[:_MAX_SHOWN]}…"
        raise Misfit(f"{{{{ }}}} prints `{shown}`, which JavaScript does not allow there: {fault.message}", slot.place)
    return text


def _last_before(fault: Fault, pieces: Sequence[str | Slot], written: Sequence[str]) -> Slot:
    """The value that stands last before a fault, or else the first one."""
    starts = accumulate(map(len, written), initial=0)
    slots = [(start, piece) for start, piece in zip(starts, pieces, strict=False) if isinstance(piece, Slot)]
    return next((slot for start, slot in reversed(slots) if start <= fault.span.start), slots[0][1])


class _Shadow:
    """The script with a name in the place of each value, and a line of comment in that of each lines of comment."""

    def __init__(self, pieces: Sequence[str | Slot]) -> None:
        name = "$slot"
        while any(name in piece for piece in pieces if isinstance(piece, str)):
            name += "$"
        parts: list[str] = []
        self._spans: dict[int, Span] = {}
        end = 0
        for index, piece in enumerate(pieces):
            part = piece if isinstance(piece, str) else f"{'//' * piece.is_comment}{name}{index}$"
            parts.append(part)
            self._spans[index] = Span(end, end + len(part))
            end += len(part)
        self._tree = parse(Source("".join(parts)))
        self._name = re.compile(rf"{re.escape(name)}\d+\$")
        fault = _fault(self._tree)
        if fault is not None:
            raise Misfit(f"what it makes is not JavaScript: {self._readable(fault.message)}{self._line(fault)}", None)
        self._comments = [item.start for item in self._tree.comments]
        self._values = {node.range[0]: node for node in self._tree.of_type("Identifier")}

    def written(self, index: int, slot: Slot) -> str:
        """Return what stands for a value in the script."""
        span = self._spans[index]
        around = self._comment(span)
        in_block = around is not None and self._tree.source.text.startswith("/*", around.start)
        if slot.is_comment:
            if around is None or not (in_block or around.end == span.end):
                raise Misfit(f"{{{{ }}}} {_COMMENTED}", slot.place)
            return slot.text
        if around is not None:
            return slot.text.replace("*/", "*\\/") if in_block else slot.text
        node = self._values.get(span.start)
        if node is None or node.range[1] != span.end:
            raise Misfit(f"{{{{ }}}} {self._why_not(span)}", slot.place)
        if self._stands_for_itself(node):
            raise Misfit(f"{{{{ }}}} {_AS_A_NAME}", slot.place)
        if self._begins(node, "ExpressionStatement"):  # the line before could go on with it
            raise Misfit(f"{{{{ }}}} {_BEGINS}", slot.place)
        return f"({slot.text})" if self._needs_parentheses(node, slot.text) else slot.text

    def _comment(self, span: Span) -> Comment | None:
        """The comment that a value stands in, or is."""
        number = bisect_right(self._comments, span.start) - 1
        found = self._tree.comments[number] if number >= 0 else None
        return found if found is not None and span.end <= found.end else None

    def _why_not(self, span: Span) -> str:
        """Why what stands there is not a value by itself."""
        token = next((item for item in self._tree.tokens if item.start <= span.start < item.end), None)
        if token is not None and token.kind in _INSIDE:
            return _INSIDE[token.kind]
        word = "" if token is None else self._readable(self._tree.source.text[token.start : token.end])
        return f"touches a word, as `{word}`; add a space, or print the whole name with `| read`"

    def _stands_for_itself(self, node: Node) -> bool:
        """Whether JavaScript takes a name there for a name, and not for what it stands for."""
        parent = self._tree.parent(node)
        if parent is None:
            return True
        if parent.type == "MemberExpression":
            return parent.property is node and not parent.computed
        if parent.type == "Property":
            around = self._tree.parent(parent)
            is_pattern = around is not None and around.type == "ObjectPattern"
            return bool(parent.shorthand) or (is_pattern and parent.value is node)
        fields = [getattr(parent, field) for field in _NAMED.get(parent.type, "").split()]
        return any(item is node for field in fields for item in (field if isinstance(field, list) else [field]))

    def _needs_parentheses(self, node: Node, text: str) -> bool:
        """Whether an expression there would be read as something else without parentheses."""
        parent = self._tree.parent(node)
        if parent is None:
            return False
        around = self._tree.source.text
        if text.startswith("{"):  # a block, or what a regular expression stands behind
            return self._begins(node, "ArrowFunctionExpression") or _SLASH.match(around, node.range[1]) is not None
        if parent.type == "MemberExpression" and parent.object is node:
            return text[0] in "-0123456789"
        if parent.type == "BinaryExpression" and parent.operator == "**" and parent.left is node:
            return text.startswith("-")
        return text.startswith("-") and around[node.range[0] - 1 : node.range[0]] == "-"

    def _begins(self, node: Node, kind: str) -> bool:
        """Whether a value is the first of a statement, or of what an arrow function returns."""
        start = node.range[0]
        parent = self._tree.parent(node)
        while parent is not None:
            is_body = parent.type == "ArrowFunctionExpression" and parent.body is node
            if parent.type == kind and (is_body or kind == "ExpressionStatement"):
                return True
            if parent.range[0] != start:
                return False
            node, parent = parent, self._tree.parent(parent)
        return False

    def _line(self, fault: Fault) -> str:
        """The line of a fault, to be shown behind what it says."""
        source = self._tree.source
        line = self._readable(source.slice(source.line_span(source.position(fault.span.start).line)).strip())
        return f", in the line `{line}`" if 0 < len(line) <= 2 * _MAX_SHOWN else ""

    def _readable(self, text: str) -> str:
        return self._name.sub("{{ }}", text)


def _fault(tree: Tree) -> Fault | None:
    """The first place where a text is not JavaScript."""
    if tree.broken:
        return Fault(tree.broken[0], f"`{tree.source.slice(tree.broken[0])}` is not a number")
    if tree.faults:
        return tree.faults[0]
    return Fault(Span(0, 0), "it cannot be read") if tree.root is None else None
