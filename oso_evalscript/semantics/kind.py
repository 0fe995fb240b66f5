"""What kind of text this is: an evalscript of version 3, a simple or an older one, a part of one, or something else.

An evalscript begins with a header, or has a function `evaluatePixel` or a contract of its own, or is a simple script,
which takes bands for names and returns an array. What stands in a string or a template, or inside the functions of
another program, makes no evalscript. A text that does not parse may also be one of another language that holds a
script: there, what stands before the first function decides. In doubt the answer is no: nobody wants a tool to change
the files of another program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import pairwise

from oso_evalscript.javascript.builtins import NAMES
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.nodes import Binary, Conditional, If, Program, Property
from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import Node, Tree, children, name_of, parse, walk
from oso_evalscript.model.host import builtins
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.simple import returns_at_top, simple_bands, value_statements


class Kind(StrEnum):
    """What a text is to the service."""

    V3 = "V3"
    SIMPLE = "simple"
    LEGACY = "legacy"
    """A script of version 1 or 2."""
    FRAGMENT = "fragment"
    """JavaScript of which nothing tells what it is for, such as the table or the helpers of a script."""
    NONE = "none"
    """No evalscript: another language, or another program."""

    @property
    def is_evalscript(self) -> bool:
        """Whether such a text is a whole script, sound or broken."""
        return self in (Kind.V3, Kind.SIMPLE, Kind.LEGACY)


# Behind blanks and comments; as each begins with a character of its own, this takes linear time.
_HEADER = regex(
    r"(?:[\s\ufeff]|/\*(?:[^*]|\*(?!/))*+\*/|//(?![ \t]*VERSION[ \t]*=)[^\r\n\u2028\u2029]*+)*+"
    r"//[ \t]*VERSION[ \t]*=[ \t]*([1-9])(?![.\w])"
)
_SIGN = regex(r"evaluatePixel|VERSION[ \t]*=[ \t]*[1-9]")
_DECLARES = regex(r"f[unctio]{5,9}|\*|async|const|let|var")  # with the usual misprints of `function`
_PIXEL, _SETUP = "evaluatePixel", "setup"
_STARTS = frozenset("async class const export function import let var".split())  # noqa: SIM905
_OF_MODULES = frozenset(
    {"ImportDeclaration", "ExportNamedDeclaration", "ExportDefaultDeclaration", "ExportAllDeclaration"}
)
_OLD_NAMES = frozenset({"setInputComponents", "setOutputComponentCount", "componentCount"})

# What pages, Node, test runners and other map programs give to a script.
_OTHER_HOSTS = frozenset(
    """Buffer Bun Deno XMLHttpRequest __dirname __filename addEventListener afterEach angular beforeEach browser chrome
    define describe document ee exports fetch importScripts jQuery jest localStorage module navigator ol process require
    self suite window""".split()  # noqa: SIM905
)
_LANGUAGE = frozenset("Array Infinity JSON Math NaN Number Object String isFinite isNaN parseFloat undefined".split())  # noqa: SIM905
# Names of bands that nothing else bears; the catalogue has others, such as `red` and `Map`.
_BAND = regex(r"B(?:0[1-9]|1[0-9]|2[01]|8A)|VV|VH|HH|HV|SCL|CLM|CLP|CLD|AOT|DEM|dataMask")

# What begins a string of another language, in which an evalscript may stand: of Python and others, C#, R; or one of any
# language that goes on behind the end of a line.
_OTHER_STRING = regex(r"""\"\"\"|'''|@"|<-\s*["']""")
_OPEN_STRING = regex(r"""["']\s*(?:$|//|/\*)""", re.MULTILINE)
_HERE_DOCUMENT = regex(r"""<<[-~<]?\s*["']?[A-Z]\w*["']?\s*$""", re.MULTILINE)  # in a shell, Ruby, PHP
_JSON = regex(r"""\s*\{\s*"[^"\\]*"\s*:""")
# How a line of JavaScript begins that is not indented.
_LINE = regex(
    r"""
      [])}\[({\d"'+-]
    | (?:async\s+)?function\b | (?:const|let|var)\s+[\w$\[{] | class\s+[\w$]+\s*(?:\{|extends\b|$)
    | (?:if|for|while|switch|catch)\s*\( | (?:do|else|try|finally)\s*(?:\{|if\b|$) | (?:return|throw|new)\b
    | [\w$.]+\s*(?:\[.*\]\s*)?(?:[-+*/%|&^]?=(?![=>])|\(|\+\+|--|;)
    """,
    re.VERBOSE,
)


