"""Tracing: from the tree of a script to the expressions of its outputs.

The script is loaded as V8 would, with values that are known; then `evaluatePixel` is called with a sample whose bands
are inputs of the graph. Calls are followed, the library's own functions as well; loops are unrolled; where a
condition depends on the pixel both ways are gone.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from typing import cast

from oso_evalscript.javascript.nodes import Declaration, Program
from oso_evalscript.javascript.nodes import Node as Tree
from oso_evalscript.javascript.syntax import Tree as Script
from oso_evalscript.javascript.syntax import walk
from oso_evalscript.kernels import natives, sparse
from oso_evalscript.kernels.convert import to_number
from oso_evalscript.kernels.ends import returned
from oso_evalscript.kernels.expressions import evaluate, lookup
from oso_evalscript.kernels.graph import Graph, Number, TooLarge, Truth
from oso_evalscript.kernels.library import Library
from oso_evalscript.kernels.machine import Machine, State
from oso_evalscript.kernels.properties import get
from oso_evalscript.kernels.statements import bind, block, execute, hoist, hoist_vars
from oso_evalscript.kernels.task import Feed, Refused, Task
from oso_evalscript.kernels.values import (
    NULL,
    UNDEFINED,
    Closure,
    Declined,
    GaveUp,
    Native,
    Ref,
    Unknown,
    Value,
    is_boolean,
    is_number,
)
from oso_evalscript.model.contract import Output

_DEEPEST_CALL = 60
_DEEP = 200_000  # calls between Python functions take no C stack
_deep_trace = threading.Lock()
_CHANGES = frozenset(
    {
        *("AssignmentExpression", "UpdateExpression", "CallExpression", "TaggedTemplateExpression"),
        *("YieldExpression", "AwaitExpression"),
    }
)


@dataclass(frozen=True, slots=True)
class Traced:
    """What a script makes of a pixel.

    Attributes:
        graph: what made the nodes.
        outputs: for each output the number of each band.
        guard: which pixels are left to JavaScript.
        reasons: why, in words.
    """

    graph: Graph
    outputs: tuple[tuple[Number, ...], ...]
    guard: Truth
    reasons: tuple[str, ...]


def trace(script: Script, task: Task) -> Traced | Refused:
    """Return what a script makes of a pixel, or why that is not known.

    Args:
        script: its tree; it has to be proved pure.
        task: what it is given, and what is wanted of it.
    """
    if script.root is None or script.broken or script.faults:
        return Refused("the script has syntax errors")
    with _deep_trace:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEP))
        try:
            return _trace(script.root, task)
        except (Declined, GaveUp) as reason:
            return Refused(str(reason))
        except TooLarge:
            return Refused("too many operations per pixel")
        finally:
            sys.setrecursionlimit(limit)


def _trace(root: Program, task: Task) -> Traced:
    m = Machine(Library(task.order), evaluate, call)
    scope = m.make("scope", {})
    _load(m, root.body, root, scope)
    m.state, m.loading, m.steps = State(m.state.parts, {}), False, 0
    function = lookup(m, "evaluatePixel", scope)
    others = ("scenes", "inputMetadata", "customData", "outputMetadata")
    metadata: list[Value] = [Unknown(f"reads `{name}`, the argument of evaluatePixel") for name in others]
    result = call(m, function, UNDEFINED, [_samples(m, task), *metadata])
    outputs = tuple(
        tuple(_element(m, result, output, band, task) for band in range(output.bands)) for output in task.outputs
    )
    guard: Truth = False
    for condition, _ in m.guards:
        guard = m.graph.either(guard, condition)
    reasons = tuple(dict.fromkeys(reason for _, reason in m.guards))
    if guard is True:
        raise Declined(reasons[0])
    return Traced(m.graph, outputs, guard, reasons)


def _load(m: Machine, statements: list[Tree], root: Tree, scope: Ref) -> None:
    """Run the script's own statements; a variable whose value is not understood is unknown until it is read."""
    hoist_vars(m, root, scope)
    hoist(m, statements, scope)
    for statement in statements:
        try:
            execute(m, statement, scope)
        except Declined as reason:
            if not _is_harmless(statement):
                raise
            bind(m, cast("Declaration", statement).declarations[0].id, Unknown(str(reason)), scope)


