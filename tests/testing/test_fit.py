"""`fits_sample_type`: the definition, in plain Python, against sweeps and searches; and what is noted of clamping."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, SampleType, Source
from oso_evalscript.runtime.outputs import Fit
from oso_evalscript.testing.check import Exhaustive, check
from oso_evalscript.testing.fit import Fits, faults
from oso_evalscript.testing.properties import Outcome, Verdict
from tests.conftest import Command
from tests.runtime.test_kernel import stored

TEXT = "text"
Value = float | str
"""A number that a script returns, or text."""

NUMBERS: tuple[Value, ...] = (
    0, 1, 0.5, 0.25, 0.75, 2, 3, 11, 127, 128, 255, 256, 300, 301, 70_000, -1, -0.4, -200, 0.4, 1e-9, 2e-9, 3e-9, 1e9,
    math.inf, -math.inf,
)  # fmt: skip
VALUES = st.sampled_from(NUMBERS) | st.sampled_from([*NUMBERS[:8], math.nan, TEXT])
TYPES = st.sampled_from(list(SampleType))
OWN = (2, 3, 11, 200, 255, 300, 70_000)
"""The class codes of the band SCL, for these tests."""


def written(value: Value) -> str:
    if isinstance(value, str):
        return "'x'"
    names = {math.inf: "Infinity", -math.inf: "-Infinity"}
    return "NaN" if math.isnan(value) else names.get(value, repr(value))


def script(table: Sequence[Value], sample_type: SampleType) -> Source:
    """A script that returns for each code of SCL, and in turn for all further numbers, what the table says."""
    values = ", ".join(map(written, table))
    return Source(
        f'function setup() {{ return {{ input: ["SCL"], output: {{ bands: 1, sampleType: "{sample_type}" }} }}; }}\n'
        f"function evaluatePixel(s) {{ return [[{values}][s.SCL % {len(table)}]]; }}",
        "x.js",
    )


def is_cut(value: float, sample_type: SampleType) -> bool:
    """Whether a number lies outside of the range of a type by more than what is rounded away."""
    if sample_type is SampleType.FLOAT32:
        return False
    scaled = value * 255 if sample_type is SampleType.AUTO else value
    low, high = sample_type.limits or (0, 0)
    return scaled < low - 0.5 or scaled >= high + 0.5


def loses_meaning(table: Sequence[Value], sample_type: SampleType, codes: Sequence[int], inputs: int = 12) -> bool:
    """The definition, for a script that returns what the table says for each of so many inputs in turn."""
    whole = sample_type is not SampleType.FLOAT32
    returned = {at: table[at % len(table)] for at in range(inputs)}
    if whole and any(isinstance(value, str) or math.isnan(value) for value in returned.values()):
        return True
    numbers = {at: float(value) for at, value in returned.items() if value != TEXT and not math.isnan(float(value))}
    kept = {stored(value, sample_type) for value in numbers.values()}
    if len(set(numbers.values())) >= 3 and len(kept) <= 2:
        return True
    cut = {at: value for at, value in numbers.items() if is_cut(value, sample_type)}
    if sample_type is SampleType.AUTO:  # returned as they are: whatever is clamped is the pixel's own value
        return all(at == value for at, value in cut.items()) and any(at in codes for at in cut)
    return any(value in codes for value in cut.values())


def verdict(source: Source, codes: Sequence[int] = (), **options: Any) -> Verdict:
    with Program(source, collection="S2L2A") as program:
        known = {"SCL": tuple(codes)} if codes else None
        (found,) = check(program, basic=("fits_sample_type",), codes=known, **options)
        return found


@settings(max_examples=120)
@given(st.lists(VALUES, min_size=1, max_size=12), TYPES, st.sampled_from([(), OWN]), st.sampled_from([1, 5, 2**19]))
@example(list(range(12)), SampleType.AUTO, (), 2**19)
@example([0, 1, 1], SampleType.UINT8, (), 2**19)
@example([0, 0.4], SampleType.UINT8, (), 2**19)
@example([0, 1, 2, 3, 1, 1], SampleType.AUTO, (), 2**19)
def test_a_sweep_fails_exactly_where_a_value_loses_its_meaning(
    table: list[Value], sample_type: SampleType, codes: tuple[int, ...], block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oso_evalscript.testing.domain._BLOCK", block)
        found = verdict(script(table, sample_type), codes)
    known = codes or range(12)  # those of SCL
    wrong = loses_meaning(table, sample_type, known)
    assert (found.outcome is Outcome.REFUTED) == wrong, found
    if wrong:
        assert found.counterexample is not None
        assert found.counterexample.outputs is not None
        return
    assert found.outcome is Outcome.PROVED
    cut = [at for at in range(12) if (value := table[at % len(table)]) != TEXT and is_cut(float(value), sample_type)]
    assert any("is clamped" in note for note in found.notes) == bool(cut)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(VALUES, min_size=1, max_size=4), TYPES)
def test_a_search_knows_the_same_definition(table: list[Value], sample_type: SampleType) -> None:
    found = verdict(script(table, sample_type), (301,), exhaustive=Exhaustive.NEVER, max_examples=40)
    wrong = loses_meaning(table, sample_type, (301,))
    assert found.outcome is (Outcome.REFUTED if wrong else Outcome.UNREFUTED), found
    assert not wrong or found.counterexample is not None


def looked_at(values: Sequence[float], sample_type: SampleType, codes: Sequence[int] = ()) -> Fit:
    """How a kernel sees some numbers, all in one run."""
    text = (
        f'function setup() {{ return {{ input: ["A"], output: {{ bands: 1, sampleType: "{sample_type}" }} }}; }}\n'
        "function evaluatePixel(s) { return [s.A]; }"
    )
    with Program(text) as program:
        scene = {"A": np.array([values], np.float64)}
        (fit,) = program.run(scene, blank=False, check=True, codes={"A": tuple(codes)}).fits
    return fit


FLOATS = st.sampled_from([value for value in NUMBERS if not isinstance(value, str)]) | st.floats() | st.just(math.nan)


@settings(max_examples=60)
@given(st.lists(FLOATS, min_size=1, max_size=8), TYPES)
@example([0.1 + 0.2, 0.3, 0.3 - 2**-54], SampleType.FLOAT32)
@example([1.0, 0.0, -0.0], SampleType.AUTO)
def test_the_kernel_counts_what_there_is(values: list[float], sample_type: SampleType) -> None:
    fit = looked_at(values, sample_type, OWN)
    whole = sample_type is not SampleType.FLOAT32
    numbers = [(value, at) for at, value in enumerate(values) if not math.isnan(value)]
    cut = [(value, at) for value, at in numbers if is_cut(value, sample_type)]
    nan = [at for at, value in enumerate(values) if math.isnan(value)] if whole else []
    assert (fit.pixels, fit.nan, fit.first_nan) == (len(values), len(nan), nan[0] if nan else None)
    assert (fit.below, fit.above) == (sum(value < 0 for value, _ in cut), sum(value > 0 for value, _ in cut))
    codes = [(value, at) for value, at in cut if value in OWN]
    assert (fit.cut, fit.first_cut) == (len(codes), codes[0][1] if codes else None)
    assert not codes or fit.code == codes[0][0]
    assert fit.own == (len(cut) if sample_type is SampleType.AUTO else 0)
    wanted: list[tuple[float, int]] = []
    for value, at in numbers:
        if len(wanted) < 3 and not any(math.isclose(value, other, rel_tol=1e-12) for other, _ in wanted):
            wanted.append((value, at))
    assert fit.numbers == tuple(wanted)
    kept = list(dict.fromkeys(stored(value, sample_type) for value, _ in numbers))
    assert set(fit.kept) <= set(kept)
    assert len(fit.kept) == min(len(kept), 3)


@settings(max_examples=40)
@given(st.lists(FLOATS, min_size=2, max_size=9), TYPES, st.integers(1, 8))
def test_runs_in_parts_say_what_one_run_says(values: list[float], sample_type: SampleType, at: int) -> None:
    whole, parts = Fits(), Fits()
    whole.add([looked_at(values, sample_type, OWN)])
    for part in (values[:at], values[at:]):
        if part:
            parts.add([looked_at(part, sample_type, OWN)])
    assert list(parts.losses()) == list(whole.losses())
    assert parts.notes("inputs") == whole.notes("inputs")


def test_two_workers_see_what_one_sees() -> None:
    text = """
    function setup() { return { input: ["A"], output: [
      { id: "code", bands: 1, sampleType: "UINT8" }, { id: "auto", bands: 2 } ] }; }
    function evaluatePixel(s) { return { code: [s.A], auto: [s.A / 1e6, s.A % 7 === 3 ? NaN : s.A] }; }
    """
    pixels = np.arange(2**20 + 2**18, dtype=np.float64).reshape(1, -1) / 4096
    with Program(text) as program:
        one, two = (program.run({"A": pixels}, check=True, codes={"A": (300,)}, workers=n).fits for n in (1, 2))
    assert one == two
    assert [(fit.first_cut, fit.code) for fit in one] == [(300 * 4096, 300), (None, 0), (300 * 4096, 300)]


HOSTILE = """
Object.prototype[300] = true; Object.prototype[7] = true;
Object.defineProperty(Array.prototype, "0", { set() { throw 1; }, get() { return 9; } });
for (const name of ["a", "nan", "x", "cut"]) Object.defineProperty(Object.prototype, name, { set() { throw 2; }, get() { return 3; } });
Math.abs = String = Number.isNaN = () => { throw 3; };
Number.prototype.toString = Number.prototype.valueOf = () => "7";
"""


def test_a_script_cannot_change_what_is_counted() -> None:
    plain = script([2, 300, math.nan, TEXT, -1], SampleType.UINT8)
    scene = {"SCL": np.arange(10.0).reshape(1, -1)}
    found = []
    for source in (plain, Source(HOSTILE + plain.text)):
        with Program(source) as program:
            found.append(program.run(scene, check=True, codes={"SCL": (300,)}).fits)
    assert found[0] == found[1]
    assert (found[0][0].cut, found[0][0].foreign, found[0][0].below) == (2, 2, 2)


@pytest.mark.parametrize(
    ("noise", "outcome"),
    [("(s.SCL / 7 + 1) / (s.SCL / 7 + 1) * 0.1 * 3", Outcome.PROVED), ("s.SCL * 1e-9", Outcome.REFUTED)],
)
def test_rounding_errors_are_no_meaning(noise: str, outcome: Outcome) -> None:
    text = script([0], SampleType.UINT8).text.replace("[0][s.SCL % 1]", noise)
    assert verdict(Source(text)).outcome is outcome


def test_faults_of_one_pixel_are_named() -> None:
    fit = Fit("default", 1, SampleType.INT8, 9, nan=2, first_nan=3, cut=1, first_cut=2, code=255)
    assert faults([fit]) == [
        (3, "band 1 of the output `default` is NaN, which its type does not have"),
        (2, "band 1 of the output `default` is given the class code 255, which INT8 cuts off at 127"),
    ]


def test_shares_are_never_rounded_to_all_or_nothing() -> None:
    fits = Fits()
    for band, above in enumerate((1, 10_000, 9_999, 5_000, 1)):
        fits.add([Fit("rgb", band, SampleType.AUTO, 10_000, below=1 if band == 3 else 0, above=above)])
    assert fits.notes("inputs") == (
        "the output `rgb` is clamped: band 0 above 1 in less than 0.1 %, band 1 above 1 in 100 %, "
        "band 2 above 1 in 99.9 %, band 3 below 0 in less than 0.1 % and above 1 in 50.0 % of the inputs, "
        "and in 1 more bands",
    )


TRUE_COLOR = """//VERSION=3
function setup() { return { input: ["B04", "B03", "B02"], output: { bands: 3 } }; }
function evaluatePixel(s) { return [2.5 * s.B04, 2.5 * s.B03, 2.5 * s.B02]; }
"""
NDVI = """//VERSION=3
let last = 0;
function setup() { return { input: ["B04", "B08"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { last += s.B04; return [(s.B08 - s.B04) / (s.B08 + s.B04)]; }
"""
MEDIAN = """//VERSION=3
function setup() { return { input: ["B04", "B03", "dataMask"], output: { bands: 3 }, mosaicking: "ORBIT" }; }
function median(values) {
  values.sort((a, b) => a - b);
  const half = values.length >> 1;
  return values.length % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}
function evaluatePixel(samples) {
  const clear = samples.filter((sample) => sample.dataMask);
  if (clear.length === 0) return [0, 0, 0];
  return [3 * median(clear.map((sample) => sample.B04)), 3 * median(clear.map((sample) => sample.B03)), 1];
}
"""
LAND_COVER = """//VERSION=3
function setup() { return { input: ["OCS", "OCS_Confidence"], output: { bands: 2 } }; }
function evaluatePixel(s) { return [s.OCS === 17 ? 1 : 0, s.OCS_Confidence / 50]; }
"""


@pytest.mark.parametrize("text", [TRUE_COLOR, NDVI, MEDIAN, LAND_COVER])
def test_ordinary_scripts_pass(command: Command, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.js").write_text(text)
    done = command("test", "x.js", "--max-examples", "30")
    assert done.status == 0, done.out
    assert "FAILS" not in done.out
    assert ("note      the output `default` is clamped: band" in done.out) == (text is not NDVI)
    data = json.loads(command("test", "x.js", "--max-examples", "30", "--format", "json").out)
    notes = {item["property"]: item["notes"] for item in data["scripts"][0]["verdicts"]}
    assert bool(notes.pop("fits_sample_type")) == (text is not NDVI)
    assert not any(notes.values())


def test_codes_of_one_s_own_nomenclature_are_not_cut_off(command: Command, tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text("code,label,color\n100,A,#ff0000\n255,B,#00ff00\n300,C,#0000ff\n")
    (tmp_path / "x.toml").write_text('template = "palette"\nnomenclature = "classes.csv"\nband = "B1"\n')
    text = '//VERSION=3\nfunction setup() { return { input: ["B1"], output: { bands: 1, sampleType: "UINT8" } }; }\n'
    (tmp_path / "x.js").write_text(text + "function evaluatePixel(s) { return [s.B1]; }\n")
    done = command("test", "x.js", "--property", "fits_sample_type")
    assert done.status == 1
    assert "FAILS: band 0 of the output `default` is given the class code 300, which UINT8 cuts off at 255" in done.out
    assert "input     B1 = 300" in done.out
    (tmp_path / "x.js").write_text(text.replace("UINT8", "UINT16") + "function evaluatePixel(s) { return [s.B1]; }\n")
    assert command("test", "x.js", "--property", "fits_sample_type").status == 0
