from __future__ import annotations

from dataclasses import replace

import pytest
from affine import Affine
from rasterio.crs import CRS

from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.files import FileBand, RasterFile
from oso_evalscript.rasters.grid import Grid
from oso_evalscript.rasters.naming import bands_in_name, match_bands

OSO, S2 = named_collection("cnes-land-cover"), named_collection("S2L2A")


def file_of(*names: str, path: str = "x.tif") -> RasterFile:
    bands = tuple(FileBand(index, name, "uint16", None, 1.0, 0.0) for index, name in enumerate(names, 1))
    grid = Grid(CRS.from_epsg(2154), Affine(10, 0, 0, 0, -10, 0), 1, 1)
    return RasterFile(path, grid, bands, None, False, True, {}, (1, 1), ())


def found(
    file: RasterFile, *wanted: str, said: dict[str, int | str] | None = None, collection: object = S2
) -> dict[str, int]:
    return {name: band.index for name, band in match_bands(file, wanted, said or {}, collection).items()}  # type: ignore[arg-type]


def test_descriptions_tell() -> None:
    assert found(file_of("B08", "B04"), "B04", "B08", "dataMask") == {"B04": 2, "B08": 1}
    assert found(file_of("b08", "dataMask"), "B08", "dataMask") == {"B08": 1, "dataMask": 2}


def test_what_is_said_counts_first() -> None:
    assert found(file_of("B08", "B04", ""), "B04", "B08", said={"B04": 3, "B08": "B04"}) == {"B04": 3, "B08": 2}


def test_the_order_of_the_collection_counts_where_the_count_fits() -> None:
    assert S2 is not None
    names = [band.name for band in S2.bands if band.name != "dataMask"]
    assert found(file_of(*[""] * len(names)), "B04", "B08") == {
        "B04": names.index("B04") + 1,
        "B08": names.index("B08") + 1,
    }
    with pytest.raises(RasterError):
        found(file_of(*[""] * (len(names) + 1)), "B04")


def test_the_only_band_is_the_only_one_wanted() -> None:
    assert found(file_of(""), "B04") == {"B04": 1}
    assert found(file_of("class"), "OCS", collection=OSO) == {"OCS": 1}
    assert found(file_of("", path="T31TCJ_B04_10m.jp2"), "B04") == {"B04": 1}
    for file in (file_of("B08"), file_of("", path="T31TCJ_B08_10m.jp2")):
        with pytest.raises(RasterError, match="the band for B04 is not clear"):
            found(file, "B04")


def colored(*colors: str) -> RasterFile:
    file = file_of(*[""] * len(colors))
    bands = zip(file.bands, colors, strict=True)
    return replace(file, bands=tuple(replace(band, color=color) for band, color in bands))


def test_pictures_are_not_taken_by_order() -> None:
    assert found(file_of("Band 1", "band_2", "3"), "OCS", collection=OSO) == {"OCS": 1}
    assert found(file_of("classes", "Confidence", "validity"), "OCS", collection=OSO) == {"OCS": 1}
    assert found(colored("palette", "", ""), "OCS", collection=OSO) == {"OCS": 1}
    with pytest.raises(RasterError, match=r"3 bands: 1 \(red, uint16\), 2 \(green, .* use --band OCS=N"):
        found(colored("red", "green", "blue"), "OCS", collection=OSO)
    for file in (file_of("Red", "Green", "Blue"), file_of("", "NDVI", ""), colored("palette", "palette", "")):
        with pytest.raises(RasterError, match="the band for OCS is not clear"):
            found(file, "OCS", collection=OSO)
    assert found(colored("red", "green", "blue"), "OCS", said={"OCS": 1}, collection=OSO) == {"OCS": 1}


def test_colours_tell_where_a_script_asks_for_them() -> None:
    picture = colored("red", "green", "blue")
    assert found(picture, "B", "G", "R", "dataMask", collection=None) == {"R": 1, "G": 2, "B": 3}
    assert found(picture, "Red", "Green", "Blue", collection=None) == {"Red": 1, "Green": 2, "Blue": 3}
    assert found(picture, "B04", "B03", said={"B04": "red", "B03": "green"}) == {"B04": 1, "B03": 2}
    for file, wanted in ((picture, ("B",)), (picture, ("R", "G", "B", "A")), (file_of("", "", ""), ("R", "G", "B"))):
        with pytest.raises(RasterError, match="is not clear; the file has 3 bands: 1 "):
            found(file, *wanted, collection=None)


@pytest.mark.parametrize("collection", [S2, None])
def test_a_file_named_after_another_band_is_not_taken(collection: object) -> None:
    with pytest.raises(RasterError, match=r"the band for B04 .* 1 \(no description, uint16\), and its name says B08: "):
        found(file_of("", path="T31_20230601_B08.tif"), "B04", collection=collection)
    with pytest.raises(RasterError):
        found(file_of("B08"), "B04", collection=collection)
    assert found(file_of("", path="S2_2023_B04.tif"), "B04", collection=collection) == {"B04": 1}
    assert found(file_of("", path="S2_20230601.tif"), "B04", collection=collection) == {"B04": 1}
    assert found(file_of("", path="x_B08.tif"), "B04", said={"B04": 1}, collection=collection) == {"B04": 1}
    with pytest.raises(RasterError, match="its name says OCS_Confidence"):
        found(file_of("", path="OCS_Confidence_2023.tif"), "OCS", collection=OSO)


def test_what_cannot_be_told_is_said_with_what_there_is() -> None:
    with pytest.raises(RasterError) as caught:
        found(file_of("a", "", "B02"), "B04", "B08")
    assert str(caught.value) == (
        "x.tif: the band for B04 and B08 is not clear; the file has 3 bands: 1 (a, uint16), 2 (no description, uint16), "
        "3 (B02, uint16): use --band B04=N --band B08=N, or other files, as in --input B04=FILE"
    )
    with pytest.raises(RasterError, match=r"x\.tif: has no band 7 for B04; the numbers of its bands are 1, 2"):
        found(file_of("", ""), "B04", said={"B04": 7})
    with pytest.raises(RasterError, match="has no bands described as `red` for B04"):
        found(file_of("", ""), "B04", said={"B04": "red"})


def test_bands_in_names() -> None:
    names = ("B04", "B08", "B8A")
    assert bands_in_name("a/T31TCJ_20230601T105031_B04_10m.jp2", names) == {"B04"}
    assert bands_in_name("s2_b8a.tif", names) == {"B8A"}
    assert bands_in_name("B04_B08.tif", names) == {"B04", "B08"}
    assert not bands_in_name("B040.tif", names)
