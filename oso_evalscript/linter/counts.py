"""Which divisors are counts that may be 0, and where such a count is read.

Counters start at 0 and are raised where a test of data holds; lists are filtered from the samples by one. None, or
nothing, wherever that is not certain.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import COMPARISONS, FUNCTIONS, LOOPS
from oso_evalscript.javascript.syntax import Node, walk
from oso_evalscript.semantics.samples.scenes import What
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import key_of

_HARMLESS = frozenset(
    """ArrayExpression AssignmentExpression Property ReturnStatement SpreadElement UpdateExpression
    VariableDeclarator""".split()  # noqa: SIM905
)


def places_of_count(node: Node, script: Script, counters: dict[int, Node | None]) -> list[Node] | None:
    """Return the places where a count is read that may be 0; None where a divisor is no such count."""
    variable = script.names.variable(node)
    if variable is not None and id(variable) in counters:
        return list(script.names.reads(variable))
    resolved = script.values.resolve(node)
    if resolved is not node and variable is not None and resolved.type in ("MemberExpression", "BinaryExpression"):
        inner = places_of_count(resolved, script, counters)
        return None if inner is None else [*inner, *script.names.reads(variable)]
    if node.type == "MemberExpression" and not node.computed and node.property.name == "length":
        return _filtered(node.object, script)
    if node.type == "BinaryExpression" and node.operator == "+":
        parts = [_counter(side, script, counters) for side in (node.left, node.right)]
        return [*parts[0], *parts[1]] if parts[0] is not None and parts[1] is not None else None
    if node.type == "BinaryExpression" and node.operator == "-" and _is_number_of_samples(node.left, script):
        return _counter(node.right, script, counters, sums=False)
    return None


def _counter(node: Node, script: Script, counters: dict[int, Node | None], *, sums: bool = True) -> list[Node] | None:
    """The places where a counter is read; in a sum, none that is raised wherever another one is not."""
    variable = script.names.variable(node)
    if variable is None or id(variable) not in counters or (sums and counters[id(variable)] is not None):
        return None
    return list(script.names.reads(variable))


def _filtered(node: Node, script: Script) -> list[Node] | None:
    """The places where the length of a list is read that is filtered from the samples by a test of a band."""
    variable = script.names.variable(node)
    made = script.values.resolve(node)
    if variable is not None and made is node and len(variable.makings) == 1 and not variable.is_parameter:
        made = variable.makings[0] or node
    while (step := _called_method(made)) is not None and step.property.name == "map":
        made = step.object  # as long as before
    if made.type != "CallExpression" or made.callee.type != "MemberExpression" or made.callee.computed:
        return None
    lists = script.samples.lists if script.samples is not None else set()
    bands = script.samples.bands if script.samples is not None else {}
    if made.callee.property.name != "filter" or id(made.callee.object) not in lists or not made.arguments:
        return None
    given = made.arguments[0]
    test = script.names.function(given) or given
    if not any(id(below) in bands for below in walk(test)):
        return None
    if variable is None:
        return []
    return [parent for place in script.names.reads(variable) if (parent := _length_of(place, script)) is not None]


def _called_method(node: Node) -> nodes.StaticMember | None:
    """The callee of the call of a method, None of anything else."""
    if node.type != "CallExpression" or node.callee.type != "MemberExpression" or node.callee.computed:
        return None
    return node.callee


def _length_of(place: Node, script: Script) -> Node | None:
    """The length of a list, where that is asked for by its name."""
    parent = script.tree.parent(place)
    if parent is None or parent.type != "MemberExpression" or parent.computed or parent.object is not place:
        return None
    return parent if parent.property.name == "length" else None


def _is_number_of_samples(node: Node, script: Script) -> bool:
    node = script.values.resolve(node)
    lists = script.samples.lists if script.samples is not None else set()
    is_length = node.type == "MemberExpression" and not node.computed and node.property.name == "length"
    return is_length and node.type == "MemberExpression" and id(node.object) in lists


def counters_of(script: Script) -> dict[int, Node | None]:
    """Return the variables that start at 0 and are raised by one, in a loop, where something passes a test.

    With each, the `else` that raises it, if one does: then it complements another one.
    """
    raised: dict[int, Node | None] = {}
    starting: set[int] = set()
    tests: dict[int, bool] = {}
    for node in script.tree.of_type("VariableDeclarator", "UpdateExpression", "AssignmentExpression"):
        target: Node | None = None
        lowered = False
        if node.type == "VariableDeclarator" and node.init is not None:
            variable = script.names.variable(node.id)
            full = _is_number_of_samples(node.init, script)
            if (
                variable is not None
                and not variable.outlives_calls
                and (full or script.values.constant(node.init) == 0)
            ):
                starting.add(id(variable) if not full else -id(variable))
        elif node.type == "UpdateExpression":
            target, lowered = node.argument, node.operator == "--"
        elif node.type == "AssignmentExpression" and node.operator in ("+=", "-="):
            target = node.left if script.values.constant(node.right) == 1 else None
            lowered = node.operator == "-="
        elif node.type == "AssignmentExpression" and node.operator == "=":
            step = node.right if node.right.type == "BinaryExpression" and node.right.operator in ("+", "-") else None
            is_same = step is not None and script.names.variable(step.left) is script.names.variable(node.left)
            target = node.left if step is not None and is_same and script.values.constant(step.right) == 1 else None
            lowered = step is not None and step.operator == "-"
        if target is not None:
            passes, otherwise = _where_a_test_passes(node, script, tests)
            variable = script.names.variable(target)
            if passes and variable is not None:
                raised[-id(variable) if lowered else id(variable)] = otherwise
    return {abs(key): otherwise for key, otherwise in raised.items() if key in starting}


def _where_a_test_passes(node: Node, script: Script, tests: dict[int, bool]) -> tuple[bool, Node | None]:
    """Whether a place is reached only where a test holds, inside a loop or a callback, and the `else` around it.

    `tests` remembers which tests are of bands, dates or what a function tells.
    """
    passes = False
    otherwise: Node | None = None
    parent = script.tree.parent(node)
    while parent is not None:
        if parent.type == "IfStatement" and parent.test is not node:
            if id(parent) not in tests:
                tests[id(parent)] = _is_about_data(parent.test, script)
            otherwise = parent if parent.alternate is node else None if tests[id(parent)] else otherwise
            passes = passes or tests[id(parent)]
        elif parent.type in LOOPS:
            return passes and (parent.type != "ForStatement" or parent.update is not node), otherwise
        elif parent.type in FUNCTIONS:
            above = script.tree.parent(parent)
            return passes and above is not None and above.type == "CallExpression", otherwise
        elif parent.type == "BlockStatement" and _is_skipped(parent, node, script):
            passes, otherwise = True, None  # neither branch is reached for what is skipped
        node, parent = parent, script.tree.parent(parent)
    return False, None


def _is_skipped(block: Node, node: Node, script: Script) -> bool:
    """Whether a statement before another one in a block goes on with the next sample where a test of data holds."""
    for statement in block.body if block.type == "BlockStatement" else ():
        if statement is node:
            return False
        if statement.type != "IfStatement" or statement.alternate is not None:
            continue
        then = statement.consequent
        last = then.body[-1] if then.type == "BlockStatement" and then.body else then
        if last.type == "ContinueStatement" and _is_about_data(statement.test, script):
            return True
    return False


def _is_about_data(test: Node, script: Script) -> bool:
    """Whether a test reads a band, or a field of a scene, or asks one of the script's own functions."""
    bands = script.samples.bands if script.samples is not None else {}
    for below in (inner for part in walk(test) for inner in _behind(part, script)):
        if id(below) in bands or script.scene_fields.of(below) in (What.TEXT, What.NUMBER):
            return True
        if below.type == "CallExpression" and script.names.function(below.callee) is not None:
            return True
    return False


