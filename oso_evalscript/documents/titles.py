"""What a layer is called whose script has no name but `evalscript`: its `id`, `name` or `title`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from oso_evalscript.documents.candidate import is_key

TITLES = ("id", "name", "title")
"""The keys beside a script, the best first."""

_MAX_TITLE = 100
_NO_TITLE = "default"  # what many layers call their only style

Path = tuple[str | int, ...]


def title_beside(key: str | None, value: Callable[[str], object]) -> str | None:
    """Return the title of the layer of a script; None if its key says more, or there is none.

    Args:
        key: that of the script.
        value: gives what the layer says under another key.
    """
    if not is_key(key):
        return None
    found = (value(title) for title in TITLES)
    return next((item for item in found if isinstance(item, str) and _is_title(item)), None)


def title_at(path: Path, values: Mapping[Path, str]) -> str | None:
    """Return the same for a script of a document: from the mapping that holds it, or a list's item around that.

    Args:
        path: the keys and numbers that lead to it.
        values: the texts of the document.
    """
    key = next((item for item in reversed(path) if isinstance(item, str)), None)
    around = path[:-1]
    for size in range(len(around), -1, -1):
        outer = around[:size]
        if size == len(around) or (outer and isinstance(outer[-1], int)):
            title = title_beside(key, partial(_value, values, outer))
            if title is not None:
                return title
    return None


def _value(values: Mapping[Path, str], around: Path, key: str) -> str | None:
    return values.get((*around, key))


def _is_title(text: str) -> bool:
    return bool(text.strip()) and text.isprintable() and len(text) <= _MAX_TITLE and text != _NO_TITLE
