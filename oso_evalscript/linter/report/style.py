"""What the place can show that a report for people goes to, and how words are painted for it."""

from __future__ import annotations

from dataclasses import dataclass

from oso_evalscript.model.display import cells, displayed, width_of

MIN_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Style:
    """What the place can show that the text goes to.

    Attributes:
        width: columns.
        color: whether escape sequences are understood.
        encoding: characters it lacks are written as escapes.
        wraps: whether long messages are broken at blanks, as people read them, rather than left whole for `grep`.
        pages: the address of the documentation, where links can be followed.
    """

    width: int = 100
    color: bool = False
    encoding: str = "utf-8"
    wraps: bool = False
    pages: str | None = None

    def paint(self, text: str, code: str) -> str:
        """Return a text in a colour."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text

    def linked(self, text: str, page: str) -> str:
        """Return a text that leads to a page of the documentation, where links can be followed."""
        return text if self.pages is None else f"\x1b]8;;{self.pages}/{page}\x1b\\{text}\x1b]8;;\x1b\\"

    @property
    def room(self) -> int:
        """How many columns there are for a line of code, behind its number."""
        return max(self.width, MIN_WIDTH) - len(gutter(0))

    @property
    def cut(self) -> str:
        """What stands for the parts of a line that are left out."""
        return "…" if displayed("…", self.encoding) == "…" else "..."

    def line(self, text: str, start: int, end: int, at: int = 0) -> str:
        """Return a stretch of a text as one line, cut to the width around the character `at` of it."""
        # Of a very long line no more is looked at than can be shown.
        far = 2 * self.room
        first = max(start, start + at - far)
        shown = cells(text, first, min(end, start + at + far), self.encoding)
        before, after = shown[: start + at - first], shown[start + at - first :]
        left, _, right = fit(before, [], after, self.room, self.cut)
        return "".join((*left, *right))


PLAIN = Style()
"""That of a file, or a pipe."""


def gutter(number: int | None, sign: str = "|") -> str:
    """Return what stands before a line of code: its number, and a sign."""
    return f"{'' if number is None else number:>5} {sign} "


def fit(
    before: list[str], marked: list[str], after: list[str], room: int, cut: str
) -> tuple[list[str], list[str], list[str]]:
    """Return the three parts of a line, shortened around the marked one to `room` columns."""
    if _width(before) + _width(marked) + _width(after) <= room:
        return before, marked, after
    if _width(marked) > room // 2:
        marked = [*_head(marked, room // 2), cut]
    left = max((room - _width(marked)) // 2 - len(cut), 0)
    if _width(before) > left:
        before = [cut, *reversed(_head(before[::-1], left))]
    right = max(room - _width(before) - _width(marked) - len(cut), 0)
    if _width(after) > right:
        after = [*_head(after, right), cut]
    return before, marked, after


def _head(cells: list[str], room: int) -> list[str]:
    """The first cells that fit into `room` columns."""
    used = 0
    for index, cell in enumerate(cells):
        used += width_of(cell)
        if used > room:
            return cells[:index]
    return cells


def _width(cells: list[str]) -> int:
    return sum(map(width_of, cells))
