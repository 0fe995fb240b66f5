from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from oso_evalscript.compiler.vision import Vision, appearance
from oso_evalscript.model.color import Color
from tests.conftest import ROOT, Command

PALETTE = ROOT / "evalscripts/oso_palette.js"
PAGE = ROOT / "tests/scripts/err/cnes_land_cover_page.js"
RED = "//VERSION=3\nreturn [B04 * 0 + 1, 0, 0];\n"
TWO = """//VERSION=3
// Two of them
function setup() { return { input: ['B04'], output: [{ id: 'a', bands: 3 }, { id: 'b', bands: 3 }] }; }
function evaluatePixel(s) { return { a: [1, 0, 0], b: [0, 1, 0] }; }
"""


def colors(path: Path) -> set[tuple[int, ...]]:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        found = np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)
        return {tuple(color) for color in found.tolist()}


def texts(path: Path) -> list[str | None]:
    root = ET.fromstring(path.read_text())
    return [item.text for item in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_shows_what_the_script_paints(command: Command, tmp_path: Path) -> None:
    (tmp_path / "red.js").write_text(RED)
    done = command("preview", "red.js", "--size", "16")
    assert (done.status, done.out) == (0, "wrote red.png\n")
    assert (255, 0, 0) in colors(tmp_path / "red.png")
    assert (0, 255, 0) not in colors(tmp_path / "red.png")


def test_outputs_are_drawn_alone_or_beside_each_other(command: Command, tmp_path: Path) -> None:
    (tmp_path / "two.js").write_text(TWO)
    assert command("preview", "two.js", "--size", "16", "--output", "b", "-o", "b.png").status == 0
    assert (0, 255, 0) in colors(tmp_path / "b.png")
    assert (255, 0, 0) not in colors(tmp_path / "b.png")
    for words in (("--output", "a,b"), ("--output", "all"), ()):
        assert command("preview", "two.js", "--size", "16", *words, "-o", "both.png").status == 0
        assert {(255, 0, 0), (0, 255, 0)} <= colors(tmp_path / "both.png")
    done = command("preview", "two.js", "--output", "a,c")
    assert (done.status, "there is no output `c`; its outputs are a, b" in done.err) == (2, True)


def test_scripts_stand_beside_each_other_under_a_title(command: Command, tmp_path: Path) -> None:
    (tmp_path / "red.js").write_text(RED)
    done = command("preview", "red.js", PALETTE, "--size", "16", "--title", "Both", "-o", "both.svg")
    assert (done.status, done.out) == (0, "wrote both.svg\n")
    found = texts(tmp_path / "both.svg")
    assert {"Both", "red.js", "oso_palette.js", "23  Water"} <= set(found)
    assert command("preview", "red.js", PALETTE).status == 2


def test_a_script_before_and_after_its_fixes(command: Command, tmp_path: Path) -> None:
    (tmp_path / "page.js").write_bytes(PAGE.read_bytes())
    done = command("preview", "page.js", "--fix", "--size", "16", "-o", "fix.svg")
    assert done.status == 0, done.err
    found = texts(tmp_path / "fix.svg")
    assert {"as it is", "after lint --fix: 6 fixes", "23  Water"} <= set(found)
    assert any("It fails: line 4: SyntaxError" in str(text) for text in found)
    assert (tmp_path / "page.js").read_bytes() == PAGE.read_bytes()
    (tmp_path / "pixel.js").write_text("//VERSION=3\nconst c = { 1: [1, 0, 0] };\nreturn c[B04 * 0 + 2].slice();\n")
    assert command("preview", "pixel.js", "--fix", "--size", "4").status == 1  # no fix mends that
    (tmp_path / "fine.js").write_text(TWO)
    assert command("preview", "fine.js", "--fix", "--size", "16").status == 0
    assert {(255, 0, 0), (0, 255, 0)} <= colors(tmp_path / "fine.png")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a.js", "-o", "x.gif"), "a preview is a .png or .svg file"),
        (("a.js", "a.js"), "several scripts need -o FILE.png"),
        (("a.js", "a.js", "--fix", "-o", "x.png"), "--fix takes one script"),
        (("-",), "a script from standard input needs -o FILE.png"),
    ],
)
def test_what_cannot_be_drawn(command: Command, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    (tmp_path / "a.js").write_text(RED)
    done = command("preview", *words)
    assert (done.status, message in done.err) == (2, True), done.err


def test_where_nothing_is_returned_nothing_is_drawn(command: Command, tmp_path: Path) -> None:
    (tmp_path / "none.js").write_text(
        "//VERSION=3\nfunction setup() { return { input: ['B04'], output: [{ id: 'a', bands: 1 }, { id: 'b', bands: 1 }] }; }\n"
        "function evaluatePixel(s) { return { a: [1] }; }\n"
    )
    done = command("preview", "none.js", "--output", "b", "--no-lint")
    assert done.status == 1
    assert done.err.count("\n") == 1
    assert not (tmp_path / "none.png").exists()


def test_a_picture_as_people_of_other_visions_see_it(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("coloraide", reason="no coloraide here: pip install 'oso-evalscript[palette]'")
    (tmp_path / "red.js").write_text(RED)
    done = command("preview", "red.js", "--size", "16", "--vision", "deuteranopia", "-o", "one.png")
    assert (done.status, done.out) == (0, "wrote one.png\n")
    seen = appearance(Color(0xFF0000), Vision.DEUTERANOPIA).rgb
    assert seen in colors(tmp_path / "one.png")
    assert (255, 0, 0) not in colors(tmp_path / "one.png")
    assert command("preview", "red.js", "--size", "16", "--vision", "all", "-o", "all.svg").status == 0
    assert set(map(str, Vision)) <= set(texts(tmp_path / "all.svg"))
    refused = command("preview", "red.js", "--vision", "blind")
    assert (refused.status, "'blind' is not one of" in refused.err) == (2, True)
