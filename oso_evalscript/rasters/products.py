"""Sentinel-2 products as they are delivered: `.SAFE` folders."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.files import read_file
from oso_evalscript.rasters.naming import MASK
from oso_evalscript.rasters.reading import Acquisition, Layer
from oso_evalscript.rasters.scaling import Stored
from oso_evalscript.rasters.sources import Request, check_complete

_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
"""By `band_id`, as the metadata count them."""

_IMAGE = re.compile(r"_(B\d[0-9A]|SCL|AOT)(?:_(\d+)m)?$")


def find_products(path: Path) -> list[Path]:
    """Return the Sentinel-2 products at a path: a `.SAFE` folder, or those in a folder."""
    if not path.is_dir():
        return []
    if _is_product(path):
        return [path]
    return [below for below in sorted(path.iterdir()) if below.is_dir() and _is_product(below)]


def _is_product(folder: Path) -> bool:
    return any(folder.glob("MTD_MSIL*.xml"))


def read_product(path: Path, request: Request) -> tuple[Acquisition, ...]:
    """Return the acquisition of a `.SAFE` folder: of each band the finest image.

    Digital numbers are brought to those of the time before processing baseline 04.00, as the service does.

    Raises:
        RasterError: it is not complete, or its metadata cannot be read.
    """
    metadata = next(iter(sorted(path.glob("MTD_MSIL*.xml"))))
    facts = _facts(metadata)
    images: dict[str, tuple[int, Path]] = {}
    for image in sorted(path.glob("GRANULE/*/IMG_DATA/**/*.jp2")):
        match = _IMAGE.search(image.stem)
        if match and (match[1] not in images or int(match[2] or 0) < images[match[1]][0]):
            images[match[1]] = int(match[2] or 0), image
    layers: dict[str, Layer] = {}
    for name in request.wanted:
        if name in images:
            file = read_file(images[name][1])
            reflectance = name in _BANDS
            offset = facts.offsets.get(name, 0.0) if reflectance else 0.0
            scale = 1 / facts.quantification if reflectance else None
            stored = Stored(file.bands[0].dtype, scale, offset / facts.quantification, digital=True)
            layers[name] = Layer(file, file.bands[0], stored, 0.0)
    check_complete(layers, request, [str(path)])
    if set(request.wanted) <= {MASK} and images:
        file = read_file(min(images.values())[1])
        layers[""] = Layer(file, file.bands[0], Stored(file.bands[0].dtype), 0.0)  # it tells where there is data
    if not [name for name in layers if name != MASK]:
        raise RasterError(f"{path}: contains no image for a band of the script")
    return (Acquisition(layers, facts.date, facts.cloud, path.name),)


class _Facts:
    """What the metadata of a product say."""

    def __init__(self, date: dt.datetime | None, cloud: float | None, quantification: float) -> None:
        self.date = date
        self.cloud = cloud
        self.quantification = quantification
        self.offsets: dict[str, float] = {}


def _facts(path: Path) -> _Facts:
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise RasterError(f"{path}: the metadata cannot be read ({error})") from None
    texts: Mapping[str, str] = {item.tag.rpartition("}")[2]: (item.text or "").strip() for item in root.iter()}
    quantification = texts.get("BOA_QUANTIFICATION_VALUE") or texts.get("QUANTIFICATION_VALUE") or "10000"
    cloud = texts.get("Cloud_Coverage_Assessment")
    try:
        date = dt.datetime.fromisoformat(texts["PRODUCT_START_TIME"])
        found = _Facts(date, float(cloud) if cloud else None, float(quantification))
        for item in root.iter():
            if item.tag.rpartition("}")[2] in ("BOA_ADD_OFFSET", "RADIO_ADD_OFFSET"):
                found.offsets[_BANDS[int(item.attrib["band_id"])]] = float(item.text or 0)
    except (KeyError, ValueError, IndexError) as error:
        raise RasterError(f"{path}: the metadata are not those of a Sentinel-2 product ({error})") from None
    return found
