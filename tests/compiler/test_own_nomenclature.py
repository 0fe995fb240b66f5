"""Specs of a nomenclature of the user's own: where it comes from, and what is refused."""

from __future__ import annotations

import os
import shutil
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from oso_evalscript import Program, compile, lint, load_nomenclature, load_spec
from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.spec import SPECS, MaskSpec, PaletteSpec, spec_from_dict
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.testing import masked_is_nodata
from oso_evalscript.testing.check import check
from oso_evalscript.testing.intent import intended
from oso_evalscript.testing.properties import Outcome
from oso_evalscript.testing.strategies import grouped_nomenclatures

CSV = "code,label,color\n0,Nothing,#000000\n7,Forêt,#009c00\n300,Water,#0000ff\n"
TOML = """
id = "mine"
title = "My classes"
licence = "CC BY 4.0"
groups = [{ id = "wet", label = "Wet", color = "#0000ff" }, { id = "dry", label = "Dry", color = "#aa0000" }]
classes = [
  { code = 1, label = "Sea", color = "#0000ee", group = "wet" },
  { code = 2, label = "Lake", color = "#0000aa", group = "wet" },
  { code = 5, label = "Desert", color = "#ffee00", group = "dry" },
]
"""
NEEDED: dict[str, dict[str, Any]] = {
    "mask": {"groups": ["wet"]},
    "confidence": {"threshold": 50},
}
CODED = [name for name, spec in SPECS.items() if "nomenclature" in {item.name for item in fields(spec)}]


def write(folder: Path, **keys: Any) -> Path:
    """A spec of a palette, or of the `template` given."""
    path = folder / "spec.toml"
    values = {"template": "palette", "nomenclature": "mine.csv", "band": "B1", **keys}
    lines = [f"{key} = {str(value).replace(chr(39), chr(34)) if isinstance(value, list) else repr(value)}"
             for key, value in values.items() if value is not None]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_every_template_of_classes_takes_one() -> None:
    assert set(CODED) == {"palette", "mask", "confidence", "regroup", "change", "statistics"}


