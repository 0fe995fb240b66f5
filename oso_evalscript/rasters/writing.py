"""What a written raster says of itself: how tiles are stored, colours, classes, names, no-data value and tags."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias
from xml.etree import ElementTree

import numpy as np
from rasterio.enums import ColorInterp

from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.contract import Mosaicking, Output, SampleType, Setup
from oso_evalscript.model.errors import OsoError, RasterError
from oso_evalscript.model.nomenclature import Nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.rasters.grid import Grid
from oso_evalscript.rasters.parts import Overviews
from oso_evalscript.rasters.tiff import Encoding, Entry, describe, gdal_version
from oso_evalscript.runtime.classes import class_table
from oso_evalscript.runtime.program import Program

Compression: TypeAlias = Literal["deflate", "zstd", "none"]

TILE = 512
DEFLATE_LEVEL = 4
"""It takes 30 to 80 % of the time of GDAL's own level, 6, for 0 to 19 % more bytes (docs/decisions/0012)."""
FLOAT_LEVEL = 1
"""Of FLOAT32: more saves no bytes of an index, and up to 17 % of whole numbers, for up to 60 % more time (0012)."""
MAX_RATIO = 1000
"""By which tiles are compressed at most: DEFLATE gets 1032 out of tiles of one value; maps of classes about 50."""
_TYPES = {
    SampleType.AUTO: "uint8",
    SampleType.UINT8: "uint8",
    SampleType.UINT16: "uint16",
    SampleType.INT8: "int8",
    SampleType.INT16: "int16",
    SampleType.FLOAT32: "float32",
}
_PICTURES = {
    2: (ColorInterp.gray, ColorInterp.alpha),
    3: (ColorInterp.red, ColorInterp.green, ColorInterp.blue),
    4: (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha),
}
_COLORS = ("red", "green", "blue", "alpha")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a script beside its contract.

    Attributes:
        source: the script.
        setup: its contract.
        collection: where the bands of its first input come from.
        nomenclature: the classes that it is about, None without any.
        codes: the ids of the outputs that hold the codes of these classes.
        version: of this package.
    """

    source: Source
    setup: Setup
    collection: Collection | None
    nomenclature: Nomenclature | None
    codes: frozenset[str]
    version: str


def learn(program: Program, version: str) -> Facts:
    """Return what is known of a script: whether it is about classes, and which outputs hold their codes."""
    collection = program.origins[0] if program.origins else None
    nomenclature = class_table(program.source, collection)
    codes = _code_outputs(program, collection, nomenclature)
    return Facts(program.source, program.setup, collection, nomenclature, codes, version)


def dtype_of(output: Output) -> str:
    """Return the element type of an output, in numpy's words."""
    return _TYPES[output.sample_type]


def encoding_of(output: Output, compress: Compression, tile: int = TILE, level: int | None = None) -> Encoding:
    """Return how the tiles of an output are stored: predictors where they make numbers smaller, none for colours."""
    dtype = _TYPES[output.sample_type]
    predictor = 3 if dtype == "float32" else 2 if dtype in ("uint16", "int16") else 1
    picture = dtype == "uint8" and output.bands in (3, 4)
    if compress == "none":
        predictor = 1
    if compress == "deflate" and level is None:
        level = FLOAT_LEVEL if dtype == "float32" else DEFLATE_LEVEL
    return Encoding(dtype, output.bands, tile, compress, predictor, level, "RGB" if picture else "MINISBLACK")


def check_room(target: Path, grid: Grid, encodings: Sequence[Encoding]) -> None:
    """Refuse rasters that do not fit the disk however well they are compressed, such as those of a mistyped resolution.

    Raises:
        RasterError: they do not.
    """
    needed, least = 0, 0.0
    for encoding in encodings:
        size = grid.height * grid.width * encoding.bands * np.dtype(encoding.dtype).itemsize
        needed += size
        least += size if encoding.compress == "none" else size / MAX_RATIO
    try:
        free = shutil.disk_usage(target.parent).free
    except OSError:  # what is wrong with the folder shows when it is written to
        return
    if least > free:
        raise RasterError(
            f"{target}: {grid.height:,} x {grid.width:,} pixels are {_shown(needed)} before compression, too much for "
            f"the {_shown(free)} that are free there: use a larger --resolution, a smaller --size or a smaller --bbox"
        )


