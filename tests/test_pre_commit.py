"""The hooks, run by pre-commit from a clone of this repository; skipped where pre-commit is not installed.

pre-commit makes an environment for the clone and installs the package there, which takes the network and a while:
`pip install pre-commit` beside the other tools, to run this.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from oso_evalscript.documents.signs import KINDS
from tests.conftest import ROOT, Command

HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
PAGE = ROOT / "tests/scripts/err/cnes_land_cover_page.js"


def test_the_entries_are_commands(command: Command, tmp_path: Path) -> None:
    entries = re.findall(r"^  entry: oso-evalscript (.*)$", HOOKS, re.MULTILINE)
    assert len(entries) == HOOKS.count("- id: ") == 2
    for entry in entries:
        shutil.copy(PAGE, tmp_path / "page.js")
        (tmp_path / "other.js").write_text("import x from 'y';")
        (tmp_path / "request.py").write_text(f'S = """{PAGE.read_text(encoding="utf-8")}"""\n')
        (tmp_path / "other.py").write_text("VERSION = 3\n")
        done = command(*entry.split(), "page.js", "other.js", "request.py", "other.py")
        assert done.status == 1  # two findings on the page have no fix
        assert "other." not in done.out
        assert done.out.count("[nodata-gets-a-color]") == 2


def test_the_hooks_take_every_kind_of_file_and_bring_what_reads_them() -> None:
    pattern = re.compile(re.findall(r"^  files: &files (.*)$", HOOKS, re.MULTILINE)[0])
    assert all(pattern.search(f"a/b.{kind}") and pattern.search(f"b.{kind.upper()}") for kind in KINDS)
    assert not any(pattern.search(name) for name in ("a.txt", "py", "a.pyc", "a.json5"))
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert re.findall(r"^    - (.*)$", HOOKS, re.MULTILINE) == wanted["embedded"]


def git(folder: Path, *args: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *settings, *args], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def pre_commit() -> str:
    """The program, from beside this interpreter or from the path."""
    beside = Path(sys.executable).with_name("pre-commit")
    found = str(beside) if beside.exists() else shutil.which("pre-commit")
    if found is None:
        pytest.skip("pre-commit is not installed")
    return found


def test_pre_commit_runs_the_hooks(tmp_path: Path) -> None:
    program = pre_commit()
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    git(tmp_path, "clone", "--quiet", str(ROOT), "tool")
    place = tmp_path / "place"
    place.mkdir()
    git(place, "init", "--quiet")
    shutil.copy(PAGE, place / "page.js")
    (place / "other.js").write_text("import x from 'y';\n")
    revision = git(tmp_path / "tool", "rev-parse", "HEAD")
    config = "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: {}\n"
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}

    def run(hook: str) -> subprocess.CompletedProcess[str]:
        (place / ".pre-commit-config.yaml").write_text(config.format(tmp_path / "tool", revision, hook))
        git(place, "add", ".")
        return subprocess.run(
            [program, "run", "--all-files"], cwd=place, capture_output=True, text=True, env=environment
        )

    found = run("oso-evalscript")
    assert found.returncode == 1, found.stdout + found.stderr
    assert found.stdout.count("[malformed-hex]") == 5
    assert "other.js" not in found.stdout
    mended = run("oso-evalscript-fix")
    assert mended.returncode == 1, mended.stdout + mended.stderr
    assert "files were modified by this hook" in mended.stdout
    assert "page.js: 6 fixes applied" in mended.stdout
    left = run("oso-evalscript").stdout
    assert [rule for rule in ("malformed-hex", "nodata-gets-a-color", "unused-data-mask") if rule in left] == [
        "nodata-gets-a-color",
        "unused-data-mask",
    ]
    shutil.copy(ROOT / "evalscripts/oso_palette.js", place / "page.js")
    assert run("oso-evalscript").returncode == 0
