"""The tolerant parser: any text gives a `Tree`. The only user of esprima.

Most files are sound, so a text is parsed first. Where that fails, it is tokenised to the end, resuming after
each token that esprima refuses; each broken number is then replaced by a placeholder of the same length, so
that no position moves and every rule still gets a tree. What is wrong is kept: `broken` and `faults`.
"""

from __future__ import annotations

import re
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, starmap
from typing import Any, NamedTuple, Protocol

from oso_evalscript.javascript import characters, typography
from oso_evalscript.javascript.lookalikes import plain
from oso_evalscript.model.errors import WrongPackage
from oso_evalscript.model.text import LARGEST, Source, Span

characters.install()
with warnings.catch_warnings():  # esprima silences FutureWarning for the whole process when imported
    import esprima
    from esprima.nodes import Node as _Node
    from esprima.tokenizer import Tokenizer

    from oso_evalscript.javascript.quick import SUITS, QuickParser

if not hasattr(esprima.nodes, "ChainExpression"):
    raise WrongPackage(
        f"`{esprima.__name__}` is the outdated distribution `esprima`, which overwrites `esprima2`; "
        "run: pip uninstall -y esprima esprima2 && pip install esprima2"
    )

# Enough for 12 000 nested brackets, where V8 itself gives up; in CPython 3.11 and later a call between Python
# functions takes no C stack, so a high limit costs memory only.
_DEEP = 400_000
_deep_parse = threading.Lock()

_PARSER = QuickParser if SUITS else esprima.parser.Parser
_BLANK = re.compile(r"[^\r\n\u2028\u2029]")
_WORD = re.compile(r"[\w$.]+")
_FOREIGN = re.compile(r"[^\x20-\x7e\s\w]+")  # characters that begin no token
_HEX_WORD = re.compile(r"[xX]?[0-9a-fA-F_]+")
_HEX_TAIL = re.compile(r"#[0-9a-fA-F]*|\.[0-9]+|")  # what right behind a number makes no sense but as a part of it
_MARKED_NUMBER = re.compile(r"#?[0-9]")
_HEX_BY_SIGN = re.compile(r"0x[0-9a-fA-F]{6}(?![\w$])")
_WORD_OR_MARK = re.compile(r"[\w$]+|\S")
_LINE_END = re.compile(r"[\r\n\u2028\u2029]")
_SKIP = re.compile(r"(?:\s|\ufeff|//[^\r\n\u2028\u2029]*|/\*.*?\*/)*", re.DOTALL)
_STARTS_VALUE = re.compile(r"[\w$\"'`\[{(]")
_COLON = re.compile(r"\s*:")
_KEY = re.compile(r"[\w$\"']+\s*:")
_LEAVES = frozenset(("Identifier", "Literal", "TemplateElement"))  # two thirds of all nodes have none below them
_PLAIN = frozenset((str, bool, int, float, type(None)))
_VALUES = ("Numeric", "String", "Identifier", "Boolean", "Null")
_CLOSING = {")": "(", "]": "[", "}": "{"}


class Node(Protocol):
    """A node of the syntax tree, in the format of ESTree; absent attributes are None."""

    type: str
    range: list[int]

    def __getattr__(self, name: str) -> Any: ...


class Token(NamedTuple):
    """A token: its kind in esprima's words, or `Refused`, and where it stands."""

    kind: str
    start: int
    end: int


