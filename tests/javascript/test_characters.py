from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from oso_evalscript.javascript import characters
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from tests.conftest import ROOT


def test_the_stand_in_answers_like_the_real_module() -> None:
    real = characters.real_module()
    names = {name for name in vars(real.Character) if not name.startswith("_")}
    assert names == {name for name in vars(characters.Character) if not name.startswith("_")}
    for name in names - {"fromCodePoint"}:
        ours, theirs = getattr(characters.Character, name), getattr(real.Character, name)
        every = map(chr, range(0x10000 if name.startswith("isIdentifier") else sys.maxunicode + 1))
        different = [char for char in every if ours(char) != theirs(char)]
        # Esprima knows the letters of Python's Unicode (`test_letters` asks V8), and a blank that is none any more.
        assert len(different) < 20 if name.startswith("isIdentifier") else set(different) <= {"\u180e"}
        assert ours("") is theirs("") is False
    assert real.HEX_CONV == characters.HEX_CONV
    assert characters.Character.fromCodePoint(0x1F600) == real.Character.fromCodePoint(0x1F600) == "\U0001f600"


def test_the_stand_in_is_in_place() -> None:
    code = "import sys; import oso_evalscript.javascript.syntax; print(sys.modules['esprima.character'].__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "oso_evalscript.javascript.characters\n"


def test_another_release_of_esprima_is_left_alone(tmp_path: Path) -> None:
    package = tmp_path / "esprima"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "scanner.py").write_text("from .character import Character, HEX_CONV, MORE\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from oso_evalscript.javascript import characters\n"
        "characters.install(); print('esprima.character' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "False\n"


def test_names_of_other_scripts_are_read() -> None:
    tree = parse(Source("const été = 1, 土地 = 2; été\u00a0+ 土地;\u2028"))
    assert tree.root is not None
    assert not tree.faults
    assert [node.name for node in tree.nodes if node.type == "Identifier"] == ["été", "土地", "été", "土地"]
