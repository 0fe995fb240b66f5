"""What the linter knows of a call of a helper is what the helper gives."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.host.signatures import CLASSES, FUNCTIONS
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import UNKNOWN
from oso_evalscript.semantics.values.domain import Type
from tests.model.host.test_signatures import Call, calls, calls_of_methods, few, flat, is_number, js, observe, several

HEAD = '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 3 } }; }\n'


def expression(call: Call) -> str:
    """The call as it stands in a script."""
    given = ", ".join(map(js, call.given))
    if not call.method:
        return f"{call.function}({given})"
    made = f"new {call.function}({given})"
    return made if call.method == "constructor" else f"{made}.{call.method}({', '.join(map(js, call.more))})"


def read(text: str) -> tuple[Script, Any]:
    """A script that returns an expression, and the node of that."""
    script = Script(parse(Source(f"{HEAD}function evaluatePixel(s) {{ return {text}; }}\n")))
    (returned,) = script.returned
    return script, returned


def check(call: Call, value: Any) -> None:
    script, returned = read(expression(call))
    for known in returned.values or ():
        if known.type is Type.ARRAY:
            assert isinstance(value, list), call
            assert len(value) == known.length, call
        else:
            assert known.type is (Type.NUMBER if is_number(value) else Type.OBJECT), call
    length = script.values.length(returned.node)
    assert length is None or length == len(value), call
    within = script.ranges.of(returned.node)
    if within is not None:
        room = 1e-9 * max(1.0, *(abs(end) for end in within if math.isfinite(end)), 1.0)
        for number in flat(value):
            assert number is None or math.isnan(number) or within[0] - room <= number <= within[1] + room, call


@few
@given(several(calls(fitting=True)))
def test_what_is_known_of_a_call_of_a_function_holds(drawn: list[Call]) -> None:
    for call, seen in observe(drawn):
        check(call, seen["gives"])


@few
@given(several(calls_of_methods(fitting=True)))
def test_what_is_known_of_a_call_of_a_method_holds(drawn: list[Call]) -> None:
    for call, seen in observe(drawn):
        check(call, seen["gives"])


TABLE = "[[0, 0, 0], [0.5, 0.5, 1]]"
OF_FUNCTIONS = {
    **dict.fromkeys(("int2rgb", "hex2rgb"), ("s.B04", 3, (0, 255))),
    **dict.fromkeys(("rgb2int", "rgb2hex"), ("int2rgb(s.B04)", None, (0, 0xFFFFFF))),
    "normalizeRGB": ("int2rgb(s.B04)", 3, (0, 1)),
    "combine": ("[0, 0, 0], [1, 1, 1], 0.25", 3, (0, 1)),
    "index": ("s.B04, s.B04", None, None),
    "inverse": ("2", None, (0.5, 0.5)),
    **dict.fromkeys(("valueMap", "colorMap", "valueInterpolate", "colorBlend"), (f"s.B04, [1, 2], {TABLE}", 3, (0, 1))),
}
"""For each function: arguments, how many numbers it gives (None for one number), and between which."""

OF_METHODS = {
    "ColorMapVisualizer": ("[[0, 0xff0000], [1, 0]]", 3, (0, 1)),
    "ColorRampVisualizer": ("[[0, 0xff0000], [1, 0]]", 3, (0, 1)),
    "ColorGradientVisualizer": ("blueRed", 3, (0, 1)),
    "HighlightCompressVisualizer": ("0, 0.4", None, (0, 1)),
    "HighlightCompressVisualizerSingle": ("0, 0.4", 1, (0, 1)),
    "DefaultVisualizer": ("0, 0.4", None, (0, 1)),
    "Identity": ("", 1, None),
}
"""For each class: the constructor's arguments, and the same of `process`."""


def known(text: str) -> tuple[int | None, Any]:
    script, returned = read(text)
    (value,) = returned.values
    assert (value.type is Type.ARRAY) is (script.values.length(returned.node) == value.length) or "Identity" in text
    return value.length if value.type is Type.ARRAY else None, script.ranges.of(returned.node)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_known(name: str) -> None:
    if name.startswith("decode"):
        script, returned = read(f"{name}(s.B04).cloud" if "S3" not in name else f"{name}(s.B04).land")
        assert script.ranges.of(returned.node) == (0, 1)
        return
    given, *expected = OF_FUNCTIONS[name]
    assert list(known(f"{name}({given})")) == expected


@pytest.mark.parametrize("name", CLASSES)
def test_every_visualizer_is_known(name: str) -> None:
    given, *expected = OF_METHODS[name]
    assert list(known(f"new {name}({given}).process(2 * 3)")) == expected
    if "processList" in CLASSES[name].methods:
        assert known(f"new {name}({given}).processList([1, 2])") == (2, (0, 1))
    for creator in CLASSES[name].creators:
        assert known(f"{name}.{creator}().process(s.B04)") == (3, (0, 1))
    if "inverse" in CLASSES[name].methods:
        assert known(f"new {name}({given}).inverse().process(s.B04)") == (3, (0, 1))


@pytest.mark.parametrize(
    "text",
    [
        "hex2rgb", "colorMap(s.B04)", "ColorMapVisualizer.createBlueRed().process(1)", "new Identity().process()",
        "new DefaultVisualizer().inverse().process(1)", "decodeLs8Qa(s.B04).nothing", "valueMap(s.B04, [1], ['a'])",
        "valueMap(s.B04, [1, 2], [1, [2]])", "colorMap(s.B04, [1, 2], [[1], [1, 2]])", "colorMap(...s.list)",
    ],
)  # fmt: skip
def test_what_a_call_does_not_tell_is_not_known(text: str) -> None:
    script, returned = read(text)
    assert returned.values is None
    assert script.values.length(returned.node) is None


@pytest.mark.parametrize("name", ["hex2rgb", "colorMap", "Identity"])
def test_what_a_script_defines_itself_is_not_the_service_s(name: str) -> None:
    script, returned = read(f"{name}(s.B04, [1], [[1, 2, 3]]); function {name}() {{ return window; }}")
    assert returned.values is None
    assert script.values.helper(returned.node.callee) is None


def test_a_bigint_is_no_number() -> None:
    for text in ("5n", "0x1fn"):
        script, returned = read(text)
        assert script.values.constant(returned.node) is UNKNOWN
        assert returned.values is None


def test_an_array_that_is_changed_in_place_may_hold_anything() -> None:
    script = Script(
        parse(Source(f"{HEAD}function evaluatePixel(s) {{ const c = int2rgb(s.B04); c[0] = 300; return [c[0]]; }}\n"))
    )
    (element,) = script.returned[0].values[0].elements  # type: ignore[index, misc]
    assert script.ranges.of(element) is None
    assert not script.ranges.is_bytes(element)
