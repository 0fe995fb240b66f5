"""STAC: items, collections of items and folders of them as acquisitions."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pystac
from pystac.errors import STACError, STACTypeError

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.files import FileBand, read_file
from oso_evalscript.rasters.naming import MASK
from oso_evalscript.rasters.reading import Acquisition, Layer
from oso_evalscript.rasters.scaling import Stored
from oso_evalscript.rasters.sources import Request, check_complete

_NETWORK = re.compile(r"^(https?|s3|gs|az|ftp)://")
_COMMON = {
    "sentinel-2": {
        "coastal": "B01", "blue": "B02", "green": "B03", "red": "B04", "rededge1": "B05", "rededge2": "B06",
        "rededge3": "B07", "rededge071": "B05", "rededge075": "B06", "rededge078": "B07", "nir": "B08",
        "nir08": "B8A", "nir09": "B09", "cirrus": "B10", "swir16": "B11", "swir22": "B12", "scl": "SCL", "aot": "AOT",
    },
    "landsat-ot": {
        "coastal": "B01", "blue": "B02", "green": "B03", "red": "B04", "nir08": "B05", "swir16": "B06", "swir22": "B07",
        "pan": "B08", "cirrus": "B09", "lwir11": "B10", "lwir12": "B11",
    },
}  # fmt: skip
"""Common names, and the keys of assets that follow them, by the beginning of a collection's id."""

_RESOLUTION = re.compile(r"[_-](\d+)m$", re.IGNORECASE)
_IMAGES = (".tif", ".tiff", ".jp2")
_OFFSET_SINCE = 4.0  # the processing baseline of Sentinel-2 since which digital numbers are 1000 higher
_OFFSET_FROM = dt.datetime(2022, 1, 25)
_OFFSET = -0.1


@dataclass(frozen=True, slots=True)
class _Asset:
    """A band in an asset of an item, with what the item says of its values."""

    key: str
    href: str
    index: int
    names: tuple[str, ...]
    facts: Mapping[str, Any]
    bands: int

    @property
    def rank(self) -> tuple[int, float, int, str]:
        """What is preferred: files of one band, fine ones, GeoTIFFs."""
        found = _RESOLUTION.search(self.key)
        size = float(found[1]) if found else float(self.facts.get("gsd") or 0)
        return self.bands, size, int(self.href.lower().endswith(".jp2")), self.key


def looks_like_stac(path: Path) -> bool:
    """Return whether a file or folder is named as STAC is."""
    if path.is_dir():
        return bool(_item_files(path))
    return path.suffix.lower() in (".json", ".geojson")


def read_stac(path: Path, request: Request) -> tuple[Acquisition, ...]:
    """Return the acquisitions of the items at a path: an item, a collection of them, a catalogue or a folder.

    Raises:
        RasterError: there is no item, or one lacks a band; or an asset lies on the network and that was not asked for.
    """
    files = [path]
    if path.is_dir():
        files = _item_files(path)
    items = [item for file in files for item in _items(file)]
    if not items:
        raise RasterError(f"{path}: contains no STAC item")
    return tuple(_read_item(item, path, request) for item in items)


def _item_files(folder: Path) -> list[Path]:
    """The files of a folder that speak of STAC; others may lie beside rasters for other reasons."""
    files = sorted(item for item in folder.iterdir() if item.suffix.lower() in (".json", ".geojson"))
    return [file for file in files if "stac_version" in file.read_text(encoding="utf-8", errors="replace")]


