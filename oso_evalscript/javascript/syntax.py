"""The tolerant parser: any text gives a `Tree`.

Most files are sound, so a text is parsed first. Where that fails, it is tokenised to the end, resuming after
each token that esprima refuses; each broken number is then replaced by a placeholder of the same length, so
that no position moves and every rule still gets a tree. What is wrong is kept: `broken` and `faults`.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, starmap
from operator import attrgetter
from typing import Any, Literal, overload

from oso_evalscript.javascript.characters import BLANKS, LINE_ENDS
from oso_evalscript.javascript.faults import Fault, Refusal, broken_numbers, explain_all, refused_tokens
from oso_evalscript.javascript.node_types import FunctionType, IterationType, NodeType
from oso_evalscript.javascript.nodes import (
    Array,
    Assignment,
    Binary,
    Block,
    Call,
    Catch,
    Class,
    ClassBody,
    ClassMember,
    Conditional,
    Declaration,
    Declarator,
    ForEach,
    Function,
    Identifier,
    If,
    LiteralExpression,
    Member,
    Node,
    Object,
    ObjectPattern,
    Program,
    Property,
    Sequence,
    TemplateElement,
    Try,
    Unary,
    While,
)
from oso_evalscript.javascript.numbers import BigInt, to_number
from oso_evalscript.javascript.quick import PARSER
from oso_evalscript.javascript.tokens import (
    MATCHES_INSTALLED_RELEASE,
    Comment,
    EsprimaError,
    EsprimaNode,
    Token,
    tokenize,
)
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import LARGEST, MAX_WORDS, Source, Span

__all__ = ["Node", "Tree", "children", "name_of", "operator_of", "parse", "span", "walk"]

# Enough for 12 000 nested brackets, where V8 itself gives up; in CPython 3.11 and later a call between Python
# functions takes no C stack, so a high limit costs memory only.
_DEEP = 400_000
_deep_parse = threading.Lock()

_PIECE = regex(r"""//.*|/\*.*?\*/|"[^"\n]*"|'[^'\n]*'|[\w$]+|[^\w\s]""")
_BLANK = regex(f"[^{LINE_ENDS}]")
_SKIP = regex(rf"(?:[{BLANKS}{LINE_ENDS}]|//[^{LINE_ENDS}]*|/\*.*?\*/)*", re.DOTALL)
# Two thirds of all nodes have none below them; the parts of `import.meta` have no place.
_LEAVES = frozenset(("Identifier", "Literal", "TemplateElement", "MetaProperty"))
_PAIRS = {
    "MemberExpression": attrgetter("object", "property"),
    **dict.fromkeys(("BinaryExpression", "LogicalExpression", "AssignmentExpression"), attrgetter("left", "right")),
}
_SINGLES = {
    "ExpressionStatement": attrgetter("expression"),
    **dict.fromkeys(("UnaryExpression", "UpdateExpression", "SpreadElement"), attrgetter("argument")),
}
_LISTS = {
    "ArrayExpression": attrgetter("elements"),
    "ObjectExpression": attrgetter("properties"),
    "VariableDeclaration": attrgetter("declarations"),
    "BlockStatement": attrgetter("body"),
}
_PLAIN = frozenset((str, bool, int, float, type(None)))


