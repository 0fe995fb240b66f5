"""Class nomenclatures: which code means what, its colour, and the group it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.regex import regex

OWN = "own"  # how a comment names a nomenclature that does not come with the package
LARGEST_CODE = 65_535  # what a band of UINT16 holds
_FOLDER = Path(__file__).with_name("nomenclatures")
# How their files begin each class.
_CODE_AND_COLOR = regex(r'\{ code = (\d+), (?:group = "[^"]*", )?color = "(#[0-9a-f]{6})"')


class Language(StrEnum):
    """The languages of labels."""

    ENGLISH = "en"
    FRENCH = "fr"


LanguageCode: TypeAlias = Literal["en", "fr"]


@dataclass(frozen=True, slots=True)
class LandClass:
    """One class: its code in the band, its labels, its colour, and the id of its group if it has one.

    `safe` is a colour that can be told from those of the other classes with any colour vision, if one was found.
    """

    code: int
    english: str
    french: str
    color: Color
    group: str | None = None
    safe: Color | None = None

    def label(self, language: Language | LanguageCode) -> str:
        """Return what the class is called in a language."""
        return self.french if language == Language.FRENCH else self.english


@dataclass(frozen=True, slots=True)
class Group:
    """Classes that belong together, such as all forests: its id, its labels and its colour.

    `parent` is the id of the broader group that it is part of, if there is one.
    """

    id: str
    english: str
    french: str
    color: Color
    parent: str | None = None

    def label(self, language: Language | LanguageCode) -> str:
        """Return what the group is called in a language."""
        return self.french if language == Language.FRENCH else self.english


@dataclass(frozen=True, slots=True)
class Break:
    """An edition whose method differs from that of the edition before: changes between them may come from that."""

    year: int
    english: str


@dataclass(frozen=True, slots=True)
class Nomenclature:
    """A list of classes in the order of their codes, and where it comes from.

    Attributes:
        id: its name in specs, such as `oso-23`.
        title: a short description.
        classes: ascending by code, each code once.
        source: where codes, labels and colours were published.
        licence: the licence of the data.
        credit: the line to show with every picture of the data.
        groups: the groups of the classes, each id once; may be empty.
    unverified: fields that no source of the producer confirms: `english`, `french`, `color`.
        single_source: fields that only one independent public source has: `code`, `english`, `french`, `color`.
        checked: the public sources that codes, labels and colours were compared with.
        differences: disagreements between these sources, a sentence each.
        breaks: the editions whose method differs from that of the previous edition.
        technical: codes that are not classes, such as for no data; 0 and 255 need not be listed.
    """

    id: str
    title: str
    classes: tuple[LandClass, ...]
    source: str
    licence: str
    credit: str
    groups: tuple[Group, ...] = ()
    unverified: tuple[str, ...] = ()
    single_source: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()
    technical: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        codes = self.codes
        if list(codes) != sorted(set(codes)):
            raise ValueError(f"the codes of nomenclature {self.id} must ascend, each once, not {codes}")
        if codes and not 0 <= codes[0] <= codes[-1] <= LARGEST_CODE:
            raise ValueError(f"the codes of nomenclature {self.id} must lie in 0..{LARGEST_CODE}, not {codes}")
        if both := set(codes).intersection(self.technical):
            raise ValueError(f"codes of nomenclature {self.id} are classes and technical: {sorted(both)}")
        known = [group.id for group in self.groups]
        if len(set(known)) < len(known):
            raise ValueError(f"the groups of nomenclature {self.id} must be named once each, not {known}")
        for entry in self.classes:
            if entry.group is not None and entry.group not in known:
                raise ValueError(f"nomenclature {self.id} has no group {entry.group}, which class {entry.code} names")
        for place, group in enumerate(self.groups):
            if group.parent is not None and group.parent not in known[:place]:  # so that none is a part of itself
                raise ValueError(f"nomenclature {self.id} has no group {group.parent} before {group.id}, a part of it")

    def __repr__(self) -> str:
        groups = f" in {len(self.groups)} groups" if self.groups else ""
        return f"<Nomenclature {self.id}: {len(self.classes)} classes{groups}>"

    def _repr_html_(self) -> str:
        from html import escape  # loads all names of characters

        head = "<tr><th>code</th><th>colour</th><th>label</th><th>group</th></tr>"
        rows = "".join(
            f"<tr><td>{item.code}</td><td><span style='background:{item.color};padding:0 1em'></span> "
            f"<code>{item.color}</code></td><td>{escape(item.english or item.french)}</td>"
            f"<td>{escape(item.group or '')}</td></tr>"
            for item in self.classes
        )
        return f"<table><caption>{escape(self.title)} ({escape(self.credit)})</caption>{head}{rows}</table>"

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes, ascending."""
        return tuple(entry.code for entry in self.classes)

    def subset(self, codes: frozenset[int]) -> tuple[LandClass, ...]:
        """Return the classes whose code is in `codes`, in order."""
        return tuple(entry for entry in self.classes if entry.code in codes)

    def members(self, group: str) -> tuple[LandClass, ...]:
        """Return the classes of a group and its subgroups, in order; none if there is no such group."""
        return tuple(entry for entry in self.classes if entry.group is not None and group in self.line(entry.group))

    def line(self, group: str) -> tuple[str, ...]:
        """Return the ids of a group and its parents, the broadest first."""
        parents = {item.id: item.parent for item in self.groups}
        found: list[str] = []
        at: str | None = group
        while at is not None:
            found.append(at)
            at = parents.get(at)
        return tuple(reversed(found))

    @property
    def levels(self) -> int:
        """The number of levels of groups: 0 without groups, 1 if no group is part of another."""
        return max((len(self.line(group.id)) for group in self.groups), default=0)

    def at_level(self, level: int | None) -> Nomenclature:
        """Return the same classes with the groups of one level only; 1 is the broadest, None keeps all levels.

        A class whose group has no subgroups on that level keeps its group.
        """
        if level is None or self.levels <= 1:
            return self
        lines = {group.id: self.line(group.id)[:level] for group in self.groups}
        kept = {line[-1] for line in lines.values() if len(line) == level} | {
            lines[entry.group][-1] for entry in self.classes if entry.group is not None
        }
        return replace(
            self,
            groups=tuple(replace(group, parent=None) for group in self.groups if group.id in kept),
            classes=tuple(
                entry if entry.group is None else replace(entry, group=lines[entry.group][-1]) for entry in self.classes
            ),
        )

    def grouped(self) -> Nomenclature:
        """Return the same codes, each with the labels and colour of its group.

        Raises:
            SpecError: a class does not belong to a group.
        """
        known = {group.id: group for group in self.groups}
        alone = next((entry.code for entry in self.classes if entry.group is None), None)
        if alone is not None:
            raise SpecError(f"class {alone} of the nomenclature {self.id} does not belong to a group")
        pairs = [(entry, known[entry.group]) for entry in self.classes if entry.group is not None]
        return replace(
            self,
            classes=tuple(
                replace(entry, english=group.english, french=group.french, color=group.color, safe=None)
                for entry, group in pairs
            ),
        )

    def safe(self) -> Nomenclature:
        """Return the same classes in colours that people with any colour vision can distinguish.

        Raises:
            SpecError: a class has no safe colour.
        """
        alone = next((entry.code for entry in self.classes if entry.safe is None), None)
        if alone is not None:
            raise SpecError(f"class {alone} of the nomenclature {self.id} has no safe colour")
        return replace(
            self, classes=tuple(replace(entry, color=entry.safe or entry.color, safe=None) for entry in self.classes)
        )


