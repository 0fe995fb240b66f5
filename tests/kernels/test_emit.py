"""Machine code: modules that V8 takes, and places that are there."""

from __future__ import annotations

import numpy as np
import pytest

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.kernels import wasm
from oso_evalscript.kernels.emit import emit
from oso_evalscript.kernels.graph import in_order
from oso_evalscript.kernels.tables import with_tables
from oso_evalscript.kernels.task import TABLES, TURN, Code, Feed, Placement, Refused, Task
from oso_evalscript.kernels.trace import Traced, trace
from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.model.text import Source
from tests.kernels.test_differential import compare


def code_of(script: str, bands: int = 1) -> Code | Refused:
    task = Task((Feed("", (("A", "float32"),)),), (Output(bands),))
    traced = trace(parse(Source(script)), task)
    assert isinstance(traced, Traced), traced
    placement = Placement(TURN, (("float32", 0),), (("uint8", 64),), 128, None, 256, 2)
    return emit(traced, placement, (SampleType.AUTO,))


def test_a_module_names_what_it_asks_for() -> None:
    code = code_of("function evaluatePixel(s) { return [Math.log(s.A) + Math.sin(s.A)]; }")
    assert isinstance(code, Code)
    assert code.module.startswith(b"\0asm\1\0\0\0")
    assert sorted(code.imports) == ["log", "sin"]
    assert not code.guarded


def test_memory_neither_grows_nor_is_grown() -> None:
    module = wasm.Module(3).write([], wasm.i32(0))
    assert b"\x01e\x06memory"[1:] in module
    assert b"\x40\x00" not in module  # memory.grow


def test_tables_have_an_end() -> None:
    script = "const t = [%s]; function evaluatePixel(s) { return [t[s.A]]; }"
    assert isinstance(code_of(script % ", ".join(map(str, range(TABLES // 8)))), Code)
    long = code_of(script % ", ".join(map(str, range(TABLES // 8 + 1))))
    assert long == Refused("its lookup tables are too large")


@pytest.mark.parametrize(("value", "size"), [(0, 1), (127, 1), (128, 2), (2**31, 5)])
def test_whole_numbers_in_leb128(value: int, size: int) -> None:
    assert len(wasm.unsigned(value)) == size
    assert len(wasm.signed(-value)) <= 5


@pytest.mark.parametrize("kind", [*SampleType])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"])
def test_each_type_is_read_and_stored(dtype: str, kind: SampleType) -> None:
    script = (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["A"], output: {{ bands: 2, sampleType: "{kind.value}" }} }}; }}'
        "\nfunction evaluatePixel(s) { return [s.A / 2 - 3, s.A * 300]; }"
    )
    ends = np.array([0, 1, 2, 3, 5, 7, 126, 127, 100, 99, 4])
    scene = {"A": np.concatenate([ends, -ends if np.dtype(dtype).kind != "u" else ends]).astype(dtype).reshape(2, 11)}
    assert isinstance(compare(script, scene), Code)


def test_long_chains_of_choices_become_tables() -> None:
    stops = ", ".join(f"[{at}, 0x{at * 1118481 % 2**24:06x}]" for at in range(9))
    ramp = f"const r = new ColorRampVisualizer([{stops}]); function evaluatePixel(s) {{ return r.process(s.A); }}"
    traced = trace(parse(Source(ramp)), Task((Feed("", (("A", "float32"),)),), (Output(3),)))
    assert isinstance(traced, Traced)
    roots = [traced.graph.node(number) for numbers in traced.outputs for number in numbers]
    traced_selects = [node.op for node in in_order(roots)].count("select")
    operations = [node.op for node in in_order(with_tables(traced.graph, roots))]
    assert operations.count("table") >= 3
    assert operations.count("count_false") == 1
    assert operations.count("select") < traced_selects / 2


def test_a_chain_that_ends_early_shares_the_table_of_a_longer_one() -> None:
    stops = ", ".join(f"[{at * at}, 0x{red:02x}0000]" for at, red in enumerate((1, 9, 4, 7, 5, 0, 0, 0, 0)))
    ramp = f"const r = new ColorRampVisualizer([{stops}]); function evaluatePixel(s) {{ return r.process(s.A); }}"
    traced = trace(parse(Source(ramp)), Task((Feed("", (("A", "float32"),)),), (Output(3),)))
    assert isinstance(traced, Traced)
    roots = [traced.graph.node(number) for numbers in traced.outputs for number in numbers]
    operations = [node.op for node in in_order(with_tables(traced.graph, roots))]
    assert operations.count("table") == 4  # stop and width, and the red of both ends, black from the fifth on
    assert operations.count("select") == 3  # one per output, for values outside the ramp


@pytest.mark.parametrize("last", ["s.A > 9", "t > 9"])
def test_conditions_that_depend_on_another_chain_are_worked_out_after_it(last: str) -> None:
    choices = " : ".join(f"s.A < {at} ? {at * 7 % 5}" for at in range(7))
    script = (
        '//VERSION=3\nfunction setup() { return { input: ["A"], output: { bands: 3, sampleType: "FLOAT32" } }; }'
        f"\nfunction evaluatePixel(s) {{ const t = {choices} : 3; const u = {choices} : s.A < t ? 2 : {last} ? 4 : 6;"
        f"\n  const v = {choices} : s.A < 7.5 ? 1 : 2; return [t, u, v]; }}"
    )
    values = np.array([[-1, 0, 0.5, 1, 2.5, 3, 4, 5.5, 6, 7, 8, 9, 10, np.nan, np.inf, -0.0]], dtype=np.float32)
    assert isinstance(compare(script, {"A": values}), Code)


@pytest.mark.parametrize("number", ["s.A", "s.A & 0xffff", "~s.A", "s.A >>> 0", "s.A > 3 ? 0.4 : s.A | 0"])
def test_whole_numbers_over_255_are_stored_as_they_are(number: str) -> None:
    script = (
        '//VERSION=3\nfunction setup() { return { input: ["A"], output: { bands: 1, sampleType: "AUTO" } }; }'
        f"\nfunction evaluatePixel(s) {{ return [({number}) / 255]; }}"
    )
    values = np.array([-300, -1, -0.5, 0, 1, 2, 3, 127, 128, 254, 255, 256, 300, 2**31, 2**33, np.nan])
    assert isinstance(compare(script, {"A": values.reshape(2, 8)}), Code)
