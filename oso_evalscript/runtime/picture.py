"""Pictures of outputs: the PNG that the service would deliver, and a preview with its legend."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from oso_evalscript.model.catalog import Band, find_collection
from oso_evalscript.model.contract import Mosaicking, Output, SampleType
from oso_evalscript.model.errors import ArrayError
from oso_evalscript.model.nomenclature import load_nomenclature
from oso_evalscript.runtime.classes import class_table
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.program import Program

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_SMALLEST = 512
_MARGIN = 16
_ROW = 20
_SWATCH = 14
_BAR = 24
_INK = (32, 32, 32, 255)
_CHECK = ((255, 255, 255, 255), (228, 228, 228, 255))
_CHECK_SIZE = 8


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A label and the colour that the script itself gives to it: red, green, blue, alpha, each 0 to 255."""

    label: str
    color: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colours of a picture mean: classes, or the ends of a continuous bar."""

    title: str
    entries: tuple[LegendEntry, ...]
    continuous: bool
    credit: str


def to_png(array: NDArray[Any], output: Output) -> bytes:
    """Return an output as the bytes of a PNG file, its samples unchanged.

    Args:
        array: shape (band, y, x).
        output: the contract of that output.

    Raises:
        ArrayError: PNG, or this writer, cannot hold it; the text names the formats that can.
    """
    return _encode(_plain_image(array, output))


def preview(program: Program, outputs: Outputs, id: str, *, note: str = "") -> bytes:
    """Return a PNG that shows an output for the eye: enlarged, with the legend and credit where they are known.

    An output of one band, and any that PNG cannot hold, is stretched from its least to its largest value in grey.

    Args:
        program: the script; it paints its own legend.
        outputs: what it made of a scene.
        id: the output to show.
        note: a sentence to put before the credit.
    """
    output = next(item for item in program.setup.outputs if item.id == id)
    array = outputs[id]
    if array.size == 0:
        raise ArrayError("the scene has no pixels to show")
    limits = _limits(array, output)
    picture = _enlarged(_visible(array, output, limits))
    return _encode(_page(picture, _legend(program, output, limits), note))


def _plain_image(array: NDArray[Any], output: Output) -> Image.Image:
    bands, height, width = array.shape
    if height == 0 or width == 0:
        raise ArrayError("the output has no pixels, and PNG needs at least one; .npy and .npz can hold it")
    if output.sample_type is SampleType.UINT16 and bands == 1:
        return Image.fromarray(array[0])
    if array.dtype != np.uint8 or bands not in _MODES:
        what = f"{bands} band{'s' * (bands != 1)} of {output.sample_type}"
        raise ArrayError(
            f"the output `{output.id}` has {what}; a PNG file is written from 1 to 4 bands of AUTO or UINT8, "
            "or from 1 of UINT16: write .npy or .npz instead"
        )
    return Image.fromarray(array[0] if bands == 1 else np.moveaxis(array, 0, -1), _MODES[bands])


def _limits(array: NDArray[Any], output: Output) -> tuple[float, float] | None:
    """The values to stretch from black to white, None where the output is colour already."""
    if array.dtype == np.uint8 and array.shape[0] in (2, 3, 4):
        return None
    valid = array[:1][_holds_data(array[:1], output)]
    if valid.size == 0:
        return 0.0, 1.0
    low, high = float(valid.min()), float(valid.max())
    return (low, high) if high > low else (low, low + 1)


def _holds_data(array: NDArray[Any], output: Output) -> NDArray[np.bool_]:
    finite: NDArray[np.bool_] = np.isfinite(array)
    return finite if output.nodata is None else finite & (array != output.nodata)


def _visible(array: NDArray[Any], output: Output, limits: tuple[float, float] | None) -> Image.Image:
    if limits is None:
        return _plain_image(array, output).convert("RGBA")
    low, high = limits
    valid = _holds_data(array[:1], output)[0]
    share = np.where(valid, (array[0].astype(np.float64) - low) / (high - low), 0)
    grey = np.clip(share * 255, 0, 255).astype(np.uint8)
    alpha = np.where(valid, 255, 0).astype(np.uint8)
    return Image.fromarray(np.dstack([grey, grey, grey, alpha]), "RGBA")


def _enlarged(image: Image.Image) -> Image.Image:
    factor = max(1, -(-_SMALLEST // max(image.size)))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _legend(program: Program, output: Output, limits: tuple[float, float] | None) -> Legend | None:
    """What the script paints for each class, or along the range of the one band it shows."""
    collection = find_collection(program.setup.bands)
    nomenclature = class_table(program.source, collection)
    if collection is None or collection.nomenclature is None:
        return None
    known = nomenclature or load_nomenclature(collection.nomenclature)
    credit = f"{known.credit} {known.licence}."
    setup = program.setup
    if nomenclature is None:
        return Legend("Classes of the script's own", (), False, credit)
    if setup.fusion or setup.mosaicking_of(0) is not Mosaicking.SIMPLE:
        return Legend(nomenclature.title, (), False, credit)  # what it paints depends on more than one sample
    read = [band for name in program.setup.bands if (band := collection.band(name)) and name != "dataMask"]
    # Bands that tell how sure a pixel is are set to their best, so that the legend shows the plain colours.
    best = {band.name: band.ramp[-1][0] for band in read if band.ramp}
    if any(band.nomenclature for band in read):
        classes = nomenclature.classes
        shown = {band.name: [item.code for item in classes] for band in read if band.nomenclature}
        colors = _paint(program, output, {**best, **shown}, limits)
        labels = [f"{item.code}  {item.english}" for item in classes]
        return Legend(nomenclature.title, _entries(labels, colors), False, credit)
    if len(read) == 1 and read[0].ramp:
        values = np.linspace(read[0].ramp[0][0], read[0].ramp[-1][0], 64)
        colors = _paint(program, output, {read[0].name: values}, limits)
        return Legend(read[0].title, _entries(_ends(read[0], len(values)), colors), True, credit)
    return None


def _paint(
    program: Program, output: Output, bands: dict[str, Any], limits: tuple[float, float] | None
) -> list[tuple[int, int, int, int]]:
    columns = {name: np.atleast_1d(np.asarray(values, dtype=np.float64)) for name, values in bands.items()}
    count = max(len(values) for values in columns.values())
    scene = {name: np.broadcast_to(values, (1, count)) for name, values in columns.items()}
    painted = _visible(program.run(scene)[output.id], output, limits)
    pixels = np.asarray(painted)[0]
    return [(int(red), int(green), int(blue), int(alpha)) for red, green, blue, alpha in pixels]


def _entries(labels: Sequence[str], colors: Sequence[tuple[int, int, int, int]]) -> tuple[LegendEntry, ...]:
    return tuple(LegendEntry(label, color) for label, color in zip(labels, colors, strict=True))


def _ends(band: Band, count: int) -> list[str]:
    last = f"{band.ramp[-1][0]:g}" + (" or more" if band.high is None else "")
    return [f"{band.ramp[0][0]:g}", *[""] * (count - 2), last]


def _page(picture: Image.Image, legend: Legend | None, note: str) -> Image.Image:
    """The picture on a chequered ground, the legend on its right, note and credit below."""
    font, small = ImageFont.load_default(13), ImageFont.load_default(11)
    side = _legend_width(legend, font)
    width = picture.width + 2 * _MARGIN + (side + _MARGIN if legend else 0)
    credit = _wrapped(f"{note} {legend.credit if legend else ''}".strip(), small, width - 2 * _MARGIN)
    rows = len(legend.entries) + 1 if legend and not legend.continuous else 0
    body = max(picture.height, rows * _ROW)
    height = body + 2 * _MARGIN + len(credit) * 15 + (_MARGIN // 2 if credit else 0)
    page = Image.new("RGBA", (width, height), (255, 255, 255, 255))
    ground = _chequers(picture.size)
    ground.alpha_composite(picture)
    page.paste(ground, (_MARGIN, _MARGIN))
    draw = ImageDraw.Draw(page)
    if legend is not None:
        _draw_legend(page, draw, legend, picture.width + 2 * _MARGIN, picture.height, font)
    for index, line in enumerate(credit):
        draw.text((_MARGIN, body + _MARGIN + _MARGIN // 2 + index * 15), line, fill=_INK, font=small)
    return page.convert("RGB")


def _draw_legend(
    page: Image.Image, draw: ImageDraw.ImageDraw, legend: Legend, left: int, height: int, font: Any
) -> None:
    draw.text((left, _MARGIN), legend.title, fill=_INK, font=font)
    top = _MARGIN + _ROW + 4
    if legend.continuous:
        length = height - _ROW - 4
        for index in range(length):
            entry = legend.entries[-1 - index * len(legend.entries) // length]
            draw.line([(left, top + index), (left + _BAR, top + index)], fill=entry.color)
        draw.rectangle([left, top, left + _BAR, top + length - 1], outline=_INK)
        draw.text((left + _BAR + 8, top - 2), legend.entries[-1].label, fill=_INK, font=font)
        draw.text((left + _BAR + 8, top + length - 16), legend.entries[0].label, fill=_INK, font=font)
        return
    for index, entry in enumerate(legend.entries):
        y = top + index * _ROW
        swatch = _chequers((_SWATCH, _SWATCH))
        swatch.alpha_composite(Image.new("RGBA", swatch.size, entry.color))
        page.paste(swatch, (left, y))
        draw.rectangle([left, y, left + _SWATCH - 1, y + _SWATCH - 1], outline=_INK)
        draw.text((left + _SWATCH + 8, y - 1), entry.label, fill=_INK, font=font)


def _legend_width(legend: Legend | None, font: Any) -> int:
    if legend is None:
        return 0
    labels = [_BAR + 8 + font.getlength(entry.label) for entry in legend.entries]
    return int(max([font.getlength(legend.title), *labels])) + 1


def _wrapped(text: str, font: Any, width: int) -> list[str]:
    return textwrap.wrap(text, max(int(width / font.getlength("n")), 20))


def _chequers(size: tuple[int, int]) -> Image.Image:
    rows, columns = np.indices((size[1], size[0])) // _CHECK_SIZE
    return Image.fromarray(np.array(_CHECK, dtype=np.uint8)[(rows + columns) % 2], "RGBA")


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