@cache
def available() -> tuple[str, ...]:
    """Return the ids of the nomenclatures that come with the package."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def shipped_nomenclature(id: str) -> Nomenclature:
    """Return the nomenclature of that id.

    Raises:
        SpecError: there is none of that id; the text lists those there are.
    """
    if id not in available():
        raise SpecError(f"there is no nomenclature `{id}`: there is {', '.join(available())}")
    import tomllib  # takes time to load, and few commands read the data

    data = tomllib.loads((_FOLDER / f"{id}.toml").read_text(encoding="utf-8"))
    return Nomenclature(
        classes=tuple(LandClass(**_colored(row)) for row in data.pop("classes")),
        groups=tuple(Group(**_colored(row)) for row in data.pop("groups")),
        unverified=tuple(data.pop("unverified")),
        single_source=tuple(data.pop("single_source", ())),
        checked=tuple(data.pop("checked", ())),
        differences=tuple(data.pop("differences", ())),
        breaks=tuple(Break(**row) for row in data.pop("breaks", ())),
        technical=tuple(data.pop("technical", ())),
        **data,
    )


@cache
def shipped_colors(id: str) -> Mapping[int, Color]:
    """Return the colour of each class of a nomenclature that comes with the package, without reading the rest."""
    text = (_FOLDER / f"{id}.toml").read_text(encoding="utf-8")
    return {int(code): Color.parse(color) for code, color in _CODE_AND_COLOR.findall(text)}


def _colored(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{key: Color.parse(row[key]) for key in ("color", "safe") if key in row}}
