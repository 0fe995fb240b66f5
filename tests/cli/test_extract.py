from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Command

BODY = 'function setup() {\n  return { input: ["B04"], output: { bands: 1 } };\n}\nfunction evaluatePixel(s) {\n  return [s.B04];\n}\n'
SCRIPT = "//VERSION=3\n" + BODY


def test_scripts_are_written_under_their_names(tmp_path: Path, command: Command) -> None:
    (tmp_path / "a.py").write_text(
        f'NDVI = """{SCRIPT}"""\nS = {{"ndvi": """{SCRIPT}""", "so, so/é": """{SCRIPT}"""}}\nf("""{SCRIPT}""")\n',
        encoding="utf-8",
    )
    done = command("extract", "a.py", "-o", "out/scripts")
    assert done.status == 0, done.err
    names = ["NDVI.js", "ndvi_2.js", "so_so_é.js", "a_24.js"]
    assert [path.name for path in sorted((tmp_path / "out/scripts").iterdir())] == sorted(names)
    assert all((tmp_path / "out/scripts" / name).read_text(encoding="utf-8") == SCRIPT for name in names)
    assert "wrote out/scripts/NDVI.js from a.py:1\n" in done.err
    assert command("lint", "out/scripts", "--select", "syntax-error").status == 0


def test_a_file_that_differs_is_left_alone(tmp_path: Path, command: Command) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"x": SCRIPT, "y": SCRIPT}))
    (tmp_path / "x.js").write_text("mine")
    (tmp_path / "y.js").write_text(SCRIPT)
    done = command("extract", "a.json")
    assert done.status == 2
    assert "x.js: exists and differs from the script at a.json:1; --force overwrites it" in done.err
    assert (tmp_path / "x.js").read_text() == "mine"
    assert command("extract", "--force", "a.json").status == 0
    assert (tmp_path / "x.js").read_text() == SCRIPT


def test_placeholders_are_named(tmp_path: Path, command: Command) -> None:
    text = (
        "def f(band):\n    return f'''"
        + SCRIPT.replace("{", "{{").replace("}", "}}").replace("B04", "{band}")
        + "'''\n"
    )
    (tmp_path / "a.py").write_text(text)
    done = command("extract", "a.py")
    assert done.status == 0
    assert "note: __BAND__ is a placeholder for what the program fills in" in done.err
    assert (tmp_path / "f.js").read_text() == SCRIPT.replace("B04", "__BAND__")


def test_what_cannot_be_done_is_said(tmp_path: Path, command: Command) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "b.json").write_text("{VERSION")
    (tmp_path / "c.md").write_bytes(b"\xff VERSION")
    (tmp_path / "d.ipynb").write_text('{"cells": 1, "VERSION": 2}')
    (tmp_path / "ok.toml").write_text(f"s = '''{SCRIPT}'''")
    done = command("extract", "a.py", "b.json", "c.md", "d.ipynb", "no.py", "e.exe", ".", "ok.toml")
    assert done.status == 2
    lines = done.err.splitlines()
    assert len(lines) == 8
    assert lines[0] == "oso-evalscript: a.py: no evalscripts found in this file"
    assert lines[1].startswith("oso-evalscript: b.json: not JSON: ")
    assert "not UTF-8" in lines[2]
    assert "not a notebook" in lines[3]
    assert lines[4] == "oso-evalscript: no.py: No such file or directory"
    assert "evalscripts cannot be found in `exe`" in lines[5]
    assert "is a folder" in lines[6]
    assert (tmp_path / "s.js").read_text() == SCRIPT
