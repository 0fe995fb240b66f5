"""What tells quickly which files may hold evalscripts: their endings, and some words. Loads no parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import AnyStr, Generic, NamedTuple

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


def is_likely(data: bytes) -> bool:
    """Return whether a file is worth a look where nobody has named it: most that say VERSION mean their own."""
    data = _without_pictures(data)
    return any(sign in data for sign in _IN_BYTES if sign != b"VERSION") or (
        b"VERSION" in data and (b"VERSION=3" in data or _HEADER.search(data) is not None)
    )


class _Marks(NamedTuple, Generic[AnyStr]):
    """What pictures of notebooks begin and end with."""

    image: AnyStr
    opening: re.Pattern[AnyStr]
    quote: AnyStr
    escape: AnyStr


IN_TEXT = _Marks('"image/', regex(r'"image/[^"\\\n]+":[ ]?"'), '"', "\\")
IN_BYTES = _Marks(b'"image/', re.compile(rb'"image/[^"\\\n]+":[ ]?"'), b'"', b"\\")


def pictures(host: AnyStr, marks: _Marks[AnyStr]) -> Iterator[tuple[int, int]]:
    """Yield where the long pictures of a notebook begin and end, which are nine tenths of most.

    Args:
        host: what a file holds.
        marks: `IN_TEXT` or `IN_BYTES`.
    """
    at = 0
    while (at := host.find(marks.image, at)) >= 0:
        opening = marks.opening.match(host, at)
        if opening is None:
            at += len(marks.image)
            continue
        start = at = opening.end()
        end = host.find(marks.quote, start)
        if end - start > _LONG and host[end - 1 : end] != marks.escape:
            yield start, end
            at = end


def _without_pictures(data: bytes) -> bytes:
    parts: list[bytes] = []
    done = 0
    for start, end in pictures(data, IN_BYTES):
        parts.append(data[done:start])
        done = end
    return b"".join((*parts, data[done:]))
