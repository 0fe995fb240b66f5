"""What the service tells of scenes is followed to where a script reads it."""

from __future__ import annotations

import pytest

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script


def reads(body: str, more: str = "", inputs: str = "['B04']") -> list[tuple[str, str]]:
    script = Script(
        parse(
            Source(
                f"//VERSION=3\nfunction setup() {{ return {{ input: {inputs}, output: {{ bands: 1 }}, "
                f"mosaicking: 'ORBIT' }}; }}\n{more}\nfunction evaluatePixel(samples, scenes, info) {{ {body} }}"
            )
        )
    )
    return [(read.of.name, read.name) for read in script.scene_fields.reads]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return scenes.orbits[0].dateFrom;", [("SCENES", "orbits"), ("ORBIT", "dateFrom")]),
        ("const { orbits } = scenes; return orbits.map((o) => o.tiles);", [("ORBITS", "map"), ("ORBIT", "tiles")]),
        ("for (const t of scenes.tiles) f(t.date);", [("SCENES", "tiles"), ("TILE", "date")]),
        ("return info.normalizationFactor;", [("INPUT_METADATA", "normalizationFactor")]),
        ("scenes = scenes.orbits; return scenes.length;", []),
        (
            "return scenes.tiles.sort((a, b) => a.shId - b.shId);",
            [
                ("SCENES", "tiles"),
                ("TILES", "sort"),
                ("TILE", "shId"),
                ("TILE", "shId"),
            ],
        ),
        (
            "return scenes.orbits.find((o) => o).dateTo;",
            [("SCENES", "orbits"), ("ORBITS", "find"), ("ORBIT", "dateTo")],
        ),
        ("return samples[0].date;", []),
    ],
)
def test_where_fields_are_read(body: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(reads(body)) == sorted(expected)


def test_helpers_and_hooks_are_followed() -> None:
    more = (
        "const early = (orbit) => orbit.dateFrom < '2023';\n"
        "function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.filter(early); return c; }"
    )
    assert ("ORBIT", "dateFrom") in reads("return [1];", more)
    assert ("COLLECTIONS", "scenes") in reads("return [1];", more)


def test_a_helper_that_is_given_different_things_is_not_followed() -> None:
    more = "const early = (x) => x.dateFrom;\n"
    assert not any(name == "dateFrom" for _, name in reads("return early(scenes.orbits[0]) || early(samples);", more))


def test_data_fusion_is_not_followed() -> None:
    assert reads("return scenes.orbits[0].dateFrom;", inputs="[{bands: ['B04']}, {bands: ['VV']}]") == []
