"""What CONTRIBUTING advises against is nowhere in the pages and messages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT


def phrases() -> list[str]:
    """The left column of the table; slashes separate words."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = page.partition("| instead of | write |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    return [phrase.strip() for row in rows for phrase in row.split("|")[1].split("/")]


def texts() -> Iterator[tuple[str, str]]:
    """Every page, and every literal text of the package, docstrings included."""
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        page = path.read_text(encoding="utf-8")
        yield (
            name_of(path),
            page.partition("| instead of | write |")[0]
            + page.partition("| instead of | write |")[2].partition("\n\n")[2],
        )
    for path in (ROOT / "oso_evalscript").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{name_of(path)}:{node.lineno}", node.value


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


SEEN = [(place, " ".join(text.split()).lower()) for place, text in texts()]


def test_the_table_is_read() -> None:
    assert {"mends", "mended", "mending", "such file counts, alone"} <= set(phrases())
    assert len(SEEN) > 1000


@pytest.mark.parametrize("phrase", phrases())
def test_nobody_writes_it(phrase: str) -> None:
    pattern = re.compile(rf"\b{re.escape(phrase.lower())}\b")
    assert [place for place, text in SEEN if pattern.search(text)] == []
