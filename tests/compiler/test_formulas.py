"""No label of an exported table is a formula to a spreadsheet, and all come back as they were."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.export.csv import render_csv
from oso_evalscript.compiler.export.style import Entry, Style, one_line
from oso_evalscript.compiler.formulas import guarded, unguarded
from oso_evalscript.compiler.importing import load_nomenclature
from oso_evalscript.model.color import Color

SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
pieces = st.sampled_from(
    [*SIGNS, "'", "''", '"', ";", "|", ",", " ", "\u3000", "a", "1", "cmd|'/C calc'!A0", "\t", "\r", "\n"]
)
anything = st.lists(pieces | st.text(max_size=3), max_size=8).map("".join)


def table(*labels: str) -> str:
    return render_csv(
        Style("t", "", tuple(Entry(code, one_line(label), Color(0)) for code, label in enumerate(labels)))
    )


@given(anything)
def test_the_way_there_and_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert unguarded(guarded(guarded(text))) == guarded(text)


@given(st.lists(anything, min_size=1, max_size=4), st.sampled_from([",", ";", "|", "\t"]))
def test_no_cell_is_a_formula_however_the_cells_are_cut(labels: list[str], delimiter: str) -> None:
    for row in csv.reader(io.StringIO(table(*labels), newline=""), delimiter=delimiter):
        for cell in row:
            assert not cell.startswith(SIGNS)
            assert not cell.lstrip().startswith(SIGNS)
            assert not cell.startswith(("\t", "\r", "\n"))


shown = st.lists(pieces.filter(lambda piece: piece.isprintable()), max_size=8).map("".join).map(str.strip)


@given(st.lists(shown, min_size=1, max_size=4))
def test_importing_gives_back_every_label(labels: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mine.csv")
        path.write_bytes(table(*labels).encode())
        assert [item.english for item in load_nomenclature(path).classes] == labels


@pytest.mark.parametrize(
    ("label", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+33 1", "'+33 1"),
        ("-", "'-"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("'=1", "''=1"),
        ("a;=1", "a;'=1"),
        ("wheat - winter", "wheat - winter"),
        ("'quoted'", "'quoted'"),
        ("5 = 3 + 2", "5 = 3 + 2"),
    ],
)
def test_cells(label: str, cell: str) -> None:
    assert guarded(label) == cell
    assert table(label) == f"code,label,color\n0,{cell},#000000\n"
