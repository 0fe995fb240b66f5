"""What is said of scripts whose scoping decides whether they keep state, against what running them shows.

`OSO_EVALSCRIPT_PROOF`, if it is a number, says how many scripts are drawn.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from unittest.mock import patch

import numpy as np
import pytest
from py_mini_racer import JSEvalException, MiniRacer

from oso_evalscript import Program, Source
from oso_evalscript.javascript.purity import impurity
from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.errors import LIMITS, PixelError
from oso_evalscript.runtime import blocks, gather, program
from oso_evalscript.testing.difference import Difference, Incomparable, compare
from oso_evalscript.testing.domain import Axis, Domain
from oso_evalscript.testing.doubt import doubt
from tests.javascript.scoping import Drawn

PROOF = os.environ.get("OSO_EVALSCRIPT_PROOF", "")
COUNT = int(PROOF) if PROOF.isdigit() else 200
PARTS = 8 if COUNT > 1000 else 1  # for several processes
RUN = COUNT if PROOF else 16  # how many are run by the runtime as well

# A closure of the whole script made anew for each input, against one closure for all of them, in several orders.
JUDGE = """
(text) => {
  const before = new Set(Reflect.ownKeys(globalThis));
  const clean = () => { for (const name of Reflect.ownKeys(globalThis)) if (!before.has(name)) delete globalThis[name]; };
  const make = () => (0, eval)(
    `(function () { ${text}\\n; return { evaluatePixel, kept: () => [a, b, c].map(String).join() }; })()`);
  const further = (k) => [{ k }, { k: k * 3 }, { k: k * 5 }, { k: k * 7 }];
  const out = (script, value, k = 1) => {
    try { return String(script.evaluatePixel({ B04: value }, ...further(k))); } catch (error) { return `!${error}`; }
  };
  const alone = (k) => values.map((value) => { const answer = out(make(), value, k); clean(); return answer; });
  const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const fresh = alone(1);
  const keeps = (order) => {
    const script = make(), begun = script.kept();
    const same = order.map((at) => out(script, values[at]) === fresh[at]).every(Boolean) && script.kept() === begun;
    clean();
    return !same;
  };
  const all = values.map((_, i) => i);
  return JSON.stringify({
    fails: fresh.every((answer) => answer.startsWith('!')),
    keeps: [all, [...all].reverse(), all.flatMap((i) => [i, i])].some(keeps),
    looks: fresh.join() !== alone(2).join(),
    answers: fresh,
  });
}
"""


@dataclass(frozen=True)
class Judged:
    """What running a script shows.

    Attributes:
        fails: whether it fails on every input.
        keeps: whether its results depend on other pixels, or what is at its top has changed afterwards.
        looks: whether its results depend on what evaluatePixel is given behind the sample.
        answers: what it makes of each input, alone.
    """

    fails: bool
    keeps: bool = False
    looks: bool = False
    answers: tuple[str, ...] = ()


Judge = Callable[[str], Judged]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with MiniRacer() as engine:
        engine.eval(f"globalThis.judge = {JUDGE}; 0")

        def judged(text: str) -> Judged:
            try:
                answer = engine.eval(f"judge({json.dumps(text)})")
            except JSEvalException as error:  # two declarations of one name that may not be together
                assert "SyntaxError" in str(error), error
                return Judged(fails=True)
            assert isinstance(answer, str)
            found = json.loads(answer)
            return Judged(**{**found, "answers": tuple(found["answers"])})

        yield judged


def drawn(number: int) -> str:
    return Drawn(Random(number)).script()


@pytest.mark.parametrize("part", range(PARTS))
def test_scripts_that_keep_state_are_not_called_pure_and_nearly_all_others_are(judge: Judge, part: int) -> None:
    seen: Counter[str] = Counter()
    wrong = []
    for number in range(part, COUNT, PARTS):
        text = drawn(number)
        judged = judge(text)
        if judged.fails:
            continue
        source = Source(text)
        pure = impurity(parse(source)) is None
        seen["keeps" if judged.keeps else "looks" if judged.looks else "pure" if pure else "impure"] += 1
        if (judged.keeps and pure) or (judged.looks and not doubt(source)):
            wrong.append(text)
    print(f"of {COUNT // PARTS} scripts {dict(seen)}")
    assert not wrong, min(wrong, key=len)
    assert seen["keeps"] > COUNT // PARTS // 5
    assert seen["looks"] > COUNT // PARTS // 50
    assert seen["pure"] >= 0.9 * (seen["pure"] + seen["impure"])


BROKEN: dict[str, Callable[..., object]] = {
    # Names in parameters see what the body declares.
    "_is_apart": lambda self, function: False,
    # What is switched on stands in the block.
    "_around_switch": lambda self, around, inner: inner,
    # `var arguments` is a variable like any other.
    "_add_arguments": lambda self: None,
}


@pytest.mark.parametrize("method", BROKEN)
def test_the_scripts_find_what_was_wrong_of_scopes(judge: Judge, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scopes, method, BROKEN[method])
    for number in range(200):
        text = drawn(number)
        if not doubt(Source(text)):
            judged = judge(text)
            if not judged.fails and (judged.keeps or judged.looks):
                return
    raise AssertionError(f"{method} was not found out by 200 scripts")


class Runs:
    """Pixels of one band, run in several ways."""

    def __init__(self) -> None:
        self._pixels = {"B04": np.random.default_rng(1).integers(0, 10, (1, 600), np.uint8)}

    def __call__(self, text: str, *, gathers: bool, workers: int) -> tuple[list[float] | str, int, bool]:
        """What a script makes of the pixels, how many processes did it, and whether it was gathered."""
        gathered = []

        def combine(*args: object) -> object:
            gathered.append(gather_combine(*args) if gathers else None)
            return gathered[-1]

        gather_combine: Callable[..., object] = gather.combine
        with (
            patch.object(program, "_PROOF_PAYS", 1 if gathers or workers > 1 else 2**40),
            patch.object(gather, "FEWEST_PIXELS", 1),
            patch.object(gather, "combine", combine),
            patch.object(blocks, "BLOCK", 50),
            Program(text) as script,
        ):
            try:
                result: list[float] | str = script.run(self._pixels, workers=workers)["default"][0, 0].tolist()
            except PixelError as error:
                result = str(error).split("\n")[0]
            return result, len(script._engines), any(item is not None for item in gathered)


@pytest.mark.parametrize("part", range(PARTS))
def test_gathered_plain_and_by_two_workers_is_all_the_same(judge: Judge, part: int) -> None:
    run = Runs()
    seen: Counter[str] = Counter()
    for number in range(part, RUN, PARTS):
        text = drawn(number)
        if judge(text).fails:
            continue
        try:
            plain, _, gathered = run(text, gathers=False, workers=1)
        except LIMITS:
            continue  # it fills the memory from pixel to pixel; nothing is said of limits
        assert not gathered
        by_two, processes, _ = run(text, gathers=False, workers=2)
        together, _, gathered = run(text, gathers=True, workers=1)
        assert by_two == plain, text
        assert together == plain, text
        assert gathered == (processes == 2) == (impurity(parse(Source(text))) is None)
        seen["gathered" if gathered else "in order"] += 1
    assert min(seen.values()) > RUN // PARTS // 5


def mutant(text: str, random: Random) -> str:
    """A script with one number, or one name, replaced behind its contract."""
    start = text.index("const top")
    places = [match for match in re.finditer(r"\b(?:\d|[abc])\b(?! = \()", text) if match.start() > start]
    match = random.choice(places)
    other = str((int(match[0]) + 1) % 10) if match[0].isdigit() else random.choice(sorted({"a", "b", "c"} - {match[0]}))
    return text[: match.start()] + other + text[match.end() :]


def difference(text: str, other: str) -> Difference:
    with Program(text) as one, Program(other) as two:
        return compare(one, two, DOMAIN)


DOMAIN = Domain((Axis("B04", np.arange(10, dtype=np.uint8)),))


@pytest.mark.parametrize("part", range(PARTS))
def test_scripts_are_the_same_as_themselves_and_as_their_mutants_where_they_are(judge: Judge, part: int) -> None:
    seen: Counter[str] = Counter()
    for number in range(part, RUN, PARTS):
        text, random = drawn(number), Random(number)
        other = mutant(text, random)
        alone = [judge(text), judge(other)]
        if alone[0].fails or alone[1].fails:
            continue
        try:
            found = difference(text, text)
            assert found.same
            assert bool(found.doubt) == bool(doubt(Source(text)))
            found = difference(text, other)
        except Incomparable:  # both fail at each pixel that follows another
            assert alone[0].keeps or alone[1].keeps, (text, other)
            continue
        if found.same and not found.doubt:
            assert alone[0].answers == alone[1].answers, (text, other)
        if not found.same and not (doubt(Source(text)) or doubt(Source(other))):
            assert alone[0].answers != alone[1].answers, (text, other)
        seen["same" if found.same else "different"] += 1
    assert min(seen["same"], seen["different"]) > RUN // PARTS // 10
