"""What git leaves out is left out, as git itself says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from oso_evalscript.project.ignored import Ignored

FILES = [
    "a.js",
    "build/b.js",
    "src/c.js",
    "src/d.min.js",
    "src/deep/e.js",
    "src/deep/build/f.js",
    "docs/g.js",
    "docs/h.js",
    "tmp.js",
]
PATTERNS = {".gitignore": "build/\n*.min.js\n/tmp.js\n# a comment\n!docs/h.js\n", "docs/.gitignore": "*.js\n!h.js\n[\n"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    for name, text in PATTERNS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def ignored_files(folder: Path) -> set[str]:
    """The files that are left out where a search leaves out folders as a whole."""
    ignored = Ignored()
    found = set()
    for name in FILES:
        path = folder / name
        above = [item for item in path.parents if item.is_relative_to(folder) and item != folder]
        if ignored(path) or any(ignored(item, folder=True) for item in above):
            found.add(name)
    return found


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_says_the_same(project: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=project, check=True)
    done = subprocess.run(["git", "check-ignore", *FILES], cwd=project, capture_output=True, text=True)
    assert ignored_files(project) == set(done.stdout.split())


def test_what_stands_above_a_repository_is_not_asked(project: Path) -> None:
    inner = project / "src"
    (inner / ".git").mkdir()
    assert not Ignored()(inner / "d.min.js")


def test_without_a_repository_the_nearest_file_counts(project: Path) -> None:
    assert Ignored()(project / "build", folder=True)
    assert Ignored()(project / "docs/g.js")
    assert not Ignored()(project / "docs/h.js")


def test_what_cannot_be_read_ignores_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").mkdir()
    assert not Ignored()(tmp_path / "a.js")
