"""What standard output can show."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator

from oso_evalscript.linter.report.text import Style

_NOT_A_TERMINAL = 120
_WORTH_A_BAR = 2**22


def style() -> Style:
    """Return the style for text on standard output: colour only on a terminal, and not against NO_COLOR."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((_NOT_A_TERMINAL, 24)).columns if terminal else _NOT_A_TERMINAL
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(width=width, color=color, encoding=sys.stdout.encoding or "ascii")


@contextlib.contextmanager
def progress_bar(doing: str, total: int) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on standard error, where that is a terminal and there is enough to do."""
    if total < _WORTH_A_BAR or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda done, _: bar.update(task, completed=done)
