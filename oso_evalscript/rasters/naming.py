"""Which band of a file is which band of the script; never guessed, told instead what there is and how to say it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from oso_evalscript.model.catalog import Collection, candidates
from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.files import FileBand, RasterFile

MASK = "dataMask"
_USUAL = (*(f"B{number:02}" for number in range(1, 22)), "B8A")
"""The names of bands that files are named with, wherever they come from."""
_COLORS = ("red", "green", "blue", "cyan", "magenta", "yellow", "black", "hue", "saturation", "lightness")
_PLAIN = re.compile(r"(band|bande|layer|raster|b|class|classes|classification|values?)?[\s_-]*\d*", re.IGNORECASE)
"""Descriptions that name nothing but a place, or the classes that are expected there."""


def match_bands(
    file: RasterFile,
    wanted: Sequence[str],
    said: Mapping[str, int | str],
    collection: Collection | None,
) -> dict[str, FileBand]:
    """Return the band of the file for each name that a script asks for, `dataMask` only where the file has it.

    What is said counts first, then the descriptions of the bands, then their colours for a script that asks for these,
    then the collection's order where a file has as many bands as the collection and is not a picture, and last the only
    band for the only name.

    Args:
        file: the file.
        wanted: the names, in the script's order.
        said: for some of them the number of the band, or its description.
        collection: where the bands come from, None where that is not known.

    Raises:
        RasterError: for some name it cannot be told.
    """
    found = {name: _said(file, name, said[name]) for name in wanted if name in said}
    for name in wanted:
        named = [band for band in file.bands if band.name == name] or [
            band for band in file.bands if band.name.casefold() == name.casefold()
        ]
        if name not in found and len(named) == 1:
            found[name] = named[0]
    found.update({name: band for name, band in _by_color(file, wanted).items() if name not in found})
    missing = [name for name in wanted if name not in found and name != MASK]
    if missing:
        by_order = _by_order(file, wanted, collection)
        found.update({name: by_order[name] for name in missing if name in by_order})
    missing = [name for name in missing if name not in found]
    if missing:
        raise RasterError(_cannot_tell(file, missing, names_of_bands(wanted, collection)))
    return found


def names_of_bands(wanted: Sequence[str], collection: Collection | None) -> tuple[str, ...]:
    """Return the names of bands that files beside those of a script may be named with.

    They are those of the collection; where that is not known, of all collections that have the script's bands.
    """
    data = [name for name in wanted if name != MASK]
    origins = (collection,) if collection is not None else candidates(data) if data else ()
    usual = _USUAL if collection is None else ()
    names = (*data, *(band.name for origin in origins for band in origin.bands), *usual)
    return tuple(dict.fromkeys(name for name in names if name != MASK))


def words_of(path: str) -> str:
    """Return the words of a file's name, each between two `_`."""
    return re.sub(r"[^0-9A-Za-z]+", "_", f"_{PurePath(path).stem}_")


def bands_in_name(path: str, names: Sequence[str]) -> set[str]:
    """Return the bands whose names are words of a file's name, `OCS_Confidence` rather than `OCS`.

    `T31TCJ_20230601T105031_B04_10m.jp2` is a file of B04.
    """
    text = words_of(path)
    for fold in (str, str.casefold):
        found = {name: f"_{fold(name)}_" for name in names if f"_{fold(name)}_" in fold(text)}
        if found:
            words = set(found.values())
            return {name for name, word in found.items() if not any(word in other for other in words - {word})}
    return set()


def _said(file: RasterFile, name: str, word: int | str) -> FileBand:
    if isinstance(word, int):
        band = file.band(word)
        if band is None:
            there = ", ".join(str(band.index) for band in file.bands) or "none"
            raise RasterError(f"{file.path}: has no band {word} for {name}; the numbers of its bands are {there}")
        return band
    named = [band for band in file.bands if word in (band.name, "" if band.name else band.color)]
    if len(named) != 1:
        raise RasterError(
            f"{file.path}: has {len(named) or 'no'} bands described as `{word}` for {name}; it has {_shown(file)}"
        )
    return named[0]


def _by_color(file: RasterFile, wanted: Sequence[str]) -> dict[str, FileBand]:
    """The bands of a script for pictures, whose bands are called as the colours are; no others can be meant."""
    data = {name.casefold(): name for name in wanted if name != MASK}
    there = {band.color: band for band in file.bands if not band.name}
    for words in (("red", "green", "blue"), ("r", "g", "b")):
        if set(data) == set(words) and set(there) >= set(_COLORS[:3]):
            return {data[word]: there[color] for word, color in zip(words, _COLORS, strict=False)}
    return {}


def _by_order(file: RasterFile, wanted: Sequence[str], collection: Collection | None) -> dict[str, FileBand]:
    """The bands by position, unless descriptions, colours or the name of the file speak for others."""
    known = [] if collection is None else [band.name for band in collection.bands if band.name != MASK]
    names = names_of_bands(wanted, collection)
    described = {band.name.casefold() for band in file.bands if band.name}
    if described & {name.casefold() for name in names}:
        return {}
    data = [name for name in wanted if name != MASK]
    if len(file.bands) == 1 and _named_otherwise(file, data, names):
        return {}
    if len(known) == len(file.bands) and collection is not None and not collection.any_bands:
        by_order = dict(zip(known, file.bands, strict=True))
        if len(known) == 1 or not (_is_picture(file) or any(_is_other(band, name) for name, band in by_order.items())):
            return by_order
    return {data[0]: file.bands[0]} if len(data) == len(file.bands) == 1 else {}


def _is_picture(file: RasterFile) -> bool:
    """Whether the bands are colours, or several are pictures of their own."""
    colors = [band.color for band in file.bands]
    return any(color in _COLORS for color in colors) or colors.count("palette") > 1


def _is_other(band: FileBand, name: str) -> bool:
    """Whether a description is that of another band; `confidence` fits where `OCS_Confidence` is expected."""
    said = band.name.casefold()
    return not (_PLAIN.fullmatch(said) or said in name.casefold())


def _named_otherwise(file: RasterFile, asked: Sequence[str], names: Sequence[str]) -> list[str]:
    """The bands that a file is named after, if none of them is asked for."""
    named = bands_in_name(file.path, names)
    return [] if named & set(asked) else sorted(named)


def _cannot_tell(file: RasterFile, missing: Sequence[str], names: Sequence[str]) -> str:
    which = f"{', '.join(missing[:-1])} and {missing[-1]}" if len(missing) > 1 else missing[0]
    example = " ".join(f"--band {name}=N" for name in missing[:3])
    other = _named_otherwise(file, missing, names) if len(file.bands) == 1 else []
    named = f", and its name says {' and '.join(other)}" if other else ""
    return (
        f"{file.path}: the band for {which} is not clear; the file has {_shown(file)}{named}: use {example}, "
        f"or other files, as in --input {missing[0]}=FILE"
    )


def _shown(file: RasterFile) -> str:
    said = [band.name or band.color or "no description" for band in file.bands[:12]]
    listed = [f"{band.index} ({word}, {band.dtype})" for word, band in zip(said, file.bands, strict=False)]
    more = f" and {len(file.bands) - 12} more" if len(file.bands) > 12 else ""
    count = len(file.bands)
    return f"{count} band{'s' * (count != 1)}: {', '.join(listed)}{more}"
