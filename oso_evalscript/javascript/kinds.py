"""Kinds of nodes, and operators, that are spoken of together."""

from __future__ import annotations

FUNCTIONS = frozenset({"FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"})
CLASSES = frozenset({"ClassDeclaration", "ClassExpression"})
KEYED = frozenset({"Property", "MethodDefinition", "FieldDefinition"})
LABELLED = frozenset({"LabeledStatement", "BreakStatement", "ContinueStatement"})
"""What may bear a label, or name one."""

ITERATIONS = frozenset({"ForInStatement", "ForOfStatement", "ForAwaitStatement"})
"""The loops over what an object holds."""
LOOPS = frozenset({"ForStatement", "WhileStatement", "DoWhileStatement"}) | ITERATIONS

ORDERINGS = frozenset({"<", ">", "<=", ">="})
EQUALITIES = frozenset({"==", "===", "!=", "!=="})
COMPARISONS = ORDERINGS | EQUALITIES
RELATIONS = COMPARISONS | {"in", "instanceof"}
"""The operators whose result is always true or false."""