def kind(tree: Tree) -> Kind:
    """Return what kind of text a tree was read from."""
    if header := _HEADER.match(tree.source.text):
        return _version(tree, int(header[1]))
    if not tree.source.text.strip():
        return Kind.FRAGMENT
    if tree.root is None:
        return _of_words(tree)
    if any(statement.type in _OF_MODULES for statement in tree.root.body):
        return Kind.NONE  # a module: one that exports a contract serves another program
    return Kind.NONE if _is_foreign(tree) else _of_statements(tree, tree.root)


def read_as(tree: Tree) -> Kind:
    """Return as what kind of script a text is read, by the linter and to be run: V3, simple or legacy.

    A text of no such kind is read as a part of one: as a simple script where it gives a value that bands decide at its
    top, as a fragment where it gives another value, else as V3.
    """
    found = kind(tree)
    if found.is_evalscript:
        return found
    if any(name in tree.source.text and name in _words(tree) for name in _OLD_NAMES):
        return Kind.LEGACY
    if tree.root is None or _definitions(tree.root):
        return Kind.V3
    if returns_at_top(tree):
        return Kind.SIMPLE
    if not value_statements(tree):
        return Kind.V3
    return Kind.SIMPLE if simple_bands(tree, None) else Kind.FRAGMENT


def _version(tree: Tree, version: int) -> Kind:
    """The kind of a text that is an evalscript with that header."""
    text = tree.source.text
    if version < 3 or any(name in text and name in _words(tree) for name in _OLD_NAMES):
        return Kind.LEGACY
    if tree.root is None or _definitions(tree.root):
        return Kind.V3
    gives_value = any(node.type == "ReturnStatement" for node in _outside(tree.root)) or bool(value_statements(tree))
    return Kind.SIMPLE if gives_value else Kind.V3


def _of_statements(tree: Tree, root: Program) -> Kind:
    """The kind of a text without a header that parses, maybe but for some signs."""
    outside = list(_outside(root))
    own = set(map(id, outside))
    undeclared = Scopes(tree).undeclared
    used = {node.name for node in undeclared if id(node) in own}
    if used & _OTHER_HOSTS:
        return Kind.NONE
    made = _definitions(root)
    setup = made.get(_SETUP)
    if _PIXEL in made and (setup is not None or made[_PIXEL].type in FUNCTIONS):
        return _version(tree, 3)
    if setup is not None and _is_contract(setup):
        return _version(tree, 3)
    returned = [node.argument for node in outside if node.type == "ReturnStatement" and node.argument is not None]
    values = returned or [statement.expression for statement in value_statements(tree)]
    if values and not made and _is_pixel(values, used, {node.name for node in undeclared}, returned=bool(returned)):
        return Kind.SIMPLE
    if _PIXEL in used and (tree.broken or tree.faults):
        return Kind.V3  # what makes it is broken
    return Kind.NONE if _holds_a_script(tree) else Kind.FRAGMENT


