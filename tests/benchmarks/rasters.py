"""Files to files: the palette against gdaldem, an index against a careful loop of rasterio and numpy and gdal_calc.

Every candidate is a process of its own, its start included, with equal numbers of threads. gdaldem and gdal_calc are
programs of GDAL; where they are missing, a notice says so. OSO_EVALSCRIPT_SIDE sets the rows and columns.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from oso_evalscript.model.nomenclature import shipped_nomenclature
from tests.benchmarks import pictures
from tests.benchmarks.measure import Bar, Report
from tests.benchmarks.trees import THREADS, Command, Cost, command, costs, python, ratio, report
from tests.conftest import ROOT

PALETTE = ROOT / "evalscripts/oso_palette.js"
GDAL_LEVEL = 6
"""Of DEFLATE, GDAL's own."""

_HEAD = '//VERSION=3\nfunction setup() { return { input: [{ bands: ["B04", "B08"], units: "DN" }], output: %s }; }\n'
FLOAT = (
    _HEAD % '{ bands: 1, sampleType: "FLOAT32" }'
    + "function evaluatePixel(s) { return [(s.B08 - s.B04) / (s.B08 + s.B04)]; }\n"
)
STOPS: list[list[float]] = [
    [-0.2, 0, 0.2, 0.4, 0.6],
    [120, 200, 230, 80, 20],
    [100, 180, 220, 170, 90],
    [90, 140, 150, 60, 30],
]
RAMP = (
    _HEAD % '{ bands: 3, sampleType: "UINT8" }'
    + f"const x = {STOPS[0]}, colors = {[list(color) for color in zip(*STOPS[1:], strict=True)]};\n"
    + """function evaluatePixel(s) {
  const v = (s.B08 - s.B04) / (s.B08 + s.B04);
  if (!(v > x[0])) return colors[0];
  for (let i = 1; i < x.length; i++) {
    if (v < x[i]) {
      const part = (v - x[i - 1]) / (x[i] - x[i - 1]);
      return colors[i].map((c, k) => colors[i - 1][k] + part * (c - colors[i - 1][k]));
    }
  }
  return colors[x.length - 1];
}
"""
)


