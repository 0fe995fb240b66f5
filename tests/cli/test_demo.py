from __future__ import annotations

from pathlib import Path

from tests.conftest import ROOT, Command

FILES = {"page.js", "legend.py", "legend.ipynb", "palette.toml", "SOURCE.md"}


def test_the_example_is_written_and_the_next_commands_work_as_shown(command: Command, tmp_path: Path) -> None:
    done = command("demo")
    assert (done.status, done.err) == (0, "")
    assert {path.name for path in (tmp_path / "demo").iterdir()} == FILES
    page = (tmp_path / "demo/page.js").read_bytes()
    assert page == (ROOT / "tests/scripts/err/cnes_land_cover_page.js").read_bytes()
    shown = [line.split()[1:] for line in done.out.splitlines() if line.startswith("  oso-evalscript")]
    assert [words[0] for words in shown] == ["lint", "preview"]
    assert [command(*words).status for words in shown] == [1, 0]
    assert (tmp_path / "demo/page.png").stat().st_size > 1000
    assert (tmp_path / "demo/page.js").read_bytes() == page


def test_scripts_inside_other_files_and_the_spec_work(command: Command) -> None:
    command("demo", "here")
    fixed = command("lint", "--fix", "here/legend.py", "here/legend.ipynb")
    assert (fixed.status, fixed.out) == (0, "No findings in 2 files.\n")
    assert fixed.err == "here/legend.py: 1 fix applied\nhere/legend.ipynb: 1 fix applied\n"
    assert command("build", "here/palette.toml").status == 0


def test_files_of_yours_are_not_overwritten(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "page.js").write_text("mine")
    done = command("demo", "a folder")
    assert (done.status, done.out) == (2, "")
    assert done.err == "oso-evalscript: a folder/page.js: exists and differs; --force overwrites it\n"
    assert (folder / "page.js").read_text() == "mine"
    assert "lint 'a folder/page.js'" in command("demo", "a folder", "--force").out
    assert command("demo", "a folder").status == 0


def test_a_file_in_the_way_is_told_in_a_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "file/x" in command("demo", "file/x").err
    assert command("demo", "file").status == 2


def test_the_version_says_what_it_runs_on(command: Command) -> None:
    first, second = command("--version").out.splitlines()
    assert first.startswith("oso-evalscript, version 0.")
    assert all(name in second for name in ("Python 3.", "V8 from mini-racer ", "numpy "))
