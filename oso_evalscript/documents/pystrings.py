"""String expressions of Python as passages: literals, what is put together from them, and what fills them in."""

from __future__ import annotations

import ast
from typing import Any

from oso_evalscript.documents import templates
from oso_evalscript.documents.literals import read_python
from oso_evalscript.documents.passage import HOLE, Change, Hole, Passage
from oso_evalscript.documents.pymodules import Module
from oso_evalscript.documents.pynames import Bindings, Unknown, formatted
from oso_evalscript.documents.pytokens import Field, Literal, Unreadable, literals
from oso_evalscript.documents.templates import Slot

_STRIPS = {"strip": (True, True), "lstrip": (True, False), "rstrip": (False, True)}
_DEDENTS = {"dedent": False, "cleandoc": True}
_TEMPLATE = "Template"
_FILLING = frozenset(("substitute", "safe_substitute", "render"))
METHODS = frozenset(("format", "format_map", "replace", "join", *_STRIPS, *_FILLING))


class Strings:
    """What the string expressions of some modules become."""

    def __init__(self, names: Bindings) -> None:
        self.names = names
        self.used: set[ast.expr] = set()
        self._resolving: list[ast.expr] = []

    def build(self, node: ast.expr) -> Passage | None:
        """Return the text of an expression that holds a literal; None where it is no text of that kind."""
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr():
                return self._literal(node)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first, second = self.build(left), self.build(right)
                if first is None and second is None:
                    return None
                return (first or self._part(left)) + (second or self._part(right))
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                base = self.build(left)
                return base and self.applied(node, base)
            case ast.Call():
                return self._call(node)
        return None

    def grown(self, node: ast.expr, *, alone: bool = False) -> ast.expr:
        """Return the largest expression whose text is put together from that of `node`; with `alone`, from no other."""
        while True:
            parent = self.names.parent(node)
            above = self.names.parent(parent) if parent is not None else None
            match parent, above:
                case (ast.BinOp(op=ast.Add()) as larger, _) if not alone:
                    pass
                case (ast.BinOp(left=left, op=ast.Mod()) as larger, _) if left is node:
                    pass
                case (ast.Attribute(attr=name), ast.Call(func=function) as larger) if (
                    name in METHODS - {"join"} and function is parent
                ):
                    pass
                case (ast.Call(args=[first, *_]) as larger, _) if first is node and (
                    _name(larger.func) in _DEDENTS or _name(larger.func) == _TEMPLATE
                ):
                    pass
                case (ast.List() | ast.Tuple(), ast.Call(func=ast.Attribute(attr="join")) as larger) if not alone:
                    pass
                case _:
                    return node
            node = larger

    def part(self, node: ast.expr) -> Passage:
        """Return the text of any expression as a part of another one: known, or a placeholder."""
        return self.build(node) or self._part(node)

    def _part(self, node: ast.expr) -> Passage:
        known = self._known(node, "", "")
        if known is None:
            return self.hole(node)
        if isinstance(known, Passage):
            return known
        piece = self.hole(node).pieces[0]
        return Passage.fixed(known, piece.start, piece.end)

    def hole(self, node: ast.expr) -> Passage:
        """Return the placeholder that stands for an expression."""
        module = self.names.module(node)
        start, end = module.extent(node)
        return Passage((module.passage.hull(start, end, HOLE, module.text[start:end]),))

    def _literal(self, node: ast.expr) -> Passage | None:
        """A literal, also one of several parts; an f-string with its fields."""
        module = self.names.module(node)
        start, end = module.extent(node)
        try:
            parts = literals(module.text, start, end)
        except Unreadable:
            return None
        values = [item for item in getattr(node, "values", ()) if isinstance(item, ast.FormattedValue)]
        if sum(len(part.fields) for part in parts) != len(values):
            values = []
        self.used.add(node)
        if len(parts) == 1 and (plain := _plain(module, parts[0])) is not None:
            return plain
        passage = Passage(())
        for part in parts:
            if "b" in part.prefix:
                return None
            fields = [self._field(module, item, values.pop(0) if values else None) for item in part.fields]
            passage += read_python(module.passage, *part.body, prefix=part.prefix, quote=part.quote, fields=fields)
        return passage

    def _field(self, module: Module, item: Field, value: ast.FormattedValue | None) -> Hole | Change:
        known: str | Passage | None = None
        if value is not None and not item.shows_itself:
            known = self._known(value.value, item.conversion, item.format)
        if known is None:
            return Hole(item.start, item.end, item.expression.strip())
        if isinstance(known, str):
            piece = module.passage.hull(item.start, item.end, known)
            known = Passage.fixed(known, piece.start, piece.end)
        return Change(item.start, item.end, known)

    def _known(self, node: ast.expr, conversion: str, spec: str) -> str | Passage | None:
        """What an expression is known to become in a text: a long constant as the passage that it stands in."""
        if isinstance(node, ast.Name) and not conversion and not spec:
            bound = self.names.binding(node)
            if bound is not None and bound not in self._resolving:
                self._resolving.append(bound)
                passage = self.build(bound)
                self._resolving.pop()
                if passage is not None and "\n" in passage.text:
                    return passage.inlined()
                if passage is not None and passage.holes:
                    return None
        try:
            value = self.names.value(node)
            return formatted(value, conversion, spec)
        except Unknown:
            return None

    # What fills templates in

    def _call(self, node: ast.Call) -> Passage | None:
        function = node.func
        name = _name(function)
        if name == "join" and isinstance(function, ast.Attribute):
            return self._joined(function.value, node)
        if isinstance(function, ast.Attribute) and name in METHODS:
            base = self.build(function.value)
        elif name in (_TEMPLATE, *_DEDENTS) and node.args:
            base = self.build(node.args[0])
        else:
            return None
        return base and self.applied(node, base)

    def applied(self, use: ast.expr, base: Passage, *, arguments: bool = True) -> Passage:
        """Return what an operator or a call makes of a text.

        Args:
            use: the expression, of the forms that `grown` knows.
            base: what it is applied to.
            arguments: whether what it says of the fields counts; otherwise they are unknown.
        """
        if isinstance(use, ast.BinOp):
            if isinstance(use.op, ast.Mod):
                return templates.percent_fields(base, self._percent_fill(use.right) if arguments else templates.unknown)
            return base
        if not isinstance(use, ast.Call):
            return base
        name = _name(use.func)
        if name in ("format", "format_map"):
            return templates.format_fields(base, self._format_fill(use) if arguments else templates.unknown)
        if name in _FILLING:
            return self.of_template(base, use if arguments else None)
        if name in _STRIPS:
            left, right = _STRIPS[name]
            return templates.stripped(base, left=left, right=right) if not use.args else base
        if name in _DEDENTS:
            return templates.dedented(base, clean=_DEDENTS[name])
        if name == "replace":
            return self._replaced(base, use, arguments=arguments)
        return base

    def _replaced(self, base: Passage, use: ast.Call, *, arguments: bool) -> Passage:
        try:
            old, *rest = [self.names.value(argument) for argument in (use.args[:1] + use.args[2:3])]
        except (Unknown, ValueError):
            return base
        if not isinstance(old, str) or not old or len(use.args) < 2:
            return base
        count = rest[0] if rest and isinstance(rest[0], int) else -1
        return templates.replaced(base, old, self._replacement(use.args[1]) if arguments else None, count)

    def _replacement(self, node: ast.expr) -> str | Passage | None:
        known = self._known(node, "", "")
        if known is None and (built := self.build(node)) is not None and not built.holes:
            return built.text
        return known

    def _joined(self, separator: ast.expr, call: ast.Call) -> Passage | None:
        match call.args:
            case [ast.List(elts=items) | ast.Tuple(elts=items)] if items:
                pass
            case _:
                return None
        try:
            between = self.names.value(separator)
        except Unknown:
            return None
        parts = [self.build(item) for item in items]
        if not isinstance(between, str) or not any(parts):
            return None
        passage = Passage(())
        for number, (part, item) in enumerate(zip(parts, items, strict=True)):
            if number:
                module = self.names.module(item)
                at = module.passage.anchor(module.extent(item)[0])
                passage += Passage.fixed(between, at, at)
            passage += self._part(item) if part is None else part
        return passage

    def of_template(self, base: Passage, call: ast.Call | None) -> Passage:
        """Return what `string.Template`, or Jinja's, makes of a text by a call, or by one that is not known."""
        if "{{" in base.text or "{%" in base.text:
            return templates.jinja_fields(base)
        return templates.dollar_fields(base, templates.unknown if call is None else self._format_fill(call))

    def _format_fill(self, call: ast.Call) -> templates.Fill:
        """What the slots of a template become by the arguments of a call."""
        named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
        placed = call.args if not any(isinstance(argument, ast.Starred) for argument in call.args) else []
        spread = [keyword.value for keyword in call.keywords if keyword.arg is None]
        if len(spread) == 1 or (_name(call.func) in ("format_map", *_FILLING) and len(placed) == 1):
            named |= self._items((spread or placed)[0])

        def fill(slot: Slot) -> str | Passage | None:
            if slot.key.isdigit():
                value = placed[int(slot.key)] if int(slot.key) < len(placed) else None
            else:
                value = named.get(slot.key)
            return None if value is None else self._known(value, slot.conversion, slot.format)

        return fill

    def _percent_fill(self, argument: ast.expr) -> templates.Fill:
        """What the slots of a text become by the right side of `%`."""
        named = self._items(argument)
        placed = argument.elts if isinstance(argument, ast.Tuple) else [argument]

        def fill(slot: Slot) -> str | Passage | None:
            number = int(slot.key) if slot.key.isdigit() else -1
            value = placed[number] if 0 <= number < len(placed) and not named else named.get(slot.key)
            if value is None:
                return None
            if slot.format == "s":
                return self._known(value, "", "")
            try:
                return _percent(slot.format, self.names.value(value))
            except (Unknown, TypeError, ValueError, OverflowError):
                return None

        return fill

    def _items(self, node: ast.expr) -> dict[str, ast.expr]:
        """The entries of a dictionary, which may have a name."""
        if isinstance(node, ast.Name):
            node = self.names.binding(node) or node
        if not isinstance(node, ast.Dict):
            return {}
        return {
            key.value: value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }


def _plain(module: Module, part: Literal) -> Passage | None:
    """What a literal stands for that writes each character as itself; None for others."""
    if set(part.prefix) & set("bft"):
        return None
    start, end = part.body
    text = module.text[start:end]
    if "\\" in text or "\r" in text:
        return None
    return Passage.later(text, lambda: read_python(module.passage, start, end, prefix=part.prefix, quote=part.quote))


def _percent(spec: str, value: Any) -> str | None:
    if not isinstance(value, str | int | float) or any(len(digits) > 2 for digits in _numbers(spec)) or "*" in spec:
        return None
    return ("%" + spec) % (value,)


def _numbers(spec: str) -> list[str]:
    return "".join(char if char.isdigit() else " " for char in spec).split()


def _name(function: ast.expr) -> str:
    """The last name of what is called."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def is_template(node: ast.expr) -> bool:
    """Return whether an expression is a template object, which is filled in somewhere else."""
    return isinstance(node, ast.Call) and _name(node.func) == _TEMPLATE
