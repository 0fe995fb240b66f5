"""The script environment of the service: its helper library as plain JavaScript files.

`library` returns their text; nothing here runs it. Each function's comment says where its behaviour is known
from; the cases that hold it are in `tests/host/`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def library() -> str:
    """Return the JavaScript that defines every global the service gives to a script."""
    folder = Path(__file__).parent
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js")))
