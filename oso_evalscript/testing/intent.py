"""What a script is meant to do: properties from the spec beside it, or from a comment in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from oso_evalscript.compiler.change import ChangeSpec
from oso_evalscript.compiler.choice import painted
from oso_evalscript.compiler.index import IndexSpec
from oso_evalscript.compiler.keys import class_band, code_band, table_of
from oso_evalscript.compiler.spec import ConfidenceSpec, MaskSpec, PaletteSpec, Spec, load_spec
from oso_evalscript.compiler.tables import RegroupSpec, StatisticsSpec
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.contract import Output
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Nomenclature, shipped_nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.classes import class_table
from oso_evalscript.runtime.program import Program
from oso_evalscript.semantics.directives import Directives
from oso_evalscript.testing.meaning import reference
from oso_evalscript.testing.properties import (
    Property,
    masked_is_nodata,
    masked_is_transparent,
    matches,
    no_foreign_color,
    palette_exact,
)

_CODED = (PaletteSpec, MaskSpec, ConfidenceSpec, RegroupSpec, StatisticsSpec, ChangeSpec)


def spec_beside(source: Source) -> Spec | None:
    """Return the spec that a script was compiled from, None where there is none beside it."""
    path = Path(source.name).with_suffix(".toml")
    if "::" in source.name or not path.is_file():  # a script inside another file is not compiled
        return None
    return load_spec(path)


def intended(source: Source, spec: Spec | None, nomenclature: str | None = None) -> tuple[Property, ...]:
    """Return the properties that a script's spec, its comment `// oso: nomenclature …` or an option implies.

    Raises:
        SpecError: there is no nomenclature of that name, or a directive of the script is faulty.
    """
    if spec is not None:
        return _of_spec(spec)
    table = _declared(source) if nomenclature is None else shipped_nomenclature(nomenclature)
    return () if table is None else of_nomenclature(table, class_band(table.id).name)


def class_codes(
    program: Program, spec: Spec | None = None, nomenclature: str | None = None
) -> Mapping[str, tuple[int, ...]]:
    """Return the class codes that the bands of a script hold, by the name of the band.

    A spec, an option and a comment tell more of them than the collection, which may be unknown.

    Raises:
        SpecError: there is no nomenclature of the option's name.
    """
    read = [
        (band, origin)
        for origin, item in zip(program.origins, program.setup.inputs, strict=True)
        if origin is not None
        for band in map(origin.band, item.bands)
        if band is not None and band.name != "dataMask"
    ]
    codes = {band.name: tuple(code for code, _ in band.meanings) for band, _ in read if band.meanings}
    for band, origin in read:
        table = class_table(program.source, origin) if band.nomenclature else None
        if table is not None and table.id in (band.nomenclature, *band.other_nomenclatures):
            codes[band.name] = table.codes
    if isinstance(spec, _CODED):
        return codes | {code_band(spec): table_of(spec).codes}
    declared = _declared(program.source) if nomenclature is None else shipped_nomenclature(nomenclature)
    return codes if declared is None else codes | {class_band(declared.id).name: declared.codes}


def of_nomenclature(nomenclature: Nomenclature, band: str) -> tuple[Property, ...]:
    """Return what a picture of a nomenclature's classes has to keep to, given the band that holds their codes."""
    return (palette_exact(nomenclature, band), no_foreign_color(nomenclature, band))


def _of_spec(spec: Spec) -> tuple[Property, ...]:
    if isinstance(spec, ChangeSpec):
        return ()  # its samples are lists, which no property looks into
    # A ramp cuts channels to whole steps: where its input is any number, rounding errors may cost one of them.
    properties: list[Property] = [matches(reference(spec), tolerance=1 if isinstance(spec, IndexSpec) else 0)]
    output: Output = spec.contract().outputs[0]
    if "dataMask" in spec.contract().bands and (output.nodata is not None or output.bands == 4):
        properties.append(masked_is_nodata() if output.nodata is not None else masked_is_transparent())
    if isinstance(spec, PaletteSpec) and spec.classes is None and spec.groups is None:
        table = table_of(spec)
        properties += of_nomenclature(painted(table, spec.colors, spec.level), code_band(spec))
    return tuple(properties)


def _declared(source: Source) -> Nomenclature | None:
    """The nomenclature that a comment names; a misspelt one is refused, or the script would pass with less asked."""
    directives = Directives(parse(source))
    for fault in directives.faults():
        line = source.position(fault.span.start).line
        raise SpecError(f"{source.name}:{line}: {fault.message}")
    declared = directives.nomenclature
    return declared.nomenclature if declared is not None and declared.by_name else None
