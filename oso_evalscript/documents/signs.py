"""What tells quickly which files may hold evalscripts: their endings, and some words. Loads no parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, NamedTuple

from oso_evalscript.model.regex import regex

MODULES = {
    "py": "python", "ipynb": "notebook", "md": "markdown", "markdown": "markdown", "qmd": "markdown", "rst": "rst",
    "json": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml", "html": "html", "htm": "html", "doc": "docstring",
    "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript", "ts": "javascript",
    "mts": "javascript", "cts": "javascript", "tsx": "javascript",
}  # fmt: skip
"""The modules that read each kind of host, `doc` for docstrings."""
KINDS = frozenset(MODULES) - {"doc"}
"""The kinds of host, by the ending of a file's name."""
CODE = frozenset(kind for kind, module in MODULES.items() if module == "javascript")
"""Those that are JavaScript or TypeScript, and may be a script as a whole."""
TYPED = CODE - {"js", "mjs", "cjs"}
"""Those of them that a program translates to JavaScript."""
MAX_CHARACTERS = 32_000_000
"""The number of characters beyond which a host is not read."""

SIGNS = ("evaluatePixel", "VERSION")
"""A text that holds none of these is not an evalscript, except for simple scripts."""
KEYS = ("valscript", "valScript")
"""What the name of a simple script holds, or another name in the same file."""

_IN_BYTES = tuple(sign.encode() for sign in (*SIGNS, *KEYS))
_HEADER = re.compile(rb"/[ \t]*VERSION")
_LONG = 2000  # characters; shorter pictures are not worth skipping


def kind_of(name: str) -> str | None:
    """Return the kind of host that a file is by its name, None where it is none."""
    ending = PurePath(name).suffix.lower().removeprefix(".")
    return ending if ending in KINDS else None


def has_signs_in_bytes(data: bytes) -> bool:
    """Return whether a file may hold an evalscript, by its bytes."""
    return any(sign in data for sign in _IN_BYTES)  # quicker than one pattern


def is_likely(data: bytes | bytearray, size: int | None = None) -> bool:
    """Return whether a file is worth a look where nobody has named it: most that say VERSION mean their own.

    Args:
        data: what the file holds.
        size: how many bytes of `data` are the file's, None for all.
    """
    parts = list(_between_pictures(data, len(data) if size is None else size))

    def holds(sign: bytes) -> bool:
        return any(data.find(sign, start, end) >= 0 for start, end in parts)

    return any(holds(sign) for sign in _IN_BYTES if sign != b"VERSION") or (
        holds(b"VERSION")
        and (holds(b"VERSION=3") or any(_HEADER.search(data, start, end) is not None for start, end in parts))
    )


class _Marks(NamedTuple):
    """What pictures of notebooks begin and end with, as text or as bytes."""

    image: Any
    opening: re.Pattern[Any]
    quote: Any
    escape: Any


_IN_TEXT = _Marks('"image/', regex(r'"image/[^"\\\n]+":[ ]?"'), '"', "\\")
_MARKS_IN_BYTES = _Marks(b'"image/', re.compile(rb'"image/[^"\\\n]+":[ ]?"'), b'"', b"\\")


def pictures(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the long pictures of a notebook begin and end, which are nine tenths of most."""
    return _pictures(text, _IN_TEXT, len(text))


def _pictures(host: str | bytes | bytearray, marks: _Marks, size: int) -> Iterator[tuple[int, int]]:
    at = 0
    while (at := host.find(marks.image, at, size)) >= 0:
        opening = marks.opening.match(host, at, size)
        if opening is None:
            at += len(marks.image)
            continue
        start = at = opening.end()
        end = host.find(marks.quote, start, size)
        if end - start > _LONG and host[end - 1 : end] != marks.escape:
            yield start, end
            at = end


def _between_pictures(data: bytes | bytearray, size: int) -> Iterator[tuple[int, int]]:
    done = 0
    for start, end in _pictures(data, _MARKS_IN_BYTES, size):
        yield done, start
        done = end
    yield done, size
