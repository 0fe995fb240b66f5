"""Evalscripts in Jupyter notebooks, of format 3 to 4.5: their cells as texts of their own, each read as what it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from oso_evalscript.documents.candidate import has_signs
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.json import Cursor, refusals, strings
from oso_evalscript.documents.literals import newline_of, read_json, read_json_lines, without_surrogates
from oso_evalscript.documents.passage import Passage, Piece
from oso_evalscript.documents.pymodules import Module
from oso_evalscript.documents.python import module_drafts, module_skeleton
from oso_evalscript.documents.signs import pictures
from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.regex import regex

_RAW = ("json", "md", "html", "js")
_MAGIC = regex(r"\s*%%(\w+)[^\r\n]*(?:\r\n?|\n|\Z)")
_MAGICS = {"javascript": "js", "js": "js", "html": "html", "HTML": "html", "markdown": "md", "svg": "html"}
_PYTHON_MAGICS = ("time", "timeit", "capture", "prun", "python", "python3", "debug", "memit")
_WRITEFILE = regex(r"\s*%%(?:writefile|file)\b.*?\.(\w+)['\"]?[ \t]*(?:\r\n?|\n|\Z)")
_LANGUAGES = {"python": "py", "ipython": "py", "javascript": "js", "typescript": "ts"}


def without_pictures(text: str) -> NotebookText:
    """Return the text of a notebook without the pictures in it, which are nine tenths of most."""
    pieces: list[Piece] = []
    done = 0
    for start, end in pictures(text):
        pieces.append(Piece(text[done:start], done, start))
        done = end
    return NotebookText((*pieces, Piece(text[done:], done, len(text))))


@dataclass(frozen=True)
class Notebook:
    """A notebook: its text, its cells, and what is around them.

    Attributes:
        passage: the text.
        cells: where each cell begins, and what it says.
        around: what else it says.
    """

    passage: Passage
    cells: tuple[tuple[int, dict[str, Any]], ...]
    around: dict[str, Any]

    @cached_property
    def language(self) -> str:
        """The language of its code, in small letters."""
        return _language(self.around.get("metadata")).lower()

    @cached_property
    def between(self) -> str:
        """What is written between two lines of a source, where no source at hand has two."""
        text = self.passage.text
        for start, _ in self.cells:
            if found := _source_place(text, start):
                lines = strings(text, *found)
                if len(lines) > 1:
                    return text[lines[0][1] : lines[1][0]]
                line = text.rfind("\n", 0, lines[0][0]) + 1 if lines else 0
                indent = text[line : lines[0][0] - 1] if lines else "x"
                if not indent.strip():
                    return f'",{newline_of(text)}{indent}"'
        return '", "'


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook: its number from 1, what kind it is, the language of its code, and its text."""

    notebook: Notebook
    number: int
    kind: str
    language: str
    text: str

    @cached_property
    def passage(self) -> Passage:
        """The text, each character of which knows its place in the notebook."""
        return Passage.later(self.text, self._read)

    def _read(self) -> Passage:
        outer = self.notebook.passage
        found = _source_place(outer.text, self.notebook.cells[self.number - 1][0])
        if found is None:
            return Passage(())
        lines = strings(outer.text, *found)
        if outer.text[found[0]] == '"':
            return read_json(outer, *lines[0])
        between = outer.text[lines[0][1] : lines[1][0]] if len(lines) > 1 else self.notebook.between
        return read_json_lines(outer, lines, between)

    @cached_property
    def module(self) -> Module:
        """The text as Python, in which lines of IPython's own may stand."""
        return Module(self.text, lambda: self.passage, magics=True)

    @property
    def is_python(self) -> bool:
        """Whether its text is Python."""
        match = _MAGIC.match(self.text)
        is_code = self.kind == "code" and _LANGUAGES.get(self.language) == "py"
        return is_code and (match is None or match[1] in _PYTHON_MAGICS)


