"""Looking for scripts in folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from oso_evalscript.project import search
from oso_evalscript.project.contents import Contents
from oso_evalscript.project.search import NO_SCRIPT_THERE, NOTHING_THERE, Exclusion, find_scripts

SCRIPT = "//VERSION=3\nfunction evaluatePixel() {}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.js", "sub/b.js", "node_modules/c.js", ".hidden/d.js", ".e.js", "f.mjs", "venv/g.js", "h.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(SCRIPT)
    (tmp_path / "venv/pyvenv.cfg").touch()
    (tmp_path / "other.js").write_text("let a = 1;")
    return tmp_path


def names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_scripts_alone_without_what_is_hidden_or_of_others(folder: Path) -> None:
    told: list[str] = []
    assert names(list(find_scripts((str(folder),), told.append, Exclusion())), folder) == ["a.js", "sub/b.js"]
    assert not told


def test_files_of_other_kinds_where_they_are_included(folder: Path) -> None:
    found = list(find_scripts((str(folder),), pytest.fail, Exclusion(), includes=lambda path: path.suffix == ".py"))
    assert names(found, folder) == ["h.py"]


def test_a_file_is_found_once_and_one_that_is_named_whatever_it_holds(folder: Path) -> None:
    paths = (str(folder / "other.js"), str(folder), str(folder / "a.js"))
    found = list(find_scripts(paths, pytest.fail, Exclusion()))
    assert names(found, folder) == ["other.js", "a.js", "sub/b.js"]
    found = list(find_scripts(paths, pytest.fail, Exclusion(), skip_others=True))
    assert names(found, folder) == ["a.js", "sub/b.js"]


def test_what_is_left_out_is_counted(folder: Path) -> None:
    exclusion = Exclusion(lambda path, is_folder: path.name == "sub")
    assert names(list(find_scripts((str(folder),), pytest.fail, exclusion)), folder) == ["a.js"]
    assert exclusion.count == 1


def test_a_folder_without_scripts_is_reported(tmp_path: Path) -> None:
    reported: list[str] = []
    assert not list(find_scripts((str(tmp_path),), reported.append, Exclusion()))
    assert not list(find_scripts((str(tmp_path),), reported.append, Exclusion(), includes=lambda path: True))
    assert reported == [f"{tmp_path}: {NO_SCRIPT_THERE}", f"{tmp_path}: {NOTHING_THERE}"]


def test_an_unreadable_folder_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    assert not list(search._search(tmp_path / "none", told.append, Exclusion(), None, Contents()))
    assert told == [f"{tmp_path / 'none'}: No such file or directory"]
