"""What sensors see of the made-up world: the bands of catalogued collections at some places and a date."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.catalog import Band, Collection, typical_range
from oso_evalscript.model.nomenclature import shipped_nomenclature
from oso_evalscript.runtime.noise import Floats, layered, share, smooth
from oso_evalscript.runtime.world import CLOUDY, Cover, Moment

# Reflectance of plain ground and of green leaves at some wavelengths, by cover; our choice, near to what is measured.
_WAVELENGTHS = (443, 490, 560, 665, 705, 740, 842, 945, 1375, 1610, 2190)
_LEAVES = (0.02, 0.025, 0.06, 0.03, 0.11, 0.32, 0.42, 0.42, 0.02, 0.20, 0.09)
_NEEDLES = (0.015, 0.02, 0.035, 0.025, 0.06, 0.18, 0.24, 0.24, 0.01, 0.11, 0.05)
_SOIL = (0.07, 0.09, 0.12, 0.16, 0.18, 0.20, 0.24, 0.26, 0.02, 0.32, 0.26)
_WATER = (0.055, 0.05, 0.045, 0.025, 0.02, 0.015, 0.012, 0.01, 0.002, 0.006, 0.004)
_SAND = (0.16, 0.20, 0.26, 0.32, 0.34, 0.36, 0.40, 0.41, 0.04, 0.48, 0.44)
_TOWN = (0.10, 0.12, 0.14, 0.16, 0.17, 0.18, 0.20, 0.20, 0.02, 0.22, 0.20)
_ROCK = (0.11, 0.13, 0.16, 0.19, 0.20, 0.21, 0.23, 0.23, 0.03, 0.26, 0.23)
_SNOW = (0.90, 0.92, 0.92, 0.90, 0.89, 0.88, 0.85, 0.75, 0.10, 0.12, 0.08)
_CLOUD = (0.72, 0.72, 0.72, 0.72, 0.72, 0.72, 0.71, 0.60, 0.25, 0.50, 0.38)
_PLAIN = {Cover.WATER: _WATER, Cover.SAND: _SAND, Cover.TOWN: _TOWN, Cover.ROCK: _ROCK, Cover.SNOW: _SNOW}

_SENTINEL_2 = {
    "B01": 443, "B02": 490, "B03": 560, "B04": 665, "B05": 705, "B06": 740, "B07": 783, "B08": 842, "B8A": 865,
    "B09": 945, "B10": 1375, "B11": 1610, "B12": 2190,
}  # fmt: skip
_LANDSAT_8 = {
    "B01": 443, "B02": 482, "B03": 561, "B04": 655, "B05": 865, "B06": 1609, "B07": 2201, "B08": 590, "B09": 1373,
}  # fmt: skip
_LANDSAT_5 = {"B01": 485, "B02": 560, "B03": 660, "B04": 830, "B05": 1650, "B07": 2215, "B08": 700}
_OLCI = dict(
    zip(
        (f"B{index:02}" for index in range(1, 22)),
        (400, 412, 443, 490, 510, 560, 620, 665, 674, 681, 709, 754, 761, 764, 768, 779, 865, 885, 900, 940, 1020),
        strict=True,
    )
)
_SEEN = {
    "sentinel-2-l1c": _SENTINEL_2,
    "sentinel-2-l2a": _SENTINEL_2,
    "sentinel-3-olci": _OLCI,
    "sentinel-3-olci-l2": _OLCI,
    "sentinel-3-slstr": {"S1": 555, "S2": 659, "S3": 865, "S4": 1375, "S5": 1610, "S6": 2190},
    "landsat-mss-l1": {"B01": 550, "B02": 650, "B03": 750, "B04": 950},
    "landsat-tm-l1": _LANDSAT_5, "landsat-tm-l2": _LANDSAT_5,
    "landsat-etm-l1": _LANDSAT_5, "landsat-etm-l2": _LANDSAT_5,
    "landsat-ot-l1": _LANDSAT_8, "landsat-ot-l2": _LANDSAT_8,
    "modis": {"B01": 645, "B02": 858, "B03": 469, "B04": 555, "B05": 1240, "B06": 1640, "B07": 2130},
    "hls": {
        "CoastalAerosol": 443, "Blue": 490, "Green": 560, "Red": 660, "RedEdge1": 705, "RedEdge2": 740, "RedEdge3": 783,
        "NIR_Broad": 842, "NIR_Narrow": 865, "SWIR1": 1610, "SWIR2": 2190, "WaterVapor": 945, "Cirrus": 1375,
    },
    "planetscope": {
        "coastal_blue": 443, "blue": 490, "green_i": 531, "green": 565, "yellow": 610, "red": 665, "rededge": 705,
        "nir": 865,
    },
}  # fmt: skip
"""The wavelength of bands of reflectance, in nanometres, by collection."""

# Codes of land cover for each of `Cover`; a parcel takes one of those listed.
_CLASSES = {
    "oso-23": (
        (23,), (21,), (1, 2, 3, 4), (5, 6, 7, 7, 7), (8, 9, 10, 11, 12),
        (13, 18, 14, 15), (16,), (17,), (20, 19), (22,),
    ),
    "esa-worldcover": ((80,), (60,), (50,), (40,), (40,), (30,), (10,), (10,), (60, 100), (70,)),
    "corine-land-cover": (
        (512, 523), (331,), (111, 112, 121), (211,), (211, 212), (231, 321), (311,), (312,), (332, 333), (335,),
    ),
}  # fmt: skip
_BACKSCATTER = (0.012, 0.03, 0.45, 0.09, 0.10, 0.08, 0.16, 0.15, 0.12, 0.05)
_CLEAR, _CLOUDED, _WET, _SNOWY = 21824, 22280, 21952, 30048  # bits of the quality band of Landsat, Collection 2


def band_values(moment: Moment, collection: Collection | None, band: Band | None, name: str) -> NDArray[Any]:
    """Return the values of a band in its default unit, of shape (y, x).

    What the band's collection is known to show follows the world; all else rises and falls within its usual range.

    Args:
        moment: the places and the date.
        collection: where the band comes from, None where that is not known.
        band: the band, None where the catalogue does not know it.
        name: its name.
    """
    id_ = "" if collection is None else collection.id
    wavelength = _SEEN.get(id_, {}).get(name)
    if wavelength is not None and (band is None or band.units[0] in ("REFLECTANCE", "DN")):
        values = reflectance(moment, wavelength)
        return np.rint(values * 10_000) if id_ == "planetscope" else values
    named = _NAMED.get((id_.partition("-")[0], name)) or _NAMED.get((id_, name))
    if named is not None:
        return named(moment)
    if band is not None and band.units[0] in ("BRIGHTNESS_TEMPERATURE", "SURFACE_TEMPERATURE"):
        return temperature(moment)
    table = _CLASSES.get((band.nomenclature if band is not None else None) or id_)
    if table is not None and (band is None or band.nomenclature or id_ != "cnes-land-cover"):
        return _classes(moment, table)
    return _plain(moment, band, name)


def reflectance(moment: Moment, wavelength: float) -> Floats:
    """Return the reflectance at a wavelength in nanometres, with clouds and their shadows."""
    plain, leaves, cloud = (
        _at(wavelength, spectrum) for spectrum in ([*_PLAIN.values()], [_LEAVES, _NEEDLES], [_CLOUD])
    )
    soil = np.full(len(Cover), _at(wavelength, [_SOIL])[0], np.float32)
    soil[list(_PLAIN)] = plain
    green = np.full(len(Cover), leaves[0], np.float32)
    green[Cover.CONIFER] = leaves[1]
    cover, share_green = moment.cover, moment.greenness
    ground = soil[cover] * (1 - share_green) + green[cover] * share_green
    ground *= (1 + np.float32(0.18) * moment.ground.variety) * (1 - np.float32(0.55) * moment.shade)
    seen: Floats = ground + (cloud[0] - ground) * moment.opacity
    return np.clip(seen, np.float32(0.0001), np.float32(1.2))


def temperature(moment: Moment) -> Floats:
    """Return the temperature of what is seen from above, in kelvin."""
    ground = moment.warmth + np.float32(276.15) + np.float32(4) * (1 - moment.greenness)
    seen: Floats = ground + (np.float32(252) - ground) * moment.opacity
    return seen


def _at(wavelength: float, spectra: Sequence[tuple[float, ...]]) -> NDArray[np.float32]:
    return np.array([np.interp(wavelength, _WAVELENGTHS, spectrum) for spectrum in spectra], np.float32)


def _classes(moment: Moment, table: tuple[tuple[int, ...], ...]) -> NDArray[Any]:
    """Codes of land cover: that of the cover, or one of several by the parcel."""
    most = math.lcm(*(len(codes) for codes in table))
    codes = np.array([[row[index % len(row)] for index in range(most)] for row in table], np.uint16)
    found: NDArray[Any] = codes[moment.ground.lasting_cover, moment.ground.parcel % np.uint32(most)]
    return found


def _plain(moment: Moment, band: Band | None, name: str) -> NDArray[Any]:
    """Values within the usual range of a band: codes by the parcel, numbers rising and falling."""
    seed = sum(ord(letter) * 31**index for index, letter in enumerate(name)) % 2**31
    codes: tuple[int, ...] = () if band is None else tuple(code for code, _ in band.values)
    if band is not None and band.nomenclature:
        codes = shipped_nomenclature(band.nomenclature).codes
    if codes:
        found: NDArray[Any] = np.array(codes)[moment.ground.parcel % np.uint32(len(codes))]
        return found
    low, high = (0.0, 255.0) if band is None else typical_range(band, band.units[0])
    field = layered(moment.ground.places, 0.35, 7, seed + moment.date.toordinal() % 100_000)
    values = low + (high - low) * np.clip(0.5 + 0.45 * field.astype(np.float64), 0, 1)
    return np.rint(values) if band is None or band.units[0] == "DN" else values.astype(np.float32)


def _scene_classes(moment: Moment) -> NDArray[Any]:
    """Sentinel-2's scene classification."""
    cover, opacity = moment.cover, moment.opacity
    codes = np.where(moment.greenness > 0.33, np.uint8(4), np.uint8(5))
    codes[cover == Cover.WATER] = 6
    codes[cover == Cover.SNOW] = 11
    codes[moment.shade > CLOUDY] = 3
    codes[opacity > CLOUDY] = 8
    codes[opacity > 0.8] = 9
    return codes


