"""What a script can see of the engine that runs it: what no specification fixes, and what changes as V8 optimises.

ECMA-262 leaves these open, and V8 answers them differently before and after it has compiled a function, or from one
process to the next:

- *The bits of a NaN.* All NaN are alike but for a view of other numbers on the same `buffer`.
- *Where the stack ends.* Functions that call themselves, arguments spread from a long list, text made of arrays within
  arrays, and regular expressions run out of it. How far they get depends on the size of the frames below, and shows
  where the error is caught. What is not caught stops the script, and is no result.
- *Where memory ends*, which shows when a typed array cannot be made.

The rest of what differs is not within reach of a script that `effects` lets pass: the clock, `Math.random`, `WeakRef`,
`Intl` and all that depends on a locale, `stack`, `caller`, and the text of functions. Not among the differences are the
functions of `Math`, the order of keys, and what `sort` makes of any comparison: V8 has one answer to each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Flag, auto

from oso_evalscript.javascript.builtins import NAMES, TYPED_ARRAYS
from oso_evalscript.javascript.flow import Flow
from oso_evalscript.javascript.kinds import FUNCTIONS, LOOPS
from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import Node, walk

_FLOATS = frozenset({"Float32Array", "Float64Array"})
_LEAVES_AT_ONCE = frozenset({"ReturnStatement", "BreakStatement", "ContinueStatement", "ThrowStatement"})
_MATCHES = frozenset({"match", "matchAll", "search"})

_MAX_NODES = 5_000
"""So many nodes of code need no more of the stack than there is, where no function calls itself."""


class Phase(Flag):
    """When a function may run: while the script loads, for each pixel, or when the service asks for something else."""

    NONE = 0
    LOAD = auto()
    PIXEL = auto()
    HOOK = auto()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the results of a script are not proved to depend on the pixel alone: where, and in which words.

    Attributes:
        node: where.
        words: why, to follow the number of the line.
        of_engine: whether they may depend on the engine, rather than on other pixels.
    """

    node: Node
    words: str
    of_engine: bool = False


_Functions = Sequence[tuple[Node, Phase]]
"""Functions that may run, each with the phases it may run in."""


def sight_of_engine(scopes: Scopes, functions: _Functions, flow: Flow, handed: Iterable[int]) -> Doubt | None:
    """Return where a script can see what V8 does not promise; None where it cannot.

    Args:
        scopes: its variables.
        functions: its functions that may run, each with the phases it may run in.
        flow: where its objects go, solved.
        handed: the cells of what the service hands over, which is not deep.
    """
    seen = [(function, phase) for function, phase in functions if phase is not Phase.HOOK]
    nodes = [node for function, _ in seen for node in scopes.own[id(function)]]
    return _bytes_of_numbers(scopes, nodes) or _end_of_stack(scopes, seen, nodes, flow.nests(but=handed))


def _bytes_of_numbers(scopes: Scopes, nodes: Sequence[Node]) -> Doubt | None:
    if not any(_is_host(scopes, node, _FLOATS) for node in nodes):
        return None
    for node in nodes:
        if _names_buffer(node):
            return Doubt(
                node, "reads the bytes of numbers through `buffer`, and a NaN may have other bytes each time", True
            )
    return None


def _names_buffer(node: Node) -> bool:
    match node.type:
        case "MemberExpression":
            return not node.computed and bool(node.property.name == "buffer")
        case "Property":
            return not node.computed and bool(node.key.type == "Identifier" and node.key.name == "buffer")
        case "Literal":
            return bool(node.value == "buffer")
        case "TemplateElement":
            return bool(node.value.cooked == "buffer")
    return False


def _end_of_stack(scopes: Scopes, functions: _Functions, nodes: Sequence[Node], nests: bool) -> Doubt | None:
    caught = next((node for node in nodes if node.type == "TryStatement" and _catches(node)), None)
    if caught is None:
        return None
    reason = next(_ways_to_the_end(scopes, functions, nodes, nests), None)
    if reason is None:
        return None
    words = f"catches errors where {reason}; how far that gets before it fails may differ each time"
    return Doubt(caught, words, True)


