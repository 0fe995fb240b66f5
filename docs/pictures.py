"""Draws the pictures of the pages: what each shipped example makes of a made-up scene, and two previews.

`python docs/pictures.py` draws them, `--check` exits with 1 and names the pictures that are out of date. Previews are
not checked here: their letters may differ between versions of the drawing library.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from oso_evalscript import Program, Source
from oso_evalscript.runtime.dates import Acquisitions
from oso_evalscript.runtime.synthetic import make_scenes

ROOT = Path(__file__).resolve().parents[1]
_SIZE = 128
_FACTOR = 3
_SQUARE = 8  # of the chequered ground, as in previews
_GROUND = (255, 228)
_DATES = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """What a page shows.

    Attributes:
        script: the shipped script.
        caption: what is seen.
        grey: the output and the band of it to show in grey; None where the script paints a picture itself.
    """

    script: str
    caption: str
    grey: tuple[str, int] | None = None


PICTURES = {
    "palette": Picture("oso_palette", "Each class in its colour; transparent where there is no data."),
    "mask": Picture(
        "oso_built_up_mask",
        "Built-up land, 1, in white, the rest, 0, in black; transparent where the value is that of no data.",
        grey=("default", 0),
    ),
    "confidence": Picture(
        "oso_confident_palette", "The confidence rises from left to right; classes that are not sure are faded."
    ),
    "ramp": Picture("oso_confidence", "The confidence, from black on the left to green on the right."),
    "values": Picture(
        "oso_values", "For analysis, not for looking: its second band, the confidence, in grey.", grey=("default", 1)
    ),
    "regroup": Picture("oso_groups", "Nine groups instead of 23 classes."),
    "statistics": Picture(
        "oso_group_shares",
        "For the Statistical API, not for looking: the first band of `shares` in grey, 1 white where land is built up.",
        grey=("shares", 0),
    ),
    "index": Picture("s2_ndvi", "A made-up vegetation index, from violet, low, to yellow, high."),
    "change": Picture(
        "oso_became_built_up",
        "Two maps compared, red where the later one alone is built up; transparent where only one has data.",
    ),
}
"""The picture of each template."""


def draw(picture: Picture) -> NDArray[np.uint8]:
    """Return a picture on a chequered ground: shape (y, x, band), red, green, blue."""
    with Program(Source.read(ROOT / f"evalscripts/{picture.script}.js")) as program:
        scenes = make_scenes(program.setup, program.origins, size=_SIZE, acquisitions=Acquisitions(dates=_DATES))
        outputs = program.run(scenes)
        nodata = {output.id: output.nodata for output in program.setup.outputs}
    if picture.grey is None:
        red_green_blue_alpha: NDArray[Any] = np.moveaxis(outputs["default"], 0, -1)
    else:
        id_, band = picture.grey
        red_green_blue_alpha = _grey(outputs[id_][band], nodata[id_])
    large = red_green_blue_alpha.repeat(_FACTOR, axis=0).repeat(_FACTOR, axis=1)
    rows, columns = np.indices(large.shape[:2]) // _SQUARE
    ground = np.array(_GROUND)[(rows + columns) % 2][..., np.newaxis]
    # Every alpha of these scripts is 0 or 255.
    return np.where(large[..., 3:] > 0, large[..., :3], ground).astype(np.uint8)


def _grey(band: NDArray[Any], nodata: float | None) -> NDArray[Any]:
    """A band from black, its least value, to white; transparent where it marks no data."""
    there = np.ones(band.shape, bool) if nodata is None else band != nodata
    low, high = int(band[there].min()), int(band[there].max())
    grey = (band.astype(np.int64) - low) * 255 // max(high - low, 1)
    return np.stack([grey, grey, grey, 255 * there], axis=-1)


def pictures() -> Iterator[tuple[Path, NDArray[np.uint8]]]:
    """Yield the path and the pixels of every picture."""
    for template, picture in PICTURES.items():
        yield ROOT / f"docs/images/template_{template}.png", draw(picture)


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """Return the bytes of a PNG; a picture of few colours gets a table of them."""
    image = Image.fromarray(pixels)
    if image.getcolors(256) is not None:
        image = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=256)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def previews() -> Iterator[tuple[Path, list[str]]]:
    """Yield the path of every preview and the words of the command that draws it."""
    images = ROOT / "docs/images"
    yield images / "oso_palette.png", ["evalscripts/oso_palette.js"]
    yield images / "preview_fix.png", ["tests/scripts/err/cnes_land_cover_page.js", "--fix"]


def main(check: bool) -> int:
    """Draw the pictures, or compare them with what is there, pixel by pixel."""
    expected = dict(pictures())
    stale = [path for path, pixels in expected.items() if not path.exists() or not _shows(path, pixels)]
    gone = sorted(set((ROOT / "docs/images").glob("template_*.png")) - expected.keys())
    for path in (*stale, *gone):
        print(f"{'stale' if check else 'wrote' if path in expected else 'removed'}: {path.relative_to(ROOT)}")
    if check:
        return 1 if stale or gone else 0
    for path in stale:
        path.write_bytes(encode(expected[path]))
    for path in gone:
        path.unlink()
    for path, words in previews():
        command = [sys.executable, "-m", "oso_evalscript", "preview", *words, "-o", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            print(done.stderr)
            return done.returncode
    return 0


def _shows(path: Path, pixels: NDArray[np.uint8]) -> bool:
    with Image.open(path) as image:
        return np.array_equal(np.asarray(image.convert("RGB")), pixels)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
