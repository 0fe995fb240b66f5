"""What the service tells of scenes beside their bands, wherever it goes in a script: scenes, orbits, tiles, dates.

It is followed backward: what an expression is, by the parameter, variable or list that it comes from. None where that
is not certain. In data fusion, where the shape is not documented, nothing is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.samples.presence import property_name
from oso_evalscript.semantics.values.constants import Constants, key_of


class What(Enum):
    """What the service gives, in words."""

    COLLECTIONS = "the collections"
    SCENES = "the scenes"
    ORBITS = "the list of orbits"
    ORBIT = "an orbit"
    TILES = "the list of tiles"
    TILE = "a tile"
    INPUT_METADATA = "inputMetadata"
    OUTPUT_METADATA = "outputMetadata"
    TEXT = "a string"
    NUMBER = "a number"
    DATE = "a Date"


_DATES = {"dateFrom": What.TEXT, "dateTo": What.TEXT}
FIELDS: Mapping[What, Mapping[str, What | None]] = {
    What.COLLECTIONS: {"from": What.DATE, "to": What.DATE, "scenes": What.SCENES},
    What.SCENES: {"orbits": What.ORBITS, "tiles": What.TILES},
    What.ORBIT: {**_DATES, "tiles": What.TILES},
    What.TILE: {
        "date": What.TEXT,
        "cloudCoverage": What.NUMBER,
        "dataPath": What.TEXT,
        "shId": What.NUMBER,
        "dataGeometry": None,
        "dataEnvelope": None,
        "productId": None,
        "sentinel2ProductId": None,
        "tileOriginalId": None,
    },
    What.INPUT_METADATA: {"serviceVersion": What.TEXT, "normalizationFactor": What.NUMBER},
    What.OUTPUT_METADATA: {"userData": None},
}
"""The documented fields of each object; those without a kind of their own are None."""

_ELEMENTS = {What.ORBITS: What.ORBIT, What.TILES: What.TILE}
_PARAMETERS: Mapping[str, tuple[What | None, ...]] = {
    "evaluatePixel": (None, What.SCENES, What.INPUT_METADATA, None, What.OUTPUT_METADATA),
    "preProcessScenes": (What.COLLECTIONS,),
    "updateOutputMetadata": (What.SCENES, What.INPUT_METADATA, What.OUTPUT_METADATA),
}
_KEEPING = frozenset({"filter", "slice", "reverse", "sort", "concat"})
_TAKING = frozenset({"find", "at", "pop", "shift"})
_CALLING = frozenset({"forEach", "map", "filter", "some", "every", "find", "findIndex", "flatMap"})
_MAX_DEPTH = 20


class FieldRead(NamedTuple):
    """A place where a field of something that the service tells is read: the node, what it is a field of, its name."""

    node: nodes.Member
    of: What
    name: str


class SceneFields:
    """Answers about expressions."""

    def __init__(
        self, tree: Tree, names: Names, values: Constants, functions: Mapping[str, nodes.Function], *, fused: bool
    ) -> None:
        """Prepare for a script.

        Args:
            tree: the script.
            names: its names.
            values: its values.
            functions: those that the service calls, by name.
            fused: whether the inputs are, or may be, several.
        """
        self._tree = tree
        self._names = names
        self._values = values
        self._known: dict[int, What | None] = {}
        self._depth = 0
        self._given: dict[int, tuple[What | None, ...]] = {}
        for name, given in _PARAMETERS.items() if not fused else ():
            function = functions.get(name)
            if function is not None and len(function.params) > (name == "evaluatePixel"):
                self._given[id(function)] = given

    @property
    def are_given(self) -> bool:
        """Whether some function takes any of it."""
        return bool(self._given)

    @cached_property
    def reads(self) -> tuple[FieldRead, ...]:
        """Where fields are read, in the order of the text."""
        if not self._given:
            return ()
        found = []
        for node in self._tree.of_type("MemberExpression"):
            of = self.of(node.object)
            name = property_name(node, self._values) if of is not None else None
            if of is not None and isinstance(name, str):
                found.append(FieldRead(node, of, name))
        return tuple(found)

    def of(self, node: Node) -> What | None:
        """Return what an expression is; None where that is not known."""
        key = id(node)
        if key not in self._known:
            self._known[key] = None  # while it is being computed
            self._depth += 1
            if self._depth <= _MAX_DEPTH:
                self._known[key] = self._find(node)
            self._depth -= 1
        return self._known[key]

    def _find(self, node: Node) -> What | None:
        match node.type:
            case "Identifier":
                variable = self._names.variable(node)
                return None if variable is None or len(variable.makings) != 1 else self._variable(variable)
            case "MemberExpression":
                return self._member(node)
            case "CallExpression":
                return self._call(node)
        return None

    def _member(self, node: nodes.Member) -> What | None:
        of = self.of(node.object)
        if of is None:
            return None
        name = property_name(node, self._values)
        if of in _ELEMENTS and not isinstance(name, str):
            return _ELEMENTS[of]
        return FIELDS.get(of, {}).get(name) if isinstance(name, str) else None

    def _call(self, node: nodes.Call) -> What | None:
        callee = node.callee
        if callee.type != "MemberExpression" or callee.computed:
            return None
        of = self.of(callee.object)
        if of not in _ELEMENTS:
            return None
        if callee.property.name in _KEEPING:
            return of
        return _ELEMENTS[of] if callee.property.name in _TAKING else None

    def _variable(self, variable: Variable) -> What | None:
        owner = variable.owner
        if variable.is_parameter and owner.type != "Program":
            for index, pattern in enumerate(owner.params):
                if self._names.variable(pattern) is variable:
                    return self._parameter(owner, index)
            return None
        node, key = self._declarators.get(id(variable), (None, None))
        if node is None or key is None:
            return None if node is None else self._declared(node)
        of = self.of(node.init) if node.init is not None else None
        return FIELDS.get(of, {}).get(key) if of is not None else None

    @cached_property
    def _declarators(self) -> dict[int, tuple[nodes.Declarator, str | None]]:
        """Where each variable is declared, by its id, and by which key of a pattern."""
        found: dict[int, tuple[nodes.Declarator, str | None]] = {}
        for node in self._tree.of_type("VariableDeclarator"):
            if node.id.type == "Identifier" and (variable := self._names.variable(node.id)) is not None:
                found.setdefault(id(variable), (node, None))
            for item in node.id.properties if node.id.type == "ObjectPattern" else ():
                if item.type != "Property" or item.computed:
                    continue
                if (variable := self._names.variable(item.value)) is not None:
                    found.setdefault(id(variable), (node, key_of(item)))
        return found

    def _declared(self, node: nodes.Declarator) -> What | None:
        if node.init is not None:
            return self.of(node.init)
        declaration = self._tree.parent(node)
        loop = self._tree.parent(declaration) if declaration is not None else None
        of = self.of(loop.right) if loop is not None and loop.type == "ForOfStatement" else None
        return _ELEMENTS.get(of) if of is not None else None

    def _parameter(self, function: nodes.Function, index: int) -> What | None:
        if id(function) in self._given:
            given = self._given[id(function)]
            return given[index] if index < len(given) else None
        parent = self._tree.parent(function)
        if parent is not None and parent.type == "CallExpression" and function in parent.arguments[:1]:
            return self._called_back(parent, index)
        own = self._names.named(function)
        places = self._names.reads(own) if own is not None else ()
        found = {self._given_at(place, index) for place in places}
        return found.pop() if len(found) == 1 else None

    def _given_at(self, place: Node, index: int) -> What | None:
        """What the parameter of a function is given where its name stands."""
        call = self._tree.parent(place)
        if call is None or call.type != "CallExpression":
            return None
        if call.callee is not place:
            return self._called_back(call, index) if call.arguments[:1] == [place] else None
        if index >= len(call.arguments) or any(item.type == "SpreadElement" for item in call.arguments[: index + 1]):
            return None
        return self.of(call.arguments[index])

    def _called_back(self, call: nodes.Call, index: int) -> What | None:
        """What a function is given that a method of a list calls for each element."""
        callee = call.callee
        if callee.type != "MemberExpression" or callee.computed:
            return None
        element = _ELEMENTS.get(of) if (of := self.of(callee.object)) is not None else None
        method = callee.property.name
        if method in _CALLING:
            return element if index == 0 else None
        if method == "sort":
            return element if index < 2 else None
        return element if method == "reduce" and index == 1 and len(call.arguments) == 2 else None
