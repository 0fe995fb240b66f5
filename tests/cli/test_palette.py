from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from oso_evalscript.model.nomenclature import shipped_nomenclature
from tests.conftest import ROOT, Command

pytest.importorskip("coloraide", reason="no coloraide here: pip install 'oso-evalscript[palette]'")
OSO = shipped_nomenclature("oso-23")


def lines(text: str) -> list[str]:
    return [re.sub(" +", " ", line).strip() for line in text.splitlines()]


def test_plain_text_when_piped(command: Command) -> None:
    done = command("palette", "oso-23", "--pairs", "1")
    assert (done.status, done.err) == (0, "")
    assert "\x1b" not in done.out
    shown = lines(done.out)
    assert shown[0] == OSO.title
    assert shown[2:25] == [f"{item.code} {item.color} {item.english}" for item in OSO.classes]
    titles = [line for line in shown if line.startswith("Nearest")]
    assert [title.split()[2] for title in titles] == ["normal", "deuteranopia", "protanopia", "tritanopia"]
    assert "5.5 6 Straw cereals (Wheat, Triticale, Barley) 18 Natural grasslands and pastures" in shown


def test_groups_in_french(command: Command) -> None:
    shown = lines(command("palette", "oso-17", "--groups", "--language", "fr").out)
    assert shown[2] == "11\u201312 #c8ba16 Cultures annuelles"
    assert shown[4] == "34, 211 #98ffaf Prairies et pelouses"
    assert shown[11] == ""


def on_terminal(*words: str, env: dict[str, str]) -> str:
    """What the command writes to a terminal."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "oso_evalscript", *words],
        stdout=child,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", **env},
    )
    os.close(child)
    read = b""
    try:
        while piece := os.read(parent, 65_536):
            read += piece
    except OSError:  # the other end is closed
        pass
    os.close(parent)
    assert process.wait() == 0
    return read.decode()


def test_swatches_of_24_bits_on_a_terminal() -> None:
    shown = on_terminal("palette", "oso-23", "--pairs", "1", env={"NO_COLOR": ""})
    for item in OSO.classes:
        red, green, blue = item.color.rgb
        assert f"\x1b[48;2;{red};{green};{blue}m    \x1b[" in shown
    assert "\x1b" not in on_terminal("palette", "oso-23", "--pairs", "1", env={"NO_COLOR": "1"})


def test_labels_cannot_play_tricks_and_markup_is_no_markup(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("1,[red]a\u202eb[/red],#0000ff\n2,\\,#0000fe\n")
    done = command("palette", "mine.csv")
    assert lines(done.out)[2:4] == ["1 #0000ff [red]a\\u202eb[/red]", "2 #0000fe \\"]


def test_more_colours_than_can_be_compared(command: Command, tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_text("".join(f"{code},class {code},#{code:06x}\n" for code in range(257)))
    done = command("palette", "many.csv")
    assert done.status == 0
    assert done.out.endswith("More than 256 colours: too many to compare.\n")


def test_without_coloraide(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['coloraide'] = None; sys.argv = ['oso-evalscript', 'palette', 'oso-23']\n"
        "from oso_evalscript.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "oso-evalscript: comparing colours needs coloraide: pip install 'oso-evalscript[palette]'\n"
    assert "Dense built-up area" in done.stdout  # what can be shown is shown
    assert "Nearest" not in done.stdout


def test_the_colours_of_a_script(command: Command) -> None:
    done = command("palette", ROOT / "evalscripts/oso_palette.js")
    assert (done.status, done.out) == (0, command("palette", "oso-23").out)
