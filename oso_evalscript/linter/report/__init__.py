"""What was found in a source, and its formats: each is one file with one pure function from reports to text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from oso_evalscript.model.diagnostic import Diagnostic, Severity
from oso_evalscript.model.text import Source


@dataclass(frozen=True, slots=True)
class InCell:
    """A finding in a notebook as people see it there.

    Attributes:
        number: of the cell, from 1.
        source: the text of the cell.
        item: the finding, with places in that text.
    """

    number: int
    source: Source
    item: Diagnostic


@dataclass(frozen=True, slots=True)
class Report:
    """The diagnostics of one source; falsy if there are none.

    Attributes:
        source: the text to which the positions refer.
        diagnostics: the diagnostics, in the order of the text.
        in_cells: for a notebook, each diagnostic within its cell; empty for other files.
    """

    source: Source
    diagnostics: tuple[Diagnostic, ...] = ()
    in_cells: tuple[InCell | None, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self.diagnostics)

    def __repr__(self) -> str:
        counts = Counter(item.severity for item in self.diagnostics)
        found = [
            f"{counts[severity]} {severity}{'s' * (counts[severity] != 1)}" for severity in Severity if counts[severity]
        ]
        return f"<Report of {self.source.name}: {', '.join(found) or 'no findings'}>"

    def __str__(self) -> str:
        from oso_evalscript.linter.report.concise import render_concise

        return render_concise([self]).rstrip("\n") or repr(self)

    def _repr_html_(self) -> str:
        from oso_evalscript.linter.report.html import render_html

        return render_html([self])

    def shown(self) -> Iterator[tuple[str, Source, Diagnostic]]:
        """Yield each diagnostic as people see it: what its place is called, the text around it, and where it is there.

        The place is `file:line:column`, in a notebook `file:cell N:line:column`.
        """
        for number, item in enumerate(self.diagnostics):
            cell = self.in_cells[number] if self.in_cells else None
            source, shown = (self.source, item) if cell is None else (cell.source, cell.item)
            position = source.position(shown.span.start)
            file = item.file if cell is None else f"{item.file}:cell {cell.number}"
            yield f"{file}:{position.line}:{position.column}", source, shown