def _is_harmless(statement: Tree) -> bool:
    """Whether a statement makes one variable, and changes nothing else."""
    if statement.type != "VariableDeclaration" or len(statement.declarations) != 1:
        return False
    named = statement.declarations[0].id.type == "Identifier"
    return named and not any(node.type in _CHANGES for node in walk(statement))


def _samples(m: Machine, task: Task) -> Value:
    plane = 0
    sources: dict[str, Value] = {}
    for feed in task.feeds:
        listed = [_sample(m, feed, plane, slot) for slot in range(feed.slots)]
        plane += len(feed.bands)
        sources[feed.key] = m.make("array", listed) if feed.listed else listed[0]
        if not task.fusion:
            return sources[feed.key]
    return m.make("object", sources)


def _sample(m: Machine, feed: Feed, plane: int, slot: int) -> Value:
    bands: dict[str, Value] = {
        name: m.graph.load(plane + at, slot, type_) for at, (name, type_) in enumerate(feed.bands)
    }
    if any(name in bands for name in ("__proto__", "constructor")):
        raise Declined("a band named like a property of every object")
    return m.make("object", bands)


def _element(m: Machine, result: Value, output: Output, band: int, task: Task) -> Number:
    """The number that is returned for a band."""
    alone = len(task.outputs) == 1

    def of_array(value: Value) -> Value:
        if isinstance(value, Ref) and value.kind == "array":
            return m.with_parts(value, lambda parts: of_parts(parts))
        if output.bands == 1 and task.scalars and (is_number(value) or is_boolean(value)):
            return to_number(m, value)
        raise Declined(f"does not return an array for the output `{output.id}`")

    def of_parts(parts: list[Value]) -> Value:
        if len(sparse.dense(parts)) != output.bands:
            raise Declined(f"returns {len(parts)} values for {output.bands} bands of the output `{output.id}`")
        return m.each(parts[band], of_number)

    def of_number(value: Value) -> Value:
        if not (is_number(value) or is_boolean(value)):
            raise Declined("returns an element that is not a number")
        return to_number(m, value)

    def of_result(value: Value) -> Value:
        if isinstance(value, Ref) and value.kind == "object" and value.cls is None:
            return m.each(get(m, value, output.id), of_array)
        return of_array(value) if alone else of_array(UNDEFINED)

    return to_number(m, m.each(result, of_result))


def call(m: Machine, function: Value, this: Value, args: list[Value]) -> Value:
    """Return what a function gives."""
    if isinstance(function, Native):
        return natives.call(m, function, args)
    if not isinstance(function, Closure):
        raise Declined("calls a value that is not a function")
    node = function.node
    if node.generator or node.isAsync:
        raise Declined("a generator or async function")
    if m.depth >= _DEEPEST_CALL:
        raise Declined("calls nested too deeply")
    m.step()
    before = m.depth, m.in_library
    m.depth, m.in_library = m.depth + 1, function.library
    if this is UNDEFINED or this is NULL:  # the global object, but in strict mode
        this = Unknown("uses `this` in a plain call")
    scope = m.make("scope", {} if node.type == "ArrowFunctionExpression" else {"this": this}, parent=function.scope)
    if node.type == "FunctionExpression" and node.id is not None:
        bind(m, node.id, function, scope)
    for at, parameter in enumerate(node.params):
        if parameter.type == "RestElement":
            bind(m, parameter.argument, m.make("array", args[at:]), scope)
        else:
            bind(m, parameter, args[at] if at < len(args) else UNDEFINED, scope)
    if node.body.type == "BlockStatement":
        hoist_vars(m, node.body, scope)
        hoist(m, node.body.body, scope)
        value = returned(m, block(m, node.body.body, scope))
    else:
        value = m.evaluate(m, node.body, scope)
    m.depth, m.in_library = before
    return value


def _unlock() -> None:
    """In a process that was forked: the thread that held the lock is not there."""
    global _deep_trace
    _deep_trace = threading.Lock()


os.register_at_fork(after_in_child=_unlock)
