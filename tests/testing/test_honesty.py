"""What must not be called proved, or smallest, or the same."""

from __future__ import annotations

from typing import Any

import pytest

from oso_evalscript import Program, Source
from oso_evalscript.testing.check import Exhaustive, check
from oso_evalscript.testing.claims import equivalent
from oso_evalscript.testing.difference import Incomparable, shared_domain
from oso_evalscript.testing.doubt import doubt
from oso_evalscript.testing.properties import Outcome, Verdict, constant_in, monotone
from oso_evalscript.testing.sampling import sample, search_difference
from tests.testing.test_check import pixel, refuted, verdicts

B04 = 'function setup() { return { input: [%s], output: { bands: 1, sampleType: "FLOAT32" } }; }\n'
SERIES = 'function setup() { return { input: ["B04"], output: { bands: 1 }, mosaicking: "ORBIT" }; }\n'


def float_pixel(body: str, bands: str = '"B04"') -> Source:
    return Source(f"{B04 % bands}function evaluatePixel(s) {{ {body} }}", "f.js")


def test_nothing_is_proved_of_a_script_that_may_keep_state() -> None:
    source = pixel("count++;\nif (count === 4000000) throw 1;\nreturn [0, 0, 0, 1];", more="let count = 0;\n")
    found = verdicts(source)
    assert {verdict.outcome for verdict in found.values()} == {Outcome.UNREFUTED}
    assert "it may keep state (line" in found["total"].message


@pytest.mark.parametrize(
    ("more", "body"),
    [
        ("let seen = 0;\nfunction tick(now = seen++) { var seen = 0; return now; }\n", "return [tick() % 2, 0, 0, 1];"),
        ("let seen = 0;\n", "switch (seen++) { case 5: let seen = 1; }\nreturn [0, 0, 0, 1];"),
        ("let seen = 0;\nconst f = ({ k = seen++ }) => { let seen = 1; return k; };\n", "return [f({}) % 2, 0, 0, 1];"),
    ],
    ids=["default", "switch", "pattern"],
)
def test_nothing_is_proved_of_state_that_scoping_hides(more: str, body: str) -> None:
    source = pixel(body, more=more)
    assert Outcome.PROVED not in {verdict.outcome for verdict in verdicts(source).values()}
    with Program(source) as one, Program(source) as other:
        assert equivalent(one, other).outcome is not Outcome.PROVED


@pytest.mark.parametrize(
    "body",
    ["var arguments;\nreturn [arguments[2] ? 1 : 0, 0, 0, 1];", "return [(() => arguments.length)() % 2, 0, 0, 1];"],
)
def test_arguments_are_scenes_and_metadata_by_whatever_name(body: str) -> None:
    assert Outcome.PROVED not in {verdict.outcome for verdict in verdicts(pixel(body)).values()}


@pytest.mark.parametrize(
    "body",
    [
        "const f = new Float64Array(1);\nf[0] = s.OCS / 0;\nreturn [new Uint8Array(f.buffer)[7] % 2, 0, 0, 1];",
        "let d = 0;\nconst down = () => { d++; down(); };\ntry { down(); } catch {}\nreturn [d % 2, 0, 0, 1];",
    ],
    ids=["NaN", "stack"],
)
def test_nothing_is_proved_of_what_the_engine_is_free_to_change(body: str) -> None:
    setup = (
        'function setup() { return { input: ["OCS"], output: { bands: 4 } }; }\n'  # a full stack takes a millisecond
    )
    source = pixel(body, setup)
    assert doubt(source).startswith("it may depend on the engine (line ")
    assert Outcome.PROVED not in {verdict.outcome for verdict in verdicts(source).values()}


def test_a_second_run_that_fails_is_told() -> None:
    source = pixel("count++;\nif (count > 131072) throw 1;\nreturn [0, 0, 0, 1];", more="let count = 0;\n")
    assert set(refuted(verdicts(source))) == {"deterministic"}


