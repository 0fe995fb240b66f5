"""Which variable each name stands for, against V8: scripts at random, whose names tell what they stand for.

`OSO_EVALSCRIPT_PROOF`, if it is a number, says how many scripts are drawn.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

import pytest
from py_mini_racer import JSEvalException, MiniRacer

from oso_evalscript.javascript.kinds import CLASSES, FUNCTIONS
from oso_evalscript.javascript.nodes import Function
from oso_evalscript.javascript.patterns import bound_names
from oso_evalscript.javascript.scopes import Scopes, Variable
from oso_evalscript.javascript.syntax import Node, Tree, parse
from oso_evalscript.model.text import Source
from tests.javascript.naming import PRELUDE, Writer, marked_names, marks

PROOF = os.environ.get("OSO_EVALSCRIPT_PROOF", "")
COUNT = int(PROOF) if PROOF.isdigit() else 60
PARTS = 8 if COUNT > 1000 else 1  # for several processes


@pytest.fixture(scope="module")
def engine() -> Iterator[MiniRacer]:
    with MiniRacer() as isolate:
        yield isolate


def seen(engine: MiniRacer, text: str) -> list[list[int | str]] | None:
    """What a script sees at its names; None where V8 does not read it."""
    try:
        answer = engine.eval(f"(() => {{ {PRELUDE}\nreturn play(() => {{{text}\n}}); }})()")
    except JSEvalException as error:
        assert "SyntaxError" in str(error), error
        return None
    assert isinstance(answer, str)
    log: list[list[int | str]] = json.loads(answer)
    return log


@dataclass(frozen=True)
class Names:
    """What is said of the names of a script without running it."""

    tree: Tree

    @cached_property
    def scopes(self) -> Scopes:
        return Scopes(self.tree)

    @cached_property
    def marked(self) -> dict[int, Node]:
        """The identifiers that have a mark, by its number."""
        names = {node.range[0]: node for node in self.tree.of_type("Identifier")}
        return {number: names[at] for number, at in marked_names(self.tree.source.text)}

    def read(self, number: int) -> Variable | None:
        return self.scopes.variable(self.marked[number])

    def set_at(self, number: int) -> list[Variable]:
        """The variables that get the value of a mark; none where it is that of something without a name."""
        node = self.marked.get(number)
        if node is None:
            return []
        above = self.tree.parent(node)
        assert above is not None
        if (above.type in FUNCTIONS or above.type in CLASSES) and above.id is node:
            return [variable for variable in self.every if any(made is above for made in variable.makings)]
        variable = self.scopes.variable(node)
        return [] if variable is None else [variable]

    @cached_property
    def every(self) -> list[Variable]:
        return [variable for scope in self.scopes._all for variable in scope.names.values()]

    def parameters(self, function: int) -> list[set[int]]:
        """For each parameter of the function of a mark, the variables in it."""
        node = self.functions[function]
        return [{id(self.scopes.variable(name)) for name in bound_names(item)} for item in node.params]

    @cached_property
    def functions(self) -> dict[int, Function]:
        """The functions, by their first mark."""
        found = {}
        for node in self.tree.of_type(*FUNCTIONS):
            first = next(marks(self.tree.text(node)), None)
            if first is not None:
                found[first] = node
        return found


def may_hold(variable: Variable, others: list[Variable]) -> bool:
    """Whether a variable is one of some, or takes its value over from one of them."""
    return any(variable is other or any(source is other for source in variable.sources) for other in others)


def disagreements(names: Names, log: list[list[int | str]]) -> Iterator[str]:
    for number, what, *details in log:
        assert isinstance(number, int)
        variable = names.read(number)
        match what:
            case "unknown":
                fine = variable is None or not variable.declared
            case "unset" | "undefined":
                fine = variable is not None and (variable.declared or what == "undefined")
            case "value":
                (made,) = details
                assert isinstance(made, int)
                others = names.set_at(made)
                fine = variable is not None and (may_hold(variable, others) or not others)
            case "given":
                function, index = details
                assert isinstance(function, int)
                assert isinstance(index, int)
                given = names.parameters(function)
                fine = variable is not None and any(
                    id(item) in (given[index] if index < len(given) else given[-1])
                    for item in (variable, *variable.sources)
                )
            case "arguments":
                fine = variable is not None and variable.is_arguments
            case _:
                fine = variable is not None
        if not fine:
            yield f"mark {number} is {what} {details}, not {variable and (variable.name, variable.owner.range)}"


def wrong_at(engine: MiniRacer, number: int) -> list[str]:
    """Where the names of a drawn script stand for something else than in V8."""
    text = Writer(Random(number)).script()
    log = seen(engine, text)
    if log is None:
        return []
    tree = parse(Source(text))
    if tree.faults:  # the parser takes a label before a `static` block for one around what is in it
        assert all("label" in fault.message for fault in tree.faults)
        return []
    names = Names(tree)
    assert names.scopes.fault is None
    return [f"{fault}:\n{text}" for fault in disagreements(names, log)]


@pytest.mark.parametrize("part", range(PARTS))
def test_names_stand_for_what_they_stand_for_in_v8(engine: MiniRacer, part: int) -> None:
    wrong = [fault for number in range(part, COUNT, PARTS) for fault in wrong_at(engine, number)]
    assert not wrong, min(wrong, key=len)


BROKEN: dict[str, Callable[..., object]] = {
    "_is_apart": lambda self, function: False,
    "_around_switch": lambda self, around, inner: inner,
    "_add_arguments": lambda self: None,
    "_declare_behind_block": lambda self, node, own, block: None,
    "_take_over": lambda self: None,
}


@pytest.mark.parametrize("method", BROKEN)
def test_the_scripts_find_what_is_wrong_of_scopes(
    engine: MiniRacer, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scopes, method, BROKEN[method])
    assert any(wrong_at(engine, number) for number in range(200))
