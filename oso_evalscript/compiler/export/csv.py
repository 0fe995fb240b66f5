"""CSV with the header `code,label,color`, as importing reads it, and any further columns.

No text is a formula to a spreadsheet.
"""

from __future__ import annotations

import csv
import io

from oso_evalscript.compiler.export.style import Format, Style
from oso_evalscript.compiler.formulas import guarded


def render_csv(style: Style) -> str:
    """Return one line per code."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "label", "color", *style.columns))
    writer.writerows(
        (entry.code, guarded(entry.label), str(entry.color), *map(guarded, entry.more)) for entry in style.entries
    )
    return text.getvalue()


FORMAT = Format("csv", "code,label,color and any --columns", render_csv, has_columns=True)