def test_sampling_a_script_that_fails_once_and_never_again() -> None:
    text = float_pixel("if (++n === 40) throw 1; return [0];").text
    source = Source(f"let n = 0; {text}")
    with Program(source) as program:
        (found,) = sample(program, basic=("total",), max_examples=60)
    assert found.outcome is Outcome.REFUTED


def test_state_is_told_from_the_text_where_the_script_fails() -> None:
    found = verdicts(pixel("throw 1;"))
    assert found["deterministic"].message == "proved from the text: it keeps no state"
    assert found["fits_sample_type"].outcome is Outcome.UNDECIDED


@pytest.mark.parametrize("property_", [monotone("OCS"), constant_in("OCS")], ids=lambda item: item.name)
def test_the_smallest_input_is_smallest_in_the_order_of_the_script(property_: Any) -> None:
    body = (
        "return [(s.OCS === 9 && s.OCS_Confidence === 1) || (s.OCS === 3 && s.OCS_Confidence === 7) ? 1 : 0, 0, 0, 1];"
    )
    example = verdicts(pixel(body), property_, basic=())[property_.name].counterexample
    assert example is not None
    wanted = (4, 7) if property_.name == "monotone" else (3, 7)  # 3 rises, 4 falls from it
    assert example.inputs == {"OCS": wanted[0], "OCS_Confidence": wanted[1], "dataMask": 0}


def test_nan_is_no_rise() -> None:
    setup = 'function setup() { return { input: ["OCS"], output: { bands: 1, sampleType: "FLOAT32" } }; }\n'
    found = verdicts(pixel("return [s.OCS === 5 ? NaN : s.OCS > 5 ? 1 : 2];", setup), monotone("OCS"), basic=())
    assert found["monotone"].counterexample is not None
    assert found["monotone"].counterexample.inputs == {"OCS": 5}


def test_the_first_misfit_of_all_bands_is_shown_and_counted_once() -> None:
    verdict = verdicts(pixel("return [s.OCS > 9 ? NaN : 0, s.OCS > 3 ? NaN : 0, 0, 1];"))["fits_sample_type"]
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == {"OCS": 4, "OCS_Confidence": 0, "dataMask": 0}
    assert verdict.failing == 252 * 512


def test_a_band_that_vanishes_in_one_block_only_does_not() -> None:
    setup = 'function setup() { return { input: ["OCS", "OCS_Confidence", "OCS_Validity"], output: { bands: 1 } }; }\n'
    assert not refuted(verdicts(pixel("return [s.OCS < 64 ? s.OCS / 1e6 : s.OCS / 255];", setup)))
    (found,) = refuted(verdicts(pixel("return [s.OCS < 64 ? s.OCS / 1e6 : 1];", setup))).values()
    assert found.message.endswith("of which AUTO keeps only 0 and 255")
    tiny = Source(float_pixel("return [s.B04 / 1e9];").text.replace("FLOAT32", "AUTO"))
    sampled = refuted(verdicts(tiny))
    assert "is stored as 0 in all" in sampled["fits_sample_type"].message


def test_two_properties_of_one_name_have_two_verdicts() -> None:
    source = pixel("return [s.OCS_Confidence === 9 ? 0 : 1, 0, 0, 1];")
    found = verdicts(source, constant_in("OCS"), constant_in("OCS_Confidence"), constant_in("B04"), basic=())
    assert [verdict.outcome for verdict in found.values()] == [
        Outcome.PROVED, Outcome.REFUTED, Outcome.NOT_APPLICABLE,
    ]  # fmt: skip


def test_an_endless_loop_is_not_total() -> None:
    source = pixel("while (s.OCS === 200) {}\nreturn [0, 0, 0, 1];")
    with Program(source, timeout=0.5) as program:
        found = {verdict.name: verdict for verdict in check(program)}
    assert found["total"].outcome is Outcome.REFUTED
    assert found["fits_sample_type"].outcome is Outcome.UNDECIDED
    assert not any(found.values())


