"""How many programs run at once, and tables of what a script makes of codes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from oso_evalscript.rasters import evaluating
from oso_evalscript.rasters.evaluating import Evaluator, Table
from oso_evalscript.rasters.grid import Window
from oso_evalscript.runtime.program import Program

DOUBLE = """//VERSION=3
function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [2 * s.A]; }
"""


@pytest.mark.parametrize(("patience", "most"), [(60.0, 1), (0.0, 2)])
def test_another_program_is_loaded_only_if_windows_wait(
    monkeypatch: pytest.MonkeyPatch, patience: float, most: int
) -> None:
    monkeypatch.setattr(evaluating, "PATIENCE", patience)
    loaded = []

    def make() -> Program:
        loaded.append(Program(DOUBLE))
        return loaded[-1]

    values = np.arange(2**18).reshape(512, 512) % 1000
    with Evaluator(make, 2) as evaluator, ThreadPoolExecutor(4) as pool:

        def run(factor: int) -> bool:
            found = evaluator.run({"A": values * factor}, Window(0, 0, 512, 512))
            return np.array_equal(found["default"][0], 2 * values * factor)

        assert all(pool.map(run, range(8)))
    assert len(loaded) == most


def test_every_program_is_compiled_soon_if_many_windows_are_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "PATIENCE", 0.0)
    values = np.random.default_rng(0).random((1024, 1024), np.float32)
    window = Window(0, 0, 1024, 1024)
    for pixels, compiled in ((10**6, False), (10**9, True)):
        with Evaluator(lambda: Program(DOUBLE), 2) as evaluator, ThreadPoolExecutor(2) as pool:
            evaluator.expect(pixels)
            for found in pool.map(lambda _: evaluator.run({"A": values}, window), range(6)):
                assert np.array_equal(found["default"][0], 2 * values)
            engines = [program._engines[0] for program in evaluator._all]
        assert [engine.asked_to_compile for engine in engines] == [compiled] * len(engines)


@pytest.mark.parametrize("bands", [1, 3, 4, 8])
@pytest.mark.parametrize("shape", [(4, 6), (3, 5)])
@pytest.mark.parametrize("void", [None, 7])
def test_a_table_gives_what_stands_in_it(bands: int, shape: tuple[int, int], void: int | None) -> None:
    random = np.random.default_rng(bands)
    rows = random.integers(0, 256, (512, bands), np.uint8)
    codes = random.integers(5, 9, shape, np.uint8)
    mask = codes != 7
    table = Table((("OCS", 256),), {"default": rows}, void)
    for _ in range(2):
        found = table.look_up({"OCS": codes}, mask)["default"]
        assert np.array_equal(np.moveaxis(found, 0, -1), rows[np.where(mask, codes, codes + np.uint16(256))])
        assert found.dtype == np.uint8
    if void is None:
        assert np.array_equal(np.moveaxis(table.look_up({"OCS": codes}, None)["default"], 0, -1), rows[codes])
