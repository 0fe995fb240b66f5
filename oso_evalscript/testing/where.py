"""Which line of a script gives the value of a pixel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.nodes import Function
from oso_evalscript.javascript.syntax import Node, children, name_of, parse
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.model.text import Edit, Source, Span, apply
from oso_evalscript.runtime.failure import wrong_return
from oso_evalscript.runtime.program import Program

_MARK = "oso-evalscript:returns:"
_NOTED = re.compile(rf"{_MARK}(\d+)$")


def reopened(program: Program, source: Source | None = None) -> Program:
    """Return a fresh program of the same script, or of another text, whose bands come from the same collections."""
    known = {program.setup.key(index): origin.id for index, origin in enumerate(program.origins) if origin is not None}
    return Program(
        program.source if source is None else source, collection=known or None, api=program.api, strict=program.strict
    )


def line_of(program: Program, inputs: Mapping[str, Any]) -> int | None:
    """Return the line of the `return` of evaluatePixel that is taken on an input; None where that cannot be told.

    The script is run once more, with a note at each `return`.

    Args:
        program: the script.
        inputs: band → number, for samples that are one object.
    """
    edits = tuple(_edits(program.source))
    if not edits:
        return None
    try:
        with reopened(program, apply(program.source, edits)) as noted:
            outputs = noted.run({name: [[value]] for name, value in inputs.items()}, blank=False)
            log = [line.text for line in outputs.log]
    except ScriptError as error:  # it fails with what it returns, or before
        log = list(error.log)
    lines = [match[1] for line in log if (match := _NOTED.search(line))]
    return int(lines[-1]) if lines else None


def without_place(message: str) -> str:
    """Return what is said of a failing pixel without its row and column, which mean nothing in a made-up scene."""
    return re.sub(r", at the pixel in row \d+, column \d+, where .*", "", message.split("\n")[0])


def without_line(message: str) -> str:
    """Return a message without the file and line that it begins with: those of evaluatePixel, not of its `return`."""
    return re.sub(r"^[^\n]*?:\d+: ", "", message)


def returned_nothing(program: Program) -> str:
    """Return what is said of a pixel at which evaluatePixel returns nothing, as a run says it."""
    nothing = {"output": 0, "result": "nothing", "values": "nothing", "shown": "nothing"}
    return wrong_return(nothing, program.setup.outputs)


def line_named(message: str) -> int | None:
    """Return the line that a message begins with, as in `name:12: …`; None where there is none."""
    match = re.match(r"[^\n]*?:(\d+): ", message)
    return int(match[1]) if match else None


def _edits(source: Source) -> list[Edit]:
    tree = parse(source)
    function = next((found for node in tree.nodes if (found := _evaluate_pixel(node)) is not None), None)
    if function is None or tree.faults or tree.broken:
        return []
    body = function.body
    if body.type != "BlockStatement":
        return _noted(source, body)
    edits: list[Edit] = []
    stack = list(children(body))
    while stack:
        node = stack.pop()
        if node.type in FUNCTIONS:
            continue
        if node.type == "ReturnStatement" and node.argument is not None:
            edits += _noted(source, node.argument)
        stack += children(node)
    return edits


def _noted(source: Source, value: Node) -> list[Edit]:
    """The edits that note a line before a value is computed."""
    start, end = value.range
    note = f'(console.log("{_MARK}{source.position(start).line}"), ('
    return [Edit(Span(start, start), note), Edit(Span(end, end), "))")]


def _evaluate_pixel(node: Node) -> Function | None:
    """The function that a node defines under the name evaluatePixel."""
    if node.type == "FunctionDeclaration":
        return node if node.id is not None and node.id.name == "evaluatePixel" else None
    if node.type != "VariableDeclarator" or name_of(node.id) != "evaluatePixel":
        return None
    return node.init if node.init is not None and node.init.type in FUNCTIONS else None
