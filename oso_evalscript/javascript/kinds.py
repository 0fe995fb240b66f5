"""Kinds of nodes, and operators, that are spoken of together."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

FunctionType: TypeAlias = Literal["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]
ClassType: TypeAlias = Literal["ClassDeclaration", "ClassExpression"]
IterationType: TypeAlias = Literal["ForInStatement", "ForOfStatement", "ForAwaitStatement"]
NodeType: TypeAlias = Literal[
    "ArrayExpression", "ArrayPattern", "ArrowFunctionExpression", "AssignmentExpression", "AssignmentPattern",
    "AwaitExpression", "BinaryExpression", "BlockStatement", "BreakStatement", "CallExpression", "CatchClause",
    "ChainExpression", "ClassBody", "ClassDeclaration", "ClassExpression", "ConditionalExpression",
    "ContinueStatement", "DebuggerStatement", "DoWhileStatement", "EmptyStatement", "ExportAllDeclaration",
    "ExportDefaultDeclaration", "ExportNamedDeclaration", "ExportSpecifier", "ExpressionStatement", "FieldDefinition",
    "ForAwaitStatement", "ForInStatement", "ForOfStatement", "ForStatement", "FunctionDeclaration",
    "FunctionExpression", "Identifier", "IfStatement", "Import", "ImportDeclaration", "ImportDefaultSpecifier",
    "ImportNamespaceSpecifier", "ImportSpecifier", "LabeledStatement", "Literal", "LogicalExpression",
    "MemberExpression", "MetaProperty", "MethodDefinition", "NewExpression", "ObjectExpression", "ObjectPattern",
    "PrivateIdentifier", "Program", "Property", "RestElement", "ReturnStatement", "SequenceExpression",
    "SpreadElement", "StaticBlock", "Super", "SwitchCase", "SwitchStatement", "TaggedTemplateExpression",
    "TemplateElement", "TemplateLiteral", "ThisExpression", "ThrowStatement", "TryStatement", "UnaryExpression",
    "UpdateExpression", "VariableDeclaration", "VariableDeclarator", "WhileStatement", "WithStatement",
    "YieldExpression",
]  # fmt: skip
"""The types of nodes, in the words of ESTree."""

LoopType: TypeAlias = Literal["ForStatement", "WhileStatement", "DoWhileStatement"] | IterationType

FUNCTIONS: Final[frozenset[FunctionType]] = frozenset(
    {"FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"}
)
CLASSES: Final[frozenset[ClassType]] = frozenset({"ClassDeclaration", "ClassExpression"})
KEYED: Final = frozenset[Literal["Property", "MethodDefinition", "FieldDefinition"]](
    {"Property", "MethodDefinition", "FieldDefinition"}
)
LABELLED: Final = frozenset[Literal["LabeledStatement", "BreakStatement", "ContinueStatement"]](
    {"LabeledStatement", "BreakStatement", "ContinueStatement"}
)
"""What may bear a label, or name one."""

ITERATIONS: Final[frozenset[IterationType]] = frozenset({"ForInStatement", "ForOfStatement", "ForAwaitStatement"})
"""The loops over what an object holds."""
LOOPS: Final[frozenset[LoopType]] = ITERATIONS | {"ForStatement", "WhileStatement", "DoWhileStatement"}

ORDERINGS = frozenset({"<", ">", "<=", ">="})
EQUALITIES = frozenset({"==", "===", "!=", "!=="})
COMPARISONS = ORDERINGS | EQUALITIES
RELATIONS = COMPARISONS | {"in", "instanceof"}
"""The operators whose result is always true or false."""
