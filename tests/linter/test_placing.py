"""Where a script stands decides what is a fault: prose shows parts, and layers of the Feature Info Service numbers."""

from __future__ import annotations

import json

import pytest

from oso_evalscript.documents.embedded import Document
from oso_evalscript.linter.engine import choose
from oso_evalscript.linter.hosts import Checks, lint_document
from oso_evalscript.model.text import Source

PART = '//VERSION=3\nfunction setup() {\n  return { input: ["B04"], output: { bands: 1 } };\n}\n'
DECIBELS = (
    '//VERSION=3\nfunction setup() { return { input: ["VV"], output: { bands: 1 } }; }\n'
    "function evaluatePixel(s) { return [10 * Math.log10(s.VV)]; }\n"
)


def rules(kind: str, text: str) -> list[str]:
    document = Document.of(Source(text, f"host.{kind}"), kind)
    assert document.scripts
    return [item.rule for item in lint_document(document, Checks(choose()))]


@pytest.mark.parametrize(
    ("kind", "text", "is_found"),
    [
        ("md", f"Setup:\n\n```javascript\n{PART}```\n", False),
        ("rst", "Setup::\n\n" + "".join(f"    {line}\n" for line in PART.splitlines()), False),
        ("html", f"<pre>{PART}</pre>", False),
        ("html", f"<textarea>{PART}</textarea>", True),
        ("md", f'```python\nSCRIPT = """\n{PART}"""\n```\n', True),
        ("py", f'SCRIPT = """{PART}"""\n', True),
        ("js", PART, True),
    ],
)
def test_a_part_of_a_script_is_no_fault_in_prose(kind: str, text: str, *, is_found: bool) -> None:
    assert ("missing-function" in rules(kind, text)) is is_found


@pytest.mark.parametrize(
    ("layer", "is_found"),
    [
        ({"id": "__FIS_DECIBELS", "title": "VV"}, False),
        ({"id": "VV", "title": "FIS: VV"}, False),
        ({"id": "FISH", "title": "VV"}, True),
        ({"id": "VV", "description": "FIS is not asked"}, True),
    ],
)
def test_a_layer_for_numbers_needs_no_sample_type(layer: dict[str, str], *, is_found: bool) -> None:
    text = json.dumps([{"id": "FIS"}, {**layer, "styles": [{"name": "default", "evalScript": DECIBELS}]}])
    assert ("sample-type-range" in rules("json", text)) is is_found
