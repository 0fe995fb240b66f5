"""A sweep by kinds of inputs gives the verdicts of a sweep of all inputs, counterexamples and counts included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from oso_evalscript import Program
from oso_evalscript.testing import alike, sweep
from oso_evalscript.testing.alike import Kinds, agrees, find_kinds
from oso_evalscript.testing.domain import Axis, Domain
from oso_evalscript.testing.properties import Property, constant_in, masked_is_transparent, matches, monotone

BYTES = np.arange(256, dtype=np.uint8)
DOMAIN = Domain((Axis("A", BYTES), Axis("B", BYTES[:200]), Axis("dataMask", BYTES[:2])))


def script(body: str, kind: str = "UINT8") -> str:
    return (
        f'function setup() {{ return {{ input: ["A", "B", "dataMask"], output: {{ bands: 2, sampleType: "{kind}" }} }}; }}'
        f"\nfunction evaluatePixel(s) {{ {body} }}"
    )


SCRIPTS = {
    "sound": script("return [s.A > 9 ? 3 : 4, s.B >= 60 ? s.dataMask : 0];"),
    "not transparent": script("return [s.A > 9 ? 3 : 4, s.B >= 60 ? s.dataMask : 1];"),
    "falls": script("return [s.A > 9 && s.A < 200 ? 3 : 1, s.B >= 60 ? s.dataMask : 0];"),
    "clamped": script("return [s.A > 9 ? 300 : -4, s.B >= 60 ? s.dataMask * 256 : 0];"),
    "clamped under AUTO": script("return [s.A > 9 ? 30 : -4, s.A == 3 ? s.A : s.dataMask];", "AUTO"),
    "a code is cut off": script("return [s.A > 250 ? 255 * 2 : s.A, s.dataMask];", "INT8"),
    "keeps two numbers": script("return [s.A > 9 ? 0.1 : s.B > 3 ? 0.2 : 0.3, s.dataMask];"),
    "rounding errors": script("return [s.A > 9 ? 0.3 : s.B > 3 ? 0.1 + 0.2 : 2, s.dataMask];", "FLOAT32"),
    "NaN": script("return [s.A > 9 ? NaN : 1, s.dataMask];"),
    "no number": script("return [s.A == 9 ? 'one' : 1, s.dataMask];"),
    "nothing": script("if (s.A > 9) return [1, s.dataMask];"),
    "throws": script("if (s.A == 77 && s.B == 3) throw Error('no'); return [1, s.dataMask];"),
    "keeps state": "let n = 0;\n" + script("n++; return [n % 2, s.dataMask];"),
}


def reference(bands: Any) -> dict[str, Any]:
    first, second = np.where(bands["A"] > 9, 3, 4), np.where(bands["B"] >= 60, bands["dataMask"], 0)
    return {"default": np.stack(np.broadcast_arrays(first, second))}


def properties(kind: str) -> tuple[Property, ...]:
    asked = (masked_is_transparent(), monotone("A"), constant_in("B"))
    return asked if kind == "AUTO" else (matches(reference), *asked)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_sweep_by_kinds_gives_the_verdicts_of_one_of_all_inputs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, codes = properties(name), {"A": (1, 3, 9, 200, 510)}
    used: list[Kinds | None] = []

    def noted(*args: Any) -> Kinds | None:
        used.append(find_kinds(*args))
        return used[-1]

    with Program(SCRIPTS[name]) as program:
        each = sweep.sweep(program, DOMAIN, asked, codes=codes)
        monkeypatch.setattr(alike, "_WORTH", 1)
        monkeypatch.setattr(sweep, "find_kinds", noted)
        assert sweep.sweep(program, DOMAIN, asked, codes=codes) == each
    if name in ("sound", "falls", "clamped", "clamped under AUTO", "keeps two numbers", "rounding errors"):
        assert None not in used


def test_a_few_inputs_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "_WORTH", 1)
    with Program(SCRIPTS["sound"]) as program:
        kinds = find_kinds(program, DOMAIN)
        assert kinds is not None
        assert [axis.values.tolist() for axis in kinds.first().axes] == [[0, 10], [0, 60], [0, 1]]
        assert kinds.weights().tolist() == [[600, 600, 1400, 1400, 246 * 60, 246 * 60, 246 * 140, 246 * 140]]
        apart = find_kinds(program, DOMAIN, ("B",))
        assert apart is not None
        assert apart.first().size == 2 * 200 * 2


def test_results_are_spread_over_blocks_of_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "_WORTH", 1)
    with Program(SCRIPTS["sound"]) as program:
        kinds = find_kinds(program, DOMAIN)
        assert kinds is not None
        first = kinds.first()
        a, b, mask = (grid.reshape(1, -1) for grid in np.meshgrid(*(axis.values for axis in first.axes), indexing="ij"))
        stored = {"default": program.run({"A": a, "B": b, "dataMask": mask}, blank=False)["default"]}
        assert agrees(program, kinds, stored)
        for domain in (DOMAIN, DOMAIN.with_last("A"), DOMAIN.with_long_rows()):
            for inputs in domain.blocks(2**14):
                wanted = reference(inputs)["default"]
                assert np.array_equal(kinds.spread(stored, inputs)["default"], wanted)


def test_a_wrong_proof_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "_WORTH", 1)
    wrong = Kinds(DOMAIN, {"A": np.zeros(256, np.intp), "B": np.zeros(200, np.intp), "dataMask": np.zeros(2, np.intp)})
    with Program(SCRIPTS["not transparent"]) as program:
        assert not agrees(program, wrong, {"default": np.array([[4], [1]], np.uint8)})
        each = sweep.sweep(program, DOMAIN, properties(""))
        monkeypatch.setattr(sweep, "find_kinds", lambda *_: wrong)
        assert sweep.sweep(program, DOMAIN, properties("")) == each
