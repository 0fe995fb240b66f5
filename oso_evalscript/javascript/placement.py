"""Words that only some places may hold: `super`, `new.target`, `yield`, `await`, `return`, labels, functions.

Each is sought from inside out, so that a script pays only for what it has.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.around import Around
from oso_evalscript.javascript.faults import Fault
from oso_evalscript.javascript.kinds import FUNCTIONS, LOOPS
from oso_evalscript.javascript.nodes import Function, Node
from oso_evalscript.javascript.scopes import is_label_or_key
from oso_evalscript.javascript.syntax import Tree, children, span
from oso_evalscript.model.text import Span

_HOLD_DECLARATIONS = frozenset(("Program", "BlockStatement", "SwitchCase", "ExportNamedDeclaration"))
_STATEMENTS_WITHIN = frozenset(
    """Program BlockStatement IfStatement ForStatement ForInStatement ForOfStatement ForAwaitStatement WhileStatement
    DoWhileStatement TryStatement CatchClause SwitchStatement SwitchCase LabeledStatement WithStatement
    StaticBlock""".split()
)


def misplaced(tree: Tree, *, as_script: bool) -> Iterator[Fault]:
    """Yield a fault for each word that cannot stand where it does.

    Args:
        tree: the tree of a text.
        as_script: whether the text is no body of a function, so that none may hold `return` and `new.target`.
    """
    scope, frame = Around(tree, _is_scope), Around(tree, _is_frame)
    for node in tree.of_type("Super", "MetaProperty", "YieldExpression", "AwaitExpression", "ContinueStatement"):
        if node.type == "YieldExpression" or node.type == "AwaitExpression":
            yield from _waiting(tree, node, frame)
        else:
            yield from _of_word(tree, node, scope, as_script=as_script)
    for node in tree.of_type("FunctionDeclaration"):
        parent = tree.parent(node)
        if parent is not None and parent.type not in _HOLD_DECLARATIONS and node.type == "FunctionDeclaration":
            yield from _function(tree, node, parent)
    roots = tree.of_type("StaticBlock")
    if as_script and tree.root is not None:
        roots.append(tree.root)
    for root in roots:
        yield from _returns(root)
    if "arguments" in tree.source.text and "class" in tree.source.text:
        for name in tree.of_type("Identifier"):
            if name.name != "arguments":
                continue
            above = tree.parent(name)
            if above is not None and not is_label_or_key(name, above):
                owner = scope(name)
                if owner is not None and owner.type in ("FieldDefinition", "StaticBlock"):
                    yield Fault(span(name), "`arguments` is not allowed in class fields and static blocks")


def _of_word(tree: Tree, node: Node, scope: Around, *, as_script: bool) -> Iterator[Fault]:
    match node.type:
        case "Super":
            yield from _super(tree, node, scope(node))
        case "MetaProperty" if tree.text(node).startswith("import"):
            yield Fault(span(node), "`import.meta` is only allowed in modules; an evalscript is not a module")
        case "MetaProperty" if as_script and scope(node) is None:
            yield Fault(span(node), "`new.target` is only allowed inside a function that is not an arrow function")
        case "ContinueStatement" if node.label is not None and not _labels_loop(tree, node, node.label.name):
            yield Fault(span(node.label), f"no enclosing loop has the label `{node.label.name}`")


def _is_scope(above: Node, below: Node) -> bool:
    """Whether `this` belongs to a node: a function, a field or a block of a class."""
    if above.type in FUNCTIONS:
        return above.type != "ArrowFunctionExpression"
    return above.type == "StaticBlock" or (above.type == "FieldDefinition" and above.value is below)


def _is_frame(above: Node, below: Node) -> bool:
    """Whether something that runs for itself is around a node: as its body, or by its parameters."""
    return above.type in FUNCTIONS or above.type == "StaticBlock"


def _super(tree: Tree, node: Node, scope: Node | None) -> Iterator[Fault]:
    user = tree.parent(node)
    owner = tree.parent(scope) if scope is not None and scope.type in FUNCTIONS else scope
    is_method = owner is not None and (
        owner.type in ("MethodDefinition", "FieldDefinition", "StaticBlock")
        or (owner.type == "Property" and (owner.method or owner.kind != "init"))
    )
    if user is not None and user.type == "MemberExpression" and user.object is node and not user.optional:
        if not is_method:
            yield Fault(span(node), "`super` is only allowed in methods of classes and objects")
    elif user is not None and user.type == "CallExpression" and user.callee is node and not user.optional:
        body = tree.parent(owner) if owner is not None else None
        class_ = tree.parent(body) if body is not None else None
        extends = class_ is not None and class_.type in ("ClassDeclaration", "ClassExpression") and class_.superClass
        if not (owner is not None and owner.type == "MethodDefinition" and owner.kind == "constructor" and extends):
            message = "`super()` is only allowed in the `constructor` of a class with `extends`"
            yield Fault(span(node), message)
    else:
        yield Fault(span(node), "`super` must be followed by `(`, `.` or `[`")


def _waiting(tree: Tree, node: Node, frame: Around) -> Iterator[Fault]:
    """A `yield` or `await` among parameters, an `await` in a block of a class."""
    word = "yield" if node.type == "YieldExpression" else "await"
    below: Node = node
    while (above := frame(below)) is not None:
        if above.type == "StaticBlock":
            yield Fault(span(node), f"`{word}` is not allowed in a static block of a class")
            return
        if (
            above.type == "FunctionDeclaration"
            or above.type == "FunctionExpression"
            or above.type == "ArrowFunctionExpression"
        ):
            is_own = above.generator if word == "yield" else above.isAsync
            if node.range[0] < above.body.range[0]:
                if is_own or above.type == "ArrowFunctionExpression":
                    yield Fault(span(node), f"`{word}` is not allowed in parameters")
                    return
            elif is_own or above.type != "ArrowFunctionExpression":
                return
        below = above


def _labels_loop(tree: Tree, node: Node, name: str) -> bool:
    """Whether a loop around a `continue` has that name."""
    above = tree.parent(node)
    while above is not None and above.type not in FUNCTIONS:
        if above.type == "LabeledStatement" and above.label.name == name:
            body: Node = above.body
            while body.type == "LabeledStatement":
                body = body.body
            return body.type in LOOPS
        above = tree.parent(above)
    return False


def _function(tree: Tree, node: Function, parent: Node) -> Iterator[Fault]:
    """A function that is declared where only a statement may stand."""
    top: Node | None = parent
    while top is not None and top.type == "LabeledStatement":
        top = tree.parent(top)
    if top is None or top.type == "StaticBlock":
        return
    is_plain = not node.generator and not node.isAsync
    allowed = parent.type == "IfStatement" or (parent.type == "LabeledStatement" and top.type in _HOLD_DECLARATIONS)
    if not (allowed and is_plain):
        yield Fault(span(node.id or node), "a function cannot be declared here; wrap it in a block `{ … }`")


def _returns(root: Node) -> Iterator[Fault]:
    """Each `return` of a text that no function is around."""
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if node.type == "ReturnStatement":
            start = node.range[0]
            message = "`return` is outside of a function; perhaps an earlier `}` closes the function too soon"
            yield Fault(Span(start, start + len("return")), message)
        elif node.type in _STATEMENTS_WITHIN:
            stack.extend(reversed(children(node)))
