"""How the radar of Sentinel-1 took a made-up acquisition: in one mode over land, in another over the polar seas."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from oso_evalscript.runtime.archive import Item

COLLECTION = "sentinel-1-grd"

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "acquisitionMode": ("SM", "IW", "EW", "WV"),
        "polarization": ("DV", "DH", "SV", "SH", "VV", "VH", "HH", "HV"),
        "resolution": ("HIGH", "MEDIUM"),
        "orbitDirection": ("ASCENDING", "DESCENDING"),
    }
)
"""What a `dataFilter` can ask of Sentinel-1, and the words for it."""

BANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"DV": ("VV", "VH"), "DH": ("HH", "HV"), "SV": ("VV",), "SH": ("HH",)}
    | {name: (name,) for name in ("VV", "VH", "HH", "HV")}
)
"""The bands of backscatter that an acquisition of a polarisation has."""

_NORTH, _SOUTH = 66, -60  # degrees of latitude, between which the land mode is used
_LAND = {"acquisitionMode": "IW", "polarization": "DV", "resolution": "HIGH"}
_POLAR = {"acquisitionMode": "EW", "polarization": "DH", "resolution": "MEDIUM"}
_REVISIT = 6  # days


def mode_at(latitude: float) -> Mapping[str, str]:
    """Return the mode, polarisation and resolution of acquisitions at a latitude, by the names of `FIELDS`."""
    return _LAND if _SOUTH <= math.floor(latitude) < _NORTH else _POLAR


def radar_of(item: Item) -> Mapping[str, str]:
    """Return how an acquisition was taken, by the names of `FIELDS`."""
    rising = item.date.toordinal() // _REVISIT % 2
    return {**mode_at(item.tile[1]), "orbitDirection": "ASCENDING" if rising else "DESCENDING"}


def missing_band(item: Item, bands: tuple[str, ...]) -> str | None:
    """Return the first band of backscatter that an acquisition lacks; None if it has all."""
    there = BANDS[radar_of(item)["polarization"]]
    return next((name for name in bands if name in BANDS and name not in there), None)
