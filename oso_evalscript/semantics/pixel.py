"""The part of a script that runs for each pixel: `evaluatePixel` and what it calls."""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node
from oso_evalscript.semantics.script import Script


def pixel_functions(script: Script) -> tuple[Node, ...]:
    """Return `evaluatePixel` and every function that may run when it does, as far as they are called by name."""
    if script.evaluate_pixel is None:
        return ()
    first = script.evaluate_pixel.node
    found = {id(first): first}
    waiting = [first]
    while waiting:
        for other in script.scopes.functions_in(waiting.pop()):
            if id(other) not in found:
                found[id(other)] = other
                waiting.append(other)
    return tuple(found.values())


def pixel_nodes(script: Script) -> Iterator[Node]:
    """Yield the nodes of these functions, once each, in the order of the text."""
    own = script.scopes.own
    nodes = {id(node): node for function in pixel_functions(script) for node in own[id(function)]}
    yield from sorted(nodes.values(), key=lambda node: (node.range[0], -node.range[1]))


def root_variable(script: Script, node: Node) -> Variable | None:
    """Return the variable at the start of `a.b[c].d`; None where something else stands there."""
    while node.type == "MemberExpression":
        node = node.object
    return script.scopes.variable(node) if node.type == "Identifier" else None
