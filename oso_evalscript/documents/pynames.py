"""What the names of Python text are plainly worth: constants that are bound once, and simple expressions of them."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from oso_evalscript.documents.pymodules import Module, child_nodes
from oso_evalscript.model.regex import regex

Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.expr

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_SCOPES = (ast.Module, ast.ClassDef, *_FUNCTIONS, *_COMPREHENSIONS)
_BINDS_NOTHING = frozenset((ast.Name, ast.Attribute, ast.Constant, ast.Call, ast.keyword, ast.Expr, ast.Subscript))
_FORMAT_SPEC = regex(r"[^{}]?[<>=^]?[-+ ]?#?0?\d{0,2}[,_]?(?:\.\d{1,2})?[a-zA-Z%]?")
_MAX_TEXT = 10_000
_CONVERSIONS: Mapping[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}
_CALLS: Mapping[str, Any] = {
    "len": len,
    "str": str,
    "repr": repr,
    "int": int,
    "float": float,
    "list": list,
    "tuple": tuple,
}
_TEXT_METHODS = frozenset(("upper", "lower", "strip", "lstrip", "rstrip", "title", "capitalize"))


class Unknown(Exception):
    """The value is not known from the text."""


class Bindings:
    """The bindings of some modules that share their global names, as the cells of a notebook do."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._modules = tuple(modules)
        self._parents: dict[ast.AST, ast.AST] = {}
        self._module_of: dict[ast.AST, Module] = {}
        self._bound: dict[ast.AST, dict[str, list[ast.expr | None]]] = {}
        self._changed: set[str] = set()

    def enter(self, module: Module) -> bool:
        """Read a module, and return whether it can be read; its nodes are known from then on."""
        if module.tree is None:
            return False
        if module.tree not in self._module_of:
            self._module_of[module.tree] = module
            self._parents.update(module.contents.parents)
            self._changed |= module.contents.changed
        return True

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node right above, None above a module."""
        return self._parents.get(node)

    def module(self, node: ast.AST) -> Module:
        """Return the module that a node is in."""
        while (parent := self._parents.get(node)) is not None:
            node = parent
        return self._module_of[node]

    def binding(self, name: ast.Name) -> ast.expr | None:
        """Return the expression that a name stands for where it is bound once and for all; None elsewhere."""
        node: ast.AST | None = name
        direct = True
        while node is not None:
            node = self._parents.get(node)
            if node is None or not isinstance(node, _SCOPES):
                continue
            if isinstance(node, ast.ClassDef) and not direct:
                continue
            direct = direct and isinstance(node, _COMPREHENSIONS)
            if isinstance(node, ast.Module):
                found = self._global(name.id)
                return found[0] if len(found) == 1 else None
            bound = self._bindings(node)
            if name.id in bound:
                return bound[name.id][0] if len(bound[name.id]) == 1 else None
        return None

    def is_changed(self, name: str) -> bool:
        """Return whether a list of that name may be changed in place."""
        return name in self._changed

    def _global(self, name: str) -> list[ast.expr | None]:
        """What all modules bind to a name; None for what cannot be told."""
        found: list[ast.expr | None] = []
        for module in self._modules:
            if name not in module.text:
                continue
            if not self.enter(module) or name in module.contents.declared_global:
                found += (None, None)
            elif module.tree is not None:
                found += self._bindings(module.tree).get(name, ())
        return found

    def _bindings(self, scope: ast.AST) -> dict[str, list[ast.expr | None]]:
        if scope not in self._bound:
            found: defaultdict[str, list[ast.expr | None]] = defaultdict(list)
            for node in _own_nodes(scope):
                for bound, value in _bound_by(node):
                    found[bound].append(value)
            self._bound[scope] = dict(found)
        return self._bound[scope]

    def value(self, node: ast.expr, local: Mapping[str, Any] | None = None) -> Any:
        """Return what an expression is worth.

        Raises:
            Unknown: the text does not tell.
        """
        try:
            found = self._value(node, local or {}, 0)
        except (ArithmeticError, ValueError, TypeError, LookupError, RecursionError):
            raise Unknown from None
        if isinstance(found, str | list | tuple) and len(found) > _MAX_TEXT:
            raise Unknown
        return found

    def _value(self, node: ast.expr, local: Mapping[str, Any], depth: int) -> Any:
        if depth > 20:
            raise Unknown
        match node:
            case ast.Constant(value=str() | int() | float() | None as value):
                return value
            case ast.Name(id=name):
                return local[name] if name in local else self._of_name(node, depth)
            case ast.JoinedStr(values=parts):
                return self._short("".join(str(self._value(part, local, depth + 1)) for part in parts))
            case ast.FormattedValue(value=value, conversion=conversion, format_spec=spec):
                shown = "" if spec is None else self._value(spec, local, depth + 1)
                return formatted(self._value(value, local, depth + 1), chr(conversion) if conversion > 0 else "", shown)
            case ast.List(elts=items):
                return [self._value(item, local, depth + 1) for item in items]
            case ast.Tuple(elts=items):
                return tuple(self._value(item, local, depth + 1) for item in items)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._value(operand, local, depth + 1)
            case ast.BinOp(left=left, op=operator, right=right):
                return self._short(
                    _operation(operator, self._value(left, local, depth + 1), self._value(right, local, depth + 1))
                )
            case ast.Subscript(value=value, slice=ast.Constant(value=int() as index)):
                return self._value(value, local, depth + 1)[index]
            case ast.ListComp(elt=item, generators=[only]) | ast.GeneratorExp(elt=item, generators=[only]):
                return [
                    self._value(item, {**local, **inner}, depth + 1) for inner in self._each(only, local, depth + 1)
                ]
            case ast.Call():
                return self._short(self._call(node, local, depth + 1))
        raise Unknown

    def _of_name(self, node: ast.Name, depth: int) -> Any:
        bound = self.binding(node)
        if bound is None:
            raise Unknown
        value = self._value(bound, {}, depth + 1)
        if isinstance(value, list) and node.id in self._changed:
            raise Unknown
        return value

    def _each(self, loop: ast.comprehension, local: Mapping[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        if loop.ifs or loop.is_async or not isinstance(loop.target, ast.Name):
            raise Unknown
        for value in self._value(loop.iter, local, depth):
            yield {loop.target.id: value}

    def _call(self, node: ast.Call, local: Mapping[str, Any], depth: int) -> Any:
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise Unknown
        function = node.func
        arguments = [self._value(argument, local, depth) for argument in node.args]
        if isinstance(function, ast.Name) and len(arguments) == 1:
            if function.id in _CALLS and not self._is_bound(function):
                return _CALLS[function.id](*arguments)
        elif isinstance(function, ast.Attribute):
            module = function.value
            if isinstance(module, ast.Name) and (module.id, function.attr) == ("json", "dumps") and len(arguments) == 1:
                return json.dumps(arguments[0])
            owner = self._value(function.value, local, depth)
            if isinstance(owner, str) and function.attr == "join" and len(arguments) == 1:
                return owner.join(arguments[0])
            if isinstance(owner, str) and function.attr in _TEXT_METHODS and not arguments:
                return getattr(owner, function.attr)()
        raise Unknown

    def _is_bound(self, name: ast.Name) -> bool:
        return bool(self._global(name.id))

    @staticmethod
    def _short(value: Any) -> Any:
        if isinstance(value, str) and len(value) > _MAX_TEXT:
            raise Unknown
        return value


def formatted(value: Any, conversion: str, spec: str) -> str:
    """Return what a replacement field makes of a value.

    Raises:
        Unknown: its format is none of the plain ones.
    """
    if conversion:
        value = _CONVERSIONS[conversion](value)
    if not _FORMAT_SPEC.fullmatch(spec):
        raise Unknown
    try:
        return format(value, spec)
    except (ValueError, TypeError):
        raise Unknown from None


def _operation(operator: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str) or isinstance(left, list):
        if isinstance(operator, ast.Add):
            return left + right
        raise Unknown
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
    raise Unknown


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of scopes inside it."""
    stack = [scope]
    while stack:
        node = stack.pop()
        yield node
        for child in child_nodes(node):
            if isinstance(child, _SCOPES):
                yield _Definition(child)
                if isinstance(child, _COMPREHENSIONS):
                    yield from (inner for inner in ast.walk(child) if isinstance(inner, ast.NamedExpr))
            else:
                stack.append(child)


