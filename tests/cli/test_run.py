from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from oso_evalscript.model.nomenclature import shipped_nomenclature
from tests.conftest import ROOT, Command
from tests.runtime.test_worker import alive, children_of, until

PALETTE = ROOT / "evalscripts/oso_palette.js"
TWO = """//VERSION=3
function setup() { return { input: ["A"], output: [{ id: "a", bands: 1 }, { id: "b", bands: 2, sampleType: "FLOAT32" }] }; }
function evaluatePixel(s) { return { a: [s.A], b: [s.A, 0.5] }; }
"""


def test_a_picture_of_the_made_up_scene(command: Command, tmp_path: Path) -> None:
    done = command("run", PALETTE, "-o", "out.png")
    assert done.status == 0
    with Image.open(tmp_path / "out.png") as opened:
        image = np.asarray(opened)
    assert image.shape == (256, 256, 4)
    colors = {tuple(color[:3]) for color in image.reshape(-1, 4)}
    assert colors == {item.color.rgb for item in shipped_nomenclature("oso-23").classes} | {(0, 0, 0)}
    assert done.err == "cost as a request: 0.08333 processing units (256 x 256 pixels, image/png)\n"
    title, *rows = done.out.splitlines()
    assert title.split() == [
        "output",
        "band",
        "stored",
        "as",
        "least",
        "largest",
        "mean",
        "NaN",
        "below",
        "above",
        "no",
        "data",
    ]
    assert [row.split()[:5] for row in rows] == [
        ["default", str(band), "AUTO", "255" if band == 4 else "0", "255"] for band in range(1, 5)
    ]


def test_the_user_s_own_arrays(command: Command, tmp_path: Path) -> None:
    np.savez(tmp_path / "scene.npz", OCS=np.array([[1, 23]]))
    assert command("run", PALETTE, "--input", "scene.npz", "-o", "out.npy").status == 0
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy")[:, 0].T, [[255, 0, 255, 255], [0, 0, 255, 255]])


def test_several_outputs(command: Command, tmp_path: Path) -> None:
    (tmp_path / "two.js").write_text(TWO)
    np.savez(tmp_path / "scene.npz", A=np.array([[0.5, 1.0]]))
    scene = ("--input", "scene.npz")
    assert command("run", "two.js", *scene, "-o", "all.npz").status == 0
    with np.load(tmp_path / "all.npz") as arrays:
        assert {name: arrays[name].shape for name in arrays} == {"a": (1, 1, 2), "b": (2, 1, 2)}
    done = command("run", "two.js", *scene, "-o", "a.png")
    assert done.status == 2
    assert "two.js: the script has several outputs: choose one with --output; its outputs are a, b" in done.err
    assert command("run", "two.js", *scene, "-o", "a.png", "--output", "a").status == 0
    done = command("run", "two.js", *scene, "-o", "b.png", "--output", "b")
    assert done.status == 2
    assert "the output `b` has 2 bands of FLOAT32; a PNG file needs 1 to 4 bands of AUTO or UINT8" in done.err
    assert "there is no output `c`" in command("run", "two.js", *scene, "-o", "c.npy", "--output", "c").err
    assert "stores all outputs" in command("run", "two.js", *scene, "-o", "c.npz", "--output", "a").err
    assert {path.name for path in tmp_path.iterdir()} == {"two.js", "scene.npz", "all.npz", "a.png"}


def test_standard_input_and_no_file(command: Command) -> None:
    done = command("run", "-", "--size", "5", stdin=PALETTE.read_bytes())
    assert done.status == 0
    assert "(5 x 5 pixels, image/tiff)" in done.err


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_seed_varies_the_scene(command: Command, tmp_path: Path, seed: str) -> None:
    command("run", PALETTE, "--seed", seed, "-o", f"{seed}.npy")
    command("run", PALETTE, "-o", "0.npy")
    assert not np.array_equal(np.load(tmp_path / f"{seed}.npy"), np.load(tmp_path / "0.npy"))


def test_scripts_that_fail(command: Command, tmp_path: Path) -> None:
    page = command("run", ROOT / "tests/scripts/err/cnes_land_cover_page.js")
    assert page.status == 1
    assert "SyntaxError: Invalid or unexpected token\n    [1, 0xff00ff], [2, 0xff55ff], [3, 0ffaaff]" in page.err
    (tmp_path / "a.js").write_text(TWO.replace("s.A,", "s.A.b.c,"))
    np.savez(tmp_path / "scene.npz", A=np.zeros((2, 2)))
    done = command("run", "a.js", "--input", "scene.npz", "-o", "out.npz")
    assert done.status == 1
    assert (
        "a.js:3: TypeError: Cannot read properties of undefined (reading 'c'), at the pixel in row 0, column 0"
        in done.err
    )
    assert not (tmp_path / "out.npz").exists()
    (tmp_path / "b.js").write_text("for (;;);")
    assert "b.js:1: it did not load within 0.2 s" in command("run", "b.js", "--timeout", "0.2").err
    (tmp_path / "c.js").write_text("const a = []; for (;;) a.push(new Array(1000).fill(1.5));")
    assert "c.js: it needs more than 200 MiB of memory" in command("run", "c.js", "--memory", "200").err
    (tmp_path / "d.js").write_text("throw '\x1b[31mred\\n\\x1b[0m'")
    assert "\x1b" not in command("run", "d.js").err