def _shown(size: int) -> str:
    """A number of bytes."""
    unit, factor = next((pair for pair in (("TB", 1e12), ("GB", 1e9)) if size >= pair[1]), ("MB", 1e6))
    return f"{size / factor:,.1f} {unit}"


def overviews_of(output: Output, facts: Facts) -> Overviews:
    """Return how overviews are made: by nearest neighbour for pictures and codes, by average for measurements."""
    measured = output.sample_type in (SampleType.FLOAT32, SampleType.UINT16, SampleType.INT16)
    return "average" if measured and not _reads_codes(facts) else "nearest"


def nodata_of(output: Output) -> float | None:
    """Return the no-data value of an output, None where it has none that its type can hold."""
    value = output.nodata
    if value is None or output.sample_type is SampleType.FLOAT32:
        return value
    limits = np.iinfo(_TYPES[output.sample_type])
    return value if value == value and value == int(value) and limits.min <= value <= limits.max else None


def template_of(output: Output, grid: Grid, encoding: Encoding, facts: Facts) -> dict[int, Entry]:
    """Return the entries of TIFF that describe an output: place, no-data value, colours, names and tags."""
    georeference = {"crs": grid.crs, "transform": grid.transform, "nodata": nodata_of(output)}

    def dress(dataset: Any) -> None:
        for index, name in enumerate(band_names(output, facts), 1):
            dataset.set_band_description(index, name)
        dataset.colorinterp = _colors(output, facts)
        dataset.update_tags(**tags_of(output, facts))
        if output.id in facts.codes and facts.nomenclature is not None:
            colors = {item.code: (*item.color.rgb, 255) for item in facts.nomenclature.classes}
            dataset.write_colormap(1, {0: (0, 0, 0, 0), **colors})

    return describe(encoding, georeference, dress)


def band_names(output: Output, facts: Facts) -> tuple[str, ...]:
    """Return what the bands of an output are called."""
    if len(output.names) == output.bands:
        return output.names
    if output.bands == 1:
        return (output.id if output.id != "default" else Path(facts.source.name).stem,)
    if _is_picture(output):
        return _COLORS[: output.bands] if output.bands > 2 else ("gray", "alpha")
    return tuple(f"{output.id} {index}" for index in range(1, output.bands + 1))


def write_sidecar(target: Path, output: Output, facts: Facts) -> None:
    """Write the labels of classes beside a raster, where GDAL and QGIS look for them; remove those of an older raster.

    Raises:
        RasterError: the file cannot be written.
    """
    path = target.with_name(f"{target.name}.aux.xml")
    try:
        if output.id not in facts.codes or facts.nomenclature is None:
            path.unlink(missing_ok=True)
            return
        whole = target.with_name(f".{path.name}.{os.urandom(6).hex()}")
        whole.write_bytes(_category_names(facts.nomenclature))
        whole.replace(path)
    except OSError as error:
        raise RasterError(f"{path}: cannot be written ({error.strerror or error})") from None


def _category_names(nomenclature: Nomenclature) -> bytes:
    labels = {item.code: item.english for item in nomenclature.classes}
    root = ElementTree.Element("PAMDataset")
    names = ElementTree.SubElement(ElementTree.SubElement(root, "PAMRasterBand", band="1"), "CategoryNames")
    for code in range(max(labels) + 1):
        ElementTree.SubElement(names, "Category").text = labels.get(code, "no data" if code == 0 else "")
    ElementTree.indent(root)
    return f"{ElementTree.tostring(root, encoding='unicode')}\n".encode()


