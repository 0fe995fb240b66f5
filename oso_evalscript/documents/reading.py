"""From a host to its scripts: each text that may be one is tried as it stands, as a template, and as a host itself."""

from __future__ import annotations

import importlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple, Protocol

from oso_evalscript.documents import templates
from oso_evalscript.documents.candidate import has_signs, is_evalscript
from oso_evalscript.documents.conversions import CONVERSION, conversions
from oso_evalscript.documents.draft import Draft, Host, Read
from oso_evalscript.documents.passage import Hole, Passage
from oso_evalscript.documents.signs import CODE, MAX_CHARACTERS, MODULES, TYPED
from oso_evalscript.documents.standins import Settled, settle
from oso_evalscript.model.errors import MissingExtra, SourceError
from oso_evalscript.model.regex import regex

MAX_CODE = 4_000_000
"""The same for hosts that hold code, whose trees take a hundred times their room; beyond it they are not read."""

_IN_CODE = "in "  # before a kind of host that may be an evalscript as a whole: the texts in it
_WITH_REQUESTS = ("json", "py")
_LIGHT = frozenset(("json", "ipynb", "html", "htm"))
_MAX_DEPTH = 4
_SHAPE = regex(r"(?<![\w$.])__[A-Z][A-Z0-9_]*__(?![\w$])")
_DECLARED = r"(?:\b(?:var|let|const|function|class)\s+{0}\b|\b{0}\s*=(?!=))"
_LOOKS_FILLED = regex(r"\{\{|\{%|<%|%\(\w|\$\{|[@%#]\w+[@%#]|<\w+>|\[\[\s*\w+\s*\]\]")
_GUESSES: dict[str, re.Pattern[str]] = {
    "json": regex(r"\s*[\[{]"),
    "html": regex(r"\s*<"),
    "py": regex(r"(?s:.*)(?:'''|\"\"\"|\bdef\b|\bimport\b|^\w+\s*=\s*[frFR]?['\"])", re.MULTILINE),
    "js": regex(r"(?s:.*)['\"`]"),
    "md": regex(r"(?s:.*)(?:```|~~~|^(?: {4}|\t))", re.MULTILINE),
    "doc": regex(r"(?s:.*)(?:```|~~~|::\s*$|^(?: {4}|\t))", re.MULTILINE),
}


class Found(NamedTuple):
    """A script of a host: the text it was found in, and that text with something in the place of each placeholder."""

    draft: Draft
    settled: Settled


