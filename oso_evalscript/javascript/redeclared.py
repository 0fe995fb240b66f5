"""Names declared twice where JavaScript allows one: `let`, `const` and `class`, which the parser does not look at.

Two `var` or two functions of one name are legal, and so is a name of an inner block that hides an outer one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from oso_evalscript.javascript.faults import Fault
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.nodes import Function, Identifier
from oso_evalscript.javascript.patterns import bound_names
from oso_evalscript.javascript.scopes import MAX_DEPTH
from oso_evalscript.javascript.strictness import Strictness
from oso_evalscript.javascript.syntax import Node, Tree, span

_BLOCKS: Final = (
    "BlockStatement",
    "ForStatement",
    "ForInStatement",
    "ForOfStatement",
    "ForAwaitStatement",
    "SwitchStatement",
    "CatchClause",
    "StaticBlock",
)
_DECLARATIONS: Final = ("VariableDeclaration", "ClassDeclaration")


@dataclass(slots=True, eq=False)
class _Block:
    """The names of a block or of a whole function, each with the node that first declares it.

    Attributes:
        around: the block right around it, None around a function.
        lexical: the names of `let`, `const`, `class`, and of functions where it is no whole function.
        others: the names of `var` that pass through it, of parameters, and of the functions of a whole function.
        functions: those of `lexical` that are plain functions, of which there may be several.
        caught: the names that the `catch` around it binds.
        by_pattern: whether that is a pattern, whose names no `var` may take.
    """

    around: _Block | None
    lexical: dict[str, Identifier] = field(default_factory=dict)
    others: dict[str, Identifier] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    caught: dict[str, Identifier] = field(default_factory=dict)
    by_pattern: bool = False


def redeclared(tree: Tree) -> Iterator[Fault]:
    """Yield a fault for each name that is declared although its block has one of that name already."""
    blocks: dict[int, _Block] = {}
    text = tree.source.text
    is_strict = Strictness(tree) if "use strict" in text or "class" in text else None
    for node in tree.of_type("Program", *_BLOCKS, *FUNCTIONS, *_DECLARATIONS):
        parent = tree.parent(node)
        around = _block_around(tree, node, blocks)
        is_in_block = node.type == "FunctionDeclaration" and around is not None and around.around is not None
        twice = not (is_strict is not None and is_in_block and is_strict(node))
        for name, first in _clashes(node, parent, around, twice=twice):
            line = tree.source.position(first.range[0]).line
            yield Fault(span(name), f"`{name.name}` is already declared on line {line}")
        if around is None or node.type in FUNCTIONS or node.type == "StaticBlock":
            blocks[id(node)] = _Block(None)
            for parameter in node.params if node.type in FUNCTIONS else ():
                blocks[id(node)].others.update((name.name, name) for name in bound_names(parameter))
        elif node.type in _BLOCKS and not (parent is not None and parent.type in (*FUNCTIONS, "StaticBlock")):
            blocks[id(node)] = _Block(around)
            if parent is not None and parent.type == "CatchClause" and parent.param is not None:
                blocks[id(node)].caught = {name.name: name for name in bound_names(parent.param)}
                blocks[id(node)].by_pattern = parent.param.type != "Identifier"
        else:
            blocks[id(node)] = around


def _block_around(tree: Tree, node: Node, blocks: dict[int, _Block]) -> _Block | None:
    """The block that a node stands in, noted for all nodes between; None for the whole script."""
    passed: list[Node] = []
    above = tree.parent(node)
    while above is not None and id(above) not in blocks:
        passed.append(above)
        above = tree.parent(above)
    if above is None:
        return None
    block = blocks[id(above)]
    blocks.update((id(item), block) for item in passed)
    return block


def _clashes(
    node: Node, parent: Node | None, block: _Block | None, *, twice: bool
) -> Iterator[tuple[Identifier, Identifier]]:
    """Yield the names that a node declares, each with the node that declared it before; note all that it declares.

    Args:
        node: what may declare names.
        parent: the node right above.
        block: the block that it stands in.
        twice: whether plain functions of one name may stand in a block.
    """
    if block is None or parent is None:
        return
    if node.type == "VariableDeclaration":
        for item in node.declarations:
            for name in sorted(bound_names(item.id), key=lambda name: name.range[0]):
                first = _declare_var(block, name) if node.kind == "var" else _declare(block, name)
                if first is not None:
                    yield name, first
    elif node.type == "ClassDeclaration" and node.id is not None:
        first = _declare(block, node.id)
        if first is not None:
            yield node.id, first
    elif node.type == "FunctionDeclaration" and node.id is not None:
        first = _declare_function(block, node, node.id, parent, twice=twice)
        if first is not None:
            yield node.id, first


def _declare(block: _Block, name: Identifier) -> Identifier | None:
    first = block.lexical.get(name.name) or block.others.get(name.name) or block.caught.get(name.name)
    block.lexical.setdefault(name.name, name)
    block.functions.discard(name.name)
    return first


def _declare_var(block: _Block, name: Identifier) -> Identifier | None:
    first: Identifier | None = None
    inner: _Block | None = block
    for _ in range(MAX_DEPTH):
        if inner is None:
            break
        if name.name in inner.others and inner.around is not None:
            break  # another `var` has passed through this and all that is around
        first = first or inner.lexical.get(name.name) or (inner.caught.get(name.name) if inner.by_pattern else None)
        inner.others.setdefault(name.name, name)
        inner = inner.around
    return first


def _declare_function(
    block: _Block, node: Function, name: Identifier, parent: Node, *, twice: bool
) -> Identifier | None:
    if block.around is None:
        if parent.type not in ("Program", "BlockStatement"):
            return None  # behind `if` or a label it has a block of its own
        first = block.lexical.get(name.name)
        block.others.setdefault(name.name, name)
        return first
    if parent.type not in ("BlockStatement", "SwitchCase"):
        return None
    plain = twice and not (node.isAsync or node.generator)
    if plain and name.name in block.functions:
        return None
    first = _declare(block, name)
    if plain and first is None:
        block.functions.add(name.name)
    return first
