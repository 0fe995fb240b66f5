"""What a test accepts of pixels without data that return nothing, and of surplus values, and what only if strict."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Source
from oso_evalscript.testing.answers import Answers, filled
from oso_evalscript.testing.check import Exhaustive, check
from oso_evalscript.testing.properties import Outcome, Verdict, masked_is_nodata, matches
from tests.conftest import Command

CODES = range(12)  # of the band SCL
ACTS = ("nothing", "null", "few", "right", "many")
Act: TypeAlias = str
Inputs: TypeAlias = tuple[int, int]
"""The values of SCL and dataMask."""

RETURNED = {"nothing": "undefined", "null": "null", "few": "[9]", "right": "[7, s.SCL]", "many": "[7, s.SCL, 3, 4]"}


def script(acts: dict[Inputs, Act], parameters: str = "s") -> Source:
    """A script that does for each code of SCL, with data and without, what is said."""
    cases = " ".join(f"case {2 * code + mask}: return {RETURNED[acts[code, mask]]};" for code, mask in acts)
    text = 'function setup() { return { input: ["SCL", "dataMask"], output: { bands: 2, sampleType: "UINT8" } }; }\n'
    body = f"switch (2 * s.SCL + s.dataMask) {{ {cases} default: return [7, 0]; }}"
    return Source(f"//VERSION=3\n{text}function evaluatePixel({parameters}) {{\n  {body}\n}}", "answers.js")


def verdicts(source: Source, *, strict: bool = False, **options: Any) -> dict[str, Verdict]:
    # Where nothing is returned, 0 is stored, in both bands.
    properties = (masked_is_nodata(0), matches(lambda bands: {"default": bands["SCL"] * 0}))
    with Program(source, strict=strict) as program:
        return {verdict.name: verdict for verdict in check(program, properties, **options)}


def wrong(act: Act, mask: int, *, strict: bool) -> str:
    """The property that a result is against, from the table of what the service accepts; empty if there is none."""
    if act in ("nothing", "null"):
        return "total" if mask or strict else ""
    return "keeps_contract" if act == "few" or (act == "many" and strict) else ""


@st.composite
def behaviours(draw: st.DrawFn) -> dict[Inputs, Act]:
    """What a script does on each input: mostly what is accepted, so that something is left to be proved."""
    with_data = draw(st.sampled_from([("right", "many"), ("right",), ACTS, ("right", "nothing")]))
    without = draw(st.sampled_from([("nothing",), ("null", "right"), ("right", "many"), ACTS]))
    chosen = {(code, mask): draw(st.sampled_from((without, with_data)[mask])) for code in CODES for mask in (0, 1)}
    assert set(chosen.values()) <= set(ACTS)
    return chosen


@settings(max_examples=15)
@given(behaviours(), st.booleans(), st.sampled_from([6, 2**19]))
def test_what_fails_is_what_the_service_does_not_accept(acts: dict[Inputs, Act], strict: bool, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oso_evalscript.testing.domain._BLOCK", block)
        found = verdicts(script(acts), strict=strict)
    faults = {inputs: wrong(act, inputs[1], strict=strict) for inputs, act in acts.items()}
    failing = {name for name in ("total", "keeps_contract") if found[name].outcome is Outcome.REFUTED}
    assert bool(failing) == any(faults.values())
    for name in failing:
        example = found[name].counterexample
        assert example is not None
        assert faults[example.inputs["SCL"], example.inputs["dataMask"]] == name
    if failing:
        assert not any(verdict for name, verdict in found.items() if name in ("total", "keeps_contract", "matches"))
        return
    assert {found[name].outcome for name in ("total", "keeps_contract")} == {Outcome.PROVED}
    left_out, surplus = (
        sum(act in kinds for act in acts.values()) for kinds in (("nothing", "null"), ("many",))
    )  # fmt: skip
    share = " in {:.1f} % of the 24 inputs"
    silence = "evaluatePixel returns nothing at pixels without data, and 0 is stored:" + share.format(
        100 * left_out / 24
    )
    dropped = "4 values for 2 bands of the output `default`: the last 2 are dropped," + share.format(100 * surplus / 24)
    assert found["total"].notes == ((silence,) if left_out else ())
    assert found["keeps_contract"].notes == ((dropped.replace("100.0", "100"),) if surplus else ())
    zeros = {inputs for inputs, act in acts.items() if act in ("nothing", "null")}
    masked = all((code, 0) in zeros for code in CODES)
    assert (found["masked_is_nodata"].outcome is Outcome.PROVED) == masked
    assert found["matches"].outcome is Outcome.REFUTED
    assert found["matches"].failing == 24 - len(zeros)


@pytest.mark.parametrize(
    ("without", "with_data", "strict"),
    [("nothing", "many", False), ("null", "right", True), ("right", "nothing", False), ("right", "many", True)],
)
def test_a_search_says_the_same(without: Act, with_data: Act, strict: bool) -> None:
    acts = {(code, mask): with_data if mask else without for code in CODES for mask in (0, 1)}
    found = verdicts(script(acts), strict=strict, exhaustive=Exhaustive.NEVER, max_examples=10)
    known = {wrong(without, 0, strict=strict), wrong(with_data, 1, strict=strict)} - {""}
    assert {name for name in ("total", "keeps_contract") if found[name].outcome is Outcome.REFUTED} == known
    assert bool(found["total"].notes) == (without in ("nothing", "null") and not known)


@pytest.mark.parametrize("block", [1, 12, 2**19])
def test_user_data_alone_may_be_wanted(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oso_evalscript.testing.domain._BLOCK", block)
    parameters = "s, scenes, metadata, custom, outputMetadata"
    silent = dict.fromkeys([(code, mask) for code in CODES for mask in (0, 1)], "nothing")
    found = verdicts(script(silent, parameters))
    assert {found[name].outcome for name in ("keeps_contract", "fits_sample_type", "matches", "masked_is_nodata")} == {
        Outcome.NOT_APPLICABLE
    }
    found = verdicts(script(silent | dict.fromkeys([(code, 1) for code in CODES], "right"), parameters))
    assert found["total"].outcome is found["masked_is_nodata"].outcome is Outcome.PROVED
    found = verdicts(script(silent | {(11, 0): "right"}, parameters))
    assert found["total"].outcome is Outcome.REFUTED
    assert found["total"].counterexample is not None
    assert found["total"].counterexample.inputs == {"SCL": 0, "dataMask": 1}


@pytest.mark.parametrize(
    ("pays", "fewest"), [(2**40, 2**16), (1, 2**40), (1, 1)], ids=["plain", "compiled", "gathered"]
)
def test_pixels_are_counted_alike_however_they_are_run(pays: int, fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oso_evalscript.runtime.program._PROOF_PAYS", pays)
    monkeypatch.setattr("oso_evalscript.runtime.gather.FEWEST_PIXELS", fewest)
    monkeypatch.setattr("oso_evalscript.runtime.compiled.Compiler.pays", lambda *_: True)
    codes, mask = (
        np.tile(values.astype(np.uint8), 4000).reshape(4, -1) for values in np.indices((12, 2)).reshape(2, -1)
    )
    acts = {(code, at): "many" if at else "nothing" if code else "right" for code in CODES for at in (0, 1)}
    with Program(script(acts)) as program:
        outputs = program.run({"SCL": codes, "dataMask": mask}, blank=False, check=True, workers=1)
        again = program.run({"SCL": codes, "dataMask": mask**0}, blank=False, check=True, workers=1)
    assert outputs.nothing is not None
    np.testing.assert_array_equal(outputs.nothing, (mask == 0) & (codes > 0))
    assert outputs.data is not None
    np.testing.assert_array_equal(outputs.data, mask == 1)
    np.testing.assert_array_equal(outputs["default"], np.where(outputs.nothing, 0, [np.full_like(codes, 7), codes]))
    answers = Answers()
    assert answers.add(outputs, codes.size) is None
    assert (answers.left_out, answers.surplus) == (44000, 48000)
    assert answers.dropped == "4 values for 2 bands of the output `default`: the last 2 are dropped"
    assert again.nothing is None


def test_zeros_are_only_stored_without_data() -> None:
    with Program(
        script(dict.fromkeys([(code, mask) for code in CODES for mask in (0, 1)], "nothing"), "s, b, c, d, e")
    ) as program:
        outputs = [program.run({"SCL": [[4, 5]], "dataMask": [[0, mask]]}) for mask in (0, 1)]
    assert [{**item} for item in outputs] == [{}, {}]
    assert filled(outputs[0])["default"].tolist() == [[[0, 0]], [[0, 0]]]
    assert filled(outputs[1]) is outputs[1]


def test_the_command_accepts_what_the_service_does_unless_it_is_strict(command: Command, tmp_path: Any) -> None:
    acts = {(code, mask): "many" if mask else "nothing" for code in CODES for mask in (0, 1)}
    (tmp_path / "answers.js").write_text(script(acts).text)
    done = command("test", "answers.js")
    assert done.status == 0
    assert (
        "note      4 values for 2 bands of the output `default`: the last 2 are dropped, in 50.0 % of the 24"
        in done.out
    )
    done = command("test", "answers.js", "--strict", "--format", "json")
    assert done.status == 1
    (found,) = json.loads(done.out)["scripts"]
    assert [item["property"] for item in found["verdicts"] if item["outcome"] == "fails"] == ["total"]