class _Reader(Protocol):
    """A module that reads some kinds of host."""

    def drafts(self, passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
        """Yield what may be an evalscript in a host.

        Raises:
            SourceError: the host is not what its name says.
            MissingExtra: what reads it is not installed.
        """

    def skeleton(self, passage: Passage, kind: str) -> object:
        """Return what a host consists of but for the texts that may be scripts; what no fix may change."""


def find(kind: str, passage: Passage) -> tuple[Found, ...]:
    """Return the scripts of a host, in the order of the text.

    Args:
        kind: one of `KINDS`.
        passage: the host.

    Raises:
        SourceError: the host is not what its name says, or is too large; the sentence does not name it.
        MissingExtra: what reads hosts of that kind is not installed.
    """
    text = passage.text
    if not has_signs(text):
        return ()
    limit = MAX_CHARACTERS if kind in _LIGHT else MAX_CODE
    if len(text) > limit:
        raise SourceError(f"more than {limit:,} characters; that is too large to search for evalscripts")
    found = _scripts(read(kind, passage), 0)
    if not found and kind in CODE:
        next(read(_IN_CODE + kind, Passage(())), None)  # tells if the parser is missing
    return tuple(_ordered(found))


def _ordered(found: Iterable[Found]) -> Iterator[Found]:
    """The scripts in the order of the text; those of a cell are so already."""
    by_cell: defaultdict[int, list[Found]] = defaultdict(list)
    for item in found:
        by_cell[item.draft.cell or 0].append(item)
    for cell, items in sorted(by_cell.items()):
        yield from items if cell or len(items) == 1 else sorted(items, key=lambda item: item.draft.passage.anchor(0))


def read(kind: str, passage: Passage) -> Iterator[Draft]:
    """Yield what may be an evalscript in a host; nothing for kinds of host that are not known."""
    if kind in CODE:
        return iter((Draft(passage, inner=(_IN_CODE + kind,)),))
    kind = kind.removeprefix(_IN_CODE)
    return _reader(kind).drafts(passage, _read_inside, kind) if kind in MODULES else iter(())


def _read_inside(kind: str, passage: Passage) -> Iterator[Draft]:
    """The same for a host inside another one, which is passed over in silence where it cannot be read."""
    try:
        if kind not in _WITH_REQUESTS:
            yield from read(kind, passage)
            return
        host = Host(kind, _module(passage) if kind == "py" else passage)
        yield from (replace(draft, host=host) for draft in read(kind, host.passage))
    except (SourceError, MissingExtra):
        return


def _module(passage: Passage) -> Passage:
    """A text as Python, which is parsed once for its strings and for the requests around them."""
    from oso_evalscript.documents.pymodules import ModuleText

    return ModuleText.of(passage)


def skeleton(kind: str, passage: Passage) -> object:
    """Return what a host consists of but for the texts that may be scripts; what no fix may change.

    Raises:
        SourceError: the host is not what its name says.
    """
    return _reader(kind).skeleton(passage, kind)


def _reader(kind: str) -> _Reader:
    reader: _Reader = importlib.import_module(f"oso_evalscript.documents.{MODULES[kind]}")
    return reader


def _scripts(drafts: Iterator[Draft], depth: int) -> list[Found]:
    """The scripts among some texts, and those inside of them; none that is only a part of another one."""
    found: list[Found] = []
    for draft in drafts:
        settled = _settled(draft)
        if settled is not None and not _is_typed(draft, settled):
            found.append(Found(draft, settled))
        elif depth < _MAX_DEPTH and has_signs(draft.passage.text):
            found += _inner(draft, depth)
    parts = [item.draft.parts for item in found]
    return [item for item in found if not item.draft.parts or not any(item.draft.parts < other for other in parts)]


def _is_typed(draft: Draft, settled: Settled) -> bool:
    """Whether a file as a whole is not JavaScript, as a script must be, but TypeScript or JSX, which are translated."""
    kind = draft.inner[0].removeprefix(_IN_CODE) if draft.inner and draft.inner[0].startswith(_IN_CODE) else ""
    if kind not in TYPED or (settled.reads and not settled.unknown):
        return False
    from oso_evalscript.documents.javascript import is_translated

    return is_translated(draft.passage.text, kind)


def _inner(draft: Draft, depth: int) -> list[Found]:
    """The scripts of a text that is a host itself; of the first kind of which it holds some that can be read."""
    broken: list[Found] = []
    for kind in draft.inner:
        if len(draft.passage.text) > (MAX_CHARACTERS if kind in _LIGHT else MAX_CODE):
            continue
        looks = _GUESSES.get(kind)
        if looks is not None and not looks.match(draft.passage.text):
            continue
        found = _scripts(_read_inside(kind, draft.passage), depth + 1)
        if found and all(item.settled.reads for item in found):
            return [item._replace(draft=_within(item.draft, draft)) for item in found]
        broken = broken or found
    return [item._replace(draft=_within(item.draft, draft)) for item in broken]


def _within(inner: Draft, outer: Draft) -> Draft:
    title = inner.title or (outer.title if inner.name is None else None)
    return replace(inner, name=inner.name or outer.name, title=title, cell=outer.cell, frame=outer.frame)


def _settled(draft: Draft) -> Settled | None:
    """The script that a text is; None where it is none, however it is filled in."""
    plain = draft.passage
    certain = [filling() for filling in draft.fillings]
    for passage in (*certain, plain):
        settled = _tried(passage, draft.name)
        if settled is not None and (not _may_be_filled(draft, passage) or settled.reads):
            return _without_stray_fields(passage, draft.name) or settled
    for guess in (*draft.guesses, *_guesses(draft.passage)):
        settled = _tried(guess(), draft.name)
        if settled is not None and settled.reads:
            return settled
    return _tried(certain[0] if certain else plain, draft.name)


def _without_stray_fields(passage: Passage, name: str | None) -> Settled | None:
    """A script with `{{ x }}` as a placeholder where that reads, but makes no sense; None if there is no such place."""
    other = templates.stray_fields(passage)
    settled = None if other is passage else _tried(other, name)
    return settled if settled is not None and settled.reads else None


def _may_be_filled(draft: Draft, passage: Passage) -> bool:
    return bool(draft.fillings or draft.guesses) or any(
        pattern.search(passage.text) for pattern in (_LOOKS_FILLED, CONVERSION)
    )


def _guesses(passage: Passage) -> Iterator[Callable[[], Passage]]:
    """What other ways of filling in a text might make of it."""
    text = passage.text
    if "{{" in text and templates.is_format(text):
        yield partial(templates.format_fields, passage)
    if "%(" in text:
        yield partial(templates.percent_fields, passage, named=True)
    if "{{" in text or "{%" in text or "<%" in text:
        yield partial(templates.jinja_fields, passage)
    if "${" in text:
        yield partial(templates.dollar_fields, passage, braced=True)
    if CONVERSION.search(text):
        yield partial(conversions, passage)
        yield partial(conversions, passage, everywhere=True)
    if templates.MARKED.search(text):
        yield partial(templates.marked_fields, passage)


def _tried(passage: Passage, name: str | None) -> Settled | None:
    """The script that a text is, None where it is none."""
    settled: list[Settled] = []

    def once() -> Settled:
        if not settled:
            settled.append(settle(_with_shapes(passage)))
        return settled[0]

    return once() if is_evalscript(passage.text, name, lambda: once().tree) else None


def _with_shapes(passage: Passage) -> Passage:
    """A text in which names such as `__BANDS__`, which it does not declare, are placeholders."""
    text = passage.text
    names = set(_SHAPE.findall(text)) if "__" in text else set()
    marks = {name for name in names if not re.search(_DECLARED.format(name), text)}
    if not marks:
        return passage
    return passage.reread(
        Hole(match.start(), match.end(), match[0]) for match in _SHAPE.finditer(text) if match[0] in marks
    )
