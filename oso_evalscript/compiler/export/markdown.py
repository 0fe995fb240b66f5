"""A table in Markdown (the tables of GitHub, pandoc and others), with the title above and the credit below.

Characters with a meaning in Markdown are escaped, so that every label is shown as it is.
"""

from __future__ import annotations

import re

from oso_evalscript.compiler.export.style import Entry, Format, Style

_SIGNS = re.compile(r"([\\`*_\[\]<>|~&$])")
_START = re.compile(r"^(?=[-+#=:])|(?<=^\d)(?=[.)])")


def render_markdown(style: Style) -> str:
    """Return one row per code: the code, its label, its colour and any further columns."""
    names = ("code", "label", "color", *style.columns)
    rows = [_row(names), _row(("---:", *["---"] * (len(names) - 1)))]
    rows += [_row(_cells(entry)) for entry in style.entries]
    parts = [f"**{_shown(style.title)}**" if style.title else "", "\n".join(rows), _shown(style.credit)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cells(entry: Entry) -> tuple[str, ...]:
    return (str(entry.code), _shown(entry.label), f"`{entry.color}`", *map(_shown, entry.more))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(text: str) -> str:
    return _START.sub(r"\\", _SIGNS.sub(r"\\\1", " ".join(text.split())))


FORMAT = Format("markdown", "a table for documents, with any --columns", render_markdown, has_columns=True)
