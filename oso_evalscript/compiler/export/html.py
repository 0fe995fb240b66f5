"""A legend as a web page: a table with a caption, a swatch beside each label, the credit below.

A screen reader finds named columns, and the code as the head of each row; it skips the swatches, as their colours are
there as text. Swatches have an edge, so that white is visible on white, and keep their colours in print.
"""

from __future__ import annotations

from html import escape

from oso_evalscript.compiler.export.style import Format, Style
from oso_evalscript.model.nomenclature import Language

_WORDS = {
    Language.ENGLISH: ("Code", "Class", "Colour"),
    Language.FRENCH: ("Code", "Classe", "Couleur"),
}
_HEAD = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.4 sans-serif; color: #202020; background: #ffffff; margin: 1rem; }}
caption {{ font-weight: bold; text-align: left; padding-bottom: 0.5rem; }}
th, td {{ text-align: left; padding: 0.15rem 0.75rem 0.15rem 0; font-weight: normal; }}
thead th {{ border-bottom: 1px solid #595959; }}
tbody th {{ text-align: right; }}
.swatch {{ display: inline-block; width: 2em; height: 1em; border: 1px solid #202020; margin-right: 0.5em;
  vertical-align: text-bottom; print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
</style>
</head>
<body>
<table>
<caption>{title}</caption>
"""


def render_html(style: Style) -> str:
    """Return a whole page with one row per code."""
    words = "".join(f'<th scope="col">{word}</th>' for word in _WORDS[style.language])
    rows = "".join(
        f'<tr><th scope="row">{entry.code}</th><td>{escape(entry.label)}</td><td>'
        f'<span class="swatch" style="background-color: {entry.color}" aria-hidden="true"></span>'
        f"<code>{entry.color}</code></td></tr>\n"
        for entry in style.entries
    )
    head = _HEAD.format(language=style.language, title=escape(style.title))
    credit = f"<p>{escape(style.credit)}</p>\n" if style.credit else ""
    return f"{head}<thead><tr>{words}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n{credit}</body>\n</html>\n"


FORMAT = Format("html", "a legend as an accessible web page", render_html)
