"""The types of nodes, in the words of ESTree, and the plain values that nodes hold; for a type checker."""

from __future__ import annotations

from typing import Literal, TypeAlias

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


class Regex:
    """What is between the slashes of a regular expression, and behind them."""

    pattern: str
    flags: str


class Cooked:
    """The characters of a template between two expressions, as they are written and as they are meant."""

    raw: str
    cooked: str
