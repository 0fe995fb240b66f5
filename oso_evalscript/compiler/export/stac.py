"""Classes of the STAC classification extension, to be put into an item, an asset, a band or a collection.

https://github.com/stac-extensions/classification, version 2.0.0: `name` is for machines, of letters, digits, `-` and
`_`; `title` and `description` are for people; `color_hint` is six hexadecimal digits.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter

from oso_evalscript.compiler.export.style import Entry, Format, Style

_SCHEMA = "https://stac-extensions.github.io/classification/v2.0.0/schema.json"


def render_stac(style: Style) -> str:
    """Return the extension's identifier and one class object per code."""
    names = [_name(entry) for entry in style.entries]
    counts = Counter(names)
    classes = [
        _class(entry, name if counts[name] == 1 else f"{name}-{entry.code}")
        for entry, name in zip(style.entries, names, strict=True)
    ]
    document = {"stac_extensions": [_SCHEMA], "classification:classes": classes}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _class(entry: Entry, name: str) -> dict[str, object]:
    title = entry.label or name
    return {
        "value": entry.code,
        "name": name,
        "title": title,
        "description": title,
        "color_hint": str(entry.color)[1:].upper(),
    }


def _name(entry: Entry) -> str:
    """The label in letters that need no accents, words joined by `-`."""
    plain = unicodedata.normalize("NFKD", entry.label).encode("ascii", "ignore").decode()
    return "-".join(re.findall("[a-z0-9]+", plain.lower())) or "class"


FORMAT = Format("stac", "classes of the STAC classification extension, JSON", render_stac)
