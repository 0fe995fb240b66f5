"""A script inside a file, named on the command line, and run with the lines of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from oso_evalscript import OsoError, Program
from oso_evalscript.documents.selection import read_selected, read_selection, select_all
from tests.conftest import Command
from tests.documents.strategies import notebook

SETUP = 'function setup() { return { input: ["B04"], output: { bands: 1, sampleType: "UINT8" } }; }'
TEXT = f'''A = """
//VERSION=3
{SETUP}
function evaluatePixel(s) {{ return [missing]; }}
"""


def make(band):
    return f"""//VERSION=3
{SETUP.replace("{", "{{").replace("}", "}}")}
function evaluatePixel(s) {{{{ return [s.{{band}}]; }}}}
"""


def evalscript():
    return """
    //VERSION=3
    {SETUP}
    function evaluatePixel(s) {{ return [s.B04]; }}
    """


B = "//VERSION=3\\n" "{SETUP.replace(chr(34), chr(39))}\\n" "function evaluatePixel(s) {{ return [s.B04]; }}"
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.py").write_text(TEXT)
    (tmp_path / "b.ipynb").write_text(notebook("x = 1\n" + TEXT))
    (tmp_path / "one.md").write_text(
        f"# NDVI\n\n```js\n//VERSION=3\n{SETUP}\nfunction evaluatePixel(s) {{ return [1]; }}\n```\n"
    )
    (tmp_path / "odd::A.py").write_text(TEXT.partition("\n\n\n")[0])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("argument", "name", "first"),
    [
        ("a.py::A", "a.py::A", 2),
        ("a.py:1", "a.py::A", 2),
        ("a.py:4", "a.py::A", 2),
        ("a.py:4:17", "a.py::A", 2),
        ("a.py::evalscript", "a.py::evalscript", 17),
        ("a.py:18", "a.py::evalscript", 17),
        ("a.py::B", "a.py::B", 1),  # its lines are not those of the file
        ("b.ipynb::A", "b.ipynb::A", 3),
        ("b.ipynb:cell 2:19", "b.ipynb::evalscript", 18),
        ("one.md", "one.md::NDVI", 4),
        ("odd::A.py", "odd::A.py::A", 2),
    ],
)
def test_a_script_is_named(folder: Path, argument: str, name: str, first: int) -> None:
    source = read_selected(Path(argument))
    assert source.name == name
    assert source.position(source.text.index("//VERSION=3")).line == first
    with Program(source) as program:
        assert [item.id for item in program.setup.outputs] == ["default"]


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("a.py", "a.py: has 4 evalscripts: name one as a.py::A (line 1), a.py::make (line 9), "),
        ("a.py::C", "a.py: has 4 evalscripts; none of them matches: name one as a.py::A (line 1)"),
        ("a.py:7", "none of them matches"),
        ("b.ipynb:cell 1", "b.ipynb: has 4 evalscripts; none of them matches: name one as b.ipynb::A (cell 2), "),
        ("b.ipynb:cell 2", "several of them match:"),
        ("a.py::make", "a.py::make: __BAND__ is filled in by the program"),
        ("none.py::A", "none.py: No such file or directory"),
        ("none.txt:3", "none.txt: evalscripts cannot be found in `txt`"),
    ],
)
def test_what_cannot_be_named_is_told(folder: Path, argument: str, words: str) -> None:
    with pytest.raises(OsoError) as caught:
        read_selected(Path(argument))
    assert words in str(caught.value)


def test_all_of_a_file(folder: Path) -> None:
    assert [name for name, _ in select_all(folder / "a.py")] == ["A", "evalscript", "B"]
    assert [name for name, _ in select_all(folder / "a.py", {"make"})] == ["make"]
    assert read_selection("a.py:3").line == 3
    assert read_selection("odd::A.py").is_of_file


def test_the_commands_take_them(folder: Path, command: Command) -> None:
    done = command("run", "a.py::A")
    assert done.status == 1
    assert "a.py::A:4: ReferenceError: missing is not defined" in done.err
    assert command("run", "a.py::evalscript", "--size", "4").status == 0
    assert command("run", "a.py").status == 2
    assert command("preview", "one.md", "--size", "4", "-o", "one.png").status == 0
    tested = command("test", "a.py::B", "a.py:18", "--max-examples", "5")
    assert tested.status == 0
    assert "a.py::B\n" in tested.out
    assert "a.py::evalscript\n" in tested.out
    assert command("diff", "a.py::B", "b.ipynb::evalscript", "--max-examples", "5").status == 0
    assert command("cost", "a.py::B").status == 0
    assert "no table of codes and colours" in command("palette", "a.py::B").err
    assert "no table of codes and colours" in command("export", "a.py:18", "--to", "qml").err
