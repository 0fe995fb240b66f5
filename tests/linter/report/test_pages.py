"""Where the documentation is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oso_evalscript import lint
from oso_evalscript.linter.report.pages import VARIABLE, home
from oso_evalscript.linter.report.sarif import render_sarif


def test_a_variable_names_the_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "https://example.org/docs/")
    assert home() == "https://example.org/docs"
    (run,) = json.loads(render_sarif([lint("return [1];")], Path.cwd()))["runs"]
    driver = run["tool"]["driver"]
    assert driver["informationUri"] == "https://example.org/docs"
    assert driver["rules"][0]["helpUri"] == f"https://example.org/docs/rules/{driver['rules'][0]['id']}"


def test_without_it_the_package_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert home() is None or home() != "https://example.org/docs"
