from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.export.style import style_of
from oso_evalscript.model.nomenclature import Nomenclature, available, shipped_nomenclature
from tests.compiler.export.test_formats import any_labels
from tests.strategies import nomenclatures

# An image of Earth Engine, as far as the layer asks for one: `remap` numbers pixels anew and masks the others.
IMAGE = """
var image = { remap: function (from, to) { return { from: from, to: to }; } };
console.log(JSON.stringify({ classes: classes, vis: classVisualization, remap: classLayer(image) }));
"""
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node here: apt-get install nodejs")


def by_node(text: str) -> dict[str, Any]:
    done = subprocess.run(["node", "-"], input=text + IMAGE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(table: Nomenclature) -> None:
    entries = style_of(table, "en").entries
    found = by_node(export(table, "earth-engine"))
    codes = [item.code for item in entries]
    assert found["classes"] == {
        "values": codes,
        "names": [item.label for item in entries],
        "palette": [str(item.color)[1:] for item in entries],
    }
    assert found["remap"] == {"from": codes, "to": list(range(len(codes)))}
    assert found["vis"] == {"min": 0, "max": len(codes) - 1, "palette": found["classes"]["palette"]}


@needs_node
@pytest.mark.parametrize("id", available())
def test_each_value_gets_the_place_of_its_colour(id: str) -> None:
    check(shipped_nomenclature(id))


@needs_node
@settings(max_examples=10)
@given(nomenclatures(any_labels))
def test_any_labels(table: Nomenclature) -> None:
    check(table)
