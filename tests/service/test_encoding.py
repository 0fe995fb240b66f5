from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rasterio.crs import CRS

from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.rasters.placing import grid_over
from oso_evalscript.service.encoding import JPEG, PNG, TIFF, File, check_format, encode, pack, to_json
from oso_evalscript.service.errors import ServiceError

GRID = grid_over(CRS.from_epsg(4326), (0.0, 0.0, 1.0, 1.0), 7, 5)


def drawn(bands: int, dtype: Any, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (bands, 5, 7)).astype(dtype)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@given(st.integers(1, 4), st.sampled_from([np.uint8, np.uint16]), st.integers(0, 99))
def test_a_png_gives_back_what_it_holds(bands: int, dtype: Any, seed: int) -> None:
    from rasterio.io import MemoryFile

    array = drawn(bands, dtype, seed)
    with MemoryFile(encode(array, Output(bands), PNG, GRID)) as file, file.open() as dataset:
        np.testing.assert_array_equal(dataset.read(), array)


def test_a_picture_of_one_pixel_is_one() -> None:
    with Image.open(io.BytesIO(encode(np.array([[[7]]], np.uint8), Output(1), PNG, GRID))) as image:
        assert image.getpixel((0, 0)) == 7


def test_a_tiff_has_its_value_for_no_data() -> None:
    from rasterio.io import MemoryFile

    output = Output(2, sample_type=SampleType.INT16, nodata=-1)
    with MemoryFile(encode(drawn(2, np.int16), output, TIFF, GRID)) as file, file.open() as dataset:
        assert (dataset.nodata, dataset.dtypes, dataset.crs.to_epsg()) == (-1, ("int16", "int16"), 4326)


@pytest.mark.parametrize(
    ("output", "mime", "fits"),
    [(Output(3), PNG, True), (Output(5), PNG, False), (Output(3, sample_type=SampleType.FLOAT32), PNG, False),
     (Output(2, sample_type=SampleType.UINT16), PNG, True), (Output(3), JPEG, True), (Output(4), JPEG, False),
     (Output(1, sample_type=SampleType.UINT16), JPEG, False), (Output(9, sample_type=SampleType.INT8), TIFF, True),
     (Output(1), "application/json", False)],
)  # fmt: skip
def test_each_format_has_its_outputs(output: Output, mime: str, fits: bool) -> None:
    if fits:
        check_format(output, mime)
        return
    with pytest.raises(ServiceError) as caught:
        check_format(output, mime)
    assert caught.value.code == "COMMON_BAD_PAYLOAD"


def test_several_files_in_one() -> None:
    files = [File("a", PNG, b"1"), File("b", "application/json", to_json({"x": [1, None]}))]
    body, mime = pack(files, "multipart/mixed")
    assert body.startswith(f"--{mime.partition('boundary=')[2]}\r\n".encode())
    assert b'filename="b.json"\r\n\r\n{"x": [1, null]}\r\n--' in body


def test_what_lies_between_files_is_in_none_of_them() -> None:
    files = [File("a", PNG, b"--oso-evalscript-part-0\r\n"), File("b", PNG, b"oso-evalscript-part-1")]
    body, mime = pack(files, "multipart/mixed")
    boundary = mime.partition("boundary=")[2].encode()
    assert body.count(boundary) == 3
    assert all(boundary not in file.data for file in files)
