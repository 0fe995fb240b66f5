from __future__ import annotations

import json
from pathlib import Path

import pytest

from oso_evalscript import Source
from oso_evalscript.cli.findings import show_errors
from tests.conftest import Command

INDEX = """//VERSION=3
function setup() { return { input: ["B08", "B04", "dataMask"],
  output: [{ id: "a longer name", bands: 1, sampleType: "AUTO" }, { id: "n", bands: ["x"], sampleType: "FLOAT32" }] }; }
function evaluatePixel(s) { return { "a longer name": [2], n: [s.dataMask ? s.B08 : NaN] }; }
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "index.js"
    path.write_text(INDEX)
    return path


def test_each_row_begins_with_the_output(command: Command, script: Path) -> None:
    done = command("run", script)
    assert done.status == 0
    title, first, second = done.out.splitlines()
    assert title.split("  ")[0] == "output"
    assert first.startswith("a longer name  1     AUTO")
    assert first.split()[-1] == "constant"
    assert second.split()[:3] == ["n", "1", "x"]
    assert title.index("least") + len("least") == first.index(" 255 ") + len(" 255")
    assert "hint: band 1 of the output `a longer name` is 255 in all pixels with data" in done.err


def test_programs_read_json(command: Command, script: Path) -> None:
    done = command("run", script, "--format", "json", "--size", "40x30", "--seed", "2")
    found = json.loads(done.out)
    assert (found["version"], found["rows"], found["columns"]) == (1, 30, 40)
    constant, index = (output["bands"][0] for output in found["outputs"])
    assert [output["id"] for output in found["outputs"]] == ["a longer name", "n"]
    assert (constant["constant"], constant["above"], constant["least"]) == (True, 1200, 255)
    assert (index["name"], index["nan"], index["pixels"]) == ("x", index["noData"], 1200)
    assert 0 < index["noData"] < 1200
    assert 0 <= index["least"] < index["mean"] < index["largest"] <= 1
    assert found["scenes"][0]["kept"] == [0]
    assert len(found["hints"]) == 1
    pixel = json.loads(command("run", script, "--explain-pixel", "0,0", "--format", "json").out)
    assert pixel["stored"]["a longer name"] == [255]
    assert pixel["inputs"]["dataMask"] == 1


def test_what_json_has_no_number_for_is_text(command: Command, script: Path) -> None:
    script.write_text(INDEX.replace("s.B08 : NaN", "Infinity : NaN"))
    found = json.loads(command("run", script, "--format", "json", "--size", "9").out)
    assert found["outputs"][1]["bands"][0]["largest"] == "inf"


def test_errors_of_the_linter_come_first(command: Command, script: Path) -> None:
    script.write_text(INDEX.replace("s.B08", "s.B03"))
    said = "index.js:4:79: error: "
    for name in (("run",), ("preview", "--output", "n", "-o", "p.png")):
        done = command(name[0], script, "--size", "9", *name[1:])
        first, second = done.err.splitlines()[:2]
        assert first.endswith("[statistics-without-mask]")
        assert said in second, done.err
        assert second.endswith("[undeclared-band]")
        assert "undeclared-band" not in command(name[0], script, "--size", "9", "--no-lint", *name[1:]).err


SILENTLY_WRONG = [
    ('["B04"]', "{ bands: 1 }", "return [s.B08];", "`B08` is read, but setup() does not request it"),
    ('["B08"]', "{ bands: 1 }, mosaicking: 'ORBIT'", "return [s.B08];", "under ORBIT mosaicking this is a list of samples"),
    ('["B04"]', "{ bands: 1 }, mosaicking: 'TILE'", "const all = s; return [2 * all.B04];", "such as `samples[0].B04`"),
    ('["B04"]', "{ bands: 1, sampleType: SampleType.FLOAT }", "return [s.B04];", "did you mean FLOAT32?"),
    ('["B04"]', "{ bands: 1 }", "return [colorBlend(s.B04, [0, 1, 2], [5, 6])];", "3 limits, but 2 colours or values"),
    ('["B04"]', "{ bands: 3 }", "return new ColorRampVisualizer([0, 0.5, 1]).process(s.B04);", "a list of numbers has no colours"),
]  # fmt: skip


@pytest.mark.parametrize(("bands", "output", "body", "message"), SILENTLY_WRONG)
def test_what_runs_without_a_failure_but_is_wrong_is_told(
    capsys: pytest.CaptureFixture[str], bands: str, output: str, body: str, message: str
) -> None:
    text = f"//VERSION=3\nfunction setup() {{ return {{ input: {bands}, output: {output} }}; }}\n"
    show_errors(Source(f"{text}function evaluatePixel(s) {{ {body} }}\n", "x.js"), None, None)
    said = capsys.readouterr().err
    assert said.count(": error: ") == 1
    assert message in said


def test_bands_that_no_collection_has_are_named(command: Command, script: Path) -> None:
    script.write_text(INDEX.replace("B08", "NIR2"))
    said = "note: no collection of the catalogue has the band `NIR2`; values of any range are made up\n"
    assert said in command("run", script, "--size", "9").err
    assert said not in command("run", script, "--size", "9", "--collection", "byoc-1").err


def test_many_errors_are_cut_and_warnings_are_left_to_lint(command: Command, tmp_path: Path) -> None:
    (tmp_path / "many.js").write_text(INDEX.replace("//VERSION=3", "// VERSION=3").replace("s.B08", " + ".join(f"s.B{n:02}" for n in (1, 2, 3, 5, 6, 7, 9))))  # fmt: skip
    done = command("run", "many.js", "--size", "9")
    lines = done.err.splitlines()
    assert all(": error: " in line for line in lines[:5])
    assert lines[5] == "and 3 more errors: `oso-evalscript lint` shows all"
