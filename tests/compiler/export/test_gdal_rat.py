from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from PIL import Image

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.export.style import style_of
from oso_evalscript.model.nomenclature import Language, Nomenclature, available, shipped_nomenclature
from tests.compiler.export.test_formats import any_labels
from tests.strategies import nomenclatures

needs_gdal = pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="no gdalinfo here: apt-get install gdal-bin")


def by_gdal(text: str) -> dict[str, list[Any]]:
    """The columns of the table that GDAL finds beside a raster."""
    with tempfile.TemporaryDirectory() as name:
        raster = Path(name, "classes.tif")
        Image.new("L", (2, 2)).save(raster)
        raster.with_name("classes.tif.aux.xml").write_text(text, encoding="utf-8")
        done = subprocess.run(["gdalinfo", "-json", raster], capture_output=True, check=True)
    table = json.loads(done.stdout)["rat"]
    names = [field["name"] for field in table["fieldDefn"]]
    return {name: [row["f"][place] for row in table["row"]] for place, name in enumerate(names)}


def expected(table: Nomenclature, language: Language) -> dict[str, list[Any]]:
    entries = style_of(table, language).entries
    colors = {name: [item.color.rgb[place] for item in entries] for place, name in enumerate(("Red", "Green", "Blue"))}
    return {
        "Value": [item.code for item in entries],
        "Label": [item.label for item in entries],
        **colors,
        "Alpha": [255] * len(entries),
        "Group": [item.group for item in entries],
    }


@needs_gdal
@pytest.mark.parametrize("id", available())
def test_gdal_reads_every_class(id: str) -> None:
    table = shipped_nomenclature(id)
    assert by_gdal(export(table, "gdal-rat", language="fr")) == expected(table, Language.FRENCH)


@needs_gdal
@settings(max_examples=10)
@given(nomenclatures(any_labels))
def test_gdal_reads_classes_of_any_codes_and_labels(table: Nomenclature) -> None:
    read, wanted = by_gdal(export(table, "gdal-rat")), expected(table, Language.ENGLISH)
    blank = [name for name in ("Label", "Group") for _ in (0,)]
    for name in blank:  # XML readers take the blanks around a text away
        read[name], wanted[name] = ([value.strip() for value in rows[name]] for rows in (read, wanted))
    assert read == wanted
