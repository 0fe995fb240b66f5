"""Files of the command line: which ones are meant, reading them, and writing without leaving half a file."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from oso_evalscript.cli import own_fault
from oso_evalscript.documents.signs import MAX_CHARACTERS, is_likely, kind_of
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError, SourceError
from oso_evalscript.model.text import LARGEST, Source

_NOT_SEARCHED = ("node_modules", "__pycache__", "site-packages")
_ENVIRONMENT = "pyvenv.cfg"  # lies in a virtual environment of Python, which holds the files of others
NOTHING_THERE = "no evalscripts in this folder: no file in it holds evaluatePixel or VERSION=3"
"""The message for a folder in which nothing looks like an evalscript."""
_SIGNS = (b"evaluatePixel", b"VERSION=3")
_OTHERS = {
    "a C# file": ".cs",
    "a CSS file": ".css .less .scss",
    "a Go file": ".go",
    "a Java file": ".java",
    "a JSON file": ".geojson .json5 .jsonc .jsonl .ndjson",
    "a Markdown file": ".mdx .rmd",
    "a PHP file": ".php",
    "a Python file": ".pyi .pyw",
    "a Ruby file": ".rb",
    "a shell script": ".bash .sh .zsh",
    "a template": ".ejs .hbs .j2 .jinja .jinja2",
    "an HTML file": ".astro .svelte .vue",
    "an R file": ".r",
    "an XML file": ".svg .xml",
}
_OTHER_BY_ENDING = {ending: words for words, endings in _OTHERS.items() for ending in endings.split()}


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


class Exclusion:
    """What is not to be looked at, and how much of that was met.

    Attributes:
        excludes: tells whether a file, or a folder as a whole, is left out.
        count: files and folders left out so far.
    """

    def __init__(self, excludes: Callable[[Path, bool], bool] = lambda path, folder: False) -> None:
        self.excludes = excludes
        self.count = 0

    def keeps(self, path: Path, *, folder: bool = False) -> bool:
        """Return whether a file or folder is to be looked at, and count it if not."""
        out = self.excludes(path, folder)
        self.count += out
        return not out


def is_host(path: Path) -> bool:
    """Return whether a file of a folder may be an evalscript or hold some, by its name."""
    return kind_of(path.name) is not None


def find_scripts(
    paths: tuple[str, ...],
    problems: Problems,
    exclusion: Exclusion,
    *,
    skip_others: bool = False,
    includes: Callable[[Path], bool] | None = None,
) -> Iterator[Path]:
    """Yield the files that `paths` name, each once; folders are searched for evalscripts.

    Args:
        paths: files and folders.
        problems: where to tell what cannot be read.
        exclusion: what is left out.
        skip_others: whether files that are named must look like evalscripts, too.
        includes: which files of folders are looked at, all that may be scripts or hold some; where it is None, scripts
            alone, in .js files.
    """
    seen: set[Path] = set()
    for name in paths:
        path = Path(name)
        folder = is_folder(path)
        before = exclusion.count
        found = list(_search(path, problems, exclusion, includes)) if folder else [path] * exclusion.keeps(path)
        if skip_others and not folder:
            found = [item for item in found if not is_there(item) or _looks_like_one(item, problems, includes)]
        if folder and not found and exclusion.count == before:
            problems.tell(f"{name}: {NOTHING_THERE}")
        for item in found:
            if item not in seen:
                seen.add(item)
                yield item


def other_language(name: str) -> str | None:
    """Return what a file is by the ending of its name, None where it may be an evalscript."""
    return _OTHER_BY_ENDING.get(Path(name).suffix.lower())


def is_folder(path: Path) -> bool:
    """Return whether there is a folder of that path; False where that cannot be told."""
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder that may not be entered
        return False


def is_there(path: Path) -> bool:
    """Return whether there is anything of that path; False where that cannot be told."""
    try:
        return path.exists()
    except OSError:
        return False


def looks_like_script(text: str) -> bool:
    """Return whether a text speaks of what every evalscript has."""
    return any(sign.decode() in text for sign in _SIGNS)


def read_script(path: Path, problems: Problems, largest: int = LARGEST) -> Source | None:
    """Return a script, or tell why it cannot be read and return None; `largest` is the most characters."""
    try:
        with path.open("rb") as file:
            return _decode(file.read(_most_bytes(largest)), str(path), problems, largest)
    except OSError as error:
        problems.tell(f"{path}: {error.strerror or error}")
        return None


def read_stdin(name: str, problems: Problems, largest: int = LARGEST) -> Source | None:
    """Return the script on standard input, or tell why it cannot be read and return None."""
    if sys.stdin is None:
        problems.tell("standard input is closed")
        return None
    return _decode(sys.stdin.buffer.read(_most_bytes(largest)), name, problems, largest)


def largest_of(name: str) -> int:
    """Return how many characters a file of that name may have: one that is a script as a whole, or may hold some."""
    return LARGEST if kind_of(name) in (None, "js") else MAX_CHARACTERS


def _most_bytes(largest: int) -> int:
    """As many as so many characters and a byte order mark can take, and one more."""
    return 4 * largest + 4


def _decode(data: bytes, name: str, problems: Problems, largest: int) -> Source | None:
    too_large = len(data) == _most_bytes(largest)
    try:
        source = Source("", name) if too_large else Source.decode(data, name)
    except SourceError as error:
        problems.tell(str(error))
        return None
    if too_large or len(source.text) > largest:
        what = "an evalscript is not that large, and it is not read"
        if largest != LARGEST:
            what = "a file that large is not searched for evalscripts"
        problems.tell(f"{name}: more than {largest:,} characters; {what}")
        return None
    return source


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


def _search(
    folder: Path, problems: Problems, exclusion: Exclusion, includes: Callable[[Path], bool] | None
) -> Iterator[Path]:
    def failed(error: OSError) -> None:
        problems.tell(f"{error.filename}: {error.strerror}")

    for where, folders, files in os.walk(folder, onerror=failed):
        if _ENVIRONMENT in files:
            folders.clear()
            continue
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NOT_SEARCHED
            and exclusion.keeps(Path(where, name), folder=True)
        )
        for name in sorted(files):
            path = Path(where, name)
            if name.startswith(".") or not (name.endswith(".js") if includes is None else includes(path)):
                continue
            if exclusion.keeps(path) and _looks_like_one(path, problems, includes):
                yield path


def _looks_like_one(path: Path, problems: Problems, includes: Callable[[Path], bool] | None) -> bool:
    try:
        if not path.is_file():  # a pipe would never end
            return False
        with path.open("rb") as file:
            data = file.read(_most_bytes(largest_of(path.name)))
    except OSError as error:
        problems.tell(f"{path}: {error.strerror}")
        return False
    return any(sign in data for sign in _SIGNS) or (includes is not None and is_likely(data))
