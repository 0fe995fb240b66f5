"""What is known of the helpers is what their own JavaScript does, on arguments that nobody chose."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from oso_evalscript.model.contract import Mosaicking, SampleType
from oso_evalscript.model.host import BuiltinKind, builtins
from oso_evalscript.model.host.signatures import (
    CLASSES,
    FUNCTIONS,
    NAMES,
    VALUES,
    Color,
    Copy,
    Each,
    Entry,
    Fields,
    Gives,
    Instance,
    Interval,
    Number,
    Numbers,
    Origin,
    Signature,
)
from tests.model.host.test_library import evaluate

# Each example is a program of its own, with many calls; what fails names its call, so that none need be made smaller.
few = settings(max_examples=30, phases=(Phase.explicit, Phase.generate))

# ---- calls, drawn as JavaScript


def js(value: Any) -> str:
    """A value as JavaScript writes it; undefined for `...`."""
    if isinstance(value, list):
        return f"[{', '.join(map(js, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)}: {js(item)}' for key, item in value.items())} }}"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' * (value < 0)}Infinity"
    return "undefined" if value is ... else json.dumps(value)


numbers = st.one_of(
    st.integers(-3, 300),
    st.integers(-(2**40), 2**40),
    st.floats(-2, 2),
    st.floats(allow_nan=False, width=32),
    st.sampled_from([0, -0.0, 1, 0.5, 255, 0xFFFFFF, math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324]),
)
plain = numbers | st.sampled_from([True, False, None, ..., "", "7", "0xff8800", "red"])
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from("abr"), inner, max_size=2),
    max_leaves=8,
)
channels = st.lists(numbers, max_size=5)
colors = st.integers(0, 0xFFFFFF) | st.lists(st.floats(0, 1), min_size=3, max_size=3) | channels | plain
pairs = st.lists(st.tuples(numbers, colors).map(list), min_size=1, max_size=5)
odd_pairs = st.lists(st.tuples(plain, anything).map(list) | anything, max_size=4)


@st.composite
def lists_of_values(draw: st.DrawFn) -> list[Any]:
    """A value, limits, and at least as many values: all numbers, or all arrays of one length."""
    limits = draw(st.lists(numbers, min_size=1, max_size=5))
    length = draw(st.none() | st.integers(0, 5))
    entry = numbers if length is None else st.lists(numbers, min_size=length, max_size=length)
    most = len(limits) + 1
    return [draw(numbers), limits, draw(st.lists(entry, min_size=len(limits), max_size=most))]


FITTING: dict[str, st.SearchStrategy[list[Any]]] = {
    **dict.fromkeys(("int2rgb", "hex2rgb"), st.lists(colors, min_size=1, max_size=1)),
    **dict.fromkeys(("rgb2int", "rgb2hex", "normalizeRGB"), st.tuples(channels).map(list)),
    "combine": st.tuples(channels, channels, st.floats(0, 1) | numbers).map(list),
    **dict.fromkeys(("index", "inverse"), st.lists(numbers, min_size=2, max_size=2)),
    **{name: lists_of_values() for name, signature in FUNCTIONS.items() if isinstance(signature.gives, Entry)},
    **{name: st.tuples(numbers).map(list) for name, item in FUNCTIONS.items() if isinstance(item.gives, Fields)},
}
"""For each function, arguments that are of the kind it asks for, though their numbers may be anything."""
several_numbers = st.lists(numbers, min_size=3, max_size=5)
"""The arguments of a function that takes numbers, and needs no line above."""


class Call(NamedTuple):
    """A call of a function, or of a method of a new visualizer."""

    function: str
    given: list[Any]
    method: str = ""
    more: tuple[Any, ...] = ()
    beside: tuple[float, ...] = ()  # what else each argument might have been, for all that a reader knows

    @property
    def signature(self) -> Signature:
        """What is claimed of it."""
        if not self.method:
            return FUNCTIONS[self.function]
        known = CLASSES[self.function]
        return known.constructor if self.method == "constructor" else known.methods[self.method]


@st.composite
def calls(draw: st.DrawFn, *, fitting: bool) -> Call:
    """A call of some function, with arguments that fit, or with any."""
    name = draw(st.sampled_from(list(FUNCTIONS)))
    given = draw(FITTING.get(name, several_numbers) if fitting else st.lists(anything, max_size=4))
    return Call(name, given, beside=tuple(draw(st.lists(numbers, max_size=2))))


@st.composite
def calls_of_methods(draw: st.DrawFn, *, fitting: bool) -> Call:
    """A call of a method of a new visualizer, or of its constructor, with arguments that fit, or with any."""
    name = draw(st.sampled_from(list(CLASSES)))
    method = draw(st.sampled_from(["constructor", *CLASSES[name].methods]))
    if not fitting:
        first = odd_pairs if CLASSES[name].pairs else anything
        return Call(name, [draw(first), *draw(st.lists(anything, max_size=4))], method, (draw(anything),))
    asked = st.lists(numbers, max_size=4) if method == "processList" else numbers
    more = draw(asked | channels if name == "Identity" else asked)
    if CLASSES[name].pairs:
        return Call(name, [draw(pairs), *draw(st.lists(numbers, max_size=2))], method, (more,))
    return Call(name, draw(st.lists(numbers | st.just(...), max_size=6)), method, (more,))


def several(one: st.SearchStrategy[Call]) -> st.SearchStrategy[list[Call]]:
    """Enough calls for a program."""
    return st.lists(one, min_size=20, max_size=40)


# ---- what V8 says of them

RUN = """
const encoded = (x) => typeof x === "number" ? (Number.isFinite(x) ? x : { $: String(x) })
  : x === undefined ? { $: "undefined" }
  : Array.isArray(x) ? Array.from(x, encoded)
  : typeof x === "object" && x !== null
    ? { $: x.constructor.name, ...Object.fromEntries(Object.entries(x).map(([k, v]) => [k, encoded(v)])) }
  : x;
