"""Hypothesis draws the same for the same seed, and keeps what it finds where it is asked to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase

from oso_evalscript import Program
from oso_evalscript.testing.check import check
from oso_evalscript.testing.search import find
from tests.conftest import PROFILE

SERIES = """
function setup() { return { input: ["B04"], output: { bands: 1 }, mosaicking: "ORBIT" }; }
let pixels = 0;
function evaluatePixel(samples) { pixels++; throw new Error(`pixel ${pixels}`); }
"""
NUMBERS = st.integers(0, 10**6)


@pytest.fixture
def kept() -> Iterator[InMemoryExampleDatabase]:
    """A database of hypothesis's for one test."""
    database = InMemoryExampleDatabase()
    settings.register_profile("keep", derandomize=False, database=database)
    settings.load_profile("keep")
    yield database
    settings.load_profile(PROFILE)


def drawn(key: str, seed: int = 0) -> list[int]:
    """What is drawn in search of a large number."""
    seen: list[int] = []

    def large(number: int) -> bool:
        seen.append(number)
        return number > 5000

    assert find(NUMBERS, large, max_examples=100, seed=seed, key=key) == (5001, len(seen))
    return seen


@pytest.mark.parametrize("key", ["", "a.js"])
def test_a_seed_decides_what_is_drawn(key: str) -> None:
    assert drawn(key) == drawn(key) != drawn(key, seed=1)


def test_what_was_found_is_tried_first_for_the_same_key_alone(kept: InMemoryExampleDatabase) -> None:
    assert drawn("a.js")[0] != 5001
    assert drawn("a.js")[0] == 5001
    assert drawn("b.js")[0] != 5001
    assert drawn("")[0] != 5001


def test_nothing_is_found(kept: InMemoryExampleDatabase) -> None:
    assert find(NUMBERS, lambda number: False, max_examples=10, seed=0, key="a.js")[0] is None
    assert find(NUMBERS, lambda number: False, max_examples=10, seed=0)[0] is None


@pytest.mark.parametrize("remember", [True, False])
def test_a_check_keeps_what_refutes_a_script(kept: InMemoryExampleDatabase, remember: bool) -> None:
    with Program(SERIES) as program:
        assert not check(program, max_examples=5, remember=remember)[0]
    assert bool(kept.data) == remember
