"""`Passage`: a text cut out of a host, each character of which knows its place there and how it is written there.

A host is read from the outside in: a notebook holds cells, a cell holds literals, a literal holds a template. Each step
takes a passage and gives a shorter one, in which an escape stands for one character. Its pieces always speak of the
host's own text, so that a position needs one look-up however deep the script lies.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

from oso_evalscript.documents.spelling import Spelling
from oso_evalscript.model.text import Edit, Span

HOLE = "\ufffc"
"""What a placeholder is in the text of a passage until something stands in for it: OBJECT REPLACEMENT CHARACTER."""


class Piece(NamedTuple):
    """A run of characters and where it is written.

    Attributes:
        text: the characters.
        start: where the host begins to write them.
        end: where that ends.
        spelling: how text is written there, from the inside out; None where the text is computed and cannot be edited.
        hole: what the host calls the unknown text that the piece stands for; None where its text is known.
        margin: what must precede text that is put right behind the piece, such as the indentation of a new line.
        lead: what must precede text that is put right before the piece, where that is the first one.
        inlined: whether it is a constant that stands elsewhere in the host.
    """

    text: str
    start: int
    end: int
    spelling: tuple[Spelling, ...] | None = ()
    hole: str | None = None
    margin: str = ""
    lead: str = ""
    inlined: bool = False

    @property
    def verbatim(self) -> bool:
        """Whether each character is written as itself."""
        return len(self.text) == self.end - self.start

    def part(self, start: int, end: int) -> Piece:
        """Return some of the characters; those of an escape cannot be edited apart."""
        if start == 0 and end == len(self.text):
            return self
        text = self.text[start:end]
        if not self.verbatim:
            return Piece(text, self.start, self.end, None, self.hole, self.margin, self.lead, self.inlined)
        low = self.start + start
        margin = self.margin if end == len(self.text) else ""
        return Piece(
            text, low, low + end - start, self.spelling, self.hole, margin, self.lead * (not start), self.inlined
        )

    def with_margin(self, text: str) -> Piece:
        """Return the piece with more that must precede text right behind it."""
        return self._replace(margin=self.margin + (_written(self, text, strict=False) or "")) if text else self

    def with_lead(self, text: str) -> Piece:
        """Return the piece with what must precede text right before it."""
        return self._replace(lead=_written(self, text, strict=False) or "")


class Change(NamedTuple):
    """What is read otherwise: the characters `start` to `end` of a passage stand for `new`."""

    start: int
    end: int
    new: str | Passage


class Hole(NamedTuple):
    """A placeholder: the characters `start` to `end` of a passage stand for a text that is not known."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Passage:
    """A text and where each of its characters is written."""

    pieces: tuple[Piece, ...]

    @classmethod
    def whole(cls, text: str) -> Passage:
        """Return the passage that is a host as a whole."""
        return cls((Piece(text, 0, len(text)),) if text else ())

    @classmethod
    def fixed(cls, text: str, start: int, end: int) -> Passage:
        """Return a text that is known, but written as something else, which cannot be edited."""
        return cls((Piece(text, start, end, None),) if text else ())

    @cached_property
    def text(self) -> str:
        """The characters, each placeholder as one `HOLE`."""
        return "".join([piece.text for piece in self.pieces])

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(piece.text) for piece in self.pieces)]

    def __len__(self) -> int:
        return len(self.text)

    def __add__(self, other: Passage) -> Passage:
        return Passage(self.pieces + other.pieces)

    def __getitem__(self, where: slice) -> Passage:
        start, end, _ = where.indices(len(self))
        return Passage(tuple(self._cut(start, end)))

    def _cut(self, start: int, end: int) -> list[Piece]:
        if start >= end:
            return []
        first, last = self._index(start), self._index(end - 1)
        if first == last:
            base = self._starts[first]
            return [self.pieces[first].part(start - base, end - base)]
        head, tail = self.pieces[first], self.pieces[last]
        return [
            head.part(start - self._starts[first], len(head.text)),
            *self.pieces[first + 1 : last],
            tail.part(0, end - self._starts[last]),
        ]

    def _index(self, offset: int) -> int:
        """The number of the piece that holds a character."""
        return bisect_right(self._starts, offset) - 1

    @property
    def holes(self) -> list[int]:
        """The offsets of the placeholders."""
        if HOLE not in self.text:
            return []
        return [start for start, piece in zip(self._starts, self.pieces, strict=False) if piece.hole is not None]

    # Reading

    @classmethod
    def later(cls, text: str, make: Callable[[], Passage]) -> Passage:
        """Return a passage of a known text; where it is written is found out when somebody asks.

        Args:
            text: the characters.
            make: gives the passage, of that text.
        """
        return _Later(text, make)

    def reread(self, changes: Iterable[Change | Hole], spelling: Spelling | None = None) -> Passage:
        """Return the passage with some of its parts read otherwise, as escapes are.

        Args:
            changes: in the order of the text, none overlapping another.
            spelling: how text is written at this level, where not as itself.
        """
        if len(self.pieces) == 1 and self.pieces[0].verbatim and self.pieces[0].spelling is not None:
            return self._reread_plain(self.pieces[0], changes, spelling)
        pieces: list[Piece] = []
        done = 0
        for change in changes:
            pieces += self._cut(done, change.start)
            pieces += self._changed(change)
            done = change.end
        pieces += self._cut(done, len(self))
        passage = Passage(tuple(pieces))
        return passage if spelling is None else passage.within(spelling)

    @staticmethod
    def _reread_plain(whole: Piece, changes: Iterable[Change | Hole], spelling: Spelling | None) -> Passage:
        """The same for a passage of one piece, which most are to begin with."""
        text, start, outer = whole.text, whole.start, whole.spelling or ()
        inner = outer if spelling is None else (spelling, *outer)
        pieces: list[Piece] = []
        done = 0
        for change in changes:
            if change.start > done:
                pieces.append(Piece(text[done : change.start], start + done, start + change.start, inner))
            done = change.end
            low, high = start + change.start, start + change.end
            if isinstance(change, Hole):
                pieces.append(Piece(HOLE, low, high, None, change.label))
            elif isinstance(change.new, str):
                if change.new:
                    pieces.append(Piece(change.new, low, high, inner))
            else:
                pieces += change.new.within(spelling).pieces if spelling is not None else change.new.pieces
        if done < len(text):
            pieces.append(Piece(text[done:], start + done, whole.end, inner))
        return Passage(tuple(pieces))

    def _changed(self, change: Change | Hole) -> Iterable[Piece]:
        if isinstance(change, Hole):
            return [self.hull(change.start, change.end, HOLE, change.label)]
        if isinstance(change.new, Passage):
            return change.new.pieces
        if not change.new:
            return []
        return [self.hull(change.start, change.end, change.new)]

    def hull(self, start: int, end: int, text: str, hole: str | None = None) -> Piece:
        """Return the piece that stands for some of the characters as one."""
        pieces = self._cut(start, end)
        if not pieces:
            at = self.anchor(start)
            return Piece(text, at, at, None, hole)
        spelling = pieces[0].spelling
        if hole is not None or any(piece.spelling != spelling or piece.hole is not None for piece in pieces):
            spelling = None
        low, high = min(piece.start for piece in pieces), max(piece.end for piece in pieces)
        return Piece(text, low, high, spelling, hole, pieces[-1].margin)

    def within(self, spelling: Spelling) -> Passage:
        """Return the passage as text that is itself written in a certain way."""
        return Passage(
            tuple(
                piece
                if (inner := piece.spelling) is None
                else Piece(
                    piece.text,
                    piece.start,
                    piece.end,
                    (spelling, *inner),
                    None,
                    piece.margin,
                    piece.lead,
                    piece.inlined,
                )
                for piece in self.pieces
            )
        )

    def inlined(self) -> Passage:
        """Return the passage as a constant that is used in another one, and cannot be edited there."""
        return Passage(tuple(piece._replace(spelling=None, inlined=True) for piece in self.pieces))

    # Positions

    def anchor(self, offset: int) -> int:
        """Return where in the host the character at an offset begins; at the end, where the last one ends."""
        if not self.pieces:
            return 0
        if offset >= len(self):
            return self.pieces[-1].end
        index = self._index(offset)
        piece = self.pieces[index]
        return piece.start + (offset - self._starts[index] if piece.verbatim else 0)

    def host_span(self, span: Span) -> Span:
        """Return where in the host the characters of a span are written.

        A part that is written elsewhere, such as a constant above the script, counts only where the span begins in it.
        """
        start = self.anchor(span.start)
        if span.start >= span.end:
            return Span(start, start)
        pieces = self._cut(span.start, min(span.end, len(self)))
        own = [piece.end for piece in pieces if piece.inlined == pieces[0].inlined and piece.start >= start]
        return Span(start, max(start, *own))

    def offset(self, place: int) -> int | None:
        """Return the offset of the character that the host writes at a place; None where none is written there."""
        for base, piece in zip(self._starts, self.pieces, strict=False):
            if piece.start <= place < piece.end:
                return base + (place - piece.start if piece.verbatim else 0)
        return None

    # Edits

    def host_edits(self, edits: Iterable[Edit], *, strict: bool = False) -> tuple[Edit, ...] | None:
        """Return the edits of the host that make edits of the passage; None where they touch what is computed.

        Args:
            edits: none overlapping another.
            strict: escape also what can usually stand as it is, such as a quote inside triple quotes.
        """
        found: list[Edit] = []
        for edit in sorted(edits, key=lambda edit: edit.span):
            made = self._insertion(edit, strict) if not edit.span else self._replacement(edit, strict)
            if made is None:
                return None
            found += made
        found.sort(key=lambda edit: edit.span)
        if any(first.span.end > second.span.start for first, second in pairwise(found)):
            return None
        return tuple(found)

    def _replacement(self, edit: Edit, strict: bool) -> list[Edit] | None:
        start, end = edit.span.start, edit.span.end
        if end > len(self):
            return None
        first, last = self._index(start), self._index(end - 1)
        before = self.pieces[first].text[: start - self._starts[first]]
        behind = self.pieces[last].text[end - self._starts[last] :]
        if not self.pieces[first].verbatim:  # an escape is replaced as a whole
            start -= len(before)
        if not self.pieces[last].verbatim:
            end += len(behind)
        text = before * (start < edit.span.start) + edit.text + behind * (end > edit.span.end)
        pieces = self._cut(start, end)
        if any(piece.spelling is None for piece in pieces):
            return None
        written = _written(pieces[0], text, strict=strict)
        if written is None:
            return None
        margin = self._margin(start, text or self.text[end : end + 1])
        if end == len(self) and text.endswith("\n"):
            written = written.removesuffix(pieces[-1].margin)
        spans = _merged((piece.start, piece.end) for piece in pieces)
        return [Edit(spans[0], margin + written), *(Edit(span, "") for span in spans[1:])]

    def _margin(self, at: int, following: str) -> str:
        """What must precede a text that comes to stand at the beginning of a line that was empty."""
        if not following or following.startswith("\n"):
            return ""
        return self.pieces[self._index(at - 1)].margin if at else self.pieces[0].lead

    def _insertion(self, edit: Edit, strict: bool) -> list[Edit] | None:
        at = edit.span.start
        if not self.pieces or at > len(self) or not edit.text:
            return None if edit.text else []
        index = self._index(at) if at < len(self) else len(self.pieces) - 1
        base = self._starts[index]
        if base < at < base + len(self.pieces[index].text):
            if not self.pieces[index].verbatim:
                return self._replacement(Edit(Span(at, at + 1), edit.text + self.text[at]), strict)
            return _inserted(self.pieces[index], self.anchor(at), edit.text, strict)
        before = self.pieces[self._index(at - 1)] if at else None
        if before is not None and before.spelling is not None:
            is_last = at == len(self) and edit.text.endswith("\n")
            made = _inserted(before, before.end, edit.text, strict, self._margin(at, edit.text))
            return made and [Edit(item.span, item.text.removesuffix(before.margin * is_last)) for item in made]
        behind = self.pieces[index]
        if at < len(self) and behind.spelling is not None:
            return _inserted(behind, behind.start, edit.text, strict, self._margin(at, edit.text) if not at else "")
        return None


