"""`find_scripts`: the evalscripts inside a file, each with its place in it, and edits of one as edits of the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from oso_evalscript.documents.decoding import decode, is_writable
from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.reading import Found, find, skeleton
from oso_evalscript.documents.requests import Request, read_requests
from oso_evalscript.documents.signs import CODE, KINDS, has_signs_in_bytes
from oso_evalscript.javascript.syntax import Tree
from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.text import Edit, HostText, Position, Source, Span, apply, is_text, shortened

if TYPE_CHECKING:
    from oso_evalscript.documents.pymodules import Module


@dataclass(frozen=True)
class Document:
    """A file that may hold evalscripts.

    Attributes:
        source: its text.
        kind: the ending that says how it is read, such as `py`.
    """

    source: Source
    kind: str

    @classmethod
    def of(cls, source: Source, kind: str) -> Document:
        """Return the file of a text."""
        return cls(source if kind in CODE else HostText.like(source), kind)

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.source.name

    @property
    def text(self) -> str:
        """Its text as far as it is looked at: without the pictures of a notebook."""
        return self._passage.text

    @cached_property
    def _passage(self) -> Passage:
        if self.kind == "ipynb":
            from oso_evalscript.documents.notebook import without_pictures

            return without_pictures(self.source.text)
        whole = Passage.whole(self.source.text)
        if self.kind == "py":
            from oso_evalscript.documents.pymodules import ModuleText

            return ModuleText.of(whole)
        return whole

    @cached_property
    def scripts(self) -> tuple[Embedded, ...]:
        """Its evalscripts, in the order of the text.

        Raises:
            SourceError: the text is not what its kind says.
            MissingExtra: the parser for files of that kind is not installed.
        """
        try:
            found = find(self.kind, self._passage)
        except SourceError as error:
            raise SourceError(f"{self.name}: {error}") from None
        return tuple(Embedded(self, item, number) for number, item in enumerate(found))

    @cached_property
    def requests(self) -> dict[int, Request]:
        """What the requests beside its scripts say of them, by the numbers of the scripts."""
        return read_requests(self.kind, self._passage, self.scripts) if self.scripts else {}

    def cell(self, number: int) -> Passage:
        """Return the text of one of a notebook's cells, counted from 1."""
        from oso_evalscript.documents.notebook import cells

        return next(cell.passage for cell in cells(self._passage) if cell.number == number)

    def module(self, cell: int | None) -> Module | None:
        """Return the file, or one of a notebook's cells, as Python; None if it is not Python."""
        if self.kind == "ipynb":
            from oso_evalscript.documents.notebook import cells

            return next((item.module for item in cells(self._passage) if item.number == cell and item.is_python), None)
        from oso_evalscript.documents.pymodules import ModuleText

        return ModuleText.of(self._passage).module if self.kind == "py" else None

    @cached_property
    def skeleton(self) -> object:
        """What it consists of but for the texts that may be scripts."""
        return skeleton(self.kind, self._passage)

    def edited(self, edits: Mapping[int, Sequence[Edit]]) -> Written | None:
        """Return the file after some edits of its scripts, by their numbers; None where it cannot write them all.

        That it reads as before, and holds the edited scripts, has been checked.
        """
        try:
            wanted = {number: apply(self.scripts[number].source, made) for number, made in edits.items()}
        except ValueError:  # they overlap, or touch what the program computes
            return None
        for attempt in _ATTEMPTS:
            made = {number: self.scripts[number].attempt(edits[number], attempt) for number in edits}
            host_edits = [edit for item in made.values() for edit in item or ()]
            if any(item is None for item in made.values()) or _overlap(host_edits):
                continue
            changed = Document.of(apply(self.source, host_edits), self.kind)
            if self._becomes(changed, wanted):
                return Written(changed, tuple(sorted(host_edits, key=lambda edit: edit.span)), attempt)
        return None

    def _becomes(self, changed: Document, wanted: Mapping[int, Source]) -> bool:
        """Whether a changed file holds the wanted scripts, all others as they were, and else what it held before."""
        try:
            if len(changed.scripts) != len(self.scripts) or not is_writable(changed.source):
                return False
            if any(new.source != wanted.get(new.number, self.scripts[new.number].source) for new in changed.scripts):
                return False
            return self.scripts[0].is_whole or changed.skeleton == self.skeleton
        except SourceError:
            return False

    @cached_property
    def _lines(self) -> HostText:
        return self.source if isinstance(self.source, HostText) else HostText(self.source.text)

    def position(self, offset: int) -> Position:
        """Return the line and column of a character."""
        return self._lines.position(offset)