@dataclass(frozen=True)
class Tree:
    """What could be read of a source.

    Attributes:
        source: the text.
        root: the `Program` node, None where the text could not be parsed even with placeholders.
        broken: the numbers that are none, such as `0ffaaff` or `0 aaaa61`; a placeholder stands for each in
            the tree.
        faults: every other place where the text is not JavaScript.
    """

    source: Source
    root: Program | None
    broken: tuple[Span, ...] = ()
    faults: tuple[Fault, ...] = ()
    _read: tuple[Comment, ...] | None = field(default=None, repr=False)

    @property
    def comments(self) -> tuple[Comment, ...]:
        """All comments, in order."""
        return self._tokenized[1] if self._read is None else self._read

    @property
    def tokens(self) -> tuple[Token, ...]:
        """All tokens, in order, `Refused` where the text holds none."""
        return self._tokenized[0]

    @cached_property
    def _tokenized(self) -> tuple[tuple[Token, ...], tuple[Comment, ...]]:
        if _too_large(self.source.text) is not None:
            return (), ()
        tokens, comments = tokenize(self.source.text)
        return tuple(tokens), comments

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, parents before children, in the order of the text."""
        return self._walked[0]

    @overload
    def of_type(self, *types: Literal["CallExpression", "NewExpression"]) -> list[Call]: ...
    @overload
    def of_type(self, *types: Literal["BinaryExpression", "LogicalExpression"]) -> list[Binary]: ...
    @overload
    def of_type(self, *types: Literal["AssignmentExpression"]) -> list[Assignment]: ...
    @overload
    def of_type(self, *types: Literal["ClassBody"]) -> list[ClassBody]: ...
    @overload
    def of_type(self, *types: Literal["VariableDeclaration"]) -> list[Declaration]: ...
    @overload
    def of_type(self, *types: Literal["VariableDeclarator"]) -> list[Declarator]: ...
    @overload
    def of_type(self, *types: Literal["Literal"]) -> list[LiteralExpression]: ...
    @overload
    def of_type(self, *types: Literal["TemplateElement"]) -> list[TemplateElement]: ...
    @overload
    def of_type(self, *types: Literal["UnaryExpression"]) -> list[Unary]: ...
    @overload
    def of_type(self, *types: Literal["MemberExpression"]) -> list[Member]: ...
    @overload
    def of_type(self, *types: Literal["ObjectPattern"]) -> list[ObjectPattern]: ...
    @overload
    def of_type(self, *types: Literal["CatchClause"]) -> list[Catch]: ...
    @overload
    def of_type(self, *types: Literal["TryStatement"]) -> list[Try]: ...
    @overload
    def of_type(self, *types: FunctionType) -> list[Function]: ...
    @overload
    def of_type(self, *types: Literal["Identifier"]) -> list[Identifier]: ...
    @overload
    def of_type(self, *types: Literal["SequenceExpression"]) -> list[Sequence]: ...
    @overload
    def of_type(self, *types: Literal["BlockStatement"]) -> list[Block]: ...
    @overload
    def of_type(self, *types: Literal["ClassDeclaration", "ClassExpression"]) -> list[Class]: ...
    @overload
    def of_type(self, *types: Literal["FieldDefinition", "MethodDefinition"]) -> list[ClassMember]: ...
    @overload
    def of_type(
        self, *types: Literal["FieldDefinition", "MethodDefinition", "Property"]
    ) -> list[ClassMember | Property]: ...
    @overload
    def of_type(self, *types: IterationType) -> list[ForEach]: ...
    @overload
    def of_type(self, *types: Literal["ObjectExpression"]) -> list[Object]: ...
    @overload
    def of_type(self, *types: Literal["ArrayExpression", "ObjectExpression"]) -> list[Array | Object]: ...
    @overload
    def of_type(
        self, *types: Literal["IfStatement", "ConditionalExpression", "WhileStatement", "DoWhileStatement"]
    ) -> list[If | Conditional | While]: ...
    @overload
    def of_type(self, *types: NodeType) -> list[Node]: ...

    def of_type(self, *types: NodeType) -> Any:
        """Return the nodes of some types, in the order of `nodes`."""
        nodes, by_type = self.nodes, self._by_type
        if len(types) == 1:
            return [nodes[number] for number in by_type.get(types[0], ())]
        found = [by_type[type_] for type_ in types if type_ in by_type]
        return [nodes[number] for number in (sorted(chain(*found)) if len(found) != 1 else found[0])]

    @cached_property
    def _by_type(self) -> dict[str, array[int]]:
        """The numbers of the nodes of each type."""
        found: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for number, node in enumerate(self.nodes):
            found[node.type].append(number)
        return dict(found)

    @property
    def parents(self) -> Mapping[int, Node]:
        """The node right above each node but the root, by its id."""
        return self._walked[1]

    def parent(self, node: Node) -> Node | None:
        """Return the node right above, None above the root."""
        return self._walked[1].get(id(node))

    @cached_property
    def _walked(self) -> tuple[tuple[Node, ...], dict[int, Node]]:
        nodes: list[Node] = []
        parents: dict[int, Node] = {}
        stack: list[Node] = [self.root] if self.root is not None else []
        while stack:
            node = stack.pop()
            nodes.append(node)
            if node.type in _LEAVES:
                continue
            below = children(node)
            for child in below:
                parents[id(child)] = node
            below.reverse()
            stack += below
        return tuple(nodes), parents

    def is_placeholder(self, node: Node) -> bool:
        """Whether a node stands for a broken number, whose value is not known."""
        return node.range[0] in self._placeholders and node.type == "Literal"

    @cached_property
    def _placeholders(self) -> frozenset[int]:
        return frozenset(span.start for span in self.broken)

    def text(self, node: Node) -> str:
        """Return the characters of a node."""
        return self.source.text[node.range[0] : node.range[1]]


def parse(source: Source) -> Tree:
    """Return the tree of a source; never raises."""
    text = source.text
    too_large = _too_large(text)
    if too_large is not None:
        return Tree(source, None, faults=(Fault(Span(0, 0), too_large),))
    try:
        root, passed_over, comments = _parse(text)
        if not passed_over:
            return Tree(source, root, _read=comments)
    except Refusal:
        pass
    except RecursionError:
        return Tree(source, None, faults=(Fault(Span(0, 0), "nested too deeply to be parsed, by V8 as well"),))
    return _repair(source)


def _too_large(text: str) -> str | None:
    """Why a text is not read: it is too long, or too dense to be looked through within seconds."""
    if len(text) > LARGEST:
        return f"the text has {len(text):,} characters; the limit is {LARGEST:,}"
    words = sum(1 for _ in _PIECE.finditer(text)) if len(text) > MAX_WORDS else 0
    if words > MAX_WORDS:
        return f"the text has {words:,} tokens; the limit is {MAX_WORDS:,}"
    return None


def span(node: Node) -> Span:
    """Return where a node stands."""
    return Span(node.range[0], node.range[1])


def operator_of(node: Node) -> str | None:
    """Return the operator of an expression, None where a node has none."""
    match node.type:
        case "BinaryExpression" | "LogicalExpression" | "AssignmentExpression" | "UnaryExpression" | "UpdateExpression":
            return node.operator
    return None


def name_of(node: Node) -> str | None:
    """Return the name that a node is, None where it is none."""
    return node.name if node.type == "Identifier" or node.type == "PrivateIdentifier" else None


def walk(root: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, parents first, in the order of the text; without recursion."""
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def children(node: Node) -> list[Node]:
    """Return the nodes right below a node, in the order of the text."""
    kind = node.type
    if kind in _LEAVES:
        return []
    if (both := _PAIRS.get(kind)) is not None:
        return list(both(node))
    if (listed := _LISTS.get(kind)) is not None:
        return [item for item in listed(node) if item is not None]
    if (single := _SINGLES.get(kind)) is not None:
        return [single(node)]
    match node.type:
        case "CallExpression":
            return [node.callee, *node.arguments]
        case "Property" if not node.shorthand:
            return [node.key, node.value]
        case "VariableDeclarator":
            return [node.id] if node.init is None else [node.id, node.init]
        case "ReturnStatement":
            return [] if node.argument is None else [node.argument]
        case "ConditionalExpression":
            return [node.test, node.consequent, node.alternate]
        case "IfStatement":
            return [node.test, node.consequent] + ([] if node.alternate is None else [node.alternate])
    return _any_children(node)


