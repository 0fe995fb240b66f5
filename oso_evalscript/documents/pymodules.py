"""Python text that belongs together, parsed when something in it is asked for."""

from __future__ import annotations

import ast
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property

from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.pytokens import Lines, Unreadable, literals
from oso_evalscript.model.regex import regex

_MAGIC = regex(r"[ \t]*(?:[\w., \t]+=[ \t]*)?([%!?].*)|[ \t]*([\w.]+\?{1,2})[ \t]*$")
_MAX_MAGICS = 200
_LEAVES = ("ctx", "op")  # one node each for all of a kind
_CHANGING = frozenset(
    ("append", "extend", "insert", "remove", "pop", "sort", "reverse", "clear", "update", "setdefault")
)


class Module:
    """A text, its tree, and what is of interest in it.

    Attributes:
        text: the text.
        magics: whether lines such as `%matplotlib inline` may stand in it.
    """

    def __init__(self, text: str, passage: Callable[[], Passage], *, magics: bool = False) -> None:
        self.text = text
        self.magics = magics
        self._passage = passage

    @cached_property
    def passage(self) -> Passage:
        """The text, each character of which knows its place."""
        return self._passage()

    @cached_property
    def tree(self) -> ast.Module | None:
        """The tree; None where Python refuses the text."""
        return parse(self.text, magics=self.magics)

    @cached_property
    def lines(self) -> Lines:
        """The lines of the text."""
        return Lines(self.text)

    def extent(self, node: ast.expr) -> tuple[int, int]:
        """Return where an expression stands in the text."""
        start = self.lines.offset(node.lineno, node.col_offset)
        return start, self.lines.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    @property
    def literals(self) -> Iterator[tuple[int, int]]:
        """Where each string literal stands, also where several follow each other."""
        for node in self.contents.strings:
            start, end = self.extent(node)
            try:
                yield from ((part.start, part.end) for part in literals(self.text, start, end))
            except Unreadable:  # a part of an f-string
                yield start, end

    @cached_property
    def contents(self) -> Contents:
        """What is in the tree."""
        return Contents(self.tree)


class ModuleText(Passage):
    """A file of Python, which is parsed once for its strings and for the requests around them."""

    @classmethod
    def of(cls, passage: Passage) -> ModuleText:
        """Return a passage as such a file."""
        return passage if isinstance(passage, cls) else cls(passage.pieces)

    @cached_property
    def module(self) -> Module:
        """The file as a module."""
        return Module(self.text, lambda: self)


class Contents:
    """What is of interest in a tree, gathered in one walk.

    Attributes:
        parents: the node right above each node.
        strings: the literals.
        loads: the names and attributes, by what they are called.
        calls: the calls and mappings.
        replaced: the texts that some call of `replace` replaces.
        changed: the names of lists and the like that are changed in place.
        declared_global: the names that a function declares to be global.
    """

    def __init__(self, tree: ast.Module | None) -> None:
        self.parents: dict[ast.AST, ast.AST] = {}
        self.strings: list[ast.Constant | ast.JoinedStr] = []
        self.loads: defaultdict[str, list[ast.Name | ast.Attribute]] = defaultdict(list)
        self.calls: list[ast.Call | ast.Dict] = []
        self.replaced: set[str] = set()
        self.changed: set[str] = set()
        self.declared_global: set[str] = set()
        stack: list[ast.AST] = [tree] if tree is not None else []
        while stack:  # half of all nodes are names and constants, which nothing is below
            node = stack.pop()
            if isinstance(node, ast.Name):
                self.loads[node.id].append(node)
            elif isinstance(node, ast.Constant):
                if isinstance(node.value, str):
                    self.strings.append(node)
            else:
                self._note(node)
                for child in child_nodes(node):
                    self.parents[child] = node
                    stack.append(child)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute):
            self.loads[node.attr].append(node)
            if node.attr in _CHANGING and isinstance(node.value, ast.Name):
                self.changed.add(node.value.id)
        elif isinstance(node, ast.Call):
            self.calls.append(node)
            match node:
                case ast.Call(func=ast.Attribute(attr="replace"), args=[ast.Constant(value=str() as old), *_]):
                    self.replaced.add(old)
        elif isinstance(node, ast.Dict):
            self.calls.append(node)
        elif isinstance(node, ast.JoinedStr):
            self.strings.append(node)
        elif isinstance(node, ast.Subscript):
            if isinstance(node.value, ast.Name) and not isinstance(node.ctx, ast.Load):
                self.changed.add(node.value.id)
        elif isinstance(node, ast.Global):
            self.declared_global.update(node.names)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those below it, in the order of the text."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.Name | ast.Constant):
            stack += reversed(child_nodes(node))


def child_nodes(node: ast.AST) -> list[ast.AST]:
    """Return the nodes right below one, without those that say how an expression is used."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST) and name not in _LEAVES:
            found.append(value)
    return found


def parse(text: str, *, magics: bool = False) -> ast.Module | None:
    """Return the tree of a text, with `magics` without the lines that are IPython's own; None where it has none."""
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
    starts = [*Lines(text).starts, len(text)]
    if not 0 < line < len(starts):
        return None
    start, end = starts[line - 1], starts[line]
    match = _MAGIC.match(text[start:end].rstrip("\r\n"))
    if match is None:
        return None
    low, high = match.span(1 if match[1] is not None else 2)
    return f"{text[: start + low]}0{' ' * (high - low - 1)}{text[start + high :]}"
