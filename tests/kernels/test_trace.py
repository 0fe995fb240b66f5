"""Traces: what is understood of a script, what is left to JavaScript, and why."""

from __future__ import annotations

import pytest

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.kernels.graph import Node, in_order
from oso_evalscript.kernels.task import Feed, Refused, Task
from oso_evalscript.kernels.trace import Traced, trace
from oso_evalscript.model.contract import Output
from oso_evalscript.model.text import Source

BANDS = (("A", "float32"), ("B", "float32"), ("C", "uint8"))


def traced(body: str, top: str = "", bands: int = 1, feed: Feed | None = None) -> Traced | Refused:
    """What is found of a script with that body of evaluatePixel."""
    task = Task((feed or Feed("", BANDS),), (Output(bands),))
    return trace(parse(Source(f"{top}\nfunction evaluatePixel(s) {{ {body} }}")), task)


def understood(body: str, top: str = "", bands: int = 1, feed: Feed | None = None) -> Traced:
    found = traced(body, top, bands, feed)
    assert isinstance(found, Traced), found
    return found


def operations(found: Traced) -> list[str]:
    roots = [found.graph.node(number) for numbers in found.outputs for number in numbers]
    return sorted(node.op for node in in_order(roots))


def test_calls_are_followed_and_loops_unrolled() -> None:
    found = understood(
        "let sum = 0; for (let i = 0; i < 3; i++) sum += f(s.A); return [sum];", "const f = (x) => x * 2;"
    )
    assert operations(found).count("add") == 3
    assert operations(found).count("mul") == 1  # equal expressions are one
    assert found.guard is False


def test_what_does_not_depend_on_the_pixel_is_worked_out() -> None:
    found = understood("return [table[2] + name.length];", "const table = [1, 2, 3].map((x) => x * x), name = 'ab';")
    assert found.outputs == ((11.0,),)


def test_both_ways_are_gone() -> None:
    found = understood("let c; if (s.A > 1) { c = [1, 0]; c.push(s.B); } else c = [0, 1, 2]; return c;", bands=3)
    assert found.guard is False
    assert operations(found).count("select") == 3


def test_texts_and_objects_are_resolved() -> None:
    found = understood(
        'let name = s.A > 1 ? "wet" : "dry"; const o = name === "wet" ? { v: 1 } : { v: 2 }; return [o.v];'
    )
    number = found.outputs[0][0]
    assert isinstance(number, Node)
    assert number.op == "select"


def test_helpers_are_traced_by_their_own_javascript() -> None:
    found = understood("return ramp.process(s.A);", "const ramp = new ColorRampVisualizer([[0, 0], [1, 0xffffff]]);", 3)
    assert "div" in operations(found)


def test_a_path_that_throws_is_left_to_javascript() -> None:
    found = understood("if (s.A > 5) throw new Error('no'); return [s.A];")
    assert found.reasons == ("throws",)
    assert found.guard is not False


def test_nothing_returned_is_left_to_javascript() -> None:
    found = understood("if (s.C === 0) return; return [s.A];")
    assert found.reasons == ("does not return an array for the output `default`",)


def test_a_loop_over_data_ends_somewhere() -> None:
    found = traced("let x = s.A; while (x > 1) x = x / 2; return [x];")
    assert isinstance(found, Traced)
    assert any("loop" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("body", "top", "reason"),
    [
        ("return [new Date().getTime()];", "", "`Date` is not known to the compiler"),
        ("state += 1; return [state];", "let state = 0;", "modifies state outside `evaluatePixel`"),
        ("return [1, 2];", "", "returns 2 values for 1 bands of the output `default`"),
        ("while (true) {} return [1];", "", "a loop with too many iterations"),
        ("throw 1;", "", "throws"),
        ("return [f(s.A)];", "const f = (x) => f(x - 1);", "calls nested too deeply"),
        ("return [`${s.A}`];", "", "builds a string from values"),
        ("for (const x of numbers()) return [x];", "function* numbers() { yield 1; }", "a generator or async function"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_a_reason(body: str, top: str, reason: str) -> None:
    assert traced(body, top) == Refused(reason)


def test_a_series_of_known_length() -> None:
    feed = Feed("", (("A", "float32"), ("M", "uint8")), slots=4, listed=True)
    found = understood(
        "let sum = 0, n = 0; for (const one of s) if (one.M) { sum += one.A; n++; } return [sum / n];", feed=feed
    )
    assert operations(found).count("load") == 8
    assert found.guard is False