@pytest.mark.parametrize("template", CODED)
def test_every_template_compiles_to_a_clean_script(template: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    spec = load_spec(write(tmp_path, template=template, nomenclature="mine.toml", **NEEDED.get(template, {})))
    source = compile(spec)
    assert "B1" in spec.contract().bands
    assert lint(source).diagnostics == ()
    assert "// oso: nomenclature own: My classes (mine.toml). CC BY 4.0\n" in source.text
    with Program(source) as program:
        assert program.setup == spec.contract()


@pytest.mark.parametrize("to", ["csv", "qml", "gdal"])
@pytest.mark.parametrize("id", ["oso-23", "oso-17"])
def test_every_format_gives_the_same_table(to: str, id: str, tmp_path: Path) -> None:
    name = f"mine.{'clr' if to == 'gdal' else to}"
    (tmp_path / name).write_text(export(load_nomenclature(id), to), encoding="utf-8")
    text = compile(load_spec(write(tmp_path, nomenclature=name, band="OCS"))).text
    shipped = compile(PaletteSpec(name="spec", nomenclature=id)).text
    assert text.partition("const CLASSES")[2] == shipped.partition("const CLASSES")[2]


def test_the_bytes_do_not_tell_where_the_files_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = set()
    for name in ("one", "another folder"):
        folder = tmp_path / name
        (folder / "tables").mkdir(parents=True)
        (folder / "tables/mine.csv").write_text(CSV, encoding="utf-8")
        path = write(folder, nomenclature="tables/mine.csv")
        monkeypatch.chdir(folder)
        built |= {compile(load_spec(given)).encode() for given in (path, "spec.toml", Path("../") / name / "spec.toml")}
        write(folder, nomenclature=os.fspath(folder / "tables/mine.csv"))
        built.add(compile(load_spec("spec.toml")).encode())
        shutil.rmtree(folder)
    assert len(built) == 1


def test_python_takes_the_nomenclature_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(CSV, encoding="utf-8")
    table = load_nomenclature(tmp_path / "mine.csv")
    spec = PaletteSpec(name="spec", nomenclature=table, band="B1")
    assert spec == load_spec(write(tmp_path))
    assert PaletteSpec(name="p", nomenclature=load_nomenclature("oso-17")) == PaletteSpec(
        name="p", nomenclature="oso-17"
    )
    with pytest.raises(SpecError, match="one of your own is what `load_nomenclature` returns"):
        PaletteSpec(name="p", nomenclature="mine.csv")


def test_a_shipped_nomenclature_in_a_band_of_one_s_own() -> None:
    source = compile(PaletteSpec(name="p", band="landcover"))
    assert "sample.landcover" in source.text
    assert "nomenclature own" not in source.text
    assert lint(source).diagnostics == ()


def test_other_colours_of_the_same_codes_are_no_fault() -> None:
    table = load_nomenclature("oso-23")
    classes = tuple(
        replace(item, color=other.color) if item.code < 4 else item
        for item, other in zip(table.classes, table.classes[::-1], strict=True)
    )
    source = compile(PaletteSpec(name="p", nomenclature=replace(table, classes=classes), band="OCS"))
    assert lint(source).diagnostics == ()
    told = source.text.replace("oso: nomenclature own", "classes")
    assert {item.rule for item in lint(Source(told))} == {"palette-differs-from-nomenclature"}


@pytest.mark.parametrize("band", ["OCS", "B1"])
def test_a_wrong_colour_is_found(band: str, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(CSV.replace("300", "200"), encoding="utf-8")
    spec = load_spec(write(tmp_path, band=band))
    right = compile(spec)
    for text, fine in ((right.text, True), (right.text.replace("0x0000ff", "0x0000fe"), False)):
        source = Source(text)
        with Program(source) as program:
            verdicts = {verdict.name: verdict for verdict in check(program, intended(source, spec))}
        assert bool(verdicts["matches"]) == bool(verdicts["palette_exact"]) == fine
        assert verdicts["total"].outcome is Outcome.PROVED


def test_codes_beyond_8_bits_are_handed_out_in_16(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(CSV, encoding="utf-8")
    spec = load_spec(write(tmp_path, template="mask", classes=[300], values="code"))
    with Program(compile(spec)) as program:
        out = program.run({"B1": [[300, 7, 44, 65536 + 300]], "dataMask": [[1, 1, 1, 1]]})["default"]
        assert check(program, [masked_is_nodata()], basic=())[0]
    assert (str(out.dtype), out.tolist()) == ("uint16", [[[300, 65535, 65535, 65535]]])


@settings(max_examples=15)
@given(grouped_nomenclatures())
def test_a_nomenclature_is_compiled_or_refused_in_one_sentence(table: Nomenclature) -> None:
    for template in CODED:
        values = {"template": template, "name": "s", "nomenclature": table, "band": "B1"}
        for more in (
            {"colors": "groups"},
            {"by": "groups"},
            {"values": "code", "mode": "drop", "classes": table.codes[:1]},
        ):
            keys = {item.name for item in fields(SPECS[template])}
            chosen = {"groups": None, "classes": table.codes[:1]} if template == "mask" else {}
            try:
                spec = spec_from_dict({
                    **values, **chosen, **({"threshold": 1} if template == "confidence" else {}),
                    **{key: value for key, value in more.items() if key in keys},
                })  # fmt: skip
            except SpecError as error:
                assert "\n" not in str(error)
            else:
                assert lint(compile(spec)).diagnostics == ()


@pytest.mark.parametrize(
    ("keys", "files", "message"),
    [
        ({"band": None}, {"mine.csv": CSV}, "the key `band` is missing: which band holds the codes of mine, as in"),
        ({"band": "B-1"}, {"mine.csv": CSV}, "`band = \"B-1\"` is not allowed: expected the name of a band"),
        ({"band": "dataMask"}, {"mine.csv": CSV}, "`band = \"dataMask\"` is not allowed"),
        ({}, {}, '`nomenclature = "mine.csv"` is not allowed: {folder}/mine.csv: cannot be read (No such file'),
        ({}, {"mine.csv": "code,label,color\n1,a,#000000\n1,b,#000000"}, "`nomenclature = \"mine.csv\"` is not allowed: {folder}/mine.csv:3: code 1 is already at"),
        ({}, {"mine.csv": ""}, "`nomenclature = \"mine.csv\"` is not allowed: {folder}/mine.csv: has no classes"),
        ({"nomenclature": "mine.json"}, {}, "`nomenclature = \"mine.json\"` is not allowed: there is no nomenclature `mine.json`: expected clc-plus-backbone, "),
        ({"template": "confidence", "threshold": 5, "band": "OCS_Validity"}, {"mine.csv": CSV}, '`band = "OCS_Validity"` is not allowed: expected a band other than those of confidence and validity'),
        ({"nomenclature": ""}, {}, "`nomenclature = \"\"` is not allowed: there is no nomenclature ``: expected clc-plus-backbone"),
        ({"nomenclature": "."}, {}, "`nomenclature = \".\"` is not allowed: there is no nomenclature"),
        ({"nomenclature": "a.csv"}, {"a.csv/b": ""}, "`nomenclature = \"a.csv\"` is not allowed: {folder}/a.csv: cannot be read (Is a directory)"),
        ({"colors": "groups"}, {"mine.csv": CSV}, "class 0 of the nomenclature mine does not belong to a group"),
        ({"groups": ["wet"]}, {"mine.csv": CSV}, "`groups = [\"wet\"]` is not allowed: expected none: the nomenclature mine has no groups"),
        ({"template": "change", "by": "groups"}, {"mine.csv": CSV}, "class 0 of the nomenclature mine does not belong to a group"),
        ({"template": "regroup"}, {"mine.csv": CSV}, "class 0 of the nomenclature mine does not belong to a group"),
        ({"template": "regroup", "to": "oso-17"}, {"mine.csv": CSV}, '`to = "oso-17"` is not allowed: expected "groups", as nothing tells'),
        ({"template": "statistics"}, {"mine.csv": "1,Water!,#000000\n2,water,#000001"}, "two bands would be called `water`: say `names = \"codes\"`"),
        ({"template": "statistics"}, {"mine.csv": "1,!,#000000"}, "a label has no letter for the name of a band: say `names = \"codes\"`"),
        ({"template": "mask", "classes": [1], "values": "code"}, {"mine.csv": "1,a,#000000\n255,b,#000000"}, "`nodata = 255` is not allowed: expected a value that no pixel with data can have"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told_with_spec_and_file(
    keys: dict[str, Any], files: dict[str, str], message: str, tmp_path: Path
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    path = write(tmp_path, **keys)
    with pytest.raises(SpecError) as caught:
        load_spec(path)
    assert str(caught.value).startswith(f"{path}: {message.replace('{folder}', str(tmp_path))}")


def test_a_path_with_a_nul_character(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text('template = "palette"\nnomenclature = "a\\u0000b.csv"\n')
    with pytest.raises(SpecError, match="a path has a NUL character"):
        load_spec(path)


def test_a_group_without_a_class_chooses_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TOML.replace('group = "dry"', 'group = "wet"'))
    table = load_nomenclature(tmp_path / "mine.toml")
    with pytest.raises(SpecError, match="groups of mine that have a class"):
        MaskSpec(name="m", nomenclature=table, band="B1", groups=("dry",))
    with pytest.raises(SpecError, match="the nomenclature mine has no class"):
        PaletteSpec(name="p", nomenclature=replace(table, classes=()), band="B1")
