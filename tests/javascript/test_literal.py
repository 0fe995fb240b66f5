from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oso_evalscript.javascript.literal import comment, literal, property_name
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import SampleType
from oso_evalscript.model.text import Source
from tests.model.host.test_library import evaluate

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.just("__proto__"), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.lists(VALUES, max_size=5))
@example(["</script>", "\u2028", "'\"\\`${}", "\x00", {"__proto__": 1, "a-b": 2, "1": 3}])
def test_javascript_reads_the_same_value(values: list[Any]) -> None:
    text = literal(values)
    assert "</script" not in text
    assert "\u2028" not in text
    # JavaScript has one kind of number; whole ones beyond 2^53 print with zeros.
    assert evaluate(text, parse_int=float) == json.loads(json.dumps(values), parse_int=float)


def test_numbers_that_json_lacks() -> None:
    assert [literal(value) for value in (math.nan, math.inf, -math.inf, -0.0, 1e300, 2.0, 0.1)] == [
        "NaN", "Infinity", "-Infinity", "-0", "1e+300", "2", "0.1",
    ]  # fmt: skip


def test_colours_and_enumerations() -> None:
    assert literal([Color(0x003200), SampleType.UINT8]) == '[0x003200, "UINT8"]'


def test_nothing_else_has_a_literal() -> None:
    with pytest.raises(TypeError, match="object has no JavaScript literal"):
        literal(object())
    with pytest.raises(TypeError, match="key of an object is a string"):
        literal({1: 2})


@given(st.text())
@example("a\nalert(1)")
@example("a\u2028alert(1)")
@example("*/ alert(1) /*")
def test_no_text_breaks_out_of_a_comment(text: str) -> None:
    for script in (f"// {comment(text)}\n", f"/* {comment(text)} */"):
        tree = parse(Source(script))
        assert tree.root is not None
        assert not tree.root.body
        assert not tree.faults


@given(st.text(min_size=1, max_size=8))
def test_any_name_can_be_a_property(name: str) -> None:
    tree = parse(Source(f"({{ {property_name(name)}: 1 }})"))
    assert tree.root is not None
    assert not tree.faults
