"""What the functions of the language and of the service do with objects: the only ones that are taken for granted.

What is not listed here is unknown. Every function listed depends on nothing but its arguments and its receiver, keeps
no memory, and changes nothing except as said; `Date`, `Math.random`, methods that depend on the locale, and everything
that reaches prototypes are absent on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Flag, auto
from typing import NamedTuple

from oso_evalscript.javascript.flow import Cell, Flow
from oso_evalscript.model.host import signatures
from oso_evalscript.model.host.signatures import Each, Number, Numbers, Origin, Signature


class Provenance(Flag):
    """Where an object may come from that a call hands on."""

    NONE = 0
    RECEIVER = auto()  # `a` in `a.f(b)`; of a plain function and of `Object.f(a, b)`, the first argument
    ELEMENTS = auto()  # what lies in the receiver
    ARGUMENTS = auto()  # the arguments, without the receiver and a callback
    INSIDE_ARGUMENTS = auto()  # what lies in the arguments
    ANSWERS = auto()  # what the callback returns
    INSIDE_ANSWERS = auto()  # what lies in what the callback returns
    WITHIN = auto()  # receiver and arguments, and all that lies in them, however deep


class Known(NamedTuple):
    """What a call does with objects.

    Attributes:
        writes: it changes its receiver.
        keeps: what it puts into its receiver.
        gives: what it may return, besides numbers, strings and the like.
        makes: it may return a new object.
        holds: what it puts into its new object.
        pairs: new lists of two lie in its new object, and what it holds lies in them.
        nests: new objects lie in its new object, and in one another, however deep.
        calls: which argument, if given, is a function that it calls with elements of its receiver, and forgets.
        folds: it hands the function its last answer, or the argument behind the function.
        walks: it returns an iterator, which changes as it is walked over, and so is to be walked over at once.
    """

    writes: bool = False
    keeps: Provenance = Provenance.NONE
    gives: Provenance = Provenance.NONE
    makes: bool = False
    holds: Provenance = Provenance.NONE
    pairs: bool = False
    nests: bool = False
    calls: int | None = None
    folds: bool = False
    walks: bool = False


_READS = Known()
_MAKES = Known(makes=True)
_COPIES = Known(makes=True, holds=Provenance.ELEMENTS)
_WRAPS = Known(makes=True, holds=Provenance.RECEIVER | Provenance.ARGUMENTS)


def _all(names: str, known: Known) -> dict[str, Known]:
    return dict.fromkeys(names.split(), known)


def _of_helper(signature: Signature, given: Provenance = Provenance.WITHIN) -> Known:
    """What one of the service's helpers does with objects, if it changes none."""
    parts = {Origin.NOWHERE: Provenance.NONE, Origin.ARGUMENTS: given}
    return Known(
        makes=not isinstance(signature.gives, Number),
        gives=parts.get(signature.returns, Provenance.WITHIN),
        holds=parts.get(signature.keeps, Provenance.WITHIN),
        nests=isinstance(signature.gives, Each) and isinstance(signature.gives.of, Numbers),
    )


def _methods_of_visualizers() -> dict[str, Known]:
    """What their methods do; of a name that several have, whatever one of them does."""
    found: dict[str, Known] = {}
    listed = [item for visualizer in signatures.CLASSES.values() for item in visualizer.methods.items()]
    changing = {name for name, signature in listed if signature.changes}
    for name, signature in listed:
        one, other = _of_helper(signature, Provenance.ARGUMENTS | Provenance.INSIDE_ARGUMENTS), found.get(name, _READS)
        found[name] = Known(
            makes=one.makes or other.makes,
            gives=one.gives | other.gives,
            holds=one.holds | other.holds,
            nests=one.nests or other.nests,
        )
    return {name: known for name, known in found.items() if name not in changing}


