"""One evalscript of a file, as `FILE`, `FILE::NAME`, `FILE:LINE` or `FILE:cell N` name it, and as it is run."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from oso_evalscript.documents.embedded import Embedded, find_scripts
from oso_evalscript.documents.signs import kind_of
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import SCRIPT_ENDINGS, Source

_PLACE = regex(r"(?P<path>.+?)(?:::(?P<name>.+)|(?::cell (?P<cell>\d+))?(?::(?P<line>\d+))?(?::\d+)?)", re.DOTALL)
_MAX_LISTED = 50


@dataclass(frozen=True, slots=True)
class Selection:
    """Which script of a file is meant.

    Attributes:
        path: the file.
        name: what the script is called.
        line: a line that it stands on, in the cell if that is given, else in the file.
        cell: the number of the notebook's cell.
    """

    path: Path
    name: str | None = None
    line: int | None = None
    cell: int | None = None

    @property
    def is_of_file(self) -> bool:
        """Whether nothing but the file is given."""
        return self.name is None and self.line is None and self.cell is None

    def means(self, script: Embedded) -> bool:
        """Return whether a script of the file is meant."""
        if self.name is not None:
            return self.name in (script.name, script.key)
        if self.cell is not None and script.cell != self.cell:
            return False
        if self.line is None:
            return True
        if self.cell is not None or script.cell is None:
            return self.line in script.lines
        first, last = (script.file_position(offset).line for offset in (0, len(script.source.text)))
        return first <= self.line <= last


def read_selection(argument: str) -> Selection:
    """Return what an argument means; where there is a file of that very path, the file."""
    match = _PLACE.fullmatch(argument)
    if match is None or match["path"] == argument or Path(argument).exists():
        return Selection(Path(argument))
    line, cell = (None if match[key] is None else int(match[key]) for key in ("line", "cell"))
    return Selection(Path(match["path"]), match["name"], line, cell)


def read_selected(path: Path) -> Source:
    """Return the script of a path, which may name one inside a file, ready to be run.

    Raises:
        OsoError: there is none, several may be meant, or the one that is meant is not complete.
        OSError: the file cannot be read.
    """
    selection = read_selection(str(path))
    return Source.read(selection.path) if is_whole(selection) else standalone(select(selection))


def select_all(path: Path, names: Collection[str] = ()) -> list[tuple[str, Embedded]]:
    """Return the scripts of a file, those of some names or all complete ones, with a name for each that no other has.

    Raises:
        OsoError: there is none, or none of a name.
    """
    found = find_scripts(path)
    if not found or not (names or any(not script.source.unknown for script in found)):
        raise OsoError(f"{path}: no evalscripts found in this file without placeholders")
    wanting = set(names) - {name for script in found for name in (script.name, script.key)}
    if wanting:
        raise OsoError(f"{path}: no evalscript is named {min(wanting)}; expected one of {_listed(found)}")
    taken: set[str] = set()
    result: list[tuple[str, Embedded]] = []
    for script in found:
        if (not {script.name, script.key} & set(names)) if names else script.source.unknown:
            continue
        name = script.name or f"line {script.line}"
        name = name if name not in taken else f"{name} (line {script.line})"
        taken.add(name)
        result.append((name, script))
    return result


def is_whole(selection: Selection) -> bool:
    """Return whether a file is taken as one script, and not searched, by its name alone."""
    kind = kind_of(selection.path.name)
    return selection.is_of_file and (kind is None or kind in SCRIPT_ENDINGS)


def select(selection: Selection) -> Embedded:
    """Return the script that is meant.

    Raises:
        OsoError: there is none, or several may be meant; the text lists them.
    """
    path = selection.path
    try:
        found = find_scripts(path)
    except OSError as error:
        raise OsoError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise error if isinstance(error, OsoError) else OsoError(f"{path}: {error}") from None
    if not found:
        raise OsoError(f"{path}: no evalscripts found in this file")
    meant = tuple(filter(selection.means, found))
    if len(meant) == 1:
        return meant[0]
    what = "" if selection.is_of_file else f"; {'several of them match' if meant else 'none of them matches'}"
    count = "1 evalscript" if len(found) == 1 else f"{len(found)} evalscripts"
    raise OsoError(f"{path}: has {count}{what}: name one as {_listed(meant or found)}")


def _listed(scripts: Sequence[Embedded]) -> str:
    names = [script.name for script in scripts]
    shown = [
        f"{script.document.name}::{script.name} (line {script.line})"
        if script.cell is None and script.name is not None and names.count(script.name) == 1
        else f"{script.document.name}::{script.name} (cell {script.cell})"
        if script.name is not None and names.count(script.name) == 1
        else script.place
        for script in scripts[:_MAX_LISTED]
    ]
    more = len(scripts) - len(shown)
    return ", ".join(shown) + (f", and {more} more" if more else "")


def label(script: Embedded) -> str:
    """Return what messages call a script: its file and its name, or else the place where it begins."""
    if script.is_whole:
        return script.document.name
    return script.place if script.name is None else f"{script.document.name}::{script.name}"


def standalone(script: Embedded) -> Source:
    """Return a script to be run or compared, called by its name; its lines are those of the file where they can be.

    Raises:
        OsoError: the program fills something in, so that the script is not complete.
    """
    source = script.source
    if source.unknown:
        marks = dict.fromkeys(source.slice(span).strip(".;, ") for span in source.unknown)
        verb = "is" if len(marks) == 1 else "are"
        raise OsoError(
            f"{label(script)}: {', '.join(marks)} {verb} filled in by the program; "
            "`extract` writes the script to a file in which you can replace it"
        )
    return replace(source, name=label(script), text=_blank_lines(script) + source.text)


def _blank_lines(script: Embedded) -> str:
    """The line ends before a script that give its lines the numbers of the file; none where these do not follow."""
    source = script.source
    numbers = [script.position(start).line for start in source.line_starts]
    follow = all(number == numbers[0] + index for index, number in enumerate(numbers))
    return source.newline * (numbers[0] - 1) if follow else ""
