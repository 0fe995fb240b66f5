from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.importing import FORMATS, load_nomenclature
from oso_evalscript.model import nomenclature
from oso_evalscript.model.errors import SpecError
from tests.conftest import ROOT
from tests.strategies import labels

QGIS = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
ROWS = [(1, "Bâti, dense", "#ff00ff"), (23, 'the "sea"', "#0000ff")]


def qml(*entries: str, kind: str = "paletted") -> str:
    body = "\n".join(entries)
    return f"{QGIS}<qgis><pipe><rasterrenderer type='{kind}'><colorPalette>\n{body}\n</colorPalette></rasterrenderer></pipe></qgis>"


def entry(value: object, color: str = "#0000ff", label: str = "x", alpha: str = "255") -> str:
    return f'<paletteEntry value="{value}" color="{color}" label="{label}" alpha="{alpha}"/>'


def load(folder: Path, name: str, content: str | bytes) -> list[tuple[int, str, str]]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(item.code, item.english, str(item.color)) for item in load_nomenclature(path).classes]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'code,label,color\n1,"Bâti, dense",#ff00ff\n23,"the ""sea""",#0000ff\n'),
        ("a.csv", '1,"Bâti, dense",#FF00FF\r\n\r\n23,"the ""sea""",#0000ff'),
        ("a.csv", '\ufeffColor, Code ,label\n#0000ff,23,"the ""sea"""\n#ff00ff,1, "Bâti, dense"\n'.replace(', "B', ',"B')),
        ("a.txt", '# made by hand\n1 255 0 255 255 Bâti, dense\n23 0 0 255 255 the "sea"\n24 0 0 0 0\nnv 0 0 0 0\n'),
        ("a.clr", '1 255:0:255 Bâti, dense\n23 0:0:255 the "sea"\ndefault 255:255:255\nend\n'),
        ("a.TXT", '# QGIS Generated Color Map Export File\nINTERPOLATION:EXACT\n23,0,0,255,255,the "sea"\n1,255,0,255,255,Bâti, dense\n'),
        ("a.qml", qml(entry(1, "#ff00ff", "Bâti, dense"), entry(0, "#ffffff", "nothing", "0"), entry(23, label="the &quot;sea&quot;"))),
        ("a.qml", qml(entry(23, label="the &#34;sea&#34;"), entry(1, "#ff00ff", "B&#226;ti, dense")).replace(QGIS, "")),
        ("a.toml", 'classes = [{code = 23, color = "#0000ff", label = "the \\"sea\\""}, {code = 1, color = "#ff00ff", english = "Bâti, dense"}]'),
    ],
)  # fmt: skip
def test_every_format_is_read(name: str, content: str, tmp_path: Path) -> None:
    assert load(tmp_path, name, content) == ROWS


@pytest.mark.parametrize("id", nomenclature.available())
def test_the_shipped_files_are_in_the_format_that_users_write(id: str) -> None:
    path = ROOT / f"oso_evalscript/model/nomenclatures/{id}.toml"
    assert load_nomenclature(path) == load_nomenclature(id) == nomenclature.shipped_nomenclature(id)


EXCEL = """Valeur;Libellé;Libellé anglais;Couleur;Groupe;Couleur du groupe;Surface (ha)
1,00;Bâti dense;Dense built-up;#ff00ff;Bâti;#b00020;12,5
2,00;"Bâti ; diffus";Diffuse built-up;#ff55ff;Bâti;;0,25
23;Eau;Water;#0000FF;Eau
"""


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_as_excel_writes_it_in_french(encoding: str, line_end: str, separator: str, tmp_path: Path) -> None:
    text = EXCEL.replace('"Bâti ; diffus"', '"Bâti , diffus"').replace(";", separator).replace("\n", line_end)
    (tmp_path / "mes_classes.csv").write_bytes(text.encode(encoding))
    table = load_nomenclature(tmp_path / "mes_classes.csv")
    assert [(item.code, item.english, item.french, str(item.color), item.group) for item in table.classes] == [
        (1, "Dense built-up", "Bâti dense", "#ff00ff", "Bâti"),
        (2, "Diffuse built-up", "Bâti , diffus", "#ff55ff", "Bâti"),
        (23, "Water", "Eau", "#0000ff", "Eau"),
    ]
    assert [(item.id, item.french, str(item.color)) for item in table.groups] == [
        ("Bâti", "Bâti", "#b00020"),
        ("Eau", "Eau", "#0000ff"),
    ]


