"""The contract as it is written, against the contract as it is meant."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import compile
from oso_evalscript.compiler.spec import Spec
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.contract import Mosaicking, SampleType
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script
from tests.strategies import specs

names = st.lists(st.sampled_from(["B02", "B03", "B04", "SCL"]), min_size=1, max_size=3, unique=True)
outputs = st.lists(
    st.fixed_dictionaries(
        {"id": st.text("abcXYZ", min_size=1, max_size=3), "bands": st.integers(1, 4)},
        optional={"sampleType": st.sampled_from([str(item) for item in SampleType]), "nodataValue": st.just(0)},
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda output: output["id"],
)


@given(specs())
def test_what_a_spec_asks_for_is_seen(spec: Spec) -> None:
    script = Script(parse(compile(spec)))
    contract = spec.contract()
    assert [band.name for band in script.contract.bands] == [band for item in contract.inputs for band in item.bands]
    assert len(script.contract.outputs) == len(contract.outputs)


@given(names, outputs, st.sampled_from(list(Mosaicking)), st.booleans(), st.booleans())
def test_every_way_to_write_it_reads_the_same(
    bands: list[str], listed: list[dict[str, object]], mosaicking: Mosaicking, objects: bool, constants: bool
) -> None:
    asked = json.dumps([{"bands": bands}] if objects else bands)
    output = json.dumps(listed[0] if len(listed) == 1 else listed)
    if constants:
        text = f"const IN = {asked}, OUT = {output}, M = Mosaicking.{mosaicking};\n"
        text += "const setup = () => { const all = { input: [...IN], output: OUT, mosaicking: M }; return all; };\n"
    else:
        text = f'function setup() {{ return {{ input: {asked}, output: {output}, mosaicking: "{mosaicking}" }}; }}\n'
    script = Script(parse(Source(text + "function evaluatePixel(s) { return [1]; }")))
    assert script.mosaicking is mosaicking
    assert [item.bands for item in script.inputs or ()] == [tuple(bands)]
    assert [item.id for item in script.outputs or ()] == [item["id"] for item in listed]
    assert [band.name for band in script.contract.bands] == bands
    assert [[entry.key for entry in part.entries] for part in script.contract.outputs] == [
        list(item) for item in listed
    ]


@pytest.mark.parametrize(
    ("setup", "known"),
    [
        ("{ input: ['A'].concat(['B']), output: { bands: 1 } }", ("A", "B")),
        ("{ input: ['A', ...[`B${'1'}`]], output: { bands: 1 } }", ("A", "B1")),
        ("{ input: ['A' + 'B'], output: { bands: 1 } }", ("AB",)),
        ("{ input: LIST, output: { bands: LIST.length } }", ("A",)),
        ("{ input: [CONFIG.band], output: { bands: 2 * 2 } }", ("C",)),
        ("{ input: names(), output: { bands: 1 } }", None),
        ("{ input: x ? ['A'] : ['B'], output: { bands: 1 } }", None),
        ("{ input: GROWN, output: { bands: 1 } }", None),
    ],
)
def test_constants_are_followed(setup: str, known: tuple[str, ...] | None) -> None:
    text = f"const LIST = ['A'], CONFIG = {{ band: 'C' }}, GROWN = [];\nGROWN.push('A');\nfunction setup() {{ return {setup}; }}"
    inputs = Script(parse(Source(text))).inputs
    assert (inputs[0].bands if inputs is not None else None) == known
