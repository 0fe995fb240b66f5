from __future__ import annotations

from pathlib import Path

import pytest

from oso_evalscript.compiler.export import FORMATS, export
from oso_evalscript.compiler.importing import load_nomenclature
from oso_evalscript.model.nomenclature import Language
from tests.conftest import ROOT, Command

OSO = load_nomenclature("oso-23")


@pytest.mark.parametrize("to", FORMATS)
def test_to_standard_output(to: str, command: Command) -> None:
    done = command("export", "oso-23", "--to", to, "--language", "fr", env={"PYTHONUTF8": "0", "LC_ALL": "C"})
    assert (done.status, done.err) == (0, "")
    assert done.out == export(OSO, to, language=Language.FRENCH)


def test_to_a_file(command: Command, tmp_path: Path) -> None:
    done = command("export", "oso-17", "--to", "csv", "--groups", "-o", "out.csv")
    assert (done.status, done.out, done.err) == (0, "", "wrote out.csv\n")
    assert (tmp_path / "out.csv").read_text() == export(load_nomenclature("oso-17"), "csv", groups=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_users_own_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("1,Water,#0000ff\n")
    done = command("export", "mine.csv", "--to", "rio-tiler")
    assert (done.status, done.out) == (0, '{\n  "1": [0, 0, 255, 255]\n}\n')


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("oso-24", "--to", "csv"), "oso-evalscript: there is no nomenclature `oso-24`: did you mean `oso-23`? expected clc-plus-backbone, "),
        (("bad.csv", "--to", "csv"), "oso-evalscript: bad.csv:1: `blue` is not a colour: expected one such as #ff00aa\n"),
        (("a\x1b[31m.csv", "--to", "csv"), "oso-evalscript: a\\x1b[31m.csv: cannot be read (No such file or directory)\n"),
        (("flat.csv", "--to", "csv", "--groups"), "oso-evalscript: class 1 of the nomenclature flat does not belong to a group\n"),
        (("oso-23", "--to", "csv", "-o", "no/such/folder.csv"), "oso-evalscript: no/such/folder.csv: cannot be written"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_a_sentence(
    arguments: tuple[str, ...], message: str, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "bad.csv").write_text("1,Water,blue\n")
    (tmp_path / "flat.csv").write_text("1,Water,#0000ff\n")
    done = command("export", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(message)
    assert done.err.count("\n") == 1


def test_a_list_of_choices_is_readable(command: Command) -> None:
    done = command("export", "oso-23")
    assert (done.status, "\\t" in done.err) == (2, False)
    assert "Choose from:\n  arcgis,\n  csv,\n" in done.err


def test_a_script_is_read_back(command: Command, tmp_path: Path) -> None:
    script = ROOT / "evalscripts/oso_palette.js"
    for to in ("csv", "gdal"):
        done = command("export", script, "--to", to, "--language", "fr")
        assert (done.status, done.err, done.out) == (0, "", export(OSO, to, language=Language.FRENCH))
    (tmp_path / "mine.js").write_text("const c = { 1: 0xff0000, 7: 0x00ff00 };")
    assert command("export", "mine.js", "--to", "csv").out == "code,label,color\n1,class 1,#ff0000\n7,class 7,#00ff00\n"
    refused = command("export", "mine.js", "--to", "csv", "--groups")
    assert (refused.status, refused.err) == (
        2,
        "oso-evalscript: class 1 of the nomenclature mine does not belong to a group\n",
    )
    (tmp_path / "none.js").write_text("let a;")
    for name, message in (
        ("none.js", "none.js: no table of codes and colours found in the text"),
        ("gone.js", "gone.js: No such file or directory"),
    ):
        refused = command("export", name, "--to", "csv")
        assert (refused.status, refused.out, refused.err) == (2, "", f"oso-evalscript: {message}\n")
