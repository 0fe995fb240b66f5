"""Whether a text is an evalscript: quickly no, for most; then by its header, or by the functions that it defines."""

from __future__ import annotations

import re
from collections.abc import Callable

from oso_evalscript.documents.lexemes import QUOTED
from oso_evalscript.documents.passage import HOLE
from oso_evalscript.documents.signs import KEYS, SIGNS
from oso_evalscript.javascript.syntax import Node, Tree, parse
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import LARGEST, Source

_KEY = regex(r"eval_?script(?!\w*ur[li])", re.IGNORECASE)
_HEADER = regex(  # each group once and for all: what was passed over is never looked at again
    r"(?:\s++|\ufeff|//(?![ \t]*version)[^\n]*+|(?>/\*.*?\*/))*+//[ \t]*version[ \t]*=?[ \t]*[123]",
    re.IGNORECASE | re.DOTALL,
)
_NOTHING = regex(rf"(?://[^\n]*+|(?>/\*.*?\*/)|[\s;{HOLE}])*+", re.DOTALL)
_MODULE = regex(r"^[ \t]*(?:import\b|export\b)|\brequire\(", re.MULTILINE)
_DEFINES = {
    name: regex(rf"(?:^|[\s;}}{HOLE}])(?:function\s+{name}\s*\(|(?:var|let|const)\s+{name}\s*=)")
    for name in ("setup", "evaluatePixel")
}
_BEGINS = regex(rf"\s*(?://|/\*|function\b|var\b|let\b|const\b|\"use strict\"|'use strict'|{HOLE})")
_CODE = regex(r"\breturn\b|[\[{][^\n]*[,;=]")
_BAND = regex(r"(?<![\w$.\"'])(?:B\d{1,2}|B8A|VV|VH|HH|HV|dataMask|CLM|CLP|SCL|NO2|CH4|SO2|O3|CO)(?![\w$])")


def has_signs(text: str) -> bool:
    """Return whether a text may hold an evalscript."""
    if any(sign in text for sign in SIGNS):
        return True
    return any(key in text for key in KEYS) and _BAND.search(text) is not None


def is_key(name: str | None) -> bool:
    """Return whether a text of that name may be a simple script, which nothing in it tells for sure."""
    return name is not None and _KEY.search(name) is not None


def is_evalscript(text: str, key: str | None = None, read: Callable[[], Tree] | None = None) -> bool:
    """Return whether a text is an evalscript.

    Args:
        text: it may hold placeholders.
        key: what it is called in its host; under `evalscript` it may be a simple script.
        read: gives the tree of the text with something in the place of each placeholder.
    """
    if len(text) > LARGEST or _NOTHING.fullmatch(text):
        return False
    if _HEADER.match(text):
        return True
    simple = is_key(key) and _BAND.search(text) is not None
    code = QUOTED.sub(" ", text)
    both = all(pattern.search(code) for pattern in _DEFINES.values())
    if not (both or simple) or _MODULE.search(code):
        return False
    if both and _BEGINS.match(text):
        return True  # it looks like one from its first line on, even if it cannot be read
    tree = parse(Source(text)) if read is None else read()
    if tree.root is None:
        return simple and _CODE.search(code) is not None
    body = list(tree.root.body)
    if both and {"setup", "evaluatePixel"} <= {name for node in body for name in _defined(node)}:
        return True
    return simple and _gives_value(body)


def _defined(node: Node) -> list[str]:
    if node.type == "FunctionDeclaration":
        return [node.id.name] if node.id is not None else []
    if node.type == "VariableDeclaration":
        return [item.id.name for item in node.declarations if item.id.type == "Identifier"]
    return []


def _gives_value(body: list[Node]) -> bool:
    """Whether a simple script ends in a value that is worth a script: more than a name or a text."""
    if not body:
        return False
    last = body[-1]
    if last.type == "ExpressionStatement":
        return last.expression.type not in ("Identifier", "Literal", "MemberExpression")
    return last.type in ("ReturnStatement", "IfStatement")
