from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Source, compile, fix, load_nomenclature
from oso_evalscript.compiler.spec import PaletteSpec
from oso_evalscript.testing.difference import Difference, Incomparable, compare, shared_domain
from oso_evalscript.testing.domain import Domain
from oso_evalscript.testing.sampling import search_difference
from tests.conftest import ROOT

PAGE = fix(Source.read(ROOT / "tests/scripts/err/cnes_land_cover_page.js")).source
OSO = load_nomenclature("oso-23").codes


def pixel(body: str, bands: str = '"OCS", "dataMask"') -> Source:
    return Source(
        f"function setup() {{ return {{ input: [{bands}], output: {{ bands: 1, sampleType: 'UINT8' }} }}; }}\n"
        f"function evaluatePixel(s) {{\n  {body}\n}}"
    )


def difference(one: Source, other: Source, **options: Any) -> Difference:
    with Program(one) as first, Program(other) as second:
        domain = shared_domain(first, second)
        assert isinstance(domain, Domain)
        return compare(first, second, domain, **options)


def test_the_page_and_a_palette_on_black_differ_where_there_is_no_class() -> None:
    found = difference(PAGE, compile(PaletteSpec(name="rgb", alpha="none")))
    assert found.by_code is not None
    assert sorted(found.by_code["OCS"]) == [code for code in range(256) if code not in OSO]
    assert (found.tried, found.total, found.differing) == (512, 512, 466)
    assert found.inputs == {"OCS": 0, "dataMask": 0}
    assert found.outputs == ({"default": (255, 0, 255)}, {"default": (0, 0, 0)})


def test_other_contracts_are_named() -> None:
    with (
        Program(PAGE) as first,
        Program(Source.read(ROOT / "evalscripts/oso_palette.js")) as second,
        pytest.raises(Incomparable, match=r"promises 3 bands of AUTO as `default` and .* promises 4 bands of AUTO"),
    ):
        shared_domain(first, second)


def test_a_refactored_script_is_the_same() -> None:
    chain = pixel("if (s.OCS === 1) return [10]; else if (s.OCS === 2) return [20]; return [0];")
    table = pixel("return [({ 1: 10, 2: 20 })[s.OCS] || 0];", '"OCS"')
    found = difference(chain, table)
    assert found.same
    assert found.total == 512


def test_one_that_fails_differs_from_one_that_does_not() -> None:
    found = difference(pixel("if (s.OCS === 7) throw new Error('no'); return [1];"), pixel("return [1];"))
    assert found.inputs == {"OCS": 7, "dataMask": 0}
    assert found.differing == 2
    assert str(found.outputs[0]).startswith("<script>:3: Error: no")
    both = pixel("if (s.OCS === 7) throw 1; return [1];")
    assert difference(both, pixel("if (s.OCS === 7) throw 2; return [1];")).same


@settings(max_examples=10)
@given(st.integers(0, 255), st.integers(0, 30))
def test_a_tolerance_is_kept_to(code: int, by: int) -> None:
    one, other = pixel("return [100];"), pixel(f"return [s.OCS === {code} ? 100 + {by} : 100];")
    assert difference(one, other, tolerance=by).same
    found = difference(one, other, tolerance=by - 0.5) if by else None
    assert found is None or found.by_code == {"OCS": {code: 2}}


def test_what_is_not_finite_is_searched() -> None:
    one = pixel("return [s.B04 >= 0.25 ? 1 : 0];", '"B04"')
    other = pixel("return [s.B04 > 0.25 ? 1 : 0];", '"B04"')
    with Program(one) as first, Program(other) as second:
        assert shared_domain(first, second) == "B04 may have too many values"
        found = search_difference(first, second)
        assert found.inputs == {"B04": 0.25}
        assert found.total is None
        assert found.outputs == ({"default": (1,)}, {"default": (0,)})
        assert search_difference(first, first, max_examples=30).same


def test_arrays_differ_by_nan_alone_only_once() -> None:
    def script(body: str) -> Source:
        return Source(pixel(body).text.replace("UINT8", "FLOAT32"))

    assert difference(script("return [s.OCS === 3 ? NaN : 1];"), script("return [s.OCS === 3 ? 0 / 0 : 1];")).same
    found = difference(script("return [NaN];"), script("return [s.OCS];"))
    assert found.differing == 512
    assert found.outputs[0] != found.outputs[1]
    assert np.isnan(dict(found.outputs[0])["default"][0])  # type: ignore[arg-type]


def test_scripts_that_may_keep_state_are_not_proved_the_same() -> None:
    stateful = Source(pixel("n++; return [1];").text + "\nlet n = 0;")
    found = difference(stateful, pixel("return [1];"))
    assert found.same
    assert found.doubt.startswith("<script>: it may keep state (line ")
    assert not difference(pixel("return [1];"), pixel("return [1];")).doubt


def test_scripts_that_fail_on_most_inputs_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oso_evalscript.testing.difference._MAX_FAILING", 20)
    inputs = '"OCS", "OCS_Confidence"'
    always = pixel("if (s.OCS > 9) throw 1; return [1];", inputs)
    with pytest.raises(Incomparable, match=r"within 65,536 inputs they fail on 20 and more; `oso-evalscript test`"):
        difference(always, always)
    found = difference(always, pixel("return [1];", inputs))
    assert found.inputs == {"OCS": 10, "OCS_Confidence": 0}
    assert found.total is None
    assert 0 < found.differing <= 20
