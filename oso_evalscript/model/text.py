"""Text with positions: `Source`, `Span`, `Edit` and `apply`; all offset arithmetic lives here.

Offsets count characters (code points) from 0 and never the byte order mark; lines and columns count from 1.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.regex import regex

LARGEST = 1_000_000
"""The number of characters beyond which a text is not parsed; a typical evalscript has a thousand."""
MAX_WORDS = 220_000
"""The number of words and signs beyond which it is not, either: a megabyte of usual scripts has 200 000."""

SCRIPT_ENDINGS = frozenset({"js", "mjs", "cjs"})
"""What the name of a file ends in that may be a script as a whole."""
HOST_ENDINGS = frozenset(
    {"py", "ipynb", "md", "markdown", "qmd", "rst", "json", "yaml", "yml", "toml", "html", "htm"}
    | {"jsx", "ts", "mts", "cts", "tsx"}
)
"""The same of files that are no scripts, but may hold some; `documents/signs.py` says what reads each."""

_PATH = regex(r"(?!//|/\*)[^\n\r;(){}=`\"']{1,1000}\.(\w+)")

_SHOWN = 40  # characters of a text

_CODE = regex(r"[\n\r;{}]|//VERSION")

_BOM = b"\xef\xbb\xbf"
# ECMAScript's line terminators; CR LF is one of them together.
_LINE_END = regex(r"\r\n?|\n")
_NEWLINE = regex("\r\n|[\n\r\u2028\u2029]")


def is_text(path: object) -> bool:
    """Return whether what should be a path is a text instead: it looks like code, and there is no such file."""
    return isinstance(path, str | Path) and _CODE.search(str(path)) is not None and not os.path.lexists(path)


def shortened(text: str | Path) -> str:
    """Return how a text begins, for a message about it."""
    shown = " ".join(str(text)[:_SHOWN].split())
    return repr(shown if len(str(text)) <= _SHOWN else f"{shown} …")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, `start` included and `end` not."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span runs forward from 0, not {self.start}..{self.end}")

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character, or one is empty and lies strictly inside the other."""
        return self.start < other.end and other.start < self.end

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place for people: line and column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """The replacement of a span by a text."""

    span: Span
    text: str