def test_colours_as_three_numbers(tmp_path: Path) -> None:
    rows = load(tmp_path, "a.csv", "Class;Red;Green;Blue;Name\n7;0;100;200,0;Lake\n;;;;\n")
    assert rows == [(7, "Lake", "#0064c8")]


def test_columns_that_were_exported_come_back(tmp_path: Path) -> None:
    table = load_nomenclature("oso-23")
    columns = ("english", "french", "group", "group_english", "group_french", "group_color", "safe")
    load(tmp_path, "a.csv", export(table, "csv", columns=columns))
    read = load_nomenclature(tmp_path / "a.csv")
    assert read.classes == table.classes
    assert sorted(read.groups, key=lambda group: group.id) == sorted(table.groups, key=lambda group: group.id)


def test_a_file_is_named_by_its_name_unless_it_names_itself(tmp_path: Path) -> None:
    load(tmp_path, "mine.csv", "1,a,#000000")
    table = load_nomenclature(tmp_path / "mine.csv")
    assert (table.id, table.title, table.source, table.credit) == ("mine", "mine", "mine.csv", "")
    load(tmp_path, "b.toml", 'id = "c"\ntitle = "t"\nclasses = [{code = 1, color = "#000000", french = "eau"}]')
    table = load_nomenclature(str(tmp_path / "b.toml"))
    assert (table.id, table.title, table.classes[0].english) == ("c", "t", "eau")


def test_groups_of_a_users_own(tmp_path: Path) -> None:
    load(tmp_path, "g.toml", """
groups = [{ id = "wet", label = "Wet", color = "#0000ff" }]
classes = [{ code = 1, label = "Sea", color = "#000011", group = "wet" }, { code = 2, label = "Rock", color = "#aaaaaa" }]
""")  # fmt: skip
    table = load_nomenclature(tmp_path / "g.toml")
    assert [item.group for item in table.classes] == ["wet", None]
    assert [item.code for item in table.members("wet")] == [1]


