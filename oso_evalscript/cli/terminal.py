"""What standard output can show."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from oso_evalscript.linter.report.pages import home
from oso_evalscript.linter.report.style import Style
from oso_evalscript.model.display import escaped

if TYPE_CHECKING:
    from rich.progress import Progress

_NOT_A_TERMINAL = 120
_WITH_LINKS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "xterm-kitty", "xterm-ghostty", "alacritty"})
_WORTH_A_BAR = 2**22
_STEPS = 4  # that are timed


def style() -> Style:
    """Return the style for text on standard output: colour only on a terminal, and not against NO_COLOR."""
    terminal = sys.stdout.isatty()
    width = _width() if terminal else _NOT_A_TERMINAL
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    pages = home() if color and has_links(os.environ) else None
    return Style(width=width, color=color, encoding=sys.stdout.encoding or "ascii", wraps=terminal, pages=pages)


def has_links(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal is known to show links (OSC 8), or FORCE_HYPERLINK says that it does."""
    if forced := environment.get("FORCE_HYPERLINK"):
        return forced != "0"
    version = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in _WITH_LINKS
        or environment.get("TERM") in _WITH_LINKS
        or any(name in environment for name in ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID"))
        or (version.isdecimal() and int(version) >= 5000)
    )


def _width() -> int:
    import shutil  # loads what unpacks archives

    return shutil.get_terminal_size((_NOT_A_TERMINAL, 24)).columns


def write_data(data: bytes) -> None:
    """Write what a command was asked for to standard output: as it is, or so that a terminal only shows it."""
    sys.stdout.flush()
    if sys.stdout.isatty():
        lines = data.decode("utf-8", "replace").split("\n")
        sys.stdout.write("\n".join(escaped(line, sys.stdout.encoding) for line in lines))
    else:
        sys.stdout.buffer.write(data)
    sys.stdout.flush()


@contextlib.contextmanager
def progress(doing: str, total: int) -> Iterator[Callable[[int, int], None] | None]:
    """Tell on standard error, where there is enough to do, how much and how long; with a bar if it is a terminal."""
    if total < _WORTH_A_BAR:
        yield None
        return
    if not sys.stderr.isatty():
        yield _Forecast(doing, functools.partial(click.echo, err=True))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(doing), total=total)
        plain = functools.partial(bar.console.print, markup=False, highlight=False, soft_wrap=True)
        forecast = _Forecast(doing, plain)

        def show(done: int, total: int) -> None:
            forecast(done, total)
            bar.update(task, completed=done)

        yield show


class Counter:
    """A progress bar on standard error, if that is a terminal, that counts finished items; a context manager.

    It starts after the first item, so that processes are forked before its thread exists.
    """

    def __init__(self, doing: str, total: int) -> None:
        self._doing, self._total = doing, total
        self._bar: Progress | None = None
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    @contextlib.contextmanager
    def stepped(self) -> Iterator[None]:
        """Count one item; the bar is hidden while the block prints."""
        if self._bar is not None:
            self._bar.stop()
        yield
        self._done += 1
        if 0 < self._done < self._total and sys.stderr.isatty():
            self._bar = self._new_bar()
            self._bar.start()

    def _new_bar(self) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        bar = self._bar or Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
        if not bar.tasks:
            bar.add_task(self._doing, total=self._total)
        bar.update(bar.tasks[0].id, completed=self._done)
        return bar


class _Forecast:
    """Says once how long something takes, when a few steps have shown how fast it goes; the first one is slower."""

    def __init__(self, doing: str, tell: Callable[[str], None]) -> None:
        self._doing = doing
        self._tell = tell
        self._marks: list[tuple[float, int]] = []

    def __call__(self, done: int, total: int) -> None:
        if len(self._marks) == _STEPS:
            return
        self._marks.append((time.monotonic(), done))
        if len(self._marks) == _STEPS:
            (began, first), (ended, last) = self._marks[0], self._marks[-1]
            seconds = (ended - began) / (last - first) * total
            self._tell(f"{self._doing}: {total:,} inputs, about {max(seconds, 1):.0f} s")