def test_a_hook_that_fails_is_not_total() -> None:
    hook = "function preProcessScenes(c) { if (c.scenes.orbits.length === 0) throw new Error('none'); return c; }\n"
    source = Source(SERIES + hook + "function evaluatePixel(samples) { return [0]; }", "h.js")
    verdict = verdicts(source, basic=("total",), max_examples=100)["total"]
    assert verdict.outcome is Outcome.REFUTED
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == {"samples": []}


def test_so_many_examples_are_told_as_were_drawn() -> None:
    source = pixel(
        "return [0, 0, 0, 1];", 'function setup() { return { input: ["dataMask"], output: { bands: 4 } }; }\n'
    )
    verdict = verdicts(source, exhaustive=Exhaustive.NEVER, max_examples=7)["total"]
    assert verdict.message == f"no counterexample in {verdict.tried} examples"
    assert 0 < verdict.tried <= 7


def search(one: Source, other: Source) -> Any:
    with Program(one) as first, Program(other) as second:
        assert isinstance(shared_domain(first, second), str)
        return search_difference(first, second, max_examples=200)


def test_scripts_that_read_different_bands_are_given_both() -> None:
    found = search(float_pixel("return [s.B04];"), float_pixel("return [s.B08];", '"B08"'))
    assert set(found.inputs) == {"B04", "B08"}
    assert found.outputs[0] != found.outputs[1]


def test_series_are_compared() -> None:
    one = Source(SERIES + "function evaluatePixel(samples) { return [samples.length]; }")
    assert search(one, one).same
    assert search(one, Source(SERIES + "function evaluatePixel(samples) { return [samples[0].B04]; }")).inputs == {
        "samples": []
    }
    assert search(one, Source(SERIES + "function evaluatePixel(samples) { return [1]; }")).outputs == (
        {"default": (0.0,)}, {"default": (255.0,)},
    )  # fmt: skip


def test_units_that_differ_cannot_be_compared() -> None:
    dn = float_pixel("return [s.B04];", '{ bands: ["B04"], units: "DN" }')
    with pytest.raises(Incomparable, match="in different units"):
        search(float_pixel("return [s.B04];"), dn)


def test_only_what_was_looked_at_counts_as_true() -> None:
    told = {outcome: bool(Verdict("x", outcome, "")) for outcome in Outcome}
    assert [outcome for outcome, true in told.items() if true] == [Outcome.PROVED, Outcome.UNREFUTED]


OCS = 'function setup() { return { input: ["OCS"], output: { bands: 1, sampleType: "UINT8" } }; }\n'


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("function evaluatePixel(s, scenes) { return [scenes.orbits ? 1 : 0]; }", "reads `scenes`"),
        ("function evaluatePixel(s, a, b) { const f = () => b; return [f() ? 1 : 0]; }", "reads `b`"),
        ("const evaluatePixel = (s, a) => [a ? 1 : 0];", "reads `a`"),
        ("function evaluatePixel(s, { orbits }) { return [orbits ? 1 : 0]; }", "reads `{ orbits }`"),
        ("function evaluatePixel(s, a = 1) { return [1]; }", "reads `a = 1`"),
        ("function evaluatePixel(s, ...more) { return [more.length]; }", "reads `...more`"),
        ("function updateOutput(outputs) { return outputs; }\nfunction evaluatePixel(s) { return [1]; }", "`updateOutput`"),
    ],
)  # fmt: skip
def test_nothing_is_proved_of_what_was_held_constant(text: str, where: str) -> None:
    source = Source(OCS + text, "s.js")
    found = verdicts(source)
    for name in ("total", "keeps_contract", "fits_sample_type"):
        assert found[name].outcome is Outcome.UNREFUTED
        assert "256 of 256 inputs; scenes and metadata were held constant (" in found[name].message
        assert where in found[name].message
    with Program(source) as one:
        assert equivalent(one, one).outcome is Outcome.UNREFUTED


