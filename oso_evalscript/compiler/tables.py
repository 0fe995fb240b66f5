"""Specs for analysis, not for looking: the bands themselves, other codes for classes, and shares of area."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias

from oso_evalscript.compiler.choice import check_grouped, check_level, chosen_codes
from oso_evalscript.compiler.keys import (
    BAND,
    CLASSES,
    GROUPS,
    LANGUAGE,
    LEVEL,
    NAME,
    NODATA,
    NOMENCLATURE,
    TITLE,
    WIDE_NODATA,
    BadValue,
    CountBy,
    CountByWord,
    check_coded,
    classes_note,
    code_band,
    find_nomenclature,
    key,
    known_collection,
    one_of,
    settle,
    table_of,
)
from oso_evalscript.compiler.steps import Copy, Count, LookUp, Paint, Recode, Row, Step, contract_of
from oso_evalscript.model.contract import Output, SampleType, Setup
from oso_evalscript.model.crosswalk import Correspondence, Crosswalk, crosswalk
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import (
    OWN,
    LandClass,
    Language,
    LanguageCode,
    Nomenclature,
    available,
    shipped_nomenclature,
)

_GROUPS = "groups"


class OutputLayout(StrEnum):
    """How bands are handed out."""

    ONE = "one"
    EACH = "each"


OutputLayoutWord: TypeAlias = Literal["one", "each"]


class ClassValues(StrEnum):
    """What classes become."""

    CODES = "codes"
    COLORS = "colors"


ClassValuesWord: TypeAlias = Literal["codes", "colors"]


class OutputNames(StrEnum):
    """How the bands of shares are named."""

    CODES = "codes"
    LABELS = "labels"


OutputNamesWord: TypeAlias = Literal["codes", "labels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesSpec:
    """Hand out bands as they are stored, in 8 bits, with `dataMask`: for analysis, not for looking."""

    template: ClassVar[str] = "values"
    name: str = key(NAME)
    title: str = key(TITLE, "")
    collection: str = key("the id of the collection", "cnes-land-cover")
    bands: tuple[str, ...] = key("the bands, in the order of the output: those that 8 bits hold as they are")
    outputs: OutputLayout | OutputLayoutWord = key(
        "`one` output with `dataMask` as its last band, or `each` band an output of its own", OutputLayout.ONE
    )

    def __post_init__(self) -> None:
        settle(self)
        known = known_collection(self.collection)
        allowed = [band.name for band in known.bands if band.source_type == "UINT8" and band.units[0] == "DN"]
        if not self.bands or len(set(self.bands)) < len(self.bands) or not set(self.bands) <= set(allowed):
            raise BadValue("bands", list(self.bands), f"bands of {known.id}, each once: {one_of(allowed)}")

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        return (Copy(self.bands, self.outputs is OutputLayout.EACH),)

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        names = (*self.bands, "dataMask")
        outputs = (
            tuple(Output(1, name, SampleType.UINT8) for name in names)
            if self.outputs is OutputLayout.EACH
            else (Output(len(names), sample_type=SampleType.UINT8),)
        )
        return contract_of(self.steps(), *outputs)

    def classes_note(self) -> str:
        """Return nothing: it paints no classes."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegroupSpec:
    """Turn classes into their groups, or into the classes of the other nomenclature, as codes or as colours."""

    template: ClassVar[str] = "regroup"
    name: str = key(NAME)
    title: str = key(TITLE, "")
    nomenclature: str | Nomenclature = key(NOMENCLATURE, "oso-23")
    band: str | None = key(BAND, None)
    to: str = key("`groups`, whose codes are 1, 2, 3 … in their order, or the id of another nomenclature", _GROUPS)
    classes: tuple[int | str, ...] | None = key(CLASSES.format(verb="turn"), None)
    groups: tuple[str, ...] | None = key(GROUPS.format(verb="turn"), None)
    level: int | None = key(LEVEL, None)
    values: ClassValues | ClassValuesWord = key(
        "what comes out: `codes`, 255 without data or class (65535 with codes from 255 on), or `colors`",
        ClassValues.CODES,
    )
    unverified: bool = key("whether rows of the crosswalk that no source confirms may be used", False)
    choices: tuple[tuple[int, int], ...] = key(
        "pairs `[code, code of the other nomenclature]`: which one, where the crosswalk has several", ()
    )
    language: Language | LanguageCode = key(LANGUAGE, Language.ENGLISH)

    def __post_init__(self) -> None:
        table = check_coded(self)
        codes = chosen_codes(table, self.classes, self.groups)
        check_level(table, self.level, grouped=self.to == _GROUPS)
        if self.to == _GROUPS:
            check_grouped(table, table.subset(codes))
            if self.choices or self.unverified:
                raise BadValue("to", self.to, "another nomenclature where `choices` or `unverified` are given")
            return
        if self.to == self.nomenclature:
            raise BadValue("to", self.to, "another nomenclature, or `groups`")
        if not isinstance(self.nomenclature, str):
            raise BadValue("to", self.to, f'"groups", as nothing tells what the classes of {table.id} are elsewhere')
        find_nomenclature(self.to, "to")
        self._check_rows(crosswalk(self.nomenclature, self.to), codes)

    def _check_rows(self, walk: Crosswalk, codes: frozenset[int]) -> None:
        choices = dict(self.choices)
        if len(choices) < len(self.choices):
            raise BadValue("choices", [list(pair) for pair in self.choices], "each code once")
        for code, target in self.choices:
            row = walk.row(code)
            if code not in codes or row is None or target not in row.codes:
                raise BadValue("choices", [[code, target]], f"a row of the crosswalk to {self.to} that is used")
        for code in sorted(codes):
            row = walk.row(code)
            if row is None:
                raise SpecError(f"the crosswalk to {self.to} has no row for class {code}: leave it out of `classes`")
            if not row.verified and not self.unverified:
                raise SpecError(
                    f"no source confirms what class {code} is in {self.to}: leave it out of `classes`, "
                    "or say `unverified = true`"
                )
            if len(row.codes) > 1 and code not in choices:
                raise SpecError(
                    f"class {code} may be {_any_of(row.codes)} in {self.to}: leave it out of `classes`, "
                    f"or choose, as in `choices = [[{code}, {row.codes[0]}]]`"
                )

    def _targets(self) -> tuple[tuple[LandClass, LandClass, str], ...]:
        """Each class, what it becomes, and a remark on that."""
        table = table_of(self)
        codes = chosen_codes(table, self.classes, self.groups)
        if self.to == _GROUPS:
            table = _innermost(table, self.level)
            places = {group.id: (place, group) for place, group in enumerate(table.groups, 1)}
            entries = table.subset(codes)
            found = [(entry, *places[entry.group]) for entry in entries if entry.group is not None]
            return tuple(
                (entry, LandClass(place, group.english, group.french, group.color), "") for entry, place, group in found
            )
        walk = crosswalk(table.id, self.to)
        targets = {entry.code: entry for entry in shipped_nomenclature(self.to).classes}
        entries = table.subset(codes)
        rows = [(entry, row) for entry in entries if (row := walk.row(entry.code)) is not None]
        return tuple((entry, targets[self._target(row)], "" if row.verified else ", unverified") for entry, row in rows)

    @property
    def _nodata(self) -> int:
        """The value without data or class: none that a class becomes."""
        return NODATA if all(target.code < NODATA for _, target, _ in self._targets()) else WIDE_NODATA

    def _target(self, row: Correspondence) -> int:
        return dict(self.choices).get(row.code, row.codes[0])

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        band = code_band(self)
        triples = self._targets()
        if self.values is ClassValues.CODES:
            rows = [
                Row(entry.code, target.code, _arrow(entry.label(self.language), target.label(self.language), note))
                for entry, target, note in triples
            ]
            return (Recode(band, tuple(rows), self._nodata),)
        painted = [
            replace(
                entry,
                color=target.color,
                english=_arrow(entry.english, target.english, note),
                french=_arrow(entry.french, target.french, note),
            )
            for entry, target, note in triples
        ]
        return (LookUp(band, tuple(painted), self.language), Paint(None))

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        sample_type = SampleType.UINT8 if self._nodata == NODATA else SampleType.UINT16
        codes = Output(1, sample_type=sample_type, nodata=self._nodata)
        output = codes if self.values is ClassValues.CODES else Output(4)
        return contract_of(self.steps(), output)

    def classes_note(self) -> str:
        """Return what its classes mean where no nomenclature of the package says it."""
        if self.values is ClassValues.COLORS and self.to in available():
            return f"oso: nomenclature {OWN}: the classes of {self.nomenclature} in the colours of {self.to}"
        return classes_note(self, self.contract())


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsSpec:
    """For the Statistical API: one band for each class or group, whose mean is its share of the area with data.

    A pixel with a code without a class counts as area of none of them.
    """

    template: ClassVar[str] = "statistics"
    name: str = key(NAME)
    title: str = key(TITLE, "")
    nomenclature: str | Nomenclature = key(NOMENCLATURE, "oso-23")
    band: str | None = key(BAND, None)
    by: CountBy | CountByWord = key("what shares are of: `classes` or `groups`", CountBy.CLASSES)
    level: int | None = key(LEVEL, None)
    classes: tuple[int | str, ...] | None = key(CLASSES.format(verb="count"), None)
    groups: tuple[str, ...] | None = key(GROUPS.format(verb="count"), None)
    names: OutputNames | OutputNamesWord = key(
        "what bands are called: by `codes`, such as `class_7`, or by `labels`", OutputNames.LABELS
    )
    language: Language | LanguageCode = key(LANGUAGE, Language.ENGLISH)

    def __post_init__(self) -> None:
        table = check_coded(self)
        chosen_codes(table, self.classes, self.groups)
        check_level(table, self.level, grouped=self.by is CountBy.GROUPS)
        found: set[str] = set()
        for name, _ in self._parts():
            if not name or name in found:
                what = f"two bands would be called `{name}`" if name else "a label has no letter for the name of a band"
                raise SpecError(f'{what}: say `names = "codes"`')
            found.add(name)
        if not found:
            raise SpecError(f"no class that is counted belongs to a group of the nomenclature {table.id}")

    def _parts(self) -> tuple[tuple[str, tuple[LandClass, ...]], ...]:
        """The bands: their name and the classes that they count."""
        table = table_of(self)
        codes = chosen_codes(table, self.classes, self.groups)
        if self.by is CountBy.GROUPS:
            table = _innermost(table, self.level)
        entries = table.subset(codes)
        if self.by is CountBy.CLASSES:
            return tuple((self._name(f"class_{entry.code}", entry.label(self.language)), (entry,)) for entry in entries)
        return tuple((self._name(*names), found) for names, found in self._grouped(table, entries) if found)

    def _grouped(
        self, table: Nomenclature, entries: tuple[LandClass, ...]
    ) -> tuple[tuple[tuple[str, str], tuple[LandClass, ...]], ...]:
        return tuple(
            (
                (f"group_{place}", group.label(self.language)),
                tuple(entry for entry in entries if entry.group == group.id),
            )
            for place, group in enumerate(table.groups, 1)
        )

    def _name(self, code: str, label: str) -> str:
        plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode("ascii")
        return code if self.names is OutputNames.CODES else re.sub(r"\W+", "_", plain.lower()).strip("_")

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        parts = self._parts()
        rows = [
            Row(entry.code, place, entry.label(self.language))
            for place, (_, found) in enumerate(parts)
            for entry in found
        ]
        names = tuple(name for name, _ in parts)
        return (Count(code_band(self), names, tuple(rows)),)

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        names = tuple(name for name, _ in self._parts())
        shares = Output(len(names), "shares", SampleType.UINT8, names=names)
        mask = Output(1, "dataMask", SampleType.UINT8)
        return contract_of(self.steps(), shares, mask)

    def classes_note(self) -> str:
        """Return what its classes mean where no nomenclature of the package says it."""
        return classes_note(self, self.contract())


def _innermost(table: Nomenclature, level: int | None) -> Nomenclature:
    """The nomenclature with the groups of one level only, by default the finest."""
    return table.at_level(table.levels if level is None else level)


def _any_of(codes: tuple[int, ...]) -> str:
    return " or ".join(map(str, codes))


def _arrow(label: str, target: str, note: str) -> str:
    return f"{label} -> {target}{note}"
