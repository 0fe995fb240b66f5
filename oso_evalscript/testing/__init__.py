"""Proving scripts: whole input domains, generated scenes, properties, and the difference between two scripts.

And the service itself inside a test, `sentinel_hub`, for code that sends requests.

Names are loaded when first used: importing this package loads neither V8 nor numpy nor hypothesis.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from oso_evalscript.model.errors import MissingExtra

if TYPE_CHECKING:
    # `check` is the module of that name; its function is imported from there.
    from oso_evalscript.testing.check import Exhaustive as Exhaustive
    from oso_evalscript.testing.claims import deterministic as deterministic
    from oso_evalscript.testing.claims import equivalent as equivalent
    from oso_evalscript.testing.claims import fits_sample_type as fits_sample_type
    from oso_evalscript.testing.claims import fulfils as fulfils
    from oso_evalscript.testing.claims import keeps_contract as keeps_contract
    from oso_evalscript.testing.claims import pixelwise as pixelwise
    from oso_evalscript.testing.claims import total as total
    from oso_evalscript.testing.given import given_scene as given_scene
    from oso_evalscript.testing.hub import OverBudget as OverBudget
    from oso_evalscript.testing.hub import SentinelHub as SentinelHub
    from oso_evalscript.testing.hub import sentinel_hub as sentinel_hub
    from oso_evalscript.testing.properties import Outcome as Outcome
    from oso_evalscript.testing.properties import Property as Property
    from oso_evalscript.testing.properties import Verdict as Verdict
    from oso_evalscript.testing.properties import constant_in as constant_in
    from oso_evalscript.testing.properties import masked_is_nodata as masked_is_nodata
    from oso_evalscript.testing.properties import masked_is_transparent as masked_is_transparent
    from oso_evalscript.testing.properties import matches as matches
    from oso_evalscript.testing.properties import monotone as monotone
    from oso_evalscript.testing.properties import no_foreign_color as no_foreign_color
    from oso_evalscript.testing.properties import palette_exact as palette_exact

_HOMES = {
    "check": ("Exhaustive",),
    "claims": (
        "deterministic", "equivalent", "fits_sample_type", "fulfils", "keeps_contract", "pixelwise", "total",
    ),
    "given": ("given_scene",),
    "hub": ("OverBudget", "SentinelHub", "sentinel_hub"),
    "properties": (
        "Outcome", "Property", "Verdict", "constant_in", "masked_is_nodata", "masked_is_transparent", "matches",
        "monotone", "no_foreign_color", "palette_exact",
    ),
}  # fmt: skip
_EXTRA = ("affine", "pystac", "rasterio", "responses")  # what `serve` installs
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    except ModuleNotFoundError as error:
        library = (error.name or "").split(".")[0]
        if library not in _EXTRA:
            raise
        raise MissingExtra("the service inside a test", library, "serve") from None


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
