"""Why trying every input of a script proves nothing: what else than its inputs a result may depend on."""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.nodes import Function
from oso_evalscript.javascript.patterns import bound_names
from oso_evalscript.javascript.purity import Impurity, find_impurity
from oso_evalscript.javascript.scopes import Scopes, Variable
from oso_evalscript.javascript.syntax import Node, Tree, parse, walk
from oso_evalscript.model.contract import HOOKS
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.program import Program


def doubt(source: Source) -> str:
    """Return why the results of a script on every input are no proof; empty where they are one.

    A script that keeps state was seen in one order of inputs, one that sees what its engine is free to change in one
    run of the engine, one that looks at scenes or metadata with one set of them.
    """
    tree = parse(source)
    return _in_words(find_impurity(tree), tree)


def doubt_of(program: Program) -> str:
    """Return the same for a program, whose script may be a simple one."""
    return _in_words(program.impurity(), parse(program.source))


def _in_words(found: Impurity | None, tree: Tree) -> str:
    if found is not None:
        return f"it may {'depend on the engine' if found.of_engine else 'keep state'} ({found.words})"
    held = _held(tree)
    return "" if held is None else f"scenes and metadata were held constant ({held})"


def _held(tree: Tree) -> str | None:
    """Where a script looks at more than the samples of its pixel; None where it does not."""
    scopes = Scopes(tree)
    for name in HOOKS:
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
    """Where evaluatePixel uses an argument behind its first one; None where it does not."""
    parameters = function.params
    for index, parameter in enumerate(parameters):
        if parameter.type == "RestElement" or (index and parameter.type != "Identifier"):
            return parameter
    declared = {id(name) for parameter in parameters for name in bound_names(parameter)}
    further = [variable for parameter in parameters[1:] if (variable := scopes.variable(parameter)) is not None]
    for part in (*parameters, function.body):
        for node in walk(part):
            variable = scopes.variable(node) if node.type == "Identifier" and id(node) not in declared else None
            if variable is not None and any(item in further for item in _origins(variable)):
                return node
            if variable is not None and variable.is_arguments and variable.owner is function:
                return node
    return None


def _origins(variable: Variable) -> Iterator[Variable]:
    """Yield a variable and those that it takes its value over from."""
    yield variable
    yield from variable.sources
