"""What V8 refuses while it reads a script, and the parser lets pass.

A finished tree shows it: what is assigned to, parameters and members of one name, words that only some functions may
hold (`placement`), private names (`private_names`), names that are declared twice (`redeclared`), what strict code may
not do (`strictness`).

Found by comparing the two on mutated scripts and on peers' tests, as `tests/javascript/test_agreement_with_v8.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.faults import Fault
from oso_evalscript.javascript.kinds import FUNCTIONS, ITERATIONS
from oso_evalscript.javascript.node_types import NodeType
from oso_evalscript.javascript.nodes import (
    ArrayPattern,
    Assignment,
    ClassBody,
    Declaration,
    ExpressionStatement,
    Function,
    Identifier,
    Node,
    Object,
    ObjectPattern,
    Program,
    Property,
    TaggedTemplate,
)
from oso_evalscript.javascript.patterns import bound_names, loop_target
from oso_evalscript.javascript.placement import misplaced
from oso_evalscript.javascript.private_names import private_names
from oso_evalscript.javascript.redeclared import redeclared
from oso_evalscript.javascript.strictness import refused_in_strict_code
from oso_evalscript.javascript.syntax import Tree, span

_LOOKED_AT: tuple[NodeType, ...] = (
    "ExpressionStatement",
    "ClassBody",
    "AssignmentExpression",
    "AssignmentPattern",
    "UpdateExpression",
    "ObjectPattern",
    "ArrayPattern",
    "TaggedTemplateExpression",
    *ITERATIONS,
    *FUNCTIONS,
)
_CONSTANTS = frozenset(("undefined", "NaN", "Infinity"))
_LINE_ENDS = frozenset("\r\n\u2028\u2029")
_REFERENCES = frozenset(("Identifier", "MemberExpression"))
_PATTERNS = frozenset(("ObjectPattern", "ArrayPattern"))
_TARGETS = _REFERENCES | _PATTERNS


def early_errors(tree: Tree, *, as_script: bool = False) -> Iterator[Fault]:
    """Yield a fault for each place that the parser passes over.

    Args:
        tree: the tree of a text.
        as_script: whether the text is loaded as it is, as scripts with an `evaluatePixel` are, rather than run as the
            body of a function, where `return` may stand.
    """
    for node in tree.of_type(*_LOOKED_AT):
        yield from _of_node(tree, node)
    for node in tree.of_type("Import"):
        call = tree.parent(node)
        if call is not None and call.type == "CallExpression":
            spread = any(item.type == "SpreadElement" for item in call.arguments)
            if spread or not 1 <= len(call.arguments) <= 2:
                yield Fault(span(call), "`import()` expects one or two arguments, without `...`")
    if "using" in tree.source.text:
        for declaration in tree.of_type("VariableDeclaration"):
            yield from _resource(tree, declaration, as_script=as_script)
    if "__proto__" in tree.source.text:
        for made in tree.of_type("ObjectExpression"):
            yield from _prototypes(made)
    yield from redeclared(tree)
    if as_script and tree.root is not None:
        yield from _constants(tree.root)
    yield from misplaced(tree, as_script=as_script)
    yield from private_names(tree)
    yield from refused_in_strict_code(tree)


def _constants(root: Program) -> Iterator[Fault]:
    """Names that every script has already, and none may declare again."""
    for statement in root.body:
        names: list[Identifier] = []
        if statement.type == "VariableDeclaration" and statement.kind != "var":
            names = [name for item in statement.declarations for name in bound_names(item.id)]
        elif statement.type == "ClassDeclaration" and statement.id is not None:
            names = [statement.id]
        for name in names:
            if name.name in _CONSTANTS:
                yield Fault(span(name), f"`{name.name}` is already declared, by the language itself")


def _of_node(tree: Tree, node: Node) -> Iterator[Fault]:
    match node.type:
        case "ExpressionStatement" if node.expression.type == "ClassExpression" and _begins(node):
            yield Fault(span(node), "a class cannot be declared here; wrap it in a block `{ … }`")
        case "ClassBody":
            yield from _members(tree, node)
        case "AssignmentExpression":
            yield from _assignment(node)
        case "UpdateExpression" if node.argument.type not in _REFERENCES:
            yield Fault(span(node.argument), f"the operand of `{node.operator}` must be a variable or a property")
        case "ForInStatement" | "ForOfStatement" | "ForAwaitStatement" if loop_target(node).type not in _TARGETS:
            yield Fault(span(node.left), "the left side of this loop must be a variable, a property or a pattern")
        case "AssignmentPattern":
            yield from _in_parentheses(node)
            parent = tree.parent(node)
            above = tree.parent(parent) if parent is not None and parent.type == "Property" else None
            if above is not None and above.type == "ObjectExpression":
                yield Fault(span(node), "`=` is only allowed in a destructuring pattern; write `:` to set a property")
        case "ObjectPattern" | "ArrayPattern":
            yield from _pattern(tree, node)
        case "TaggedTemplateExpression" if _is_in_chain(node):
            yield Fault(span(node.quasi), "a tagged template is not allowed in an optional chain")
        case "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression":
            yield from _parameters(tree, node)


def _begins(statement: ExpressionStatement) -> bool:
    """Whether a statement begins with its expression, without a parenthesis before."""
    return statement.range[0] == statement.expression.range[0]


def _members(tree: Tree, body: ClassBody) -> Iterator[Fault]:
    """Fields of a class that run into what follows."""
    comments = tree.comments
    for member, following in zip(body.body, body.body[1:], strict=False):
        if member.type != "FieldDefinition":
            continue
        start, end = member.range[1], following.range[0]
        gap = tree.source.text[start:end]
        for comment in comments if "/" in gap else ():
            if start <= comment.start < end:
                inside = tree.source.text[comment.start : comment.end]
                gap = gap.replace(inside, "" if _LINE_ENDS.isdisjoint(inside) else "\n", 1)
        if ";" not in gap and tree.source.text[start - 1] != ";" and _LINE_ENDS.isdisjoint(gap):
            yield Fault(span(following), "a semicolon is missing before this class member")


def _assignment(node: Assignment) -> Iterator[Fault]:
    if node.operator != "=" and node.left.type not in _REFERENCES:
        yield Fault(span(node.left), f"the left side of `{node.operator}` must be a variable or a property")
    elif node.left.type not in _TARGETS:
        yield Fault(span(node.left), "cannot assign to this; expected a variable, a property or a pattern")


def _pattern(tree: Tree, node: ObjectPattern | ArrayPattern) -> Iterator[Fault]:
    """What remains stands last, without a default value; what remains of an object is no pattern."""
    yield from _in_parentheses(node)
    items = node.properties if node.type == "ObjectPattern" else node.elements
    for number, item in enumerate(items):
        if item is None or item.type != "RestElement":
            continue
        behind = tree.source.text[item.range[1] : node.range[1]].lstrip()
        allowed = _REFERENCES if node.type == "ObjectPattern" else _TARGETS
        if number < len(items) - 1 or behind.startswith(","):
            yield Fault(span(item), "a rest element must be last in a pattern, without a comma after it")
        elif item.argument.type not in allowed:
            yield Fault(span(item.argument), "`...` in a pattern must be followed by a variable")


def _in_parentheses(node: Node) -> Iterator[Fault]:
    if "parenthesized" in vars(node):  # the parser notes it where that may matter
        yield Fault(span(node), "a destructuring pattern cannot be in parentheses")


def _is_in_chain(node: TaggedTemplate) -> bool:
    """Whether some `?.` stands before the template, without parentheses between."""
    tag: Node = node.tag
    while True:
        if tag.type == "TaggedTemplateExpression":
            tag = tag.tag
        elif tag.type == "MemberExpression" or tag.type == "CallExpression":
            if tag.optional:
                return True
            tag = tag.object if tag.type == "MemberExpression" else tag.callee
        else:
            return False


def _parameters(tree: Tree, function: Function) -> Iterator[Fault]:
    """Parameters of one name, which only plain lists of plain functions may have; parameters that are no names."""
    is_arrow = function.type == "ArrowFunctionExpression"
    if is_arrow and function.isAsync:
        yield from _of_async_arrow(tree, function)
    if all(item.type == "Identifier" for item in function.params):
        if len({item.name for item in function.params if item.type == "Identifier"}) == len(function.params):
            return
        if not is_arrow and not _is_method(tree, function):
            return
    seen: set[str] = set()
    for parameter in function.params:
        for name in sorted(bound_names(parameter), key=lambda name: name.range[0]):
            if name.name in seen:
                yield Fault(span(name), f"duplicate parameter `{name.name}`")
            seen.add(name.name)


def _is_method(tree: Tree, function: Function) -> bool:
    parent = tree.parent(function)
    if parent is None or parent.type not in ("Property", "MethodDefinition"):
        return False
    return parent.value is function and (parent.type == "MethodDefinition" or parent.method or parent.kind != "init")


def _of_async_arrow(tree: Tree, function: Function) -> Iterator[Fault]:
    """What the arguments of a call may be, and parameters may not; it is told only by the arrow behind them."""
    stack = list(function.params)
    while stack:
        node = stack.pop()
        match node.type:
            case "Identifier":
                if node.name == "await":
                    yield Fault(span(node), "`await` cannot be used as a name in an async function")
            case "AssignmentPattern":
                stack.append(node.left)
            case "RestElement":
                behind = tree.source.text[node.range[1] :].lstrip()
                if node in function.params and (node is not function.params[-1] or behind.startswith(",")):
                    yield Fault(span(node), "a rest parameter must be last, without a comma after it")
                if node.argument.type == "AssignmentPattern":
                    yield Fault(span(node), "a rest parameter cannot have a default value")
                stack.append(node.argument)
            case "ObjectPattern":
                stack.extend(item.value if item.type == "Property" else item for item in node.properties)
            case "ArrayPattern":
                stack.extend(item for item in node.elements if item is not None)
            case _:
                yield Fault(span(node), "a parameter must be a name or a destructuring pattern")


def _resource(tree: Tree, node: Declaration, *, as_script: bool) -> Iterator[Fault]:
    """A `using` where it cannot stand, or without a value."""
    parent = tree.parent(node)
    if parent is None or node.kind not in ("using", "await using"):
        return
    if parent.type in ("ForOfStatement", "ForAwaitStatement"):
        return
    if parent.type not in ("BlockStatement", "ForStatement") and (parent.type != "Program" or as_script):
        yield Fault(span(node), f"`{node.kind}` is not allowed here; wrap it in a block `{{ … }}`")
    for item in node.declarations:
        if item.init is None:
            yield Fault(span(item), f"a `{node.kind}` declaration must have a value")


def _prototypes(made: Object) -> Iterator[Fault]:
    """A second `__proto__: …` in an object."""
    found: list[Property] = []
    for item in made.properties:
        if item.type != "Property" or item.computed or item.kind != "init" or item.method or item.shorthand:
            continue
        name = item.key.name if item.key.type == "Identifier" else item.key.value if item.key.type == "Literal" else ""
        if name == "__proto__":
            found.append(item)
    for item in found[1:]:
        yield Fault(span(item.key), "duplicate `__proto__` in an object literal")
