"""The properties as functions, the decorator, and what is drawn."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oso_evalscript.testing as testing
from oso_evalscript import Program, Setup, Source
from oso_evalscript.model.nomenclature import Nomenclature
from oso_evalscript.testing.properties import Outcome
from oso_evalscript.testing.strategies import nomenclatures, palettes, scenes, setups
from tests.conftest import ROOT
from tests.testing.test_check import pixel

PALETTE = ROOT / "evalscripts/oso_palette.js"


@pytest.mark.parametrize("name", ["total", "keeps_contract", "fits_sample_type", "deterministic", "pixelwise"])
def test_each_function_says_whether_it_holds(name: str) -> None:
    bad = "n++;\nif (s.OCS === 9) return [(n % 3) / 2, NaN, 0, 1];\nif (s.OCS === 10) return [];\nreturn [0, 0, 0, 0];"
    bad = {"total": "throw 1;", "keeps_contract": "return [];"}.get(
        name, bad.replace("return [];", "return [0, 0, 0, 0];")
    )
    with Program(Source.read(PALETTE)) as program, Program(pixel(bad, more="let n = 0;\n")) as other:
        assert getattr(testing, name)(program).outcome is Outcome.PROVED
        assert not getattr(testing, name)(other)
        assert str(getattr(testing, name)(other)).startswith(f"{name}: ")


def test_two_programs_are_equivalent() -> None:
    one, other = pixel("return [s.OCS > 3 ? 1 : 0, 0, 0, 1];"), pixel("return [s.OCS >= 3 ? 1 : 0, 0, 0, 1];")
    stateful = pixel("n++;\nreturn [s.OCS > 3 ? 1 : 0, 0, 0, 1];", more="let n = 0;\n")
    with Program(one) as first, Program(other) as second, Program(stateful) as third:
        assert testing.equivalent(first, first).message == "proved on 131,072 of 131,072 inputs"
        found = testing.equivalent(first, second)
        assert not found
        assert found.counterexample is not None
        assert found.counterexample.inputs["OCS"] == 3
        assert testing.equivalent(first, third).outcome is Outcome.UNREFUTED
        assert testing.fulfils(first, testing.monotone("OCS")).outcome is Outcome.PROVED


SEEN: list[Any] = []


@testing.given_scene(PALETTE, max_examples=20)
def test_a_test_is_handed_a_scene_and_its_program(scene: Any, program: Program) -> None:
    SEEN.append(scene)
    assert program.run(scene)["default"].shape[1:] == np.shape(scene.bands["OCS"])


def test_a_test_that_is_handed_a_scene_can_fail() -> None:
    @testing.given_scene(PALETTE, max_examples=2000)
    def never_water(scene: Any, program: Program) -> None:
        assert not (program.run(scene)["default"][:, 0].T == [0, 0, 255, 255]).all(axis=1).any()

    with pytest.raises(AssertionError):
        never_water()


def test_the_corners_are_drawn_often_enough() -> None:
    series = "function setup() { return { input: ['B04', 'dataMask'], output: { bands: 1 }, mosaicking: 'ORBIT' }; }\n"
    drawn: list[Any] = []
    masked: list[bool] = []

    with (
        Program(series + "function evaluatePixel(s) { return [0]; }") as program,
        Program(Source.read(PALETTE)) as plain,
    ):

        @settings(max_examples=200, database=None, suppress_health_check=list(HealthCheck))
        @given(scenes(program), scenes(plain))
        def draw(several: Any, scene: Any) -> None:
            drawn.append(len(several))
            masked.append(scene.bands["dataMask"].size > 1 and not scene.bands["dataMask"].any())

        draw()
    assert drawn.count(0) >= 10
    assert drawn.count(1) >= 10
    assert sum(masked) >= 10


@settings(max_examples=30)
@given(setups(), st.data())
def test_contracts_and_tables_are_drawn(setup: Setup, data: st.DataObject) -> None:
    assert setup.bands
    assert len({output.id for output in setup.outputs}) == len(setup.outputs)
    table: Nomenclature = data.draw(nomenclatures())
    assert list(table.codes) == sorted(set(table.codes))
    assert set(data.draw(palettes(table))) <= set(table.codes)


def test_names_are_there_and_loaded_late() -> None:
    for name in testing._HOME_OF:
        module = importlib.import_module(f"oso_evalscript.testing.{testing._HOME_OF[name]}")
        assert getattr(testing, name) is getattr(module, name)
    code = "import oso_evalscript.testing, sys; print({'numpy', 'hypothesis'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "set()\n"