def _quality(moment: Moment) -> NDArray[Any]:
    cover = moment.cover
    codes = np.full(cover.shape, _CLEAR, np.uint16)
    codes[cover == Cover.WATER] = _WET
    codes[cover == Cover.SNOW] = _SNOWY
    codes[moment.opacity > CLOUDY] = _CLOUDED
    return codes


def _backscatter(moment: Moment, factor: float, seed: int) -> Floats:
    """Radar sees through clouds, and speckles."""
    power = np.array(_BACKSCATTER, np.float32)[moment.cover] * np.float32(factor)
    grain = smooth(moment.ground.places, 0.00012, seed + moment.date.toordinal() % 100_000)
    found: Floats = power * (1 + np.float32(0.25) * moment.ground.variety) * (1 + np.float32(0.8) * grain) ** 2
    return np.maximum(found, np.float32(1e-4))


def _sun(moment: Moment) -> Floats:
    """The zenith angle of the sun in the morning, in degrees."""
    day = moment.date.timetuple().tm_yday
    declination = -23.44 * math.cos(2 * math.pi * (day + 10) / 365.25)
    angle = np.abs(moment.ground.places.latitude - declination) * 0.85 + 22
    return np.broadcast_to(np.clip(angle, 0, 89), moment.ground.places.shape).astype(np.float32)


