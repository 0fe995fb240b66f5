"""What the linter knows of returned arrays is what running the function gives."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.outcome import Alternatives, Type
from oso_evalscript.linter.script import Script
from oso_evalscript.model.text import Source

HEAD = "//VERSION=3\nfunction setup() { return { input: ['B04', 'dataMask'], output: { bands: 3 } }; }\n"
NAMES = ("a", "b")

# A statement of a small language: (kind, …); written as JavaScript by `write`, run by `run`.
simple = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(NAMES), st.integers(0, 4)),
    st.tuples(st.just("push"), st.sampled_from(NAMES), st.integers(1, 2)),
    st.tuples(st.just("pop"), st.sampled_from(NAMES)),
    st.tuples(st.just("join"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("spread"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("return"), st.sampled_from(NAMES)),
)
statements = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.tuples(st.just("if"), st.lists(inner, max_size=3), st.lists(inner, max_size=3)),
        st.tuples(st.just("switch"), st.lists(inner, max_size=2), st.lists(inner, max_size=2), st.booleans()),
    ),
    max_leaves=8,
)
bodies = st.lists(statements, max_size=6)


def write(body: list[Any], tests: list[int]) -> str:
    text = ""
    for kind, *rest in body:
        match kind:
            case "set":
                text += f"{rest[0]} = [{', '.join('0' * rest[1])}];\n"
            case "push":
                text += f"{rest[0]}.push({', '.join('1' * rest[1])});\n"
            case "pop":
                text += f"{rest[0]}.pop();\n"
            case "join":
                text += f"{rest[0]} = {rest[0]}.concat({rest[1]}, 1);\n"
            case "spread":
                text += f"{rest[0]} = [7, ...{rest[1]}];\n"
            case "return":
                text += f"return {rest[0]};\n"
            case "if":
                tests.append(len(tests))
                text += f"if (s.B04 > {tests[-1]}) {{\n{write(rest[0], tests)}}} else {{\n{write(rest[1], tests)}}}\n"
            case "switch":
                tests.append(len(tests))
                stop = "break;\n" if rest[2] else ""
                text += f"switch (s.B04 > {tests[-1]}) {{\ncase true:\n{write(rest[0], tests)}{stop}"
                text += f"default:\n{write(rest[1], tests)}}}\n"
    return text


def run(body: list[Any], held: dict[str, int], answers: list[bool]) -> int | None:
    """The length of the array that is returned, None where the end is reached; `answers` to all tests in the text."""
    for kind, *rest in body:
        match kind:
            case "set":
                held[rest[0]] = rest[1]
            case "push":
                held[rest[0]] += rest[1]
            case "pop":
                held[rest[0]] = max(held[rest[0]] - 1, 0)
            case "join":
                held[rest[0]] += held[rest[1]] + 1
            case "spread":
                held[rest[0]] = held[rest[1]] + 1
            case "return":
                return held[rest[0]]
            case "if" | "switch":
                answer = answers.pop(0)
                parts = [(rest[0], answer), (rest[1], not answer or (kind == "switch" and not rest[2]))]
                for part, taken in parts:
                    if taken and (length := run(part, held, answers)) is not None:
                        return length
                    if not taken:
                        del answers[: count(part)]
    return None


def count(body: list[Any]) -> int:
    return sum(1 + count(part[1]) + count(part[2]) if part[0] in ("if", "switch") else 0 for part in body)


@given(bodies)
def test_what_is_known_is_what_a_run_gives(body: list[Any]) -> None:
    tests: list[int] = []
    text = f"function evaluatePixel(s) {{\nlet a = [1], b = [];\n{write(body, tests)}return a;\n}}\n"
    if len(tests) > 6:
        return
    script = Script(parse(Source(HEAD + text)))
    actual = set()
    for answers in product((True, False), repeat=len(tests)):
        held = {"a": 1, "b": 0}
        length = run(body, held, list(answers))
        actual.add(held["a"] if length is None else length)
    returned = script.returned
    if any(item.values is None for item in returned):
        return
    known = {value.length for item in returned for value in item.values or ()}
    assert actual <= known
    assert all(value.length in actual for item in returned for value in item.values or () if value.sure)


def returns(pixel: str) -> list[Alternatives]:
    return [item.values for item in Script(parse(Source(HEAD + pixel))).returned]


@pytest.mark.parametrize(
    ("body", "lengths"),
    [
        ("const c = int2rgb(s.B04); c.push(s.dataMask); return c;", [4]),
        ("let c; if (s.B04 > 1) c = [1, 2]; else c = [1]; return [...c, 1];", [2, 3]),
        ("return [1, 2].concat(s.dataMask);", [3]),
        ("return [1, 2].map((x) => 2 * x).concat([3]);", [3]),
        ("return pick(s.B04); function pick(x) { switch (x) { case 1: return [1]; default: return [1, 2]; } }", [1, 2]),
        ("return colorBlend(s.B04, [0, 1], [[0, 0, 0], [1, 1, 1]]);", [3]),
        ("return (0, [1, 2]);", [2]),
        ("return new Array(5).fill(0);", [5]),
        ("var c = []; c[0] = 1; return c;", None),
        ("const c = []; for (let i = 0; i < 3; i++) c.push(i); return c;", None),
        ("const c = []; [1, 2].forEach((x) => c.push(x)); return c;", None),
        ("const c = [1]; const d = c; d.push(1); return c;", None),
        ("let c = [1]; try { c = [1, 2]; } catch (e) { return [0]; } return c;", None),
        ("let c = [1]; const f = () => { c = [1, 2]; }; f(); return c;", None),
        ("let c = [1]; if ((c = [1, 2])) return c; return c;", None),
        ("a: { return [1]; break a; }", None),
    ],
)
def test_lengths_of_what_is_returned(body: str, lengths: list[int] | None) -> None:
    found = returns(f"function evaluatePixel(s) {{ {body} }}")
    if lengths is None:
        assert not found or None in found
    else:
        values = [value for item in found for value in item or ()]
        assert all(value.type is Type.ARRAY for value in values)
        assert sorted(value.length for value in values) == lengths


def test_the_elements_of_an_array_are_told() -> None:
    (values,) = returns("function evaluatePixel(s) { const c = [1, 2]; c.push(3); return [0, ...c, ...int2rgb(4)]; }")
    assert values is not None
    (value,) = values
    assert [getattr(element, "raw", None) for element in (value.elements or ())[:4]] == ["0", "1", "2", "3"]
    assert [element.type for element in (value.elements or ())[4:]] == ["CallExpression"] * 3
