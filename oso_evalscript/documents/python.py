"""Evalscripts in Python text: which of its strings may be one, what they are called and what fills them in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cached_property, partial

from oso_evalscript.documents import templates
from oso_evalscript.documents.candidate import has_signs, is_key
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.literals import read_python
from oso_evalscript.documents.passage import Hole, Passage
from oso_evalscript.documents.pymodules import Module, ModuleText, parse
from oso_evalscript.documents.pynames import Bindings
from oso_evalscript.documents.pystrings import METHODS, Strings, is_template
from oso_evalscript.documents.pytokens import Unreadable, literals, loose_literals
from oso_evalscript.documents.titles import title_beside
from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.regex import regex

INNER = ("json", "py", "html", "doc", "js")
"""What a string may hold that is not an evalscript itself."""

_FILLED = regex(rf"\s*+(?:\.\s*(?:{'|'.join(METHODS)})\b|%)")
_MAX_BLANKS = 200
_NAME = regex(r"[A-Za-z_]\w*")
_MARK = regex(r"\W|__|[A-Z]{2}")


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the strings of a module that may be evalscripts."""
    return (draft for _, draft in module_drafts([ModuleText.of(passage).module]))


def module_drafts(modules: Sequence[Module]) -> Iterator[tuple[Module, Draft]]:
    """Yield the strings of some modules that share their global names, as the cells of a notebook do, with those."""
    names = Bindings(modules)
    reader = _Reader(modules, names)
    for module in modules:
        if has_signs(module.text):
            found = reader.drafts(module) if names.enter(module) else _loose_drafts(module.passage)
            yield from ((module, draft) for draft in found)


def skeleton(passage: Passage, kind: str) -> object:
    """Return what Python makes of a text but for its strings.

    Raises:
        SourceError: it refuses the text.
    """
    return module_skeleton(ModuleText.of(passage).module)


def module_skeleton(module: Module) -> object:
    """Return what Python makes of a module but for its strings: what is between them, or the tree where they compute.

    Raises:
        SourceError: it refuses the text.
    """
    if module.tree is None:
        raise SourceError("not Python")
    if any(isinstance(node, ast.JoinedStr) for node in module.contents.strings):
        return _tree_without_strings(module)
    between, done = [], 0
    for start, end in sorted(module.extent(node) for node in module.contents.strings):
        between.append(module.text[done:start])
        done = end
    return [*between, module.text[done:]]


def _tree_without_strings(module: Module) -> str:
    tree = parse(module.text, magics=module.magics)  # its own, as it is changed
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.JoinedStr):
            node.values = [part for part in node.values if not isinstance(part, ast.Constant)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return "" if tree is None else ast.dump(tree)


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

    def __init__(self, modules: Sequence[Module], names: Bindings) -> None:
        self._modules = modules
        self._names = names
        self._strings = Strings(names)
        self._seen: set[ast.expr] = set()

    def drafts(self, module: Module) -> Iterator[Draft]:
        """Yield the strings of one of them that may be evalscripts."""
        for node in self._anchors(module):
            root = self._strings.grown(node)
            if root not in self._seen:
                self._seen.add(root)
                yield from self._draft(root)

    def _anchors(self, module: Module) -> Iterator[ast.expr]:
        """The literals that an evalscript may begin in, in the order of the text."""
        found: list[ast.Constant | ast.JoinedStr] = []
        computed: set[ast.AST] = set()  # what stands inside the fields of f-strings
        for node in module.contents.strings:
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
                computed.update(node.values)
                for part in node.values:
                    computed.update(ast.walk(part))
            else:
                text = str(node.value)
            if has_signs(text) or is_key(bound_name(self._names, node)):
                found.append(node)
        yield from sorted(set(found) - computed, key=lambda node: (node.lineno, node.col_offset))

    def _draft(self, root: ast.expr) -> Iterator[Draft]:
        self._strings.used = set()
        passage = self._strings.build(root)
        if passage is None:
            return
        appended = self._appended(root)
        if appended.pieces:
            passage += appended
        parts = frozenset(self._strings.used)
        name = bound_name(self._names, root)
        uses = list(self._uses(root, name))
        certain = [partial(self._filled, passage, use) for use, exact in uses if exact]
        if len(certain) > 1:  # filled in by turns: nothing is certain but that it is
            certain = [partial(self._filled, passage, use, arguments=False) for use, exact in uses if exact][:1]
        if not certain and is_template(root):
            certain = [partial(self._strings.of_template, passage, None)]
        likely = [partial(self._filled, passage, use) for use, exact in uses if not exact]
        title = title_beside(name, partial(_beside, self._names.parent(root)))
        yield Draft(self._marked(passage), name, None, INNER, tuple(certain), tuple(likely), parts, title=title)

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
        texts: set[str] = set()
        for module in self._modules:
            if ".replace(" in module.text and self._names.enter(module):
                texts |= module.contents.replaced
        marks = (
            text
            for text in texts
            if _MARK.search(text) and _NAME.search(text) and not has_signs(text) and not set(text) & set("\n'\"")
        )
        return tuple(sorted(marks, key=lambda text: (-len(text), text)))

    def _loads(self, name: str) -> Iterator[ast.Name | ast.Attribute]:
        """The places at which a string of a name might be filled in."""
        for module in self._modules:
            if _may_be_filled(module.text, name) and self._names.enter(module):
                yield from module.contents.loads.get(name, ())

    def _uses(self, root: ast.expr, name: str | None) -> Iterator[tuple[ast.expr, bool]]:
        """The expressions that fill a string in by its name, and whether it is certainly that string."""
        for node in self._loads(name) if name else ():
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


def _may_be_filled(text: str, name: str) -> bool:
    """Whether something might fill in a string by its name in Python text."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        before = text[max(0, at - _MAX_BLANKS) : at].rstrip()
        if _FILLED.match(text, end) or before.endswith("(") or (not before and at > _MAX_BLANKS):
            return True
        at = text.find(name, end)
    return False


def bound_name(names: Bindings, node: ast.AST) -> str | None:
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


def _beside(above: ast.AST | None, key: str) -> object:
    """What a mapping says under a key, if it is constant."""
    pairs = zip(above.keys, above.values, strict=True) if isinstance(above, ast.Dict) else ()
    constants = (
        (name.value, value.value)
        for name, value in pairs
        if isinstance(name, ast.Constant) and isinstance(value, ast.Constant)
    )
    return next((value for name, value in constants if name == key), None)


def _function_name(names: Bindings, node: ast.AST | None) -> str | None:
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
