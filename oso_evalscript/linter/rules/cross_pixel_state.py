"""A global variable carries a value from one pixel to the next.

The order in which pixels are evaluated is not documented, nor is whether one script evaluates the whole picture. The
result may therefore differ between two requests, and between tiles of the same picture.

The rule does not report variables that `updateOutputMetadata` or another function outside of the pixel loop reads,
which is a documented technique, or variables that `evaluatePixel` sets before it reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.pixel import pixel_functions, pixel_nodes
from oso_evalscript.semantics.script import Script

_MAX_DEPTH = 100  # nodes around a name; what stands deeper is taken for less than it is


def check(script: Script) -> Iterator[Finding]:
    """Look at the variables of the script that pixels set."""
    if script.scopes.fault is not None:
        return
    uses: dict[int, list[nodes.Identifier]] = {}
    variables: dict[int, Variable] = {}
    for node in pixel_nodes(script):
        if node.type != "Identifier":
            continue
        variable = script.scopes.variable(node)
        if variable is not None and variable.outlives_calls and variable.function is None:
            variables[id(variable)] = variable
            uses.setdefault(id(variable), []).append(node)
    for key, places in uses.items():
        writes = [node for node in places if not script.scopes.is_read(node)]
        reads = [node for node in places if _is_read(script, node) and not _is_set_before(script, node, writes)]
        if not writes or not reads or any(_is_set_first(script, write, reads) for write in writes):
            continue
        if not _is_read_elsewhere(script, variables[key]):
            name = variables[key].name
            yield Finding(span(writes[0]), f"`{name}` is set here and read again in other pixels")


def _is_read(script: Script, node: nodes.Identifier) -> bool:
    """Whether the value of a variable is used, other than to compute its own next one."""
    if script.scopes.is_read(node):
        around = islice(_around(script, node), _MAX_DEPTH)
        assignment = next((above for above in around if above.type == "AssignmentExpression"), None)
        target = assignment.left if assignment is not None else None
        return target is None or target.type != "Identifier" or target.name != node.name
    parent = script.tree.parent(node)
    if parent is None or parent.type not in ("UpdateExpression", "AssignmentExpression") or parent.operator == "=":
        return False
    above = script.tree.parent(parent)
    return above is not None and above.type not in ("ExpressionStatement", "ForStatement", "SequenceExpression")


def _block_of(script: Script, write: Node) -> Node | None:
    """The block whose own statement assigns a new value to a variable; None where that is no such statement."""
    assignment = script.tree.parent(write)
    if assignment is None or assignment.type != "AssignmentExpression" or assignment.operator != "=":
        return None
    statement = script.tree.parent(assignment)
    if statement is None or assignment.left is not write:
        return None
    starts_loop = statement.type == "ForStatement" and statement.init is assignment
    return script.tree.parent(statement) if starts_loop or statement.type == "ExpressionStatement" else None


def _is_set_before(script: Script, read: Node, writes: Sequence[Node]) -> bool:
    """Whether the function itself has set a variable, whatever came before, when it reads it."""
    around = {id(above) for above in islice(_around(script, read), _MAX_DEPTH)}
    return any(write.range[1] < read.range[0] and id(_block_of(script, write)) in around for write in writes)


def _is_set_first(script: Script, write: Node, reads: Sequence[Node]) -> bool:
    """Whether `evaluatePixel` assigns a value, whatever the pixel, before anything reads it."""
    pixel = script.evaluate_pixel
    block = _block_of(script, write)
    if pixel is None or block is None or block is not pixel.node.body:
        return False
    return all(read.range[0] > write.range[1] for read in reads if _is_inside(read, pixel.node))


def _is_inside(node: Node, function: Node) -> bool:
    return bool(function.range[0] <= node.range[0] < function.range[1])


def _is_read_elsewhere(script: Script, variable: Variable) -> bool:
    """Whether some function that does not run for pixels reads a variable."""
    besides = {id(function) for function in (script.tree.root, *pixel_functions(script))}
    return any(
        node.type == "Identifier" and script.scopes.variable(node) is variable and script.scopes.is_read(node)
        for function, nodes in script.scopes.own.items()
        if function not in besides
        for node in nodes
    )


def _around(script: Script, node: Node) -> Iterator[Node]:
    """Yield what stands around a node within its function, from the inside out."""
    above = script.tree.parent(node)
    while above is not None and above.type not in FUNCTIONS:
        yield above
        above = script.tree.parent(above)


def _script(pixel: str, more: str = "") -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
        f"function evaluatePixel(s) {{ {pixel} }}\n{more}"
    )


RULE = Rule(
    name="cross-pixel-state",
    severity=Severity.INFO,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        _script(
            "if (s.B04 > most) { most = s.B04; } return [s.B04];",
            "var most = 0;\nfunction updateOutputMetadata(scenes, input, output) { output.userData = { most }; }",
        ),
        _script("v = s.B04; return [v * gain];", "let v; const gain = 2;"),
        _script("return [twice(s.B04)];", "let v;\nfunction twice(x) { if (x) { v = x; return v + v; } return 0; }"),
        _script("let count = 0; count += s.B04; return [count];", "let seen = 0; seen += 1;"),
        _script("pixels++; return [s.B04];", "let pixels = 0;"),
    ),
    bad=(
        Bad(_script("const old = last; last = s.B04; return [s.B04 - old];", "let last = 0;"), at="last"),
        Bad(_script("if (s.B04 > most) { most = s.B04; } return [s.B04 / most];", "var most = 0;"), at="most"),
        Bad(_script("return [s.B04 + next()];", "let at = 0;\nfunction next() { return at++; }"), at="at"),
    ),
)
