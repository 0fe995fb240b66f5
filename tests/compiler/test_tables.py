from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import compile, evaluate
from oso_evalscript.compiler.keys import NODATA, WIDE_NODATA, CountBy, class_band
from oso_evalscript.compiler.tables import (
    ClassValues,
    OutputLayout,
    OutputNames,
    RegroupSpec,
    StatisticsSpec,
    ValuesSpec,
)
from oso_evalscript.model.crosswalk import crosswalk, crosswalks
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Language, shipped_nomenclature

CODES = np.arange(256, dtype=np.uint8).reshape(2, 128)
FULL = np.ones_like(CODES)
ids = st.sampled_from(["oso-17", "oso-23"])


def chosen(id: str) -> st.SearchStrategy[tuple[int, ...] | None]:
    codes = shipped_nomenclature(id).codes
    return st.none() | st.lists(st.sampled_from(codes), min_size=1, unique=True).map(tuple)


@settings(max_examples=10)
@given(st.permutations(["OCS", "OCS_Confidence", "OCS_Validity"]), st.integers(1, 3), st.sampled_from(OutputLayout))
def test_bands_come_out_as_they_are(bands: list[str], count: int, outputs: OutputLayout) -> None:
    spec = ValuesSpec(name="x", bands=tuple(bands[:count]), outputs=outputs)
    given_bands = {name: np.roll(CODES, place) for place, name in enumerate(bands)}
    out = evaluate(compile(spec), {**given_bands, "dataMask": FULL})
    stored = np.concatenate([out[output.id] for output in spec.contract().outputs])
    np.testing.assert_array_equal(stored, [*(given_bands[name] for name in bands[:count]), FULL])


@settings(max_examples=10)
@given(ids.flatmap(lambda id: st.tuples(st.just(id), chosen(id))))
def test_each_class_becomes_the_number_of_its_group(drawn: tuple[str, tuple[int, ...] | None]) -> None:
    id, classes = drawn
    table = shipped_nomenclature(id)
    expected = np.full(256, NODATA)
    for place, group in enumerate(table.groups, 1):
        for item in table.members(group.id):
            if classes is None or item.code in classes:
                expected[item.code] = place
    out = evaluate(compile(RegroupSpec(name="x", nomenclature=id, classes=classes)), {"OCS": CODES, "dataMask": FULL})
    np.testing.assert_array_equal(out["default"][0].ravel(), expected)


@pytest.mark.parametrize(("origin", "target"), [(walk.origin, walk.target) for walk in crosswalks()])
def test_each_class_becomes_one_that_the_crosswalk_gives(origin: str, target: str) -> None:
    walk = crosswalk(origin, target)
    choices = tuple((row.code, row.codes[-1]) for row in walk.rows if len(row.codes) > 1)
    classes = tuple(row.code for row in walk.rows)
    spec = RegroupSpec(name="x", nomenclature=origin, to=target, classes=classes, unverified=True, choices=choices)
    band = class_band(origin).name
    codes = np.arange(1000, dtype=np.uint16)[np.newaxis]
    scene = {band: codes, "dataMask": np.ones_like(codes)}
    out = evaluate(compile(spec), scene)["default"][0].ravel()
    expected = {row.code: row.codes[-1] for row in walk.rows}
    nodata = WIDE_NODATA if max(expected.values()) >= NODATA else NODATA
    assert [expected.get(code, nodata) for code in range(1000)] == out.tolist()
    in_color = replace(spec, values=ClassValues.COLORS)
    painted = evaluate(compile(in_color), scene)["default"].reshape(4, 1000)
    colors = {item.code: [*item.color.rgb, 255] for item in shipped_nomenclature(target).classes}
    assert painted.T.tolist() == [colors[expected[code]] if code in expected else [0] * 4 for code in range(1000)]


@settings(max_examples=10)
@given(
    ids.flatmap(lambda id: st.tuples(st.just(id), chosen(id))),
    st.sampled_from(CountBy),
    st.sampled_from(OutputNames),
    st.sampled_from(Language),
)
def test_each_class_counts_in_one_band(
    drawn: tuple[str, tuple[int, ...] | None], by: CountBy, names: OutputNames, language: Language
) -> None:
    id, classes = drawn
    spec = StatisticsSpec(name="x", nomenclature=id, classes=classes, by=by, names=names, language=language)
    shares, mask = spec.contract().outputs
    assert len(set(shares.names)) == shares.bands
    assert all(name.isidentifier() and name.isascii() for name in shares.names)
    out = evaluate(compile(spec), {"OCS": CODES, "dataMask": FULL})
    counted = out["shares"].reshape(-1, 256)
    codes = classes if classes is not None else shipped_nomenclature(id).codes
    assert np.flatnonzero(counted.sum(axis=0)).tolist() == sorted(codes)
    assert counted.sum(axis=0).max() == 1
    assert counted.any(axis=1).all()  # no band is without a class
    assert out[mask.id].all()


@pytest.mark.parametrize(
    ("spec", "values", "message"),
    [
        (ValuesSpec, {"bands": ("OCS", "OCS")}, "bands of cnes-land-cover, each once"),
        (ValuesSpec, {"bands": ()}, "bands of cnes-land-cover, each once"),
        (ValuesSpec, {"bands": ("B04",), "collection": "sentinel-2-l2a"}, "bands of sentinel-2-l2a"),
        (RegroupSpec, {"to": "oso-23"}, 'expected another nomenclature, or `groups`'),
        (RegroupSpec, {"to": "cadastre"}, "`to = \"cadastre\"` is not allowed"),
        (RegroupSpec, {"choices": ((1, 1),)}, "another nomenclature where `choices` or `unverified` are given"),
        (RegroupSpec, {"to": "oso-17", "classes": (1,), "choices": ((1, 99),)}, "a row of the crosswalk to oso-17"),
        (RegroupSpec, {"to": "oso-17", "classes": (1,), "choices": ((1, 41), (1, 42))}, "each code once"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(
    spec: type[ValuesSpec | RegroupSpec], values: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        spec(name="x", **values)