METHODS: Mapping[str, Known] = {
    # Arrays, typed arrays, maps, sets, strings and numbers: to read only.
    **_all("includes indexOf lastIndexOf join has hasOwnProperty toString", _READS),
    **_all("charAt charCodeAt codePointAt startsWith endsWith padStart padEnd repeat replace substr substring", _READS),
    **_all("toLowerCase toUpperCase trim trimStart trimEnd toFixed toPrecision toExponential test search", _READS),
    **_all("split match exec", _MAKES),
    **_all("at get", Known(gives=Provenance.ELEMENTS)),
    **_all("slice toReversed", _COPIES),
    "concat": Known(makes=True, holds=Provenance.ELEMENTS | Provenance.ARGUMENTS | Provenance.INSIDE_ARGUMENTS),
    "flat": Known(makes=True, holds=Provenance.WITHIN),
    **_all("keys values", Known(makes=True, holds=Provenance.ELEMENTS, walks=True)),
    "entries": Known(makes=True, holds=Provenance.ELEMENTS, pairs=True, walks=True),
    # To read, by a function for each element.
    **_all("every some findIndex findLastIndex forEach", Known(calls=0)),
    **_all("find findLast", Known(gives=Provenance.ELEMENTS, calls=0)),
    **_all("filter toSorted", Known(makes=True, holds=Provenance.ELEMENTS, calls=0)),
    "map": Known(makes=True, holds=Provenance.ANSWERS, calls=0),
    "flatMap": Known(makes=True, holds=Provenance.ANSWERS | Provenance.INSIDE_ANSWERS, calls=0),
    **_all(
        "reduce reduceRight",
        Known(gives=Provenance.ELEMENTS | Provenance.ARGUMENTS | Provenance.ANSWERS, calls=0, folds=True),
    ),
    # To change the receiver.
    **_all("push unshift", Known(writes=True, keeps=Provenance.ARGUMENTS)),
    **_all("pop shift", Known(writes=True, gives=Provenance.ELEMENTS)),
    "splice": Known(writes=True, keeps=Provenance.ARGUMENTS, makes=True, holds=Provenance.ELEMENTS),
    **_all("fill add set", Known(writes=True, keeps=Provenance.ARGUMENTS, gives=Provenance.RECEIVER)),
    **_all("delete clear", Known(writes=True)),
    **_all("reverse copyWithin", Known(writes=True, gives=Provenance.RECEIVER)),
    "sort": Known(writes=True, gives=Provenance.RECEIVER, calls=0),
    **_methods_of_visualizers(),
}
"""What methods do, whatever object they belong to."""

FUNCTIONS: Mapping[str, Known] = {
    **_all("Number String Boolean parseInt parseFloat isNaN isFinite", _READS),
    **_all("Array Error RangeError TypeError", _WRAPS),
    **{name: _of_helper(signature) for name, signature in signatures.FUNCTIONS.items() if not signature.changes},
}
"""What functions do that are called by their name alone."""

TYPED_ARRAYS = frozenset(
    f"{kind}Array" for kind in "Int8 Uint8 Uint8Clamped Int16 Uint16 Int32 Uint32 Float32 Float64".split()
)
"""The typed arrays that are known."""

CONSTRUCTORS: Mapping[str, Known] = {
    **_all("Array Error RangeError TypeError", _WRAPS),
    **_all("Map Set", Known(makes=True, holds=Provenance.WITHIN)),
    **{name: _of_helper(item.constructor) for name, item in signatures.CLASSES.items() if not item.constructor.changes},
    # Over the buffer of another array it changes with that one.
    **dict.fromkeys(TYPED_ARRAYS, Known(makes=True, gives=Provenance.WITHIN)),
}
"""What `new` does."""

_MATH = (
    "abs acos acosh asin asinh atan atan2 atanh cbrt ceil clz32 cos cosh exp expm1 floor fround hypot imul log log10 "
    "log1p log2 max min pow round sign sin sinh sqrt tan tanh trunc"
)

STATICS: Mapping[str, Mapping[str, Known]] = {
    "Math": _all(_MATH, _READS),
    "Number": _all("isFinite isInteger isNaN isSafeInteger parseFloat parseInt", _READS),
    "JSON": {"stringify": _READS, "parse": Known(makes=True, nests=True)},
    "Array": {
        "isArray": _READS,
        "of": _WRAPS,
        "from": Known(makes=True, holds=Provenance.ELEMENTS | Provenance.ANSWERS, calls=1),
    },
    "Object": {
        "keys": _MAKES,
        "values": _COPIES,
        "entries": Known(makes=True, holds=Provenance.ELEMENTS, pairs=True),
        "fromEntries": Known(makes=True, holds=Provenance.WITHIN),
        "assign": Known(writes=True, keeps=Provenance.INSIDE_ARGUMENTS, gives=Provenance.RECEIVER),
        "freeze": Known(gives=Provenance.RECEIVER),
    },
    **{name: dict.fromkeys(visualizer.creators, _MAKES) for name, visualizer in signatures.CLASSES.items()},
}
"""What the functions do that belong to an object of the language."""