def _items(path: Path) -> Iterator[pystac.Item]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RasterError(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise RasterError(f"{path}: is not JSON ({error})") from None
    kind = data.get("type") if isinstance(data, dict) else None
    try:
        if kind == "FeatureCollection":
            for feature in data.get("features", []):
                yield pystac.Item.from_dict(feature, href=str(path.absolute()), migrate=False)
        elif kind == "Feature":
            yield pystac.Item.from_dict(data, href=str(path.absolute()), migrate=False)
        elif kind in ("Catalog", "Collection"):
            yield from _linked(path, data)
        else:
            raise RasterError(f"{path}: is not a STAC item: expected a `type` of Feature or FeatureCollection")
    except (STACError, STACTypeError, KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, RasterError):
            raise
        raise RasterError(f"{path}: is not a STAC item ({type(error).__name__}: {error})") from None


def _linked(path: Path, data: Mapping[str, Any]) -> Iterator[pystac.Item]:
    """The items below a catalogue that lie on this machine."""
    for link in data.get("links", []):
        if link.get("rel") in ("item", "child") and not _NETWORK.match(link["href"]):
            yield from _items(path.parent / link["href"])


def _read_item(item: pystac.Item, path: Path, request: Request) -> Acquisition:
    try:
        return _acquisition(item, path, request)
    except RasterError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # a field of another type than STAC's
        what = f"{type(error).__name__}: {error}"
        raise RasterError(f"{path}: the item {item.id} does not have the fields that STAC describes ({what})") from None


def _acquisition(item: pystac.Item, path: Path, request: Request) -> Acquisition:
    place = f"{path}: the item {item.id}"
    assets = [band for key, asset in item.assets.items() for band in _bands(item, key, asset)]
    layers: dict[str, Layer] = {}
    for name in request.wanted:
        found = _find(name, assets, request)
        if found is not None:
            layers[name] = _layer(name, found, item, place, request)
        elif name != MASK:
            there = ", ".join(sorted(item.assets)) or "none"
            raise RasterError(
                f"{place}: the asset for {name} is not clear; its assets are {there}: use --band {name}=KEY"
            )
    check_complete(layers, request, [place])
    images = [asset for asset in assets if asset.href.lower().endswith(_IMAGES)]
    if set(request.wanted) <= {MASK} and images:
        layers[""] = _layer("", min(images, key=lambda asset: asset.rank), item, place, request)
    if not layers:
        raise RasterError(f"{place}: has no asset for a band of the script")
    start = item.datetime or item.common_metadata.start_datetime
    cloud = item.properties.get("eo:cloud_cover")
    geometry = item.geometry if isinstance(item.geometry, dict) else None
    return Acquisition(layers, start, None if cloud is None else float(cloud), item.id, geometry)


def _bands(item: pystac.Item, key: str, asset: pystac.Asset) -> Iterator[_Asset]:
    """The bands of an asset that holds data; of a picture to look at none."""
    if {"thumbnail", "overview", "visual", "metadata"} & set(asset.roles or ()):
        return
    fields = asset.extra_fields
    described = fields.get("bands") or fields.get("eo:bands") or [{}]
    values = fields.get("raster:bands") or []
    href = asset.get_absolute_href() or asset.href
    for index, band in enumerate(described):
        facts = {**fields, **(values[index] if index < len(values) else {}), **band}
        plain = {name.removeprefix("raster:"): value for name, value in facts.items() if not isinstance(value, list)}
        common = band.get("eo:common_name") or band.get("common_name")
        names = [band.get("name"), common, key if len(described) == 1 else None]
        given = tuple(_RESOLUTION.sub("", name) for name in names if name)
        yield _Asset(key, href, index + 1, given, plain, len(described))


def _find(name: str, assets: list[_Asset], request: Request) -> _Asset | None:
    said = request.said.get(name)
    if said is not None:
        return next((asset for asset in assets if asset.key == said), None)
    exact = [asset for asset in assets if any(name.casefold() == other.casefold() for other in asset.names)]
    if exact:
        return min(exact, key=lambda asset: asset.rank)
    own = "" if request.collection is None else request.collection.id
    table: dict[str, str] = next((names for start, names in _COMMON.items() if own.startswith(start)), {})
    alike = [asset for asset in assets if any(table.get(other.casefold()) == name for other in asset.names)]
    return min(alike, key=lambda asset: asset.rank, default=None)


def _layer(name: str, asset: _Asset, item: pystac.Item, place: str, request: Request) -> Layer:
    href = asset.href.removeprefix("file://")
    if _NETWORK.match(href) and not request.network:
        raise RasterError(
            f"{place}: the asset {asset.key} is at {href}, which is read only with --network; use that, or "
            "download the asset"
        )
    file = read_file(_for_gdal(href))
    band = file.band(asset.index)
    if band is None:
        raise RasterError(f"{place}: the asset {asset.key} has no band {asset.index}")
    nodata = asset.facts.get("nodata")
    known = band.nodata if nodata is None else float(nodata)
    return Layer(file, band, _stored(name, asset, band, item, request), known)


def _for_gdal(href: str) -> str:
    """An address as GDAL opens it."""
    if href.startswith(("http://", "https://", "ftp://")):
        return f"/vsicurl/{href}"
    return href


def _stored(name: str, asset: _Asset, band: FileBand, item: pystac.Item, request: Request) -> Stored:
    """How values are stored: what the item says, else the file; Sentinel-2 by its processing baseline."""
    scale, offset = asset.facts.get("scale"), asset.facts.get("offset")
    found = Stored(band.dtype, None if scale is None else float(scale), float(offset or 0.0))
    if scale is None and (band.scale, band.offset) != (1.0, 0.0):
        found = replace(found, scale=band.scale, offset=band.offset)
    own = None if request.collection is None else request.collection.band(name)
    if request.collection is None or not request.collection.id.startswith("sentinel-2"):
        return found
    if own is None or "REFLECTANCE" not in own.units:
        return replace(found, digital=True)
    applied = item.properties.get("earthsearch:boa_offset_applied", item.properties.get("sentinel:boa_offset_applied"))
    if applied:  # its word counts, even where an offset is listed beside it
        return replace(found, scale=found.scale or 0.0001, offset=0.0, digital=True)
    if offset is None and found.scale is None:
        baseline = _baseline(item)
        later = baseline >= _OFFSET_SINCE
        doubtful = not baseline and _is_late(item)
        return replace(found, scale=0.0001, offset=_OFFSET if later else 0.0, digital=True, doubtful=doubtful)
    return replace(found, digital=True, doubtful=offset is None and found.offset == 0 and _is_late(item))


def _is_late(item: pystac.Item) -> bool:
    """Whether all products of an item's day were made with a baseline that adds an offset."""
    taken = item.datetime or item.common_metadata.start_datetime
    return taken is not None and taken.replace(tzinfo=None) >= _OFFSET_FROM


def _baseline(item: pystac.Item) -> float:
    """The processing baseline, 0 where the item does not say it."""
    for key in ("s2:processing_baseline", "sentinel:processing_baseline", "processing:version"):
        match = re.match(r"^0?(\d+)[.](\d+)", str(item.properties.get(key, "")))
        if match:
            return float(f"{match[1]}.{match[2]}")
    return 0.0
