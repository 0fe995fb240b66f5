"""What was found in a source, and its formats: each is one file with one pure function from reports to text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oso_evalscript.model.diagnostic import Diagnostic
from oso_evalscript.model.text import Source


@dataclass(frozen=True, slots=True)
class Report:
    """What the linter says of one source; falsy where it says nothing, iterates over the diagnostics.

    Attributes:
        source: the text that the positions belong to.
        diagnostics: in the order of the text.
    """

    source: Source
    diagnostics: tuple[Diagnostic, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self.diagnostics)
