"""Comments that speak to this package: `// oso: KEY VALUE, VALUE — anything else`.

They are read here and nowhere else, in line comments and in block comments, never inside strings:

    // oso: nomenclature oso-17                  whose classes the script paints
    // oso: nomenclature own                     classes that do not come with the package
    // oso: codes oso-17                         whose codes its bands hold, in whatever colours it paints them
    // oso: band B1 uint8 0..10                the type of a band, and its least and largest value
    // oso: collection: sentinel-2-l2a           where its bands come from; a colon after the key is allowed
    // classes; oso: nomenclature oso-17         behind other text
    // oso: collection cnes-land-cover; nomenclature oso-17      several, after `;` or with another `oso:`
    // oso: allow RULE, RULE — why               findings to allow in a line, `allow-file` in the file

Of two directives with one key the first counts. Text in quotes or backticks is text about directives. What begins a
comment like a directive and has no known key is reported; behind other text only what looks like a misspelt key is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from oso_evalscript.javascript.syntax import Tree
from oso_evalscript.model.nearest import nearest
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Span

if TYPE_CHECKING:  # the catalogue is read only where a comment names a collection
    from oso_evalscript.model.catalog import Collection
    from oso_evalscript.model.nomenclature import Nomenclature

KEYS = ("allow", "allow-file", "band", "codes", "collection", "nomenclature")
_SINGLE = ("codes", "collection", "nomenclature")  # keys with one value, which hold for the whole script

_MARK = regex(r"oso:[ \t]*")
_KEY = regex(r"[A-Za-z][\w-]*")
_NEXT = regex(rf"[ \t]*;[ \t]*(?=(?:{'|'.join(KEYS)})(?![\w-]))")
_GAP = regex(r"(?:[ \t]*:)?[ \t]*")
_VALUE = regex(r"\w[\w-]*(?:[./][\w-]+)*")
_COMMA = regex(r"[ \t]*,[ \t]*")
_WORD = regex(r"[^\s,;*]+")
_RANGE = regex(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")
_BAND_TYPES = {
    "uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767), "float32": (0, 1),
}  # fmt: skip
_LINE = regex(r"[^\r\n\u2028\u2029]+")
_OPENING = regex(r"[ \t*]*")
_PADDING = " \t\r\n\u2028\u2029*"
_BEFORE = frozenset(" \t;,.:(*—-")  # what may stand directly before a directive that is behind other text


class Directive(NamedTuple):
    """One directive.

    Attributes:
        key: its key, as written.
        key_span: where that stands.
        values: where its values stand; empty where there are none.
        span: the directive with all that belongs to it, from the marks of its comment, or from its own beginning
            behind other text, to the next directive or the end of the line or comment.
        comment: the whole comment.
        leads: whether nothing but the marks of the comment stands before it on its line.
        fills: whether nothing else stands in its comment.
    """

    key: str
    key_span: Span
    values: tuple[Span, ...]
    span: Span
    comment: Span
    leads: bool
    fills: bool


class DirectiveFault(NamedTuple):
    """What is wrong with a directive, and where."""

    span: Span
    message: str


class DeclaredNomenclature(NamedTuple):
    """The nomenclature that a script declares.

    Attributes:
        nomenclature: the nomenclature; None where the script says that it is none of the package's.
        by_name: whether its colours are meant as well, because it is named itself, rather than its codes or the
            collection that it belongs to.
    """

    nomenclature: Nomenclature | None
    by_name: bool


class DeclaredBand(NamedTuple):
    """A band that a script declares.

    Attributes:
        name: the name of the band.
        stored: its type, such as `uint8`.
        least: the least value, in the unit that the script asks for.
        largest: the largest value.
    """

    name: str
    stored: str
    least: float
    largest: float

    @property
    def whole(self) -> bool:
        """Whether all its values are whole numbers."""
        return self.stored != "float32"


@dataclass(frozen=True)
class Directives:
    """The directives of a script, and what they declare.

    Attributes:
        tree: the script.
        collection_given: the name of the collection where a caller says it; a comment has precedence.
    """

    tree: Tree
    collection_given: str | None = field(default=None, kw_only=True)

    @cached_property
    def all(self) -> tuple[Directive, ...]:
        """Every directive with a known key, in the order of the text."""
        return tuple(item for item in self._candidates if item.key in KEYS)

    @cached_property
    def collection(self) -> Collection | None:
        """The collection that a comment names, or else the caller; None where there is none of that name."""
        named = self._first_known("collection") or self.collection_given
        return None if named is None else _collection(named)

    @cached_property
    def nomenclature(self) -> DeclaredNomenclature | None:
        """The nomenclature that a comment names, with or without its colours, or else that of the collection."""
        named = self._first_known("nomenclature")
        name = named or self._first_known("codes")
        if name is None and self.collection is not None:
            name = _of_collection(self.collection, self.tree.source.text)
        if name is None:
            return None
        from oso_evalscript.model.nomenclature import OWN, shipped_nomenclature

        return DeclaredNomenclature(None if name == OWN else shipped_nomenclature(name), by_name=named is not None)

    @cached_property
    def bands(self) -> dict[str, DeclaredBand]:
        """The declared bands, by name."""
        read = (_band(self._words(item)) for item in self.all if item.key == "band")
        found: dict[str, DeclaredBand] = {}
        for band in read:
            if isinstance(band, DeclaredBand):
                found.setdefault(band.name, band)
        return found

    def _words(self, item: Directive) -> tuple[str, ...]:
        return tuple(map(self.tree.source.slice, item.values))

    def faults(self) -> Iterator[DirectiveFault]:
        """Yield what is wrong with keys, and with the values that name nomenclatures and collections."""
        first: dict[str, str] = {}
        for item in self._candidates:
            if item.key not in KEYS:
                if fault := _unknown_key(item):
                    yield fault
            elif item.key == "band":
                if isinstance(wrong := _band(self._words(item)), str):
                    yield DirectiveFault(item.values[-1] if item.values else item.key_span, wrong)
            elif item.key in _SINGLE:
                yield from self._value_faults(item, first)

    def _value_faults(self, item: Directive, first: dict[str, str]) -> Iterator[DirectiveFault]:
        choices = _choices(item.key)
        if not item.values:
            expected = "such as `sentinel-2-l2a`" if item.key == "collection" else _listed(choices)
            yield DirectiveFault(item.key_span, f"`oso: {item.key}` names no {_named(item.key)}; expected {expected}")
            return
        value = self.tree.source.slice(item.values[0])
        if not _is_known(item.key, value):
            near = _nearest(value, choices)
            hint = f"did you mean `{near}`?" if near else _where_listed(item.key, choices)
            yield DirectiveFault(item.values[0], f"`{value}` is not a known {_named(item.key)}; {hint}")
        elif value != first.setdefault(item.key, value):
            message = f"`oso: {item.key} {first[item.key]}` comes first, so `{value}` has no effect"
            yield DirectiveFault(item.values[0], message)

    def _first_known(self, key: str) -> str | None:
        """The first value of a key that stands for something."""
        values = (self.tree.source.slice(item.values[0]) for item in self.all if item.key == key and item.values)
        return next((value for value in values if _is_known(key, value)), None)

    @cached_property
    def _candidates(self) -> tuple[Directive, ...]:
        text = self.tree.source.text
        if "oso:" not in text:
            return ()
        return tuple(item for start, end in self.tree.comments for item in _in_comment(text, start, end))


class _Start(NamedTuple):
    """Where a directive begins, where its key would stand, and the line of the comment in which it stands."""

    at: int
    key_at: int
    line: Span


def _in_comment(text: str, start: int, end: int) -> Iterator[Directive]:
    """Yield what looks like a directive in one comment."""
    closed = text.startswith("/*", start) and text.endswith("*/", start + 2, end)
    inner = Span(start + 2, end - 2 if closed else end)
    starts = list(_starts(text, inner))
    for index, (at, key_at, line) in enumerate(starts):
        key = _KEY.match(text, key_at, line.end)
        if key is None:
            continue
        following = starts[index + 1].at if index + 1 < len(starts) else inner.end
        last = min(line.end, following)
        leads = not text[line.start : at].strip(_PADDING)
        fills = not text[inner.start : at].strip(_PADDING) and not text[last : inner.end].strip(_PADDING)
        span = Span(start if leads and line.start == inner.start else at, end if fills else last)
        values = _behind(key, text, last)
        yield Directive(key[0], Span(*key.span()), values, span, Span(start, end), leads, fills)


def _starts(text: str, inner: Span) -> Iterator[_Start]:
    """Yield where directives begin in what stands between the marks of a comment."""
    for found in _LINE.finditer(text, inner.start, inner.end):
        line = Span(*found.span())
        opening = _OPENING.match(text, line.start, line.end)
        first = opening.end() if opening else line.start
        for mark in _MARK.finditer(text, line.start, line.end):
            at = _start_behind(text, first, mark.start())
            if at is not None:
                yield _Start(at, mark.end(), line)
                yield from (_Start(place, place, line) for place in _continued(text, mark.end(), line.end))


def _start_behind(text: str, first: int, mark: int) -> int | None:
    """Where a directive begins whose mark stands there; None where the mark is part of other text.

    Args:
        text: the whole text.
        first: where the text of the line begins, behind the marks of the comment.
        mark: where `oso:` stands.
    """
    if mark == first:
        return mark
    before = text[first:mark].rstrip(" \t")
    if before.endswith("//"):  # `// VERSION=3 // oso: allow RULE`, but not in quotes
        slashes = first + len(before.rstrip("/"))
        return slashes if slashes == first or text[slashes - 1] in _BEFORE else None
    return mark if text[mark - 1] in _BEFORE else None


def _continued(text: str, key_at: int, end: int) -> Iterator[int]:
    """Yield where further keys stand that follow `;`, right behind the values of one."""
    at = key_at
    while (key := _KEY.match(text, at, end)) and key[0] in KEYS:
        spans = _behind(key, text, end)
        following = _NEXT.match(text, spans[-1].end if spans else key.end(), end)
        if following is None:
            return
        at = following.end()
        yield at


def _behind(key: re.Match[str], text: str, end: int) -> tuple[Span, ...]:
    """Where the values stand that follow a key."""
    return (_words if key[0] == "band" else _values)(text, key.end(), end)


def _values(text: str, at: int, end: int) -> tuple[Span, ...]:
    """Where names stand that follow a key, separated by commas."""
    found: list[Span] = []
    gap = _GAP.match(text, at, end)
    place = gap.end() if gap else at
    while place > at and (value := _VALUE.match(text, place, end)):
        found.append(Span(*value.span()))
        comma = _COMMA.match(text, value.end(), end)
        if comma is None:
            break
        place = comma.end()
    return tuple(found)


def _words(text: str, at: int, end: int) -> tuple[Span, ...]:
    """The spans of the words after `band`: a name, a type and a range."""
    found: list[Span] = []
    gap = _GAP.match(text, at, end)
    place = gap.end() if gap else at
    while len(found) < 3 and place > at and (word := _WORD.match(text, place, end)):
        if len(found) == 2 and not _RANGE.fullmatch(word[0]) and ".." not in word[0]:
            break  # other text
        found.append(Span(*word.span()))
        blank = _OPENING.match(text, word.end(), end)
        place = blank.end() if blank else word.end()
    return tuple(found)


def _band(words: tuple[str, ...]) -> DeclaredBand | str:
    """The band that a directive declares, or what is wrong with it."""
    if len(words) < 2:
        return "`oso: band` needs a name and a type, as in `oso: band B1 uint8 0..10`"
    name, type_ = words[0], words[1].lower()
    if type_ not in _BAND_TYPES:
        near = _nearest(type_, tuple(_BAND_TYPES))
        hint = f"did you mean `{near}`?" if near else f"expected {_listed(tuple(_BAND_TYPES))}"
        return f"`{words[1]}` is not a band type; {hint}"
    low, high = _BAND_TYPES[type_]
    if len(words) == 2:
        return DeclaredBand(name, type_, low, high)
    ends = _RANGE.fullmatch(words[2])
    if ends is None:
        return f"`{words[2]}` is not a range; expected the least and the largest value, as in `0..10`"
    least, largest = float(ends[1]), float(ends[2])
    if not least <= largest:
        return f"the range `{words[2]}` is empty: its end is less than its start"
    if type_ != "float32" and not low <= least <= largest <= high:
        return f"the range `{words[2]}` does not fit {type_}, which holds {low}..{high}"
    return DeclaredBand(name, type_, least, largest)


def _unknown_key(item: Directive) -> DirectiveFault | None:
    near = _nearest(item.key, KEYS)
    if not near and not (item.leads and item.key.islower()):
        return None
    hint = f"did you mean `{near}`?" if near else f"expected {_listed(KEYS)}"
    return DirectiveFault(item.key_span, f"`{item.key}` is not a known directive; {hint}")


def _is_known(key: str, value: str) -> bool:
    return _collection(value) is not None if key == "collection" else value in _choices(key)


def _choices(key: str) -> tuple[str, ...]:
    """What can stand behind a key with one value; of collections their ids, though other names do as well."""
    if key == "collection":
        from oso_evalscript.model.catalog import collections

        return tuple(item.id for item in collections())
    from oso_evalscript.model.nomenclature import OWN, available

    return available() if key == "codes" else (*available(), OWN)


def _named(key: str) -> str:
    """What the value of a key names."""
    return "collection" if key == "collection" else "nomenclature"


def _where_listed(key: str, choices: tuple[str, ...]) -> str:
    return "docs/collections.md lists them" if key == "collection" else f"expected {_listed(choices)}"


def _listed(words: tuple[str, ...]) -> str:
    return "one of " + ", ".join(f"`{word}`" for word in words)


def _of_collection(collection: Collection, text: str) -> str | None:
    """The nomenclature of a map of classes; of several bands of classes, that of the only one that the text names."""
    named = {band.name: band.nomenclature for band in collection.bands if band.nomenclature is not None}
    if collection.nomenclature is None or len(named) == 1:
        return collection.nomenclature
    words = set(re.findall(r"[\w$]+", text))
    found = [nomenclature for name, nomenclature in named.items() if name in words]
    return found[0] if len(found) == 1 else None


def _nearest(word: str, choices: tuple[str, ...]) -> str | None:
    return nearest(word.lower().replace("_", "-"), choices, 0.7)


def _collection(name: str) -> Collection | None:
    from oso_evalscript.model.catalog import named_collection

    return named_collection(name)
