"""The notebook of the site runs, and its page says what it shows."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

for _module in ("nbclient", "ipykernel", "nbformat"):
    pytest.importorskip(_module, reason="notebooks are executed with: pip install '.[dev]'")


def test_the_notebook_runs_and_its_page_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "docs/notebook.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, f"run: make docs\n{done.stdout}{done.stderr}"


def test_the_notebook_shows_a_finding_a_picture_a_proof_and_a_difference() -> None:
    page = (ROOT / "docs/notebooks/tour.md").read_text(encoding="utf-8")
    for shown in ("[malformed-hex]", "](tour_5.png)", "proved on 512 of 512 inputs", "differs from forest.js"):
        assert shown in page
    assert (ROOT / "docs/notebooks/tour_5.png").stat().st_size < 100_000
