"""Other programs paint with an exported style what the palette script paints: pixel for pixel, over the codes 0 to 1023."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from PIL import Image

from oso_evalscript import PaletteSpec, compile, evaluate
from oso_evalscript.compiler.export import export
from oso_evalscript.model.nomenclature import Nomenclature, available, shipped_nomenclature
from tests.conftest import ROOT
from tests.strategies import nomenclatures

RASTER: NDArray[np.uint16] = (
    np.random.default_rng(7).permutation(np.repeat(np.arange(1024, dtype=np.uint16), 4)).reshape(64, 64)
)
QGIS = "/usr/bin/python3"  # its bindings belong to the system's Python

needs_gdal = pytest.mark.skipif(shutil.which("gdaldem") is None, reason="no gdaldem here: apt-get install gdal-bin")


@cache
def has_qgis() -> bool:
    probe = "import importlib.util as u; raise SystemExit(u.find_spec('qgis') is None)"
    return Path(QGIS).exists() and subprocess.run([QGIS, "-I", "-c", probe], capture_output=True).returncode == 0


def by_script(id: str) -> NDArray[np.uint8]:
    """Red, green, blue, alpha of every pixel, as the compiled palette paints them."""
    spec = PaletteSpec(name="p", nomenclature=id, band="codes")
    painted: NDArray[np.uint8] = evaluate(compile(spec), {"codes": RASTER})["default"]
    return painted


def by_table(table: Nomenclature) -> NDArray[np.uint8]:
    lookup = np.zeros((1024, 4), dtype=np.uint8)
    for item in table.classes:
        lookup[item.code] = (*item.color.rgb, 255)
    return lookup[RASTER].transpose(2, 0, 1)


def by_gdaldem(table: Nomenclature) -> NDArray[np.uint8]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Image.fromarray(RASTER).save(folder / "in.png")
        (folder / "colors.txt").write_text(export(table, "gdal"), encoding="utf-8")
        words = "color-relief in.png colors.txt out.png -of PNG -alpha -nearest_color_entry -q"
        done = subprocess.run(["gdaldem", *words.split()], cwd=folder, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        with Image.open(folder / "out.png") as image:
            return np.asarray(image).transpose(2, 0, 1)


@needs_gdal
@pytest.mark.parametrize("id", available())
def test_gdaldem_paints_what_the_palette_script_paints(id: str) -> None:
    np.testing.assert_array_equal(by_gdaldem(shipped_nomenclature(id)), by_script(id))


@needs_gdal
@settings(max_examples=15)
@given(nomenclatures(largest=1000))
def test_gdaldem_paints_classes_of_any_codes(table: Nomenclature) -> None:
    np.testing.assert_array_equal(by_gdaldem(table), by_table(table))


@pytest.mark.parametrize("id", available())
def test_rio_tiler_paints_what_the_palette_script_paints(id: str) -> None:
    colormap = pytest.importorskip(
        "rio_tiler.colormap", reason="no rio-tiler here: pip install rio-tiler", exc_type=ImportError
    )
    read = json.loads(export(shipped_nomenclature(id), "rio-tiler"))
    colors = {int(code): tuple(color) for code, color in read.items()}  # as titiler turns the keys into numbers
    painted, alpha = colormap.apply_cmap(RASTER[np.newaxis], colors)
    np.testing.assert_array_equal(np.concatenate([painted, alpha[np.newaxis]]), by_script(id))


@pytest.mark.skipif(not has_qgis(), reason="no QGIS here: apt-get install python3-qgis")
@pytest.mark.parametrize("id", available())
def test_qgis_paints_what_the_palette_script_paints(id: str, tmp_path: Path) -> None:
    Image.fromarray(RASTER).save(tmp_path / "in.png")
    (tmp_path / "style.qml").write_text(export(shipped_nomenclature(id), "qml"), encoding="utf-8")
    script = ROOT / "tests/compiler/export/qgis_paint.py"
    done = subprocess.run([QGIS, "-I", str(script), str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    labels = json.loads((tmp_path / "labels.json").read_text(encoding="utf-8"))
    assert labels == [item.english for item in shipped_nomenclature(id).classes]
    with Image.open(tmp_path / "out.png") as image:
        painted = np.asarray(image.convert("RGBA")).transpose(2, 0, 1)
    np.testing.assert_array_equal(painted, by_script(id))