def test_what_cannot_be_done(command: Command, tmp_path: Path) -> None:
    (tmp_path / "scene.npz").write_bytes(b"nothing")
    for args, message in [
        ((PALETTE, "-o", "out.jpg"), "-o out.jpg: the file ends in one of .png, .npy, .npz"),
        ((PALETTE, "--input", "none.npz"), "none.npz: cannot be read (No such file or directory)"),
        ((PALETTE, "--input", "scene.npz"), "scene.npz: is not an .npz file"),
        (("none.js",), "none.js: No such file or directory"),
        ((tmp_path,), "Is a directory"),
        ((PALETTE, "-o", "none/out.png"), "none/out.png: cannot be written (No such file or directory)"),
        ((PALETTE, "--size", "0"), "Invalid value for '--size'"),
        ((PALETTE, "--timeout", "0"), "Invalid value for '--timeout'"),
    ]:
        done = command("run", *args)
        assert done.status == 2, args
        assert message in done.err


def test_a_band_that_the_scene_lacks(command: Command, tmp_path: Path) -> None:
    (tmp_path / "two.js").write_text(TWO)
    np.savez(tmp_path / "scene.npz", B=np.ones((2, 2)))
    done = command("run", "two.js", "--input", "scene.npz")
    assert done.status == 2
    assert "the script asks for the band A, which the scene does not have; its bands are: B" in done.err


SERIES = """//VERSION=3
function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" }, mosaicking: "TILE" }; }
function evaluatePixel(samples, scenes, inputMetadata, customData, outputMetadata) {
  if (samples[0].A === 3) console.log("three", samples.length);
  outputMetadata.userData = { dates: scenes.tiles.map((tile) => tile.date) };
  return [samples.reduce((sum, sample) => sum + sample.A, 0)];
}
"""


def test_a_folder_is_a_time_series(command: Command, tmp_path: Path) -> None:
    (tmp_path / "series.js").write_text(SERIES)
    (tmp_path / "scenes").mkdir()
    for day in (1, 2, 3):
        np.savez(tmp_path / f"scenes/2023-06-0{day}.npz", A=np.array([[day, 0.5]]))
    done = command("run", "series.js", "--input", "scenes", "-o", "out.npy", "-o", "data.json")
    assert done.status == 0, done.err
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), [[[6, 1.5]]])
    dates = [f"2023-06-0{day}T00:00:00Z" for day in (3, 2, 1)]
    assert json.loads((tmp_path / "data.json").read_text()) == {"dates": dates}
    assert "console.log at row 0, column 0: three 3\nnote: console works here only" in done.err
    assert 'user data: {"dates": ["2023-06-03T00:00:00Z"' in done.err
    oldest = command("run", "series.js", "--input", "scenes", "--order", "leastRecent", "--explain-pixel", "0,0")
    assert oldest.out.splitlines() == [
        "pixel     row 0, column 0",
        "input     samples: 3 samples",
        "          [0] A = 1",
        "          [1] A = 2",
        "          [2] A = 3",
        "returned  [6]",
        "stored    default: 6",
    ]


FUSED = """//VERSION=3
function setup() { return { input: [{ datasource: "S2L2A", bands: ["B04"] }, { datasource: "x", bands: ["Q"] }],
  output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(samples) { return [samples.S2L2A[0].B04 * samples.x[0].Q]; }
"""


def test_several_inputs_have_names(command: Command, tmp_path: Path) -> None:
    (tmp_path / "fused.js").write_text(FUSED)
    np.savez(tmp_path / "a.npz", B04=np.array([[5000]], np.uint16))
    np.savez(tmp_path / "b.npz", Q=np.array([[10]], np.uint8))
    scenes = ("--input", "S2L2A=a.npz", "--input", "x=b.npz")
    done = command("run", "fused.js", *scenes, "--units", "DN", "--collection", "x=byoc-1", "-o", "out.npy")
    assert done.status == 0, done.err
    assert np.load(tmp_path / "out.npy").item() == 5
    for args, message in [
        (
            ("--input", "a.npz"),
            "the script has several inputs: use --input NAME=PATH for each of the scenes of S2L2A, x",
        ),
        (("--input", "a.npz", "--input", "b.npz"), "--input given several times needs names"),
        (scenes[:2], "the scenes of `x` are missing"),
        ((*scenes, "--collection", "nowhere"), "pass a collection for each of S2L2A, x as --collection NAME=ID"),
        (scenes, "pass --units DN"),
    ]:
        done = command("run", "fused.js", *args)
        assert (done.status, message in done.err) == (2, True), done.err


