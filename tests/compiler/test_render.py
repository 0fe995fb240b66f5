from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import jinja2
import pytest
from hypothesis import given

from oso_evalscript import compile, lint, load_spec
from oso_evalscript.compiler import render
from oso_evalscript.compiler.spec import ConfidenceSpec, MaskSpec, PaletteSpec, Spec
from oso_evalscript.compiler.steps import Below
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.errors import TemplateError
from oso_evalscript.model.nomenclature import shipped_nomenclature
from tests.conftest import ROOT
from tests.strategies import specs


@given(specs())
def test_every_spec_compiles_to_a_clean_script(spec: Spec) -> None:
    source = compile(spec)
    assert source.text.startswith("//VERSION=3\n")
    assert source.text.endswith("}\n")
    assert "\r" not in source.text
    assert not re.search(r"[ \t]\n|\n\n\n", source.text)
    assert parse(source).faults == ()
    assert lint(source).diagnostics == ()


@given(specs())
def test_the_same_spec_gives_the_same_bytes(spec: Spec) -> None:
    assert compile(spec).encode() == compile(spec).encode()


@given(specs())
def test_colours_stand_as_literals_of_six_digits(spec: Spec) -> None:
    text = compile(spec).text
    assert all(re.fullmatch(r"0x[0-9a-f]{6}", word) for word in re.findall(r"\b0x\w+", text))
    assert "#" not in re.sub(r"//.*", "", text)


def test_a_palette_holds_every_class_with_its_label() -> None:
    text = compile(PaletteSpec(name="p")).text
    for item in shipped_nomenclature("oso-23").classes:
        assert f"  [{item.code}, {item.color.literal}], // {item.english}\n" in text


def test_a_palette_of_an_early_edition_names_its_own_nomenclature() -> None:
    text = compile(PaletteSpec(name="p", nomenclature="oso-17")).text
    assert "  [222, 0x550000], // Vineyards\n" in text
    assert "17 classes" in text
    assert "23 classes" not in text


def test_classes_of_a_nomenclature_in_a_band_of_ones_own_carry_its_credit() -> None:
    text = compile(PaletteSpec(name="p", nomenclature="dynamic-world", band="label")).text
    note = " ".join(line.removeprefix("// ") for line in text.splitlines() if line.startswith("// "))
    table = shipped_nomenclature("dynamic-world")
    assert f"Classes: Dynamic World, 9 classes. Credit for its data (CC BY 4.0): {table.credit}" in note
    assert "Data: " not in text
    assert "Classes: " not in compile(PaletteSpec(name="p", nomenclature=replace(table, id="mine"), band="label")).text


def test_a_title_cannot_break_out_of_its_comment() -> None:
    source = compile(MaskSpec(name="m", classes=(1,), title="a\nthrow 1 //\u2028throw 2"))
    assert lint(source).diagnostics == ()
    assert source.text.splitlines()[2] == "// m: a throw 1 // throw 2"


def test_no_faded_colour_looks_like_another_class() -> None:
    trust = ConfidenceSpec(name="c", threshold=50, below=Below.FADED).steps()[1]
    dark = trust.dark.rgb  # type: ignore[union-attr]
    classes = shipped_nomenclature("oso-23").classes
    for faded in classes:
        mixed = [0.4 * one + 0.6 * other for one, other in zip(faded.color.rgb, dark, strict=True)]
        for item in classes:
            distance = sum((one - other) ** 2 for one, other in zip(mixed, item.color.rgb, strict=True)) ** 0.5
            assert item is faded or distance > 40


@pytest.mark.parametrize("path", sorted((ROOT / "evalscripts").glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_scripts_are_up_to_date_and_clean(path: Path) -> None:
    source = compile(load_spec(path), origin=path.name)
    assert path.with_suffix(".js").read_bytes() == source.encode(), "run: oso-evalscript build"
    assert lint(source).diagnostics == ()


def test_the_issue_s_scripts_are_shipped() -> None:
    shipped = {path.stem for path in (ROOT / "evalscripts").glob("*.js")}
    assert shipped >= {
        "oso_palette", "oso_built_up_mask", "oso_crops_mask", "oso_confident_palette", "oso_confidence", "oso_validity",
    }  # fmt: skip


def test_templates_are_found_in_the_checkout() -> None:
    assert render.templates_folder() == ROOT / "templates"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ spec.nothing }}", "nothing"),
        ("{% if %}", r"palette\.js\.j2:1: "),
        ("{% include 'none.j2' %}", "the template none.j2 is missing"),
    ],
)
def test_a_broken_template_is_named(template: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, loader=jinja2.DictLoader({"palette.js.j2": template})
    )
    monkeypatch.setattr(render, "_environment", lambda: environment)
    with pytest.raises(TemplateError, match=message):
        compile(PaletteSpec(name="p"))