def _catches(attempt: Node) -> bool:
    """Whether an error inside may not come out: by a `catch`, or a `finally` that leaves it behind."""
    if attempt.handler is not None:
        return True
    return any(node.type in _LEAVES_AT_ONCE for node in walk(attempt.finalizer))


def _ways_to_the_end(scopes: Scopes, functions: _Functions, nodes: Sequence[Node], nests: bool) -> Iterator[str]:
    """Yield what may use up the stack or the memory, in words."""
    if _calls_itself(scopes, [function for function, _ in functions]):
        yield "a function calls itself"
    replaced = (made for name in scopes.top.keys() & NAMES for made in scopes.top[name].makings)
    if any(made is not None and made.type in FUNCTIONS for made in replaced):
        yield "functions of the service are replaced, which may call one another"
    if nests or _may_nest_while_loading(scopes, functions):
        yield "objects are nested without a limit"
    for node in nodes:
        if node.type in ("CallExpression", "NewExpression"):
            if any(item.type == "SpreadElement" and not _is_short(item.argument) for item in node.arguments):
                yield "the arguments of a call are spread"
            if _is_host(scopes, node.callee, TYPED_ARRAYS) and not all(map(_is_short, node.arguments)):
                yield "a typed array of any length is made"
            if node.callee.type == "MemberExpression" and node.callee.property.name in _MATCHES:
                yield "a regular expression is matched"
        elif node.type == "Literal" and vars(node).get("regex") is not None:
            yield "a regular expression is matched"
    if len(nodes) > _MAX_NODES:
        yield "there is so much code that it may not fit the stack"


def _calls_itself(scopes: Scopes, functions: Sequence[Node]) -> bool:
    """Whether some function may be called while it runs."""
    open_ = {id(function): 1 for function in functions}  # 1 not looked at, 2 being looked at, 0 done
    for first in functions:
        stack = [(first, scopes.functions_in(first))] if open_[id(first)] else []
        open_[id(first)] *= 2
        while stack:
            function, others = stack[-1]
            other = next(others, None)
            if other is None:
                open_[id(function)] = 0
                stack.pop()
            elif open_.get(id(other)) == 2:
                return True
            elif open_.get(id(other)) == 1:
                open_[id(other)] = 2
                stack.append((other, scopes.functions_in(other)))
    return False


def _may_nest_while_loading(scopes: Scopes, functions: _Functions) -> bool:
    """Whether what is made while the script loads may be nested any number of times; it is not followed."""
    for function, phase in functions:
        if Phase.LOAD in phase:
            own = scopes.own[id(function)]
            loops = own if function.type != "Program" else [node for node in own if node.type in LOOPS]
            repeated = (below for node in loops for below in (walk(node) if node.type in LOOPS else (node,)))
            if any(_may_make(scopes, node) for node in repeated) or any(map(_parses, own)):
                return True
    return False


def _may_make(scopes: Scopes, node: Node) -> bool:
    """Whether a node makes an object, or calls what may make one."""
    if node.type in ("CallExpression", "NewExpression"):
        return node.callee.type != "Identifier" or scopes.variable(node.callee) is None
    return node.type in ("ArrayExpression", "ObjectExpression")


def _parses(node: Node) -> bool:
    return bool(node.type == "MemberExpression" and node.property.name == "parse")


def _is_short(node: Node) -> bool:
    """Whether a node is a number, or a list that is as long as it is written."""
    if node.type == "ArrayExpression":
        return not any(item is not None and item.type == "SpreadElement" for item in node.elements)
    return bool(node.type == "Literal" and isinstance(node.value, int | float) and node.value <= 2**20)


def _is_host(scopes: Scopes, node: Node, names: frozenset[str]) -> bool:
    """Whether a node is one of some names of the language."""
    return node.type == "Identifier" and node.name in names and scopes.variable(node) is None