MANY = range(10_000)
LAUGHS = '<!DOCTYPE qgis [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<qgis>&b;</qgis>'
STEALS = '<!DOCTYPE qgis [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<qgis>&a;</qgis>'
BAD = [
    ("csv", "", r": has no classes: expected lines such as 1,Water,#0000ff"),
    ("csv", "code,label,color\n", r": has no classes"),
    ("csv", "1,a,#000000\n2,b,#000001\n1,c,#000002\n", r":3: code 1 is already at .*:1: expected it once"),
    ("csv", "1,a,#0000\n", r":1: `#0000` is not a colour: expected one such as #ff00aa"),
    ("csv", "1,a,red\n", r":1: `red` is not a colour"),
    ("csv", "\n\n-1,a,#000000\n", r":3: `-1` is not a class code: expected a whole number from 0 to 65535"),
    ("csv", "1.5,a,#000000\n", r":1: `1.5` is not a class code"),
    ("csv", "65536,a,#000000\n", r":1: `65536` is not a class code"),
    ("csv", "9" * 5000 + ",a,#000000\n", r":1: `9{39}…` is not a class code"),
    ("csv", "²,a,#000000\n", r":1: `²` is not a class code"),
    ("csv", "1|a|#000000\n", r":1: `1\|a\|#000000` is one field: expected code,label,color separated by commas, semicolons or tabs"),
    ("csv", "1,Beans, peas,#000000\n", r":1: 4 fields: .* put a label that has one of these in double quotes"),
    ("csv", "code;nom;couleur;libellé\n1;a;#000000;b\n", r":1: two columns are the label: expected one"),
    ("csv", "code,color\n1,#000000\n", r":1: no column is the label: expected one called label, english or french"),
    ("csv", "code,nom,rouge,vert\n1,a,0,0\n", r":1: no column is the colour: expected color, or red, green and blue"),
    ("csv", "code,nom,rouge,vert,bleu\n1,a,0,0,256\n", r":2: `256` is not a channel of a colour"),
    ("csv", "code;nom;couleur\n1,5;a;#000000\n", r":2: `1,5` is not a class code"),
    ("csv", "water\n", r":1: `water` is one field"),
    ("csv", '1,"a,#000000\n2,b,#000001\n', r":1: is not CSV \(unexpected end of data\): expected lines"),
    ("csv", '1,"a\nb",#000000\n', r":1: `a\\nb` is not a label: expected one line without control characters"),
    ("csv", "1,a\x1bb,#000000\n", r":1: `a\\x1bb` is not a label"),
    ("csv", "".join(f"{i},a,#000000\n" for i in MANY), r":1001: is one class too many: expected no more than 1,000"),
    ("csv", b"code,label,color\n1,For\x81t,#000000\n", r": byte 0x81 on line 2 is not UTF-8; save the file in that encoding"),
    ("csv", "1,a,#000000\n".encode("utf-16"), r": byte 0xff on line 1 is not UTF-8"),
    ("csv", "1,a,#000000\n".encode("utf-16-le"), r": has NUL characters: expected text in UTF-8"),
    ("csv", b" " * 4_000_001, r": is larger than 4,000,000 bytes, which no nomenclature is"),
    ("txt", "# nothing\n", r": has no classes: expected lines such as `1 0 0 255 255 Water`"),
    ("txt", "1 255 0\n", r":1: `1 255 0` is not a line of a colour file"),
    ("txt", "1 red\n", r":1: `1 red` is not a line of a colour file"),
    ("txt", "50% 255 0 0\n", r":1: `50%` is not a class code"),
    ("txt", "-3 255 0 0\n", r":1: `-3` is not a class code"),
    ("txt", "1 256 0 0\n", r":1: `256` is not a channel of a colour: expected a whole number from 0 to 255"),
    ("txt", "1 255 0 0 128\n", r":1: alpha 128 is neither 0 nor 255: expected opaque classes"),
    ("txt", "1 1 1 1\n\n1 2 2 2\n", r":3: code 1 is already at .*:1"),
    ("txt", "INTERPOLATION:INTERPOLATED\n1,0,0,0,255,a\n", r":1: `INTERPOLATION:INTERPOLATED` is not a line"),
    ("clr", "".join(f"{i} 0 0 0\n" for i in MANY), r":1001: is one class too many"),
    ("qml", "", r":1: is not XML \(no element found\): expected a QGIS style"),
    ("qml", "1,a,#000000", r":1: is not XML"),
    ("qml", "<qgis>\n<pipe>\n</qgis>", r":3: is not XML \(mismatched tag\)"),
    ("qml", qml(), r": has no classes: expected a QGIS style of a raster drawn by Paletted/Unique values"),
    ("qml", qml(entry(1), kind="singlebandpseudocolor"), r": has no classes"),
    ("qml", qml(entry(1), entry(1)), r":4: code 1 is already at .*:3"),
    ("qml", qml(entry("1.5")), r":3: `1.5` is not a class code"),
    ("qml", qml(entry(1, "255,0,0")), r":3: `255,0,0` is not a colour"),
    ("qml", qml(entry(1, alpha="12")), r":3: alpha `12` is neither 0 nor 255"),
    ("qml", qml('<paletteEntry value="1"/>'), r":3: the entry has no `color`"),
    ("qml", qml(entry(1, label="a&#10;b")), r":3: `a\\nb` is not a label"),
    ("qml", qml(*map(entry, MANY)), r":1003: is one class too many"),
    ("qml", "<?xml version='1.0' encoding='klingon'?><qgis/>", r":1: names an encoding that is not known"),
    ("qml", "<qgis a='é'/>".encode("latin-1"), r":1: is not XML"),
    ("qml", LAUGHS, r": declares XML entities, which no style of QGIS does"),
    ("qml", STEALS, r": declares XML entities"),
    ("qml", STEALS.replace("ENTITY a", "ENTITY % a").replace("]>", "%a;]>"), r": declares XML entities"),
    ("toml", "", r": has no classes: expected `classes = \[\{ code = 1"),
    ("toml", "classes = [", r": is not TOML: .*at end of document"),
    ("toml", "id = 'x'\nclasses == 3", r": is not TOML: .*line 2.*"),
    ("toml", "classes = 3", r": `classes` is not a list of tables"),
    ("toml", 'klasses = [{code = 1, label = "a", color = "#000000"}]', r": unknown key `klasses`: expected id, title"),
    ("toml", 'id = 3', r": `id` is `3`: expected a string"),
    ("toml", 'classes = [{code = "1", label = "a", color = "#000000"}]', r": entry 1 of `classes`: `code` is `1`: expected a whole number"),
    ("toml", 'classes = [{code = true, label = "a", color = "#000000"}]', r": entry 1 of `classes`: `code` is `True`"),
    ("toml", 'classes = [{code = 1.0, label = "a", color = "#000000"}]', r": entry 1 of `classes`: `code` is `1.0`"),
    ("toml", 'classes = [{code = -1, label = "a", color = "#000000"}]', r": entry 1 of `classes`: `-1` is not a class code"),
    ("toml", f'classes = [{{code = 0x{"f" * 5000}, label = "a", color = "#000000"}}]', r": entry 1 of `classes`: `a huge number` is not a class code"),
    ("toml", 'classes = [{label = "a", color = "#000000"}]', r": entry 1 of `classes`: `code` is missing"),
    ("toml", 'classes = [{code = 1, color = "#000000"}]', r": entry 1 of `classes`: has no label"),
    ("toml", 'classes = [{code = 1, label = "a", french = "b", color = "#000000"}]', r": entry 1 of `classes`: has both `label` and a language"),
    ("toml", 'classes = [{code = 1, label = "a", color = "#000000", group = "b"}]', r": entry 1 of `classes`: there is no group `b`: expected a list `groups` first"),
    ("toml", 'groups = [{id = "g", label = "g", color = "#000000"}, {id = "g", label = "h", color = "#000000"}]', r": the group `g` is in `groups` twice"),
    ("toml", 'single_source = ["safe"]\nclasses = [{code = 1, label = "a", color = "#000000"}]', r": `single_source` names something else: expected a list of code, "),
    ("toml", 'unverified = ["code"]\nclasses = [{code = 1, label = "a", color = "#000000"}]', r": `unverified` names something else"),
    ("toml", 'technical = 255\nclasses = [{code = 1, label = "a", color = "#000000"}]', r": `technical` is not a list"),
    ("toml", 'technical = [1]\nclasses = [{code = 1, label = "a", color = "#000000"}]', r": the code 1 is a class and in `technical`"),
    ("toml", 'technical = ["x"]\nclasses = [{code = 1, label = "a", color = "#000000"}]', r": `technical`: `code` is `x`: expected"),
    ("toml", "classes = [" + "[" * 100_000, r": is not TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("ending", "content", "message"), BAD)
def test_a_bad_file_gets_one_clear_sentence(ending: str, content: str | bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / f"bad.{ending}"
    with pytest.raises(SpecError) as told:
        load(tmp_path, path.name, content)
    assert re.fullmatch(re.escape(str(path)) + message + ".*", str(told.value)), told.value
    assert len(str(told.value)) < 400 + len(str(path))


def test_the_dtd_that_styles_name_is_not_fetched(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "qgis.dtd")  # reading it would never end
    style = qml(entry(1)).replace(QGIS, f"<!DOCTYPE qgis SYSTEM '{tmp_path}/qgis.dtd'>\n")
    assert load(tmp_path, "a.qml", style) == [(1, "x", "#0000ff")]


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, message in (
        ("missing.csv", "cannot be read (No such file or directory)"),
        ("folder.csv", "cannot be read (Is a directory)"),
        ("pipe.csv", "is not a regular file"),
    ):
        with pytest.raises(SpecError, match=re.escape(f"{name}: {message}")):
            load_nomenclature(tmp_path / name)
    for unknown in ("cadastre", "legend.pdf", ""):
        with pytest.raises(
            SpecError,
            match=r"there is no nomenclature `.*`: expected clc-plus-backbone, .*oso-23.* or a file ending in \.toml",
        ):
            load_nomenclature(unknown)


@given(
    st.sampled_from(sorted(FORMATS)),
    st.binary(max_size=60) | st.text("1,;# \n\"'<>/[]{}=acodelrb&.-", max_size=60).map(str.encode),
)
def test_any_bytes_are_read_or_refused_in_one_sentence(ending: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a{ending}")
        path.write_bytes(data)
        try:
            assert load_nomenclature(path).classes
        except SpecError as error:
            assert "\n" not in str(error)


@given(labels, st.integers(0, 65_535))
def test_labels_survive_colour_files(label: str, code: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert load(Path(folder), "a.txt", f"{code} 1 2 3 255 {label}\n") == [(code, label, "#010203")]
