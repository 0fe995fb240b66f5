"""Drawn tables with every option: script, meaning in numpy and exports say the same of each code."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from xml.etree import ElementTree as ET

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

from oso_evalscript import Program, compile, evaluate
from oso_evalscript.compiler.change import ChangeSpec
from oso_evalscript.compiler.choice import painted
from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.keys import code_band, table_of
from oso_evalscript.compiler.spec import SPECS, PaletteSpec, Spec
from oso_evalscript.testing.meaning import reference
from oso_evalscript.testing.strategies import specs

CODED = [name for name, spec in SPECS.items() if "nomenclature" in {item.name for item in fields(spec)}]


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(specs(*(name for name in CODED if name != "change")))
def test_script_and_meaning_agree_on_codes_and_their_neighbours(spec: Spec) -> None:
    assert not isinstance(spec, ChangeSpec)
    known = table_of(spec).codes  # type: ignore[arg-type]  # all of these are about codes
    near = {code + step for code in (*known, 0, 255, 65_534) for step in (-1, 0, 1)} - {-1}
    codes = np.array(sorted(near), np.uint16)
    random = np.random.default_rng(0)
    bands = {name: random.integers(0, 101, (2, len(codes))).astype(np.uint8) for name in spec.contract().bands}
    bands[code_band(spec)] = np.stack([codes, codes])  # type: ignore[arg-type]
    bands["dataMask"] = np.stack([np.ones(len(codes), np.uint8), np.arange(len(codes), dtype=np.uint8) % 2])
    given_bands = {name: bands[name] for name in spec.contract().bands}
    with Program(compile(spec)) as program:
        found = program.run(given_bands, blank=False)
    wanted = reference(spec)(given_bands)
    assert set(found) == set(wanted)
    for id, array in wanted.items():
        np.testing.assert_array_equal(found[id], np.broadcast_to(array, found[id].shape))


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(specs("palette"))
def test_exports_have_the_colours_that_the_script_paints(spec: Spec) -> None:
    assert isinstance(spec, PaletteSpec)
    assume(spec.classes is None and spec.groups is None and spec.alpha == "dataMask")
    shown = painted(table_of(spec), spec.colors, spec.level)
    codes = np.array([shown.codes], np.uint16)
    picture = evaluate(compile(spec), {code_band(spec): codes, "dataMask": np.ones_like(codes)})["default"][:, 0]
    by_script = {code: tuple(color) for code, color in zip(shown.codes, picture[:3].T.tolist(), strict=True)}
    rows = list(csv.DictReader(io.StringIO(export(shown, "csv"))))
    assert {int(row["code"]): tuple(bytes.fromhex(row["color"][1:])) for row in rows} == by_script
    tiler = json.loads(export(shown, "rio-tiler"))
    assert {int(code): tuple(color[:3]) for code, color in tiler.items()} == by_script
    arcgis = [tuple(map(int, line.split())) for line in export(shown, "arcgis").splitlines()]
    assert {code: tuple(color) for code, *color in arcgis} == by_script
    table = ET.fromstring(export(shown, "gdal-rat"))
    cells = [[cell.text or "" for cell in row.iter("F")] for row in table.iter("Row")]
    assert {int(row[0]): tuple(map(int, row[2:5])) for row in cells} == by_script
    match = json.loads(export(shown, "maplibre"))["layers"][0]["paint"]["fill-color"]
    pairs = zip(match[2:-1:2], match[3:-1:2], strict=True)
    assert {int(code): tuple(bytes.fromhex(color[1:])) for code, color in pairs} == by_script
