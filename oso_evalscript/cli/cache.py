"""What was found in a text before: files in a folder, named by all that the findings depend on.

A file is written as a whole or not at all; one that is damaged counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oso_evalscript import __version__
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Safety, Severity
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.text import Edit, Source, Span
from oso_evalscript.project.config import OWN_FILE, SHARED_FILE

FOLDER = ".oso-evalscript-cache"
_ROOM_MARKS = (OWN_FILE, SHARED_FILE, ".git")
_MOST_FILES = 20_000
_MOST_BYTES = 64 * 2**20
_MOST_VERSIONS = 3
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# See https://bford.info/cachedir/\n"


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of findings; all that is written by one state of this program lies in a folder of its own."""

    folder: Path

    def get(self, source: Source, settings: str) -> tuple[Diagnostic, ...] | None:
        """Return what was found in a text under some settings, None where that is not known."""
        try:
            data = (self.folder / _key(source, settings)).read_bytes()
        except OSError:  # absent, or not readable: then it is found anew
            return None
        digest, _, body = data.partition(b"\n")
        if digest != _digest(body):
            return None
        return tuple(_diagnostic(source.name, row) for row in json.loads(body))

    def put(self, source: Source, settings: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Remember what was found; where that cannot be written, nothing is remembered."""
        body = json.dumps([_row(item) for item in diagnostics], separators=(",", ":")).encode()
        target = self.folder / _key(source, settings)
        unfinished = target.with_suffix(f".{os.getpid()}")
        try:
            unfinished.write_bytes(_digest(body) + b"\n" + body)
            unfinished.replace(target)
        except OSError:  # a full disk, a folder removed meanwhile: the next run finds it anew
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove the oldest entries beyond the most that are kept, and what older versions have left."""
        versions = sorted(_entries(self.folder.parent, folders=True), key=lambda entry: -entry.stat().st_mtime)
        for version in versions[_MOST_VERSIONS:]:
            shutil.rmtree(version.path, ignore_errors=True)
        files = sorted(((entry.stat(), entry.path) for entry in _entries(self.folder, folders=False)), key=_newest)
        room = _MOST_BYTES
        for number, (status, path) in enumerate(files):
            room -= status.st_size
            if number >= _MOST_FILES or room < 0:
                with contextlib.suppress(OSError):  # another run was quicker
                    Path(path).unlink()


def open_cache(given: Path | None) -> Cache | None:
    """Return the cache in a given folder, or else in the project of the working folder; None where there is none.

    Raises:
        OsoError: the given folder cannot be made.
    """
    top = given
    if top is None:
        project = _project(Path.cwd())
        if project is None:
            return None
        top = project / FOLDER
    folder = top / f"{__version__}-{fingerprint()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
            if not (top / name).exists():
                (top / name).write_text(text, encoding="ascii")
    except OSError as error:
        if given is None:  # nobody asked for it
            return None
        raise OsoError(f"{given}: the cache cannot be written ({error.strerror or error})") from None
    return Cache(folder)


def fingerprint() -> str:
    """Return what stands for all code and data that findings come from: the same only if they are the same."""
    digest = hashlib.blake2b(sys.version.encode(), digest_size=10)
    package = Path(__file__).parents[1]
    for room in ("javascript", "linter", "model"):
        for path in sorted(package.joinpath(room).rglob("*.*")):
            if path.suffix in (".py", ".toml", ".js"):
                digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
    parser = importlib.util.find_spec("esprima")
    if parser is not None and parser.origin is not None:  # it is not ours to change: times and sizes tell
        for entry in sorted(_entries(Path(parser.origin).parent, folders=False), key=lambda entry: entry.name):
            digest.update(f"{entry.name} {entry.stat().st_size} {entry.stat().st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _project(folder: Path) -> Path | None:
    """The nearest folder, from `folder` up, that looks like the root of a project."""
    return next(
        (item for item in (folder, *folder.parents) if any((item / mark).exists() for mark in _ROOM_MARKS)), None
    )


def _entries(folder: Path, *, folders: bool) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.is_dir() == folders and not entry.is_symlink())


def _newest(row: tuple[os.stat_result, str]) -> float:
    return -row[0].st_mtime


def _key(source: Source, settings: str) -> str:
    data = f"{settings}\0".encode() + source.encode()
    return hashlib.blake2b(data, digest_size=20).hexdigest()


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()


def _row(item: Diagnostic) -> list[Any]:
    edits = None if item.fix is None else [[edit.span.start, edit.span.end, edit.text] for edit in item.fix.edits]
    safety = None if item.fix is None else item.fix.safety
    return [item.rule, item.severity, item.message, item.span.start, item.span.end, safety, edits]


def _diagnostic(file: str, row: list[Any]) -> Diagnostic:
    rule, severity, message, start, end, safety, edits = row
    fix = None
    if safety is not None:
        fix = Fix(tuple(Edit(Span(first, last), text) for first, last, text in edits), Safety(safety))
    return Diagnostic(file, rule, Severity(severity), message, Span(start, end), fix)