@pytest.mark.parametrize(
    "text",
    [
        "function evaluatePixel(s, scenes) { return [1]; }",
        "function evaluatePixel(s, a) { const f = (a) => a; return [f(1)]; }",
        "function other(s, scenes) { return scenes; }\nfunction evaluatePixel(s) { return [other(s, 1)]; }",
    ],
)
def test_an_argument_that_is_not_read_costs_no_proof(text: str) -> None:
    assert {verdict.outcome for verdict in verdicts(Source(OCS + text, "s.js")).values()} == {Outcome.PROVED}


def test_all_arguments_at_once_are_no_proof_either() -> None:
    found = verdicts(Source(f"{OCS}function evaluatePixel(s) {{ return [arguments[1] ? 1 : 0]; }}", "s.js"))
    assert found["total"].outcome is Outcome.UNREFUTED


@pytest.mark.parametrize("sample_type", ["FLOAT32", "UINT8", "AUTO"])
@pytest.mark.parametrize("value", ["'1'", "null", "undefined", "[1]", "{}"])
def test_what_is_no_number_keeps_no_contract(sample_type: str, value: str) -> None:
    text = f'function setup() {{ return {{ input: ["OCS"], output: {{ bands: 2, sampleType: "{sample_type}" }} }}; }}\n'
    source = Source(f"{text}function evaluatePixel(s) {{ return [s.OCS > 4, s.OCS === 7 ? {value} : 1]; }}")
    with Program(source) as program:
        found = refuted({verdict.name: verdict for verdict in check(program)})
    whole = {"fits_sample_type"} if sample_type != "FLOAT32" else set()
    assert set(found) == {"keeps_contract"} | whole
    for name in whole:
        assert (
            found[name].message
            == f"band 1 of the output `default` is not given a number, which {sample_type} stores as 0"
        )
        assert found[name].counterexample == found["keeps_contract"].counterexample
    verdict = found["keeps_contract"]
    assert verdict.message == "band 1 of the output `default` is not given a number"
    assert verdict.failing == 1
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == {"OCS": 7}


def test_a_search_finds_what_is_no_number() -> None:
    with Program(float_pixel("return [s.B04 > 0.3 ? null : 1];")) as program:
        found = refuted({verdict.name: verdict for verdict in check(program)})
    assert set(found) == {"keeps_contract"}
    assert found["keeps_contract"].message == "band 0 of the output `default` is not given a number"


def test_true_and_false_are_numbers() -> None:
    with Program(float_pixel("return [s.OCS > 3];", '"OCS"')) as program:
        assert not refuted({verdict.name: verdict for verdict in check(program)})


@pytest.mark.parametrize("hook", ["updateOutput", "updateOutputMetadata"])
@pytest.mark.parametrize("exhaustive", list(Exhaustive)[::2])
def test_a_hook_that_fails_is_total_in_no_search_and_no_sweep(hook: str, exhaustive: Exhaustive) -> None:
    body = "function evaluatePixel(s) { return [1]; }"
    source = Source(f"{OCS}function {hook}() {{ throw new Error('no'); }}\n{body}", "s.js")
    found = verdicts(source, exhaustive=exhaustive, max_examples=5)
    assert found["total"].outcome is Outcome.REFUTED
    assert found["total"].message.startswith("s.js:2: Error: no")
    assert found["fits_sample_type"].outcome is Outcome.UNDECIDED
    again = Source(f"let n = 0;\n{OCS}function {hook}() {{ if (n++ === 1) throw 1; }}\n{body}", "s.js")
    found = verdicts(again, exhaustive=exhaustive, max_examples=5)
    assert found["deterministic"].outcome is Outcome.REFUTED
    assert "fails the second time" in found["deterministic"].message