def _any_children(node: Node) -> list[Node]:
    found: list[Node] = []
    for value in vars(node).values():
        if value.__class__ in _PLAIN:
            continue
        if value.__class__ is list:
            if value and value[0].__class__ is not int:  # that is a range
                found += [item for item in value if isinstance(item, EsprimaNode)]
        elif isinstance(value, EsprimaNode) and value.range is not None:  # a part of `import.meta` has no place
            found.append(value)
    if len(found) > 1:
        found.sort(key=_start)
    return found


def _start(node: Node) -> int:
    return node.range[0]


_Parsed = tuple[Program, list[Refusal], tuple[Comment, ...] | None]


def _parse(text: str) -> _Parsed:
    """Return the `Program` node, what esprima passed over on the way, and the comments where they are known.

    Raises:
        Refusal: esprima gave up.
        RecursionError: the text is nested more deeply than V8 reads.
    """
    try:
        return _parse_once(text)
    except RecursionError:
        return _parse_deep(text)


def _parse_once(text: str) -> _Parsed:
    parser = None
    try:
        parser = PARSER(text, options={"range": True, "tolerant": True, "classProperties": True})
        program = parser.parseScript()
    except EsprimaError as error:
        raise _refusal(error.index or 0, error.message) from None
    except AssertionError as error:  # of esprima's own parser, which reads scripts where another release is installed
        raise Refusal(parser.startMarker.index if parser else 0, f"cannot be read ({error})") from None
    passed_over = [
        _refusal(error["index"], error["message"])
        for error in parser.errorHandler.errors
        # A bare `return` outside a function makes a simple script, which is legal.
        if not error["message"].endswith("Illegal return statement")
    ]
    if not MATCHES_INSTALLED_RELEASE:
        _make_numbers(program)
        return program, passed_over, None
    return program, passed_over, tuple(starmap(Comment, sorted(parser.scanner.comments.items())))


