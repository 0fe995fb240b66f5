"""What was found in a text before: files in a folder of the user's, named by all that the findings depend on.

A file is written as a whole or not at all. It counts only with a seal that is made with a key of the user's, which
lies outside every project: entries from a checkout or another user are ignored, and so are damaged ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import importlib.util
import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oso_evalscript import __version__
from oso_evalscript.linter.report import InCell
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Safety, Severity
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit, HostText, Source, Span

_NAME = "oso-evalscript"
_KEY_BYTES = 32
_MAX_FILES = 20_000
_MAX_BYTES = 64 * 2**20
_MAX_ENTRY = 16 * 2**20
_MAX_VERSIONS = 3
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# See https://bford.info/cachedir/\n"
_VERSION = regex(r"[0-9][\w.+]*-[0-9a-f]{20}")
_NAME_DIGITS = 40
_ENTRY = regex(r"[0-9a-f]{40}(?:\.[0-9]+)?")
_HASHED_AT_ONCE = 500_000  # characters
_WITHOUT_FINDINGS = ("cli", "compiler", "kernels", "pricing", "rasters", "runtime", "service", "testing")
"""Rooms that no finding comes from."""
_OPENING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a text.

    Attributes:
        diagnostics: what was found in it.
        is_script: whether it is an evalscript or holds one; nothing is found in other texts.
        in_cells: for each diagnostic of a notebook, how it is shown.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    is_script: bool = True
    in_cells: tuple[InCell | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries; all that is written by one state of this program lies in a folder of its own.

    Attributes:
        folder: that folder.
        key: what entries are sealed with.
    """

    folder: Path
    key: bytes = field(repr=False)

    def get(self, source: Source, settings: str) -> Entry | None:
        """Return what is known of a text under some settings, None where nothing is."""
        body = self.read(_entry_name(source, settings))
        return None if body is None else _entry(source, body)

    def put(self, source: Source, settings: str, entry: Entry) -> None:
        """Remember what was found; where that cannot be written, nothing is remembered."""
        row = [entry.is_script, [_row(item) for item in entry.diagnostics], *_rows_of_cells(entry)]
        self.write(_entry_name(source, settings), json.dumps(row, separators=(",", ":")).encode())

    def read(self, name: str) -> bytes | None:
        """Return the entry of that name; None if there is none or its seal is wrong."""
        try:
            data = _read(self.folder / name)
        except OSError:  # absent, or not readable: then it is found anew
            return None
        seal, _, body = data.partition(b"\n")
        return body if hmac.compare_digest(seal, self._seal(name, body)) else None

    def write(self, name: str, body: bytes) -> None:
        """Write an entry under a name of 40 hexadecimal digits; if that fails, there is no such entry."""
        unfinished = self.folder / f"{name}.{os.getpid()}"
        try:
            unfinished.write_bytes(self._seal(name, body) + b"\n" + body)
            unfinished.replace(self.folder / name)
        except OSError:  # a full disk, a folder removed meanwhile: the next run finds it anew
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove the oldest entries beyond the most that are kept, and what older versions have left.

        Nothing is touched that does not bear the name of an entry.
        """
        with contextlib.suppress(OSError):  # another run was quicker
            versions = [item for item in _entries(self.folder.parent, folders=True) if _VERSION.fullmatch(item.name)]
            for version in sorted(versions, key=_newest)[_MAX_VERSIONS:]:
                for entry in _entries(Path(version.path), folders=False):
                    if _ENTRY.fullmatch(entry.name):
                        Path(entry.path).unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # something else lies there, too
                    Path(version.path).rmdir()
        with contextlib.suppress(OSError):
            room = _MAX_BYTES
            files = [entry for entry in _entries(self.folder, folders=False) if _ENTRY.fullmatch(entry.name)]
            for number, entry in enumerate(sorted(files, key=_newest)):
                room -= entry.stat().st_size
                if number >= _MAX_FILES or room < 0:
                    Path(entry.path).unlink(missing_ok=True)

    def _seal(self, name: str, body: bytes) -> bytes:
        """What only a holder of the key can write above a body, for that name and this state of the program."""
        digest = hashlib.blake2b(f"{self.folder.name}\0{name}\0".encode(), key=self.key, digest_size=32)
        digest.update(body)
        return digest.hexdigest().encode()


def open_cache(given: Path | None, *, inside: str = "", stamp: str = "") -> Cache | None:
    """Return the cache in a given folder, or else in the user's own; None where the user can have none.

    Args:
        given: the folder.
        inside: a subfolder, for entries other than findings.
        stamp: a digest of everything the entries depend on; by default `fingerprint()`.

    Raises:
        OsoError: the given folder cannot be made.
    """
    own = _own_folder()
    key = None if own is None else _key(own / "key")
    if own is None or key is None:
        return None
    top = own if given is None else given
    folder = top / inside / f"{__version__}-{stamp or fingerprint()}"
    try:
        top.mkdir(parents=True, exist_ok=True)
        if not any(item.name != "key" for item in top.iterdir()):  # it is ours alone
            (top / ".gitignore").write_text("*\n", encoding="ascii")
            (top / "CACHEDIR.TAG").write_text(_TAG, encoding="ascii")
        folder.parent.mkdir(exist_ok=True)
        folder.mkdir(exist_ok=True)
    except OSError as error:
        if given is None:  # nobody asked for it
            return None
        raise OsoError(f"{given}: the cache cannot be written ({error.strerror or error})") from None
    return Cache(folder, key)


def fingerprint(*, whole: bool = False) -> str:
    """Return a digest of the code and data that findings depend on.

    Args:
        whole: include the rooms that findings do not depend on, such as the runtime.
    """
    digest = hashlib.blake2b(sys.version.encode(), digest_size=10)
    package = Path(__file__).parents[1]
    for room in sorted(_entries(package, folders=True), key=lambda entry: entry.name):
        if room.name in _WITHOUT_FINDINGS and not whole:
            continue
        for path in sorted(Path(room.path).rglob("*.*")):
            if path.suffix in (".py", ".toml", ".js"):
                digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
    parser = importlib.util.find_spec("esprima")
    if parser is not None and parser.origin is not None:  # it is not ours to change: times and sizes tell
        for entry in sorted(_entries(Path(parser.origin).parent, folders=False), key=lambda entry: entry.name):
            digest.update(f"{entry.name} {entry.stat().st_size} {entry.stat().st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _own_folder() -> Path | None:
    """The user's folder for this program, made where it is missing; None where there is none of the user's alone."""
    try:
        folder = _caches() / _NAME
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except (OSError, RuntimeError):  # no home, or none that may be written
        return None
    return folder if stat.S_ISDIR(status.st_mode) and _is_own(status, others=0o022) else None


def _caches() -> Path:
    """The folder where the programs of this user keep what they can find again."""
    named = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    if named and Path(named).is_absolute():  # the specification: a relative one is to be ignored
        return Path(named)
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _is_own(status: os.stat_result, *, others: int) -> bool:
    """Whether something belongs to this user, and others may do nothing with it of what those bits of its mode say."""
    if not hasattr(os, "geteuid"):  # on Windows, folders of a user are the user's alone
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & others


def _key(path: Path) -> bytes | None:
    """The user's key, made where there is none that nobody else can know; None where it cannot be written."""
    with contextlib.suppress(OSError):
        if (key := _read_key(path)) is not None:
            return key
    unfinished = path.with_name(f"key.{os.urandom(8).hex()}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
        unfinished.replace(path)
        return _read_key(path)  # another run may have been quicker
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        return None


def _read_key(path: Path) -> bytes | None:
    descriptor = os.open(path, _OPENING)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        key = file.read(_KEY_BYTES + 1) if stat.S_ISREG(status.st_mode) else b""
    return key if len(key) == _KEY_BYTES and _is_own(status, others=0o077) else None


def _read(path: Path) -> bytes:
    """The bytes of a file; nothing where it is none, as a pipe or a device, or too large to be an entry."""
    descriptor = os.open(path, _OPENING)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= _MAX_ENTRY else b""


def _entries(folder: Path, *, folders: bool) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.is_dir() == folders and not entry.is_symlink())


