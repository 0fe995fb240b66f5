"""Part files become COGs that other programs accept, with overviews that are what they are said to be."""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from rio_cogeo.cogeo import cog_validate

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters import tiff
from oso_evalscript.rasters.parts import Parts, halve, prepare
from oso_evalscript.rasters.tiff import Encoding, decode, describe, encode, header

GEO = {"crs": "EPSG:2154", "transform": rasterio.Affine(10, 0, 5e5, 0, -10, 6.7e6), "nodata": None}
ENCODINGS = st.builds(
    lambda dtype, bands, tile, compress: Encoding(dtype, bands, tile, compress, 3 if dtype == "float32" and compress != "none" else 1, None, "MINISBLACK"),
    st.sampled_from(["uint8", "int8", "uint16", "int16", "float32"]),
    st.integers(1, 5),
    st.sampled_from([16, 32]),
    st.sampled_from(["deflate", "zstd", "none"]),
)  # fmt: skip
_quick = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


def pixels_of(encoding: Encoding, height: int, width: int, seed: int = 0) -> NDArray[Any]:
    return np.random.default_rng(seed).integers(0, 100, (encoding.bands, height, width)).astype(encoding.dtype)


def written(folder: Path, encoding: Encoding, pixels: NDArray[Any], order: list[int] | None = None) -> Path:
    """The COG of some pixels, tile by tile in any order."""
    _, height, width = pixels.shape
    parts = Parts(folder / "x.tif", height, width, encoding, "nearest", None, signature="s", resume=False)
    across = -(-width // encoding.tile)
    places = [(row, column) for row in range(-(-height // encoding.tile)) for column in range(across)]
    for index in order or range(len(places)):
        row, column = places[index]
        at = np.s_[
            :, row * encoding.tile : (row + 1) * encoding.tile, column * encoding.tile : (column + 1) * encoding.tile
        ]
        parts.add(prepare(pixels[at], (row, column), encoding, "nearest", None))
    parts.assemble(header(describe(encoding, GEO, lambda dataset: None), parts.levels()))
    return folder / "x.tif"


@_quick
@given(encoding=ENCODINGS, height=st.integers(2, 100), width=st.integers(2, 100), data=st.data())
def test_any_order_of_tiles_gives_a_valid_cog(tmp_path_factory: pytest.TempPathFactory, encoding: Encoding, height: int, width: int, data: st.DataObject) -> None:  # fmt: skip
    pixels = pixels_of(encoding, height, width)
    count = -(-height // encoding.tile) * -(-width // encoding.tile)
    path = written(tmp_path_factory.mktemp("cog"), encoding, pixels, data.draw(st.permutations(range(count))))
    assert cog_validate(path, strict=True, quiet=True) == (True, [], [])
    with rasterio.open(path) as dataset:
        np.testing.assert_array_equal(dataset.read(), pixels)
        factors = dataset.overviews(1)
        assert (dataset.crs.to_string(), dataset.transform) == ("EPSG:2154", GEO["transform"])
    expected = pixels
    for level in range(len(factors)):
        expected = expected[:, ::2, ::2]
        with rasterio.open(path, overview_level=level) as dataset:
            np.testing.assert_array_equal(dataset.read(), expected)
    assert max(expected.shape[1:]) <= encoding.tile


def test_large_files_are_bigtiffs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoding = Encoding("uint8", 1, 16, "none", 1, None, "MINISBLACK")
    pixels = pixels_of(encoding, 50, 60)
    monkeypatch.setattr(tiff, "_CLASSIC_LIMIT", 100)
    path = written(tmp_path, encoding, pixels)
    assert path.read_bytes()[:4] == b"II+\0"
    assert cog_validate(path, strict=True, quiet=True) == (True, [], [])
    with rasterio.open(path) as dataset:
        np.testing.assert_array_equal(dataset.read(), pixels)


@_quick
@given(encoding=ENCODINGS, height=st.integers(1, 16), width=st.integers(1, 16))
def test_a_tile_comes_back(encoding: Encoding, height: int, width: int) -> None:
    pixels = pixels_of(encoding, height, width)
    np.testing.assert_array_equal(decode(encode(pixels, encoding)[0][0], encoding, height, width), pixels)


@_quick
@given(values=arrays.arrays(np.float32, (1, 3, 5), elements=st.sampled_from([1.0, 2.0, 4.5, float("nan"), -9.0])))
def test_averages_leave_out_what_is_no_data(values: NDArray[Any]) -> None:
    found = halve(values, "average", -9.0)
    assert found.shape == (1, 2, 3)
    for row in range(2):
        for column in range(3):
            four = values[0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].ravel().astype(float)
            valid = [value for value in four if value == value and value != -9]
            np.testing.assert_allclose(found[0, row, column], np.mean(valid) if valid else -9.0, rtol=1e-6)


def test_averages_of_whole_numbers_are_whole() -> None:
    values = np.array([[[1, 2, 7], [2, 2, 0]]], np.int16)
    np.testing.assert_array_equal(halve(values, "average", 0), [[[2, 7]]])
    np.testing.assert_array_equal(halve(values, "average", None), [[[2, 4]]])
    np.testing.assert_array_equal(halve(values * 0, "average", 0), [[[0, 0]]])


@pytest.mark.parametrize("harm", ["journal cut", "journal harmed", "part cut", "part harmed", "another signature"])
def test_what_the_parts_do_not_hold_is_not_believed(tmp_path: Path, harm: str) -> None:
    encoding = Encoding("uint8", 1, 16, "deflate", 1, None, "MINISBLACK")
    pixels = pixels_of(encoding, 64, 64)

    def begun(*, signature: str = "s") -> Parts:
        return Parts(tmp_path / "x.tif", 64, 64, encoding, "nearest", None, signature=signature, resume=True)

    parts = begun()
    for index in range(7):
        at = index // 4, index % 4
        piece = prepare(
            pixels[:, at[0] * 16 : at[0] * 16 + 16, at[1] * 16 : at[1] * 16 + 16], at, encoding, "nearest", None
        )
        parts.add(piece)
    parts.close()
    journal, level = parts.folder / "journal", parts.folder / "level0"
    path = journal if harm.startswith("journal") else level
    data = path.read_bytes()
    if harm.endswith("cut"):
        path.write_bytes(data[:-5])
    if harm.endswith("harmed"):
        path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    parts = begun(signature="t" if harm == "another signature" else "s")
    assert parts.resumed is (harm != "another signature")
    assert parts.has(0, 0, 1, 4) is parts.resumed
    assert not parts.has(1, 2, 1, 1)
    for row in range(4):
        for column in range(4):
            part = pixels[:, row * 16 : row * 16 + 16, column * 16 : column * 16 + 16]
            parts.add(prepare(part, (row, column), encoding, "nearest", None))
    parts.assemble(header(describe(encoding, GEO, lambda dataset: None), parts.levels()))
    assert cog_validate(tmp_path / "x.tif", strict=True, quiet=True)[0]
    with rasterio.open(tmp_path / "x.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(), pixels)


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    encoding = Encoding("uint8", 1, 16, "deflate", 1, None, "MINISBLACK")
    first = Parts(tmp_path / "x.tif", 64, 64, encoding, "nearest", None, signature="s", resume=False)
    with pytest.raises(RasterError, match=r"x\.tif: another run is writing it"):
        Parts(tmp_path / "x.tif", 64, 64, encoding, "nearest", None, signature="s", resume=True)
    first.remove()
    assert not list(tmp_path.iterdir())


def part_by_part(target: Path, monkeypatch: pytest.MonkeyPatch, pieces: int) -> Parts:
    """A raster without overviews of so many rows of tiles, put on the disk after each."""
    monkeypatch.setattr("oso_evalscript.rasters.parts._PUT_ON_DISK", 1)
    encoding = Encoding("uint8", 1, 16, "none", 1, None, "MINISBLACK")
    parts = Parts(target, 16 * pieces, 16, encoding, "none", None, signature="s", resume=False, room=8)
    for row in range(pieces):
        parts.add(prepare(np.full((1, 16, 16), row, np.uint8), (row, 0), encoding, "none", None))
    return parts


def test_the_disk_is_given_parts_while_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("os.fsync", lambda _: seen.append(threading.current_thread().name))
    parts = part_by_part(tmp_path / "x.tif", monkeypatch, 4)
    parts.assemble(b"12345678")
    assert set(seen[:-1]) == {"oso-evalscript-disk"}
    assert seen[-1] == threading.current_thread().name
    assert (tmp_path / "x.tif").read_bytes() == b"12345678" + b"".join(bytes([row]) * 256 for row in range(4))


def test_what_the_disk_refuses_later_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system speaks of it once, to the first who asks."""
    (tmp_path / "x.tif").write_bytes(b"old")
    errors = [OSError(errno.ENOSPC, "No space left on device")]
    asked = threading.Event()

    def fsync(_: int) -> None:
        asked.set()
        if errors:
            raise errors.pop()

    monkeypatch.setattr("os.fsync", fsync)
    parts = part_by_part(tmp_path / "x.tif", monkeypatch, 1)
    assert asked.wait(10)
    with pytest.raises(RasterError, match=r"x\.tif: .*[Nn]o space left"):
        parts.assemble(b"12345678")
    assert (tmp_path / "x.tif").read_bytes() == b"old"
    parts.remove()


def test_where_no_thread_may_start_the_end_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    part_by_part(tmp_path / "x.tif", monkeypatch, 3).assemble(b"12345678")
    assert (tmp_path / "x.tif").stat().st_size == 8 + 3 * 256
