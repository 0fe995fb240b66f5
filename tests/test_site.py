"""The site builds strictly: every page is found, and every link and anchor in it leads somewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import oso_evalscript
from oso_evalscript.linter.rule import all_rules
from tests.conftest import ROOT

for _module in ("mkdocs", "material", "mkdocstrings"):
    pytest.importorskip(_module, reason="the site is built with: pip install '.[docs]'")


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path.parent.relative_to(tmp_path / "site").as_posix() for path in tmp_path.rglob("index.html")}
    assert {f"rules/{rule.name}" for rule in all_rules()} <= pages
    assert {"templates", "templates/normalized-index", "SECURITY", "CHANGELOG", "CONTRIBUTING"} <= pages
    reference = (tmp_path / "site/api/index.html").read_text(encoding="utf-8")
    assert [name for name in oso_evalscript.__all__ if f".{name}" not in reference] == []
    addresses = [path for path in tmp_path.rglob("*.html") if 'href="https://fonts' in path.read_text(encoding="utf-8")]
    assert addresses == []