def _newest(entry: os.DirEntry[str]) -> float:
    return -entry.stat().st_mtime


def _entry_name(source: Source, settings: str) -> str:
    about = f"{settings}\0{source.bom}\0{source.encoding}\0"
    digest = hashlib.sha256(about.encode())  # processors have instructions for this one
    for start in range(0, len(source.text), _HASHED_AT_ONCE):  # notebooks have megabytes: no new memory for all
        digest.update(source.text[start : start + _HASHED_AT_ONCE].encode())
    return digest.hexdigest()[:_NAME_DIGITS]


def _row(item: Diagnostic) -> list[Any]:
    edits = None if item.fix is None else [[edit.span.start, edit.span.end, edit.text] for edit in item.fix.edits]
    safety = None if item.fix is None else item.fix.safety
    return [item.rule, item.severity, item.message, item.span.start, item.span.end, safety, edits]


def _entry(source: Source, body: bytes) -> Entry | None:
    """The entry that a body spells; None where it does not fit the text, or is no entry at all."""
    try:
        is_script, rows, *rest = json.loads(body)
        diagnostics = tuple(_diagnostic(source, row) for row in rows)
        in_cells = _in_cells(source, *rest) if rest else ()
    except (ValueError, TypeError, RecursionError, LookupError, AttributeError):
        return None
    if len(in_cells) not in (0, len(diagnostics)) or not isinstance(is_script, bool):
        return None
    return Entry(diagnostics, is_script, in_cells)


def _rows_of_cells(entry: Entry) -> list[Any]:
    """The texts of cells by their numbers, and how each diagnostic is shown in one; nothing where none is."""
    if not any(entry.in_cells):
        return []
    texts = {item.number: item.source.text for item in entry.in_cells if item is not None}
    return [texts, [None if item is None else [item.number, _row(item.item)] for item in entry.in_cells]]


def _in_cells(source: Source, texts: dict[str, str], rows: list[Any]) -> tuple[InCell | None, ...]:
    """How diagnostics are shown in cells.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: that is not what the rows spell.
    """
    sources = {int(number): HostText(text, source.name) for number, text in texts.items()}
    return tuple(
        None if row is None else InCell(row[0], sources[row[0]], _diagnostic(sources[row[0]], row[1])) for row in rows
    )


def _diagnostic(source: Source, row: Any) -> Diagnostic:
    """The diagnostic that a row spells.

    Raises:
        ValueError, TypeError: it spells none of this text.
    """
    rule, severity, message, start, end, safety, edits = row
    if not (isinstance(rule, str) and isinstance(message, str)):
        raise TypeError(row)
    fix = None
    if safety is not None:
        fix = Fix(tuple(_edit(source, *edit) for edit in edits), Safety(safety))
    return Diagnostic(source.name, rule, Severity(severity), message, _span(source, start, end), fix)


def _edit(source: Source, start: Any, end: Any, text: Any) -> Edit:
    if not isinstance(text, str):
        raise TypeError(text)
    return Edit(_span(source, start, end), text)


def _span(source: Source, start: Any, end: Any) -> Span:
    if not (isinstance(start, int) and isinstance(end, int) and end <= len(source.text)):
        raise TypeError((start, end))
    return Span(start, end)
