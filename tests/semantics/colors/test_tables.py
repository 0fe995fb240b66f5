from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import compile
from oso_evalscript.compiler.spec import PaletteSpec
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.color import Color
from oso_evalscript.model.nomenclature import shipped_nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.colors.tables import Table, TableKind
from oso_evalscript.semantics.script import Script
from tests.strategies import code, colors

CLASSES = shipped_nomenclature("oso-23").classes
rows = st.lists(st.tuples(st.integers(-500, 500), colors), min_size=2, max_size=8)


def tables(text: str) -> tuple[Table, ...]:
    return Script(parse(Source(text))).tables


def pairs(table: Table) -> list[tuple[float | None, int | None]]:
    return [(stop.value, stop.color.value if stop.color else None) for stop in table.stops]


def only(text: str) -> Table:
    (table,) = tables(text)
    return table


@given(code | st.text())
def test_any_text_is_read(text: str) -> None:
    for table in tables(text):
        assert table.stops
        assert all(stop.color is None or isinstance(stop.color, Color) for stop in table.stops)
        assert all(stop.value is None or math.isfinite(stop.value) for stop in table.stops)


@given(st.lists(st.sampled_from(shipped_nomenclature("oso-23").codes), min_size=1, unique=True).map(tuple))
def test_what_is_compiled_is_read_back(classes: tuple[int, ...]) -> None:
    source = compile(PaletteSpec(name="palette", classes=classes))
    table = only(source.text)
    assert (table.kind, table.complete, table.as_numbers) == (TableKind.LOOP, True, True)
    assert pairs(table) == [(item.code, item.color.value) for item in CLASSES if item.code in classes]


SHAPES = {
    "map": ("new ColorMapVisualizer([{}]);", "[{value}, {hex}]"),
    "constant": ("const T = [{}]; let v = new ColorRampVisualizer(T, 0, 1);", "[{value}, {hex}]"),
    "spread": ("const T = [{}]; let v = new ColorMapVisualizer([...T]);", "[{value}, {hex}]"),
    "channels": ("new ColorMapVisualizer([{}, [9999, [2, 0, 0]]]);", "[{value}, [{r}, {g}, {b}]]"),
    "shares": ("new ColorRampVisualizer([{}]);", "[{value}, [{r}/255, {g}/255, {b}/255]]"),
    "loop": ("for (const [code, c] of [{}]) {{ table[code] = int2rgb(c); }}", "[{value}, {hex}]"),
    "turned": ("for (const [c, code] of [{}]) {{ table[code] = int2rgb(c); }}", "[{hex}, {value}]"),
    "list": ("const rows = [{}];", "[{value}, {hex}]"),
    "labels": ("const rows = [{}];", "[{value}, 'a label', {hex}]"),
    "records": ("const rows = [{}];", "{{ code: {value}, color: {hex} }}"),
}


@given(st.sampled_from(sorted(SHAPES)), rows)
def test_every_shape_of_rows_is_read(name: str, entries: list[tuple[int, Color]]) -> None:
    around, row = SHAPES[name]
    red_green_blue = [dict(zip("rgb", color.rgb, strict=True)) for _, color in entries]
    written = [
        row.format(value=value, hex=color.literal, **channels)
        for (value, color), channels in zip(entries, red_green_blue, strict=True)
    ]
    table = only(around.format(", ".join(written)))
    assert table.complete
    assert pairs(table)[: len(entries)] == [(value, color.value) for value, color in entries]


@given(st.dictionaries(st.integers(0, 300), colors, min_size=2, max_size=8), st.booleans(), st.booleans())
def test_chains_of_branches_are_read(entries: dict[int, Color], with_else: bool, with_default: bool) -> None:
    branches = [
        f"if (s.OCS === {value}) return [{', '.join(f'{part}/255' for part in color.rgb)}];"
        for value, color in entries.items()
    ]
    text = (" else " if with_else else " ").join(branches)
    default = "return [0, 0, 0];" if with_default else ""
    table = only(f"function evaluatePixel(s) {{ {text} {default} }}")
    assert table.kind is TableKind.BRANCHES
    assert pairs(table) == [(value, color.value) for value, color in entries.items()]
    assert table.has_default == with_default
    assert table.complete


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const c = { 1: 0xff00ff, '2': 0x00ff00 };", [(1, 0xFF00FF), (2, 0x00FF00)]),
        ("let c = colorBlend(B04, [0, 1], [[1, 0, 0], [0, 0, 1]]);", [(0, 0xFF0000), (1, 0x0000FF)]),
        ("let c = valueMap(B04, [0, 1], [[255, 0, 0], [0, 0, 255]]);", [(0, 0xFF0000), (1, 0x0000FF)]),
        ("new ColorMapVisualizer([[-0.5, 0xff0000], [2 * 3, 255]]);", [(-0.5, 0xFF0000), (6, 255)]),
        ("new ColorMapVisualizer([[top, 0xff0000], [1, color]]);", [(None, 0xFF0000), (1, None)]),
        ("new ColorMapVisualizer([[0, 0ffaaff], [1, 0x00ff00]]);", [(0, None), (1, 0x00FF00)]),
        (
            "switch (s.OCS) { case 1: case 2: c = [1, 0, 0]; break; case 3: { return normalizeRGB([0, 0, 255]); } }",
            [(1, 0xFF0000), (2, 0xFF0000), (3, 0x0000FF)],
        ),
        ("if (c == 1 || c == 2) { x = [1, 0, 0, 1]; }", [(1, 0xFF0000), (2, 0xFF0000)]),
    ],
)
def test_other_tables(text: str, expected: list[tuple[float | None, int | None]]) -> None:
    assert pairs(only(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "const masks = [0x1, 0x2, 0xffff];",
        "const limits = [[1, 2], [3, 4]];",
        "const one = [0xff00ff];",
        "function f() {} const g = () => {}; switch (a) {} if (a) ; else ;",
        "const [a, , b] = [, 1, , ]; for (const [x, , y] of [[1, , 2]]) int2rgb(y);",
        "new ColorMapVisualizer([, [1], [], [, 2], ...[]]); colorBlend(x, [, 1], [, 2]); ({ ...a, get b() {}, [c]: 1 });",
        "new ColorMapVisualizer(made());",
        "new ColorMapVisualizer([]);",
        "class ColorMapVisualizer {} new ColorMapVisualizer([[0, 1]]);",
        "if (a === 1) x = 5; else if (a === 2) x = 6;",
        "if (a < 1) x = [1, 0, 0]; else if (a < 2) x = [0, 0, 1];",
    ],
)
def test_no_table(text: str) -> None:
    assert tables(text) == ()


def test_what_is_not_known_makes_a_table_incomplete() -> None:
    assert not only("new ColorMapVisualizer([[0, 0xff0000], ...more]);").complete
    assert not only("new ColorMapVisualizer([[0, 0xff0000], row]);").complete
    assert not only("let c = colorBlend(B04, [0, 1, 2], [[1, 0, 0], [0, 0, 1]]);").complete
    assert only("function f(a) { switch (a) { case 1: return [1, 0, 0]; case 2: return [0, 0, 1]; } }").complete


def test_a_table_is_read_once() -> None:
    text = "const T = [[0, 0xff0000], [1, 0x00ff00]];" + "new ColorMapVisualizer(T);" * 3
    assert [table.kind for table in tables(text)] == [TableKind.MAP]