const objects = (x, found = new Set()) => {
  if (typeof x === "object" && x !== null && !found.has(x)) {
    found.add(x);
    Object.values(x).forEach((value) => objects(value, found));
  }
  return found;
};
const share = (x, found) => typeof x === "object" && x !== null && found.has(x);
const below = (x, found) => typeof x === "object" && x !== null && Object.values(x).some((v) => objects(v).size && [...objects(v)].some((o) => found.has(o)));
const observed = (given, call) => {
  const before = JSON.stringify(encoded(given)), there = objects(given);
  try {
    const result = call(...given), again = call(...given);
    return {
      gives: encoded(result),
      changes: JSON.stringify(encoded(given)) !== before || [...objects(given)].some((o) => !there.has(o)),
      returns: share(result, there),
      keeps: below(result, there),
      stable: JSON.stringify(encoded(result)) === JSON.stringify(encoded(again)),
    };
  } catch (error) {
    return { fails: String(error) };
  }
};
const ofMethod = (given, name, method, more) => {
  try {
    if (method === "constructor") return observed(given, (...a) => new globalThis[name](...a));
    const visualizer = new globalThis[name](...given), kept = objects(visualizer);
    const seen = observed(more, (...a) => visualizer[method](...a)), result = visualizer[method](...more);
    return { ...seen, returnsKept: share(result, kept), keepsKept: below(result, kept) };
  } catch (error) {
    return { fails: String(error) };
  }
};
"""


def observe(drawn: Sequence[Call]) -> Iterator[tuple[Call, dict[str, Any]]]:
    """Each call that does not fail, with what came of it."""
    texts = [
        f"observed({js(call.given)}, {call.function})"
        if not call.method
        else f"ofMethod({js(call.given)}, {call.function!r}, {call.method!r}, {js(list(call.more))})"
        for call in drawn
    ]
    for call, seen in zip(drawn, evaluate(f"[{', '.join(texts)}]", before=RUN), strict=True):
        if "fails" not in seen:
            yield call, seen


def is_number(value: Any) -> bool:
    """Whether a value as it came from V8 is a number."""
    if isinstance(value, dict):
        return value.get("$") in ("NaN", "Infinity", "-Infinity")
    return isinstance(value, int | float) and not isinstance(value, bool)


def fits(value: Any, gives: Gives, call: Call) -> bool:
    """Whether a value is what is claimed."""
    match gives:
        case Number():
            return is_number(value)
        case Numbers(length):
            return isinstance(value, list) and len(value) == length and all(map(is_number, value))
        case Fields(highest):
            return set(value) - {"$"} == set(highest) and all(
                value[name] in range(most + 1) for name, most in highest.items()
            )
        case Each(of):
            return isinstance(value, list) and len(value) == len(call.more[0]) and all(fits(x, of, call) for x in value)
        case Copy():
            return isinstance(value, list) and len(value) == (
                len(call.more[0]) if isinstance(call.more[0], list) else 1
            )
        case Color():
            return not isinstance(value, list) or any(
                isinstance(pair[1], list) and len(pair[1]) == len(value) for pair in call.given[0]
            )
        case Instance(name):
            return isinstance(value, dict) and value["$"] == name
        case Entry(_, values):
            first = call.given[values][0]
            if not isinstance(first, list):
                return is_number(value)
            return isinstance(value, list) and len(value) == len(first) and all(map(is_number, value))


def flat(value: Any) -> Iterator[float | None]:
    """The numbers of a value, however deep; None for what is none."""
    if isinstance(value, list):
        for item in value:
            yield from flat(item)
    elif isinstance(value, dict) and "$" in value and value["$"] in ("NaN", "Infinity", "-Infinity"):
        yield float(value["$"])
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item) if key != "$" else ()
    else:
        yield float(value) if isinstance(value, int | float) else None


def hull(value: Any, beside: Sequence[float] = ()) -> Interval | None:
    """The interval of a value, and of what it might have been beside that: of what is not NaN."""
    found = [*flat(value), *beside]
    if any(item is None for item in found):
        return None
    known = [item for item in found if item is not None and not math.isnan(item)]
    return (min(known), max(known)) if known else None


def asked_of(call: Call) -> list[Interval | None]:
    """The intervals of the arguments that a signature asks for."""
    if call.method and CLASSES[call.function].pairs:
        shown = [pair[1] if isinstance(pair[1], list) else [0, 1] for pair in call.given[0]]
        return [hull(shown), *map(hull, call.given[1:])]
    return [hull(item, call.beside) for item in call.given]


def check_effects(call: Call, seen: dict[str, Any]) -> None:
    known = call.signature
    assert seen["stable"], call
    assert known.changes or not seen["changes"], call
    assert Origin.ARGUMENTS in known.returns or not seen["returns"], call
    assert Origin.ARGUMENTS in known.returns | known.keeps or not seen["keeps"], call
    assert Origin.VISUALIZER in known.returns or not seen.get("returnsKept"), call
    assert Origin.VISUALIZER in known.returns | known.keeps or not seen.get("keepsKept"), call


def check_result(call: Call, seen: dict[str, Any]) -> None:
    assert fits(seen["gives"], call.signature.gives, call), (call, seen["gives"])
    within = call.signature.within(asked_of(call))
    if within is None:
        return
    room = 1e-9 * max(1, *(abs(end) for end in within if math.isfinite(end)), 1)
    for number in flat(seen["gives"]):
        assert number is None or math.isnan(number) or within[0] - room <= number <= within[1] + room, (call, number)


# ---- the claims


def test_every_global_has_a_signature() -> None:
    kinds = {BuiltinKind.FUNCTION: FUNCTIONS, BuiltinKind.CLASS: CLASSES, BuiltinKind.VALUE: VALUES}
    for kind, listed in kinds.items():
        assert {item.name for item in builtins() if item.kind is kind} == set(listed)
    assert {item.name for item in builtins()} == NAMES


def test_every_method_has_a_signature() -> None:
    own = "(o) => Object.getOwnPropertyNames(o).filter((n) => typeof o[n] === 'function' && !n.startsWith('_'))"
    shown = f"{json.dumps(list(CLASSES))}.map((n) => [globalThis[n].prototype, globalThis[n]].map({own}))"
    for (name, known), (methods, statics) in zip(CLASSES.items(), evaluate(shown), strict=True):
        assert set(methods) - {"constructor"} == set(known.methods), name
        assert set(statics) == known.creators, name


@few
@given(several(calls(fitting=False)))
def test_functions_keep_and_change_no_more_than_is_said(drawn: list[Call]) -> None:
    for call, seen in observe(drawn):
        check_effects(call, seen)
        if isinstance(call.signature.gives, Number | Numbers | Fields):
            assert fits(seen["gives"], call.signature.gives, call), (call, seen)


@few
@given(several(calls(fitting=True)))
def test_functions_give_what_is_said(drawn: list[Call]) -> None:
    for call, seen in observe(drawn):
        check_result(call, seen)


@few
@given(several(calls_of_methods(fitting=False)))
def test_visualizers_keep_and_change_no_more_than_is_said(drawn: list[Call]) -> None:
    for call, seen in observe(drawn):
        check_effects(call, seen)


@few
@given(several(calls_of_methods(fitting=True)))
def test_visualizers_give_what_is_said(drawn: list[Call]) -> None:
    for call, seen in observe(drawn):
        check_result(call, seen)


def test_values_are_what_is_said() -> None:
    for (name, known), value in zip(VALUES.items(), evaluate(f"[{', '.join(VALUES)}]"), strict=True):
        assert known.number == (value if is_number(value) else None), name
        assert known.rows == (len(value) if isinstance(value, list) else None), name
    assert evaluate("[SampleType, Mosaicking]") == [{item: item for item in kind} for kind in (SampleType, Mosaicking)]


ENDS: tuple[tuple[Call, Call], ...] = (
    *((Call(name, [0]), Call(name, [0xFFFFFF])) for name in ("int2rgb", "hex2rgb")),
    *((Call(name, [[0, 0, 0]]), Call(name, [[255, 255, 255]])) for name in ("rgb2int", "rgb2hex")),
    *((Call(name, [0]), Call(name, [-1])) for name, known in FUNCTIONS.items() if isinstance(known.gives, Fields)),
    *(
        (Call(name, [], "process", (-1,)), Call(name, [], "process", (2,)))
        for name, known in CLASSES.items()
        if known.methods["process"].within([]) is not None
    ),
)


@pytest.mark.parametrize("calls", ENDS, ids=lambda calls: calls[0].function)
def test_the_ends_of_intervals_are_reached(calls: tuple[Call, Call]) -> None:
    """An interval that holds whatever is given is no wider than it must be."""
    lowest, highest = (list(flat(seen["gives"])) for _, seen in observe(calls))
    known = calls[0].signature
    if isinstance(known.gives, Fields):
        assert dict(zip(known.gives.highest, highest, strict=True)) == known.gives.highest
        assert set(lowest) == {0}
    else:
        assert {(low, high) for low, high in zip(lowest, highest, strict=True)} == {known.within([(0, 255)])}


NEEDED = (
    (Call("valueMap", [1, [1], [{"a": 1}]]), "returns"),
    (Call("colorMap", [1, [2], [[[1]]]]), "keeps"),
    (Call("valueInterpolate", [[1]]), "returns"),
    (Call("colorBlend", [1, [1], [[[1]]]]), "keeps"),
    (Call("Identity", [], "process", ([[1]],)), "keeps"),
    (Call("ColorMapVisualizer", [[[0, {"a": 1}]]], "getColorFromValue", (0,)), "returnsKept"),
    (Call("ColorMapVisualizer", [[[0, [[1]]]]], "getColorFromValue", (0,)), "keepsKept"),
    (Call("ColorMapVisualizer", [[[0, [1, 2, 3]]]], "constructor"), "keeps"),
    (Call("DefaultVisualizer", [[1]], "constructor"), "keeps"),
)


def test_what_is_said_to_be_handed_on_is() -> None:
    """The arguments that a helper may return or keep are found in what it returns, for some call."""
    for (call, what), (_, seen) in zip(NEEDED, observe([call for call, _ in NEEDED]), strict=True):
        assert seen[what], (call, what)