def _refusal(index: int, message: str) -> Refusal:
    from oso_evalscript.javascript.wording import worded

    return Refusal(index, worded(message))


def _make_numbers(root: Any) -> None:
    """Make the numbers of a tree doubles, which short cuts of ours do as they read them."""
    node: Any
    for node in walk(root):
        if node.type == "Literal" and node.value.__class__ in (int, float):
            node.value = BigInt(node.raw[:-1]) if node.raw.endswith("n") else to_number(node.value)


def _parse_deep(text: str) -> _Parsed:
    with _deep_parse:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEP))
        try:
            return _parse_once(text)
        finally:
            sys.setrecursionlimit(limit)


def _repair(source: Source) -> Tree:
    text = source.text
    tokens, _ = tokenize(text)
    broken = tuple(broken_numbers(text, tokens))
    faults = tuple(refused_tokens(text, tokens, broken))
    patched = _with_placeholders(text, broken, faults)
    try:
        root, passed_over, _ = _parse(patched)
    except Refusal as second:
        # Where characters were blanked out, or right after a placeholder, it only follows from what is known.
        if not faults and not any(_follows(text, number, second.index) for number in broken):
            faults = explain_all(text, [second])
        return Tree(source, None, broken, faults)
    return Tree(source, root, broken, faults + explain_all(text, passed_over))


def _with_placeholders(text: str, broken: tuple[Span, ...], faults: tuple[Fault, ...]) -> str:
    from oso_evalscript.javascript import typography  # few texts need it, or what explains the parser's words

    pieces: list[str] = []
    done = 0
    holes = [(number, "0") for number in broken]
    holes += [(fault.span, typography.stand_in(text, fault.span.start)) for fault in faults]
    for hole, mark in sorted(holes):
        blank = _BLANK.sub(" ", text[hole.start + 1 : hole.end])
        pieces += (text[done : hole.start], mark, blank)
        done = hole.end
    pieces.append(text[done:])
    return "".join(pieces)


def _follows(text: str, number: Span, index: int) -> bool:
    skipped = _SKIP.match(text, number.end)
    return number.start <= index <= (skipped.end() if skipped else number.end)


def _unlock() -> None:
    """In a process that was forked: the thread that held the lock is not there."""
    global _deep_parse
    _deep_parse = threading.Lock()


os.register_at_fork(after_in_child=_unlock)
