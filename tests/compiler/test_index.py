from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import compile, evaluate
from oso_evalscript.compiler.index import IndexSpec
from oso_evalscript.compiler.steps import Shade, Steps
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.ramps import RampName, named_ramp, stepped
from oso_evalscript.testing.meaning import reference

samples = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 1)), min_size=1, max_size=40).map(
    lambda rows: np.array(rows, dtype=np.float64).T[:, np.newaxis]
)


@settings(max_examples=15)
@given(samples, st.sampled_from([(-1.0, 1.0), (0.0, 0.5)]), st.sampled_from(RampName), st.none() | st.integers(2, 5))
def test_an_index_is_the_difference_by_the_sum(
    drawn: np.ndarray[tuple[int, int, int], np.dtype[np.float64]],
    limits: tuple[float, float],
    ramp: RampName,
    bins: int | None,
) -> None:
    first, second, mask = drawn
    low, high = limits
    spec = IndexSpec(name="x", first="B08", second="B04", low=low, high=high, ramp=ramp, bins=bins, raw=True)
    out = evaluate(compile(spec), {"B08": first, "B04": second, "dataMask": mask})
    with np.errstate(invalid="ignore"):
        expected = np.where(mask == 1, (first - second) / (first + second), np.nan)
    np.testing.assert_allclose(out["index"][0], expected, rtol=1e-6)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(out["default"][3], np.where(known, 255, 0))
    assert not out["default"][:3, ~known].any()
    if bins is None:  # beyond the ends, the colours of the ends
        ends = named_ramp(ramp, low, high)
        for at, color in ((known & (expected <= low), ends[0][1]), (known & (expected >= high), ends[-1][1])):
            assert {tuple(pixel) for pixel in out["default"][:3, at].T.tolist()} <= {color.rgb}
    else:
        assert len({tuple(pixel) for pixel in out["default"][:3, known].T.tolist()}) <= bins


@pytest.mark.parametrize("ramp", RampName)
@pytest.mark.parametrize(("low", "high", "bins"), [(-0.2, 0.9, None), (-1.0, 1.0, None), (0.0, 0.7, 7)])
def test_an_index_of_any_pair_of_bytes_has_the_colour_of_the_exact_ramp(
    ramp: RampName, low: float, high: float, bins: int | None
) -> None:
    spec = IndexSpec(name="x", first="B08", second="B04", low=low, high=high, ramp=ramp, bins=bins)
    first, second = np.divmod(np.arange(1 << 16).reshape(256, 256), 256)
    bands = {"B08": first, "B04": second, "dataMask": np.ones_like(first)}
    exact = named_ramp(ramp, low, high)
    shade = Shade(exact) if bins is None else Steps(stepped(exact, bins))
    assert spec.steps()[1] == shade
    np.testing.assert_array_equal(evaluate(compile(spec), bands)["default"], reference(spec)(bands)["default"])


def test_the_browser_gets_clouds_where_the_collection_has_them() -> None:
    spec = IndexSpec(name="x", first="B08", second="B04", browser=True)
    scl = np.arange(12).reshape(1, 12)
    out = evaluate(compile(spec), {"B08": scl * 0 + 0.75, "B04": scl * 0 + 0.25, "SCL": scl, "dataMask": scl * 0 + 1})
    assert out["eobrowserStats"][0].tolist() == [[0.5] * 12]
    assert np.flatnonzero(out["eobrowserStats"][1]).tolist() == [8, 9, 10]
    assert out["dataMask"].tolist() == [[[1] * 12]]
    without = IndexSpec(name="x", collection="sentinel-2-l1c", first="B08", second="B04", browser=True).contract()
    assert [(output.id, output.bands) for output in without.outputs] == [
        ("default", 4), ("eobrowserStats", 1), ("dataMask", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"second": "B08"}, "expected another band than `first`"),
        ({"first": "SCL"}, "expected a band of sentinel-2-l2a: "),
        ({"first": "dataMask"}, "expected a band of sentinel-2-l2a: "),
        ({"low": 1.0}, "expected less than `high = 1`"),
        ({"collection": "byoc"}, "expected a collection whose bands are known"),
        ({"bins": 1}, "expected a whole number from 2 to 64"),
    ],
)
def test_what_makes_no_index_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        IndexSpec(**{"name": "x", "first": "B08", "second": "B04", **values})