CONSTANTS: Mapping[str, frozenset[str]] = {
    "Math": frozenset("E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2".split()),
    "Number": frozenset("EPSILON MAX_SAFE_INTEGER MAX_VALUE MIN_SAFE_INTEGER MIN_VALUE NaN".split())
    | {"NEGATIVE_INFINITY", "POSITIVE_INFINITY"},
}
"""Numbers that belong to an object of the language."""

VALUES = frozenset({"undefined", "NaN", "Infinity"}) | {
    name for name, value in signatures.VALUES.items() if value.number is not None
}
"""Names of plain values."""

TABLES = frozenset(signatures.VALUES) - VALUES
"""Names of objects that hold values."""

DATES: Mapping[str, Known] = {
    **_all(
        "toISOString toJSON toDateString toTimeString toUTCString toLocaleDateString toLocaleString valueOf", _READS
    ),
    **_all("getTime getDay getDate getMonth getFullYear getHours getMinutes getSeconds getMilliseconds", _READS),
    **_all("getUTCDay getUTCDate getUTCMonth getUTCFullYear getUTCHours getUTCMinutes getTimezoneOffset", _READS),
    **_all("setTime setDate setMonth setFullYear setHours setMinutes setSeconds setMilliseconds", Known(writes=True)),
    **_all("setUTCDate setUTCMonth setUTCFullYear setUTCHours setUTCMinutes", Known(writes=True)),
}
"""What the methods of a date do; only functions that no pixel depends on may use dates."""

INHERITED = frozenset({*METHODS, *DATES}) | frozenset(
    """anchor apply big bind blink bold buffer call catch compile difference drop finally fixed fontcolor fontsize
    getUTCMilliseconds getUTCSeconds getYear intersection isDisjointFrom isPrototypeOf isSubsetOf isSupersetOf
    isWellFormed italics link localeCompare matchAll next normalize propertyIsEnumerable replaceAll resize
    setUTCMilliseconds setUTCSeconds setYear small strike sub subarray sup symmetricDifference take then
    toArray toGMTString toLocaleLowerCase toLocaleTimeString toLocaleUpperCase toSpliced toTemporalInstant
    toWellFormed transfer transferToFixedLength trimLeft trimRight union with""".split()
)
"""Names of what objects have from their prototypes in V8 14: to read one may give a function that all of them share."""

FORBIDDEN = frozenset(
    """__proto__ __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ caller callee constructor
    prototype stack""".split()
)
"""Names of properties that lead to what all objects have in common, or to who called whom."""

IMPLIED = frozenset("toString valueOf toJSON then next return".split())
"""Names of methods that the language calls of itself: no property of a script may have such a name."""


NAMES = frozenset({*FUNCTIONS, *CONSTRUCTORS, *STATICS, *VALUES, *TABLES})
"""Every name of the language and of the service that is listed here."""


class Call(NamedTuple):
    """The objects in a call: its receiver, its other arguments, what its callback returns, and what it makes."""

    receiver: Cell
    arguments: Sequence[Cell]
    answers: Cell
    made: Cell


def hand_on(flow: Flow, known: Known, call: Call) -> Cell:
    """Let objects go where a call puts them, and return what the call returns."""
    for value in _parts(flow, known.keeps, call):
        flow.store(value, call.receiver)
    holder = call.made
    if known.pairs:
        holder = flow.make()
        flow.store(holder, call.made)
    for value in _parts(flow, known.holds, call):
        flow.store(value, holder)
    if known.nests:
        flow.store(call.made, call.made)
    return flow.join(call.made, *_parts(flow, known.gives, call))


def _parts(flow: Flow, parts: Provenance, call: Call) -> Iterator[Cell]:
    if Provenance.RECEIVER in parts:
        yield call.receiver
    if Provenance.ELEMENTS in parts:
        yield flow.inside(call.receiver)
    if Provenance.ARGUMENTS in parts:
        yield from call.arguments
    if Provenance.INSIDE_ARGUMENTS in parts:
        yield from map(flow.inside, call.arguments)
    if Provenance.ANSWERS in parts:
        yield call.answers
    if Provenance.INSIDE_ANSWERS in parts:
        yield flow.inside(call.answers)
    if Provenance.WITHIN in parts:
        yield from map(flow.within, (call.receiver, *call.arguments))
