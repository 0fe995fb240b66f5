"""What is found, how small it is, and what is said of it."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from oso_evalscript import Program, Source, compile, load_nomenclature, load_spec
from oso_evalscript.compiler.choice import Colors
from oso_evalscript.compiler.spec import ConfidenceSpec, PaletteSpec
from oso_evalscript.model.catalog import find_class_band
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.nomenclature import available, shipped_nomenclature
from oso_evalscript.testing.check import Exhaustive, check
from oso_evalscript.testing.domain import Domain, find_domain
from oso_evalscript.testing.intent import intended
from oso_evalscript.testing.properties import (
    BASIC,
    Outcome,
    Property,
    Verdict,
    constant_in,
    masked_is_nodata,
    masked_is_transparent,
    matches,
    monotone,
    no_foreign_color,
    palette_exact,
)
from tests.conftest import ROOT

OSO = load_nomenclature("oso-23")
SETUP = 'function setup() { return { input: ["OCS", "OCS_Confidence", "dataMask"], output: { bands: 4 } }; }\n'


def pixel(body: str, setup: str = SETUP, more: str = "") -> Source:
    return Source(f"//VERSION=3\n{setup}{more}function evaluatePixel(s) {{\n{body}\n}}\n", "x.js")


def verdicts(source: Source, *properties: Property, **options: Any) -> dict[str, Verdict]:
    with Program(source) as program:
        return {verdict.name: verdict for verdict in check(program, properties, **options)}


def refuted(found: dict[str, Verdict]) -> dict[str, Verdict]:
    return {name: verdict for name, verdict in found.items() if verdict.outcome is Outcome.REFUTED}


def smallest(source: Source, fails: Any) -> dict[str, int]:
    """The first input in order on which something fails, found by trying one after the other."""
    with Program(source) as program:
        domain = find_domain(program)
        assert isinstance(domain, Domain)
        for values in product(*(axis.values.tolist() for axis in domain.axes)):
            inputs = dict(zip((axis.band for axis in domain.axes), values, strict=True))
            if fails(inputs):
                return inputs
    raise AssertionError("nothing fails")


def test_one_wrong_class_among_23_is_found() -> None:
    spec = PaletteSpec(name="p")
    text = compile(spec).text.replace("0xffb802", "0xffb803")
    found = refuted(verdicts(Source(text, "x.js"), *intended(Source(text), spec)))
    assert set(found) == {"matches", "palette_exact"}
    example = found["matches"].counterexample
    assert example is not None
    assert example.inputs == {"OCS": 21, "dataMask": 0}
    assert (example.outputs, example.expected) == ({"default": (255, 184, 3, 0)}, {"default": (255, 184, 2, 0)})
    assert example.line is not None
    assert text.split("\n")[example.line - 1].startswith("  return [color[0]")
    assert found["palette_exact"].counterexample is not None
    assert found["palette_exact"].counterexample.inputs == {"OCS": 21, "dataMask": 1}


def test_five_values_for_one_class_are_found() -> None:
    source = pixel("if (s.OCS === 13) {\n  return [1, 1, 0, 1, 1];\n}\nreturn [0, 0, 0, s.dataMask];")
    with Program(source, strict=True) as program:
        found = refuted({verdict.name: verdict for verdict in check(program)})
    assert set(found) == {"keeps_contract"}
    example = found["keeps_contract"].counterexample
    assert example is not None
    assert example.inputs == {"OCS": 13, "OCS_Confidence": 0, "dataMask": 0}
    assert example.line == 5
    verdict = verdicts(source)["keeps_contract"]  # the service very probably drops the fifth
    assert verdict.outcome is Outcome.PROVED
    assert verdict.notes == (
        "5 values for 4 bands of the output `default`: the last 1 is dropped, in 0.4 % of the 131,072 inputs",
    )


def test_a_failure_in_one_corner_is_found() -> None:
    source = pixel("if (s.OCS_Confidence === 100 && s.dataMask === 0) {\n  return s.none.at;\n}\nreturn [0, 0, 0, 1];")
    found = refuted(verdicts(source))
    assert set(found) == {"total"}
    example = found["total"].counterexample
    assert example is not None
    assert example.inputs == {"OCS": 0, "OCS_Confidence": 100, "dataMask": 0}
    assert example.line == 5
    assert "at the pixel" not in found["total"].message


def test_state_is_found() -> None:
    source = pixel("count++;\nreturn [count % 2, 0, 0, 1];", more="let count = 0;\n")
    found = refuted(verdicts(source))
    assert {"deterministic", "pixelwise"} >= set(found) != set()


def test_an_early_pixel_that_leaks_into_later_ones_is_found() -> None:
    source = pixel("if (s.OCS === 7) seen = 1;\nreturn [seen, 0, 0, 1];", more="let seen = 0;\n")
    found = refuted(verdicts(source))
    assert "pixelwise" in found


def test_clamping_is_noted_and_no_fault() -> None:
    verdict = verdicts(pixel("return [s.OCS > 250 ? 1.5 : s.OCS / 250, 0, s.OCS === 5 ? -1 : s.OCS / 255, 1];"))[
        "fits_sample_type"
    ]
    assert verdict.outcome is Outcome.PROVED
    assert verdict.notes == (
        "the output `default` is clamped: band 0 above 1 in 2.0 %, band 2 below 0 in 0.4 % of the 131,072 inputs",
    )


def test_a_division_by_zero_without_data_is_found() -> None:
    source = pixel("return [(s.OCS / 255) * (s.dataMask / s.dataMask), 0, 0, 1];")
    verdict = refuted(verdicts(source))["fits_sample_type"]
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == {"OCS": 0, "OCS_Confidence": 0, "dataMask": 0}
    assert "is NaN" in verdict.message


def test_a_band_that_vanishes_is_found() -> None:
    source = pixel("return [s.OCS / 1e6, 0, 0, 1];")
    assert refuted(verdicts(source))["fits_sample_type"].message == (
        "band 0 of the output `default` is stored as 0 whatever its value"
    )


@pytest.mark.parametrize(
    ("body", "fails"),
    [
        ("return [s.OCS + s.OCS_Confidence > 300 && s.dataMask === 1 ? NaN : 0, 0, 0, 1];",
         lambda i: i["OCS"] + i["OCS_Confidence"] > 300 and i["dataMask"] == 1),
        ("if (s.OCS_Confidence % 7 === 3 && s.OCS > 2) throw 1; return [0, 0, 0, 1];",
         lambda i: i["OCS_Confidence"] % 7 == 3 and i["OCS"] > 2),
        ("if (s.OCS === s.OCS_Confidence && s.OCS > 9 && s.dataMask === 0) return []; return [0, 0, 0, 1];",
         lambda i: i["OCS"] == i["OCS_Confidence"] > 9 and i["dataMask"] == 0),
    ],
)  # fmt: skip
def test_the_smallest_input_is_the_smallest(body: str, fails: Any) -> None:
    source = pixel(body)
    (verdict,) = refuted(verdicts(source)).values()
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == smallest(source, fails)


def test_proof_and_sampling_are_told_apart() -> None:
    source = pixel("return [0, 0, 0, s.dataMask];")
    proved = verdicts(source)
    assert {name: verdict.outcome for name, verdict in proved.items()} == dict.fromkeys(BASIC, Outcome.PROVED)
    assert proved["total"].message == "proved on 131,072 of 131,072 inputs"
    assert proved["pixelwise"].message == "proved from the text: it keeps no state"
    sampled = verdicts(source, exhaustive=Exhaustive.NEVER, max_examples=20)
    assert sampled["total"].message == "no counterexample in 20 examples"
    assert sampled["total"].outcome is Outcome.UNREFUTED
    with pytest.raises(OsoError, match=r"x\.js: its inputs cannot all be tried: B04 may have too many values"):
        verdicts(Source("return [B04];", "x.js"), exhaustive=Exhaustive.ALWAYS)


def test_properties_that_cannot_be_asked_say_why() -> None:
    source = pixel("return [1];", 'function setup() { return { input: ["OCS"], output: { bands: 1 } }; }\n')
    properties = (masked_is_transparent(), masked_is_nodata(), palette_exact(OSO, "OCS"), monotone("OCS_Confidence"))
    found = verdicts(source, *properties)
    assert [found[item.name].message for item in properties] == [
        "does not apply: it does not read dataMask",
        "does not apply: it does not read dataMask",
        "does not apply: it has no output of 3 or 4 bands of 8 bits",
        "does not apply: it does not read OCS_Confidence",
    ]
    sampled = verdicts(pixel("return [0, 0, 0, 0];"), constant_in("OCS"), exhaustive=Exhaustive.NEVER, max_examples=5)
    assert sampled["constant_in"].message == "does not apply: it needs all inputs: exhaustive testing is disabled"


@pytest.mark.parametrize(
    ("body", "property_", "inputs"),
    [
        ("return [0, 0, 0, 1];", masked_is_transparent(), {"OCS": 0, "OCS_Confidence": 0, "dataMask": 0}),
        ("return [0, 0, 0, 1];", masked_is_nodata(255), {"OCS": 0, "OCS_Confidence": 0, "dataMask": 0}),
        ("return [0, 0, 0, 1];", palette_exact(OSO, "OCS"), {"OCS": 1, "OCS_Confidence": 0, "dataMask": 1}),
        ("return [s.OCS > 23 ? 1 : 0, 0, s.OCS > 23 ? 1 : 0, 1];", no_foreign_color(OSO, "OCS"),
         {"OCS": 24, "OCS_Confidence": 0, "dataMask": 0}),
        ("return [s.OCS_Confidence === 9 ? 0 : 1, 0, 0, 1];", monotone("OCS_Confidence"),
         {"OCS": 0, "OCS_Confidence": 9, "dataMask": 0}),
        ("return [s.OCS_Confidence === 9 ? 0 : 1, 0, 0, 1];", constant_in("OCS_Confidence"),
         {"OCS": 0, "OCS_Confidence": 9, "dataMask": 0}),
        ("return [1, 0, 0, 1];", matches(lambda bands: {"default": np.array([255, 0, 0, 255]).reshape(4, 1, 1, 1) * (bands["OCS"] != 5)}),
         {"OCS": 5, "OCS_Confidence": 0, "dataMask": 0}),
    ],
    ids=lambda value: value.name if isinstance(value, Property) else "",
)  # fmt: skip
def test_each_property_fails_where_it_should(body: str, property_: Property, inputs: dict[str, int]) -> None:
    verdict = verdicts(pixel(body), property_, basic=())[property_.name]
    assert verdict.counterexample is not None
    assert verdict.counterexample.inputs == inputs


SHIPPED = sorted((ROOT / "evalscripts").glob("*.toml"))
INFINITE = ("change", "index")  # samples that are lists, bands of 16 bits


@pytest.mark.parametrize(
    "path", [path for path in SHIPPED if load_spec(path).template not in INFINITE], ids=lambda path: path.stem
)
def test_every_shipped_script_is_proved_to_mean_its_spec(path: Any) -> None:
    source = Source.read(path.with_suffix(".js"))
    found = verdicts(source, *intended(source, load_spec(path)))
    assert {verdict.outcome for verdict in found.values()} == {Outcome.PROVED}, found
    assert "matches" in found


@pytest.mark.parametrize(
    "path", [path for path in SHIPPED if load_spec(path).template in INFINITE], ids=lambda path: path.stem
)
def test_no_counterexample_is_found_where_not_every_input_can_be_tried(path: Any) -> None:
    source = Source.read(path.with_suffix(".js"))
    found = verdicts(source, *intended(source, load_spec(path)), max_examples=50)
    assert {verdict.outcome for verdict in found.values()} <= {Outcome.PROVED, Outcome.UNREFUTED}, found


def test_a_spec_of_another_threshold_is_told_apart() -> None:
    spec = ConfidenceSpec(name="x", threshold=50)
    other = ConfidenceSpec(name="x", threshold=51)
    found = refuted(verdicts(compile(spec), *intended(compile(spec), other)))
    assert found["matches"].counterexample is not None
    assert found["matches"].counterexample.inputs == {"OCS": 1, "OCS_Confidence": 50, "dataMask": 0}


def test_inputs_are_drawn_where_trying_all_would_take_minutes() -> None:
    slow = pixel("let a = 0;\nfor (let i = 0; i < 2e6; i++) a = (a + i) % 7;\nreturn [a / 7, 0, 0, 1];")
    assert verdicts(slow, max_examples=5)["total"].outcome is Outcome.UNREFUTED


def test_all_inputs_are_tried_for_as_long_as_it_takes_where_that_is_asked_for() -> None:
    text = "let a = 0;\nfor (let i = 0; i < 4e4; i++) a = (a + i) % 7;\nreturn [a / 7, 0, 0, 1];"
    one = 'function setup() { return { input: ["OCS"], output: { bands: 4 } }; }\n'
    assert verdicts(pixel(text, one), exhaustive=Exhaustive.ALWAYS)["total"].outcome is Outcome.PROVED


@pytest.mark.parametrize("id", available())
def test_the_palette_of_every_table_is_proved_on_all_codes(id: str) -> None:
    table = shipped_nomenclature(id)
    for colors in (Colors.CLASSES, Colors.SAFE) if all(item.safe for item in table.classes) else (Colors.CLASSES,):
        spec = PaletteSpec(name="p", nomenclature=id, colors=colors, band=None if find_class_band(id) else "codes")
        source = compile(spec)
        with Program(source) as program:
            found = check(program, intended(source, spec))
        assert {"palette_exact", "no_foreign_color"} <= {verdict.name for verdict in found}
        assert {verdict.outcome for verdict in found} == {Outcome.PROVED}, found
        assert max(verdict.tried for verdict in found) >= 512
