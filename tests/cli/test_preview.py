from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from tests.conftest import ROOT, Command

PALETTE = ROOT / "evalscripts/oso_palette.js"


def colors(path: Path) -> set[tuple[int, ...]]:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return {tuple(color) for color in np.asarray(image.convert("RGB")).reshape(-1, 3).tolist()}


def test_the_picture_shows_what_the_script_paints(command: Command, tmp_path: Path) -> None:
    (tmp_path / "red.js").write_text("//VERSION=3\nreturn [B04 * 0 + 1, 0, 0];\n")
    done = command("preview", "red.js", "--size", "16")
    assert (done.status, done.out) == (0, "wrote red.png\n")
    assert (255, 0, 0) in colors(tmp_path / "red.png")
    assert (0, 255, 0) not in colors(tmp_path / "red.png")


def test_one_of_several_outputs_is_drawn(command: Command, tmp_path: Path) -> None:
    (tmp_path / "two.js").write_text(
        "//VERSION=3\nfunction setup() { return { input: ['B04'], output: [{ id: 'a', bands: 3 }, { id: 'b', bands: 3 }] }; }\n"
        "function evaluatePixel(s) { return { a: [1, 0, 0], b: [0, 1, 0] }; }\n"
    )
    assert command("preview", "two.js", "--size", "16", "--output", "b", "-o", "b.png").status == 0
    assert (0, 255, 0) in colors(tmp_path / "b.png")
    assert (255, 0, 0) not in colors(tmp_path / "b.png")


def test_where_nothing_is_returned_nothing_is_drawn(command: Command, tmp_path: Path) -> None:
    (tmp_path / "none.js").write_text(
        "//VERSION=3\nfunction setup() { return { input: ['B04'], output: [{ id: 'a', bands: 1 }, { id: 'b', bands: 1 }] }; }\n"
        "function evaluatePixel(s) { return { a: [1] }; }\n"
    )
    done = command("preview", "none.js", "--output", "b", "--no-lint")
    assert done.status == 1
    assert done.err.count("\n") == 1
    assert not (tmp_path / "none.png").exists()