class Comment(NamedTuple):
    """A comment, its marks included in the span."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the text is not JavaScript, and what is wrong there."""

    span: Span
    message: str


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
    root: Node | None
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
        if len(self.source.text) > LARGEST:
            return (), ()
        tokens, comments = _tokenize(self.source.text)
        return tuple(tokens), comments

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, parents before children, in the order of the text."""
        return self._walked[0]

    def of_type(self, *types: str) -> list[Node]:
        """Return the nodes of some types, in the order of `nodes`."""
        found = [self._by_type.get(type_, ()) for type_ in types]
        return [node for _, node in (sorted(chain(*found), key=_number) if len(found) > 1 else found[0])]

    @cached_property
    def _by_type(self) -> dict[str, list[tuple[int, Node]]]:
        found: dict[str, list[tuple[int, Node]]] = {}
        for numbered in enumerate(self.nodes):
            found.setdefault(numbered[1].type, []).append(numbered)
        return found

    def parent(self, node: Node) -> Node | None:
        """Return the node right above, None above the root."""
        return self._walked[1].get(id(node))

    @cached_property
    def _walked(self) -> tuple[tuple[Node, ...], dict[int, Node]]:
        nodes: list[Node] = []
        parents: dict[int, Node] = {}
        stack = [self.root] if self.root is not None else []
        while stack:
            node = stack.pop()
            nodes.append(node)
            below = children(node)
            for child in below:
                parents[id(child)] = node
            stack.extend(reversed(below))
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
    if len(text) > LARGEST:
        message = f"the text has {len(text):,} characters; beyond {LARGEST:,} it is not read"
        return Tree(source, None, faults=(Fault(Span(0, 0), message),))
    try:
        root, passed_over, comments = _parse(text)
        if not passed_over:
            return Tree(source, root, _read=comments)
    except _Refused:
        plain = _plain_line_ends(text)
        if plain != text and (read := _parse_or_none(plain)) is not None:
            return Tree(source, read)
    except RecursionError:
        return Tree(source, None, faults=(Fault(Span(0, 0), "nested too deeply to be read, by V8 as well"),))
    return _repair(source)


def span(node: Node) -> Span:
    """Return where a node stands."""
    return Span(node.range[0], node.range[1])


def walk(root: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, parents first, in the order of the text; without recursion."""
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def children(node: Node) -> list[Node]:
    """Return the nodes right below a node, in the order of the text."""
    found: list[Node] = []
    if node.type in _LEAVES or node.type == "MetaProperty":  # the `import` of `import.meta` has no place
        return found
    for value in vars(node).values():
        if value.__class__ in _PLAIN:
            continue
        if value.__class__ is list:
            if value and value[0].__class__ is not int:  # that is a range
                found += [item for item in value if isinstance(item, _Node)]
        elif isinstance(value, _Node) and value.range is not None:  # esprima says no place for a part of `import.meta`
            found.append(value)
    if len(found) > 1:
        found.sort(key=_start)
    return found


def _number(numbered: tuple[int, Node]) -> int:
    return numbered[0]


def _start(node: Node) -> int:
    return node.range[0]


