"""What the linter offers for a text: findings, and which of their fixes may be made."""

from __future__ import annotations

from typing import NamedTuple

from oso_evalscript.model.diagnostic import Diagnostic
from oso_evalscript.model.text import Span


class Offered(NamedTuple):
    """Findings with the fixes that may be offered, each as safe as can be shown.

    Attributes:
        diagnostics: the findings.
        places: where the text is no JavaScript; while there are any, only fixes of just that may be made.
    """

    diagnostics: tuple[Diagnostic, ...]
    places: tuple[Span, ...]
