from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.export.xml import document
from tests.strategies import labels


@given(st.lists(labels, max_size=3), st.sampled_from(["", "<!DOCTYPE a SYSTEM 'a.dtd'>\n"]))
def test_a_document_reads_back_with_its_type_before_it(texts: list[str], doctype: str) -> None:
    root = ET.Element("a")
    for text in texts:
        ET.SubElement(root, "b", label=text).text = text
    head, _, rest = document(root, doctype).partition("\n")
    assert head == '<?xml version="1.0" encoding="UTF-8"?>'
    assert rest.startswith(f"{doctype}<a")
    assert rest.endswith("\n")
    read = ET.fromstring(f"{head}\n{rest}".encode())
    assert [(item.get("label"), item.text or "") for item in read] == [(text, text) for text in texts]


@pytest.mark.parametrize("depth", [1, 3])
def test_each_level_is_indented(depth: int) -> None:
    root = inner = ET.Element("a")
    for _ in range(depth):
        inner = ET.SubElement(inner, "b")
    assert document(root).splitlines()[2 : 2 + depth] == ["  " * level + "<b>" for level in range(1, depth)] + [
        "  " * depth + "<b />"
    ]
