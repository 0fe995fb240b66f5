"""How pixels are cut, gathered and shared out among workers changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from oso_evalscript import Program, Source
from oso_evalscript.javascript import purity, syntax
from oso_evalscript.model.errors import PixelError, ScriptError
from oso_evalscript.runtime import blocks, gather, independence, kernel, program
from oso_evalscript.runtime.engine import Engine
from oso_evalscript.runtime.scene import Scene
from tests.runtime.difference.cases import Case, make_case

Arrays = dict[str, NDArray[Any]]

TWO = """function setup() { return { input: ["A", "B", "dataMask"], output: [
  { id: "x", bands: 2, sampleType: "FLOAT32" }, { id: "y", bands: 1, sampleType: "INT16" }] }; }
"""
ORBIT = """function setup() { return { input: ["A", "dataMask"], mosaicking: "ORBIT",
  output: { bands: 2, sampleType: "INT16" } }; }
"""
FUSION = """function setup() { return { input: [{ datasource: "a", bands: ["A"] },
  { datasource: "b", bands: ["B", "dataMask"], mosaicking: "TILE" }], output: { bands: 1, sampleType: "FLOAT32" } }; }
"""
PURE = {
    "one scene": TWO + "function evaluatePixel(s) { return { x: [s.A * 3 - s.B, s.B / 7], y: [s.dataMask ? s.A - s.B : -9] }; }",
    "days": ORBIT + """function evaluatePixel(samples) {
      let sum = 0, count = 0;
      for (const s of samples) if (s.dataMask) { sum += s.A; count++; }
      return [sum, count * 100];
    }""",
    "fusion": FUSION + "function evaluatePixel(s) { return [s.a[0].A * 10 + s.b.length + (s.b[0] ? s.b[0].B : -5)]; }",
}  # fmt: skip
IMPURE = {
    "a counter": TWO + "let n = 0; function evaluatePixel(s) { n++; return { x: [n, s.A], y: [n * s.B] }; }",
    "the last pixel": TWO + "let last = 0; function evaluatePixel(s) { const y = [last]; last = s.A; return { x: [s.A, s.B], y }; }",
    "chance": TWO + "function evaluatePixel(s) { return { x: [Math.random() * 0, 1], y: [s.A] }; }",
    "a log": TWO + "function evaluatePixel(s) { console.log(s.A); return { x: [1, 2], y: [s.A] }; }",
    "user data": TWO + "function evaluatePixel(s, a, b, c, metadata) { metadata.userData = s.A; return { x: [1, 2], y: [s.A] }; }",
    "a hook": ORBIT + "function preProcessScenes(c) { return c; } function evaluatePixel(s) { return [s.length, 1]; }",
}  # fmt: skip
SIZES = st.tuples(st.integers(1, 9), st.integers(1, 9))


@dataclass
class Watched:
    """What the runtime did: pixels sent to V8, calls of `combine` that said yes and no, engines used at once."""

    pixels: int = 0
    blocks: int = 0
    gathered: int = 0
    refused: int = 0
    engines: int = 0
    used: set[int] = field(default_factory=set)


@contextmanager
def watch(**changed: int) -> Iterator[Watched]:
    """Watch the runtime with some of its limits changed, named as in their modules."""
    seen = Watched()
    modules = {
        "BLOCK": blocks,
        "_SMALLEST": blocks,
        "_MAX_BYTES": blocks,
        "_PROOF_PAYS": program,
        "_PER_WORKER": program,
    }
    start, combine, evaluate = Engine.start, gather.combine, blocks.evaluate

    def watched_start(
        engine: Engine, count: int, base: int, offset: int, *, queued: bool = False, code: str | None = None
    ) -> None:
        seen.pixels += count
        seen.blocks += 1
        seen.used.add(id(engine))
        start(engine, count, base, offset, queued=queued, code=code)

    def watched_combine(planes: Any, threads: int) -> gather.Combinations | None:
        found = combine(planes, threads)
        seen.gathered += found is not None
        seen.refused += found is None
        return found

    def watched_evaluate(
        engines: Any, shape: kernel.Shape, planes: Any, total: int, *rest: Any
    ) -> tuple[list[NDArray[Any]], blocks.Notes | None]:
        seen.engines = max(seen.engines, len(engines))
        return evaluate(engines, shape, planes, total, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "start", watched_start)
        patch.setattr(gather, "combine", watched_combine)
        patch.setattr(blocks, "evaluate", watched_evaluate)
        for name, value in changed.items():
            patch.setattr(modules.get(name, gather), name, value)
        yield seen


def few(size: tuple[int, int], seed: int, dtype: str = "int16") -> NDArray[Any]:
    """Whole numbers with few values, some of them negative where the type has such."""
    values = np.array([0, 1, 2, 5, -1 if np.dtype(dtype).kind == "i" else 9, -3 if np.dtype(dtype).kind == "i" else 4])
    return np.random.default_rng(seed).choice(values, size).astype(dtype)


def scenes_for(script: str, size: tuple[int, int], seed: int, dtypes: tuple[str, str] = ("int16", "uint8")) -> Any:
    """Scenes that fit one of the scripts."""
    mask = (np.random.default_rng(seed).random(size) > 0.3).astype(np.uint8)
    bands = {"A": few(size, seed, dtypes[0]), "B": few(size, seed + 1, dtypes[1]), "dataMask": mask}
    if script.startswith(TWO):
        return bands
    dated = [
        Scene(bands={**bands, "A": few(size, seed + day, dtypes[day % 2])}, date=f"2023-06-0{1 + day // 2}")
        for day in range(3)
    ]
    return dated if script.startswith(ORBIT) else {"a": bands, "b": dated[:2]}


def cut(scenes: Any, rows: slice, columns: slice) -> Any:
    """The same part of all scenes."""
    if isinstance(scenes, Scene):
        return Scene(bands=cut(scenes.bands, rows, columns), date=scenes.date)
    if isinstance(scenes, list):
        return [cut(scene, rows, columns) for scene in scenes]
    return {
        name: cut(item, rows, columns) if not isinstance(item, np.ndarray) else item[rows, columns]
        for name, item in scenes.items()
    }


def assert_same(ours: Any, others: Any) -> None:
    assert ours.keys() == others.keys()
    for id_ in ours:
        assert ours[id_].dtype == others[id_].dtype
        np.testing.assert_array_equal(ours[id_], others[id_])


@pytest.fixture(scope="module", params=PURE)
def pure(request: pytest.FixtureRequest) -> Iterator[Program]:
    source = Source(PURE[request.param])
    assert purity.impurity(syntax.parse(source)) is None
    with Program(source) as program:
        yield program


@settings(max_examples=15)
@given(SIZES, st.integers(0, 9), st.integers(1, 30), st.booleans())
def test_blocks_of_any_size_give_what_the_whole_gives(
    pure: Program, size: tuple[int, int], seed: int, capacity: int, by_bytes: bool
) -> None:
    scenes = scenes_for(pure.source.text, size, seed)
    whole = pure.run(scenes)
    limits = {"_MAX_BYTES": 1, "_SMALLEST": capacity} if by_bytes else {"BLOCK": capacity}
    with watch(**limits) as seen:
        assert_same(pure.run(scenes), whole)
    assert seen.pixels == size[0] * size[1]
    assert seen.blocks == -(-seen.pixels // capacity)


@settings(max_examples=15)
@given(SIZES, st.integers(0, 9), st.data())
def test_parts_pasted_together_are_the_whole(
    pure: Program, size: tuple[int, int], seed: int, data: st.DataObject
) -> None:
    scenes = scenes_for(pure.source.text, size, seed)
    row, column = data.draw(st.integers(0, size[0])), data.draw(st.integers(0, size[1]))
    whole = pure.run(scenes)
    parts = [
        [pure.run(cut(scenes, rows, columns)) for columns in (slice(0, column), slice(column, None))]
        for rows in (slice(0, row), slice(row, None))
    ]
    for id_ in whole:
        np.testing.assert_array_equal(np.block([[part[id_] for part in row] for row in parts]), whole[id_])


@settings(max_examples=15)
@given(
    st.integers(0, 9),
    st.sampled_from([("int8", "uint8"), ("int16", "int16"), ("uint16", "int32"), ("int32", "uint32")]),
    st.sampled_from([64, 4096]),
    st.sampled_from([1, 2**12]),
    st.integers(1, 3),
)
def test_gathered_is_what_every_pixel_gives(
    pure: Program, seed: int, dtypes: tuple[str, str], chunk: int, few_codes: int, workers: int
) -> None:
    scenes = scenes_for(pure.source.text, (61, 67), seed, dtypes)
    whole = pure.run(scenes, workers=1)
    with watch(FEWEST_PIXELS=1, _PROOF_PAYS=1, _CHUNK=chunk, _FEW_CODES=few_codes, _SHARE=1) as seen:
        assert_same(pure.run(scenes, workers=workers), whole)
    if seen.gathered:
        assert seen.pixels < 61 * 67
        assert seen.used == {id(pure._engines[0])}
    else:
        assert seen.refused == 1


def test_gathering_really_takes_place(pure: Program) -> None:
    scenes = scenes_for(pure.source.text, (200, 211), 3, ("int8", "int16"))
    planes = 4 if pure.source.text.startswith(ORBIT) else 3
    whole = pure.run(scenes, workers=1)
    with watch(FEWEST_PIXELS=1, _PROOF_PAYS=1) as seen:
        assert_same(pure.run(scenes), whole)
    assert (seen.gathered, seen.blocks) == (1, 1)
    assert seen.pixels <= 6**planes


def test_planes_that_would_not_pay_are_not_gathered(pure: Program) -> None:
    size = (40, 40)
    scenes = scenes_for(pure.source.text, size, 0)
    many = np.arange(1600, dtype=np.int32).reshape(size)
    floats = many.astype(np.float32)
    for band in (many, floats):
        changed = (
            [Scene(bands={**scene.bands, "A": band}, date=scene.date) for scene in scenes]
            if isinstance(scenes, list)
            else scenes
        )
        if isinstance(scenes, dict):
            changed = {**scenes, "a": {"A": band}} if "a" in scenes else {**scenes, "A": band}
        whole = pure.run(changed, workers=1)
        with watch(FEWEST_PIXELS=1, _PROOF_PAYS=1) as seen:
            assert_same(pure.run(changed, workers=1), whole)
        assert (seen.gathered, seen.refused, seen.pixels) == (0, 1, 1600)


@settings(max_examples=15)
@given(SIZES, st.integers(0, 9), st.integers(1, 12), st.integers(2, 4))
def test_many_workers_give_what_one_gives(
    pure: Program, size: tuple[int, int], seed: int, block: int, workers: int
) -> None:
    scenes = scenes_for(pure.source.text, size, seed)
    whole = pure.run(scenes, workers=1)
    with watch(BLOCK=block, _PROOF_PAYS=1, _PER_WORKER=1) as seen:
        assert_same(pure.run(scenes, workers=workers), whole)
    total = size[0] * size[1]
    assert seen.engines == min(workers, -(-total // block))  # none without a block to do
    assert seen.pixels == total


def test_several_workers_are_put_to_work_by_themselves(pure: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    scenes = scenes_for(pure.source.text, (30, 30), 0)
    whole = pure.run(scenes, workers=1)
    with watch(BLOCK=50, _PROOF_PAYS=1, _PER_WORKER=300) as seen:
        assert_same(pure.run(scenes), whole)
    assert seen.engines == 3
    with watch(BLOCK=50, _PROOF_PAYS=1, _PER_WORKER=450) as seen:
        assert_same(pure.run(scenes), whole)
    assert seen.engines == 2


@pytest.fixture(scope="module", params=["throws", "returns too little"])
def failing(request: pytest.FixtureRequest) -> Iterator[Program]:
    wrong = {"throws": "throw new Error('a reason')", "returns too little": "return { x: [1], y: [1] }"}[request.param]
    with Program(
        f"{TWO}function evaluatePixel(s) {{ if (s.A === 7) {wrong}; return {{ x: [s.A, s.B], y: [1] }}; }}"
    ) as program:
        assert purity.impurity(syntax.parse(program.source)) is None
        yield program


@settings(max_examples=20)
@given(
    st.lists(st.integers(0, 59), min_size=1, max_size=5),
    st.integers(1, 70),
    st.integers(1, 4),
    st.sampled_from([1, 2**16]),
    st.sampled_from(["int16", "float64"]),
)
def test_the_pixel_told_is_the_first_that_fails(
    failing: Program, places: list[int], block: int, workers: int, fewest: int, dtype: str
) -> None:
    scene = {"A": np.zeros((6, 10), dtype), "B": np.zeros((6, 10), np.uint8)}
    scene["A"].reshape(-1)[places] = 7
    with pytest.raises(PixelError) as alone:
        failing.run(scene, workers=1)
    with (
        watch(BLOCK=block, FEWEST_PIXELS=fewest, _PROOF_PAYS=1, _PER_WORKER=1, _SHARE=1),
        pytest.raises(PixelError) as caught,
    ):
        failing.run(scene, workers=workers)
    assert (caught.value.row, caught.value.column) == divmod(min(places), 10)
    assert (caught.value.row, caught.value.column) == (alone.value.row, alone.value.column)
    assert str(caught.value) == str(alone.value)
    assert caught.value.inputs == alone.value.inputs
    good = {"A": np.ones((6, 10), dtype), "B": np.zeros((6, 10), np.uint8)}
    with watch(BLOCK=block, _PROOF_PAYS=1):  # whoever was at work then is ready again
        assert failing.run(good, workers=workers)["x"][0].min() == 1


@pytest.mark.parametrize("name", IMPURE)
def test_impure_scripts_go_from_pixel_to_pixel_in_one_worker(name: str) -> None:
    scenes = scenes_for(IMPURE[name], (30, 30), 1)
    with Program(IMPURE[name]) as plain:
        whole = plain.run(scenes)
    with Program(IMPURE[name]) as program, watch(BLOCK=37, FEWEST_PIXELS=1, _PROOF_PAYS=1, _PER_WORKER=1) as seen:
        out = program.run(scenes, workers=3)
    assert_same(out, whole)
    assert out.log == whole.log
    assert out.user_data == whole.user_data
    assert (seen.gathered, seen.refused, seen.engines, seen.pixels) == (0, 0, 1, 900)
    if name == "a counter":
        np.testing.assert_array_equal(out["x"][0], np.arange(1, 901).reshape(30, 30))


def test_a_script_is_not_asked_for_its_proof_before_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(independence, "find_impurity", lambda tree, lines: asked.append(tree))
    with watch(_PROOF_PAYS=100), Program(PURE["one scene"]) as program:
        for pixels, count in ((40, 0), (59, 0), (1, 1), (500, 1)):
            program.run(scenes_for(TWO, (1, pixels), 0))
            assert len(asked) == count


def test_any_script_gives_the_same_however_it_is_run() -> None:
    """The scripts of the differential test, cut into blocks of two pixels, gathered and spread where that may be."""
    cases = [make_case(number) for number in range(400)]
    proved = [case for case in cases if purity.impurity(syntax.parse(Source(case.script))) is None]
    spread = 0
    for case in [*proved, *cases[::20]]:
        whole = told(case)
        with watch(BLOCK=2, FEWEST_PIXELS=1, _PROOF_PAYS=0, _PER_WORKER=1, _CHUNK=32, _SHARE=1) as seen:
            other = told(case, workers=2)
        spread += seen.engines == 2 or seen.gathered > 0
        assert other[0] == whole[0], case.script
        assert_same(other[1], whole[1])
    assert spread >= 15


def told(case: Case, **options: Any) -> tuple[str, Arrays]:
    """User data or failure, and the arrays."""
    try:
        with Program(Source(case.script), collection=case.collection) as program:
            out = program.run(case.scenes, **case.options, **options)
    except ScriptError as error:
        return str(error), {}
    return repr(out.user_data), dict(out)
