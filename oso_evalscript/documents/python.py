"""Evalscripts in Python text: which of its strings may be one, what they are called and what fills them in."""

from __future__ import annotations

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, partial

from oso_evalscript.documents import templates
from oso_evalscript.documents.candidate import has_signs, is_key
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.literals import read_python
from oso_evalscript.documents.passage import Hole, Passage
from oso_evalscript.documents.pynames import Names
from oso_evalscript.documents.pystrings import METHODS, Module, Strings, is_template
from oso_evalscript.documents.pytokens import Unreadable, literals, loose_literals
from oso_evalscript.model.errors import SourceError

INNER = ("json", "py", "html", "doc", "js")
"""What a string may hold that is not an evalscript itself."""

_MAGIC = re.compile(r"[ \t]*(?:[\w., \t]+=[ \t]*)?([%!?].*)|[ \t]*([\w.]+\?{1,2})[ \t]*$")
_NAME = re.compile(r"[A-Za-z_]\w*")
_MARK = re.compile(r"\W|__|[A-Z]{2}")
_MAX_MAGICS = 200


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the strings of a module that may be evalscripts."""
    return module_drafts([passage])


def module_drafts(passages: Iterable[Passage], *, magics: bool = False) -> Iterator[Draft]:
    """Yield the strings of some texts that share their global names, as the cells of a notebook do.

    Args:
        passages: the texts.
        magics: whether lines such as `%matplotlib inline` may stand in them.
    """
    modules, opaque, loose = [], set[str](), []
    for passage in passages:
        tree = _parsed(passage.text, magics=magics)
        if tree is not None:
            modules.append(Module(passage, tree))
        else:
            opaque |= set(_NAME.findall(passage.text))
            loose.append(passage)
    if any(has_signs(module.passage.text) for module in modules):
        names = Names((module.tree for module in modules), opaque)
        yield from _Reader(modules, names).drafts()
    for passage in loose:
        yield from _loose_drafts(passage)


def skeleton(text: str, kind: str) -> object:
    """Return what Python makes of a text but for its strings.

    Raises:
        SourceError: it refuses the text.
    """
    tree = _parsed(text, magics=kind == "ipynb")
    if tree is None:
        raise SourceError("not Python")
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = [part for part in node.values if not isinstance(part, ast.Constant)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def _parsed(text: str, *, magics: bool) -> ast.Module | None:
    """The tree of a text, lines that are IPython's own left out; None where it has none."""
    for _ in range(_MAX_MAGICS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except SyntaxError as error:
            masked = _masked(text, error.lineno or 0) if magics else None
            if masked is None:
                return None
            text = masked
        except (ValueError, RecursionError, MemoryError):
            return None
    return None


def _masked(text: str, line: int) -> str | None:
    """The text with a line of IPython's own made a number, which Python reads; None where it is no such line."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text)), len(text)]
    if not 0 < line < len(starts):
        return None
    start, end = starts[line - 1], starts[line]
    match = _MAGIC.match(text[start:end].rstrip("\r\n"))
    if match is None:
        return None
    low, high = match.span(1 if match[1] is not None else 2)
    return f"{text[: start + low]}0{' ' * (high - low - 1)}{text[start + high :]}"


def _loose_drafts(passage: Passage) -> Iterator[Draft]:
    """The strings of a text that is not Python as a whole, which nothing more can be told of."""
    text = passage.text
    for start, end in loose_literals(text):
        if not has_signs(text[start:end]):
            continue
        try:
            parts = literals(text, start, end)
        except Unreadable:
            continue
        whole = Passage(())
        for part in parts:
            fields = [Hole(item.start, item.end, item.expression.strip()) for item in part.fields]
            whole += read_python(passage, *part.body, prefix=part.prefix, quote=part.quote, fields=fields)
        yield Draft(whole, _name_before(text, start), inner=INNER)


def _name_before(text: str, start: int) -> str | None:
    match = re.compile(r"([A-Za-z_]\w*)['\"\]]*\s*[=:]\s*\(?\s*$").search(text, text.rfind("\n", 0, start) + 1, start)
    return match[1] if match else None


class _Reader:
    """The strings of some modules."""

    def __init__(self, modules: list[Module], names: Names) -> None:
        self._modules = modules
        self._names = names
        self._strings = Strings(modules, names)

    def drafts(self) -> Iterator[Draft]:
        """Yield the strings that may be evalscripts."""
        seen: set[ast.expr] = set()
        for module in self._modules:
            for node in self._anchors(module):
                root = self._strings.grown(node)
                if root not in seen:
                    seen.add(root)
                    yield from self._draft(root)

    def _anchors(self, module: Module) -> Iterator[ast.expr]:
        """The literals that an evalscript may begin in, in the order of the text."""
        if not has_signs(module.passage.text):
            return
        found: list[ast.Constant | ast.JoinedStr] = []
        computed: set[ast.AST] = set()  # what stands inside the fields of f-strings
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FormattedValue):
                computed.update(ast.walk(node.value))
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            elif isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
                computed.update(node.values)
            else:
                continue
            if has_signs(text) or is_key(bound_name(self._names, node)):
                found.append(node)
        yield from sorted(set(found) - computed, key=lambda node: (node.lineno, node.col_offset))

    def _draft(self, root: ast.expr) -> Iterator[Draft]:
        self._strings.used = set()
        passage = self._strings.build(root)
        if passage is None:
            return
        passage += self._appended(root)
        parts = frozenset(self._strings.used)
        name = bound_name(self._names, root)
        uses = list(self._uses(root, name))
        certain = [partial(self._filled, passage, use) for use, exact in uses if exact]
        if len(certain) > 1:  # filled in by turns: nothing is certain but that it is
            certain = [partial(self._filled, passage, use, arguments=False) for use, exact in uses if exact][:1]
        if not certain and is_template(root):
            certain = [partial(self._strings.of_template, passage, None)]
        likely = [partial(self._filled, passage, use) for use, exact in uses if not exact]
        yield Draft(self._marked(passage), name, None, INNER, tuple(certain), tuple(likely), parts)

    def _marked(self, passage: Passage) -> Passage:
        """A text with a placeholder for each mark that is replaced somewhere."""
        for mark in self._marks:
            if mark in passage.text:
                passage = templates.replaced(passage, mark, None)
        return passage

    # What becomes of a string after it has been bound to a name

    def _appended(self, root: ast.expr) -> Passage:
        """What the statements that follow append to the variable that a string is bound to."""
        added = Passage(())
        statement = self._names.parent(root)
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return added
        name = statement.targets[0].id
        for following in self._behind(statement):
            match following:
                case ast.AugAssign(target=ast.Name(id=target), op=ast.Add(), value=value) if target == name:
                    added += self._strings.part(value)
                case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
                    break
                case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try():
                    changed = (node for node in ast.walk(following) if isinstance(node, ast.AugAssign))
                    if node := next((node for node in changed if _target_name(node.target) == name), None):
                        added += self._strings.hole(node.value)
        return added

    def _behind(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements that follow one in its block."""
        parent = self._names.parent(statement)
        for block in ("body", "orelse", "finalbody", "handlers"):
            statements = getattr(parent, block, None)
            if isinstance(statements, list) and statement in statements:
                return statements[statements.index(statement) + 1 :]
        return []

    @cached_property
    def _marks(self) -> tuple[str, ...]:
        """The texts that are replaced somewhere, as far as they look like marks."""
        found: dict[str, None] = {}
        for module in self._modules:
            for node in ast.walk(module.tree):
                match node:
                    case ast.Call(func=ast.Attribute(attr="replace"), args=[ast.Constant(value=str() as old), *_]) if (
                        _MARK.search(old) and _NAME.search(old) and not has_signs(old) and not set(old) & set("\n'\"")
                    ):
                        found[old] = None
        return tuple(sorted(found, key=len, reverse=True))

    @cached_property
    def _loads(self) -> dict[str, list[ast.Name | ast.Attribute]]:
        """The places at which a string might be filled in, by the name of the string."""
        found: defaultdict[str, list[ast.Name | ast.Attribute]] = defaultdict(list)
        for module in self._modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Name):
                    found[node.id].append(node)
                elif isinstance(node, ast.Attribute):
                    found[node.attr].append(node)
        return found

    def _uses(self, root: ast.expr, name: str | None) -> Iterator[tuple[ast.expr, bool]]:
        """The expressions that fill a string in by its name, and whether it is certainly that string."""
        for node in self._loads.get(name or "", ()):
            use = self._strings.grown(node, alone=True)
            if use is node:
                continue
            bound = self._names.binding(node) if isinstance(node, ast.Name) else None
            if bound is root or bound is None:
                yield use, bound is root

    def _filled(self, passage: Passage, use: ast.expr, *, arguments: bool = True) -> Passage:
        """What an expression makes of the string at its bottom."""
        steps = [use]
        while (below := self._below(steps[-1])) is not None:
            steps.append(below)
        for step in reversed(steps[:-1]):
            passage = self._strings.applied(step, passage, arguments=arguments)
        return self._marked(passage)

    @staticmethod
    def _below(use: ast.expr) -> ast.expr | None:
        """What an expression fills in, or makes something else of."""
        match use:
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in METHODS:
                return value
            case ast.Call(args=[first, *_]):
                return first
            case ast.BinOp(left=left, op=ast.Mod()):
                return left
        return None


