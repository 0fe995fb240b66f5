"""`oso-evalscript test` and `diff` from the shell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from oso_evalscript import Source, compile, fix
from oso_evalscript.compiler.spec import PaletteSpec
from tests.conftest import ROOT, Command

PALETTE = ROOT / "evalscripts/oso_palette.js"
WRONG = """//VERSION=3
// oso: nomenclature oso-23
function setup() { return { input: ["OCS", "dataMask"], output: { bands: 4 } }; }
function evaluatePixel(s) {
  if (s.OCS === 1) return [1, 0, 1, s.dataMask];
  return [0, 0, 0, 0];
}
"""
SERIES = """//VERSION=3
function setup() { return { input: ["B04"], output: { bands: 1 }, mosaicking: "ORBIT" }; }
function evaluatePixel(samples) { return [samples[0].B04]; }
"""


def test_a_shipped_script_is_proved(command: Command) -> None:
    done = command("test", PALETTE)
    assert done.status == 0
    lines = [line.split(maxsplit=1) for line in done.out.splitlines()[1:]]
    assert dict(lines)["palette_exact"] == "proved on 512 of 512 inputs"
    assert done.err == "1 script: 9 proved\n"


def test_a_counterexample_is_shown(command: Command, tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text(WRONG)
    done = command("test", "wrong.js")
    assert done.status == 1
    assert done.out.splitlines()[6:12] == [
        "  palette_exact     FAILS: is not the colour of its class in oso-23 (22 of 512 inputs)",
        "                      input     OCS = 2",
        "                      input     dataMask = 1",
        "                      stored    default: 0, 0, 0, 0",
        "                      expected  color: 255, 85, 255",
        "                      line      6",
    ]
    quiet = command("test", "wrong.js", "--property", "total", "--property", "pixelwise")
    assert quiet.status == 0
    assert len(quiet.out.splitlines()) == 3


def test_an_empty_series_is_tried(command: Command, tmp_path: Path) -> None:
    (tmp_path / "series.js").write_text(SERIES)
    done = command("test", "series.js", "--max-examples", "50")
    assert done.status == 1
    assert "input     samples = []" in done.out
    assert "no counterexample in 50 examples" in done.out
    assert command("test", "series.js", "--max-examples", "50").out == done.out
    assert command("test", "series.js", "--exhaustive", "always").status == 2
    drawn = command("test", "series.js", "--seed", "random", "--max-examples", "5")
    assert drawn.err.startswith("seed ")


def test_the_formats_say_the_same(command: Command, tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text(WRONG)
    data = json.loads(command("test", "--format", "json", "wrong.js").out)
    failing = [item for item in data["scripts"][0]["verdicts"] if item["outcome"] == "fails"]
    assert [(item["property"], item["counterexample"]["inputs"]) for item in failing] == [
        ("palette_exact", {"OCS": 2, "dataMask": 1})
    ]
    github = command("test", "--format", "github", "wrong.js")
    assert github.out == (
        "::error file=wrong.js,line=6::palette_exact: is not the colour of its class in oso-23%0Ainput     OCS = 2"
        "%0Ainput     dataMask = 1%0Astored    default: 0, 0, 0, 0%0Aexpected  color: 255, 85, 255%0Aline      6\n"
    )


def test_what_cannot_be_tested(command: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.js").write_text("//VERSION=3\nlet x = ;")
    done = command("test", "broken.js")
    assert done.status == 1
    assert "loads  FAILS: broken.js:2: SyntaxError" in done.out
    assert command("test", "broken.js", "--format", "github").out == (
        "::error file=broken.js,line=2::loads: broken.js:2: SyntaxError: Unexpected token ';'\n"
    )
    for args, message in [
        (("none.js",), "none.js: No such file or directory"),
        ((PALETTE, "--nomenclature", "nowhere"), ""),
        ((PALETTE, "--seed", "x"), "--seed x: expected a whole number or `random`"),
        ((PALETTE, "--property", "none"), "Invalid value for '--property'"),
    ]:
        done = command("test", *args)
        assert message in done.err
        assert done.status == (0 if not message else 2), done.err


def test_without_hypothesis_finite_domains_are_still_swept(tmp_path: Path) -> None:
    (tmp_path / "series.js").write_text(SERIES)
    hide = "import sys; sys.modules['hypothesis'] = None; from oso_evalscript.cli import main; main()"
    swept = subprocess.run([sys.executable, "-c", hide, "test", str(PALETTE)], capture_output=True, text=True)
    assert (swept.returncode, swept.stderr) == (0, "1 script: 9 proved\n")
    drawn = subprocess.run(
        [sys.executable, "-c", hide, "test", str(tmp_path / "series.js")], capture_output=True, text=True
    )
    assert drawn.returncode == 2
    says = "series.js: drawing scenes needs hypothesis: pip install 'oso-evalscript[test]'\n"
    assert drawn.stderr == f"oso-evalscript: {tmp_path}/{says}"


BROKEN_SPECS = {
    "no_toml": (b'template = "palette"\nnomenclature = \n', "is not TOML: Invalid value (at line 2"),
    "no_table": (b'template = "palette"\nnomenclature = "oso-99"\n', "there is no nomenclature `oso-99`"),
    "no_key": (b'template = "palette"\nthreshold = 3\n', "the template `palette` has no such key"),
    "no_text": (b"\xff\xfe", "is not UTF-8; save the file in that encoding"),
}


def test_a_folder_is_tested_whatever_is_wrong_with_some_of_it(command: Command, tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name, (spec, _) in BROKEN_SPECS.items():
        (scripts / f"{name}.js").write_bytes(PALETTE.read_bytes())
        (scripts / f"{name}.toml").write_bytes(spec)
    (scripts / "latin.js").write_bytes(b"//VERSION=3\n// caf\xe9\n")
    (scripts / "syntax.js").write_text("//VERSION=3\nlet x = ;")
    (scripts / "wrong.js").write_text(WRONG)
    done = command("test", "scripts", "--property", "palette_exact", "--property", "masked_is_nodata")
    assert done.status == 2  # something could not be tested
    assert done.out.splitlines() == [
        "scripts/syntax.js",
        "  loads  FAILS: scripts/syntax.js:2: SyntaxError: Unexpected token ';'",
        "scripts/wrong.js",
        "  palette_exact     FAILS: is not the colour of its class in oso-23 (22 of 512 inputs)",
        "                      input     OCS = 2",
        "                      input     dataMask = 1",
        "                      stored    default: 0, 0, 0, 0",
        "                      expected  color: 255, 85, 255",
        "                      line      6",
        "  masked_is_nodata  does not apply: no spec, comment or option declares it",
    ]
    told = done.err.splitlines()
    for name, (_, message) in BROKEN_SPECS.items():
        (line,) = [line for line in told if f"scripts/{name}.toml: " in line]
        assert message in line
    assert any("scripts/latin.js: byte 0xe9 on line 2 is not UTF-8" in line for line in told)
    assert told[-1] == "2 scripts: 2 fails, 1 does not apply"
    assert len(told) == len(BROKEN_SPECS) + 2


def test_an_empty_folder_holds_nothing_to_test(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = command("test", "empty")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("oso-evalscript: empty: no evalscripts in this folder")
    assert len(done.err.splitlines()) == 1


@pytest.fixture
def two(tmp_path: Path) -> Path:
    page = fix(Source.read(ROOT / "tests/scripts/err/cnes_land_cover_page.js")).source
    (tmp_path / "page.js").write_text(page.text)
    (tmp_path / "rgb.js").write_text(compile(PaletteSpec(name="rgb", alpha="none")).text)
    return tmp_path


def test_diff_finds_the_codes(command: Command, two: Path) -> None:
    done = command("diff", "page.js", "rgb.js")
    assert done.status == 1
    first, inputs, one, other, codes = done.out.splitlines()
    assert first == "they differ on 466 of 512 inputs; on the smallest of them"
    assert inputs == "  OCS = 0, dataMask = 0"
    assert one.endswith(" stores default: 255, 0, 255")
    assert other.endswith(" stores default: 0, 0, 0")
    assert codes == "values of OCS with a difference: 0, 24-255"


def test_diff_of_the_same_and_of_other_contracts(command: Command, two: Path) -> None:
    same = command("diff", "rgb.js", "rgb.js")
    assert (same.status, same.out) == (0, "rgb.js and rgb.js: the same on all 256 inputs\n")
    other = command("diff", "page.js", PALETTE)
    assert other.status == 2
    assert "page.js promises 3 bands of AUTO as `default`" in other.err
    assert "promises 4 bands of AUTO as `default`" in other.err
    (two / "broken.js").write_text("let x = ;")
    broken = command("diff", "page.js", "broken.js")
    assert broken.status == 2
    assert "broken.js:1: SyntaxError" in broken.err
