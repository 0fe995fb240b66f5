"""Which files of folders are looked at: scripts, and files of other kinds that may hold some."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from oso_evalscript.documents.signs import MAX_CHARACTERS, is_likely, kind_of
from oso_evalscript.model.text import LARGEST
from oso_evalscript.project.contents import Contents

Tell: TypeAlias = Callable[[str], None]
"""What is given a sentence about what cannot be read."""

_NOT_SEARCHED = ("node_modules", "__pycache__", "site-packages")
_ENVIRONMENT = "pyvenv.cfg"  # lies in a virtual environment of Python, which holds the files of others
NOTHING_THERE = "no evalscripts in this folder: no file contains evaluatePixel or VERSION=3, or returns bands"
"""The message for a folder in which nothing looks like an evalscript."""
NO_SCRIPT_THERE = (
    "no evalscripts in this folder: no .js file contains evaluatePixel or VERSION=3, or returns bands; "
    "name other files, such as notebooks, one by one"
)
"""The same where only files are looked at that are scripts as a whole."""
_LARGEST_SIMPLE = 500_000  # bytes of a file that is looked at although it holds neither
_SIGNS = (b"evaluatePixel", b"VERSION=3")
_BANDS = re.compile(rb"\b(?:B0[1-9]|B1[0-2]|B8A|VV|VH|SCL)\b")  # names that hardly anything else bears
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
    tell: Tell,
    exclusion: Exclusion,
    *,
    skip_others: bool = False,
    includes: Callable[[Path], bool] | None = None,
    contents: Contents | None = None,
) -> Iterator[Path]:
    """Yield the files that `paths` name, each once; folders are searched for evalscripts.

    Args:
        paths: files and folders.
        tell: is given a sentence about what cannot be read.
        exclusion: what is left out.
        skip_others: whether files that are named must look like evalscripts, too.
        includes: which files of folders are looked at, all that may be scripts or hold some; where it is None, scripts
            alone, in .js files.
        contents: what files are read into; each file of a folder is there when it is yielded.
    """
    contents = contents or Contents()
    seen: set[Path] = set()
    for name in paths:
        path = Path(name)
        folder = is_folder(path)
        before = exclusion.count
        empty = True
        if folder:
            found = _search(path, tell, exclusion, includes, contents)
        else:
            kept = exclusion.keeps(path)
            likely = not (skip_others and is_there(path)) or (kept and _looks_like_one(path, tell, includes, contents))
            found = iter([path] * (kept and likely))
        for item in found:
            empty = False
            if item not in seen:
                seen.add(item)
                yield item
        if folder and empty and exclusion.count == before:
            tell(f"{name}: {NO_SCRIPT_THERE if includes is None else NOTHING_THERE}")


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


def largest_of(name: str) -> int:
    """Return how many characters a file of that name may have: one that is a script as a whole, or may hold some."""
    return LARGEST if kind_of(name) in (None, "js") else MAX_CHARACTERS


def most_bytes(largest: int) -> int:
    """As many as so many characters and a byte order mark can take, and one more."""
    return 4 * largest + 4


def _search(
    folder: Path,
    tell: Tell,
    exclusion: Exclusion,
    includes: Callable[[Path], bool] | None,
    contents: Contents,
) -> Iterator[Path]:
    def failed(error: OSError) -> None:
        tell(f"{error.filename}: {error.strerror}")

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
            if exclusion.keeps(path) and _looks_like_one(path, tell, includes, contents):
                yield path


def _looks_like_one(path: Path, tell: Tell, includes: Callable[[Path], bool] | None, contents: Contents) -> bool:
    try:
        if not path.is_file():  # a pipe would never end
            return False
        contents.read(path, most_bytes(largest_of(path.name)))
    except OSError as error:
        tell(f"{path}: {error.strerror}")
        return False
    data, size = contents.data, contents.size
    if is_likely(data, size) if includes is not None else any(data.find(sign, 0, size) >= 0 for sign in _SIGNS):
        return True
    return path.name.endswith(".js") and size < _LARGEST_SIMPLE and _BANDS.search(data, 0, size) is not None