def target_names(target: Path, outputs: Sequence[Output]) -> dict[str, Path]:
    """Return the file of each output: the target itself, or one beside it for each of several.

    Raises:
        RasterError: ids cannot be part of a file's name, or give two outputs one file.
    """
    if len(outputs) == 1:
        return {outputs[0].id: target}
    named = "{id}" in target.name
    pattern = target.name if named else f"{target.stem}_{{id}}{target.suffix}"
    odd = next((output.id for output in outputs if set(output.id) & set("/\\\0") or not output.id.strip(". ")), None)
    if odd is not None:
        raise RasterError(f"the output `{odd}` cannot be part of a file name: choose another with --output")
    return {output.id: target.with_name(pattern.replace("{id}", output.id)) for output in outputs}


def tags_of(output: Output, facts: Facts) -> dict[str, str]:
    """Return the tags of an output: the script and its digest, the versions, and the credit of the data."""
    tags = {
        "TIFFTAG_SOFTWARE": f"oso-evalscript {facts.version}, GDAL {gdal_version()}",
        "OSO_EVALSCRIPT": Path(facts.source.name).name,
        "OSO_EVALSCRIPT_SHA256": _digest(facts.source),
        "OSO_OUTPUT": output.id,
        "AREA_OR_POINT": "Area",
    }
    if facts.nomenclature is not None:
        tags["OSO_NOMENCLATURE"] = facts.nomenclature.id
        credit = f"{facts.nomenclature.credit} {facts.nomenclature.licence}".strip()
        if credit:
            tags["TIFFTAG_COPYRIGHT"] = credit
    return tags


def _digest(source: Source) -> str:
    import hashlib

    return hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_picture(output: Output) -> bool:
    return _TYPES[output.sample_type] == "uint8" and output.bands in _PICTURES


def _colors(output: Output, facts: Facts) -> tuple[ColorInterp, ...]:
    if output.id in facts.codes:
        return (ColorInterp.palette,)
    if _is_picture(output):
        return _PICTURES[output.bands]
    return (ColorInterp.gray, *[ColorInterp.undefined] * (output.bands - 1))


def _reads_codes(facts: Facts) -> bool:
    """Whether a script reads a band of codes, so that an average of its results may mean nothing."""
    if facts.collection is None:
        return False
    bands = (facts.collection.band(name) for name in facts.setup.bands if name != "dataMask")
    return any(band is not None and band.meanings for band in bands)


def _code_outputs(program: Program, collection: Collection | None, nomenclature: Nomenclature | None) -> frozenset[str]:
    """The outputs of one band that give codes as they are, but for some that they leave out; found by running it."""
    setup = program.setup
    able = [output.id for output in setup.outputs if _may_hold_codes(output)]
    if not able or collection is None or nomenclature is None or setup.fusion:
        return frozenset()
    if setup.mosaicking_of(0) is not Mosaicking.SIMPLE:
        return frozenset()
    classes = [name for name in setup.bands if (band := collection.band(name)) and band.nomenclature]
    if len(classes) != 1:
        return frozenset()
    codes = np.array([nomenclature.codes], np.uint16 if max(nomenclature.codes) > 255 else np.uint8)
    others = {name: np.full(codes.shape, 100, np.uint8) for name in setup.bands if name not in (*classes, "dataMask")}
    try:
        outputs = program.run({classes[0]: codes, **others}, workers=1)
    except OsoError:  # of a script that cannot take some class nothing is known
        return frozenset()
    return frozenset(id for id in able if id in outputs and _keeps_codes(codes[0], outputs[id][0, 0]))


def _may_hold_codes(output: Output) -> bool:
    return output.bands == 1 and output.sample_type in (SampleType.UINT8, SampleType.UINT16)


def _keeps_codes(codes: Any, given: Any) -> bool:
    kept = given == codes
    return bool((kept | (given == 0)).all()) and int(kept.sum()) > 1
