"""Whose classes a script is about, so that scenes made up for it and its legend have the right codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.catalog import Band, Collection
from oso_evalscript.model.contract import Setup
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Language, Nomenclature, shipped_nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.colors.labels import listed_labels
from oso_evalscript.semantics.directives import DeclaredNomenclature, Directives
from oso_evalscript.semantics.nomenclature import recover

_MAX_CODES = 256


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of one band of a script.

    Attributes:
        band: its name.
        labels: what each code means, from the least code on.
        groups: the label of the group of each code that has one.
        title: what the classes are, in a few words; empty where that is not known.
        credit: the line to show beside a picture of the data; may be empty.
        table: the nomenclature itself, for land cover.
    """

    band: str
    labels: Mapping[int, str]
    groups: Mapping[int, str]
    title: str
    credit: str
    table: Nomenclature | None = None

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes, ascending."""
        return tuple(self.labels)


def class_table(source: Source, collection: Collection | None) -> Nomenclature | None:
    """Return the nomenclature of a script's codes, None where its collection has no classes, or it declares its own.

    Args:
        source: the script; what its comments declare has precedence.
        collection: where its bands come from.
    """
    declared = _declared(source, collection)
    return None if declared is None else declared.nomenclature


def _declared(source: Source, collection: Collection | None) -> DeclaredNomenclature | None:
    if collection is None or collection.nomenclature is None:
        return None
    return Directives(parse(source), collection_given=collection.id).nomenclature


def find_classes(source: Source, setup: Setup, origins: tuple[Collection | None, ...]) -> Classes | None:
    """Return the classes that a script of one input is about; None where there are none, or that cannot be told.

    They are those of the table that the script paints with, else of the nomenclature that its collection or a comment
    names, else the codes that it lists for a custom band, else those that the catalogue knows of its only band.

    Args:
        source: the script.
        setup: its contract.
        origins: where the bands of each input come from.
    """
    if len(setup.inputs) != 1:
        return None
    origin = origins[0] if origins else None
    read = [name for name in setup.inputs[0].bands if name != "dataMask"]
    declared = _declared(source, origin)
    own = _recovered(source)
    table = None if declared is None or _has_own_classes(own, declared) else declared.nomenclature
    named = None if origin is None else origin.nomenclature_of(read) or origin.nomenclature
    credit = "" if named is None else _credit(shipped_nomenclature(named))
    if table is not None:
        band = next((name for name in read if origin is not None and _holds_classes(origin.band(name))), None)
        return None if band is None else _of_table(table, band, credit)
    known = {name: None if origin is None else origin.band(name) for name in read}
    directives = Directives(parse(source))
    commented = _band_by_comment(directives, known)
    if own is not None and len(own.codes) <= _MAX_CODES and (band := _band_of(own, known) or commented) is not None:
        values = known[band]
        return _of_table(own, band, credit, {} if values is None else dict(values.meanings))
    if commented is not None and (found := _by_comment(directives, commented)) is not None:
        return found
    only = known[read[0]] if len(read) == 1 else None
    if only is None or not only.meanings:
        return None
    if only.nomenclature is not None:
        return _of_table(shipped_nomenclature(only.nomenclature), only.name, credit)
    return Classes(only.name, dict(sorted(only.values)), {}, only.title, credit)


def _has_own_classes(own: Nomenclature | None, declared: DeclaredNomenclature) -> bool:
    """Whether a script gives codes a meaning of its own, though its collection has a nomenclature."""
    if own is None or own.licence or declared.by_name or declared.nomenclature is None:
        return False  # what follows a nomenclature has its licence
    known: set[str] = {item.label(language) for item in declared.nomenclature.classes for language in Language}
    known |= {name for group in declared.nomenclature.groups for name in (group.english, group.french)}
    return not set(own.codes) <= set(declared.nomenclature.codes) or any(
        item.english not in (f"class {item.code}", *known) for item in own.classes
    )


def _recovered(source: Source) -> Nomenclature | None:
    try:
        return recover(source)
    except SpecError:  # it has no table of codes, or not one that can be told
        return None


def _holds_classes(band: Band | None) -> bool:
    return band is not None and band.nomenclature is not None


def _band_of(table: Nomenclature, known: Mapping[str, Band | None]) -> str | None:
    """The band that a table's codes are of: the only one that may hold such."""
    classes = [name for name, band in known.items() if _holds_classes(band)]
    listed = [name for name, band in known.items() if band and set(table.codes) <= {code for code, _ in band.meanings}]
    unknown = [
        name
        for name, band in known.items()
        if band is None or (band.units == ("DN",) and not band.meanings and not band.ramp)
    ]
    return next((names[0] for names in (classes, listed, unknown) if len(names) == 1), None)


def _band_by_comment(directives: Directives, known: Mapping[str, Band | None]) -> str | None:
    """The only band that no collection has and that a comment says holds whole numbers."""
    named = [name for name, band in known.items() if band is None and name in directives.bands]
    return named[0] if len(named) == 1 and directives.bands[named[0]].whole else None


def _by_comment(directives: Directives, band: str) -> Classes | None:
    """The classes of a nomenclature that a comment names, else the codes that the script lists with their labels."""
    declared = directives.nomenclature
    if declared is not None and declared.nomenclature is not None:
        return _of_table(declared.nomenclature, band, "")
    labels = listed_labels(directives.tree)
    return Classes(band, dict(sorted(labels.items())), {}, "", "") if labels else None


def _of_table(table: Nomenclature, band: str, credit: str, others: Mapping[int, str] | None = None) -> Classes:
    groups = {group.id: group.english for group in table.groups}
    labels = {
        item.code: (others or {}).get(item.code, item.english) if item.english == f"class {item.code}" else item.english
        for item in table.classes
    }
    return Classes(
        band,
        labels,
        {item.code: groups[item.group] for item in table.classes if item.group in groups},
        table.title if table.licence else "",
        credit or _credit(table),
        table,
    )


def _credit(table: Nomenclature) -> str:
    return " ".join(f"{part.removesuffix('.')}." for part in (table.credit, table.licence) if part)
