"""Files of the command line: reading them, and writing without leaving half a file."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from oso_evalscript.cli import own_fault
from oso_evalscript.documents.decoding import decode
from oso_evalscript.documents.signs import kind_of
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError, SourceError
from oso_evalscript.model.text import LARGEST, SCRIPT_ENDINGS, Source
from oso_evalscript.project.contents import Contents
from oso_evalscript.project.search import looks_like_script, most_bytes


class Problems:
    """Sentences about what the command could not do, shown at once; the rest of the work goes on."""

    def __init__(self) -> None:
        self.count = 0

    def tell(self, message: str) -> None:
        """Show a sentence on standard error."""
        self.count += 1
        click.echo(f"oso-evalscript: {escaped(message)}", err=True)

    @contextlib.contextmanager
    def caught(self, name: str) -> Iterator[None]:
        """Tell what goes wrong with one file, a fault of ours included, and let the work on the others go on."""
        try:
            yield
        except OsoError as error:
            self.tell(str(error))
        except (BrokenPipeError, click.ClickException):
            raise
        except Exception as error:  # told in a sentence; on request with the traceback
            if os.environ.get("OSO_EVALSCRIPT_DEBUG"):
                raise
            self.tell(f"{name}: {own_fault(error)}")


def read_script(
    path: Path,
    problems: Problems,
    largest: int = LARGEST,
    *,
    is_named: bool = True,
    contents: Contents | None = None,
) -> Source | None:
    """Return a script, or tell why it cannot be read and return None.

    Args:
        path: the file.
        problems: is told.
        largest: the most characters.
        is_named: whether the user named the file; of others in an unknown encoding those count that hold scripts.
        contents: what the file is read into, or was by a search.
    """
    contents = contents or Contents()
    try:
        contents.read(path, most_bytes(largest))
        with contents.view() as data:
            return _decode(data, str(path), problems, largest, is_named=is_named)
    except OSError as error:
        problems.tell(f"{path}: {error.strerror or error}")
        return None


def read_stdin(name: str, problems: Problems, largest: int = LARGEST) -> Source | None:
    """Return the script on standard input, or tell why it cannot be read and return None."""
    if sys.stdin is None:
        problems.tell("standard input is closed")
        return None
    return _decode(sys.stdin.buffer.read(most_bytes(largest)), name, problems, largest)


def _decode(
    data: bytes | memoryview, name: str, problems: Problems, largest: int, *, is_named: bool = True
) -> Source | None:
    too_large = len(data) == most_bytes(largest)
    try:
        source = Source("", name) if too_large else decode(data, name, kind_of(name))
    except SourceError as error:
        if is_named or _seems_to_hold_scripts(data, name):
            problems.tell(str(error))
        return None
    if too_large or len(source.text) > largest:
        what = "that is too large for an evalscript"
        if largest != LARGEST:
            what = "that is too large to search for evalscripts"
        problems.tell(f"{name}: more than {largest:,} characters; {what}")
        return None
    return source


def _seems_to_hold_scripts(data: bytes | memoryview, name: str) -> bool:
    """Whether a file that cannot be decoded holds scripts, as far as its ASCII characters show."""
    from oso_evalscript.documents.embedded import Document
    from oso_evalscript.javascript.syntax import parse
    from oso_evalscript.semantics.kind import kind

    source = Source(str(data, "latin-1"), name)
    ending = kind_of(name)
    try:
        if (ending is None or ending in SCRIPT_ENDINGS) and kind(parse(source)).is_evalscript:
            return True
        return ending is not None and bool(Document.of(source, ending).scripts)
    except OsoError:
        return looks_like_script(source.text)


def write_atomically(path: str | Path, data: bytes) -> None:
    """Write a file so that at every moment either the old or the new content is there, and nothing else.

    The new content has no name until it is complete, so that a killed process leaves nothing behind; a link is
    followed, and the permissions of the old file are kept.

    Raises:
        OsoError: the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
        complete = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
        _write_unnamed(target.parent, complete, data, mode)
        with _removed_on_failure(complete):
            complete.replace(target)
    except OSError as error:
        raise OsoError(f"{path}: cannot be written ({error.strerror or error})") from None


def _write_unnamed(folder: Path, name: Path, data: bytes, mode: int | None) -> None:
    """Write a file without a name and give it one when it is complete; where that cannot be, write a named one."""
    try:
        descriptor = os.open(folder, os.O_WRONLY | os.O_TMPFILE, 0o666)
    except (AttributeError, IsADirectoryError):  # a system or a file system without nameless files
        _write_named(name, data, mode)
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if mode is not None:
            os.fchmod(descriptor, mode)
        os.fsync(descriptor)
        # Only with a folder's descriptor does Python let the kernel follow the link in /proc.
        where = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.link(f"/proc/self/fd/{descriptor}", name.name, dst_dir_fd=where)
        finally:
            os.close(where)


def _write_named(name: Path, data: bytes, mode: int | None) -> None:
    with _removed_on_failure(name), name.open("xb") as file:
        file.write(data)
        if mode is not None:
            name.chmod(mode)


@contextlib.contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
