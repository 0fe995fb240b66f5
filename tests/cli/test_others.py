"""`lint` and files without an evalscript: a sentence where they are named, silence in folders, and no fix ever."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.cli.test_lint import GOOD, PAGE
from tests.conftest import Command
from tests.semantics.test_kind import HOSTS

SCRIPT = PAGE.read_text(encoding="utf-8")
ENDINGS = {"R": "R", "sh": "shell", "php": "PHP", "CS": "C#", "xml": "XML", "vue": "HTML"}
WITHOUT = ("library", "module of Node", "letter", "Java", "shell, quoted")
"""Other programs, and texts that hold a script in a way that is not read."""
TASKS = ((), ("--fix",), ("--fix", "--unsafe-fixes"), ("--diff",), ("--add-suppressions",), ("--format", "json"))


@pytest.mark.parametrize(("ending", "task"), list(zip(ENDINGS, itertools.cycle(TASKS), strict=False)))
def test_a_file_of_another_language(command: Command, tmp_path: Path, ending: str, task: tuple[str, ...]) -> None:
    path = tmp_path / f"request.{ending}"
    path.write_text(HOSTS["Python"](SCRIPT))
    data = path.read_bytes()
    done = command("lint", *task, path.name)
    assert done.status == 2
    assert done.err.startswith(f"oso-evalscript: request.{ending}: this is ")
    assert ENDINGS[ending] in done.err
    assert done.err.endswith("not an evalscript; to lint a script in it, put the script into a .js file\n")
    assert "malformed-hex" not in done.out
    assert path.read_bytes() == data


@pytest.mark.parametrize("task", TASKS)
def test_files_that_hold_none(command: Command, tmp_path: Path, task: tuple[str, ...]) -> None:
    for number, host in enumerate(WITHOUT):
        (tmp_path / f"{number}.js").write_text(HOSTS[host](SCRIPT))
    (tmp_path / "table.py").write_text("TABLE = '''const a = 0ffaaff; // evaluatePixel'''\n")
    (tmp_path / "broken.json").write_text('{"evalscript": 1, "evaluatePixel": 2}')
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = command("lint", *task, *before)
    assert done.status == 2
    assert done.err.count("this is not an evalscript, and none was found in it") == len(WITHOUT)
    assert done.err.count(": no evalscripts found in this file\n") == 2
    folder = command("lint", *task, ".")
    assert folder.status == 2
    assert folder.err == "oso-evalscript: .: no evalscripts in this folder, only files that mention them\n"
    hook = command("lint", "--skip-others", *task, *before)
    assert (hook.status, hook.err) == (0, "")
    assert "malformed-hex" not in done.out + folder.out + hook.out
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_hook_passes_over_them(command: Command, tmp_path: Path) -> None:
    (tmp_path / "table.js").write_text("const table = [[0, 0ffaaff]]; // for evaluatePixel\n")
    (tmp_path / "good.js").write_text(GOOD)
    before = (tmp_path / "table.js").read_bytes()
    for _ in range(2):  # found, and remembered
        done = command("lint", "--skip-others", "--fix", "table.js", "good.js")
        assert (done.status, done.out, done.err) == (0, "No findings in 1 file.\n", "")
    assert (tmp_path / "table.js").read_bytes() == before


@pytest.mark.parametrize("name", ["notes.py", "page.js", "plot.r"])
@pytest.mark.parametrize("task", TASKS)
def test_standard_input_is_handed_on_as_it_is(command: Command, name: str, task: tuple[str, ...]) -> None:
    data = HOSTS["library"](SCRIPT).replace("\n", "\r\n").encode()
    done = command("lint", *task, "--stdin-filename", name, "-", stdin=data)
    assert done.status == 2
    assert done.err.startswith(f"oso-evalscript: {name}: ")
    written = task[:1] in (("--fix",), ("--add-suppressions",))
    assert (done.out.encode() == data) if written else (SCRIPT[:40] not in done.out)


def test_what_is_not_there_or_may_not_be_read(command: Command, tmp_path: Path) -> None:
    assert command("lint", "none.py").err == "oso-evalscript: none.py: No such file or directory\n"
    (tmp_path / "large.ipynb").write_bytes(b"\xff" * 5_000_000)
    assert command("lint", "large.ipynb").err.startswith(
        "oso-evalscript: large.ipynb: byte 0xff on line 1 is not UTF-8"
    )
    (tmp_path / "scripts.py").mkdir()
    (tmp_path / "scripts.py/good.js").write_text(GOOD)
    assert command("lint", "scripts.py").status == 0


def test_a_part_of_a_script_is_linted_where_it_is_named(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "table.js"
    path.write_text("const table = [[0, 0ffaaff]]; // for evaluatePixel\n")
    assert "[malformed-hex]" in command("lint", "table.js").out
    assert command("lint", ".").status == 2
    assert command("lint", "--fix", "table.js").status == 0
    assert "0xffaaff" in path.read_text()
    for text in ("", "let x = ;\n"):
        path.write_text(text)
        assert command("lint", "table.js").status == 1


def test_any_other_ending_may_be_a_script(command: Command, tmp_path: Path) -> None:
    for name in ("script", "script.txt", "script.evalscript", "script.mjs", "a.b.c"):
        (tmp_path / name).write_text(GOOD)
        assert command("lint", name).status == 0
