from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from oso_evalscript.cli.nomenclatures import Shown, find_nomenclature, nomenclature_options
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Language, available, shipped_nomenclature
from tests.conftest import ROOT


@pytest.mark.parametrize("id", available())
def test_an_id_a_file_and_a_script_mean_the_same_nomenclature(id: str, tmp_path: Path) -> None:
    table = shipped_nomenclature(id)
    rows = ", ".join(f"[{item.code}, {item.color.literal}]" for item in table.classes)
    (tmp_path / "PALETTE.JS").write_text(f"//VERSION=3\nreturn new ColorMapVisualizer([{rows}]).process(OCS);\n")
    file = ROOT / f"oso_evalscript/model/nomenclatures/{id}.toml"
    for argument in (id, str(file)):
        assert find_nomenclature(argument) == table
    found = find_nomenclature(str(tmp_path / "PALETTE.JS"))
    assert {(item.code, item.color) for item in found.classes} == {(item.code, item.color) for item in table.classes}


@pytest.mark.parametrize("argument", ["oso-24", "a\x1b[31m.csv", "gone\n.toml"])
def test_what_is_no_nomenclature_is_refused_in_one_line(argument: str) -> None:
    with pytest.raises(SpecError) as told:
        find_nomenclature(argument)
    assert str(told.value).isprintable()


def test_a_script_that_cannot_be_read_ends_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        find_nomenclature("gone.js")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "oso-evalscript: gone.js: No such file or directory\n"


def test_a_command_gets_the_language_as_what_it_is() -> None:
    @click.command()
    @nomenclature_options
    def command(nomenclature: str, shown: Shown) -> None:
        click.echo(f"{nomenclature} {shown.language!r} {shown.groups} {shown.level} {shown.safe}")

    def told(*words: str) -> str:
        return CliRunner().invoke(command, words).output

    assert told("oso-23") == f"oso-23 {Language.ENGLISH!r} False None False\n"
    assert told("a.js", "--language", "fr", "--groups") == f"a.js {Language.FRENCH!r} True None False\n"
    assert told("a.js", "--groups", "--level", "2") == f"a.js {Language.ENGLISH!r} True 2 False\n"
    assert told("a.js", "--safe") == f"a.js {Language.ENGLISH!r} False None True\n"
    assert "--safe cannot be combined with --groups" in told("a", "--safe", "--groups")
    assert "--level requires --groups" in told("a", "--level", "1")
    assert "is not one of" in told("a", "--language", "de")
