"""Arrays as the files of an answer: PNG, JPEG, TIFF, JSON, and several of them in one."""

from __future__ import annotations

import io
import itertools
import json
import struct
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rasterio.io import MemoryFile

from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.rasters.files import environment
from oso_evalscript.rasters.grid import Grid
from oso_evalscript.service.errors import bad_payload

PNG, JPEG, TIFF, JSON = "image/png", "image/jpeg", "image/tiff", "application/json"
ENDINGS = {PNG: "png", JPEG: "jpg", TIFF: "tif", JSON: "json"}
"""The formats of responses, and how their files end in an archive."""
TAR, X_TAR, MULTIPART = "application/tar", "application/x-tar", "multipart/mixed"
CONTAINERS = (TAR, X_TAR, MULTIPART)
_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # number of bands → that of PNG
_BYTES = (SampleType.AUTO, SampleType.UINT8)
USUAL_QUALITY = 90


@dataclass(frozen=True, slots=True)
class File:
    """One file of an answer.

    Attributes:
        identifier: the output that it is of, or `userdata`.
        mime: its format.
        data: its bytes.
    """

    identifier: str
    mime: str
    data: bytes


def check_format(output: Output, mime: str) -> None:
    """Refuse a format that cannot store an output.

    Raises:
        ServiceError: it cannot.
    """
    kind = output.sample_type
    found = f"The output `{output.id}` has {output.bands} band{'s' * (output.bands != 1)} of {kind}"
    if mime == JSON:
        raise bad_payload(
            f"The output `{output.id}` is an image: application/json is for userdata.", "output->responses"
        )
    if mime == PNG and (output.bands not in _COLOR_TYPES or kind not in (*_BYTES, SampleType.UINT16)):
        raise bad_payload(f"{found}: image/png takes 1 to 4 of AUTO, UINT8 or UINT16.")
    if mime == JPEG and (output.bands not in (1, 3) or kind not in _BYTES):
        raise bad_payload(f"{found}: image/jpeg takes 1 or 3 of AUTO or UINT8.")


def encode(array: NDArray[Any], output: Output, mime: str, grid: Grid, quality: int = USUAL_QUALITY) -> bytes:
    """Return an output as an image.

    Args:
        array: its values, of shape (band, y, x).
        output: its contract.
        mime: the format, one that `check_format` lets through.
        grid: where its pixels lie.
        quality: of JPEG, 0 to 100.
    """
    if mime == PNG:
        return _png(array)
    if mime == JPEG:
        return _jpeg(array, quality)
    return _tiff(array, output, grid)


def to_json(value: object) -> bytes:
    """Return a value as JSON, as the service writes user data."""
    return json.dumps(value, ensure_ascii=False, default=str).encode()


def pack(files: Sequence[File], container: str) -> tuple[bytes, str]:
    """Return several files in one, with its content type.

    Args:
        files: the files.
        container: one of `CONTAINERS`.
    """
    if container == MULTIPART:
        boundary = _boundary(files)
        return _multipart(files, boundary), f"{MULTIPART}; boundary={boundary}"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for file in files:
            entry = tarfile.TarInfo(f"{file.identifier}.{ENDINGS[file.mime]}")
            entry.size = len(file.data)
            archive.addfile(entry, io.BytesIO(file.data))
    return buffer.getvalue(), container


def _boundary(files: Sequence[File]) -> str:
    """A line that is in none of the files."""
    names = (f"oso-evalscript-part-{number}" for number in itertools.count())
    return next(name for name in names if not any(name.encode() in file.data for file in files))


def _multipart(files: Sequence[File], boundary: str) -> bytes:
    parts = [
        f"--{boundary}\r\nContent-Type: {file.mime}\r\nContent-Disposition: form-data; "
        f'name="{file.identifier}"; filename="{file.identifier}.{ENDINGS[file.mime]}"\r\n\r\n'.encode()
        + file.data
        for file in files
    ]
    return b"\r\n".join([*parts, f"--{boundary}--\r\n".encode()])


def _png(array: NDArray[Any]) -> bytes:
    """A PNG of 8 or 16 bits, each row as what it differs from that above, packed quickly."""
    bands, height, width = array.shape
    pixels = np.moveaxis(array, 0, -1)
    wide = array.dtype.itemsize == 2
    rows = np.ascontiguousarray(pixels.astype(">u2") if wide else pixels).reshape(height, -1).view(np.uint8)
    lines = np.empty((height, 1 + rows.shape[1]), np.uint8)
    lines[:, 0] = 2  # the filter "up"
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 16 if wide else 8, _COLOR_TYPES[bands], 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines.data, 1)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _jpeg(array: NDArray[Any], quality: int) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(array[0] if len(array) == 1 else np.ascontiguousarray(np.moveaxis(array, 0, -1)))
    image.save(buffer, "JPEG", quality=max(quality, 1))
    return buffer.getvalue()


def _tiff(array: NDArray[Any], output: Output, grid: Grid) -> bytes:
    bands, height, width = array.shape
    with environment(), MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            count=bands,
            height=height,
            width=width,
            dtype=array.dtype.name,
            crs=grid.crs,
            transform=grid.transform,
            nodata=output.nodata,
            compress="deflate",
            zlevel=1,
        ) as dataset:
            dataset.write(array)
        return bytes(memory.read())