def reports(rounds: int) -> list[Report]:
    """The palette as a COG, as a GeoTIFF and uncompressed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        side = int(os.environ.get("OSO_EVALSCRIPT_SIDE", "8192"))
        source = pictures.land_cover(folder / "a.tif", side)
        return [_palette(folder, source, side, kind, rounds) for kind in ("COG", "GeoTIFF", "uncompressed")]


def written(script: Path, inputs: Mapping[str, Path], target: Path, **settings: object) -> Command:
    """Return the command that writes a raster by the library, in a process of its own."""
    files: Any = {name: str(path) for name, path in inputs.items()}
    said = ", ".join(f"{name}={value!r}" for name, value in {"threads": THREADS, **settings}.items())
    text = (
        "from pathlib import Path\nfrom oso_evalscript.rasters import Settings, run\n"
        f"run(Path({str(script)!r}), {files.get('', files)!r}, {str(target)!r}, settings=Settings({said}))"
    )
    return python("-c", text)


def _palette(folder: Path, source: Path, side: int, kind: str, rounds: int) -> Report:
    """The palette by the script and by gdaldem, which both write one kind of file."""
    ours, as_gdal = "the script", f"the script, DEFLATE level {GDAL_LEVEL}"
    inputs, cog = {"": source}, kind == "COG"
    shell = ("-m", "oso_evalscript", "run", str(PALETTE), "--input", str(source), "-o", str(folder / "o.tif"))
    plain: dict[str, object] = {} if cog else {"overviews": "none"}
    plain |= {"compress": "none"} if kind == "uncompressed" else {}
    candidates = {ours: python(*shell) if cog else written(PALETTE, inputs, folder / "o.tif", **plain)}
    if kind != "uncompressed":
        candidates[as_gdal] = written(PALETTE, inputs, folder / "p.tif", level=GDAL_LEVEL, **plain)
    notices = []
    if shutil.which("gdaldem"):
        candidates["gdaldem"] = command(*_gdaldem(folder, source, kind))
    else:
        notices.append("gdaldem is not installed: not measured against it.")

    def compare() -> None:
        sizes = {name: (folder / file).stat().st_size for name, file in _files(candidates)}
        notices.append("Bytes written, million: " + "; ".join(f"{n} {s / 1e6:.2f}" for n, s in sizes.items()) + ".")
        same_pixels([folder / file for _, file in _files(candidates)])

    found = costs(candidates, rounds, compare)
    title = f"oso_palette.js on a GeoTIFF of {side} x {side}, to a {kind} file"
    return report(title, found, list(_palette_bars(found, kind)), notices)


def _files(candidates: Mapping[str, Command]) -> list[tuple[str, str]]:
    names = {"the script": "o.tif", "gdaldem": "g.tif"}
    return [(name, names.get(name, "p.tif")) for name in candidates]


def _gdaldem(folder: Path, source: Path, kind: str) -> list[str]:
    lines = [f"{item.code} {' '.join(map(str, item.color.rgb))} 255" for item in shipped_nomenclature("oso-23").classes]
    (folder / "colors.txt").write_text("\n".join([*lines, "nv 0 0 0 0"]))
    tiles = ["-of", "GTiff", "-co", "TILED=YES", "-co", "BLOCKXSIZE=512", "-co", "BLOCKYSIZE=512"]
    options = {
        "COG": ["-of", "COG", "-co", "COMPRESS=DEFLATE", "-co", "OVERVIEW_RESAMPLING=NEAREST"],
        "GeoTIFF": [*tiles, "-co", "COMPRESS=DEFLATE"],
        "uncompressed": tiles,
    }[kind]
    words = [
        "gdaldem",
        "color-relief",
        "-q",
        "-alpha",
        "-nearest_color_entry",
        *options,
        "-co",
        f"NUM_THREADS={THREADS}",
    ]
    return [*words, str(source), str(folder / "colors.txt"), str(folder / "g.tif")]


def _palette_bars(found: Mapping[str, Sequence[Cost]], kind: str) -> list[Bar]:
    if "gdaldem" not in found:
        return []
    limit = {"COG": 1.5, "GeoTIFF": 1.25, "uncompressed": 1.0}[kind]
    bars = [
        Bar(f"palette, {kind}: {what} of gdaldem to that of {name}", ratio(found, what, "gdaldem", name), limit)
        for name in found
        if name != "gdaldem"
        for what in ("cpu", "wall")
    ]
    if kind == "COG":
        bars.append(
            Bar("palette, COG: memory, to gdaldem's", ratio(found, "memory", "the script", "gdaldem"), 0.5, most=True)
        )
    return bars


def indices(rounds: int) -> list[Report]:
    """An index in FLOAT32 and as colours."""
    side = int(os.environ.get("OSO_EVALSCRIPT_SIDE", "10980"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = {
            band: pictures.reflectances(folder / f"{band}.tif", side, 1, seed)
            for seed, band in enumerate(("B04", "B08"))
        }
        return [_index(folder, inputs, side, ramp=ramp, rounds=rounds) for ramp in (False, True)]


def _index(folder: Path, inputs: Mapping[str, Path], side: int, *, ramp: bool, rounds: int) -> Report:
    """An index by the script, with our level of DEFLATE and GDAL's, by a loop of rasterio and numpy, and by gdal_calc."""
    script = folder / "index.js"
    script.write_text(RAMP if ramp else FLOAT)
    usual, ours = "the script", f"the script, DEFLATE level {GDAL_LEVEL}"
    loop, calc = "a loop of rasterio and numpy", "gdal_calc"
    candidates = {
        usual: written(script, inputs, folder / "u.tif", overviews="none"),
        ours: written(script, inputs, folder / "o.tif", overviews="none", level=GDAL_LEVEL),
        loop: python("-m", "tests.benchmarks.rasters", "loop", str(folder), "ramp" if ramp else "float"),
    }
    notices = []
    if shutil.which("gdal_calc.py"):
        candidates[calc] = command(*_gdal_calc(folder, inputs, ramp=ramp))
    else:
        notices.append("gdal_calc is not installed: not measured against it.")

    def compare() -> None:
        files = [folder / name for name in ("u.tif", "o.tif", "m.tif", "g.tif")[: len(candidates)]]
        sizes = "; ".join(
            f"{name} {file.stat().st_size / 1e6:.0f}" for name, file in zip(candidates, files, strict=True)
        )
        notices.append(f"Bytes written, million: {sizes}.")
        same_pixels(files, tolerance=1 if ramp else 1e-6)  # a colour may be rounded the other way

    found = costs(candidates, rounds, compare)
    what = "8-bit colours" if ramp else "FLOAT32"
    limit = 1.0 if ramp else 1.25
    bars = [
        Bar(f"index to {what}: {key} of a loop of rasterio and numpy", ratio(found, key, ours, loop), limit, most=True)
        for key in ("cpu", "wall")
    ]
    if calc in found:
        bars += [
            Bar(f"index to {what}: {key} of gdal_calc to that of {name}", ratio(found, key, calc, name), 1.3)
            for name in (usual, ours)
            for key in ("cpu", "wall")
        ]
        bars.append(Bar(f"index to {what}: memory, to gdal_calc's", ratio(found, "memory", ours, calc), 0.25, most=True))  # fmt: skip
    return report(f"An index of two UINT16 bands of {side} x {side} to {what}, without overviews", found, bars, notices)


