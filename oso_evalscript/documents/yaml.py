"""Evalscripts in YAML: its scalars, in each of the five ways of writing them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oso_evalscript.documents.blocks import Line, host_lines, read_block
from oso_evalscript.documents.candidate import has_signs, is_key
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.literals import read_yaml
from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.spelling import Spelling
from oso_evalscript.documents.titles import TITLES, Path, title_at
from oso_evalscript.model.errors import MissingExtra, SourceError
from oso_evalscript.model.regex import regex

INNER = ("json", "md", "html", "js", "py")
"""What a scalar may hold that is not an evalscript itself."""

_ENDING = regex(r"[ \t]*(?:\r\n?|\n)")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar: the keys and numbers that lead to it, where it stands, how it is written and what it is worth."""

    path: Path
    start: int
    end: int
    style: str
    value: str

    @property
    def key(self) -> str | None:
        """The last key that leads to it."""
        return next((key for key in reversed(self.path) if isinstance(key, str)), None)


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the scalars that may be evalscripts."""
    scalars = list(_scalars(_events(passage.text)))
    titles = {scalar.path: scalar.value for scalar in scalars if scalar.path and scalar.path[-1] in TITLES}
    for scalar in scalars:
        if has_signs(scalar.value) or is_key(scalar.key):
            title = title_at(scalar.path, titles)
            yield Draft(_read(passage, scalar), scalar.key, inner=INNER, title=title)


def skeleton(passage: Passage, kind: str) -> object:
    """Return what a document says but for its values."""
    keys = iter([scalar.start for scalar in _scalars(_events(passage.text))])
    value = next(keys, None)
    found: list[object] = []
    for event in _events(passage.text):
        shown = getattr(event, "value", None)
        if shown is not None and event.start_mark.index == value:
            shown, value = None, next(keys, None)
        found.append((type(event).__name__, shown, getattr(event, "tag", None), getattr(event, "anchor", None)))
    return found


def _events(text: str) -> list[Any]:
    try:
        import yaml
    except ImportError:
        raise MissingExtra("reading YAML", "PyYAML", "embedded") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return list(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
        raise SourceError(f"not YAML: {error.problem or error.context}{where}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise SourceError(f"not YAML: {str(error).splitlines()[0]}") from None


def _scalars(events: list[Any]) -> Iterator[Scalar]:
    """The values of a document that are scalars."""
    stack: list[
        list[Any]
    ] = []  # of each collection: whether it is a mapping, the key or number, whether one comes next
    for event in events:
        kind = type(event).__name__
        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            stack.pop()
        elif kind in ("ScalarEvent", "AliasEvent", "MappingStartEvent", "SequenceStartEvent"):
            is_key = bool(stack) and stack[-1][0] and stack[-1][2]
            if stack and stack[-1][0]:
                stack[-1][2] = not is_key
                if is_key:
                    stack[-1][1] = getattr(event, "value", None)
            elif stack:
                stack[-1][1] += 1
            if kind == "ScalarEvent" and not is_key:
                path = tuple(entry[1] for entry in stack if entry[1] is not None)
                yield Scalar(path, event.start_mark.index, event.end_mark.index, event.style or "", event.value)
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            is_mapping = kind == "MappingStartEvent"
            stack.append([is_mapping, None if is_mapping else -1, True])


def _read(passage: Passage, scalar: Scalar) -> Passage:
    """What a scalar stands for, character by character."""
    if scalar.style == "|":
        found = _literal(passage, scalar)
    elif scalar.style == ">":
        found = _folded(passage, scalar)
    else:
        quotes = len(scalar.style)
        found = read_yaml(passage, scalar.start + quotes, scalar.end - quotes, quote=scalar.style)
    if found is not None and found.text == scalar.value:
        return found
    place = passage.hull(scalar.start, scalar.end, "")
    return Passage.fixed(scalar.value, place.start, place.end)


def _lines(passage: Passage, scalar: Scalar) -> list[tuple[int, int]]:
    """The lines of a block scalar behind its first, which is its head."""
    lines = [line for line in host_lines(passage.text) if scalar.start < line[0] < scalar.end]
    return [(start, min(end, scalar.end)) for start, end in lines]


def _literal(passage: Passage, scalar: Scalar) -> Passage | None:
    wanted = scalar.value.split("\n")
    if not wanted[-1]:
        wanted.pop()
    lines = _lines(passage, scalar)
    if len(wanted) > len(lines):
        return None
    found = [Line(*line, want) for line, want in zip(lines, wanted, strict=False)]
    first = next((line for line in found if line.wanted.strip()), None)
    if first is None:
        return None
    prefix = passage.text[first.start : first.end - len(first.wanted)]
    return read_block(passage, found, prefix)[: len(scalar.value)]


def _folded(passage: Passage, scalar: Scalar) -> Passage | None:
    """A scalar whose lines are joined by blanks: each line is found again in the value, in order."""
    text, value = passage.text, scalar.value
    lines = [line for line in _lines(passage, scalar) if text[slice(*line)].strip()]
    if not lines:
        return None
    indent = min(len(text[start:end]) - len(text[start:end].lstrip(" ")) for start, end in lines)
    result = Passage(())
    done, place = 0, lines[0][0] + indent
    for start, end in lines:
        content = text[start + indent : end]
        at = value.find(content, done)
        if at < 0 or value[done:at].strip(" \n"):
            return None
        if at > done:
            result += Passage((passage.hull(place, start + indent, value[done:at]),))
        result += passage[start + indent : end]
        done, place = at + len(content), end
    for _ in value[done:]:
        if (ending := _ENDING.match(text, place)) is None:
            return None
        result += Passage((passage.hull(place, ending.end(), "\n"),))
        place = ending.end()
    return result.within(Spelling(refused=frozenset("\n")))
