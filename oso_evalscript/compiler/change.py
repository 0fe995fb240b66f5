"""The spec of changes: two editions of a class map compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias

from oso_evalscript.compiler.choice import check_grouped, check_level, chosen_codes, codes_of, groups_of
from oso_evalscript.compiler.keys import (
    BAND,
    LEVEL,
    NAME,
    NOMENCLATURE,
    TITLE,
    BadValue,
    CountBy,
    CountByWord,
    check_coded,
    check_within,
    classes_note,
    code_band,
    key,
    table_of,
)
from oso_evalscript.compiler.steps import Compare, Highlight, Row, Step, contract_of
from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import Mosaicking, Output, Setup
from oso_evalscript.model.nomenclature import Nomenclature


class Show(StrEnum):
    """Which changes are shown."""

    CHANGED = "changed"
    TRANSITIONS = "transitions"
    BECAME = "became"


ShowWord: TypeAlias = Literal["changed", "transitions", "became"]


class Scenes(StrEnum):
    """How editions reach the script."""

    TILE = "TILE"
    ORBIT = "ORBIT"


ScenesWord: TypeAlias = Literal["TILE", "ORBIT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSpec:
    """Compare two editions of a class map, by their dates: which pixels changed, or changed in a chosen way.

    A pixel is transparent where fewer than two of the editions have a class.
    """

    template: ClassVar[str] = "change"
    name: str = key(NAME)
    title: str = key(TITLE, "")
    nomenclature: str | Nomenclature = key(NOMENCLATURE, "oso-23")
    band: str | None = key(BAND, None)
    mosaicking: Scenes | ScenesWord = key(
        "`TILE`, each scene by itself, or `ORBIT`, the scenes of a day together", Scenes.TILE
    )
    before: int | None = key("the year of the earlier edition; the earliest with data where it is not given", None)
    after: int | None = key("the year of the later edition; the latest with data where it is not given", None)
    show: Show | ShowWord = key(
        "what is highlighted: all that `changed`; the chosen `transitions`; or what `became` one of `groups`",
        Show.CHANGED,
    )
    by: CountBy | CountByWord = key(
        "what counts as a change: another of the `classes`, or another of the `groups`", CountBy.CLASSES
    )
    level: int | None = key(LEVEL, None)
    transitions: tuple[tuple[int, int], ...] = key("with `transitions`: pairs `[code before, code after]`", ())
    groups: tuple[str, ...] | None = key("with `became`: groups, by id or label, such as `built-up`", None)
    highlight: Color = key("the colour of what is shown", Color(0xE60000))
    unchanged: Color | None = key("the colour of the other pixels; transparent where it is not given", None)

    def __post_init__(self) -> None:
        table = check_coded(self)
        if (self.show is Show.TRANSITIONS) != bool(self.transitions):
            shown = [list(pair) for pair in self.transitions]
            raise BadValue("transitions", shown, 'pairs with `show = "transitions"`, and only then')
        for pair in self.transitions:
            codes_of("transitions", table, pair)
        if len(set(self.transitions)) < len(self.transitions):
            raise BadValue("transitions", [list(pair) for pair in self.transitions], "each pair once")
        if (self.show is Show.BECAME) != (self.groups is not None):
            raise BadValue("groups", list(self.groups or ()), 'groups with `show = "became"`, and only then')
        chosen_codes(table, None, self.groups)
        if self.by is CountBy.GROUPS and self.show is not Show.CHANGED:
            raise BadValue("by", self.by, 'groups only together with `show = "changed"`')
        check_level(table, self.level, grouped=self.by is CountBy.GROUPS)
        if self.by is CountBy.GROUPS:
            check_grouped(table, table.classes)
        if (self.before is None) != (self.after is None):
            raise BadValue("after", self.after or "", "both `before` and `after`, or neither")
        if self.before is not None and self.after is not None:
            check_within("before", self.before, 1900, 2200)
            check_within("after", self.after, self.before + 1, 2200)

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        table = table_of(self)
        if self.by is CountBy.GROUPS:
            table = table.at_level(table.levels if self.level is None else self.level)
        groups = [group.id for group in table.groups]
        rows = tuple(
            Row(
                entry.code,
                groups.index(entry.group) + 1 if self.by is CountBy.GROUPS and entry.group else entry.code,
                entry.english,
            )
            for entry in table.classes
        )
        band = code_band(self)
        became = chosen_codes(table_of(self), None, self.groups) if self.groups else frozenset()
        compare = Compare(band, rows, Mosaicking(self.mosaicking), self.before, self.after)
        return (
            compare,
            Highlight(self.transitions, tuple(sorted(became)), self._label(), self.highlight, self.unchanged),
        )

    def _label(self) -> str:
        """What the highlighted pixels are called beside their colour, as in a legend."""
        table = table_of(self)
        if self.groups is not None:
            return "became " + " or ".join(group.english for group in groups_of(table, self.groups))
        if self.transitions:
            named = {entry.code: entry.english for entry in table.classes}
            (before, after), *more = self.transitions
            return "one of these transitions" if more else f"{named[before]}, then {named[after]}"
        return "another group" if self.by is CountBy.GROUPS else "another class"

    def remarks(self) -> tuple[str, ...]:
        """Return notes on editions between the two whose method differs from that of the edition before."""
        years = (self.before or 0, self.after or 9999)
        return tuple(item.english for item in table_of(self).breaks if years[0] < item.year <= years[1])

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        return contract_of(self.steps(), Output(4), mosaicking=Mosaicking(self.mosaicking))

    def classes_note(self) -> str:
        """Return what its classes mean where no nomenclature of the package says it."""
        return classes_note(self, self.contract())
