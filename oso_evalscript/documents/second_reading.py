"""The other way to read a script with placeholders: each of them as whatever might prove a finding wrong.

`Source.unknown` are stand-ins that parse: names, numbers, elements of lists. A rule takes them for what they are, and
might say that a band is never read although the program puts that very read there. So a script with placeholders is
read twice: once with the stand-ins, and once with an expression in the place of each that uses every name it can see,
or with a statement that may do, declare and return anything. What a rule finds both times does not depend on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import Node, Tree, children, parse, span, walk
from oso_evalscript.model import host
from oso_evalscript.model.text import Edit, Source, Span, apply

_NAMING = {
    "VariableDeclarator": ("id",),
    "AssignmentPattern": ("left",),
    "LabeledStatement": ("label",),
    "BreakStatement": ("label",),
    "ContinueStatement": ("label",),
    "UpdateExpression": ("argument",),
    "CatchClause": ("param",),
    "ClassDeclaration": ("id",),
    "ClassExpression": ("id",),
    "MethodDefinition": ("key",),
    "FieldDefinition": ("key",),
    "ForOfStatement": ("left",),
    "ForInStatement": ("left",),
    "ForAwaitStatement": ("left",),
}
_LANGUAGE = frozenset(
    (
        "undefined",
        "arguments",
        "eval",
        "isNaN",
        "isFinite",
        "parseInt",
        "parseFloat",
        "globalThis",
        "escape",
        "unescape",
    )
)
_HOOKS = ("setup", "evaluatePixel")
_MAX_NAMES = 100


@dataclass(frozen=True)
class Reading:
    """A script read otherwise.

    Attributes:
        source: the text as it is read.
        edits: what made it of the script's own text.
    """

    source: Source
    edits: tuple[Edit, ...]

    def original(self, span: Span) -> Span | None:
        """Return which characters of the script's own text a span is; None where it touches what is read otherwise."""
        start, end = self._original(span.start), self._original(span.end)
        return None if start is None or end is None or end < start else Span(start, end)

    def _original(self, offset: int) -> int | None:
        shift = 0
        for edit in self.edits:
            start = edit.span.start + shift
            if offset <= start:
                break
            if offset < start + len(edit.text):
                return None
            shift += len(edit.text) - len(edit.span)
        return offset - shift


def second_reading(source: Source) -> Reading | None:
    """Return a script with every placeholder as whatever might prove a finding wrong; None where it cannot be read."""
    tree = parse(Source(source.text))
    if tree.root is None or tree.faults:
        return None
    reader = _Reader(tree, source.unknown)
    chosen = [change for unknown in source.unknown if (change := reader.change(unknown)) is not None]
    edits = list(_disjoint(chosen))
    if reader.hides_names:
        edits.append(Edit(Span(len(source.text), len(source.text)), f"\n;{reader.anything()}"))
    read = apply(Source(source.text, source.name), edits)
    tree = parse(read)
    return Reading(read, tuple(edits)) if tree.root is not None and not tree.faults else None


def _disjoint(changes: list[Edit]) -> Iterator[Edit]:
    """The changes that are not inside of another one."""
    end = 0
    for change in sorted(changes, key=lambda change: (change.span.start, -change.span.end)):
        if change.span.start >= end:
            yield change
            end = change.span.end


