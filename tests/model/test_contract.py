from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.contract import (
    ContractError,
    Output,
    RawValue,
    SampleType,
    Setup,
    read_outputs,
    read_setup,
    show,
)
from tests.strategies import setups

JSON: st.SearchStrategy[RawValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["input", "output", "bands", "id", "units", "sampleType"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(setups())
def test_reading_a_written_contract_gives_it_back(setup: Setup) -> None:
    assert read_setup(setup.raw()) == setup


@given(JSON)
def test_any_value_is_read_or_refused_in_words(raw: RawValue) -> None:
    try:
        setup = read_setup(raw)
    except ContractError as error:
        assert str(error)
    else:
        assert setup.outputs


@pytest.mark.parametrize("written", ["Auto", "auto", "uint8", "Float32", "INT16"])
def test_sample_types_are_read_in_any_case(written: str) -> None:
    (output,) = read_outputs({"bands": 1, "sampleType": written})
    assert output.sample_type == written.upper()


def test_lists_of_names_are_float32() -> None:
    raw: list[RawValue] = [
        {"id": "a", "bands": ["x", "y"]},
        {"id": "b", "bands": 1},
        {"id": "c", "bands": 1, "sampleType": "AUTO"},
    ]
    assert [output.sample_type for output in read_outputs(raw)] == ["FLOAT32", "FLOAT32", "AUTO"]
    assert [output.sample_type for output in read_outputs(raw[1:])] == ["AUTO", "AUTO"]
    assert [output.sample_type for output in read_outputs(raw[1:], statistics=True)] == ["FLOAT32", "AUTO"]


def test_defaults() -> None:
    setup = read_setup({"input": ["B04", "dataMask"], "output": {"bands": 3.0}, "sampleType": "UINT16"})
    assert setup.bands == ("B04", "dataMask")
    assert setup.outputs == (Output(3),)
    assert setup.outputs[0].sample_type is SampleType.AUTO


def test_nodata_may_be_nan_and_contracts_stay_comparable() -> None:
    raw: dict[str, RawValue] = {
        "input": ["A"],
        "output": {"bands": 1, "sampleType": "FLOAT32", "nodataValue": math.nan},
    }
    assert read_setup(raw) == read_setup({**raw, "output": {**raw["output"], "nodataValue": float("nan")}})  # type: ignore[dict-item]
    assert Output(1, nodata=math.nan) == Output(1, nodata=float("nan"))
    assert len({Output(1, nodata=math.nan), Output(1, nodata=float("nan"))}) == 1
    assert Output(1, nodata=math.nan) != Output(1)
    assert Output(1) != "Output(1)"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "setup() must return an object with `input` and `output`, not nothing"),
        ({"output": {"bands": 1}}, "input: must be a list of band names or of input objects, not nothing"),
        ({"input": [], "output": {"bands": 1}}, "input: must be a list"),
        ({"input": ["A", {"bands": ["B"]}], "output": {"bands": 1}}, "input: must hold either"),
        ({"input": [{"bands": "B04"}], "output": {"bands": 1}}, 'input[0].bands: must be a list of strings, not "B04"'),
        ({"input": [{"bands": ["A", "B"], "units": ["DN"]}], "output": {"bands": 1}}, "input[0].units: must be one string"),
        ({"input": ["A"]}, "output: must be an output object"),
        ({"input": ["A"], "output": {}}, "output.bands: must be a whole number from 1 on, not nothing"),
        ({"input": ["A"], "output": {"bands": -1}}, "output.bands: must be a whole number from 1 on, not -1"),
        ({"input": ["A"], "output": {"bands": 2.5}}, "output.bands: must be a whole number from 1 on, not 2.5"),
        ({"input": ["A"], "output": {"bands": True}}, "output.bands: must be a whole number from 1 on, not true"),
        ({"input": ["A"], "output": {"bands": 1, "sampleType": "UINT32"}}, 'output.sampleType: "UINT32" is not one of AUTO'),
        ({"input": ["A"], "output": {"bands": 1, "nodataValue": "0"}}, 'output.nodataValue: must be a number, not "0"'),
        ({"input": ["A"], "output": [{"bands": 1}, {"bands": 1}]}, "output[1].id: `default` is the id of another output"),
        ({"input": ["A"], "output": [{"bands": 1, "id": 3}]}, "output[0].id: must be a string, not 3"),
        ({"input": ["A"], "output": {"bands": 1}, "mosaicking": "TILES"}, 'mosaicking: "TILES" is not one of SIMPLE'),
    ],
)  # fmt: skip
def test_what_is_refused_and_in_which_words(raw: RawValue, message: str) -> None:
    with pytest.raises(ContractError) as caught:
        read_setup(raw)
    assert str(caught.value).startswith(message)


def test_values_are_shown_short() -> None:
    assert show("x" * 99).endswith("…")
    assert len(show("x" * 99)) <= 40
    assert show([1]) == "a list"
    assert show({}) == "an empty object"