class _Definition(ast.AST):
    """A scope as seen from the one around it: its name and nothing else."""

    def __init__(self, scope: ast.AST) -> None:
        self.name = getattr(scope, "name", None)


def _bound_by(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that a node binds, with their values where they are plain."""
    if node.__class__ in _BINDS_NOTHING:
        return
    match node:
        case _Definition(name=str() as name):
            yield name, None
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _targets(target, value)
        case ast.NamedExpr(target=target, value=value):
            yield from _targets(target, value)
        case ast.AugAssign(target=target) | ast.For(target=target) | ast.AsyncFor(target=target):
            yield from _targets(target, None)
        case ast.comprehension(target=target):
            yield from _targets(target, None)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _targets(target, None)
        case ast.Delete(targets=targets):
            for target in targets:
                yield from _targets(target, None)
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            for alias in aliases:
                yield (alias.asname or alias.name).partition(".")[0], None
        case ast.arg(arg=name) | ast.ExceptHandler(name=str() as name):
            yield name, None
        case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
            yield name, None
        case ast.Nonlocal(names=names):
            yield from ((name, None) for name in names)


def _targets(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, None)
    elif isinstance(target, ast.Tuple | ast.List):
        values: list[ast.expr | None] = [None] * len(target.elts)
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(values):
            values = cast("list[ast.expr | None]", value.elts)
        for item, bound in zip(target.elts, values, strict=True):
            yield from _targets(item, bound)
