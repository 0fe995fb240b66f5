"""A made-up world: sea and land, heights, what covers the ground, seasons and clouds, for any place and date."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.runtime.noise import Floats, Places, cells, layered, number, share, smooth

_SEA = -0.42  # below this the relief lies under water: about a sixth of the globe
_STEEPNESS = 1000.0  # metres of a place that lies a relief of 1 above the sea
_FIELD = 0.0045, 0.003  # degrees: the width and height of a parcel
_CLOUD_SIZE = 0.22
_OVERCAST = 0.75  # the clouds' noise lies within it, nearly always


class Cover(IntEnum):
    """What covers the ground."""

    WATER = 0
    SAND = 1
    TOWN = 2
    WINTER_CROP = 3
    SUMMER_CROP = 4
    GRASS = 5
    BROADLEAF = 6
    CONIFER = 7
    ROCK = 8
    SNOW = 9


# Greenness in winter and at its height, and the day of the year of that, on the northern half of the globe.
_GREEN = {
    Cover.WATER: (0.0, 0.0, 180),
    Cover.SAND: (0.02, 0.04, 150),
    Cover.TOWN: (0.10, 0.22, 180),
    Cover.WINTER_CROP: (0.22, 0.95, 135),
    Cover.SUMMER_CROP: (0.08, 0.95, 215),
    Cover.GRASS: (0.40, 0.82, 160),
    Cover.BROADLEAF: (0.22, 0.96, 190),
    Cover.CONIFER: (0.72, 0.84, 190),
    Cover.ROCK: (0.03, 0.14, 190),
    Cover.SNOW: (0.0, 0.0, 180),
}
_PARCELLED = (Cover.WINTER_CROP, Cover.SUMMER_CROP, Cover.GRASS, Cover.TOWN)
_SHORT_SEASON = (Cover.WINTER_CROP, Cover.SUMMER_CROP)


@dataclass(frozen=True)
class Ground:
    """What lies at some places, whatever the date.

    Attributes:
        places: where.
        seed: another seed is another world.
    """

    places: Places
    seed: int = 0

    @cached_property
    def relief(self) -> Floats:
        """The shape of the land, about -1 to 1."""
        return layered(self.places, 1.4, 11, self.seed + 1)

    @cached_property
    def height(self) -> Floats:
        """Metres above the sea; 0 on water."""
        above = np.maximum(self.relief - np.float32(_SEA), 0)
        height: Floats = np.float32(_STEEPNESS) * above**3
        return height

    @cached_property
    def parcel(self) -> NDArray[np.uint32]:
        """A random number of the parcel that each place is in."""
        bent = smooth(self.places, 0.05, self.seed + 2).astype(np.float64) * 0.002  # parcels are no chessboard
        places = Places(self.places.longitude + bent, self.places.latitude + bent)
        return cells(places, *_FIELD, self.seed + 3)

    @cached_property
    def variety(self) -> Floats:
        """How much a place differs from others of its cover, -1 to 1: by its parcel where it is farmed, and finely."""
        fine = smooth(self.places, 0.0004, self.seed + 4)
        parcels = (share(self.parcel) - np.float32(0.5)) * np.float32(1.2)
        wild = np.float32(0.5) * layered(self.places, 0.012, 4, self.seed + 7)
        found: Floats = np.where(np.isin(self.lasting_cover, _PARCELLED), parcels, wild) + np.float32(0.4) * fine
        return found

    @cached_property
    def lasting_cover(self) -> NDArray[np.uint8]:
        """What covers the ground without snow, as codes of `Cover`."""
        moist = layered(self.places, 0.09, 6, self.seed + 5)
        built = layered(self.places, 0.09, 5, self.seed + 6)
        kind = share(self.parcel ^ np.uint32(0x5BD1E995))
        above = self.relief - np.float32(_SEA)
        cover = np.select(
            [kind < 0.38, kind < 0.66],
            [np.uint8(Cover.WINTER_CROP), np.uint8(Cover.SUMMER_CROP)],
            np.uint8(Cover.GRASS),
        ).astype(np.uint8)
        wooded = moist > 0.22
        cover[wooded] = Cover.BROADLEAF
        cover[wooded & (self.height > 650)] = Cover.CONIFER
        cover[(built > 0.62) & (self.height < 900)] = Cover.TOWN
        cover[self.height > 1900] = Cover.ROCK
        cover[(above < 0.012) & (above >= 0)] = Cover.SAND
        cover[(above < 0) | ((np.abs(moist) < 0.012) & (self.height < 500))] = Cover.WATER  # the sea, and rivers
        return cover


@dataclass(frozen=True)
class Moment:
    """The ground and the sky at one date.

    Attributes:
        ground: the ground.
        date: when; its day tells season and clouds.
    """

    ground: Ground
    date: dt.datetime

    @cached_property
    def _turn(self) -> tuple[float, NDArray[np.float32]]:
        """The day of the year as an angle, and for each row how strong seasons are, below 0 in the south."""
        day = self.date.timetuple().tm_yday
        strength = np.clip(self.ground.places.latitude / 35, -1, 1).astype(np.float32)
        return 2 * math.pi * day / 365.25, strength

    @cached_property
    def warmth(self) -> Floats:
        """Degrees Celsius at the ground, roughly."""
        angle, strength = self._turn
        latitude = np.abs(self.ground.places.latitude).astype(np.float32)
        summer = np.float32(math.cos(angle - 2 * math.pi * 200 / 365.25)) * strength
        warmth: Floats = (
            np.float32(29)
            - np.float32(0.38) * latitude
            + np.float32(11) * summer
            - self.ground.height / np.float32(160)
        )
        return warmth

    @cached_property
    def cover(self) -> NDArray[np.uint8]:
        """What covers the ground that day, as codes of `Cover`."""
        cover = self.ground.lasting_cover.copy()
        cover[(self.warmth + 2 * self.ground.variety < -3) & (cover != Cover.WATER)] = Cover.SNOW
        return cover

    @cached_property
    def greenness(self) -> Floats:
        """The share of the ground that is green, 0 to 1."""
        angle, strength = self._turn
        table = np.array([_GREEN[cover] for cover in Cover], np.float32)
        peaks = table[:, 2] * np.float32(2 * math.pi / 365.25)
        wave = (1 + np.cos(np.float32(angle) - peaks)) / 2
        short = np.isin(np.arange(len(Cover)), _SHORT_SEASON)
        wave = np.where(short, wave**3, wave).astype(np.float32)
        other = np.where(short, ((1 + np.cos(np.float32(angle + math.pi) - peaks)) / 2) ** 3, 1 - wave)
        north = (1 + strength) / 2
        cover = self.cover
        season: Floats = wave[cover] * north + other.astype(np.float32)[cover] * (1 - north)
        green: Floats = table[cover, 0] + (table[cover, 1] - table[cover, 0]) * season
        return np.clip(green * (1 + np.float32(0.2) * self.ground.variety), np.float32(0), np.float32(1))

    @cached_property
    def opacity(self) -> Floats:
        """How much of the ground clouds hide, 0 to 1."""
        return self._clouds(self.ground.places)

    @cached_property
    def shade(self) -> Floats:
        """How much of the light clouds keep from the ground, 0 to 1."""
        return self._clouds(self.ground.places.moved(0.013, -0.009))

    def _clouds(self, places: Places) -> Floats:
        day = self.date.toordinal()
        seed = self.ground.seed + 1000 + day % 100_000
        usual = number(day, self.ground.seed)
        amount = np.float32(1.5 * usual**1.5 - 0.95) + np.float32(0.3) * smooth(places, 4.0, seed)  # of all, below 0
        field = layered(places, _CLOUD_SIZE, 6, seed)
        opacity: Floats = np.clip((field * np.float32(1 / _OVERCAST) + amount) * np.float32(5), 0, 1)
        return opacity


CLOUDY = 0.4
"""From this opacity on, a pixel counts as cloud."""


def cloud_cover(moment: Moment) -> float:
    """Return the percent of the places that clouds hide."""
    return float(100 * np.mean(moment.opacity > CLOUDY))
