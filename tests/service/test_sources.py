from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from oso_evalscript.model.errors import ConfigError
from oso_evalscript.service import sources
from oso_evalscript.service.local import Service
from oso_evalscript.service.sources import Folders, MadeUp, open_source
from tests.rasters.test_catalogs import ITEM, OLD, item
from tests.rasters.test_products import product
from tests.service.bodies import body, error_of, handled, response, script, send
from tests.service.test_process import tiff


def write(path: Path, value: float, *, bands: tuple[str, ...] = ("B04",)) -> None:
    """A GeoTIFF of 20 x 20 pixels of 10 m with a value for each band, in digital numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path, "w", driver="GTiff", count=len(bands), height=20, width=20, dtype="uint16", crs="EPSG:32631",
        transform=from_origin(600_000, 4_900_200, 10, 10), nodata=0,
    ) as dataset:  # fmt: skip
        for index, name in enumerate(bands, 1):
            dataset.write(np.full((20, 20), value, np.uint16), index)
            dataset.set_band_description(index, name)
            dataset.set_band_unit(index, "")


def ask(service: Service, source: str, **more: Any) -> Any:
    box = (600_000.0, 4_900_000.0, 600_200.0, 4_900_200.0)
    return send(service, body(source, box=box, epsg=32631, size=(20, 20), responses=[response()], **more))


def test_rasters_of_a_folder_are_answered(tmp_path: Path) -> None:
    write(tmp_path / "sentinel-2-l2a/2020-07-01.tif", 1000)
    write(tmp_path / "sentinel-2-l2a/2020-07-06.tif", 2000)
    write(tmp_path / "byoc-0123/one_2020-07-06.tif", 7, bands=("Map",))
    source = open_source(tmp_path)
    assert source.types() == ("byoc-0123", "sentinel-2-l2a")
    service = Service(source)
    digital = '//VERSION=3\nfunction setup() { return { input: [{ bands: ["B04"], units: "DN" }], output: { bands: 1, sampleType: "UINT16" } }; }\nfunction evaluatePixel(s) { return [s.B04]; }'
    try:
        assert (tiff(ask(service, digital)) == 2000).all()
        assert (tiff(ask(service, digital, mosaickingOrder="leastRecent")) == 1000).all()
        assert (tiff(ask(service, digital, dates=("2020-07-01", "2020-07-02"))) == 1000).all()
        assert not tiff(ask(service, digital, dates=("2021-07-01", "2021-07-02"))).any()
        assert (tiff(ask(service, script("Map", "return [s.Map];"), type_="byoc-0123")) == 7).all()
        refused = ask(service, script("VV", "return [s.VV];"), type_="sentinel-1-grd")
        assert error_of(refused)["message"].startswith("There are no data of the collection sentinel-1-grd")
        found = send(
            service, {"collections": ["sentinel-2-l2a"], "bbox": [4, 44, 5, 45]}, path="/api/v1/catalog/1.0.0/search"
        )
        assert [item["id"] for item in json.loads(found.body)["features"]] == ["2020-07-06", "2020-07-01"]
    finally:
        service.close()


def test_a_listing_names_the_folders(tmp_path: Path) -> None:
    write(tmp_path / "mine/2020-07-06.tif", 2000)
    (tmp_path / "collections.toml").write_text('S2L2A = "mine"\n')
    source = open_source(tmp_path)
    assert source == Folders({"sentinel-2-l2a": tmp_path / "mine"})


DIGITAL = '//VERSION=3\nfunction setup() { return { input: [{ bands: ["B04"], units: "DN" }], output: { bands: 1, sampleType: "UINT16" } }; }\nfunction evaluatePixel(s) { return [s.B04]; }'


def found_at(folder: Path, box: tuple[float, float, float, float], type_: str = "sentinel-2-l2a") -> tuple[Any, list[Any]]:  # fmt: skip
    """The red of the scenes below a folder, as an image of 4 x 4 pixels, and what the catalogue lists of them."""
    service = Service(open_source(folder))
    asked = body(DIGITAL, type_=type_, box=box, epsg=32631, size=(4, 4), dates=("2023-06-01", "2023-06-30"), responses=[response()])  # fmt: skip
    search = {"collections": [type_], "datetime": "2023-06-01T00:00:00Z/2023-06-30T00:00:00Z"}
    try:
        image = tiff(send(service, asked))
        listed = send(service, search, path="/api/v1/catalog/1.0.0/search")
        assert listed.status == 200, listed.body
        return image, json.loads(listed.body)["features"]
    finally:
        service.close()


@pytest.mark.parametrize("place", ["sentinel-2-l2a/S2A_1.SAFE", "sentinel-2-l2a", "other/S2A_1.SAFE"])
def test_products_of_a_folder_are_answered(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True, parents=True)
    red = product(tmp_path / place)["B04"].astype(int)
    if place.startswith("other"):
        (tmp_path / "collections.toml").write_text('sentinel-2-l2a = "other"\n')
    image, (item,) = found_at(tmp_path, (500_000, 4_799_960, 500_040, 4_800_000))
    np.testing.assert_array_equal(image[0], np.where(red > 0, np.maximum(red - 1000, 0), 0)[:4, :4])
    assert item["id"] == Path(place).name
    assert item["properties"]["eo:cloud_cover"] == 3.5
    assert item["properties"]["datetime"] == "2023-06-01T10:50:31Z"


def test_items_of_stac_are_answered(tmp_path: Path) -> None:
    folder = tmp_path / "sentinel-2-l2a"
    folder.mkdir()
    red = item(folder, OLD, **{"s2:processing_baseline": "05.09"}).astype(int)
    item(folder, OLD, "older.json", datetime="2023-05-01T10:50:31Z")
    with rasterio.open(folder / "red.tif", "r+") as dataset:
        dataset.crs, dataset.nodata = "EPSG:32631", 0
    image, (listed,) = found_at(tmp_path, (500_000, 6_699_960, 500_040, 6_700_000))
    np.testing.assert_array_equal(image[0], np.maximum(red - 1000, 0)[:4, :4])
    assert listed["id"] == ITEM["id"]
    assert listed["properties"]["eo:cloud_cover"] == 12.5


def test_a_folder_of_scenes_is_for_every_collection(tmp_path: Path) -> None:
    write(tmp_path / "2020-07-06.tif", 2000)
    assert open_source(tmp_path) == Folders({}, tmp_path)


def test_filters_of_radars_are_heeded_by_made_up_scenes_alone(service: Service, tmp_path: Path) -> None:
    radar = script("VV", "return [s.VV];", output="{ bands: 1 }")
    days = script("VV", "outputMetadata.userData = { days: scenes.orbits.map((o) => o.dateFrom.slice(0, 10)) }; return [0];", more=', mosaicking: "ORBIT"')  # fmt: skip

    def found(**filters: Any) -> tuple[list[str], tuple[str, ...]]:
        asked = body(days, type_="sentinel-1-grd", size=(4, 4), dates=("2020-06-01", "2020-07-30"), responses=[response("userdata", "application/json")], **filters)  # fmt: skip
        answer, call = handled(service, asked)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)["days"], call.warnings

    everything, _ = found()
    rising, warnings = found(orbitDirection="ASCENDING", polarization="DV", acquisitionMode="IW", resolution="HIGH")
    falling, _ = found(orbitDirection="DESCENDING")
    assert warnings == ()
    assert sorted(rising + falling) == sorted(everything)
    assert min(len(rising), len(falling)) >= 4
    none, (warning,) = found(acquisitionMode="EW", polarization="DH")
    assert none == []
    assert warning == (
        "no scene has acquisitionMode EW, polarization DH: made-up Sentinel-1 is IW/DV/HIGH from 60° S to 66° N, and "
        "EW/DH/MEDIUM beyond"
    )
    sea: dict[str, Any] = {"box": (5.0, 72.0, 5.1, 72.1), "type_": "sentinel-1-grd", "acquisitionMode": "EW"}
    assert handled(service, body(script("HH", "return [s.HH];", output="{ bands: 1 }"), **sea))[1].warnings == ()
    refused = error_of(send(service, body(radar, **sea)))
    assert refused["code"] == "RENDERER_S1_MISSING_POLARIZATION"
    assert refused["message"].startswith("Requested band 'VV' is not present in Sentinel 1 tile 'made-up-")
    wrong = error_of(send(service, body(radar, type_="sentinel-1-grd", polarization="XX")))
    assert wrong["message"].startswith('`input->data[0]->dataFilter->polarization` is "XX": expected one of DV, DH')
    assert handled(service, body(orbitDirection=3))[1].warnings == (
        "`dataFilter->orbitDirection` of sentinel-2-l2a was ignored",
    )


def test_without_data_scenes_are_made_up() -> None:
    assert open_source(None, seed=4) == MadeUp(4)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        open_source(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="is not a collection"):
        open_source({"nothing": tmp_path})
    (tmp_path / "collections.toml").write_text("S2L2A = 3\n")
    with pytest.raises(ConfigError, match="has to be the name of a folder"):
        open_source(tmp_path)


def test_many_tiles_of_a_day_are_read_as_one_under_orbit(monkeypatch: pytest.MonkeyPatch) -> None:
    source = script("B04", "return [s.map((each) => each.B04).reduce((a, b) => a + b, 0)];", more=', mosaicking: "ORBIT"')  # fmt: skip
    asked = body(source, box=(4.9, 44.9, 5.1, 45.1), size=(20, 20), responses=[response()])
    services = [Service(MadeUp()) for _ in range(2)]  # what one has read it keeps
    try:
        apart = tiff(send(services[0], asked))
        monkeypatch.setattr(sources, "MAX_VALUES", 20 * 20 * 5)  # five scenes, of which there are more
        together = tiff(send(services[1], asked))
        asked["evalscript"] = source.replace("ORBIT", "TILE")
        assert "the limit on this machine" in error_of(send(services[1], asked))["message"]
    finally:
        for service in services:
            service.close()
    np.testing.assert_array_equal(apart, together)


def test_too_much_is_refused(service: Service) -> None:
    source = script("B04 B08", "return [s.length];", more=', mosaicking: "ORBIT"')
    found = error_of(
        send(service, body(source, size=(2500, 2500), dates=("2018-01-01", "2020-12-31"), responses=[response()]))
    )
    assert "the limit on this machine" in found["message"]
