"""The nodes of a syntax tree, for a type checker: which attributes a node of each type has, and what they hold.

The nodes themselves are the parser's own objects, which know nothing of these classes: a comparison of `node.type`
narrows `Node` to the class that has it. An attribute that a node lacks is None. `tests/javascript/test_nodes.py` holds
all this against the parser's classes, and against the nodes of many scripts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from oso_evalscript.javascript.node_types import ClassType, Cooked, FunctionType, IterationType, Regex
from oso_evalscript.javascript.numbers import BigInt

if TYPE_CHECKING:
    from oso_evalscript.javascript.regexps import RegularExpression


class _Placed:
    range: list[int]


class Program(_Placed):
    """A whole script."""

    type: Literal["Program"]
    body: list[Node]


class Identifier(_Placed):
    """`a`: a variable, or the name of something."""

    type: Literal["Identifier"]
    name: str


class PrivateIdentifier(_Placed):
    """`#a`, without the sign in its name."""

    type: Literal["PrivateIdentifier"]
    name: str


class LiteralExpression(_Placed):
    """`1`, `"a"`, `true`, `null`, `/a/`."""

    type: Literal["Literal"]
    value: str | float | BigInt | RegularExpression | None  # True and False are numbers here, as in Python
    raw: str
    regex: Regex | None


class TemplateElement(_Placed):
    """What stands between the expressions of a template."""

    type: Literal["TemplateElement"]
    value: Cooked
    tail: bool


class TemplateLiteral(_Placed):
    """`` `a ${b}` ``."""

    type: Literal["TemplateLiteral"]
    quasis: list[TemplateElement]
    expressions: list[Node]


class TaggedTemplate(_Placed):
    """`` a`b` ``."""

    type: Literal["TaggedTemplateExpression"]
    tag: Node
    quasi: TemplateLiteral


class Array(_Placed):
    """`[a, , ...b]`; None where an element is left out."""

    type: Literal["ArrayExpression"]
    elements: list[Node | None]


class ArrayPattern(_Placed):
    """`[a, , ...b]` where values are put."""

    type: Literal["ArrayPattern"]
    elements: list[Node | None]


class NamedProperty(_Placed):
    """`a: b`, `"a": b`, `1: b`, `a`, `a() {}`."""

    type: Literal["Property"]
    computed: Literal[False]
    key: Identifier | LiteralExpression
    value: Node
    kind: Literal["init", "get", "set"]
    method: bool
    shorthand: bool


class ComputedProperty(_Placed):
    """`[a]: b`."""

    type: Literal["Property"]
    computed: Literal[True]
    key: Node
    value: Node
    kind: Literal["init", "get", "set"]
    method: bool
    shorthand: bool


Property: TypeAlias = NamedProperty | ComputedProperty
"""A part of an object or of a pattern: `a: b`, whose key is a name or a literal, or `[a]: b`."""


class Object(_Placed):
    """`{ a: b, ...c }`."""

    type: Literal["ObjectExpression"]
    properties: list[Property | Spread]


class ObjectPattern(_Placed):
    """`{ a: b, ...c }` where values are put."""

    type: Literal["ObjectPattern"]
    properties: list[Property | Rest]


class Spread(_Placed):
    """`...a` in an array, an object or a call."""

    type: Literal["SpreadElement"]
    argument: Node


class Rest(_Placed):
    """`...a` where values are put."""

    type: Literal["RestElement"]
    argument: Node


class Default(_Placed):
    """`a = b` where a value is put, if there is one."""

    type: Literal["AssignmentPattern"]
    left: Node
    right: Node


class Assignment(_Placed):
    """`a = b`, `a += b`."""

    type: Literal["AssignmentExpression"]
    operator: str
    left: Node
    right: Node


class Binary(_Placed):
    """`a + b`, `a < b`, `a && b`."""

    type: Literal["BinaryExpression", "LogicalExpression"]
    operator: str
    left: Node
    right: Node


class Unary(_Placed):
    """`-a`, `!a`, `typeof a`, `delete a`."""

    type: Literal["UnaryExpression"]
    operator: str
    argument: Node


class Update(_Placed):
    """`a++`, `--a`."""

    type: Literal["UpdateExpression"]
    operator: str
    argument: Node
    prefix: bool


class Conditional(_Placed):
    """`a ? b : c`."""

    type: Literal["ConditionalExpression"]
    test: Node
    consequent: Node
    alternate: Node


class Sequence(_Placed):
    """`a, b`."""

    type: Literal["SequenceExpression"]
    expressions: list[Node]


class Call(_Placed):
    """`a(b)`, `new a(b)`."""

    type: Literal["CallExpression", "NewExpression"]
    callee: Node
    arguments: list[Node]
    optional: bool | None


class StaticMember(_Placed):
    """`a.b`, `a.#b`."""

    type: Literal["MemberExpression"]
    computed: Literal[False]
    object: Node
    property: Identifier | PrivateIdentifier
    optional: bool


class ComputedMember(_Placed):
    """`a[b]`."""

    type: Literal["MemberExpression"]
    computed: Literal[True]
    object: Node
    property: Node
    optional: bool


Member: TypeAlias = StaticMember | ComputedMember
"""A member expression: `a.b`, whose property is a name, or `a[b]`."""


class Chain(_Placed):
    """Around `a?.b` and all that depends on it."""

    type: Literal["ChainExpression"]
    expression: Node


class Wait(_Placed):
    """`await a`."""

    type: Literal["AwaitExpression"]
    argument: Node


class Yield(_Placed):
    """`yield a`."""

    type: Literal["YieldExpression"]
    argument: Node | None
    delegate: bool


class MetaProperty(_Placed):
    """`new.target`."""

    type: Literal["MetaProperty"]
    meta: Identifier
    property: Identifier


class Function(_Placed):
    """`function a(b) {}`, `(a) => b`; a method is one without a name."""

    type: FunctionType
    id: Identifier | None
    params: list[Node]
    body: Node
    generator: bool
    isAsync: bool


class Class(_Placed):
    """`class a extends b {}`."""

    type: ClassType
    id: Identifier | None
    superClass: Node | None
    body: ClassBody


class ClassBody(_Placed):
    """What stands between the braces of a class."""

    type: Literal["ClassBody"]
    body: list[ClassMember | StaticBlock]


class ClassMember(_Placed):
    """`a() {}`, `a = b` in a class."""

    type: Literal["MethodDefinition", "FieldDefinition"]
    key: Node
    computed: bool
    value: Node | None
    kind: str
    static: bool


class StaticBlock(_Placed):
    """`static {}` in a class."""

    type: Literal["StaticBlock"]
    body: Block


class Block(_Placed):
    """`{ }`."""

    type: Literal["BlockStatement"]
    body: list[Node]


class ExpressionStatement(_Placed):
    """`a;`, with its text where it is a directive such as `"use strict";`."""

    type: Literal["ExpressionStatement"]
    expression: Node
    directive: str | None


class Declaration(_Placed):
    """`var a = b, c;`."""

    type: Literal["VariableDeclaration"]
    declarations: list[Declarator]
    kind: Literal["var", "let", "const", "using", "await using"]


class Declarator(_Placed):
    """`a = b` in a declaration."""

    type: Literal["VariableDeclarator"]
    id: Node
    init: Node | None


class If(_Placed):
    """`if (a) b; else c;`."""

    type: Literal["IfStatement"]
    test: Node
    consequent: Node
    alternate: Node | None


class Switch(_Placed):
    """`switch (a) { }`."""

    type: Literal["SwitchStatement"]
    discriminant: Node
    cases: list[Case]


class Case(_Placed):
    """`case a:` or `default:`, and what follows."""

    type: Literal["SwitchCase"]
    test: Node | None
    consequent: list[Node]


class For(_Placed):
    """`for (a; b; c) d;`."""

    type: Literal["ForStatement"]
    init: Node | None
    test: Node | None
    update: Node | None
    body: Node


class ForEach(_Placed):
    """`for (a in b) c;`, `for (a of b) c;`."""

    type: IterationType
    left: Node
    right: Node
    body: Node


class While(_Placed):
    """`while (a) b;`, `do b; while (a);`."""

    type: Literal["WhileStatement", "DoWhileStatement"]
    test: Node
    body: Node


class With(_Placed):
    """`with (a) b;`."""

    type: Literal["WithStatement"]
    object: Node
    body: Node


class Labeled(_Placed):
    """`a: b;`."""

    type: Literal["LabeledStatement"]
    label: Identifier
    body: Node


class Jump(_Placed):
    """`break a;`, `continue;`."""

    type: Literal["BreakStatement", "ContinueStatement"]
    label: Identifier | None


class Return(_Placed):
    """`return a;`."""

    type: Literal["ReturnStatement"]
    argument: Node | None


class Throw(_Placed):
    """`throw a;`."""

    type: Literal["ThrowStatement"]
    argument: Node


class Try(_Placed):
    """`try { } catch { } finally { }`."""

    type: Literal["TryStatement"]
    block: Block
    handler: Catch | None
    finalizer: Block | None


class Catch(_Placed):
    """`catch (a) { }`."""

    type: Literal["CatchClause"]
    param: Node | None
    body: Block


class OfModule(_Placed):
    """`import a, { b } from "c";`, `export const a = b;`: no part of a script, but the parser goes on behind it."""

    type: Literal["ExportAllDeclaration", "ExportDefaultDeclaration", "ExportNamedDeclaration", "ImportDeclaration"]
    declaration: Node | None
    exported: Identifier | LiteralExpression | None
    source: LiteralExpression | None
    specifiers: list[Specifier] | None


class Specifier(_Placed):
    """`a`, `* as a`, `b as a` in an import, `a as b` in an export."""

    type: Literal["ExportSpecifier", "ImportDefaultSpecifier", "ImportNamespaceSpecifier", "ImportSpecifier"]
    local: Identifier | LiteralExpression
    exported: Identifier | LiteralExpression | None
    imported: Identifier | None


class Bare(_Placed):
    """A node that is nothing but its type."""

    type: Literal["DebuggerStatement", "EmptyStatement", "Import", "Super", "ThisExpression"]


Node: TypeAlias = (
    Array | ArrayPattern | Assignment | Bare | Binary | Block | Call | Case | Catch | Chain | Class | ClassBody
    | ClassMember | ComputedMember | ComputedProperty | Conditional | Declaration | Declarator | Default
    | ExpressionStatement | For | ForEach | Function | Identifier | If | Jump | Labeled | LiteralExpression
    | MetaProperty | NamedProperty | Object | ObjectPattern | OfModule | PrivateIdentifier | Program | Rest
    | Return | Sequence | Specifier | Spread | StaticBlock | StaticMember | Switch | TaggedTemplate
    | TemplateElement | TemplateLiteral | Throw | Try | Unary | Update | Wait | While | With | Yield
)  # fmt: skip
"""A node of the syntax tree."""
