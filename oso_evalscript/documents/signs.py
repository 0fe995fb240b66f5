"""What tells quickly which files may hold evalscripts: their endings, and some words. Loads no parser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

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
_IMAGE = b'"image/'
_PICTURE = re.compile(rb'"image/[^"\\\n]+": ?"')
_HEADER = re.compile(rb"/[ \t]*VERSION")


def kind_of(name: str) -> str | None:
    """Return the kind of host that a file is by its name, None where it is none."""
    ending = os.path.splitext(name)[1].lower().removeprefix(".")  # noqa: PTH122  # asked for each file of a folder
    return ending if ending in KINDS else None


def has_signs_in_bytes(data: bytes) -> bool:
    """Return whether a file may hold an evalscript, by its bytes."""
    return any(sign in data for sign in _IN_BYTES)  # quicker than one pattern


def is_likely(data: bytes) -> bool:
    """Return whether a file is worth a look where nobody has named it: most that say VERSION mean their own."""
    data = b"".join(_between_pictures(data))
    return any(sign in data for sign in _IN_BYTES if sign != b"VERSION") or (
        b"VERSION" in data and (b"VERSION=3" in data or _HEADER.search(data) is not None)
    )


def _between_pictures(data: bytes) -> Iterator[bytes]:
    """The parts of a file that are not pictures of a notebook, which are nine tenths of most."""
    done = at = 0
    while (at := data.find(_IMAGE, at)) >= 0:
        match = _PICTURE.match(data, at)
        at = match.end() if match is not None else at + len(_IMAGE)
        end = data.find(b'"', at) if match is not None else -1
        if end > at:
            yield data[done:at]
            done = at = end
    yield data[done:]
