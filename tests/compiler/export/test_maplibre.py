from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.export.maplibre import PROPERTY
from oso_evalscript.model.nomenclature import available, shipped_nomenclature
from tests import npm

READER = """
import { readFileSync } from 'node:fs';
import { createPropertyExpression, validateStyleMin, latest } from '@maplibre/maplibre-gl-style-spec';
const result = JSON.parse(readFileSync(0, 'utf8')).map(({ style, codes }) => {
  const faults = validateStyleMin(style).map((fault) => fault.message);
  const color = style.layers[0].paint['fill-color'];
  const paint = createPropertyExpression(color, 'fill-color', latest.paint_fill['fill-color']);
  const colors = codes.map((code) => {
    const feature = { type: 'Polygon', properties: code === null ? {} : { KEY: code } };
    const { r, g, b, a } = paint.value.evaluate({ zoom: 3 }, feature);
    return [r, g, b, a].map((channel) => Math.round(channel * 255));
  });
  return { faults, colors };
});
console.log(JSON.stringify(result));
"""


def by_maplibre(folder: Path, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What MapLibre's own library finds wrong with styles, and how they fill polygons of some codes."""
    script = folder / "read.mjs"
    script.write_text(READER.replace("KEY", PROPERTY), encoding="utf-8")
    done = subprocess.run(["node", script], input=json.dumps(asked), capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_maplibre_accepts_every_style_and_fills_by_code() -> None:
    folder = npm.installed(npm.MAPLIBRE)
    codes = [*range(260), 311, 999, 65_535, "23", "x", None]
    asked = [{"style": json.loads(export(shipped_nomenclature(id), "maplibre")), "codes": codes} for id in available()]
    for id, found in zip(available(), by_maplibre(folder, asked), strict=True):
        colors = {item.code: [*item.color.rgb, 255] for item in shipped_nomenclature(id).classes}
        assert found["faults"] == []
        numbers = [int(code) if code == "23" else code for code in codes]
        assert found["colors"] == [colors.get(code, [0, 0, 0, 0]) if code != "x" else [0] * 4 for code in numbers]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_credit_and_the_labels_are_in_the_style(language: str) -> None:
    table = shipped_nomenclature("oso-23")
    style = json.loads(export(table, "maplibre", language="fr" if language == "fr" else "en"))
    assert style["name"] == table.title
    assert style["sources"]["classes"]["attribution"].startswith("Value-added data processed by CNES")
    assert style["layers"][0]["metadata"]["labels"]["23"] == ("Eau" if language == "fr" else "Water")
