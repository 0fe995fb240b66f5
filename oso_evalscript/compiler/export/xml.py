"""Trees of XML as text."""

from __future__ import annotations

from xml.etree import ElementTree as ET

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def document(root: ET.Element, doctype: str = "") -> str:
    """Return the whole document that a tree is, indented; names of the document type come before it."""
    ET.indent(root)
    return f"{_HEAD}{doctype}{ET.tostring(root, encoding='unicode')}\n"