class _Refused(Exception):
    """Esprima gave up: where, and in which words."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.message = message


_Parsed = tuple[Node, list[_Refused], tuple[Comment, ...] | None]


def _parse(text: str) -> _Parsed:
    """Return the `Program` node, what esprima passed over on the way, and the comments where they are known.

    Raises:
        _Refused: esprima gave up.
        RecursionError: the text is nested more deeply than V8 reads.
    """
    try:
        return _parse_once(text)
    except RecursionError:
        return _parse_deep(text)


def _parse_once(text: str) -> _Parsed:
    parser = None
    try:
        parser = _PARSER(text, options={"range": True, "tolerant": True, "classProperties": True})
        program = parser.parseScript()
    except esprima.Error as error:
        raise _Refused(error.index or 0, _words(error.message)) from None
    except RecursionError:
        raise
    except Exception as error:  # noqa: BLE001  # esprima's own assertions, on texts such as `${}`
        at = parser.startMarker.index if parser is not None else 0
        raise _Refused(at, f"cannot be read ({error or type(error).__name__})") from None
    passed_over = [
        _Refused(error["index"], _words(error["message"]))
        for error in parser.errorHandler.errors
        # A bare `return` outside a function makes a simple script, which is legal.
        if not error["message"].endswith("Illegal return statement")
    ]
    if not SUITS:
        return program, passed_over, None
    return program, passed_over, tuple(starmap(Comment, sorted(parser.scanner.comments.items())))


def _plain_line_ends(text: str) -> str:
    """The text with U+2028 and U+2029 as blanks: since ES2019 both may stand in a string, and esprima refuses them."""
    return text.replace("\u2028", "\u2000").replace("\u2029", "\u2000")


def _parse_or_none(text: str) -> Node | None:
    try:
        root, passed_over, _ = _parse(text)
    except (_Refused, RecursionError):
        return None
    return None if passed_over else root


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
    tokens, _ = _tokenize(text)
    broken = tuple(_broken_numbers(text, tokens))
    faults = tuple(_refused_tokens(text, tokens, broken))
    patched = _with_placeholders(text, broken, faults)
    try:
        root, passed_over, _ = _parse(patched)
    except _Refused as second:
        # Where characters were blanked out, or right after a placeholder, it only follows from what is known.
        if not faults and not any(_follows(text, number, second.index) for number in broken):
            faults = _explain_all(text, [second])
        return Tree(source, None, broken, faults)
    return Tree(source, root, broken, faults + _explain_all(text, passed_over))


def _tokenize(text: str) -> tuple[list[Token], tuple[Comment, ...]]:
    tokenizer = Tokenizer(text, {"range": True, "comment": True})
    tokens: list[Token] = []
    comments: list[Comment] = []
    while True:
        begin = tokenizer.scanner.index
        try:
            entry = tokenizer.getNextToken()
        except Exception:  # noqa: BLE001  # whatever made it stumble, the text from there on is refused
            start = _SKIP.match(text, begin).end()  # type: ignore[union-attr]  # it matches the empty text
            if start >= len(text):
                break
            end = _refused_end(text, start)
            tokens.append(Token("Refused", start, end))
            tokenizer.scanner.index = end
            tokenizer.reader.values.append(None)  # as after a number: a slash that follows divides
            continue
        if entry is None:
            break
        if entry.type.endswith("Comment"):
            comments.append(Comment(*_comment_range(text, entry)))
        else:
            tokens.append(Token(entry.type, entry.range[0], entry.range[1]))
    return tokens, tuple(comments)


def _comment_range(text: str, entry: Any) -> tuple[int, int]:
    return entry.range[0], min(entry.range[1], len(text))


def _refused_end(text: str, start: int) -> int:
    first = text[start]
    typographic = typography.refused_end(text, start)
    if typographic is not None:
        return typographic
    if first in "\"'":
        line_end = _LINE_END.search(text, start)
        return line_end.start() if line_end else len(text)
    if first == "`" or text.startswith("/*", start):
        return len(text)
    word = _WORD.match(text, start) or _FOREIGN.match(text, start)
    return word.end() if word else start + 1


def _broken_numbers(text: str, tokens: list[Token]) -> Iterator[Span]:
    """Numbers that esprima refuses, and numbers with hexadecimal words or digits right behind them."""
    opened: list[int] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind == "Punctuator":
            _track(opened, index, text, tokens)
        end = index + 1
        if token.kind in ("Numeric", "Refused") and _MARKED_NUMBER.match(plain(text[token.start : token.start + 2])):
            in_list = _ends_no_statement(text, tokens, index, opened)
            while end < len(tokens) and _belongs(text, tokens[end - 1], tokens[end], in_list=in_list):
                end += 1
            if end > index + 1 or token.kind == "Refused":
                yield Span(token.start, tokens[end - 1].end)
        index = end


def _ends_no_statement(text: str, tokens: list[Token], index: int, opened: list[int]) -> bool:
    """Whether a line end behind a number cannot close a statement: it stands in a list, or behind an object's key."""
    if not opened:
        return False
    before = [text[token.start : token.end] for token in tokens[max(index - 3, 0) : index]]
    is_keyed = len(before) == 3 and before[0] in ("{", ",") and before[2] == ":"
    return is_keyed or text[tokens[opened[-1]].start] != "{"


def _belongs(text: str, left: Token, right: Token, *, in_list: bool) -> bool:
    if left.end == right.start and right.kind in ("Numeric", "PrivateIdentifier", "Refused"):
        by_sign = right.kind == "Refused" and _HEX_BY_SIGN.match(plain(text[left.start : right.end + 8]))
        if by_sign or text[left.start] == "#" or _HEX_TAIL.fullmatch(plain(text[right.start : right.end])):
            return True
    if right.kind not in ("Numeric", "Identifier", "Refused"):
        return False
    gap = text[left.end : right.start]
    if gap.strip() or not _HEX_WORD.fullmatch(plain(text[right.start : right.end])) or _COLON.match(text, right.end):
        return False  # a key, before a colon, belongs to what follows
    # Outside of a list a line end may close a statement, so that what follows begins another one.
    return in_list or not _LINE_END.search(gap)


