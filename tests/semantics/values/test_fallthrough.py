"""Whether the end of a function is reached: the answer against running the statements."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.fallthrough import Ending, Range, ending, gaps, ranges_of

numbers = st.integers(-3, 3)
MAX_TESTS = 7


@st.composite
def bodies(draw: st.DrawFn) -> list[Any]:
    """Statements around at least one `if`, and at most as many as can all be run both ways."""
    left = [MAX_TESTS]
    return [*block(draw, [0], 1), draw_if(draw, left), *block(draw, left, 2)]


def block(draw: st.DrawFn, left: list[int], most: int) -> list[Any]:
    kinds = [draw(st.sampled_from(["if", "if", "return", "pass"])) for _ in range(draw(st.integers(0, most)))]
    return [
        draw_if(draw, left) if kind == "if" and left[0] else ("return" if kind == "return" else "pass",)
        for kind in kinds
    ]


def draw_if(draw: st.DrawFn, left: list[int]) -> tuple[Any, ...]:
    left[0] -= 1
    then = block(draw, left, 2)
    return "if", then, block(draw, left, 2) if draw(st.booleans()) else None


def write(body: list[Any], tests: list[int]) -> str:
    text = ""
    for kind, *rest in body:
        if kind == "if":
            tests.append(len(tests))
            text += f"if (t{tests[-1]}) {{ {write(rest[0], tests)} }}"
            text += f" else {{ {write(rest[1], tests)} }}\n" if rest[1] is not None else "\n"
        else:
            text += "return 1;\n" if kind == "return" else "x = 1;\n"
    return text


def count(body: list[Any]) -> int:
    return sum(1 + count(part[1]) + count(part[2] or []) if part[0] == "if" else 0 for part in body)


def ends(body: list[Any], answers: list[bool]) -> bool:
    for kind, *rest in body:
        if kind == "return":
            return False
        if kind == "if":
            taken = answers.pop(0)
            for part, runs in ((rest[0], taken), (rest[1] or [], not taken)):
                if runs and not ends(part, answers):
                    return False
                if not runs:
                    del answers[: count(part)]
    return True


def end_of(body: str) -> tuple[Script, Ending | None]:
    script = Script(parse(Source(f"function f(x) {{ {body} }}")))
    return script, ending(script.functions["f"].node, script.values)


def can_end(body: list[Any]) -> bool:
    """Whether some run reaches the end."""
    return any(ends(body, list(answers)) for answers in product((True, False), repeat=count(body)))


@given(bodies())
def test_the_end_is_reached_where_a_run_reaches_it(body: list[Any]) -> None:
    assert (end_of(write(body, []))[1] is not None) == can_end(body)


def test_the_drawn_bodies_ask_something() -> None:
    seen: list[tuple[int, bool]] = []

    @settings(max_examples=100, phases=[Phase.generate])
    @given(bodies())
    def draw(body: list[Any]) -> None:
        seen.append((count(body), can_end(body)))

    draw()
    assert max(tests for tests, _ in seen) == MAX_TESTS
    assert 0.3 * len(seen) < sum(reached for _, reached in seen) < 0.7 * len(seen)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("while (true) { if (x) return 1; }", None),
        ("for (;;) { if (x) return 1; }", None),
        ("for (;;) { if (x) break; }", Ending()),
        ("switch (x) { case 1: return 1; default: throw x; }", None),
        ("switch (x) { case 1: return 1; default: break; }", Ending()),
        ("switch (x) { case 1: x++; default: return 2; }", None),
        ("try { return 1; } finally { x = 1; }", None),
        ("try { x(); } finally { return 1; }", None),
        ("throw new Error(x);", None),
        ("const g = () => { return 1; };", Ending()),
    ],
)
def test_loops_switches_and_tries(body: str, expected: Ending | None) -> None:
    assert end_of(body)[1] == expected


@pytest.mark.parametrize("body", ["try { return x(); } catch (e) { x = 1; }", "a: { if (x) break a; return 1; }"])
def test_what_is_not_followed_is_not_known(body: str) -> None:
    end = end_of(body)[1]
    assert end is not None
    assert not end.known


OPERATORS = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
    "===": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
}
comparisons = st.tuples(st.sampled_from(sorted(OPERATORS)), numbers, st.booleans())


def inside(x: float, ranges: list[Range]) -> bool:
    return any(
        (low < x if above else low <= x) and (x < high if below else x <= high) for low, above, high, below in ranges
    )


@given(st.lists(st.tuples(comparisons, comparisons, st.sampled_from(["", "&&", "||"])), min_size=1, max_size=4))
def test_the_gaps_are_what_no_test_takes(tests: list[Any]) -> None:
    text = ""
    for first, second, joint in tests:
        one, other = (
            f"{number} {operator} x" if swapped else f"x {operator} {number}"
            for operator, number, swapped in (first, second)
        )
        text += f"if ({one} {joint} {other}) return 1;\n" if joint else f"if ({one}) return 1;\n"
    script, end = end_of(text)
    assert end is not None
    taken: list[Range] = []
    for test in end.tests:
        found = ranges_of(test, script.tree, script.values)
        assert found is not None
        taken += found[1]
    left = gaps(taken)
    for x in [number / 2 for number in range(-10, 11)]:
        holds = False
        for first, second, joint in tests:
            one, other = (
                OPERATORS[operator](number, x) if swapped else OPERATORS[operator](x, number)
                for operator, number, swapped in (first, second)
            )
            holds = holds or (one and other if joint == "&&" else one or other if joint else one)
        assert inside(x, taken) == holds
        assert inside(x, left) == (not holds)
