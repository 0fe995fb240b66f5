"""Drawn tables with every option: script, meaning in numpy and exports say the same of each code."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Scene, compile, evaluate
from oso_evalscript.compiler.change import ChangeSpec
from oso_evalscript.compiler.choice import painted
from oso_evalscript.compiler.export import FORMATS, export
from oso_evalscript.compiler.index import IndexSpec
from oso_evalscript.compiler.keys import code_band, table_of
from oso_evalscript.compiler.spec import SPECS, PaletteSpec, RampSpec, Spec
from oso_evalscript.compiler.tables import ValuesSpec
from oso_evalscript.testing.meaning import change, reference
from oso_evalscript.testing.strategies import specs

CODED = [name for name, spec in SPECS.items() if "nomenclature" in {item.name for item in fields(spec)}]


def near_codes(known: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """The codes of a table, the ends of what bands hold, and their neighbours."""
    near = {code + step for code in (*known, 0, 255, 65_534) for step in (-1, 0, 1)}
    return np.array(sorted(near & {*range(65_536)}), np.uint16)


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(specs(*(name for name in CODED if name != "change")))
def test_script_and_meaning_agree_on_codes_and_their_neighbours(spec: Spec) -> None:
    assert not isinstance(spec, ChangeSpec | RampSpec | ValuesSpec | IndexSpec)
    codes = near_codes(table_of(spec).codes)
    random = np.random.default_rng(0)
    bands = {name: random.integers(0, 101, (2, len(codes))).astype(np.uint8) for name in spec.contract().bands}
    bands |= {code_band(spec): np.stack([codes, codes])}
    bands["dataMask"] = np.stack([np.ones(len(codes), np.uint8), np.arange(len(codes), dtype=np.uint8) % 2])
    given_bands = {name: bands[name] for name in spec.contract().bands}
    with Program(compile(spec)) as program:
        found = program.run(given_bands, blank=False)
    wanted = reference(spec)(given_bands)
    assert set(found) == set(wanted)
    for id, array in wanted.items():
        np.testing.assert_array_equal(found[id], np.broadcast_to(array, found[id].shape))


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(specs("change"), st.permutations([2018, 2021, 2022]))
def test_a_change_and_its_meaning_agree_on_pairs_of_codes(spec: Spec, years: list[int]) -> None:
    assert isinstance(spec, ChangeSpec)
    codes = near_codes(table_of(spec).codes)
    before, after = np.meshgrid(codes, codes)
    mask = (before + after) % 3 > 0
    scenes = [
        (dt.date(year, 1, 1), {code_band(spec): band, "dataMask": there.astype(np.uint8)})
        for year, band, there in zip(years, (before, after, after[::-1]), (before >= 0, mask, ~mask), strict=True)
    ]
    with Program(compile(spec)) as program:
        found = program.run([Scene(bands=bands, date=day) for day, bands in scenes])["default"]
    np.testing.assert_array_equal(found, change(spec, scenes))


RGB = tuple[int, ...]


def rgb(text: str) -> RGB:
    return tuple(bytes.fromhex(text.removeprefix("#")))


def of_csv(text: str) -> dict[int, RGB]:
    return {int(row["code"]): rgb(row["color"]) for row in csv.DictReader(io.StringIO(text))}


def of_rio_tiler(text: str) -> dict[int, RGB]:
    return {int(code): tuple(color[:3]) for code, color in json.loads(text).items()}


def of_numbers(text: str) -> dict[int, RGB]:
    """Lines of code, red, green, blue, and perhaps alpha; without those that are transparent."""
    rows = [line.split() for line in text.splitlines() if re.match("[0-9]", line)]
    return {int(row[0]): tuple(map(int, row[1:4])) for row in rows if row[4:5] != ["0"]}


def of_gdal_rat(text: str) -> dict[int, RGB]:
    cells = [[cell.text or "" for cell in row.iter("F")] for row in ET.fromstring(text).iter("Row")]
    return {int(row[0]): tuple(map(int, row[2:5])) for row in cells}


def of_maplibre(text: str) -> dict[int, RGB]:
    match = json.loads(text)["layers"][0]["paint"]["fill-color"]
    return {int(code): rgb(color) for code, color in zip(match[2:-1:2], match[3:-1:2], strict=True)}


def of_stac(text: str) -> dict[int, RGB]:
    return {item["value"]: rgb(item["color_hint"]) for item in json.loads(text)["classification:classes"]}


def of_sld(text: str) -> dict[int, RGB]:
    entries = ET.fromstring(text.encode()).iter("{http://www.opengis.net/sld}ColorMapEntry")
    return {int(entry.attrib["quantity"]): rgb(entry.attrib["color"]) for entry in entries}


def of_qml(text: str) -> dict[int, RGB]:
    entries = ET.fromstring(text.encode()).iter("paletteEntry")
    return {int(entry.attrib["value"]): rgb(entry.attrib["color"]) for entry in entries}


def of_earth_engine(text: str) -> dict[int, RGB]:
    values, palette = (re.search(rf"{key}: \[(.*?)\]", text, re.DOTALL) for key in ("values", "palette"))
    assert values
    assert palette
    codes, colors = re.findall("[0-9]+", values[1]), re.findall("[0-9a-f]{6}", palette[1])
    return {int(code): rgb(color) for code, color in zip(codes, colors, strict=True)}


def of_html(text: str) -> dict[int, RGB]:
    rows = re.findall(r'<th scope="row">([0-9]+)</th>.*background-color: (#[0-9a-f]{6})".*<code>(.*)</code>', text)
    assert all(swatch == written for _, swatch, written in rows)
    return {int(code): rgb(color) for code, color, _ in rows}


def of_markdown(text: str) -> dict[int, RGB]:
    return {
        int(code): rgb(color) for code, color in re.findall(r"^\| ([0-9]+) \|.*`(#[0-9a-f]{6})`", text, re.MULTILINE)
    }


def of_svg(text: str) -> dict[int, RGB]:
    """The swatches and the codes in front of their labels, as `1\u20134, 7`."""
    root = ET.fromstring(text.encode())
    swatches = [rect.attrib["fill"] for rect in root.iter("{http://www.w3.org/2000/svg}rect") if rect.get("stroke")]
    numbers = [
        item.text or "" for item in root.iter("{http://www.w3.org/2000/svg}text") if item.get("text-anchor") == "end"
    ]
    ends = [
        (part.split("\u2013"), fill) for line, fill in zip(numbers, swatches, strict=True) for part in line.split(", ")
    ]
    return {code: rgb(fill) for part, fill in ends for code in range(int(part[0]), int(part[-1]) + 1)}


READERS: dict[str, Callable[[str], dict[int, RGB]]] = {
    "arcgis": of_numbers,
    "csv": of_csv,
    "earth-engine": of_earth_engine,
    "gdal": of_numbers,
    "gdal-rat": of_gdal_rat,
    "html": of_html,
    "maplibre": of_maplibre,
    "markdown": of_markdown,
    "qml": of_qml,
    "rio-tiler": of_rio_tiler,
    "sld": of_sld,
    "stac": of_stac,
    "svg": of_svg,
}


def test_every_format_is_read_back() -> None:
    assert READERS.keys() == FORMATS.keys()


@settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
@given(specs("palette"))
def test_exports_have_the_colours_that_the_script_paints(spec: Spec) -> None:
    assert isinstance(spec, PaletteSpec)
    assume(spec.classes is None and spec.groups is None and spec.alpha == "dataMask")
    shown = painted(table_of(spec), spec.colors, spec.level)
    codes = np.array([shown.codes], np.uint16)
    picture = evaluate(compile(spec), {code_band(spec): codes, "dataMask": np.ones_like(codes)})["default"][:, 0]
    by_script = {code: tuple(color) for code, color in zip(shown.codes, picture[:3].T.tolist(), strict=True)}
    for name, read in READERS.items():
        assert read(export(shown, name)) == by_script, name
