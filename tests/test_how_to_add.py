"""The pages on how to add something, followed to the letter in a copy of the repository.

A block of code below a line that begins with a path in backticks is that file, new and whole; a `diff` block changes the
file at the one place where its old lines stand. A `console` block is run. In the end everything passes, and what has
changed is what the page's table of files names.
"""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_docs import BLOCK, matches

PAGES = sorted((ROOT / "docs/how-to-add").glob("*.md"))
SAMPLE = ("export", "nomenclature", "rule")  # the others take a minute and a half: `make proof`
FOLLOWED = [page for page in PAGES if page.stem in SAMPLE or "OSO_EVALSCRIPT_PROOF" in os.environ]
STEP = re.compile(
    r"(?:^`(?P<path>[^`\n]+)`[^\n]*\n\n)?^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
FILE = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
GENERATED = b"<!-- Written by docs/generate.py"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "demo", "dist", "__pycache__", ".*_cache", ".hypothesis", ".oso-evalscript-cache"
)
IN_THE_COPY = {
    "python": sys.executable,
    "pytest": f"{sys.executable} -m pytest -p no:cacheprovider",
    "oso-evalscript": f"{sys.executable} -m oso_evalscript",
}


def test_the_pages_are_there() -> None:
    names = {path.stem for path in PAGES}
    assert names == {
        "rule", "template", "collection", "nomenclature", "helper", "property", "report-format", "export",
    }  # fmt: skip
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert all(f"(docs/how-to-add/{name}.md)" in contributing for name in names)


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda page: page.stem)
def test_whoever_follows_the_page_touches_its_files_and_passes(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    for match in STEP.finditer(text):
        path, language, body = match["path"], match["language"], match["body"]
        if language == "console":
            run_all(body, copy)
        elif path is not None and language == "diff":
            change(copy / path, body)
        elif path is not None:
            write(copy / path, body)
    listed = set(FILE.findall(text))
    assert "CHANGELOG.md" in listed
    changed = set(changes(copy))
    written = {name for name in changed if (copy / name).read_bytes().startswith(GENERATED)}
    assert changed - written == listed - {"CHANGELOG.md"}
    assert bool(written) == ("python docs/generate.py" in text)
    if shutil.which("ruff") is not None:
        run_all("$ ruff check\n...\n$ ruff format --check\n...\n", copy)


def write(path: Path, content: str) -> None:
    assert not path.exists(), f"{path.name} is there already: the page needs another example"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def change(path: Path, difference: str) -> None:
    lines = difference.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if not line.startswith("+"))
    new = "".join(line[1:] for line in lines if not line.startswith("-"))
    before = path.read_text(encoding="utf-8")
    assert before.count(old) == 1, f"not once in {path.name}:\n{old}"
    path.write_text(before.replace(old, new), encoding="utf-8")


def run_all(console: str, folder: Path) -> None:
    for entry in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, shown = entry.partition("\n")
        first, _, rest = command.partition(" ")
        done = subprocess.run(
            f"{IN_THE_COPY.get(first, first)} {rest}", shell=True, cwd=folder, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "120", "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
        assert matches(printed, shown.rstrip("\n")), f"{command}\n{done.stdout}"


def changes(copy: Path) -> Iterator[str]:
    """The files of a copy that are new, or other than those of the repository; and those that are gone."""
    for folder, names, files in os.walk(copy):
        names[:] = sorted(set(names) - LEFT_OUT(folder, names))
        for name in sorted(set(files) - LEFT_OUT(folder, files)):
            path = Path(folder, name)
            original = ROOT / path.relative_to(copy)
            if not original.is_file() or not filecmp.cmp(path, original, shallow=False):
                yield path.relative_to(copy).as_posix()
    for folder, names, files in os.walk(ROOT):
        names[:] = sorted(set(names) - LEFT_OUT(folder, names))
        for name in sorted(set(files) - LEFT_OUT(folder, files)):
            path = Path(folder, name).relative_to(ROOT)
            if not (copy / path).exists():
                yield path.as_posix()


def test_every_block_of_a_page_is_run_or_written() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        used = [match for match in STEP.finditer(text) if match["path"] or match["language"] == "console"]
        assert len(used) == len(BLOCK.findall(text)), page.name