class _Reader:
    """Says what is read in the place of each stand-in of a script.

    Attributes:
        hides_names: whether a name that is declared is a stand-in, so that any other name may be the one.
    """

    def __init__(self, tree: Tree, unknown: tuple[Span, ...]) -> None:
        self._tree = tree
        self._text = tree.source.text
        self._unknown = {tree.source.slice(item).strip(".;, ") for item in unknown}
        self.hides_names = False

    def change(self, unknown: Span) -> Edit | None:
        """Return what is read in the place of a stand-in; None where that is a comment, or a name like any other."""
        node = self._at(unknown)
        if node is None:
            return None
        whole = span(node)
        parent = self._tree.parent(node)
        if node.type == "TemplateElement":
            return Edit(unknown, f"${{{self._call(node)}}}")
        if node.type == "SpreadElement":
            return Edit(whole, f"...{self._call(node)}")
        if node.type in ("ExpressionStatement", "BlockStatement", "Program"):
            return Edit(unknown, self._statement(node))
        if parent is not None and node.type in ("Identifier", "Literal"):
            return self._of_name(node, parent)
        self.hides_names = True
        return None

    def _at(self, unknown: Span) -> Node | None:
        """The smallest node that holds a stand-in; None where it is in a comment."""
        if any(comment.start < unknown.start < comment.end for comment in self._tree.comments):
            return None
        node: Node | None = self._tree.root
        inner = node
        while inner is not None:
            node = inner
            inner = next((child for child in children(node) if holds(span(child), unknown)), None)
        return node

    def _of_name(self, node: Node, parent: Node) -> Edit | None:
        """What is read in the place of a name or a literal that holds a stand-in."""
        whole = span(node)
        if parent.type == "ExpressionStatement":
            return Edit(span(parent), self._statement(node))
        if parent.type == "NewExpression" and parent.callee is node:
            return Edit(whole, f"({self._call(node)})")
        if parent.type == "MemberExpression" and parent.property is node and not parent.computed:
            dot = self._text.rindex(".", parent.object.range[1], whole.start)
            optional = self._text[dot - 1] == "?"  # the two signs stay
            return Edit(Span(dot + optional, whole.end), f"[{self._call(node)}]")
        if parent.type == "Property" and not self._in_pattern(parent):
            if parent.shorthand:
                return Edit(whole, f"...{self._call(node)}")
            if parent.key is node and not parent.computed:
                return Edit(whole, f"[{self._call(node)}]")
        if parent.type == "AssignmentExpression" and parent.left is node:
            return Edit(whole, f"{self._call(node)}[0]")
        if self._is_bound(node, parent):
            self.hides_names = True
            return None
        return Edit(whole, self._call(node))

    def _is_bound(self, node: Node, parent: Node) -> bool:
        """Whether a name is declared where it stands, or is a label or a key of a pattern or a class."""
        if parent.type in FUNCTIONS:
            return parent.body is not node
        if parent.type == "Property":
            return self._in_pattern(parent)
        names = _NAMING.get(parent.type, ())
        return any(getattr(parent, name) is node for name in names) or parent.type in ("RestElement", "ArrayPattern")

    def _in_pattern(self, node: Node) -> bool:
        above = self._tree.parent(node)
        return above is not None and above.type == "ObjectPattern"

    def _call(self, node: Node) -> str:
        """An expression of which nothing is known, but that it may use all that it can see."""
        return f"__ANY__({', '.join(self._visible(node))})"

    def _statement(self, node: Node) -> str:
        """A statement that may do anything at its place."""
        above: Node | None = node
        while above is not None and above.type not in FUNCTIONS:
            above = self._tree.parent(above)
        names = ", ".join(self._visible(node))
        text = self.anything(names) if above is None else f"{self._undeclared()}return eval([{names}]);"
        statement = node if node.type == "ExpressionStatement" else self._tree.parent(node)
        around = self._tree.parent(statement) if statement is not None else None
        is_branch = around is not None and around.type not in ("Program", "BlockStatement", "SwitchCase")
        return f"{{ {text} }}" if is_branch and node.type in ("Identifier", "ExpressionStatement") else text

    def anything(self, names: str = "") -> str:
        """Return statements for the top of a script that may declare anything."""
        declared = {name for node in (self._tree.root.body if self._tree.root else ()) for name in _declared(node)}
        missing = [name for name in _HOOKS if name not in declared]
        hooks = "".join(f" function {name}() {{ return eval(0); }}" for name in missing)
        return f"{self._undeclared()}eval([{names}]);{hooks}"

    def _undeclared(self) -> str:
        """A declaration of the names that nothing declares, those of the language and of the service left out."""
        given = _LANGUAGE | {item.name for item in host.builtins()} | set(_HOOKS)
        names = dict.fromkeys(node.name for node in Scopes(self._tree).undeclared)
        wanted = [name for name in names if name not in given | self._unknown and not name[:1].isupper()]
        return f"var {', '.join(wanted[:_MAX_NAMES])}; " if wanted else ""

    def _visible(self, node: Node) -> list[str]:
        """The names that an expression at a place can see."""
        found: dict[str, None] = {}
        above = self._tree.parent(node)
        while above is not None:
            if above.type in FUNCTIONS:
                for parameter in above.params:
                    found.update(dict.fromkeys(item.name for item in walk(parameter) if item.type == "Identifier"))
            if above.type in ("BlockStatement", "Program"):
                found.update(dict.fromkeys(name for statement in above.body for name in _declared(statement)))
            above = self._tree.parent(above)
        return [name for name in found if name not in _HOOKS][:_MAX_NAMES]


def holds(outer: Span, inner: Span) -> bool:
    """Return whether a span lies within another one."""
    return outer.start <= inner.start and inner.end <= outer.end


def _declared(statement: Node) -> list[str]:
    if statement.type in ("FunctionDeclaration", "ClassDeclaration") and statement.id is not None:
        return [statement.id.name]
    if statement.type == "VariableDeclaration":
        return [node.name for item in statement.declarations for node in walk(item.id) if node.type == "Identifier"]
    return []
