from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.steps import Copy, Guard, LookUp, Paint, Shade, Step, bands_read, contract_of
from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import Mosaicking, Output
from tests.conftest import ROOT

bands = st.sampled_from(["B04", "OCS", "dataMask"])
steps = st.lists(
    st.one_of(
        st.builds(LookUp, bands, st.just(())),
        st.builds(Guard, bands, st.none(), st.none()),
        st.builds(Shade, st.just(())),
        st.builds(Paint, st.none() | st.just(Color(0))),
        st.builds(Copy, st.lists(bands, max_size=3).map(tuple), st.booleans()),
    ),
    max_size=4,
)


@given(steps, st.sampled_from(Mosaicking))
def test_a_contract_asks_for_each_band_once_and_for_the_mask_last(drawn: list[Step], mosaicking: Mosaicking) -> None:
    read = [band for step in drawn for band in step.bands]
    asked = bands_read(drawn)
    assert set(asked) == set(read)
    assert len(asked) == len(set(asked))
    assert "dataMask" not in asked[:-1]
    plain = [band for band in asked if band != "dataMask"]
    assert plain == sorted(plain, key=read.index)  # in the order of their first use
    setup = contract_of(drawn, Output(3), mosaicking=mosaicking)
    assert (setup.bands, setup.outputs, setup.mosaicking) == (asked, (Output(3),), mosaicking)


def test_every_step_has_its_own_words() -> None:
    kinds = {step.kind for step in get_args(Step)}
    assert len(kinds) == len(get_args(Step))
    assert {f"_step_{kind}.js.j2" for kind in kinds} == {path.name for path in (ROOT / "templates").glob("_step_*.j2")}
