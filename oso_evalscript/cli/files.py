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
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError, SourceError
from oso_evalscript.model.text import LARGEST, Source

_NOT_SEARCHED = ("node_modules", "__pycache__")
_MAX_BYTES = 4 * LARGEST + 4  # as many as so many characters and a byte order mark can take, and one more
_SIGNS = (b"evaluatePixel", b"VERSION=3")
_OTHERS = {
    "a C# file": ".cs",
    "a CSS file": ".css .less .scss",
    "a Go file": ".go",
    "a Java file": ".java",
    "a Jupyter notebook": ".ipynb",
    "a JSON file": ".geojson .json .json5 .jsonc .jsonl .ndjson",
    "a Markdown file": ".markdown .md .mdx .qmd .rmd",
    "a PHP file": ".php",
    "a Python file": ".py .pyi .pyw",
    "a reStructuredText file": ".rst",
    "a Ruby file": ".rb",
    "a shell script": ".bash .sh .zsh",
    "a template": ".ejs .hbs .j2 .jinja .jinja2",
    "a TOML file": ".toml",
    "a TypeScript file": ".cts .mts .ts .tsx",
    "a YAML file": ".yaml .yml",
    "an HTML file": ".astro .htm .html .svelte .vue",
    "an R file": ".r",
    "an XML file": ".svg .xml",
    "JavaScript with markup": ".jsx",
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
        count: files and folders left out so far.
    """

    def __init__(self, excludes: Callable[[Path, bool], bool] = lambda path, folder: False) -> None:
        self._excludes = excludes
        self.count = 0

    def keeps(self, path: Path, *, folder: bool = False) -> bool:
        """Return whether a file or folder is to be looked at, and count it if not."""
        out = self._excludes(path, folder)
        self.count += out
        return not out


def find_scripts(
    paths: tuple[str, ...], problems: Problems, exclusion: Exclusion, *, skip_others: bool = False
) -> Iterator[Path]:
    """Yield the files that `paths` name, each once; folders are searched for evalscripts.

    With `skip_others`, files that are named must look like evalscripts, too.
    """
    seen: set[Path] = set()
    for name in paths:
        path = Path(name)
        folder = is_folder(path)
        before = exclusion.count
        found = list(_search(path, problems, exclusion)) if folder else [path] * exclusion.keeps(path)
        if skip_others and not folder:
            found = [item for item in found if not is_there(item) or _looks_like_one(item, problems)]
        if folder and not found and exclusion.count == before:
            problems.tell(f"{name}: no evalscripts in this folder (.js files with evaluatePixel or VERSION=3)")
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


def read_script(path: Path, problems: Problems) -> Source | None:
    """Return a script, or tell why it cannot be read and return None."""
    try:
        with path.open("rb") as file:
            return _decode(file.read(_MAX_BYTES), str(path), problems)
    except OSError as error:
        problems.tell(f"{path}: {error.strerror or error}")
        return None


def read_stdin(name: str, problems: Problems) -> Source | None:
    """Return the script on standard input, or tell why it cannot be read and return None."""
    if sys.stdin is None:
        problems.tell("standard input is closed")
        return None
    return _decode(sys.stdin.buffer.read(_MAX_BYTES), name, problems)


def _decode(data: bytes, name: str, problems: Problems) -> Source | None:
    too_large = len(data) == _MAX_BYTES
    try:
        source = Source("", name) if too_large else Source.decode(data, name)
    except SourceError as error:
        problems.tell(str(error))
        return None
    if too_large or len(source.text) > LARGEST:
        problems.tell(f"{name}: more than {LARGEST:,} characters; an evalscript is not that large, and it is not read")
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


def _search(folder: Path, problems: Problems, exclusion: Exclusion) -> Iterator[Path]:
    def failed(error: OSError) -> None:
        problems.tell(f"{error.filename}: {error.strerror}")

    for where, folders, files in os.walk(folder, onerror=failed):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NOT_SEARCHED
            and exclusion.keeps(Path(where, name), folder=True)
        )
        for name in sorted(files):
            path = Path(where, name)
            if not name.endswith(".js") or name.startswith("."):
                continue
            if exclusion.keeps(path) and _looks_like_one(path, problems):
                yield path


def _looks_like_one(path: Path, problems: Problems) -> bool:
    try:
        if not path.is_file():  # a pipe would never end
            return False
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except OSError as error:
        problems.tell(f"{path}: {error.strerror}")
        return False
    return any(sign in data for sign in _SIGNS)
