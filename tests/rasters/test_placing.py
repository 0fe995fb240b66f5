from __future__ import annotations

import numpy as np
import pytest
from rasterio.crs import CRS
from rasterio.warp import transform

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.placing import (
    geographic,
    geographic_box,
    grid_over,
    inside,
    metres_per_pixel,
    touches,
)

UTM = CRS.from_epsg(32631)
DEGREES = CRS.from_epsg(4326)


@pytest.mark.parametrize(
    ("epsg", "box"),
    [(4326, (5.0, 45.0, 5.3, 45.2)), (3857, (550_000.0, 5_600_000.0, 600_000.0, 5_640_000.0)),
     (32631, (600_000.0, 4_900_000.0, 640_000.0, 4_930_000.0)), (2154, (800_000.0, 6_500_000.0, 860_000.0, 6_540_000.0))],
)  # fmt: skip
def test_pixels_lie_where_they_are(epsg: int, box: tuple[float, float, float, float]) -> None:
    crs = CRS.from_epsg(epsg)
    grid = grid_over(crs, box, 60, 40)
    longitude, latitude = (np.broadcast_to(each, (40, 60)) for each in geographic(grid))
    for row, column in ((0, 0), (39, 59), (17, 31)):
        width, height = grid.resolution
        x, y = box[0] + (column + 0.5) * width, box[3] - (row + 0.5) * height
        expected = transform(crs, DEGREES, [x], [y])
        assert longitude[row, column] == pytest.approx(expected[0][0], abs=5e-5)  # a hundredth of a pixel
        assert latitude[row, column] == pytest.approx(expected[1][0], abs=5e-5)  # a hundredth of a pixel


def test_a_pixel_lies_where_it_does_whatever_is_around_it() -> None:
    whole = geographic(grid_over(UTM, (600_000, 4_900_000, 606_400, 4_906_400), 64, 64))
    part = geographic(grid_over(UTM, (603_200, 4_900_000, 606_400, 4_903_200), 32, 32))
    for one, other in zip(whole, part, strict=True):
        np.testing.assert_allclose(one[32:, 32:], other, atol=1e-11)


def test_a_box_in_degrees_holds_the_box() -> None:
    left, bottom, right, top = geographic_box(UTM, (600_000, 4_900_000, 640_000, 4_930_000))
    assert 4 < left < right < 5
    assert 44 < bottom < top < 45
    with pytest.raises(RasterError):
        geographic_box(UTM, (1e9, 1e9, 2e9, 2e9))


def test_pixels_have_a_size_in_metres() -> None:
    assert metres_per_pixel(grid_over(UTM, (0, 0, 640, 640), 64, 32)) == 20
    assert metres_per_pixel(grid_over(DEGREES, (5, 45, 6, 46), 100, 100)) == pytest.approx(1113, rel=0.01)


def test_a_polygon_holds_the_pixels_that_it_touches() -> None:
    grid = grid_over(DEGREES, (0, 0, 4, 4), 4, 4)
    ring = [(0, 0), (1.5, 0), (1.5, 4), (0, 4), (0, 0)]
    found = inside(grid, {"type": "Polygon", "coordinates": [ring]})
    np.testing.assert_array_equal(found.any(axis=0), [True, True, False, False])


def test_polygons_that_overlap_touch() -> None:
    shape = {"type": "MultiPolygon", "coordinates": [[[(0.0, 0.0), (2.0, 0.0), (0.0, 2.0), (0.0, 0.0)]]]}
    assert touches(shape, ((0.5, 0.5), (3, 0.5), (3, 3), (0.5, 3), (0.5, 0.5)))
    assert not touches(shape, ((1.5, 1.5), (3, 1.5), (3, 3), (1.5, 3), (1.5, 1.5)))