def _refused_tokens(text: str, tokens: list[Token], broken: tuple[Span, ...]) -> Iterator[Fault]:
    """The refused tokens that are no part of a broken number."""
    numbers = iter(broken)
    number = next(numbers, None)
    for token in tokens:
        while number is not None and number.end <= token.start:
            number = next(numbers, None)
        inside = number is not None and number.start <= token.start
        if token.kind == "Refused" and not inside:
            yield Fault(Span(token.start, token.end), _why_refused(text, token))


def _why_refused(text: str, token: Token) -> str:
    first = text[token.start]
    if first in "\"'":
        return f"the string is not closed: a {first} is missing before the end of the line"
    if first == "`":
        return "the template string is not closed: a ` is missing"
    if first == "/":
        return "the comment is not closed: `*/` is missing"
    shown = f"`{first}` " if first.isprintable() else ""
    return f"unexpected character {shown}(U+{ord(first):04X})"


def _with_placeholders(text: str, broken: tuple[Span, ...], faults: tuple[Fault, ...]) -> str:
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


def _explain_all(text: str, refusals: list[_Refused]) -> tuple[Fault, ...]:
    """What is wrong at each place where esprima stopped or passed over something."""
    if not refusals:
        return ()
    tokens, _ = _tokenize(text)
    end = len(text.rstrip())
    faults: list[Fault] = []
    before = 0  # how many tokens end before the place
    opened: list[int] = []  # the brackets among them that none of them closes
    for refusal in sorted(refusals, key=lambda item: item.index):
        while before < len(tokens) and tokens[before].end <= refusal.index:
            if tokens[before].kind == "Punctuator":
                _track(opened, before, text, tokens)
            before += 1
        last = tokens[before - 1] if before else None
        if last is not None and last.kind == "Refused":
            faults.append(Fault(Span(last.start, last.end), _why_refused(text, last)))
        elif refusal.index >= end:
            faults.append(_explain_end(end, tokens, opened))
        else:
            faults.append(_explain(text, tokens, before, opened, refusal))
    return tuple(faults)


def _explain_end(end: int, tokens: list[Token], opened: list[int]) -> Fault:
    if opened:
        bracket = tokens[opened[-1]]
        return Fault(Span(bracket.start, bracket.end), "this bracket is never closed")
    return Fault(Span(max(end - 1, 0), end), "the text ends in the middle of a statement")


def _explain(text: str, tokens: list[Token], before: int, opened: list[int], refusal: _Refused) -> Fault:
    place = _word_at(text, refusal.index)
    if before and opened and _lacks_comma(text, tokens, before, opened[-1], place):
        return Fault(place, f"unexpected `{text[place.start : place.end]}`: a comma is missing before it")
    if refusal.message.startswith("unexpected token") and place:
        return Fault(place, f"unexpected `{text[place.start : place.end]}`")
    return Fault(place, refusal.message)


def _lacks_comma(text: str, tokens: list[Token], before: int, bracket: int, place: Span) -> bool:
    """Whether a value ends right before `place` and another one, or a key, begins there, inside a list."""
    last = tokens[before - 1]
    ends_value = last.kind in _VALUES or text[last.start : last.end] in ("]", ")", "}")
    if not (ends_value and _STARTS_VALUE.match(text, place.start)):
        return False
    mark = text[tokens[bracket].start]
    if mark == "{":  # in an object a key follows; in a block something else is wrong
        has_keys = any(text[tokens[index].start] == ":" for index in range(bracket + 1, before))
        return has_keys and bool(_KEY.match(text, place.start))
    # A parenthesis lists arguments only after the name of a function.
    return mark == "[" or (bracket > 0 and tokens[bracket - 1].kind == "Identifier")


def _track(opened: list[int], index: int, text: str, tokens: list[Token]) -> None:
    """Note that the token at `index` opens or closes a bracket."""
    mark = text[tokens[index].start : tokens[index].end]
    if mark in ("(", "[", "{"):
        opened.append(index)
    elif mark in _CLOSING and opened and text[tokens[opened[-1]].start] == _CLOSING[mark]:
        opened.pop()


def _word_at(text: str, index: int) -> Span:
    word = _WORD_OR_MARK.search(text, index)
    return Span(word.start(), word.end()) if word else Span(len(text), len(text))


def _words(message: str) -> str:
    """Esprima's message without its line number and its class name, as a clause."""
    plain = re.sub(r"^(?:Error: )?(?:Line \d+: )?", "", message)
    return plain[:1].lower() + plain[1:]