def test_made_up_scenes_fit_any_script(command: Command, tmp_path: Path) -> None:
    (tmp_path / "fused.js").write_text(FUSED)
    (tmp_path / "series.js").write_text(SERIES.replace('"A"', '"B04", "SCL"').replace(".A", ".B04"))
    (tmp_path / "simple.js").write_text("return [2.5 * B04, 2.5 * B03, 2.5 * B02];")
    for name in ("fused.js", "series.js", "simple.js"):
        done = command("run", name, "--size", "16", "--dates", "3", "-o", "out.npz")
        assert done.status == 0, done.err
        assert np.load(tmp_path / "out.npz")["default"].shape[1:] == (16, 16)
    assert command("run", "series.js", "--dates", "0").status == 1  # samples[0] of no samples


def test_outputs_of_any_name_fit_into_an_archive(command: Command, tmp_path: Path) -> None:
    ids = ["file", "allow_pickle", "self", "a/b", "é"]
    (tmp_path / "names.js").write_text(
        f"function setup() {{ return {{ input: ['A'], output: {json.dumps([{'id': id_, 'bands': 1} for id_ in ids])} }}; }}\n"
        f"function evaluatePixel(s) {{ const r = {{}}; for (const id of {json.dumps(ids)}) r[id] = [1]; return r; }}"
    )
    assert command("run", "names.js", "--size", "2", "-o", "out.npz").status == 0
    with np.load(tmp_path / "out.npz") as archive:
        assert sorted(archive.files) == sorted(ids)


def test_a_pixel_that_is_none(command: Command) -> None:
    for pixel, status, message in [
        ("1,2,3", 2, "`1,2,3` is not a pixel: expected a row and a column, as in 12,30"),
        ("9,999", 2, "there is no pixel 9,999: the scene has 256 rows and 256 columns"),
    ]:
        done = command("run", PALETTE, "--explain-pixel", pixel)
        assert (done.status, message in done.err) == (status, True), done.err
    assert command("run", PALETTE, "--explain-pixel", "0,0", "-o", "x.npy").status == 2


def test_what_was_logged_before_a_failure_is_shown(command: Command, tmp_path: Path) -> None:
    (tmp_path / "x.js").write_text(
        "function setup() { return { input: ['A'], output: { bands: 1 } }; }\n"
        "function evaluatePixel(s) { console.log('before'); throw new Error('no'); }"
    )
    done = command("run", "x.js", "--size", "2")
    assert done.status == 1
    assert "\nconsole.log at row 0, column 0: before\nx.js:2: Error: no" in done.err


def test_preview(command: Command, tmp_path: Path) -> None:
    done = command("preview", PALETTE, "-o", "p.png", "--size", "64")
    assert (done.status, done.out) == (0, "wrote p.png\n")
    with Image.open(tmp_path / "p.png") as image:
        assert image.width > 700
    (tmp_path / "s.js").write_bytes(PALETTE.read_bytes())
    assert command("preview", "s.js", "--size", "8").out == "wrote s.png\n"
    assert command("preview", "-", "--size", "8", "-o", "q.png", stdin=PALETTE.read_bytes()).status == 0
    assert "needs -o FILE.png" in command("preview", "-", stdin=PALETTE.read_bytes()).err
    assert "a preview is a .png or .svg file" in command("preview", PALETTE, "-o", "p.gif").err
    assert command("preview", ROOT / "tests/scripts/err/cnes_land_cover_page.js", "-o", "x.png").status == 1
    assert not (tmp_path / "x.png").exists()


SLOW = """function setup() { return { input: ['OCS'], output: { bands: 1 } }; }
function evaluatePixel(s) { let x = 0; for (let i = 0; i < 1e5; i++) x += i * s.OCS; return [x]; }"""


