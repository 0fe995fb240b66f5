"""`lint` and files that are not evalscripts: a sentence where they are named, silence in folders, and no fix ever."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.cli.test_lint import GOOD, PAGE
from tests.conftest import Command
from tests.semantics.test_kind import HOSTS

SCRIPT = PAGE.read_text(encoding="utf-8")
ENDINGS = {
    "py": "Python",
    "ipynb": "notebook",
    "md": "Markdown",
    "json": "JSON",
    "yml": "YAML",
    "yaml": "YAML",
    "ts": "TypeScript",
    "TSX": "TypeScript",
    "html": "HTML",
    "R": "R",
    "sh": "shell",
    "toml": "TOML",
}
JAVASCRIPT = ("page", "ES module", "bundle", "joined lines", "library", "test in Node", "module of Node", "JSX")
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
    assert done.err.endswith("not an evalscript; to lint a script in it, put the script into a .js file of its own\n")
    assert "malformed-hex" not in done.out
    assert path.read_bytes() == data


@pytest.mark.parametrize("task", TASKS)
def test_javascript_that_holds_a_script(command: Command, tmp_path: Path, task: tuple[str, ...]) -> None:
    before = {}
    for number, host in enumerate(JAVASCRIPT):
        path = tmp_path / f"{number}.js"
        path.write_text(HOSTS[host](SCRIPT))
        before[path] = path.read_bytes()
    done = command("lint", *task, *before)
    assert done.status == 2
    assert done.err.count("this is not an evalscript: it has no function `evaluatePixel` of its own") == len(before)
    assert "malformed-hex" not in done.out
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("task", TASKS)
def test_in_a_folder_they_are_passed_over(command: Command, tmp_path: Path, task: tuple[str, ...]) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    for number, host in enumerate(HOSTS):
        (folder / f"{number}.js").write_text(HOSTS[host](SCRIPT))
    (folder / "request.py").write_text(HOSTS["Python"](SCRIPT))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    done = command("lint", *task, "project")
    assert done.status == 2
    assert done.err == (
        "oso-evalscript: project: no evalscripts in this folder, only files that hold some or speak of them\n"
    )
    (folder / "good.js").write_text(GOOD)
    for _ in range(2):  # found, and remembered
        done = command("lint", *task, "project")
        assert (done.status, done.err) == (0, "")
    (folder / "good.js").unlink()
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_hook_passes_over_them(command: Command, tmp_path: Path) -> None:
    names = []
    for number, host in enumerate(HOSTS):
        names.append(f"{number}.js")
        (tmp_path / names[-1]).write_text(HOSTS[host](SCRIPT))
    for name in ("request.py", "notes.md", "table.js"):
        names.append(name)
        (tmp_path / name).write_text("const table = [[0, 0ffaaff]]; // for evaluatePixel\n")
    before = {name: (tmp_path / name).read_bytes() for name in names}
    done = command("lint", "--skip-others", "--fix", *names)
    assert (done.status, done.out, done.err) == (0, "No findings in 0 files.\n", "")
    assert {name: (tmp_path / name).read_bytes() for name in names} == before


@pytest.mark.parametrize("name", ["request.py", "page.js"])
@pytest.mark.parametrize("task", TASKS)
def test_standard_input_is_handed_on_as_it_is(command: Command, name: str, task: tuple[str, ...]) -> None:
    data = HOSTS["Python"](SCRIPT).replace("\n", "\r\n").encode()
    done = command("lint", *task, "--stdin-filename", name, "-", stdin=data)
    assert done.status == 2
    assert done.err.startswith(f"oso-evalscript: {name}: this is ")
    written = task[:1] in (("--fix",), ("--add-suppressions",))
    assert (done.out.encode() == data) if written else (SCRIPT[:40] not in done.out)


def test_what_is_not_there_or_may_not_be_read(command: Command, tmp_path: Path) -> None:
    assert command("lint", "none.py").err == "oso-evalscript: none.py: No such file or directory\n"
    (tmp_path / "large.ipynb").write_bytes(b"\xff" * 5_000_000)
    assert "this is a Jupyter notebook, not an evalscript" in command("lint", "large.ipynb").err
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
