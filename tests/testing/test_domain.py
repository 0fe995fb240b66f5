"""The domain of a script: what comments say of bands makes it known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from oso_evalscript import Program, Source
from oso_evalscript.testing.check import check
from oso_evalscript.testing.domain import Domain, find_domain
from oso_evalscript.testing.properties import Outcome

OWN = """//VERSION=3
{comment}
function setup() {{ return {{ input: ["B1", "dataMask"], output: {{ bands: 3 }} }}; }}
function evaluatePixel(s) {{ return [s.B1 / 10, 0, s.dataMask]; }}
"""


def domain_of(comment: str) -> Domain | str:
    with Program(Source(OWN.format(comment=comment), "own.js")) as program:
        return find_domain(program)


@pytest.mark.parametrize(
    ("comment", "values"),
    [
        ("// oso: band B1 uint8 0..10", np.arange(11, dtype=np.uint8)),
        ("// oso: band B1 int16 -5..5", np.arange(-5, 6, dtype=np.int16)),
        ("// my classes; oso: band B1 UINT8", np.arange(256, dtype=np.uint8)),
    ],
)
def test_a_declared_band_has_these_values(comment: str, values: Any) -> None:
    domain = domain_of(comment)
    assert isinstance(domain, Domain)
    assert domain.axes[0].values.dtype == values.dtype
    np.testing.assert_array_equal(domain.axes[0].values, values)


def test_what_is_not_declared_is_not_known_and_the_advice_says_how() -> None:
    advice = "B1 may have too many values; declare them in the script, as in `// oso: band B1 uint8`"
    assert domain_of("") == advice
    assert domain_of("// oso: band B1 float32 0..1") == advice
    with Program(Source("return [B04];", "x.js")) as program:
        assert find_domain(program) == "B04 may have too many values"


def test_classes_of_one_s_own_are_proved() -> None:
    with Program(Source(OWN.format(comment="// oso: band B1 uint8 0..10"), "own.js")) as program:
        assert {verdict.outcome for verdict in check(program)} == {Outcome.PROVED}
