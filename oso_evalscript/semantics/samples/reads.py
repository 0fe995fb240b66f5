"""What the samples given to `evaluatePixel` are, wherever they go in the script, and which bands are read of them.

A sample is followed from the first parameter through variables, patterns, conditions, the methods of lists, and the
script's own functions. Where it goes anywhere else it has *escaped*: then other bands may be read than those found.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.patterns import loop_target
from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node, Tree, operator_of
from oso_evalscript.javascript.syntax import span as span_of
from oso_evalscript.model.contract import Input, Mosaicking
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.samples.presence import Presence, property_name
from oso_evalscript.semantics.values.constants import Constants, key_of


class Form(Enum):
    """What an expression holds."""

    SAMPLE = "one sample"
    LIST = "a list of samples"
    SOURCES = "lists of samples by source"


@dataclass(frozen=True, slots=True)
class Held:
    """What an expression holds, of which input (None for all together), and whether that is certain."""

    form: Form
    input: int | None = None
    sure: bool = True


class BandRead(NamedTuple):
    """A place where a band of a sample is read by its name.

    Attributes:
        band: the name.
        span: where it is written.
        input: the number of the input that the sample belongs to.
        sure: whether what it is read of is such a sample for certain.
    """

    band: str
    span: Span
    input: int
    sure: bool = True


class Misread(NamedTuple):
    """A member expression that takes what is held for something else: an element of one sample, a band of a list."""

    node: Node
    form: Form
    name: str | int


@dataclass(slots=True)
class Samples:
    """All that is known of the samples.

    Attributes:
        reads: where bands are read.
        misreads: where samples are taken for something else.
        complete: whether no sample has escaped, so that `reads` tells all bands that are read.
        sealed: whether no sample can get further properties in a way that is not followed.
        excused: the names that the script assigns itself as properties, or tests for being there.
        bands: for the id of a member expression, the band that it reads.
        lists: the ids of the expressions that hold a list of samples.
        given: for the id of a variable, the band that a pattern or its first value gives it.
        sources: for the id of such a member expression or variable, the number of the input that the sample is of.
    """

    reads: tuple[BandRead, ...] = ()
    misreads: tuple[Misread, ...] = ()
    complete: bool = True
    sealed: bool = True
    excused: frozenset[str] = frozenset()
    bands: dict[int, str] = field(default_factory=dict)
    lists: set[int] = field(default_factory=set)
    given: dict[int, str] = field(default_factory=dict)
    sources: dict[int, int] = field(default_factory=dict)


OF_EVERY_OBJECT = frozenset(
    """constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf
    __proto__""".split()  # noqa: SIM905
)
_KEEPING = frozenset(["filter", "slice", "reverse", "sort", "concat", "toReversed", "toSorted"])
_TAKING = frozenset(["find", "at", "pop", "shift", "findLast"])
_CALLING = frozenset("forEach map filter some every find findIndex findLast flatMap".split())  # noqa: SIM905
_COUNTING = frozenset(["length", "indexOf", "includes", "lastIndexOf", "toString", "join"])
_HARMLESS = frozenset(
    """BinaryExpression UnaryExpression IfStatement WhileStatement DoWhileStatement ForStatement ExpressionStatement
    TemplateLiteral ThrowStatement SwitchStatement SwitchCase""".split()  # noqa: SIM905
)
_MAX_STEPS = 50_000


def first_shape(inputs: tuple[Input, ...] | None, mosaicking: Mosaicking | None) -> Held | None:
    """Return what `evaluatePixel` is given first; None where the text or the documentation does not tell."""
    if not inputs:
        return None
    if len(inputs) > 1:
        return Held(Form.SOURCES)
    if mosaicking is None or inputs[0].datasource is not None or inputs[0].mosaicking is not None:
        return None
    return Held(Form.SAMPLE if mosaicking is Mosaicking.SIMPLE else Form.LIST, 0)


def follow(
    tree: Tree, names: Names, values: Constants, function: nodes.Function, keys: tuple[str, ...], shape: Held
) -> Samples:
    """Return what becomes of the samples that a function is given as its first argument.

    Args:
        tree: the script.
        names: its names.
        values: its values.
        function: `evaluatePixel`.
        keys: the names of the inputs in data fusion, in their order.
        shape: what the samples are.
    """
    follower = _Follower(tree, names, values, keys)
    follower.enter(function, shape)
    return follower.finish()


class _Follower:
    """Follows values from variable to variable, until nothing new is reached."""

    def __init__(self, tree: Tree, names: Names, values: Constants, keys: tuple[str, ...]) -> None:
        self._tree = tree
        self._names = names
        self._values = values
        self._keys = keys
        self._found = Samples()
        self._waiting: list[tuple[Variable, Held]] = []
        self._variables: dict[int, Variable] = {}
        self._holds: dict[int, set[Held]] = {}  # what each variable may hold
        self._writes: dict[int, set[int]] = {}  # the places that put a sample into each
        self._callers: dict[int, tuple[Variable, set[int]]] = {}  # who gives parameters samples
        self._from: dict[int, set[int]] = {}  # the variables that each has its sample from
        self._reads: dict[tuple[str, Span, int], set[tuple[int, bool]]] = {}  # a read → the variables it goes through
        self._misreads: dict[int, tuple[Misread, int, bool]] = {}
        self._at = 0  # the id of the variable whose uses are looked at
        self._returned: set[tuple[int, Held]] = set()
        self._handles_both = False

    def enter(self, function: nodes.Function, shape: Held) -> None:
        """Follow the first argument of a function to the end."""
        own = self._names.named(function)
        if "arguments" in self._tree.source.text or (own is not None and self._names.reads(own)):
            self._escape()
        if function.params:
            self._bind(function.params[0], shape)
        steps = 0
        while self._waiting:
            variable, held = self._waiting.pop()
            self._at = id(variable)
            for place in self._names.reads(variable):
                steps += 1
                if steps > _MAX_STEPS:
                    self._escape()
                    return
                self._use(place, held)

    def finish(self) -> Samples:
        """Return what was found, once all is followed."""
        found, doubtful = self._found, self._doubtful()
        found.reads = tuple(
            BandRead(band, span, index, all(sure and at not in doubtful for at, sure in ways))
            for (band, span, index), ways in sorted(self._reads.items(), key=lambda item: item[0][1])
        )
        found.misreads = tuple(
            item for item, at, sure in self._misreads.values() if sure and at not in doubtful and not self._handles_both
        )
        found.excused = frozenset(Presence(self._tree, self._names, self._values, found.bands, found.given).excused)
        return found

    def _doubtful(self) -> set[int]:
        """The variables that may hold something other than what their samples say."""
        doubtful = {key for key, variable in self._variables.items() if not self._is_pure(key, variable)}
        waiting = list(doubtful)
        receivers: dict[int, set[int]] = {}
        for receiver, givers in self._from.items():
            for giver in givers:
                receivers.setdefault(giver, set()).add(receiver)
        while waiting:
            for receiver in receivers.get(waiting.pop(), set()) - doubtful:
                doubtful.add(receiver)
                waiting.append(receiver)
        return doubtful

    def _is_pure(self, key: int, variable: Variable) -> bool:
        shapes = self._holds[key]
        if len(shapes) != 1 or not all(shape.sure for shape in shapes):
            return False
        if len(variable.makings) != len(self._writes[key]):
            return False
        if key in self._callers:
            function, callers = self._callers[key]
            return all(id(place) in callers for place in self._names.reads(function))
        return True

    def _bind(self, pattern: Node, shape: Held) -> None:
        """Give what `shape` says to a pattern."""
        if pattern.type == "AssignmentPattern":
            pattern = pattern.left
        if pattern.type == "Identifier":
            self._give(pattern, shape)
        elif pattern.type == "ObjectPattern":
            for item in pattern.properties:
                self._bind_property(item, shape)
        elif pattern.type == "ArrayPattern" and shape.form is Form.LIST:
            for element in pattern.elements:
                if element is not None and element.type == "RestElement":
                    self._bind(element.argument, shape)
                elif element is not None:
                    self._bind(element, replace(shape, form=Form.SAMPLE))
        else:
            self._escape()

    def _bind_property(self, item: nodes.Property | nodes.Rest, shape: Held) -> None:
        if item.type == "RestElement":
            self._found.complete = False
            return
        name = self._values.constant(item.key) if item.computed else key_of(item)
        if not isinstance(name, str):
            self._found.complete = False
        elif shape.form is Form.SOURCES and name in self._keys:
            self._bind(item.value, Held(Form.LIST, self._keys.index(name), shape.sure))
        elif shape.form is Form.LIST and name.isdigit():
            self._bind(item.value, replace(shape, form=Form.SAMPLE))
        elif shape.form is Form.SAMPLE:
            # A default value is a test for being there.
            self._read(name, item.key, replace(shape, sure=shape.sure and item.value.type != "AssignmentPattern"))
            if (variable := self._names.variable(item.value)) is not None:
                self._found.given[id(variable)] = name
                self._found.sources[id(variable)] = shape.input or 0
        elif name != "length":
            self._found.complete = False

    def _give(self, name: Node, shape: Held) -> None:
        variable = self._names.variable(name)
        if variable is None:
            self._escape()
            return
        key = id(variable)
        self._variables[key] = variable
        self._writes.setdefault(key, set()).add(id(name))
        self._from.setdefault(key, set()).add(self._at)
        if shape not in self._holds.setdefault(key, set()):
            self._holds[key].add(shape)
            self._waiting.append((variable, shape))

    def _use(self, node: Node, shape: Held) -> None:
        """Follow one value from where it stands, outward."""
        parent = self._tree.parent(node)
        while parent is not None and not _is_dropped(node, parent):
            if shape.form is Form.LIST:
                self._found.lists.add(id(node))
            going: tuple[Node, Held] | None = (parent, shape)
            match parent.type:
                case "MemberExpression" if parent.object is node:
                    going = self._member(parent, shape)
                case "VariableDeclarator":
                    self._bind(parent.id, shape)
                    return
                case "AssignmentExpression" if parent.operator == "=" and parent.left.type != "MemberExpression":
                    self._bind(parent.left, shape)
                case "AssignmentPattern":
                    self._bind(parent.left, replace(shape, sure=False))
                    return
                case "ForOfStatement" if shape.form is Form.LIST:
                    self._bind(loop_target(parent), replace(shape, form=Form.SAMPLE))
                    return
                case "ForInStatement":
                    self._found.complete = self._found.complete and shape.form is Form.LIST
                    return
                case "CallExpression" if parent.callee is not node:
                    self._argument(parent, node, shape)
                    return
                case "ReturnStatement" | "ArrowFunctionExpression":
                    self._return(parent, shape)
                    return
                case "SpreadElement":
                    going = self._spread(parent, shape)
                case "ConditionalExpression" | "LogicalExpression":
                    going = parent, replace(shape, sure=False)
                case "SequenceExpression" | "ChainExpression":
                    pass
                case _:
                    self._escape()
                    return
            if going is None:
                return
            node, shape = going
            parent = self._tree.parent(node)

    def _member(self, node: nodes.Member, shape: Held) -> tuple[Node, Held] | None:
        """What a member expression gives of a value: the node to go on from, None where it is no sample any more."""
        name = property_name(node, self._values)
        parent = self._tree.parent(node)
        written = parent is not None and (
            (parent.type == "AssignmentExpression" and parent.left is node)
            or operator_of(parent) in ("++", "--", "delete")
        )
        if written and (shape.form is not Form.SAMPLE or name is None):
            self._found.sealed = False
            return None
        if written and parent is not None and operator_of(parent) == "=":
            return None
        match shape.form:
            case Form.SAMPLE:
                self._of_sample(node, shape, name)
                return None
            case Form.LIST:
                return self._of_list(node, shape, name, parent)
        if name is not None and str(name) in self._keys:
            return node, Held(Form.LIST, self._keys.index(str(name)), shape.sure)
        self._found.complete = False
        if name is None:
            self._escape()
        elif name not in OF_EVERY_OBJECT:
            self._misread(node, shape, name)
        return None

    def _of_sample(self, node: nodes.Member, shape: Held, name: str | int | None) -> None:
        if name is None:
            self._found.complete = False
        elif isinstance(name, int) or name == "length":
            self._misread(node, shape, name)
        elif name not in OF_EVERY_OBJECT:
            self._found.bands[id(node)] = name
            self._found.sources[id(node)] = shape.input or 0
            self._read(name, node.property, shape)
            parent = self._tree.parent(node)
            if parent is not None and parent.type == "VariableDeclarator" and parent.init is node:
                variable = self._names.variable(parent.id)
                self._found.given |= {id(variable): name} if variable is not None else {}

    def _of_list(
        self, node: nodes.Member, shape: Held, name: str | int | None, parent: Node | None
    ) -> tuple[Node, Held] | None:
        one = replace(shape, form=Form.SAMPLE)
        if not isinstance(name, str) or name.isdigit():
            return node, one
        if name in _COUNTING:
            return None
        if parent is None or parent.type != "CallExpression" or parent.callee is not node:
            self._misread(node, shape, name)
            return None
        callback = parent.arguments[0] if parent.arguments else None
        if name in _CALLING:
            self._call_back(callback, (one, None, shape))
        elif name == "sort" and callback is not None:
            self._call_back(callback, (one, one))
        elif name in ("reduce", "reduceRight") and len(parent.arguments) == 2:
            self._call_back(callback, (None, one, None, shape))
        elif name in ("push", "unshift", "splice", "fill"):
            self._found.sealed = False
        elif name not in _KEEPING and name not in _TAKING:
            self._escape()
        if name in _KEEPING:
            return parent, replace(shape, sure=shape.sure and name != "concat")
        return (parent, one) if name in _TAKING else None

    def _call_back(self, callback: Node | None, given: tuple[Held | None, ...]) -> None:
        """Note that a function is called with samples, once for each of a list."""
        if callback is None:
            self._escape()
            return
        function = callback if callback.type in FUNCTIONS else self._names.function(callback)
        if function is None:
            self._escape()
            return
        for pattern, shape in zip(function.params, given, strict=False):
            if shape is not None:
                self._bind_parameter(function, pattern, callback, shape)

    def _bind_parameter(self, function: nodes.Function, pattern: Node, place: Node, shape: Held) -> None:
        if pattern.type == "RestElement":
            self._escape()
            return
        self._bind(pattern, shape)
        own = self._names.named(function)
        variable = self._names.variable(pattern)
        if own is not None and variable is not None:
            self._callers.setdefault(id(variable), (own, set()))[1].add(id(place))

    def _argument(self, call: nodes.Call, node: Node, shape: Held) -> None:
        functions = self._names.callees(call.callee)
        index = next(index for index, item in enumerate(call.arguments) if item is node)
        if functions and not any(item.type == "SpreadElement" for item in call.arguments[:index]):
            for function, place in functions:
                if index < len(function.params):
                    self._bind_parameter(function, function.params[index], place, shape)
                elif any(item.type == "RestElement" for item in function.params):
                    self._escape()
            return
        owner, method = _static(call.callee)
        if owner is not None and owner.name == "Array" and method == "isArray":
            self._handles_both = True
            return
        self._found.complete = False
        looks = owner is not None and (
            owner.name in ("JSON", "Math", "Number")
            or (owner.name == "Object" and method in ("keys", "values", "entries"))
        )
        if not looks or owner is None or not self._names.is_free(owner):
            self._escape()

    def _return(self, node: Node, shape: Held) -> None:
        """Follow a value that a function gives back to where that function is called."""
        function: Node | None = node
        while function is not None and function.type not in FUNCTIONS:
            function = self._tree.parent(function)
        own = self._names.named(function) if function is not None else None
        if own is None or not self._names.reads(own):
            self._found.complete = False
            return
        key = (id(function), shape)
        if key in self._returned:
            return
        self._returned.add(key)
        for place in self._names.reads(own):
            call = self._tree.parent(place)
            if call is not None and call.type == "CallExpression" and call.callee is place:
                self._use(call, replace(shape, sure=False))
            else:
                self._escape()

    def _spread(self, node: Node, shape: Held) -> tuple[Node, Held] | None:
        parent = self._tree.parent(node)
        if parent is not None and parent.type == "ArrayExpression" and shape.form is Form.LIST:
            if len(parent.elements) == 1:
                return parent, shape
        elif parent is not None and parent.type == "ObjectExpression":
            self._found.complete = False
            return None
        self._escape()
        return None

    def _read(self, band: str, node: Node, shape: Held) -> None:
        key = (band, span_of(node), shape.input or 0)
        self._reads.setdefault(key, set()).add((self._at, shape.sure))

    def _misread(self, node: Node, shape: Held, name: str | int) -> None:
        self._found.complete = False
        self._misreads[id(node)] = (Misread(node, shape.form, name), self._at, shape.sure)

    def _escape(self) -> None:
        self._found.complete = False
        self._found.sealed = False


def _static(callee: Node) -> tuple[nodes.Identifier | None, str | None]:
    """The name before a dot, and the one behind it."""
    if callee.type != "MemberExpression" or callee.object.type != "Identifier":
        return None, None
    return callee.object, None if callee.computed else callee.property.name


def _is_dropped(node: Node, parent: Node) -> bool:
    """Whether a value is only looked at where it stands, and goes nowhere."""
    match parent.type:
        case "MemberExpression":
            return parent.object is not node
        case "ConditionalExpression":
            return parent.test is node
        case "SequenceExpression":
            return parent.expressions[-1] is not node
    return parent.type in _HARMLESS and operator_of(parent) != "delete"
