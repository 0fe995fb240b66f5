"""Kinds of nodes, and operators, that are spoken of together."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from oso_evalscript.javascript.node_types import ClassType, FunctionType, IterationType

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