def _definitions(root: Program) -> dict[str, Node]:
    """What is made at the top under the names `setup`, where that is a function, and `evaluatePixel`."""
    found: dict[str, Node] = {}
    for statement in root.body:
        pairs: list[tuple[Node | None, Node | None]] = []
        if statement.type == "FunctionDeclaration":
            pairs = [(statement.id, statement)]
        elif statement.type == "VariableDeclaration":
            pairs = [(item.id, item.init) for item in statement.declarations]
        elif statement.type == "ExpressionStatement" and statement.expression.type == "AssignmentExpression":
            left: Node = statement.expression.left
            if left.type == "MemberExpression" and not left.computed and _is_global(left.object):
                left = left.property
            pairs = [(left, statement.expression.right)]
        for name, made in pairs:
            if name is None or made is None or name.type != "Identifier":
                continue
            if name.name == _PIXEL or (name.name == _SETUP and made.type in FUNCTIONS):
                found[name.name] = made
    return found


def _is_global(node: Node) -> bool:
    return node.type == "ThisExpression" or name_of(node) == "globalThis"


def _is_contract(setup: Node) -> bool:
    """Whether a function makes an object with `input` and `output`, and so is not the `setup` of another program."""
    for node in walk(setup):
        if node.type == "ObjectExpression":
            keys = {_key(item): bool(item.shorthand) for item in node.properties if item.type == "Property"}
            if "input" in keys and "output" in keys and not (keys["input"] and keys["output"]):
                return True
        elif node.type == "CallExpression" and name_of(node.callee) in _OLD_NAMES:
            return True
    return False


def _key(item: Property) -> object:
    if item.computed:
        return None
    return item.key.name if item.key.type == "Identifier" else item.key.value


def _outside(root: Node) -> Iterator[Node]:
    """Yield the nodes that run when a script is loaded, without those that a `typeof` or a `try` guards."""
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        yield node
        if node.type in FUNCTIONS or node.type == "TryStatement":
            continue
        if node.type in ("IfStatement", "ConditionalExpression", "LogicalExpression") and _asks_after_a_name(node):
            continue
        stack.extend(reversed(children(node)))


def _asks_after_a_name(node: If | Conditional | Binary) -> bool:
    test = node.test if node.type == "IfStatement" or node.type == "ConditionalExpression" else node.left
    return any(item.type == "UnaryExpression" and item.operator == "typeof" for item in walk(test))


def _is_pixel(values: list[Node], used: set[str], undeclared: set[str], *, returned: bool) -> bool:
    """Whether the values that a script gives at its top are those of a pixel.

    Args:
        values: the expressions.
        used: the names that it reads when it is loaded and declares nowhere.
        undeclared: all names that it declares nowhere.
        returned: whether it returns the values, rather than ends with them.
    """
    if any(map(_BAND.fullmatch, used)):
        return True
    if not any(item.type == "ArrayExpression" or item.type == "CallExpression" for item in values):
        return False
    unknown = undeclared - _LANGUAGE - NAMES
    unknown -= _helpers() if unknown else frozenset()
    return unknown <= _bands() if unknown else returned


@cache
def _helpers() -> frozenset[str]:
    return frozenset(item.name for item in builtins())


@cache
def _bands() -> frozenset[str]:
    from oso_evalscript.model.catalog import collections  # takes time to load, and few texts ask for it

    return frozenset(band.name for item in collections() if not item.any_bands for band in item.bands)


def _of_words(tree: Tree) -> Kind:
    """The kind of a text without a header that does not parse."""
    words = _words(tree)
    top = list(_top(tree, words))
    if any(words[index] in ("import", "export") and words[index + 1 : index + 2] != ["("] for index in top):
        return Kind.NONE  # a module: one that exports a contract serves another program
    if any(words[index] in _OTHER_HOSTS and _is_used(words, index) for index in top):
        return Kind.NONE
    made = {words[index]: index for index in reversed(top) if _is_definition(words, index)}
    if _PIXEL in made or (_SETUP in made and {"input", "output"} <= set(words)):
        first = min(made.values())
        while first > 0 and _DECLARES.fullmatch(words[first - 1]):
            first -= 1
        before = tree.source.text[: tree.tokens[first].start]
        return Kind.NONE if _is_foreign(parse(Source(before))) else _version(tree, 3)
    if _is_foreign(tree):
        return Kind.NONE
    if any(words[index] == _PIXEL and words[max(index - 1, 0)] != "." for index in top):
        return _version(tree, 3)  # what makes it is broken
    if _takes_bands(tree, words):
        return Kind.SIMPLE
    return Kind.NONE if _holds_a_script(tree) else Kind.FRAGMENT


