"""Evalscripts in Jupyter notebooks, of format 3 to 4.5: their cells as texts of their own, each read as what it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from oso_evalscript.documents.candidate import has_signs
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.json import Path, Text, load, texts
from oso_evalscript.documents.literals import newline_of, read_json, read_json_lines
from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.python import module_drafts
from oso_evalscript.documents.python import skeleton as python_skeleton
from oso_evalscript.model.errors import SourceError

_RAW = ("json", "md", "html", "js")
_MAGIC = re.compile(r"\s*%%(\w+)[^\r\n]*(?:\r\n?|\n|\Z)")
_MAGICS = {"javascript": "text", "js": "text", "html": "html", "HTML": "html", "markdown": "md", "svg": "html"}
_PYTHON_MAGICS = ("time", "timeit", "capture", "prun", "python", "python3", "debug", "memit", "memray_flamegraph")
_WRITEFILE = re.compile(r"\s*%%(?:writefile|file)\b.*?\.(\w+)['\"]?[ \t]*(?:\r\n?|\n|\Z)")
_LANGUAGES = {"python": "py", "ipython": "py", "javascript": "js", "typescript": "ts"}


@dataclass(frozen=True)
class Cell:
    """A cell: its number from 1, what kind it is, the language of its code, and its text."""

    number: int
    kind: str
    language: str
    passage: Passage


def cells(passage: Passage) -> Iterator[Cell]:
    """Yield the cells of a notebook that are not empty.

    Raises:
        SourceError: it is not JSON, or no notebook.
    """
    text = passage.text
    notebook = load(text)
    described = _described(notebook)
    language = _language(notebook)
    groups: defaultdict[Path, list[Text]] = defaultdict(list)
    for item in texts(text):
        source, rest = _of_source(item.path)
        if rest:
            groups[source].append(item)
    between = _between(text, groups)
    for number, (path, cell) in enumerate(described.items(), 1):
        kind = str(cell.get("cell_type", ""))
        key = "input" if "input" in cell and kind == "code" else "source"
        items = groups.get((*path, key), [])
        if items:
            spoken = str(cell.get("language", language)) if kind == "code" else ""
            yield Cell(
                number, kind, spoken.lower(), _source(passage, items, between, is_list=isinstance(cell.get(key), list))
            )


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the texts of a notebook's cells that may be evalscripts."""
    found = [cell for cell in cells(passage) if cell.passage.text]
    python = [
        cell for cell in found if cell.kind == "code" and _LANGUAGES.get(cell.language) == "py" and _is_python(cell)
    ]
    starts = [cell.passage.anchor(0) for cell in python]
    result: list[Draft] = []
    if any(has_signs(cell.passage.text) for cell in python):
        for draft in module_drafts([cell.passage for cell in python], magics=True):
            cell = python[bisect_right(starts, draft.passage.anchor(0)) - 1]
            result.append(replace(draft, cell=cell.number, frame=cell.passage))
    for cell in found:
        if cell not in python and has_signs(cell.passage.text):
            result += (replace(draft, cell=cell.number, frame=cell.passage) for draft in _other_drafts(cell, read))
    yield from sorted(result, key=lambda draft: draft.passage.anchor(0))


def _other_drafts(cell: Cell, read: Read) -> Iterator[Draft]:
    """The texts of a cell that holds no Python."""
    if cell.kind == "markdown":
        yield from read("md", cell.passage)
    elif cell.kind != "code":
        yield Draft(cell.passage, inner=_RAW)
    elif match := _WRITEFILE.match(cell.passage.text):
        yield from read(match[1].lower(), cell.passage[match.end() :])
    elif match := _MAGIC.match(cell.passage.text):
        kind = _MAGICS.get(match[1])
        if kind == "text":
            yield Draft(cell.passage[match.end() :], inner=("js",))
        elif kind is not None:
            yield from read(kind, cell.passage[match.end() :])
    elif cell.language in _LANGUAGES:
        yield from read(_LANGUAGES[cell.language], cell.passage)


def _is_python(cell: Cell) -> bool:
    match = _MAGIC.match(cell.passage.text)
    return match is None or match[1] in _PYTHON_MAGICS


def skeleton(text: str, kind: str) -> object:
    """Return what a notebook says but for the sources of its cells, and what Python makes of those."""
    passage = Passage.whole(text)
    found = list(cells(passage))
    pieces, done = [], 0
    for cell in found:
        pieces.append(text[done : cell.passage.anchor(0)])
        done = cell.passage.anchor(len(cell.passage))
    code = [_code_skeleton(cell) for cell in found if _LANGUAGES.get(cell.language) == "py"]
    return [*pieces, text[done:]], code


def _code_skeleton(cell: Cell) -> object:
    """What Python makes of a cell; where it refuses it, the text, which may not change at all."""
    try:
        return python_skeleton(cell.passage.text, "ipynb") if _is_python(cell) else None
    except SourceError:
        return cell.passage.text


def _described(notebook: Any) -> dict[Path, dict[str, Any]]:
    """The cells of a notebook by the path that leads to each."""
    if isinstance(notebook, dict):
        if isinstance(listed := notebook.get("cells"), list):
            return {("cells", index): cell for index, cell in enumerate(listed) if isinstance(cell, dict)}
        if isinstance(sheets := notebook.get("worksheets"), list):
            return {
                ("worksheets", number, "cells", index): cell
                for number, sheet in enumerate(sheets)
                if isinstance(sheet, dict)
                for index, cell in enumerate(sheet.get("cells", ()))
                if isinstance(cell, dict)
            }
    raise SourceError("not a notebook: it has no list of cells")


def _language(notebook: dict[str, Any]) -> str:
    """The language of a notebook's code; Python where it does not say."""
    metadata = notebook.get("metadata")
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        entry = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(entry, dict) and isinstance(entry.get(name), str):
            return str(entry[name])
    return "python"


def _of_source(path: Path) -> tuple[Path, bool]:
    """The path of the source that a string is, or is a line of."""
    if path and isinstance(path[-1], int):
        path = path[:-1]
    return path, len(path) in (3, 5) and path[-1] in ("source", "input") and path[0] in ("cells", "worksheets")


def _between(text: str, groups: dict[Path, list[Text]]) -> str:
    """What the notebook writes between two lines of a source."""
    for items in groups.values():
        if len(items) > 1:
            return text[items[0].end : items[1].start]
    for items in groups.values():
        start = text.rfind("\n", 0, items[0].start) + 1
        indent = text[start : items[0].start - 1]
        if not indent.strip():
            return f'",{newline_of(text)}{indent}"'
    return '", "'


def _source(passage: Passage, items: list[Text], between: str, *, is_list: bool) -> Passage:
    if not is_list:
        return read_json(passage, items[0].start, items[0].end)
    if len(items) > 1:
        between = passage.text[items[0].end : items[1].start]
    return read_json_lines(passage, [(item.start, item.end) for item in items], between)
