from __future__ import annotations

import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.grid import Grid, Window, choose_grid, metres_per_unit, overlap, parse_crs

LAMBERT = CRS.from_epsg(2154)
BASE = Grid(LAMBERT, Affine(10, 0, 500_000, 0, -10, 6_700_000), 100, 80)
OFFSETS = st.integers(-50, 150)


def test_a_grid_tells_its_box() -> None:
    assert BASE.bounds == (500_000, 6_699_200, 501_000, 6_700_000)
    assert BASE.resolution == (10, 10)
    assert BASE.part(Window(2, 3, 4, 5)).bounds == (500_030, 6_699_940, 500_080, 6_699_980)


@given(row=OFFSETS, column=OFFSETS, height=st.integers(1, 50), width=st.integers(1, 50))
def test_parts_know_where_they_begin(row: int, column: int, height: int, width: int) -> None:
    part = BASE.part(Window(row, column, height, width))
    assert part.shift(BASE) == (row, column)
    assert choose_grid(BASE, bbox=BASE.bounds) == BASE
    if (
        part.bounds[0] < BASE.bounds[2]
        and part.bounds[2] > BASE.bounds[0]
        and part.bounds[1] < BASE.bounds[3]
        and part.bounds[3] > BASE.bounds[1]
    ):
        assert choose_grid(BASE, bbox=part.bounds) == part
        assert overlap(part, BASE)
    else:
        assert not overlap(part, BASE)


def test_units_of_coordinates_in_metres() -> None:
    local = CRS.from_wkt('LOCAL_CS["somewhere",UNIT["metre",1]]')
    feet = CRS.from_epsg(2263)
    found = [metres_per_unit(crs) for crs in (LAMBERT, CRS.from_epsg(4326), local)]
    assert found == [1, 111_320, 1]
    assert metres_per_unit(feet) == pytest.approx(0.3048006)


def test_pixels_that_do_not_coincide() -> None:
    assert Grid(LAMBERT, Affine(10, 0, 500_003, 0, -10, 6_700_000), 5, 5).shift(BASE) is None
    assert Grid(LAMBERT, Affine(20, 0, 500_000, 0, -20, 6_700_000), 5, 5).shift(BASE) is None
    assert Grid(CRS.from_epsg(32631), BASE.transform, 5, 5).shift(BASE) is None


@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_windows_cover_a_grid_once(height: int, width: int) -> None:
    seen = [
        (window.row + y, window.column + x)
        for window in BASE.windows(height, width)
        for y in range(window.height)
        for x in range(window.width)
    ]
    assert len(seen) == len(set(seen)) == 8000


def test_sizes_and_resolutions() -> None:
    assert choose_grid(BASE, size=(50, 40)).resolution == (20, 20)
    assert choose_grid(BASE, resolution=(30, 30)).bounds == (500_000, 6_699_190, 501_020, 6_700_000)
    assert choose_grid(BASE, resolution=(20, 20)).width == 50
    web = choose_grid(BASE, crs=CRS.from_epsg(3857))
    assert web.crs.to_epsg() == 3857
    assert 13 < web.resolution[0] < 16
    assert choose_grid(BASE, bbox=(500_001, 6_699_999, 500_002, 6_699_999.5)).part(Window(0, 0, 1, 1)).shift(BASE) == (
        0,
        0,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"resolution": (1, 1), "size": (2, 2)}, "choose one of resolution and size"),
        ({"bbox": (1, 1, 0, 0)}, "the box 1,1,0,0 is empty: expected left, bottom, right, top"),
        ({"resolution": (0, 1)}, "the resolution 0,1 is not valid: expected positive numbers"),
        (
            {"bbox": (0, 0, 1, 1)},
            "the box 0,0,1,1 is outside the rasters, which cover 500000,6699200,501000,6700000",
        ),
        ({"size": (0, 1)}, "the size 0,1 has no pixels"),
        ({"resolution": (1e-9, 1e-9)}, "are too many"),
    ],
)
def test_what_makes_no_grid(words: dict[str, tuple[float, ...]], said: str) -> None:
    with pytest.raises(RasterError, match=said):
        choose_grid(BASE, **words)  # type: ignore[arg-type]


def test_places() -> None:
    assert BASE.place(500_035, 6_699_985) == (1, 3)
    row, column = BASE.place(500_035, 6_699_985, LAMBERT)
    assert (row, column) == (1, 3)
    with pytest.raises(RasterError, match="there is no pixel at 0,0: the rasters cover 500000,6699200,501000,6700000"):
        BASE.place(0, 0)


def test_names_of_reference_systems() -> None:
    assert parse_crs("2154") == parse_crs("EPSG:2154") == LAMBERT
    for text in ("", "EPSG:0", "paris"):
        with pytest.raises(RasterError, match="is not a coordinate reference system: expected one such as EPSG:2154"):
            parse_crs(text)
