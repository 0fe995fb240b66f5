"""Wrong values of any argument are told in words; none gets as far as a traceback."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from oso_evalscript import Program
from oso_evalscript.model.errors import ArrayError, OsoError
from oso_evalscript.runtime.scene import Scene, read_scene

ONES = np.ones((2, 2))
SIMPLE = """function setup() { return { input: ["B04"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.B04]; }"""
ORBIT = """var from, to;
function setup() { return { input: [{ bands: ["A"], metadata: ["bounds"] }], mosaicking: "ORBIT", output: { bands: 3 } }; }
function preProcessScenes(c) { from = c.from.toISOString(); to = c.to.toISOString(); return c; }
function updateOutputMetadata(scenes, i, metadata) { metadata.userData = [from, to, scenes.orbits]; }
function evaluatePixel() { return [0, 0, 0]; }"""


@pytest.fixture(scope="module")
def simple() -> Any:
    with Program(SIMPLE, collection="S2L2A") as program:
        yield program


@pytest.fixture(scope="module")
def orbit() -> Any:
    with Program(ORBIT) as program:
        yield program


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": None}, "expected a Source, the text of a script or a pathlib.Path, not NoneType"),
        ({"source": b"//VERSION=3"}, "expected a Source, the text of a script or a pathlib.Path, not bytes"),
        ({"collection": 3}, "expected the name of a collection, or a mapping for several inputs, not 3"),
        ({"collection": ["S2L2A"]}, "expected the name of a collection"),
        ({"collection": {"0": None}}, "the catalogue has no collection `None`"),
        ({"timeout": "1"}, "timeout must be a positive number, not '1'"),
        ({"timeout": None}, "timeout must be a positive number, not None"),
        ({"timeout": 0}, "timeout must be a positive number, not 0"),
        ({"timeout": float("nan")}, "timeout must be a positive number, not nan"),
        ({"memory": None}, "memory must be a whole number, not None"),
        ({"memory": -1}, "memory must be a positive number, not -1"),
        ({"color_map_order": "x"}, "color_map_order is 'x': expected one of"),
    ],
)
def test_wrong_arguments_of_a_program(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(OsoError) as caught:
        Program(**{"source": SIMPLE, **arguments})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": "newest"}, "order='newest': expected one of mostRecent, leastRecent, leastCC"),
        ({"order": None}, "order=None"),
        ({"units": 3}, "3 is not a unit of the catalogue: expected one of"),
        ({"units": "REFLECTENCE"}, "'REFLECTENCE' is not a unit of the catalogue"),
        ({"units": []}, "[] is not a unit of the catalogue"),
        ({"shape": 3}, "expected a shape of rows and columns, two non-negative whole numbers, not 3"),
        ({"shape": (1,)}, "expected a shape of rows and columns"),
        ({"shape": (-1, 2)}, "expected a shape of rows and columns"),
        ({"shape": (1.5, 2)}, "expected a shape of rows and columns"),
        ({"workers": "2"}, "workers must be a whole number, not '2'"),
        ({"time_range": 3}, "expected a time range of two dates, start and end, not 3"),
        ({"time_range": ("2020-01-01",)}, "expected a time range of two dates"),
        ({"time_range": (None, None)}, "expected a datetime or text such as 2023-06-01, not NoneType"),
        ({"time_range": ("2020-01-02", "2020-01-01")}, "the time range ends before it begins: 2020-01-02 00:00 to"),
    ],
)
def test_wrong_arguments_of_a_run(simple: Program, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(OsoError) as caught:
        simple.run({"B04": ONES}, **arguments)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("place", [("0", 0), (0, None), (0.5, 0), (2, 0), (0, -1)])
def test_wrong_pixels_to_explain(simple: Program, place: Any) -> None:
    with pytest.raises(OsoError, match=r"must be a whole number, not|there is no pixel"):
        simple.explain({"B04": ONES}, *place)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"date": "0001-01-01T00:00:00+05:00"}, "0001-01-01 00:00:00+05:00 lies outside the years 1 to 9999"),
        ({"date": 20230601}, "expected a datetime or text"),
        ({"units": "metres"}, "'metres' is not a unit of the catalogue"),
        ({"cloud_coverage": "12"}, "the cloud_coverage of a scene must be a number, not '12'"),
        ({"cloud_coverage": float("nan")}, "the cloud_coverage of a scene must be a number, not nan"),
        ({"id": "S2A"}, "the id of a scene must be a whole number, not 'S2A'"),
        ({"data_path": 3}, "the data_path of a scene must be text, not 3"),
        ({"geometry": "POLYGON"}, "the geometry of a scene must be GeoJSON, a mapping, not str"),
        ({"geometry": {"coordinates": [[0, float("nan")]]}}, "the geometry of a scene must be GeoJSON, with lists, text and numbers"),
        ({"geometry": {"coordinates": np.zeros((3, 2))}}, "the geometry of a scene must be GeoJSON, with lists, text and numbers"),
    ],
)  # fmt: skip
def test_wrong_fields_of_a_scene(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ArrayError) as caught:
        Scene(bands={"A": ONES}, **fields)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("coordinates", [[], [[1]], [[["a", "b"]]], [[[1, 2], [3]]], "text"])
def test_geometries_without_an_envelope(orbit: Program, coordinates: Any) -> None:
    scene = Scene(bands={"A": ONES}, date="2023-06-01", geometry={"type": "Polygon", "coordinates": coordinates})
    with pytest.raises(ArrayError, match="has no coordinates: expected a GeoJSON polygon"):
        orbit.run(scene)


def test_fields_may_be_numbers_of_numpy(orbit: Program) -> None:
    footprint = MappingProxyType({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 2], [0, 0]]]})
    numbers: dict[str, Any] = {"cloud_coverage": np.float32(12.5), "id": np.int64(7)}
    scene = Scene(bands={"A": ONES}, date="2023-06-01", geometry=footprint, **numbers)
    tile = orbit.run(scene).user_data[2][0]["tiles"][0]  # type: ignore[index]
    assert (tile["cloudCoverage"], tile["shId"], tile["dataGeometry"]) == (12.5, 7, dict(footprint))


def test_a_time_range_is_told_in_utc(orbit: Program) -> None:
    east = dt.timezone(dt.timedelta(hours=5))
    scene = Scene(bands={"A": ONES}, date="2023-06-01")
    for begin, end in (
        (dt.datetime(2023, 5, 1, 2, tzinfo=east), dt.datetime(2023, 7, 1)),
        ("2023-05-01T02:00:00+05:00", dt.date(2023, 7, 1)),
    ):
        told = orbit.run(scene, time_range=(begin, end)).user_data  # type: ignore[arg-type]
        assert told[:2] == ["2023-04-30T21:00:00.000Z", "2023-07-01T00:00:00.000Z"]  # type: ignore[index]


def test_years_have_four_digits(orbit: Program) -> None:
    told = orbit.run(Scene(bands={"A": ONES}, date="0987-06-01")).user_data
    assert told[2][0]["dateFrom"] == "0987-06-01T00:00:00Z"  # type: ignore[index]


def test_fields_in_a_file_keep_their_kind(tmp_path: Any) -> None:
    path = tmp_path / "scene.npz"
    date = np.datetime64("2023-06-01T10:50:31.000000000")  # nanoseconds, as pandas has them
    np.savez(path, A=ONES, date=date, id=np.int64(7), cloud_coverage=np.float32(3), units=np.str_("DN"))
    scene = read_scene(path)
    assert scene.time == dt.datetime(2023, 6, 1, 10, 50, 31, tzinfo=dt.UTC)
    assert (scene.id, scene.cloud_coverage, scene.units) == (7, 3.0, "DN")
