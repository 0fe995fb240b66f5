"""The text of a host's bytes: UTF-8, in Python also the encoding that one of its first two lines declares."""

from __future__ import annotations

import codecs
import re

from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.text import Source

_DECLARATION = rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"  # as PEP 263 has it
_BLANK = rb"[ \t\f]*(?:#.*)?\r?\n?\Z"
_ASCII = bytes((*b"\t\n\r", *range(0x20, 0x7F)))


def decode(data: bytes | memoryview, name: str, kind: str | None) -> Source:
    """Return the text of a host.

    Args:
        data: its bytes.
        name: what messages call it.
        kind: how it is read, such as `py`; None for a script as a whole.

    Raises:
        SourceError: the bytes are neither UTF-8 nor what the host declares.
    """
    if kind != "py":
        return Source.decode(data, name)
    data = bytes(data)
    encoding = _declared(data)
    if encoding is None:
        return Source.decode(data, name)
    try:
        text = data.decode(encoding)
        is_kept = text.encode(encoding) == data
    except UnicodeError:
        is_kept = False
    if not is_kept:
        raise SourceError(f"{name}: some of its bytes are not {encoding}, which it declares; save the file as UTF-8")
    return Source(text, name, encoding=encoding)


def is_writable(source: Source) -> bool:
    """Return whether the encoding of a host has all of its characters."""
    if source.encoding == "utf-8":
        return True
    try:
        source.encode()
    except UnicodeEncodeError:
        return False
    return True


def _declared(data: bytes) -> str | None:
    """The encoding that Python text declares; None if that is UTF-8, or Python does not know it."""
    if data.startswith(codecs.BOM_UTF8):
        return None
    first, second = _lines(data)
    if b"coding" not in first and b"coding" not in second:
        return None
    match = re.match(_DECLARATION, first) or (re.match(_DECLARATION, second) if re.match(_BLANK, first) else None)
    try:
        encoding = "utf-8" if match is None else codecs.lookup(match[1].decode()).name
        if encoding in ("utf-8", "utf-8-sig") or _ASCII.decode(encoding) != _ASCII.decode():
            return None
    except (LookupError, UnicodeError):
        return None
    return encoding


def _lines(data: bytes) -> tuple[bytes, bytes]:
    """The first two lines of Python text."""
    end = data.find(b"\n") + 1 or len(data)
    return data[:end], data[end : data.find(b"\n", end) + 1 or len(data)]
