"""Whether what a script returns for a pixel depends on that pixel alone; told from its text, without running it.

The proof is that of a short list: what evaluatePixel reaches may change only what was made in the same call, may keep
nothing beyond it, and may use only what is known to depend on nothing else. `scopes` tells which variable a name
stands for, `builtins` lists what is known of the language and the service, `effects` says which objects each construct
hands on and which it changes, and `flow` follows them. Whatever is not on a list counts as a reason against.

One thing is taken for granted: that no script works out the name of a method of the language, or of a prototype, at run
time (from pieces, or from the keys of an object) in order to keep something there or to give the method another name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oso_evalscript.javascript import builtins
from oso_evalscript.javascript.effects import Effects
from oso_evalscript.javascript.engine import Doubt, Phase, sight_of_engine
from oso_evalscript.javascript.flow import SHARED, TooTangled
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.nodes import Function, Program
from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import Tree
from oso_evalscript.model.contract import HOOKS

_ARGUMENTS = 5


@dataclass(frozen=True, slots=True)
class Impurity:
    """Why it is not proved that what `evaluatePixel` returns depends on its first argument only.

    Attributes:
        words: the line and the reason.
        of_engine: whether results may depend on the engine; otherwise they may depend on other pixels.
    """

    words: str
    of_engine: bool = False


def impurity(tree: Tree) -> str | None:
    """Return why it is not proved that what `evaluatePixel` returns depends on its first argument only; None if it is.

    The other arguments, scenes and metadata, count as constants of the run. Where None is returned, pixels may be
    evaluated in any order, once or several times, and in several isolates that have all loaded the script.
    """
    found = find_impurity(tree)
    return None if found is None else found.words


def find_impurity(tree: Tree, lines_before: int = 0) -> Impurity | None:
    """Return the same as `impurity`, with what kind of reason it is.

    Args:
        tree: the script, as it is loaded.
        lines_before: how many lines were put before its author's own.
    """
    if tree.root is None or tree.broken or tree.faults:
        return Impurity("the text is not JavaScript throughout")
    doubt = _doubt(tree, tree.root)
    if doubt is None:
        return None
    line = max(tree.source.position(doubt.node.range[0]).line - lines_before, 1)
    return Impurity(f"line {line}: {doubt.words}", doubt.of_engine)


def _doubt(tree: Tree, root: Program) -> Doubt | None:
    scopes = Scopes(tree)
    if scopes.fault is not None:
        return Doubt(*scopes.fault)
    entries: dict[str, Function] = {}
    for name in ("evaluatePixel", "setup", *HOOKS):
        variable = scopes.top.get(name)
        function = variable.function if variable is not None else None
        if function is not None:
            entries[name] = function
        elif variable is not None or name == "evaluatePixel":
            return Doubt(root, f"`{name}` is not one function that is there from the start")
    # The service's own functions may call one another by these names.
    made = [made for name in scopes.top.keys() & builtins.NAMES for made in scopes.top[name].makings]
    replaced = [function for function in made if function is not None and function.type in FUNCTIONS]
    return _first_doubt(tree, root, scopes, entries, replaced)


def _first_doubt(
    tree: Tree, root: Program, scopes: Scopes, entries: dict[str, Function], replaced: list[Function]
) -> Doubt | None:
    phases = {name: Phase.PIXEL if name == "evaluatePixel" else Phase.HOOK for name in entries}
    roots: list[tuple[Function | Program, Phase]] = [(function, phases[name]) for name, function in entries.items()]
    roots += [(function, Phase.PIXEL) for function in replaced]
    reached = list(_reached(scopes, [(root, Phase.LOAD), *roots]))
    effects = Effects(tree, scopes, reached)
    handed: list[int] = []  # what the service hands to a function first
    for name, function in entries.items():
        given = effects.flow.make()
        effects.flow.store(given, given)
        handed.append(given)
        shared = SHARED if name == "evaluatePixel" else given
        effects.call(function, [given] + [shared] * (_ARGUMENTS - 1))
    for function in replaced:
        effects.call(function, [SHARED] * max(len(function.params), 1))
    try:
        effects.flow.solve()
    except TooTangled:
        return Doubt(root, "hands objects on in too many ways to be followed")
    changes = [Doubt(node, words) for node, cell, words in effects.writes if not effects.flow.is_new(cell)]
    found = effects.doubts or changes
    first = min(found, key=lambda doubt: (doubt.node.range[0], -doubt.node.range[1]), default=None)
    return first or sight_of_engine(scopes, reached, effects.flow, handed)


def _reached(
    scopes: Scopes, roots: list[tuple[Function | Program, Phase]]
) -> Iterator[tuple[Function | Program, Phase]]:
    """Yield the functions that may run at all, with all the phases they may run in."""
    phases: dict[int, Phase] = {}
    functions: dict[int, Function | Program] = {}
    waiting = list(roots)
    while waiting:
        function, phase = waiting.pop()
        known = phases.get(id(function), Phase.NONE)
        if phase | known != known:
            functions[id(function)] = function
            phases[id(function)] = phase | known
            waiting.extend((other, phase | known) for other in scopes.functions_in(function))
    for key, function in functions.items():
        yield function, phases[key]
