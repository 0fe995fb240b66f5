"""Draws the terminal picture of the README and the site: what `lint` says of the page's script.

`python docs/terminal.py` draws it, `--check` exits with 1 if it no longer shows what `lint` says. Only the words are
compared: the drawing may differ between versions of rich.
"""

from __future__ import annotations

import html
import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from oso_evalscript import Source, lint
from oso_evalscript.linter.report.style import Style
from oso_evalscript.linter.report.text import render_text

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/images/lint.svg"
_PAGE = ROOT / "tests/scripts/err/cnes_land_cover_page.js"
_SHOWN = ("version-header", "malformed-hex", "unused-data-mask")  # the first finding of each
_COLUMNS = 106
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # from a server of others; browsers have one of their own
_TEXT = re.compile(r"<text[^>]*>(.*?)</text>", re.DOTALL)


def words() -> str:
    """Return the command and what it answers, in colors; a line `…` stands for findings left out."""
    source = Source(_PAGE.read_text(encoding="utf-8"), name="demo/page.js")
    *findings, summary = render_text([lint(source)], Style(width=_COLUMNS, color=True)).rstrip("\n").split("\n\n")
    chosen = [next(item for item in findings if f"[{rule}]" in item) for rule in _SHOWN]
    body = "\n\n…\n\n".join(chosen)
    return f"$ oso-evalscript lint demo/page.js\n{body}\n\n{summary}"


def draw() -> str:
    """Return the picture, an SVG without addresses of other servers."""
    console = Console(width=_COLUMNS, record=True, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(Text.from_ansi(words()))
    drawn = console.export_svg(title="oso-evalscript", unique_id="lint")
    return _FONTS.sub("", drawn).replace("Fira Code, monospace", "ui-monospace, Menlo, DejaVu Sans Mono, monospace")


def shown(svg: str) -> str:
    """Return the letters that a picture shows, without blanks."""
    return "".join(html.unescape("".join(_TEXT.findall(svg))).split())


def main(check: bool) -> int:
    """Draw the picture, or compare what it shows with what `lint` says."""
    fresh = draw()
    if check:
        stale = not PICTURE.exists() or shown(PICTURE.read_text(encoding="utf-8")) != shown(fresh)
        if stale:
            print(f"stale: {PICTURE.relative_to(ROOT)}")
        return int(stale)
    PICTURE.write_text(fresh, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
