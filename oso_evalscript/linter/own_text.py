"""Scripts that may see their own text, or where in it they are: what changes there, be it a comment, is then no secret.

A function's text comes out where the function becomes a string; the lines and columns of a script come out in the
`stack` of errors. Both need a function, or an error, that goes where values become strings; what goes nowhere but into
calls cannot. Taken for granted is that no script works out the names of these things from pieces, unless it can be
seen to have such pieces.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from functools import cached_property

from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.nodes import Call, Catch, Function, Identifier
from oso_evalscript.javascript.syntax import Node, children, walk
from oso_evalscript.linter.access import Access
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.script import Script

_CODE_WORDS = frozenset(("eval", "Function", "constructor"))
_TRACE_WORDS = frozenset(("captureStackTrace", "prepareStackTrace"))
_CALLER_WORDS = frozenset(("callee", "caller"))
_GLOBAL_WORDS = frozenset(("Proxy", "Reflect", "global", "globalThis", "self", "window"))
_PROMISE_WORDS = frozenset(("Promise", "catch", "finally", "fromAsync", "then"))
_PROTOTYPE_WORDS = frozenset(("__proto__", "getPrototypeOf", "prototype", "setPrototypeOf"))
_PIECING = frozenset(("atob", "decodeURI", "decodeURIComponent", "fromCharCode", "fromCodePoint", "unescape"))
_TELLING_NAMES = ("arguments", "callee", "caller", "constructor", "Error", "prepareStackTrace", "stack", "toString")
_HARMLESS_OF_ERRORS = frozenset(("message", "name"))
_ERRORS = frozenset(
    """AggregateError Error EvalError RangeError ReferenceError SuppressedError SyntaxError TypeError
    URIError""".split()  # noqa: SIM905
)
_CALLING = frozenset(
    """every filter find findIndex findLast findLastIndex flatMap forEach from map reduce reduceRight some sort
    toSorted""".split()  # noqa: SIM905
)
"""Methods that call what they are given and do nothing else with it."""
_WITH_TEXT = frozenset((*FUNCTIONS, "ClassDeclaration", "ClassExpression"))


class OwnText:
    """Whether one script may see its own text."""

    def __init__(self, script: Script, access: Access) -> None:
        self._script = script
        self._tree = script.tree
        self._access = access
        self._called: dict[int, bool] = {}
        self._below: dict[int, tuple[list[Node], list[int]]] = {}

    def is_seen(self, place: Span) -> bool:
        """Return whether the script may tell that its text changes at a place, where no token is."""
        if self._sees_anything:
            return True
        around = self._around(place)
        return bool(around) and (self._reaches_top or not all(map(self._is_only_called, around)))

    @cached_property
    def _sees_anything(self) -> bool:
        """Whether the script may tell a change wherever it is."""
        access = self._access
        if access.words & (_CODE_WORDS | _TRACE_WORDS) or self._tree.of_type("WithStatement", "Import", "MetaProperty"):
            return True
        if access.reads_unknown and self._has_pieces():
            return True
        return self._keeps_errors() or self._finds_callers()

    def _has_pieces(self) -> bool:
        """Whether the script holds what a telling name could be put together from, or has it as a text."""
        if self._access.words & _PIECING:
            return True
        pieces = [text for text in self._access.strings if text and any(text in name for name in _TELLING_NAMES)]
        return sum(len(text) == 1 for text in pieces) > 2 or any(len(text) > 1 for text in pieces)

    def _keeps_errors(self) -> bool:
        """Whether the script holds an error other than to throw it, or to read its message."""
        tree, access = self._tree, self._access
        if access.words & _PROMISE_WORDS or tree.of_type("AwaitExpression", "ForAwaitStatement"):
            return True
        if (access.words & _GLOBAL_WORDS or tree.of_type("ThisExpression")) and access.reads_unknown:
            return True
        if any(node.isAsync for node in tree.of_type(*FUNCTIONS)):
            return True
        return not all(map(self._is_read_for_message, tree.of_type("CatchClause"))) or any(
            map(self._keeps_error, tree.of_type("Identifier"))
        )

    def _is_read_for_message(self, clause: Catch) -> bool:
        """Whether what a `catch` gives is used for its message only, or to throw it on."""
        caught = clause.param
        if caught is None or caught.type != "Identifier":
            return caught is None
        used = (node for node in walk(clause.body) if node.type == "Identifier" and node.name == caught.name)
        return all(self._reads_message(node, self._tree.parent(node)) for node in used)

    def _reads_message(self, node: Node, above: Node | None) -> bool:
        if above is None or above.type == "ThrowStatement":
            return above is not None
        if above.type != "MemberExpression" or above.computed:
            return False
        return above.object is not node or above.property.name in _HARMLESS_OF_ERRORS

    def _keeps_error(self, name: Identifier) -> bool:
        """Whether a kind of errors is named other than to throw one at once, or to ask whether something is one."""
        if name.name not in _ERRORS and not (name.name.endswith("Error") and id(name) in self._undeclared):
            return False
        made = self._tree.parent(name)
        if made is None or made.type == "BinaryExpression":
            return made is None or made.operator != "instanceof" or made.right is not name
        above = self._tree.parent(made)
        is_made = made.type in ("NewExpression", "CallExpression") and made.callee is name
        return not is_made or above is None or above.type != "ThrowStatement"

    @cached_property
    def _undeclared(self) -> frozenset[int]:
        return frozenset(map(id, self._script.scopes.undeclared))

    def _finds_callers(self) -> bool:
        """Whether the script may get hold of the function that runs; by `arguments[0]` it does not."""
        if self._access.words & _CALLER_WORDS or "arguments" in self._access.strings:
            return True
        return any(
            node.name == "arguments" and not self._is_one_argument(node, self._tree.parent(node))
            for node in self._tree.of_type("Identifier")
        )

    def _is_one_argument(self, node: Node, above: Node | None) -> bool:
        if above is None or above.type != "MemberExpression" or above.object is not node:
            return False
        return self._access.is_harmless(above.property) if above.computed else above.property.name == "length"

    @cached_property
    def _reaches_top(self) -> bool:
        """Whether the script may get hold of a function at its top as a property of the global object."""
        return bool(self._access.words & _GLOBAL_WORDS or self._tree.of_type("ThisExpression", "Super"))

    def _around(self, place: Span) -> list[Node]:
        """The functions and classes whose text a place is in."""
        found: list[Node] = []
        node: Node | None = self._tree.root
        while node is not None:
            if node.type in _WITH_TEXT:
                found.append(node)
            if id(node) not in self._below:
                below = children(node)
                self._below[id(node)] = below, [child.range[0] for child in below]
            below, starts = self._below[id(node)]
            number = bisect_right(starts, place.start) - 1
            node = below[number] if number >= 0 and place.start < below[number].range[1] else None
        return found

    def _is_only_called(self, node: Node) -> bool:
        """Whether a function goes nowhere but into calls of it."""
        if id(node) not in self._called:
            self._called[id(node)] = node.type in FUNCTIONS and self._goes_nowhere(node)
        return self._called[id(node)]

    def _goes_nowhere(self, function: Function) -> bool:
        above = self._tree.parent(function)
        names = [function.id] if function.id is not None else []
        if above is None:
            return False
        if function.type != "FunctionDeclaration":
            if above.type == "VariableDeclarator" and above.init is function and above.id.type == "Identifier":
                names.append(above.id)
            elif above.type != "CallExpression" or not (above.callee is function or self._only_calls(above, function)):
                return False
        return all(map(self._is_name_called, names))

    def _only_calls(self, call: Call, function: Node) -> bool:
        """Whether a call hands a function to a method of arrays that only calls it."""
        callee, access = call.callee, self._access
        if callee.type != "MemberExpression" or callee.computed or not any(item is function for item in call.arguments):
            return False
        if callee.property.name not in _CALLING or callee.property.name in access.made:
            return False
        return not (access.writes_unknown and access.words & _PROTOTYPE_WORDS)

    def _is_name_called(self, name: Identifier) -> bool:
        """Whether a name stands only where it is declared, where it is called, and as that of properties."""
        return self._uses[name.name] <= {id(name)}

    @cached_property
    def _uses(self) -> defaultdict[str, set[int]]:
        """The ids of the identifiers of each name that are neither called nor the names of properties."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for node in self._tree.of_type("Identifier"):
            above = self._tree.parent(node)
            is_called = above is not None and above.type == "CallExpression" and above.callee is node
            is_property = (
                above is not None and above.type == "MemberExpression" and above.property is node and not above.computed
            )
            if not is_called and not is_property:
                found[node.name].add(id(node))
        return found