class _Later(Passage):
    """A passage whose pieces are made when they are needed: most scripts have no finding, and need no places."""

    def __init__(self, text: str, make: Callable[[], Passage]) -> None:
        self.__dict__.update(text=text, _make=make)

    def __getattr__(self, name: str) -> tuple[Piece, ...]:
        if name != "pieces":
            raise AttributeError(name)
        make: Callable[[], Passage] = self.__dict__["_make"]
        made = make().pieces
        self.__dict__["pieces"] = made
        return made


def _inserted(piece: Piece, place: int, text: str, strict: bool, margin: str = "") -> list[Edit] | None:
    written = _written(piece, text, strict=strict)
    return None if written is None else [Edit(Span(place, place), margin + written)]


def _written(piece: Piece, text: str, *, strict: bool) -> str | None:
    """How the host writes a text in the place of a piece; None where it cannot."""
    written: str | None = text
    for spelling in piece.spelling or ():
        if written is None:
            return None
        written = spelling.write(written, strict=strict)
    return written


def _merged(spans: Iterable[tuple[int, int]]) -> list[Span]:
    """Spans in order, those that touch made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and found[-1].end >= start:
            found[-1] = Span(found[-1].start, max(end, found[-1].end))
        else:
            found.append(Span(start, end))
    return found
