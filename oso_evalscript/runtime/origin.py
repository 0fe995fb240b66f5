"""Where the bands of a script come from, and whether they have what it asks for."""

from __future__ import annotations

from collections.abc import Mapping

from oso_evalscript.model.catalog import Collection, find_collection, named_collection, require_collection
from oso_evalscript.model.contract import Input, Mosaicking, Setup
from oso_evalscript.model.errors import OsoError, ScriptError
from oso_evalscript.model.text import Source


def find_origins(setup: Setup, said: str | Mapping[str, str] | None, script: str) -> tuple[Collection | None, ...]:
    """Return the collection of each input, None where it is not known.

    It is the one that is said, or named by the `datasource`, or the only one that has all the bands. What is said or
    named is checked against the catalogue, in the words of the service.

    Args:
        setup: the contract.
        said: a collection for the one input, or for each input by its name.
        script: the script's name, for messages.

    Raises:
        OsoError: there is no such collection or input.
        ScriptError: the script asks for a band, unit or mosaicking that its collection does not have.
    """
    names = _names(setup, said)
    origins = []
    for index, input in enumerate(setup.inputs):
        key = setup.key(index)
        collection = require_collection(names[key]) if key in names else named_collection(input.datasource or "")
        if collection is None:
            origins.append(find_collection(input.bands))
            continue
        fault = _fault(collection, names.get(key) or key, input, setup.mosaicking_of(index))
        if fault:
            raise ScriptError(f"{script}: {fault}")
        origins.append(collection)
    return tuple(origins)


def declared_collection(source: Source) -> str | None:
    """Return the collection that a comment of the script names; it is that of a script with one input."""
    from oso_evalscript.javascript.syntax import parse  # the parser takes time to load
    from oso_evalscript.semantics.directives import Directives

    found = Directives(parse(source)).collection
    return None if found is None else found.id


def _names(setup: Setup, said: str | Mapping[str, str] | None) -> Mapping[str, str]:
    keys = [setup.key(index) for index in range(len(setup.inputs))]
    if said is None:
        return {}
    if isinstance(said, str):
        if len(keys) > 1:
            raise OsoError(
                f"the script has several inputs: pass a collection for each of {', '.join(keys)} by its name",
                options={"by its name": "as --collection NAME=ID"},
            )
        return {keys[0]: said}
    if not isinstance(said, Mapping):
        raise OsoError(f"expected the name of a collection, or a mapping for several inputs, not {said!r}")
    unknown = [key for key in said if key not in keys]
    if unknown:
        raise OsoError(f"the script has no input `{unknown[0]}`; its inputs are {', '.join(keys)}")
    return said


def _fault(collection: Collection, name: str, input: Input, mosaicking: Mosaicking) -> str:
    for index, band_name in enumerate(input.bands):
        band = collection.band(band_name)
        if band is None:
            return f"Collection '{name}' has no band '{band_name}'."
        unit = input.units[index] if input.units else band.units[0]
        # A unit that covers all bands is accepted for dataMask in practice (not documented).
        if band.unit(unit) is None and band_name != "dataMask":
            return (
                f"Invalid script! Band '{band_name}' of collection '{name}' requested in unsupported units "
                f"'{unit}'! Supported units for this band: [{', '.join(band.units)}]."
            )
    if collection.mosaicking_verified and mosaicking not in collection.mosaicking:
        offered = ", ".join(collection.mosaicking)
        return f"the collection '{name}' does not offer mosaicking {mosaicking}: it offers {offered}"
    return ""
