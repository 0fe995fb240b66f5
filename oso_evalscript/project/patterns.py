"""Patterns as in `.gitignore`: which names they speak of, and which lines are none."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def is_pattern(line: str) -> bool:
    """Return whether a line is a pattern, or says nothing."""
    from pathspec import GitIgnoreSpec  # only where there are patterns

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def spoken_of(patterns: tuple[str, ...], name: str) -> bool | None:
    """Return whether patterns leave out a name, which ends in `/` where it is a folder's; None where none speaks of it.

    Args:
        patterns: lines of a `.gitignore` file, all of them patterns.
        name: a path from the folder of that file, with `/`.
    """
    return _spec(patterns).check_file(name).include


def sound_patterns(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines that are patterns: as git does, the others are passed over."""
    found = tuple(lines)
    try:
        if found:
            _spec(found)  # most files have no other lines
    except ValueError:
        return tuple(line for line in found if is_pattern(line))
    return found


@cache
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)