def _even(value: float) -> Callable[[Moment], NDArray[Any]]:
    return lambda moment: np.full(moment.ground.places.shape, value, np.float32)


_NAMED: Mapping[tuple[str, str], Callable[[Moment], NDArray[Any]]] = {
    ("sentinel-2-l2a", "SCL"): _scene_classes,
    ("sentinel-2-l2a", "CLD"): lambda moment: np.rint(moment.opacity * 100),
    ("sentinel-2-l2a", "SNW"): lambda moment: np.where(moment.cover == Cover.SNOW, np.float32(100), np.float32(0)),
    ("sentinel-2-l2a", "AOT"): lambda moment: (
        np.float32(0.12) + np.float32(0.05) * smooth(moment.ground.places, 1.0, 77)
    ),
    **{
        (f"sentinel-2-{level}", name): function
        for level in ("l1c", "l2a")
        for name, function in {
            "CLM": lambda moment: (moment.opacity > CLOUDY).astype(np.uint8),
            "CLP": lambda moment: np.rint(moment.opacity * 255),
            "sunZenithAngles": _sun,
            "sunAzimuthAngles": _even(150.0),
            "viewZenithMean": _even(5.0),
            "viewAzimuthMean": _even(105.0),
        }.items()
    },
    ("sentinel-1-grd", "VV"): lambda moment: _backscatter(moment, 1.0, 1),
    ("sentinel-1-grd", "VH"): lambda moment: _backscatter(moment, 0.22, 2),
    ("sentinel-1-grd", "HH"): lambda moment: _backscatter(moment, 0.9, 3),
    ("sentinel-1-grd", "HV"): lambda moment: _backscatter(moment, 0.2, 4),
    ("sentinel-1-grd", "localIncidenceAngle"): lambda moment: np.float32(38) + np.float32(6) * moment.ground.variety,
    ("sentinel-1-grd", "scatteringArea"): _even(1.0),
    ("sentinel-1-grd", "shadowMask"): _even(0.0),
    ("landsat", "BQA"): _quality,
    ("landsat", "QA_RADSAT"): _even(0.0),
    ("dem", "DEM"): lambda moment: moment.ground.height,
    ("cnes-land-cover", "OCS_Confidence"): lambda moment: np.rint(62 + 36 * share(moment.ground.parcel * np.uint32(3))),
    ("cnes-land-cover", "OCS_Validity"): lambda moment: np.rint(12 + 30 * share(moment.ground.parcel * np.uint32(5))),
}