def _gdal_calc(folder: Path, inputs: Mapping[str, Path], *, ramp: bool) -> list[str]:
    value = "(B.astype(float32) - A) / (B.astype(float32) + A)"
    formulas = [f"interp({value}, {STOPS[0]}, {stops})" for stops in STOPS[1:]] if ramp else [value]
    options = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE", f"NUM_THREADS={THREADS}"]
    options += ["INTERLEAVE=PIXEL"] if ramp else ["PREDICTOR=3"]
    words = [
        "gdal_calc.py",
        "--quiet",
        "--overwrite",
        "--hideNoData",
        "-A",
        str(inputs["B04"]),
        "-B",
        str(inputs["B08"]),
    ]
    words += [f"--calc={formula}" for formula in formulas] + [f"--co={option}" for option in options]
    return [*words, f"--type={'Byte' if ramp else 'Float32'}", f"--outfile={folder / 'g.tif'}"]


def write_by_hand(folder: Path, *, ramp: bool) -> None:
    """What a careful user writes: windows of whole tiles, threads for compression, no copies that are not needed."""
    with (
        rasterio.Env(GDAL_NUM_THREADS=THREADS),
        rasterio.open(folder / "B04.tif") as red,
        rasterio.open(folder / "B08.tif") as nir,
        np.errstate(all="ignore"),
    ):
        how = {"dtype": "uint8", "count": 3, "predictor": 1} if ramp else {"dtype": "float32", "predictor": 3}
        options = {**red.profile, "nodata": None, "num_threads": THREADS, "interleave": "pixel", **how}
        with rasterio.open(folder / "m.tif", "w", **options) as target:
            for row in range(0, red.height, 512):
                for column in range(0, red.width, 2048):
                    window = Window(column, row, min(2048, red.width - column), min(512, red.height - row))
                    a, b = (dataset.read(1, window=window).astype(np.float32) for dataset in (red, nir))
                    value = (b - a) / (b + a)
                    found = np.stack([np.interp(value, STOPS[0], each) for each in STOPS[1:]]) if ramp else value[None]
                    target.write((found + 0.5).astype(np.uint8) if ramp else found, window=window)


def same_pixels(files: Sequence[Path], tolerance: float = 0) -> None:
    """Fail where rasters differ by more."""
    with rasterio.open(files[0]) as first:
        for path in files[1:]:
            with rasterio.open(path) as other:
                for row in range(0, first.height, 1024):
                    window = Window(0, row, first.width, min(1024, first.height - row))
                    one, two = (dataset.read(window=window) for dataset in (first, other))
                    if not np.array_equal(one, two):  # much faster than the line below
                        np.testing.assert_allclose(one, two, rtol=0, atol=tolerance, err_msg=str(path))


if __name__ == "__main__":
    write_by_hand(Path(sys.argv[2]), ramp=sys.argv[3] == "ramp")
