from __future__ import annotations

import os
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import compile, evaluate
from oso_evalscript.compiler.keys import named_band
from oso_evalscript.compiler.spec import SPECS, ConfidenceSpec, PaletteSpec, RampSpec, Spec, load_spec, spec_from_dict
from oso_evalscript.compiler.steps import bands_read
from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.ramps import RampName, named_ramp, stepped
from tests.conftest import ROOT
from tests.strategies import specs

PALETTE: dict[str, Any] = {"template": "palette", "name": "p"}
CONFIDENCE: dict[str, Any] = {"template": "confidence", "name": "c", "threshold": 60}


def as_toml_values(spec: Spec) -> dict[str, Any]:
    values: dict[str, Any] = {"template": spec.template}
    for item in fields(spec):
        value = getattr(spec, item.name)
        if value is not None:
            values[item.name] = (
                str(value) if isinstance(value, Color) else list(value) if isinstance(value, tuple) else value
            )
    return values


@given(specs())
def test_a_spec_reads_back_from_its_plain_values(spec: Spec) -> None:
    assert spec_from_dict(as_toml_values(spec)) == spec


@given(specs())
def test_the_contract_asks_for_exactly_what_the_steps_read(spec: Spec) -> None:
    assert spec.contract().bands == bands_read(spec.steps())
    assert len(spec.contract().inputs) == 1


@given(st.dictionaries(st.sampled_from(["template", "name", "classes", "alpha", "background", "threshold", "below", "band", "x"]),
                       st.one_of(st.sampled_from([*SPECS, "none", "#ff00ff", "grey", "OCS_Validity", True, 0, 101, 1.5]),
                                 st.lists(st.integers(-1, 30), max_size=3), st.text(max_size=4)),
                       max_size=6))  # fmt: skip