def _behind(node: Node, script: Script) -> Iterator[Node]:
    """A node, and what a variable was made of that is set once."""
    yield node
    variable = script.names.variable(node) if node.type == "Identifier" else None
    if variable is not None and not variable.is_parameter and len(variable.makings) == 1 and variable.makings[0]:
        yield from walk(variable.makings[0])


def is_harmless(place: Node, script: Script) -> bool:
    """Return whether a count is only computed with, where it stands, and not tested."""
    node, parent = place, script.tree.parent(place)
    while parent is not None and parent.type == "BinaryExpression" and parent.operator not in COMPARISONS:
        node, parent = parent, script.tree.parent(parent)
    if parent is None:
        return False
    if parent.type == "ArrayExpression":
        above = script.tree.parent(parent)
        return above is None or above.type != "Property" or above.computed or key_of(above) != "dataMask"
    return parent.type in _HARMLESS and not (parent.type == "UpdateExpression" and node is not place)


def is_tested(node: Node, script: Script) -> bool:
    """Return whether a value, or what is computed from it, is compared, defaulted, or tested in a condition."""
    waiting = [node]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        parent = script.tree.parent(node)
        while parent is not None and parent.type in ("BinaryExpression", "UnaryExpression"):
            if parent.operator in COMPARISONS:
                return True
            node, parent = parent, script.tree.parent(parent)
        if parent is None or parent.type in ("LogicalExpression", "ConditionalExpression", "IfStatement"):
            return True
        name = parent.id if parent.type == "VariableDeclarator" else None
        name = parent.left if parent.type == "AssignmentExpression" else name
        variable = script.names.variable(name) if name is not None else None
        if variable is not None and id(variable) not in seen:
            seen.add(id(variable))
            waiting += script.names.reads(variable)
    return False
