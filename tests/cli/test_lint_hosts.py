"""`lint` and the scripts inside other files, from the command line."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from oso_evalscript import Source, find_scripts, fix, lint
from tests.cli.test_lint import PAGE
from tests.conftest import ROOT, Command
from tests.semantics.test_kind import HOSTS

SCRIPT = PAGE.read_text(encoding="utf-8")
KINDS = {
    "Python": "py",
    "Python, one line above": "py",
    "Python, in a function": "py",
    "Python, line by line": "py",
    "notebook": "ipynb",
    "JSON": "json",
    "YAML": "yaml",
    "TOML": "toml",
    "Markdown": "md",
    "Markdown, indented": "qmd",
    "reStructuredText": "rst",
    "HTML": "html",
    "TypeScript": "ts",
    "page": "js",
    "ES module": "mjs",
    "bundle": "js",
    "joined lines": "cjs",
    "JSX": "jsx",
}
BROKEN = [SCRIPT[item.span.start : item.span.end] for item in lint(Source(SCRIPT), select=["malformed-hex"])]


def hosts(folder: Path) -> dict[str, str]:
    """Write a file of each kind that holds the script, and return the texts by the names of the files."""
    made = {f"{number:02}.{kind}": HOSTS[name](SCRIPT) for number, (name, kind) in enumerate(KINDS.items())}
    made["02.py"] = HOSTS["Python, in a function"](SCRIPT.replace("{", "{{").replace("}", "}}"))
    made["03.py"] = "script = (\n" + "\n".join(map(json.dumps, SCRIPT.splitlines(True))) + "\n)\n"
    made["04.ipynb"] = HOSTS["notebook"](HOSTS["Python"](SCRIPT))
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return made


def test_a_folder_of_all_kinds(command: Command, tmp_path: Path) -> None:
    texts = hosts(tmp_path)
    done = command("lint", "--format", "json", "--jobs", "1", ".")
    assert (done.status, done.err) == (1, "")
    rows = [row for row in json.loads(done.out)["diagnostics"] if row["rule"] == "malformed-hex"]
    for name, text in texts.items():
        own = [row for row in rows if row["file"] == name]
        assert [text[row["start"]["offset"] : row["end"]["offset"]] for row in own] == BROKEN
        for row in own:
            assert ("cell" in row) == name.endswith(".ipynb")
            if "cell" not in row:
                line = text.split("\n")[row["start"]["line"] - 1]
                assert line.startswith(tuple(BROKEN), row["start"]["column"] - 1)
    assert command("lint", "--format", "json", ".").out == done.out  # remembered
    assert command("lint", "--format", "json", "--no-cache", "--jobs", "2", ".").out == done.out
    named = command("lint", "--format", "json", *texts)
    assert sorted(named.out.splitlines()) == sorted(done.out.splitlines())


def test_fixes_in_place(command: Command, tmp_path: Path) -> None:
    texts = hosts(tmp_path)
    scripts = {name: find_scripts(tmp_path / name)[0].source.text for name in texts}
    assert command("lint", "--diff", ".").status == 1
    assert {name: (tmp_path / name).read_text() for name in texts} == texts
    done = command("lint", "--fix", ".")
    assert done.status == 1
    assert done.err.count(" fixes applied\n") == len(texts)
    for name, script in scripts.items():
        fixed = find_scripts(tmp_path / name)[0].source.text
        assert fixed == fix(Source(script)).source.text
        assert "0xffaaff" in fixed
    mended = {name: (tmp_path / name).read_bytes() for name in texts}
    again = command("lint", "--fix", ".")
    assert (again.err, again.out) == ("", done.out)
    assert {name: (tmp_path / name).read_bytes() for name in texts} == mended


def test_formats_for_a_notebook(command: Command, tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": text.splitlines(True)} for text in ("import x", f's = """{SCRIPT}"""')]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1)
    (tmp_path / "a.ipynb").write_text(text)
    line = next(number for number, row in enumerate(text.split("\n"), 1) if "0ffaaff" in row)
    select = ("--select", "malformed-hex")
    concise = command("lint", *select, "--format", "concise", "a.ipynb").out.splitlines()
    assert concise[0].startswith("a.ipynb:cell 2:4:35: error: `0ffaaff` is not a number")
    shown = command("lint", *select, "a.ipynb").out
    assert shown.startswith("a.ipynb:cell 2:4:35: error: ")
    assert "    4 | [1, 0xff00ff], [2, 0xff55ff], [3, 0ffaaff], [4, 0x00ffff],\n" in shown
    first = json.loads(command("lint", *select, "--format", "json", "a.ipynb").out)["diagnostics"][0]
    assert (first["file"], first["cell"], first["start"]["line"]) == ("a.ipynb", 2, 4)
    assert text[first["start"]["offset"] :].startswith("0ffaaff")
    assert text[first["fix"]["edits"][0]["start"] :].startswith("0ffaaff")
    run = json.loads(command("lint", *select, "--format", "sarif", "a.ipynb").out)["runs"][0]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["charOffset"]) == (line, first["start"]["offset"])
    github = command("lint", *select, "--format", "github", "a.ipynb").out
    assert github.startswith(f"::error file=a.ipynb,line={line},endLine={line},col=")


def test_standard_input(command: Command) -> None:
    text = HOSTS["Python"](SCRIPT).replace("\n", "\r\n")
    done = command("lint", "--fix", "--stdin-filename", "a.py", "-", stdin=text.encode())
    assert done.status == 1
    assert done.out.replace("\r\n", "\n") == text.replace("\r\n", "\n").replace(SCRIPT, fix(Source(SCRIPT)).source.text)
    assert "a.py:9:2: warning" in done.err or "a.py:" in done.err


def test_what_a_folder_search_looks_at(command: Command, tmp_path: Path) -> None:
    hosts(tmp_path)
    for name in ("venv/pyvenv.cfg", "venv/lib/a.py", "lib/site-packages/b.py", ".hidden/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(HOSTS["Python"](SCRIPT))

    def files(*args: str) -> set[str]:
        return {row["file"] for row in json.loads(command("lint", "--format", "json", *args).out)["diagnostics"]}

    assert len(files(".")) == len(KINDS)
    assert files(".", "--include", "*.py", "--exclude", "00*") == {"01.py", "02.py", "03.py"}
    (tmp_path / "oso-evalscript.toml").write_text('include = ["*.md", "notes.txt"]\n')
    (tmp_path / "notes.txt").write_text(SCRIPT)
    assert files(".") == {"08.md", "notes.txt"}
    assert files("00.py") == {"00.py"}
    assert command("lint", "--include", "*.none", ".").status == 2


def test_without_the_extra(command: Command, tmp_path: Path) -> None:
    hosts(tmp_path)
    (tmp_path / "site").mkdir()
    for name in ("tree_sitter", "yaml", "markdown_it"):
        (tmp_path / "site" / f"{name}.py").write_text("raise ImportError\n")
    env = {"PYTHONPATH": f"{tmp_path / 'site'}:{ROOT}"}
    done = command("lint", "--format", "concise", "--no-cache", "--select", "malformed-hex", ".", env=env)
    assert done.status == 1
    assert done.err == (
        "note: 10 files were not searched for evalscripts: pip install 'oso-evalscript[embedded]' installs what reads "
        "them\n"
    )
    assert {line.split(":")[0] for line in done.out.splitlines()} >= {
        "00.py",
        "04.ipynb",
        "05.json",
        "10.rst",
        "11.html",
    }
    named = command("lint", "--no-cache", "06.yaml", env=env)
    assert named.status == 2
    assert named.err == "oso-evalscript: reading YAML needs PyYAML: pip install 'oso-evalscript[embedded]'\n"


WRONG = {
    "broken.json": ('{"evalscript": "//VERSION=3 evaluatePixel"', "oso-evalscript: broken.json: "),
    "broken.ipynb": ('{"cells": ["//VERSION=3 evaluatePixel"', "oso-evalscript: broken.ipynb: "),
    "none.ipynb": ('{"evaluatePixel": 1}', "oso-evalscript: none.ipynb: not a notebook"),
    "broken.yaml": ("a: [//VERSION=3 evaluatePixel\nb: }", "oso-evalscript: broken.yaml: "),
    "broken.toml": ("a = evaluatePixel\n= 3", "oso-evalscript: broken.toml: "),
    "latin.py": ("# caf\xe9 evaluatePixel", "oso-evalscript: latin.py: byte 0xe9 on line 1 is not UTF-8"),
    "broken.py": ("def f(:\n  '''//VERSION=3 evaluatePixel", "oso-evalscript: broken.py: no evalscripts found"),
    "r.ipynb": (
        json.dumps({"cells": [{"cell_type": "code", "source": "s <- '//VERSION=3 evaluatePixel'"}],
                    "metadata": {"kernelspec": {"language": "R"}}, "nbformat": 4}),
        "oso-evalscript: r.ipynb: no evalscripts found",
    ),
}  # fmt: skip


def test_one_sentence_for_files_that_cannot_be_read(command: Command, tmp_path: Path) -> None:
    for name, (text, _) in WRONG.items():
        (tmp_path / name).write_text(text, encoding="latin-1")
    done = command("lint", *WRONG)
    assert done.status == 2
    sentences = done.err.splitlines()
    assert len(sentences) == len(WRONG)
    for _, start in WRONG.values():
        assert any(line.startswith(start) for line in sentences), (start, done.err)
    folder = command("lint", ".")
    assert folder.status == 2
    assert len(folder.err.splitlines()) <= len(WRONG)


def test_other_encodings_in_folders(command: Command, tmp_path: Path) -> None:
    declared = f'# -*- coding: latin-1 -*-\n# \xe9\nS = """{SCRIPT}"""\n'.encode("latin-1")
    (tmp_path / "declared.py").write_bytes(declared)
    (tmp_path / "prose.md").write_bytes(b"The caf\xe9's evaluatePixel and VERSION=3\n")
    (tmp_path / "vendored.js").write_bytes(b"// B04 \xe9\nlet x = 1;\n")
    done = command("lint", ".", "--format", "concise")
    assert (done.status, done.err, done.out.count("[malformed-hex]")) == (1, "", 5)
    assert command("lint", "--fix", ".", "--select", "malformed-hex").status == 0
    fixed = fix(Source(SCRIPT), select=["malformed-hex"]).source.text
    assert (tmp_path / "declared.py").read_bytes() == declared.replace(SCRIPT.encode(), fixed.encode())
    for name, text in {"a.py": f'# \xe9\nS = """{SCRIPT}"""\n', "b.js": f"{SCRIPT}// \xe9"}.items():
        (tmp_path / name).write_text(text, encoding="latin-1")
    done = command("lint", ".")
    assert (done.status, len(done.err.splitlines())) == (2, 2)
    assert "a.py: byte 0xe9 on line 1 is not UTF-8" in done.err
    assert "b.js: byte 0xe9 on line" in done.err
    assert command("lint", "prose.md").err.startswith("oso-evalscript: prose.md: byte 0xe9 on line 1 is not UTF-8")


@pytest.mark.parametrize("ending", ["py", "json", "ipynb", "md"])
def test_a_large_file_takes_a_sentence_or_seconds(command: Command, tmp_path: Path, ending: str) -> None:
    line = "x = 'some text that goes on for a while, as texts do'  # and a comment\n"
    text = f'# evaluatePixel\n{line * (20_000_000 // len(line))}S = """{SCRIPT}"""\n'
    if ending == "json":
        text = json.dumps({"a": text[:-2000], "evalscript": SCRIPT})
    if ending == "ipynb":
        output = {"data": {"image/png": "A" * 20_000_000}}
        cell = {"cell_type": "code", "source": f's = """{SCRIPT}"""', "outputs": [output]}
        text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}, indent=1)
    (tmp_path / f"a.{ending}").write_text(text)
    done = command("lint", "--no-cache", f"a.{ending}")
    if ending in ("json", "ipynb"):
        assert (done.status, done.out.count("[malformed-hex]")) == (1, 5)
    else:
        assert done.status == 2
        assert re.fullmatch(r"oso-evalscript: a\.\w+: more than 4,000,000 characters; .*\n", done.err)


def test_a_folder_that_may_not_be_written(command: Command, tmp_path: Path) -> None:
    hosts(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "00.py").unlink()
    (tmp_path / "00.py").symlink_to("/proc/version" if sys.platform == "linux" else "/etc/hosts")
    assert command("lint", "--fix", "00.py").status == 2
    assert set(before) == {path.name for path in tmp_path.iterdir()}
