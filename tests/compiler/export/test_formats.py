"""What holds for every format, and the way back by importing."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.export import FORMATS, export
from oso_evalscript.compiler.export.style import one_line
from oso_evalscript.compiler.importing import load_nomenclature
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import LandClass, Language, Nomenclature
from tests.conftest import ROOT
from tests.strategies import nomenclatures

OSO = load_nomenclature("oso-23")
ENDINGS = {"csv": "csv", "gdal": "txt", "qml": "qml"}
awkward = st.sampled_from(['"', "'", "<b>&amp;", "]]>", "-->", "a,b", "a;b", "\\", "\x00", "\x1b[31m", "\n", "\r", "\u2028", "\ud800", "\ufffe", "\t"])  # fmt: skip
any_labels = st.lists(awkward | st.text(max_size=3), max_size=4).map("".join)


def back(text: str, to: str) -> Nomenclature:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"mine.{ENDINGS[to]}")
        path.write_bytes(text.encode())
        return load_nomenclature(path)


def in_one_language(table: Nomenclature, language: Language) -> list[LandClass]:
    return [
        replace(item, english=item.label(language), french=item.label(language), group=None, safe=None)
        for item in table.classes
    ]


@given(nomenclatures(), st.sampled_from(sorted(ENDINGS)), st.sampled_from(Language))
def test_importing_gives_back_what_was_exported(table: Nomenclature, to: str, language: Language) -> None:
    assert [*back(export(table, to, language=language), to).classes] == in_one_language(table, language)


@given(nomenclatures(any_labels), st.sampled_from(sorted(ENDINGS)))
def test_any_label_comes_back_as_one_line(table: Nomenclature, to: str) -> None:
    read = back(export(table, to), to)
    assert [item.english for item in read.classes] == [one_line(item.english).strip() for item in table.classes]
    assert [(item.code, item.color) for item in read.classes] == [(item.code, item.color) for item in table.classes]


@given(nomenclatures(any_labels), st.sampled_from(sorted(FORMATS)))
def test_any_label_gives_text_that_others_can_read(table: Nomenclature, to: str) -> None:
    text = export(table, to)
    assert text.endswith("\n")
    assert not [char for char in text if char < " " and char != "\n"]
    text.encode()
    if to in ("gdal-rat", "qml", "sld", "svg"):
        ET.fromstring(text.encode())


@pytest.mark.parametrize("to", sorted(ENDINGS))
@pytest.mark.parametrize("language", Language)
def test_the_shipped_classes_come_back(to: str, language: Language) -> None:
    assert [*back(export(OSO, to, language=language), to).classes] == in_one_language(OSO, language)


@pytest.mark.parametrize("to", sorted(FORMATS))
def test_groups_and_languages(to: str) -> None:
    english, french, grouped = export(OSO, to), export(OSO, to, language=Language.FRENCH), export(OSO, to, groups=True)
    assert len({english, grouped}) == 2
    has_labels = "Hardwood forest" in english
    assert (english != french) == has_labels
    if has_labels:
        assert "Forêts de feuillus" in french
        assert "Annual crops" in grouped
        assert "Sunflower" not in grouped


def test_each_file_of_the_folder_is_a_format_but_for_what_they_share() -> None:
    files = {path.stem for path in (ROOT / "oso_evalscript/compiler/export").glob("*.py")}
    assert {name.replace("-", "_") for name in FORMATS} == files - {"__init__", "style", "xml"}
    assert list(FORMATS) == sorted(FORMATS)


def test_columns_beside_code_label_and_color() -> None:
    assert export(OSO, "csv").splitlines()[0] == "code,label,color"
    rows = export(OSO, "csv", columns=("safe", "group_french", "english")).splitlines()
    assert rows[0] == "code,label,color,safe,group_french,english"
    water = OSO.classes[-1]
    assert rows[-1] == f"23,Water,#0000ff,{water.safe},Eau,Water"
    with pytest.raises(SpecError, match="there is no column `red`: expected english, french, group, "):
        export(OSO, "csv", columns=("red",))
    with pytest.raises(SpecError, match="the column `safe` is named twice: expected english, "):
        export(OSO, "csv", columns=("safe", "safe"))
    with pytest.raises(
        SpecError, match="the format `svg` has no columns to choose; those of csv, markdown can be chosen"
    ):
        export(OSO, "svg", columns=("safe",))


def test_no_such_format_and_no_groups() -> None:
    with pytest.raises(SpecError, match=f"no format `pdf`: expected {', '.join(FORMATS)}$"):
        export(OSO, "pdf")
    with pytest.raises(SpecError, match="class 1 of the nomenclature oso-23 does not belong to a group"):
        export(replace(OSO, classes=tuple(replace(item, group=None) for item in OSO.classes)), "csv", groups=True)
