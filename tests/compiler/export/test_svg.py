from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import example, given

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.export.style import one_line
from oso_evalscript.model.color import Color
from oso_evalscript.model.nomenclature import LandClass, Nomenclature, shipped_nomenclature
from tests.strategies import NONCHARACTER, nomenclatures

SVG = "{http://www.w3.org/2000/svg}"


def parts(table: Nomenclature, *, groups: bool = False) -> tuple[ET.Element, list[str], list[str]]:
    """The root, the colours of the swatches, the texts."""
    root = ET.fromstring(export(table, "svg", groups=groups).encode())
    swatches = [rect.get("fill", "") for rect in root.iter(f"{SVG}rect") if rect.get("stroke")]
    return root, swatches, [text.text or "" for text in root.iter(f"{SVG}text")]


@given(nomenclatures())
@example(NONCHARACTER)
def test_every_code_has_a_swatch_within_the_picture(table: Nomenclature) -> None:
    root, swatches, texts = parts(table)
    assert {str(item.color) for item in table.classes} == set(swatches)
    assert {one_line(item.english) for item in table.classes} <= set(texts)
    width, height = (float(root.get(key, "0")) for key in ("width", "height"))
    for element in (*root.iter(f"{SVG}text"), *root.iter(f"{SVG}rect")):
        assert 0 <= float(element.get("x", "0")) <= width
        assert 0 <= float(element.get("y", "0")) <= height


def test_title_credit_and_licence_are_shown() -> None:
    table = shipped_nomenclature("oso-23")
    text = " ".join(parts(table)[2])
    assert text.startswith(table.title)
    assert text.endswith(f"{table.credit} {table.licence}.")


def test_groups_share_a_swatch() -> None:
    _, swatches, texts = parts(shipped_nomenclature("oso-23"), groups=True)
    assert len(swatches) == 9
    assert texts[1:7] == ["1–4", "Built-up", "5–12", "Annual crops", "13, 18", "Grassland"]


def test_many_classes_stand_in_columns() -> None:
    classes = tuple(LandClass(code, f"class {code}", "", Color(code)) for code in range(256))
    root, swatches, _ = parts(Nomenclature("many", "Many", classes, "", "", ""))
    assert len(swatches) == 256
    assert float(root.get("height", "0")) < 900
