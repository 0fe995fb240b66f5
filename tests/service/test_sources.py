from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from oso_evalscript.model.errors import ConfigError
from oso_evalscript.service.local import Service
from oso_evalscript.service.sources import Folders, MadeUp, open_source
from tests.service.bodies import body, error_of, response, script, send
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


def test_a_folder_of_scenes_is_for_every_collection(tmp_path: Path) -> None:
    write(tmp_path / "2020-07-06.tif", 2000)
    assert open_source(tmp_path) == Folders({}, tmp_path)


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


def test_too_much_is_refused(service: Service) -> None:
    source = script("B04 B08", "return [s.length];", more=', mosaicking: "ORBIT"')
    found = error_of(
        send(service, body(source, size=(2500, 2500), dates=("2018-01-01", "2020-12-31"), responses=[response()]))
    )
    assert "the limit on this machine" in found["message"]
