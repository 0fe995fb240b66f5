"""What standard output can show."""

from __future__ import annotations

import os
import shutil
import sys

from oso_evalscript.linter.report.text import Style

_NOT_A_TERMINAL = 120


def style() -> Style:
    """Return the style for text on standard output: colour only on a terminal, and not against NO_COLOR."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((_NOT_A_TERMINAL, 24)).columns if terminal else _NOT_A_TERMINAL
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(width=width, color=color, encoding=sys.stdout.encoding or "ascii")