@dataclass(frozen=True)
class Source:
    """The text of an evalscript, with a name for messages.

    Attributes:
        text: the characters, with the line endings of the file, without the byte order mark.
        name: its name in messages; the path if it came from a file.
        bom: whether the file starts with a UTF-8 byte order mark; `encode` preserves it.
        encoding: how the file spells the characters; `encode` preserves it.
        unknown: the spans, in order, that a program replaces before it uses the text; their characters are
            placeholders.
    """

    text: str
    name: str = "<script>"
    bom: bool = field(default=False, kw_only=True)
    encoding: str = field(default="utf-8", kw_only=True)
    unknown: tuple[Span, ...] = field(default=(), kw_only=True)

    def __repr__(self) -> str:
        lines = len(self.text.splitlines())
        return f"<{type(self).__name__} {self.name}: {lines} line{'s' * (lines != 1)}>"

    @classmethod
    def of(cls, script: AnySource) -> Source:
        """Return a source from a source, a text, or the file at a `pathlib.Path`.

        Raises:
            SourceError: the text is a path, the file contains scripts but is not one, or it is not UTF-8.
            OSError: the file cannot be read.
        """
        if isinstance(script, Source):
            return script
        if isinstance(script, str):
            path = _PATH.fullmatch(script)
            if path is not None and path[1].lower() in SCRIPT_ENDINGS | HOST_ENDINGS:
                raise SourceError(f"{script!r} is a path, not a script: use Source.read({script!r}) or a pathlib.Path")
            return cls(script)
        if not isinstance(script, Path):
            raise SourceError(f"expected a Source, the text of a script or a pathlib.Path, not {type(script).__name__}")
        if script.suffix.lower().removeprefix(".") in HOST_ENDINGS:
            raise SourceError(
                f"{script} is not JavaScript; `find_scripts({str(script)!r})` returns the evalscripts inside it"
            )
        return cls.read(script)

    @classmethod
    def read(cls, path: str | Path, name: str | None = None) -> Source:
        """Return the file at `path`.

        Raises:
            SourceError: its bytes are not UTF-8, or it is a text.
            OSError: it cannot be read.
        """
        if is_text(path):
            raise SourceError(f"{shortened(path)} is the text of a script, not a path: use Source(text)")
        return cls.decode(Path(path).read_bytes(), name if name is not None else str(path))

    @classmethod
    def decode(cls, data: bytes | memoryview, name: str = "<script>") -> Source:
        """Return the text of `data`, which must be UTF-8, with or without a byte order mark."""
        bom = bytes(data[: len(_BOM)]) == _BOM
        body = data[len(_BOM) :] if bom else data
        try:
            return cls(str(body, "utf-8"), name, bom=bom)
        except UnicodeDecodeError as error:
            line = bytes(body[: error.start]).count(b"\n") + 1
            raise SourceError(
                f"{name}: byte 0x{body[error.start]:02x} on line {line} is not UTF-8; save the file in that encoding"
            ) from None

    def encode(self) -> bytes:
        """Return the bytes of the file, including its byte order mark."""
        return (_BOM if self.bom else b"") + self.text.encode(self.encoding)

    def with_text(self, text: str) -> Source:
        """Return the same source with another text, without unknown parts."""
        return replace(self, text=text, unknown=())

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset at which each line begins."""
        return (0, *(match.end() for match in _NEWLINE.finditer(self.text)))

    @cached_property
    def newline(self) -> str:
        """The line ending the text uses first, a line feed where it has none."""
        match = _NEWLINE.search(self.text)
        return match[0] if match else "\n"

    def position(self, offset: int) -> Position:
        """Return the line and column of the character at `offset`."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line_span(self, line: int) -> Span:
        """Return the span of a line, counted from 1, without its line ending."""
        start = self.line_starts[line - 1]
        if line == len(self.line_starts):
            return Span(start, len(self.text))
        end = self.line_starts[line] - 1
        return Span(start, end - (self.text[end - 1 : end + 1] == "\r\n"))

    def slice(self, span: Span) -> str:
        """Return the characters of a span."""
        return self.text[span.start : span.end]


AnySource: TypeAlias = Source | str | Path
"""A script, as functions take it: a source, its text, or the path of its file."""


@dataclass(frozen=True, repr=False)
class HostText(Source):
    """The text of a file that holds scripts; its lines end as editors count them, not as JavaScript does."""

    @classmethod
    def like(cls, source: Source) -> HostText:
        """Return a source as such a file."""
        return cls(source.text, source.name, bom=source.bom, encoding=source.encoding)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset at which each line begins."""
        if "\r" not in self.text:  # much quicker, for files of megabytes
            return tuple(accumulate((len(line) + 1 for line in self.text.split("\n")[:-1]), initial=0))
        return (0, *(match.end() for match in _LINE_END.finditer(self.text)))


def apply(source: Source, edits: Iterable[Edit]) -> Source:
    """Return `source` with all `edits` made; they must not overlap; insertions at one place keep their order.

    Raises:
        ValueError: two edits touch the same characters, or one lies outside the text or touches what is unknown in it.
    """
    pieces: list[str] = []
    done = length = 0
    unknown: list[Span] = []
    left = list(reversed(source.unknown))
    for edit in sorted(edits, key=lambda edit: edit.span):
        if edit.span.start < done or edit.span.end > len(source.text):
            raise ValueError(f"edit {edit} overlaps another one or leaves the text")
        while left and left[-1].end <= edit.span.start:
            unknown.append(_moved(left.pop(), length - done))
        if left and edit.span.overlaps(left[-1]):
            raise ValueError(f"edit {edit} touches a part that is not known")
        pieces += (source.text[done : edit.span.start], edit.text)
        length += edit.span.start - done + len(edit.text)
        done = edit.span.end
    pieces.append(source.text[done:])
    unknown += (_moved(span, length - done) for span in reversed(left))
    return replace(source, text="".join(pieces), unknown=tuple(unknown))


def _moved(span: Span, distance: int) -> Span:
    return Span(span.start + distance, span.end + distance)