def test_any_values_give_a_spec_or_one_sentence(values: dict[str, Any]) -> None:
    try:
        spec = spec_from_dict(values)
    except SpecError as error:
        assert str(error)
        assert "\n" not in str(error)
    else:
        assert spec.contract()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, 'the key `template` is missing: expected "palette" or "mask" or "confidence" or "ramp"'),
        ({"template": "pallete"}, '`template = "pallete"` is not allowed: expected "palette" or'),
        ({**CONFIDENCE, "threshold": 101}, "`threshold = 101` is not allowed: expected a whole number from 1 to 100"),
        ({**CONFIDENCE, "threshold": 0}, "`threshold = 0` is not allowed: expected a whole number from 1 to 100"),
        ({**CONFIDENCE, "threshold": True}, "`threshold = true` is not allowed: expected a whole number"),
        ({**CONFIDENCE, "threshold": 59.5}, "`threshold = 59.5` is not allowed: expected a whole number"),
        ({**CONFIDENCE, "validity": 0}, "`validity = 0` is not allowed: expected a whole number from 1 on"),
        ({**CONFIDENCE, "below": "gray"}, '`below = "gray"` is not allowed: expected "transparent" or "grey" or "faded" or'),
        ({"template": "confidence", "name": "c"}, "the key `threshold` is missing: the least confidence"),
        ({**CONFIDENCE, "treshold": 1}, "`treshold = 1`: the template `confidence` has no such key; did you mean `threshold`?"),
        ({**PALETTE, "zzz": 1}, "`zzz = 1`: the template `palette` has no such key; the keys are name, title, nomenclature"),
        ({**PALETTE, "classes": [1, 99]}, "`classes = [1, 99]` is not allowed: expected codes of oso-23, 1 to 23; 99 is not one of them"),
        ({**PALETTE, "classes": []}, "`classes = []` is not allowed: expected codes of oso-23, 1 to 23, at least one"),
        ({**PALETTE, "classes": [1, 1]}, "`classes = [1, 1]` is not allowed: expected codes of oso-23, 1 to 23, each once"),
        ({**PALETTE, "classes": ["1"]}, "`classes = [\"1\"]` is not allowed: expected codes, labels or groups of oso-23; `1` is not one of them"),
        ({**PALETTE, "nomenclature": "cadastre"}, '`nomenclature = "cadastre"` is not allowed: there is no nomenclature'),
        ({**PALETTE, "alpha": "none", "background": "#12345"}, '`background = "#12345"` is not allowed: expected a colour'),
        ({**PALETTE, "alpha": "none", "background": 0}, "`background = 0` is not allowed: expected a colour"),
        ({**PALETTE, "background": "#123456"}, '`background = "#123456"` is not allowed: expected a background only'),
        ({"template": "ramp", "name": "r", "band": "OCS"}, '`band = "OCS"` is not allowed: expected "OCS_Confidence" or'),
        ({"template": "palette", "name": 3}, "`name = 3` is not allowed: expected a string"),
    ],
)  # fmt: skip
def test_bad_values_are_refused_in_words(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_dict(values)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"template": "mask", "name": "m"}, "the key `classes` is missing, or `groups`"),
        ({"template": "mask", "name": "m", "groups": ["sea"]}, '`groups = ["sea"]` is not allowed: expected groups of oso-23, "built-up" or'),
        ({"template": "mask", "name": "m", "classes": [1], "nodata": 1}, "`nodata = 1` is not allowed: expected a value that no pixel with data can have"),
        ({"template": "mask", "name": "m", "classes": [1], "values": "code", "nodata": 23}, "`nodata = 23` is not allowed"),
        ({"template": "mask", "name": "m", "classes": [1], "values": "palette", "nodata": 0}, "`nodata = 0` is not allowed: expected none"),
        ({**CONFIDENCE, "bins": 4}, '`bins = 4` is not allowed: expected bins only together with `below = "shaded"`'),
        ({"template": "ramp", "name": "r", "band": "OCS_Validity", "ramp": "jet"}, '`ramp = "jet"` is not allowed: expected "viridis" or'),
        ({"template": "ramp", "name": "r", "band": "OCS_Validity", "bins": 1}, "`bins = 1` is not allowed: expected a whole number from 2 to 64"),
        ({"template": "values", "name": "v", "bands": ["B04"]}, '`bands = ["B04"]` is not allowed: expected bands of cnes-land-cover'),
        ({"template": "values", "name": "v", "bands": [1]}, "`bands = [1]` is not allowed: expected a list of strings"),
        ({"template": "values", "name": "v", "bands": ["OCS"], "collection": "moon"}, '`collection = "moon"` is not allowed'),
        ({"template": "regroup", "name": "r", "to": "oso-17"}, "no source confirms what class 5 is in oso-17: leave it out of `classes`, or say `unverified = true`"),
        ({"template": "regroup", "name": "r", "to": "oso-17", "unverified": True}, "class 7 may be 11 or 12 in oso-17: leave it out of `classes`, or choose, as in `choices = [[7, 11]]`"),
        ({"template": "regroup", "name": "r", "to": "oso-17", "unverified": 1}, "`unverified = 1` is not allowed: expected `true` or `false`"),
        ({"template": "regroup", "name": "r", "to": "oso-23"}, '`to = "oso-23"` is not allowed: expected another nomenclature, or `groups`'),
        ({"template": "index", "name": "i", "first": "B08", "second": "B08"}, '`second = "B08"` is not allowed: expected another band'),
        ({"template": "index", "name": "i", "first": "OCS", "second": "B08"}, '`first = "OCS"` is not allowed: expected a band of sentinel-2-l2a'),
        ({"template": "index", "name": "i", "first": "B04", "second": "B08", "low": 1}, "`low = 1.0` is not allowed: expected less than `high = 1`"),
        ({"template": "index", "name": "i", "first": "B04", "second": "B08", "low": float("nan")}, "`low = nan` is not allowed: expected a number"),
    ],
)  # fmt: skip
def test_bad_values_of_the_other_templates_are_refused_in_words(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_dict(values)
    assert str(caught.value).startswith(message)


def test_only_verified_rows_of_the_crosswalk_need_no_word() -> None:
    spec = spec_from_dict({"template": "regroup", "name": "r", "to": "oso-17", "classes": [1, 16, 23]})
    assert "unverified" not in compile(spec).text
    assert "  16: 31, // Hardwood forest -> Broad-leaved forest\n" in compile(spec).text


def test_python_is_checked_like_toml() -> None:
    spec = PaletteSpec(name="p", classes=[2, 1], alpha="none", background="#102030")  # type: ignore[arg-type]
    assert spec == PaletteSpec(name="p", classes=(2, 1), alpha=spec.alpha, background=Color(0x102030))
    assert hash(spec)
    with pytest.raises(SpecError, match="threshold = 101"):
        ConfidenceSpec(name="c", threshold=101)


def test_a_file_is_named_in_every_refusal(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    for content, message in [
        (b'template = "confidence"\nthreshold = 101', "spec.toml: `threshold = 101` is not allowed"),
        (b"template = ", "spec.toml: is not TOML: "),
        ("template = 'é'".encode("latin-1"), "spec.toml: is not UTF-8; save the file in that encoding"),
        (b"", "spec.toml: the key `template` is missing"),
        (b'template = "palette"\nclasses = [1979-05-27]', "spec.toml: `classes = [1979-05-27]` is not allowed"),
        (b'template = "confidence"\nthreshold = ' + b"9" * 5000, "spec.toml: is not TOML: "),
        (
            b'template = "confidence"\nthreshold = 0x' + b"f" * 5000,
            "spec.toml: `threshold = a very large number` is not",
        ),
        (b'template = "palette"\nclasses = ' + b"[" * 5000, "spec.toml: is not TOML: "),
        (b"#" * 2_000_000, "spec.toml: is larger than 1,000,000 bytes, which no spec is"),
    ]:
        path.write_bytes(content)
        with pytest.raises(SpecError) as caught:
            load_spec(path)
        assert message in str(caught.value)
    with pytest.raises(SpecError, match=r"none\.toml: cannot be read \(No such file or directory\)"):
        load_spec(tmp_path / "none.toml")
    with pytest.raises(SpecError, match="Is a directory"):
        load_spec(tmp_path)
    with pytest.raises(SpecError, match="/dev/zero: is not a regular file"):
        load_spec("/dev/zero")


def test_the_name_is_the_file_s_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b'\xef\xbb\xbftemplate = "palette"\r\n')
    assert load_spec(path).name == "mine"
    odd = tmp_path / os.fsdecode(b"\xff.toml")
    odd.write_text('template = "palette"')
    assert compile(load_spec(odd)).text.splitlines()[2] == "// \ufffd"
    path.write_text('template = "palette"\nname = "other"')
    assert load_spec(path).name == "other"


@pytest.mark.parametrize("path", sorted((ROOT / "evalscripts").glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_specs_load(path: Path) -> None:
    assert load_spec(path).name == path.stem


@pytest.mark.parametrize("bins", [None, 2, 7, 64])
@pytest.mark.parametrize("ramp", [None, *RampName])
@pytest.mark.parametrize("band", ["OCS_Confidence", "OCS_Validity"])
def test_a_ramp_with_rounded_stops_paints_each_value_as_the_exact_one(
    band: str, ramp: RampName | None, bins: int | None
) -> None:
    known = named_band(band)
    exact = named_ramp(ramp, known.ramp[0][0], known.ramp[-1][0]) if ramp else known.ramp
    values = np.arange(256)
    if bins:
        starts = stepped(exact, bins)
        wanted = np.array([color.rgb for _, color in starts])[(values[:, None] >= [at for at, _ in starts[1:]]).sum(1)]
    else:
        at, channels = np.array([at for at, _ in exact]), np.array([color.rgb for _, color in exact])
        above = np.clip(np.searchsorted(at, values), 1, len(at) - 1)
        share = np.clip((values - at[above - 1]) / (at[above] - at[above - 1]), 0, 1)[:, None]
        wanted = np.floor(channels[above - 1] * (1 - share) + channels[above] * share)
    script = compile(RampSpec(name="r", band=band, ramp=ramp, bins=bins))
    painted = evaluate(script, {band: values[None], "dataMask": np.ones((1, 256))})["default"][:, 0]
    high = 255 if known.high is None else int(known.high)
    np.testing.assert_array_equal(painted[3], np.where((values >= 1) & (values <= high), 255, 0))
    np.testing.assert_array_equal(painted[:3, 1 : high + 1].T, wanted[1 : high + 1])


@pytest.mark.parametrize("kind", SPECS.values(), ids=list(SPECS))
def test_each_choice_can_be_written_as_its_enum_or_as_text(kind: type[Spec]) -> None:
    for name, hint in get_type_hints(kind).items():
        options = get_args(hint) or (hint,)
        enums = [option for option in options if isinstance(option, type) and issubclass(option, StrEnum)]
        literals = [get_args(option) for option in options if get_origin(option) is Literal]
        assert [tuple(map(str, enum)) for enum in enums] == literals, f"{kind.__name__}.{name}"
