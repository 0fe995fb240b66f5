"""Whose classes a script is about, so that scenes made up for it and its legend have the right codes."""

from __future__ import annotations

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.nomenclature import Nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.directives import Directives


def class_table(source: Source, collection: Collection | None) -> Nomenclature | None:
    """Return the nomenclature of a script's codes, None where its collection has no classes, or it declares its own.

    Args:
        source: the script; what its comments declare has precedence.
        collection: where its bands come from.
    """
    if collection is None or collection.nomenclature is None:
        return None
    declared = Directives(parse(source), collection_given=collection.id).nomenclature
    return None if declared is None else declared.nomenclature