@dataclass(frozen=True, repr=False)
class Embedded:
    """An evalscript inside a file.

    Attributes:
        document: the file.
        found: the text in it that is the script.
        number: which of the file's scripts it is, from 0.
    """

    document: Document
    found: Found = field(compare=False)
    number: int

    @cached_property
    def source(self) -> Source:
        """The script's text, named after the file; where the program fills something in, that part is unknown."""
        settled = self.found.settled
        return Source(settled.passage.text, self.document.name, unknown=settled.unknown)

    @cached_property
    def tree(self) -> Tree:
        """The script as it could be read."""
        return replace(self.found.settled.tree, source=self.source)

    @property
    def name(self) -> str | None:
        """The variable, key or heading that it is bound to, or the title of its layer; None where there is none."""
        return self.found.draft.title or self.key

    @property
    def key(self) -> str | None:
        """The variable, key or heading that it is bound to; None where there is none."""
        return self.found.draft.name

    @property
    def cell(self) -> int | None:
        """The number of the notebook's cell that holds it, from 1; None elsewhere."""
        return self.found.draft.cell

    @property
    def is_whole(self) -> bool:
        """Whether the file is nothing but this script."""
        return self.document.kind in CODE and self.found.draft.passage.text == self.document.source.text

    @property
    def is_excerpt(self) -> bool:
        """Whether it is a block of code in prose, which may show a part of a script only."""
        return self.found.draft.excerpt

    @property
    def line(self) -> int:
        """The line at which it begins, from 1; in a notebook that of the cell."""
        return self.position(0).line

    @property
    def lines(self) -> range:
        """The lines that it stands on; in a notebook those of the cell."""
        return range(self.line, self.position(len(self.source.text)).line + 1)

    @property
    def passage(self) -> Passage:
        """The script's text, each character of which knows its place in the file."""
        return self.found.settled.passage

    @property
    def place(self) -> str:
        """Where it begins, as messages name it: `requests.py:4`, or `ndvi.ipynb:cell 3:1`."""
        cell = "" if self.cell is None else f":cell {self.cell}"
        return f"{self.document.name}{cell}:{self.line}"

    def __repr__(self) -> str:
        name = "" if self.name is None else f" {self.name!r}"
        return f"<Embedded{name} at {self.place}, {len(self.source.text)} characters>"

    # Places

    def host_span(self, span: Span) -> Span:
        """Return where in the file the characters of a span are written."""
        return self.passage.host_span(span)

    def offset(self, place: int) -> int | None:
        """Return which of the script's characters a place in the file writes; None where it writes none."""
        return self.passage.offset(place)

    def position(self, offset: int) -> Position:
        """Return the line and column of a character; in a notebook those in its cell."""
        place = self.passage.anchor(offset)
        frame = self.found.draft.frame
        if frame is None:
            return self.document.position(place)
        inner = frame.offset(place)
        return self.shown.position(len(frame) if inner is None else inner)

    def file_position(self, offset: int) -> Position:
        """Return the line and column of a character in the file, also in a notebook."""
        return self.document.position(self.passage.anchor(offset))

    @cached_property
    def shown(self) -> Source:
        """The text whose lines a person sees: the file, or in a notebook the cell."""
        frame = self.found.draft.frame
        return self.document.source if frame is None else HostText(frame.text, self.document.name)

    def shown_place(self, offset: int) -> int:
        """Return where in the file a character of `shown` is written."""
        frame = self.found.draft.frame
        return offset if frame is None else frame.anchor(offset)

    def shown_span(self, span: Span) -> Span:
        """Return where in `shown` the characters of a span are written."""
        place = self.host_span(span)
        frame = self.found.draft.frame
        if frame is None:
            return place
        start = frame.offset(place.start)
        last = frame.offset(place.end - 1) if place.end > place.start else None
        if start is None:
            return Span(len(frame), len(frame))
        return Span(start, start if last is None else max(start, last + 1))

    # Edits

    def edited(self, edits: Iterable[Edit]) -> Embedded | None:
        """Return the script after some edits, in the file as it is after them; None where the file cannot write them.

        Edits cannot be written where they touch what the program computes, or where the literal has no way to spell
        the new text. That the file reads as before, and holds the edited script, has been checked.
        """
        written = self.document.edited({self.number: tuple(edits)})
        return None if written is None else written.document.scripts[self.number]

    def host_edits(self, edits: Iterable[Edit]) -> tuple[Edit, ...] | None:
        """Return the edits of the file that make some edits of the script; None where the file cannot write them."""
        written = self.document.edited({self.number: tuple(edits)})
        return None if written is None else written.edits

    def attempt(self, edits: Iterable[Edit], attempt: Attempt) -> tuple[Edit, ...] | None:
        """Return the edits of the file that should make some edits of the script, which has not been checked."""
        chosen = [self._widened(edit) for edit in edits] if attempt.widened else edits
        return self.passage.host_edits(chosen, strict=attempt.strict)

    def _widened(self, edit: Edit) -> Edit:
        text = self.source.text
        start, end = max(0, edit.span.start - 1), min(len(text), edit.span.end + 1)
        return Edit(Span(start, end), text[start : edit.span.start] + edit.text + text[edit.span.end : end])


