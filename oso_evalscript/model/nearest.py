"""The word that may be meant by one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the word among those known that is most like another one, None where none is like it.

    Args:
        word: the one that is not known.
        known: the words to choose from.
        likeness: the least ratio, from 0 to 1, as `difflib` measures it.
    """
    import difflib  # takes time to load, and is needed only where something is wrong

    return next(iter(difflib.get_close_matches(word, list(known), 1, likeness)), None)