@pytest.mark.parametrize("after", [0.02, 0.15, 0.3, 0.45, 0.6, 2.0])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopping_a_run_at_any_moment_leaves_no_process_and_no_file(
    tmp_path: Path, how: signal.Signals, after: float
) -> None:
    (tmp_path / "slow.js").write_text(SLOW)
    out = tmp_path / "out.png"
    running = subprocess.Popen(
        [sys.executable, "-m", "oso_evalscript", "run", tmp_path / "slow.js", "-o", out, "--timeout", "60"],
        cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    time.sleep(after)
    workers = children_of(running.pid)
    running.send_signal(how)
    _, err = running.communicate(timeout=20)
    if after >= 2.0:  # by then the command is in our own code, on a busy machine too
        assert running.returncode == (130 if how == signal.SIGINT else -how)
        assert err == ("\ninterrupted\n" if how == signal.SIGINT else "")
    assert until(lambda: not any(map(alive, workers)), 5)
    assert [path.name for path in tmp_path.iterdir()] == ["slow.js"]


def test_the_whole_command_group(command: Command) -> None:
    assert command("--version").out.startswith("oso-evalscript, version ")
    shown = command("--help").out
    for name in ("build", "explain", "lint", "preview", "rules", "run"):
        assert f"  {name} " in shown
        assert command(name, "--help").status == 0
    assert command("no-such").status == 2
    rules = command("rules").out
    assert "malformed-hex" in rules
    assert "`0x`" in rules
    assert io.StringIO(rules).readline().split() == ["rule", "severity", "fix", "what", "it", "finds"]


REFLECTANCE = """//VERSION=3
function setup() { return { input: ["B04"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return s.B04 > 9 ? [s.B04, 2] : [s.B04]; }
"""
TWO_SOURCES = """//VERSION=3
function setup() { return { input: [{ datasource: "a", bands: ["B04"] }, { datasource: "b", bands: ["B08"] }],
  output: { bands: 1 } }; }
function evaluatePixel(s) { return [1]; }
"""


@pytest.mark.parametrize(
    ("script", "arguments", "words", "never"),
    [
        (REFLECTANCE, ["--input", "raw.npz", "--collection", "S2L2A"], "if the arrays are digital numbers, pass --units DN", "units='"),
        (REFLECTANCE.replace("B04", "Q"), ["--input", "raw.npz", "--units", "DN"], "need a collection, as in --collection S2L2A", "collection='"),
        (REFLECTANCE.replace("output", 'mosaicking: "ORBIT", output'), ["--input", "raw.npz"], "put one into the name of the .npz", "Scene("),
        (REFLECTANCE, ["--input", "raw.npz", "--order", "leastCC"], "put a number `cloud_coverage` into the .npz file", "Scene("),
        (REFLECTANCE, ["--input", "raw.npz", "--offset", "-1000", "--collection", "S2L2A"], "pass --units DN as well", "units='"),
        (TWO_SOURCES, ["--input", "raw.npz"], "use --input NAME=PATH for each of the scenes of a, b", "mapping"),
        (TWO_SOURCES, ["--collection", "S2L2A"], "of a, b as --collection NAME=ID", "by its name"),
        (REFLECTANCE, ["--input", "picture.tif"], "picture.tif: cannot be read as a raster", "pickle"),
    ],
)  # fmt: skip
def test_the_command_speaks_of_options(
    command: Command, tmp_path: Path, script: str, arguments: list[str], words: str, never: str
) -> None:
    (tmp_path / "x.js").write_text(script)
    (tmp_path / "picture.tif").write_bytes(b"II*\0" + bytes(100))
    np.savez(tmp_path / "raw.npz", B04=np.full((1, 2), 1500, np.uint16), Q=np.ones((1, 2)))
    done = command("run", "x.js", *arguments)
    assert done.status in (1, 2)
    assert words in done.err
    assert never not in done.err


def test_raw_digital_numbers_strict_and_the_statistical_api(command: Command, tmp_path: Path) -> None:
    (tmp_path / "x.js").write_text(REFLECTANCE)
    np.savez(tmp_path / "raw.npz", B04=np.full((1, 2), 1500, np.uint16))
    raw = ["--input", "raw.npz", "--collection", "S2L2A", "--units", "DN", "--offset", "-1000"]
    assert command("run", "x.js", *raw, "-o", "x.npy").status == 0
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), np.full((1, 1, 2), 0.05, np.float32))
    shown = command("run", "x.js", "--explain-pixel", "0,0", *raw)
    assert "0.05" in shown.out
    np.savez(tmp_path / "ten.npz", B04=np.full((1, 2), 10.0))
    assert "the last 1 is dropped" in command("run", "x.js", "--input", "ten.npz").err
    strict = command("run", "x.js", "--input", "ten.npz", "--strict")
    assert (strict.status, "an array of 2 values" in strict.err) == (1, True)
    (tmp_path / "y.js").write_text(REFLECTANCE.replace(', sampleType: "FLOAT32"', ""))
    for arguments, kind in (([], np.uint8), (["--api", "statistics"], np.float32)):
        assert command("run", "y.js", *arguments, "-o", "y.npy").status == 0
        assert np.load(tmp_path / "y.npy").dtype == kind
