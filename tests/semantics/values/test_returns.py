"""What the linter knows of returned arrays is what running the function gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.domain import Alternatives, Returned, Type, Value

HEAD = "//VERSION=3\nfunction setup() { return { input: ['B04', 'dataMask'], output: { bands: 3 } }; }\n"
NAMES = ("a", "b")

KINDS = ("set", "push", "pop", "join", "spread", "return", "if", "switch")
MAX_TESTS = 6


@dataclass(frozen=True)
class Held:
    """What a drawn statement may rely on: the fewest elements an array has, and whether all runs hold the same one."""

    shortest: int
    is_one: bool


# A statement of a small language is a tuple (kind, …); `write` writes it as JavaScript, `run` runs it. Drawn are only
# statements that the analysis promises to follow: nothing is taken from an empty array, and of two arrays that are
# joined at most one is open. So every drawn body is compared, none is passed over.
@st.composite
def bodies(draw: st.DrawFn) -> list[Any]:
    held, left = {"a": Held(1, True), "b": Held(0, True)}, [MAX_TESTS]
    before = block(draw, held, [0], 2)
    return [*before, statement(draw, held, left, ("if", "switch")), *block(draw, held, left, 3)]


def block(draw: st.DrawFn, held: dict[str, Held], left: list[int], most: int) -> list[Any]:
    """Statements, at most `left[0]` tests in them; `held` is brought up to what holds behind them."""
    return [statement(draw, held, left) for _ in range(draw(st.integers(0, most)))]


def statement(
    draw: st.DrawFn, held: dict[str, Held], left: list[int], kinds: tuple[str, ...] = KINDS
) -> tuple[Any, ...]:
    targets: dict[str, Sequence[Any]] = {
        "set": NAMES,
        "push": NAMES,
        "pop": [name for name in NAMES if held[name].shortest],
        "join": [(one, other) for one, other in product(NAMES, NAMES) if held[one].is_one or held[other].is_one],
        "spread": list(product(NAMES, NAMES)),
        "return": NAMES,
        "if": (True,) if left[0] else (),
        "switch": (True, False) if left[0] else (),  # whether its first case ends with `break`
    }
    kind = draw(st.sampled_from([kind for kind in kinds if targets[kind]]))
    target = draw(st.sampled_from(targets[kind]))
    match kind:
        case "set":
            held[target] = Held(length := draw(st.integers(0, 4)), True)
            return kind, target, length
        case "push":
            added = draw(st.integers(1, 2))
            held[target] = Held(held[target].shortest + added, held[target].is_one)
            return kind, target, added
        case "pop":
            held[target] = Held(held[target].shortest - 1, held[target].is_one)
            return kind, target
        case "join" | "spread":
            one, other = target
            joined = [held[one], held[other]] if kind == "join" else [held[other]]
            held[one] = Held(sum(item.shortest for item in joined) + 1, all(item.is_one for item in joined))
            return kind, one, other
        case "return":
            return kind, target
    left[0] -= 1
    first = dict(held)
    then = block(draw, first, left, 3)
    second = dict(held)
    if kind == "switch" and not target:  # its first case goes on into the second
        second = meet(held, first)
    otherwise = block(draw, second, left, 3)
    held.update(meet(first, second))
    return (kind, then, otherwise, target)


def meet(one: dict[str, Held], other: dict[str, Held]) -> dict[str, Held]:
    return {
        name: item if item is other[name] else Held(min(item.shortest, other[name].shortest), False)
        for name, item in one.items()
    }


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


def lengths_of(body: list[Any]) -> set[int]:
    """The lengths of all the arrays that some run returns."""
    found = set()
    for answers in product((True, False), repeat=count(body)):
        held = {"a": 1, "b": 0}
        length = run(body, held, list(answers))
        found.add(held["a"] if length is None else length)
    return found


@given(bodies())
def test_what_is_known_is_what_a_run_gives(body: list[Any]) -> None:
    text = f"function evaluatePixel(s) {{\nlet a = [1], b = [];\n{write(body, [])}return a;\n}}\n"
    returned = Script(parse(Source(HEAD + text))).returned
    actual = lengths_of(body)
    values = [value for item in returned for value in known(item)]
    assert actual <= {value.length for value in values}
    assert all(value.length in actual for value in values if value.sure)


def known(item: Returned) -> tuple[Value, ...]:
    assert item.values is not None, "nothing is known, though every statement can be followed"
    return item.values


def test_the_drawn_bodies_ask_something() -> None:
    seen: list[tuple[int, int]] = []

    @settings(max_examples=100, phases=[Phase.generate])
    @given(bodies())
    def draw(body: list[Any]) -> None:
        seen.append((count(body), len(lengths_of(body))))

    draw()
    assert max(tests for tests, _ in seen) == MAX_TESTS
    assert all(tests > 0 for tests, _ in seen)
    assert sum(lengths > 1 for _, lengths in seen) > 0.4 * len(seen)


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


def test_a_value_that_each_of_two_tests_may_replace_is_not_sure() -> None:
    body = "let c = [1]; if (s.B04 > 1) c = [1, 2]; if (s.B04 <= 1) c = [1, 2, 3]; return c;"
    (values,) = returns(f"function evaluatePixel(s) {{ {body} }}")
    assert {value.length: value.sure for value in values or ()} == {1: False, 2: False, 3: True}


def test_the_elements_of_an_array_are_told() -> None:
    (values,) = returns("function evaluatePixel(s) { const c = [1, 2]; c.push(3); return [0, ...c, ...int2rgb(4)]; }")
    assert values is not None
    (value,) = values
    assert [element.raw for element in (value.elements or ())[:4]] == ["0", "1", "2", "3"]
    assert [element.type for element in (value.elements or ())[4:]] == ["CallExpression"] * 3
