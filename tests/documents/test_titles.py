"""Names of layers, which stand beside their scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oso_evalscript.documents.embedded import find_scripts
from oso_evalscript.documents.selection import read_selection, select, select_all
from oso_evalscript.documents.titles import title_at, title_beside
from oso_evalscript.model.errors import OsoError

SCRIPT = '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [s.B04]; }\n'
LAYERS: list[Any] = [
    {"id": "NDVI", "title": "Vegetation", "evalscript": SCRIPT},
    {"evalscript": SCRIPT, "title": "Moisture: é"},
    {"evalScript": SCRIPT, "name": "default"},
    {"name": "STYLED", "styles": [{"name": "default", "evalScript": SCRIPT}]},
    {"id": "x", "ndvi": SCRIPT},
    {"id": "two\nlines", "evalscript": SCRIPT},
    {"id": "DEEP", "request": {"evalscript": SCRIPT}},
]
NAMES = ["NDVI", "Moisture: é", "evalScript", "STYLED", "ndvi", "evalscript", "DEEP"]


def yaml_of(layers: list[Any]) -> str:
    import yaml

    return str(yaml.safe_dump({"name": "project", "layers": layers}, sort_keys=False, allow_unicode=True))


@pytest.mark.parametrize(
    ("kind", "text", "names"),
    [
        ("json", json.dumps({"name": "project", "layers": LAYERS}), NAMES),
        ("yaml", yaml_of(LAYERS), NAMES),
        ("py", f"LAYERS = {LAYERS!r}", [*NAMES[:3], "evalScript", "ndvi", "evalscript", "evalscript"]),
        ("py", "x = {'id': 'Z', 'evalscript': " + repr(SCRIPT) + " + y}", ["Z"]),
        ("ts", f"const x = {json.dumps(LAYERS, ensure_ascii=False)}", [*NAMES[:3], "evalScript", *NAMES[4:6], "evalscript"]),
        ("toml", f'[[a]]\nid = "A"\nevalscript = {json.dumps(SCRIPT)}\n[b]\nevalscript = """{SCRIPT}"""\nname = \'B\'\n', ["A", "B"]),
        ("json", json.dumps({"evalscript": SCRIPT, "input": {"data": [{"id": "S2", "type": "sentinel-2-l2a"}]}}), ["evalscript"]),
    ],
)  # fmt: skip
def test_names_of_layers(kind: str, text: str, names: list[str]) -> None:
    assert [item.name for item in find_scripts(text=text, kind=kind)] == names


def test_a_listed_name_selects_and_so_does_the_key(tmp_path: Path) -> None:
    path = tmp_path / "layers.json"
    path.write_text(json.dumps(LAYERS[:2]))
    with pytest.raises(
        OsoError, match=r"has 2 evalscripts: name one as .*::NDVI \(line 1\), .*::Moisture: é \(line 1\)"
    ):
        select(read_selection(str(path)))
    for name in NAMES[:2]:
        assert select(read_selection(f"{path}::{name}")).name == name
    with pytest.raises(OsoError, match="several of them match"):
        select(read_selection(f"{path}::evalscript"))
    assert [name for name, _ in select_all(path, ["NDVI"])] == ["NDVI"]
    assert [name for name, _ in select_all(path, ["evalscript"])] == NAMES[:2]
    path.write_text(json.dumps(LAYERS[0]))
    assert select(read_selection(f"{path}::evalscript")).name == "NDVI"


def test_only_a_layer_around_names_a_script() -> None:
    assert title_beside("ndvi", lambda key: "x") is None
    assert title_beside("evalscript", {"name": "x", "title": "y"}.get) == "x"
    assert title_beside("evalscript", {"id": 3, "title": " "}.get) is None
    assert title_at(("a", "evalscript"), {("id",): "x"}) is None
    assert title_at((0, "a", "evalscript"), {(0, "id"): "x", ("id",): "y"}) == "x"
