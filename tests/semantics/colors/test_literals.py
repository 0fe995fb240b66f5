"""Numbers and colours, read from expressions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import Node, parse
from oso_evalscript.model.color import Color
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.colors.literals import Reader, Tone
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.values.constants import Constants
from tests.model.host.test_library import evaluate
from tests.strategies import colors, unshrunk

BEFORE = "const N = 7, HALF = 1 / 2, RED = 0xff0000;\n"

numbers = st.recursive(
    st.sampled_from(["0", "3", "0.25", "1e3", "0x10", "N", "HALF", "255"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner)
        | st.builds("({}{})".format, st.sampled_from("+-"), inner)
    ),
    max_leaves=6,
)


def read(expressions: list[str], before: str = BEFORE) -> tuple[Reader, list[Node]]:
    tree = parse(Source(f"{before}if ([{', '.join(expressions)}]) ;"))
    return Reader(tree, Constants(Names(tree))), tree.of_type("IfStatement")[0].test.elements


def color(expression: str, *, wide: bool = False, before: str = BEFORE) -> Color | None:
    reader, (node,) = read([expression], before)
    tone = reader.tone(node)
    return None if tone is None else tone.color(wide=wide or tone.is_wide)


@unshrunk
@given(st.lists(numbers, min_size=20, max_size=20))
def test_a_number_is_the_one_that_a_run_gives(written: list[str]) -> None:
    reader, nodes = read(written)
    known = [reader.number(node) for node in nodes]
    actual = evaluate(f"[{', '.join(written)}]", before=BEFORE)  # what is not finite comes back as None
    wrong = [text for text, one, other in zip(written, known, actual, strict=True) if one != pytest.approx(other)]
    assert wrong == []


@pytest.mark.parametrize(
    "expression",
    ["f()", "'1'", "true", "N % 2", "[1][0]", "1 / 0", "0 / 0", "-x", "0ffaaff", "1e999", "~1"],
)
def test_what_is_no_number_for_certain(expression: str) -> None:
    reader, (node,) = read([expression])
    assert reader.number(node) is None


SPELLINGS = (
    "{literal}",
    "{value}",
    "int2rgb({literal})",
    "normalizeRGB(int2rgb({literal}))",
    "normalizeRGB([{r}, {g}, {b}])",
    "[{r} / 255, {g} / 255, {b} / 255]",
    "[{r} / 255, {g} / 255, {b} / 255, 0.5]",
    "C",
)


@given(colors, st.sampled_from(SPELLINGS))
def test_every_spelling_of_a_colour_is_read(expected: Color, spelling: str) -> None:
    red, green, blue = expected.rgb
    text = spelling.format(literal=expected.literal, value=expected.value, r=red, g=green, b=blue)
    assert color(text, before=f"const C = {expected.literal};\n") == expected


@given(colors)
def test_channels_run_to_255_where_one_of_their_table_does(expected: Color) -> None:
    text = str(list(expected.rgb))
    assert color(text, wide=True) == expected
    reader, (node,) = read([text])
    tone = reader.tone(node)
    assert tone is not None
    assert tone.is_wide == (max(expected.rgb) > 1)
    if tone.is_wide:
        assert tone.color(wide=False) is None or max(expected.rgb) <= 1


def test_channels_that_are_normalized_run_to_255_whatever_they_are() -> None:
    assert color("normalizeRGB([1, 0, 1])") == Color(0x010001)
    assert color("[1, 0, 1]") == Color(0xFF00FF)
    reader, nodes = read(["int2rgb(0x020202)", "normalizeRGB([2, 2, 2])", "[2, 2, 2]"])
    assert [tone.is_wide for node in nodes if (tone := reader.tone(node)) is not None] == [False, False, True]


@pytest.mark.parametrize(
    "expression",
    [
        "[1, 2]",
        "[1, 2, 3, 4, 5]",
        "[1, , 3]",
        "[f(), 0, 0]",
        "0x1000000",
        "-1",
        "0.5",
        "int2rgb(f())",
        "int2rgb(1, 2)",
        "int2rgb([1, 0, 0])",
        "normalizeRGB(rgb2int(0xff0000))",
        "rgb2int(1)",
        "normalizeRGB(f())",
        "normalizeRGB([1, 2])",
        "[256, 0, 0]",
        "[-1, 0, 0]",
    ],
)
def test_what_is_no_colour_for_certain(expression: str) -> None:
    assert color(expression) is None


def test_a_helper_that_the_script_makes_itself_tells_no_colour() -> None:
    assert color("int2rgb(0xff0000)", before="const int2rgb = (x) => x;\n") is None


@given(st.tuples(*[st.floats(-2, 300)] * 3), st.booleans(), st.booleans())
def test_a_colour_never_leaves_its_range(channels: tuple[float, float, float], is_packed: bool, wide: bool) -> None:
    found = Tone(channels, is_packed).color(wide=wide)
    scale = 1 if is_packed or wide else 255
    fits = all(-0.5 <= channel * scale <= 255.5 for channel in channels)
    assert found is None or fits
    assert found is not None or not all(0 <= channel * scale <= 255 for channel in channels)


@pytest.mark.parametrize(
    ("expression", "is_hex"),
    [("0xff00ff", True), ("0XFF00FF", True), ("0xff_00_ff", True), ("0xff00f", False), ("255", False), ("RED", False)],
)
def test_six_digits_behind_0x_are_written_as_a_colour(expression: str, is_hex: bool) -> None:
    reader, (node,) = read([expression])
    assert reader.is_hex(node) == is_hex
    assert math.isfinite(reader.number(node) or 0)
