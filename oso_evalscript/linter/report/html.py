"""The report for people as HTML, for notebooks: the same text, with its colours as styles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from oso_evalscript.linter.report import Report
from oso_evalscript.linter.report.style import Style
from oso_evalscript.linter.report.text import render_text
from oso_evalscript.model.regex import regex

_WIDTH = 100
_PAINTED = regex(r"\x1b\[([\d;]+)m(.*?)\x1b\[0m", re.DOTALL)
_STYLES = {
    "1": "font-weight:bold",
    "2": "opacity:.6",
    "31": "color:#c00",
    "32": "color:#070",
    "33": "color:#a60",
    "34": "color:#36c",
    "36": "color:#07a",
    "1;36": "color:#07a;font-weight:bold",
}


def render_html(reports: Sequence[Report]) -> str:
    """Return the report for people as one `<pre>` element."""
    text = escape(render_text(reports, Style(width=_WIDTH, color=True)))
    return f"<pre>{_PAINTED.sub(_styled, text)}</pre>"


def _styled(found: re.Match[str]) -> str:
    return f'<span style="{_STYLES[found[1]]}">{found[2]}</span>'