def _words(tree: Tree) -> list[str]:
    text = tree.source.text
    return [text[token.start : token.end] for token in tree.tokens]


def _top(tree: Tree, words: list[str]) -> Iterator[int]:
    """Yield which tokens stand outside of brackets; one is missing where a statement begins at the left margin."""
    depth = 0
    for index, (token, word) in enumerate(zip(tree.tokens, words, strict=True)):
        if word in (")", "]", "}"):
            depth = max(depth - 1, 0)
        elif word in _STARTS and _is_at_margin(tree.source.text, token.start):
            depth = 0
        if depth == 0:
            yield index
        if word in ("(", "[", "{"):
            depth += 1


def _is_at_margin(text: str, start: int) -> bool:
    return text[start - 1 : start] in ("", "\n", "\r")


def _is_used(words: list[str], index: int) -> bool:
    """Whether a name is called, or a member of it read, that no `typeof` asks after."""
    before, after = words[max(index - 1, 0)], words[index + 1 : index + 2]
    if after not in (["("], ["."]) or before in (".", "?.", "function"):
        return False
    return not any(pair == ("typeof", words[index]) for pair in pairwise(words))


def _is_definition(words: list[str], index: int) -> bool:
    """Whether a token is the name of a function of an evalscript, where that is defined."""
    if words[index] not in (_PIXEL, _SETUP):
        return False
    after = words[index + 1 : index + 3]
    if after[:1] == ["="]:
        return after in (["=", "function"], ["=", "async"], ["=", "("])
    return index > 0 and _DECLARES.fullmatch(words[index - 1]) is not None


def _takes_bands(tree: Tree, words: list[str]) -> bool:
    """Whether a text reads bands by their names, and declares or returns something."""
    pairs = zip(tree.tokens, words, ["", *words], strict=False)
    names = {word for token, word, before in pairs if token.kind == "Identifier" and before not in (".", "?.")}
    if any(map(_BAND.fullmatch, names)):
        return words[0] == "[" or any(word in ("let", "const", "var", "return") for word in words)
    return "return" in words and words[words.index("return") + 1 :][:1] == ["["] and bool(names & _bands())


def _is_foreign(tree: Tree) -> bool:
    """Whether a text is of another language."""
    text = tree.source.text
    if _is_shell(text) or _JSON.match(text):
        return True
    if tree.root is not None and not tree.faults:
        return False
    opened = (token.start for token in tree.tokens if token.kind == "Refused")
    if _OTHER_STRING.search(text) or any(_OPEN_STRING.match(text, start) for start in opened):
        return True
    # What parses with placeholders is JavaScript but for some signs; of the rest the lines tell.
    margin = (token.start for token in tree.tokens if _is_at_margin(text, token.start))
    return tree.root is None and not all(_LINE.match(text, start) for start in margin)


def _is_shell(text: str) -> bool:
    """Whether a text is a shell's script, which may be JavaScript by chance."""
    first = text.partition("\n")[0]
    return (first.startswith("#!") and not re.search("node|deno|bun", first)) or bool(_HERE_DOCUMENT.search(text))


def _holds_a_script(tree: Tree) -> bool:
    """Whether an evalscript stands in a string, or inside of something else."""
    text = tree.source.text
    if _SIGN.search(text) is None:
        return False
    if tree.root is None or tree.broken or tree.faults:
        return any(_SIGN.search(text, token.start, token.end) for token in tree.tokens)
    words = tree.of_type("Literal", "TemplateElement", "Identifier")  # their tokens, without reading the text again
    return any(_SIGN.search(text, *node.range) for node in words)