class Attempt(NamedTuple):
    """A way to write edits: as little as possible, with every escape, or with the characters around them."""

    widened: bool
    strict: bool


_ATTEMPTS = tuple(Attempt(widened, strict) for widened in (False, True) for strict in (False, True))


class Written(NamedTuple):
    """A file after edits of its scripts.

    Attributes:
        document: the file.
        edits: what has been changed in it.
        attempt: how the edits were written.
    """

    document: Document
    edits: tuple[Edit, ...]
    attempt: Attempt


def _overlap(edits: Iterable[Edit]) -> bool:
    ordered = sorted(edits, key=lambda edit: edit.span)
    return any(first.span.end > second.span.start for first, second in pairwise(ordered))


def find_scripts(
    path: str | Path | None = None, *, text: str | None = None, kind: str | None = None
) -> tuple[Embedded, ...]:
    """Return the evalscripts inside a file, in the order of its text.

    Args:
        path: the file; its ending decides how it is read.
        text: the text, instead of a file.
        kind: how it is read, if there is no path: an ending such as `py`, `ipynb`, `md` or `json`.

    Raises:
        SourceError: the file is not what its ending says, such as broken JSON, or its bytes are not UTF-8, or
            in Python not in the encoding that it declares.
        MissingExtra: the parser for files of that kind is not installed.
        ValueError: there is neither a path nor a text, or files of that kind are not supported.
        OSError: the file cannot be read.
    """
    if path is not None and text is None and (not isinstance(path, str | Path) or is_text(path)):
        shown = shortened(path) if isinstance(path, str | Path) else type(path).__name__
        raise ValueError(f'expected the path of a file, not {shown}: pass text as find_scripts(text=…, kind="js")')
    if (path is None) == (text is None):
        raise ValueError("pass either a path, or `text=` with its `kind=`, such as `js` or `py`")
    if not isinstance(text, str | None):
        raise ValueError(f"text: expected a str, not {type(text).__name__}")
    ending = (kind if kind is not None else PurePath(path or "").suffix).lower().removeprefix(".")
    if ending not in KINDS:
        what = f"`{ending}`" if ending else "files without an ending"
        raise ValueError(f"evalscripts cannot be found in {what}; kind is one of {', '.join(sorted(KINDS))}")
    if path is None:
        return Document.of(Source(text or "", "<text>"), ending).scripts
    data = Path(path).read_bytes()
    return Document.of(decode(data, str(path), ending), ending).scripts if has_signs_in_bytes(data) else ()
