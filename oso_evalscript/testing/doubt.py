"""Why trying every input of a script proves nothing: what else than its inputs a result may depend on."""

from __future__ import annotations

from oso_evalscript.javascript.nodes import Function
from oso_evalscript.javascript.purity import impurity
from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import Node, Tree, parse, walk
from oso_evalscript.model.text import Source

_HOOKS = ("preProcessScenes", "filterScenes", "updateOutput", "updateOutputMetadata")


def doubt(source: Source) -> str:
    """Return why the results of a script on every input are no proof; empty where they are one.

    A script that keeps state was seen in one order of inputs, one that looks at scenes or metadata with one set of
    them.
    """
    tree = parse(source)
    state = impurity(tree)
    if state is not None:
        return f"it may keep state ({state})"
    held = _held(tree)
    return "" if held is None else f"scenes and metadata were held constant ({held})"


def _held(tree: Tree) -> str | None:
    """Where a script looks at more than the samples of its pixel; None where it does not."""
    scopes = Scopes(tree)
    for name in _HOOKS:
        if name in scopes.top:
            return f"`{name}` is given them"
    variable = scopes.top.get("evaluatePixel")
    function = None if variable is None else variable.function
    if function is None:
        return None
    node = _further_argument(scopes, function)
    if node is None:
        return None
    line = tree.source.position(node.range[0]).line
    return f"line {line}: evaluatePixel reads `{tree.text(node)}`"


def _further_argument(scopes: Scopes, function: Function) -> Node | None:
    """Where evaluatePixel reads an argument behind its first one; None where it does not."""
    for index, parameter in enumerate(function.params):
        if parameter.type == "RestElement" or (index and parameter.type != "Identifier"):
            return parameter
    plain = {parameter.name for parameter in function.params[1:] if parameter.type == "Identifier"}
    for node in walk(function.body):
        if node.type != "Identifier" or not scopes.is_read(node):
            continue
        variable = scopes.variable(node)
        if node.name == "arguments" and variable is None:
            return node
        if variable is not None and variable.owner is function and node.name in plain:
            return node
    return None