class NotebookText(Passage):
    """The text of a notebook, which is read once for its scripts and for the requests around them."""

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that are not empty."""
        return tuple(_cells(self))


def cells(passage: Passage) -> tuple[Cell, ...]:
    """Return the cells of a notebook that are not empty.

    Raises:
        SourceError: it is not JSON, or not a notebook.
    """
    return (passage if isinstance(passage, NotebookText) else NotebookText(passage.pieces)).cells


def _cells(passage: Passage) -> Iterator[Cell]:
    with refusals():
        notebook = _open(passage)
    for number, (_, said) in enumerate(notebook.cells, 1):
        kind = str(said.get("cell_type", ""))
        text = _text(said.get("input" if kind == "code" and "input" in said else "source"))
        if text:
            language = str(said.get("language", notebook.language)) if kind == "code" else ""
            yield Cell(notebook, number, kind, language.lower(), text)


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the texts of a notebook's cells that may be evalscripts."""
    found = cells(passage)
    python = [cell for cell in found if cell.is_python]
    if any(has_signs(cell.text) for cell in python):
        cell_of = {cell.module: cell for cell in python}
        for module, draft in module_drafts(list(cell_of)):
            yield replace(draft, cell=cell_of[module].number, frame=cell_of[module].passage)
    for cell in found:
        if not cell.is_python and has_signs(cell.text):
            for draft in _other_drafts(cell, read):
                yield replace(draft, cell=cell.number, frame=cell.passage)


def _other_drafts(cell: Cell, read: Read) -> Iterator[Draft]:
    """The texts of a cell that holds no Python."""
    if cell.kind == "markdown":
        yield from read("md", cell.passage)
    elif cell.kind != "code":
        yield Draft(cell.passage, inner=_RAW)
    elif match := _WRITEFILE.match(cell.text):
        yield from read(match[1].lower(), cell.passage[match.end() :])
    elif match := _MAGIC.match(cell.text):
        yield from read(_MAGICS.get(match[1], ""), cell.passage[match.end() :])
    else:
        yield from read(_LANGUAGES.get(cell.language, ""), cell.passage)


def skeleton(passage: Passage, kind: str) -> object:
    """Return what a notebook says but for the sources of its cells, and what Python makes of those."""
    found = cells(passage)
    around = (found[0].notebook.around, [_without_source(said) for _, said in found[0].notebook.cells]) if found else ()
    return around, [_Code(cell.module) if cell.is_python else None for cell in found]


def _without_source(said: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key not in ("source", "input")}


class _Code:
    """What Python makes of a cell; where it refuses it, the text, which may not change at all."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Code):
            return NotImplemented
        return self.module.text == other.module.text or self._skeleton == other._skeleton

    @cached_property
    def _skeleton(self) -> object:
        try:
            return module_skeleton(self.module)
        except SourceError:
            return self.module.text


def _open(passage: Passage) -> Notebook:
    """The notebook of a text; its cells of format 3 are those of all its sheets."""
    cursor = Cursor(passage.text)
    found: list[tuple[int, dict[str, Any]]] = []
    values: dict[str, Any] = {}
    is_notebook = False
    for key in cursor.entries() if cursor.sign == "{" else ():
        if key == "cells" and cursor.sign == "[":
            found += _read_cells(cursor)
            is_notebook = True
        elif key == "worksheets" and cursor.sign == "[":
            is_notebook = True
            for _ in cursor.items():
                for name in cursor.entries():
                    if name == "cells" and cursor.sign == "[":
                        found += _read_cells(cursor)
                    else:
                        cursor.value()
        else:
            values[key] = cursor.value()
    if not is_notebook:
        json.loads(passage.text)  # says what is wrong with the text, if anything is
        raise SourceError("not a notebook: it has no list of cells")
    return Notebook(passage, tuple(found), values)


def _read_cells(cursor: Cursor) -> Iterator[tuple[int, dict[str, Any]]]:
    for _ in cursor.items():
        start = cursor.at
        said = cursor.value()
        yield start, said if isinstance(said, dict) else {}


def _language(metadata: object) -> str:
    """The language of a notebook's code; Python where it does not say."""
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        entry = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(entry, dict) and isinstance(entry.get(name), str):
            return str(entry[name])
    return "python"


def _text(source: object) -> str:
    """The text of a source: a string, or a list of lines."""
    try:
        text = "".join(source) if isinstance(source, str | list) else ""
    except TypeError:  # a line is not a text
        return ""
    return text if text.isascii() else without_surrogates(text)


def _source_place(text: str, start: int) -> tuple[int, int] | None:
    """Where the source of the cell that begins at an offset begins and ends."""
    cursor = Cursor(text, start)
    places: dict[str, tuple[int, int]] = {}
    for key in cursor.entries() if cursor.sign == "{" else ():
        begin = cursor.at
        cursor.value()
        places[key] = begin, cursor.at
    return places.get("input" if "cell_type" in places and "input" in places else "source")
