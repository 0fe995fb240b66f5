"""`Draft`: a text in a host that may be an evalscript, before anyone has looked into it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from oso_evalscript.documents.passage import Passage


class Host(NamedTuple):
    """A text that holds scripts.

    Attributes:
        kind: how it is read, such as `py`.
        passage: the text.
    """

    kind: str
    passage: Passage


@dataclass(frozen=True)
class Draft:
    """A text that may be an evalscript, or hold some.

    Attributes:
        passage: the text, with a placeholder for each part that the program fills in right there.
        name: the variable, key or heading it is bound to.
        cell: the number of the notebook's cell that holds it, from 1.
        inner: the kinds of host that the text may be if it is not an evalscript itself, the likeliest first.
        fillings: what the program certainly makes of it elsewhere.
        guesses: what it may make of it, which counts where the text cannot be read as it stands.
        parts: the literals that it is put together from.
        frame: that cell, in which its lines are counted.
        excerpt: whether it is a block of code in prose, which may show a part of a script only.
        host: the block or string right around it, if that is Python or JSON; None for what the file itself holds.
        title: what its layer is called, if the name is no more than `evalscript`.
    """

    passage: Passage
    name: str | None = None
    cell: int | None = None
    inner: tuple[str, ...] = ()
    fillings: tuple[Callable[[], Passage], ...] = ()
    guesses: tuple[Callable[[], Passage], ...] = ()
    parts: frozenset[Hashable] = field(default_factory=frozenset)
    frame: Passage | None = None
    excerpt: bool = False
    host: Host | None = field(default=None, repr=False, compare=False)
    title: str | None = None


Read = Callable[[str, Passage], Iterator[Draft]]
"""Reads a passage as a host of some kind."""