def bound_name(names: Names, node: ast.AST) -> str | None:
    """Return the variable, attribute, parameter, key or function that an expression is bound to."""
    parent = names.parent(node)
    below: ast.AST = node
    while parent is not None:
        match parent:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(
                values
            ):
                return next(
                    (_target_name(target) for target, value in zip(targets, values, strict=True) if value is below),
                    None,
                )
            case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                return _target_name(target)
            case ast.NamedExpr(target=target):
                return target.id
            case ast.keyword(arg=str() as name):
                return name
            case ast.Dict(keys=keys, values=values):
                key = next((key for key, value in zip(keys, values, strict=True) if value is node), None)
                if isinstance(key, ast.Constant):
                    return str(key.value)
            case ast.arguments():
                return _parameter(parent, node)
            case ast.Return():
                return _function_name(names, parent)
            case ast.Call(func=function, args=args, keywords=[]) if function is node or len(args) == 1:
                pass
            case ast.Call() | ast.Expr() | ast.Module() | ast.FunctionDef() | ast.AsyncFunctionDef():
                return None
        below, node, parent = node, parent, names.parent(parent)
    return None


def _function_name(names: Names, node: ast.AST | None) -> str | None:
    while node is not None and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        node = names.parent(node)
    return getattr(node, "name", None)


def _target_name(target: ast.expr) -> str | None:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=key)):
            return str(key)
    return None


def _parameter(arguments: ast.arguments, default: ast.AST) -> str | None:
    placed = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(placed), reversed(arguments.defaults), strict=False)]
    pairs += [(name, value) for name, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value]
    return next((name.arg for name, value in pairs if value is default), None)
