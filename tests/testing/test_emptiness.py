"""Nothing is no agreement: scripts that return nothing, everywhere, on some inputs or on whole blocks, or fail there."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Source, load_nomenclature
from oso_evalscript.model.errors import ArrayError
from oso_evalscript.testing.check import Exhaustive, check
from oso_evalscript.testing.claims import equivalent
from oso_evalscript.testing.difference import Difference, Incomparable, compare, shared_domain
from oso_evalscript.testing.domain import Domain
from oso_evalscript.testing.properties import (
    BASIC,
    Outcome,
    Verdict,
    constant_in,
    masked_is_nodata,
    masked_is_transparent,
    matches,
    monotone,
    no_foreign_color,
    palette_exact,
)
from oso_evalscript.testing.sampling import search_difference
from tests.conftest import Command

OSO = load_nomenclature("oso-23")
CODES = range(12)  # of the band SCL
PARAMETERS = {"user data wanted": "s, b, c, d, e", "pixels wanted": "s"}
Behaviour = str | float
"""What a script does at a pixel: returns nothing, throws, or returns that number."""

BEHAVIOURS: st.SearchStrategy[Behaviour] = st.sampled_from(["nothing", "throws", 0.0, 7.0, math.nan])


def done(behaviour: Behaviour, bands: int) -> str:
    if behaviour == "nothing":
        return "return;"
    if behaviour == "throws":
        return "throw new Error('no');"
    value = "NaN" if math.isnan(float(behaviour)) else f"{behaviour}"
    return f"return [{', '.join([value] * bands)}];"


def script(behaviours: Sequence[Behaviour], parameters: str, bands: int = 1, more: str = "") -> Source:
    """A script that does for each code of SCL what is said."""
    cases = " ".join(f"case {code}: {done(behaviour, bands)}" for code, behaviour in enumerate(behaviours))
    output = f'{{ bands: {bands}, sampleType: "FLOAT32", nodataValue: 0 }}'
    return Source(
        f'function setup() {{ return {{ input: ["SCL", "dataMask"], output: {output} }}; }}\n{more}'
        f"function evaluatePixel({parameters}) {{ switch (s.SCL) {{ {cases} }} }}",
        "x.js",
    )


def stored(behaviour: Behaviour, bands: int) -> float | None:
    """The number that is stored, None where none is."""
    return None if isinstance(behaviour, str) or not bands else behaviour


def same(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return a == b or (math.isnan(a) and math.isnan(b))


def difference(one: Source, other: Source) -> Difference | str:
    """What is found between two scripts, or why they cannot be compared."""
    with Program(one) as first, Program(other) as second:
        try:
            domain = shared_domain(first, second)
            assert isinstance(domain, Domain)
            return compare(first, second, domain)
        except Incomparable as error:
            return str(error)


@st.composite
def behaviours(draw: st.DrawFn) -> list[Behaviour]:
    """What a script does for each code: everything alike, alike on a run of them, or anything."""
    kinds: list[Behaviour] = draw(
        st.sampled_from([["nothing"], ["throws"], ["nothing", "throws"], [0.0], ["nothing", 0.0]])
    )
    chosen: st.SearchStrategy[Behaviour] = BEHAVIOURS if draw(st.booleans()) else st.sampled_from(kinds)
    if draw(st.booleans()):
        at, low, high = draw(st.integers(0, 12)), draw(chosen), draw(chosen)
        return [low] * at + [high] * (12 - at)
    return draw(st.lists(chosen, min_size=12, max_size=12))


PARAMETERS_DRAWN = st.sampled_from(list(PARAMETERS.values()))
SCRIPTS = st.tuples(behaviours(), PARAMETERS_DRAWN)


@settings(max_examples=20)
@given(SCRIPTS, SCRIPTS, st.integers(0, 2), st.sampled_from([1, 2, 6, 2**19]))
def test_scripts_are_the_same_where_both_store_the_same_and_anything_at_all(
    one: tuple[list[Behaviour], str], other: tuple[list[Behaviour], str], bands: int, block: int
) -> None:
    pairs = [(stored(a, bands), stored(b, bands)) for a, b in zip(one[0], other[0], strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oso_evalscript.testing.domain._BLOCK", block)
        found = difference(script(*one, bands), script(*other, bands))
    if all(a is None and b is None for a, b in pairs):
        assert isinstance(found, str)
        assert found.startswith("the scripts cannot be compared: on none of 24 inputs does either of them store")
        return
    assert isinstance(found, Difference)
    assert found.differing == 2 * sum(not same(a, b) for a, b in pairs)  # with data and without
    if found.differing:
        first = next(code for code, pair in enumerate(pairs) if not same(*pair))
        assert found.inputs == {"SCL": first, "dataMask": 0}


MASKED = 'function setup() { return { input: ["B04", "dataMask"], output: { bands: %d, sampleType: "FLOAT32" } }; }\n'


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(st.lists(BEHAVIOURS, min_size=4, max_size=4), PARAMETERS_DRAWN, PARAMETERS_DRAWN, st.integers(0, 1))
def test_a_search_knows_nothing_from_the_same(drawn: list[Behaviour], parameters: str, others: str, bands: int) -> None:
    def masked(there: Behaviour, elsewhere: Behaviour, names: str) -> Source:
        body = f"if (s.dataMask) {{ {done(there, bands)} }} {done(elsewhere, bands)}"
        return Source(f"{MASKED % bands}function evaluatePixel({names}) {{ {body} }}", "m.js")

    one, other = masked(drawn[0], drawn[1], parameters), masked(drawn[2], drawn[3], others)
    pairs = [(stored(drawn[at], bands), stored(drawn[at + 2], bands)) for at in (0, 1)]
    with Program(one) as first, Program(other) as second:
        try:
            found = search_difference(first, second, max_examples=25)
        except Incomparable as error:
            assert "in none of" in str(error)
            assert all(a is None and b is None for a, b in pairs)
        else:
            assert found.same == all(same(a, b) for a, b in pairs)
            assert not all(a is None and b is None for a, b in pairs)


PROPERTIES = (
    palette_exact(OSO, "SCL"), no_foreign_color(OSO, "SCL"), masked_is_transparent(), masked_is_nodata(),
    masked_is_nodata(3), monotone("SCL"), constant_in("SCL"), matches(lambda bands: {"default": bands["SCL"] * 0}),
)  # fmt: skip
HOOKS = {
    "none": "",
    "no bands": "function updateOutput(outputs) { outputs.default.bands = 0; }\n",
    "user data": "function updateOutputMetadata(scenes, metadata, outputs) { outputs.userData = { n: 1 }; }\n",
}


def verdicts(source: Source, **options: Any) -> dict[str, Verdict]:
    with Program(source) as program:
        return {verdict.name: verdict for verdict in check(program, PROPERTIES, **options)}


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    SCRIPTS, st.integers(0, 4), st.sampled_from(list(HOOKS)), st.sampled_from([6, 2**19]), st.sampled_from(["auto", "never"])
)  # fmt: skip
def test_nothing_is_proved_of_what_was_never_stored(
    drawn: tuple[list[Behaviour], str], bands: int, hook: str, block: int, exhaustive: str
) -> None:
    acts, parameters = drawn
    kept = 0 if hook == "no bands" else bands
    source = script(acts, parameters, kept, HOOKS[hook])
    source = Source(source.text.replace(f"bands: {kept},", f"bands: {bands},"), "x.js")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oso_evalscript.testing.domain._BLOCK", block)
        found = verdicts(source, exhaustive=Exhaustive(exhaustive), max_examples=15)
    numbers = {stored(act, kept) for act in acts} - {None}
    if not numbers:
        good = {name for name, verdict in found.items() if verdict}
        assert good <= {"total", "keeps_contract", "deterministic", "pixelwise"}
        assert all("from the text" in found[name].message for name in good & {"deterministic", "pixelwise"})
        assert kept == 0 or "keeps_contract" not in good
    if "throws" in acts or exhaustive == "never":
        return
    free = parameters != "s" or hook == "user data" or kept == 0  # user data alone may be wanted
    # With data, nothing is right only where nothing is returned throughout.
    wrong = "nothing" in acts and bands and (bool(numbers) or not free)
    assert found["total"].outcome is (Outcome.REFUTED if wrong else found["total"].outcome)
    assert found["total"].holds is not bool(wrong)
    if "nothing" in acts and bands and not kept:
        assert found["keeps_contract"].outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("block", [2**19, 6])
def test_a_block_without_results_is_not_total(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oso_evalscript.testing.domain._BLOCK", block)
    found = verdicts(script([0.0] * 6 + ["nothing"] * 6, PARAMETERS["user data wanted"]), basic=BASIC)
    verdict = found["total"]
    assert verdict.outcome is Outcome.REFUTED
    assert verdict.message == (
        "Script must return an array. evaluatePixel returned nothing where setup() declares 1 value"
    )
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == {"SCL": 6, "dataMask": 1}
    assert not verdict.counterexample.outputs
    assert found["keeps_contract"].outcome is Outcome.UNDECIDED


@pytest.mark.parametrize("condition", ["samples.length", "samples[0]?.B04 > 0.5"])
def test_an_example_with_data_and_without_results_is_not_total(condition: str) -> None:
    text = 'function setup() { return { input: ["B04"], output: { bands: 1 }, mosaicking: "ORBIT" }; }\n'
    body = f"function evaluatePixel(samples, b, c, d, e) {{ if ({condition}) return [1]; }}"
    with Program(Source(text + body)) as program:
        found = {verdict.name: verdict for verdict in check(program, max_examples=60)}
    if condition == "samples.length":  # without samples there are no data
        assert found["total"].outcome is Outcome.UNREFUTED
        assert (
            found["total"]
            .notes[0]
            .startswith("evaluatePixel returns nothing at pixels without data, and 0 is stored: in ")
        )
        return
    assert found["total"].outcome is Outcome.REFUTED
    assert found["total"].counterexample is not None
    assert found["total"].counterexample.inputs == {"samples": [{"B04": 0}]}
    assert not found["total"].counterexample.outputs
    assert found["keeps_contract"].holds


def test_a_script_that_fails_on_every_example_is_decided_in_nothing_else() -> None:
    text = 'function setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
    with Program(Source(f"let n = 0; {text}function evaluatePixel() {{ n++; throw 1; }}")) as program:
        found = {verdict.name: verdict.outcome for verdict in check(program, max_examples=10)}
    assert found.pop("total") is Outcome.REFUTED
    assert set(found.values()) == {Outcome.UNDECIDED}


def test_two_without_results_are_not_equivalent() -> None:
    with (
        Program(script(["nothing"] * 12, "s, b, c, d, e")) as one,
        Program(script(["throws"] * 12, "s")) as other,
        pytest.raises(Incomparable, match="does either of them store anything"),
    ):
        equivalent(one, other)


def test_a_reference_without_outputs_agrees_with_nothing() -> None:
    with (
        Program(script([0.0] * 12, "s")) as program,
        pytest.raises(ArrayError, match="the reference gives no output: nothing to compare"),
    ):
        check(program, (matches(lambda bands: {}),), basic=())


def test_a_hook_that_fails_stores_nothing() -> None:
    hook = "function updateOutput() { throw new Error('no'); }\n"
    failing, other = script([0.0] * 12, "s", 1, hook), script([0.0] * 12, "s")
    assert "on none of 24 inputs" in str(difference(failing, failing))
    found = difference(failing, other)
    assert isinstance(found, Difference)
    assert (found.differing, str(found.outputs[0])) == (24, "x.js:2: Error: no")


def test_outputs_whose_bands_a_hook_changes_are_compared() -> None:
    def changed(bands: int) -> Source:
        hook = f"function updateOutput(outputs) {{ outputs.default.bands = {bands}; }}\n"
        source = script([7.0] * 12, "s", bands, hook)
        return Source(source.text.replace(f"bands: {bands},", "bands: 3,"))

    found = difference(changed(2), changed(3))
    assert isinstance(found, Difference)
    assert (found.differing, found.outputs) == (24, ({"default": (7, 7)}, {"default": (7, 7, 7)}))
    found = difference(changed(0), changed(1))
    assert isinstance(found, Difference)
    assert found.differing == 24


FILES = {
    "nothing.js": "function evaluatePixel(a, b, c, d, e) {}",
    "seven.js": "function evaluatePixel(a, b, c, d, e) { return [7]; }",
    "zero.js": "function evaluatePixel(a, b, c, d, e) { return [0]; }",
    "throws.js": "function evaluatePixel(a) { throw 1; }",
    "silent.js": "function evaluatePixel(a) {}",
    "some.js": "function evaluatePixel(a, b, c, d, e) { if (a[Object.keys(a)[0]] > 0) return [7]; }",
}


@pytest.fixture
def files(request: pytest.FixtureRequest, tmp_path: Any) -> None:
    for name, text in FILES.items():
        setup = f'function setup() {{ return {{ input: ["{request.param}"], output: {{ bands: 1 }} }}; }}\n'
        (tmp_path / name).write_text(f"//VERSION=3\n{setup}{text}\n")


@pytest.mark.parametrize("files", ["SCL", "B04"], indirect=True)
def test_the_command_never_calls_nothing_the_same(command: Command, files: None) -> None:
    for one, other in [("nothing.js", "nothing.js"), ("throws.js", "silent.js")]:
        done = command("diff", one, other, "--max-examples", "10")
        assert (done.status, done.out) == (2, ""), (one, other)
        assert "the scripts cannot be compared" in done.err
    for one, other in [("nothing.js", "zero.js"), ("some.js", "seven.js")]:
        for pair in ((one, other), (other, one)):
            done = command("diff", *pair, "--max-examples", "20")
            assert done.status == 1, pair
            assert " stores nothing\n" in done.out
            assert "the same" not in done.out
    assert command("diff", "some.js", "some.js", "--max-examples", "20").status == 0


WANTED: Mapping[str, str] = {
    "total": "proved",
    "keeps_contract": "does not apply",
    "fits_sample_type": "does not apply",
    "deterministic": "proved",
    "pixelwise": "proved",
    "palette_exact": "does not apply",
    "no_foreign_color": "does not apply",
}


def test_a_nomenclature_asks_nothing_of_a_script_without_outputs(command: Command, tmp_path: Any) -> None:
    setup = 'function setup() { return { input: ["OCS", "dataMask"], output: { bands: 4 } }; }\n'
    (tmp_path / "x.js").write_text(f"//VERSION=3\n{setup}function evaluatePixel(a, b, c, d, e) {{}}\n")
    for more in ((), ("--exhaustive", "never", "--max-examples", "5")):
        done = command("test", "x.js", "--nomenclature", "oso-23", "--format", "json", *more)
        assert (done.status, done.err) == (0, "")
        (found,) = json.loads(done.out)["scripts"]
        told = {item["property"]: item["outcome"] for item in found["verdicts"]}
        wanted = dict(WANTED) if not more else {**WANTED, "total": "no counterexample"}
        assert told == wanted
