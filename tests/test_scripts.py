"""Whole scripts with the report expected beside them; `pytest --update` rewrites the reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from oso_evalscript import lint
from oso_evalscript.linter.report.style import Style
from oso_evalscript.linter.report.text import render_text
from oso_evalscript.model.text import Source
from tests.conftest import ROOT

FOLDER = ROOT / "tests/scripts"


@pytest.mark.parametrize("path", sorted((FOLDER / "ok").glob("*.js")), ids=lambda path: path.stem)
def test_nothing_is_found_in_a_good_script(path: Path) -> None:
    report = lint(Source.read(path, path.name))
    assert render_text([report]) == "No findings in 1 file.\n"


@pytest.mark.parametrize("path", sorted((FOLDER / "err").glob("*.js")), ids=lambda path: path.stem)
def test_the_report_is_the_one_expected(path: Path, request: pytest.FixtureRequest) -> None:
    shown = render_text([lint(Source.read(path, path.name))], Style(width=100))
    expected = path.with_suffix(".out")
    if request.config.getoption("--update"):
        expected.write_text(shown, encoding="utf-8", newline="\n")
    assert shown == expected.read_text(encoding="utf-8")
