"""Which edition's classes a script is about, so that scenes made up for it and its legend have the right codes."""

from __future__ import annotations

import re

from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.nomenclature import OWN, Nomenclature, available, load_nomenclature

_COMMENT = re.compile(r"//.*?oso:\s*nomenclature\s+([\w-]+)")


def class_table(text: str, collection: Collection | None) -> Nomenclature | None:
    """Return the nomenclature of a script's codes, None where its collection has no classes.

    A comment `// oso: nomenclature ID` decides, also one that says `own`, of which nothing is known; else the title
    that the head of a compiled script gives for another edition, else the collection.

    Args:
        text: the script.
        collection: where its bands come from.
    """
    if collection is None or collection.nomenclature is None:
        return None
    if (told := _COMMENT.search(text)) and told[1] in (*available(), OWN):
        return None if told[1] == OWN else load_nomenclature(told[1])
    unwrapped = re.sub(r"\s*\n//\s*", " ", text)
    others = (load_nomenclature(name) for band in collection.bands for name in band.other_nomenclatures)
    return next((table for table in others if table.title in unwrapped), load_nomenclature(collection.nomenclature))
