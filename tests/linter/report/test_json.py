from __future__ import annotations

import json

from hypothesis import given

from oso_evalscript import lint
from oso_evalscript.linter.report.json import render_json
from oso_evalscript.model.text import Edit, Source, Span, apply
from tests.conftest import ROOT
from tests.strategies import code


def test_the_shape_of_version_1() -> None:
    document = json.loads(render_json([lint(Source("\nconst c = [0ffaaff];", "a.js"))]))
    assert document == {
        "version": 1,
        "diagnostics": [
            {
                "file": "a.js",
                "rule": "malformed-hex",
                "severity": "error",
                "message": "`0ffaaff` is not a number; the colour is written `0xffaaff`",
                "start": {"line": 2, "column": 12, "offset": 12},
                "end": {"line": 2, "column": 19, "offset": 19},
                "fix": {"safety": "safe", "edits": [{"start": 12, "end": 19, "text": "0xffaaff"}]},
                "url": "docs/rules/malformed-hex.md",
            }
        ],
    }


def test_a_finding_without_a_fix() -> None:
    document = json.loads(render_json([lint(Source("let x = ;"))]))
    assert document["diagnostics"][0]["fix"] is None


def test_sorted_by_file_and_place() -> None:
    reports = [lint(Source("[0ffaaff, 0ffaaff]", name)) for name in ("b.js", "a.js")]
    rows = json.loads(render_json(reports))["diagnostics"]
    assert [(row["file"], row["start"]["offset"]) for row in rows] == [
        ("a.js", 1),
        ("a.js", 10),
        ("b.js", 1),
        ("b.js", 10),
    ]


@given(code)
def test_offsets_are_characters_and_the_document_is_ascii(text: str) -> None:
    source = Source(text, "é.js")
    shown = render_json([lint(source)])
    assert shown.isascii()
    for row in json.loads(shown)["diagnostics"]:
        for place in (row["start"], row["end"]):
            position = source.position(place["offset"])
            assert (place["line"], place["column"]) == (position.line, position.column)


def test_the_edits_alone_fix_the_page() -> None:
    source = Source.read(ROOT / "tests/scripts/err/cnes_land_cover_page.js")
    unfixed = ["nodata-gets-a-color", "unused-data-mask"]
    rows = json.loads(render_json([lint(source, ignore=unfixed)]))["diagnostics"]
    edits = [Edit(Span(edit["start"], edit["end"]), edit["text"]) for row in rows for edit in row["fix"]["edits"]]
    assert not lint(apply(source, edits), ignore=unfixed)
    assert all((ROOT / row["url"]).exists() for row in rows)
