"""Compile, lint, fix and run Sentinel Hub evalscripts.

Names are loaded when first used: importing this package loads neither V8 nor numpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oso_evalscript.compiler.change import ChangeSpec as ChangeSpec
    from oso_evalscript.compiler.importing import load_nomenclature as load_nomenclature
    from oso_evalscript.compiler.index import IndexSpec as IndexSpec
    from oso_evalscript.compiler.render import compile as compile
    from oso_evalscript.compiler.spec import ConfidenceSpec as ConfidenceSpec
    from oso_evalscript.compiler.spec import MaskSpec as MaskSpec
    from oso_evalscript.compiler.spec import PaletteSpec as PaletteSpec
    from oso_evalscript.compiler.spec import RampSpec as RampSpec
    from oso_evalscript.compiler.spec import load_spec as load_spec
    from oso_evalscript.compiler.tables import RegroupSpec as RegroupSpec
    from oso_evalscript.compiler.tables import StatisticsSpec as StatisticsSpec
    from oso_evalscript.compiler.tables import ValuesSpec as ValuesSpec
    from oso_evalscript.documents.embedded import find_scripts as find_scripts
    from oso_evalscript.linter.engine import Fixed as Fixed
    from oso_evalscript.linter.engine import fix as fix
    from oso_evalscript.linter.engine import lint as lint
    from oso_evalscript.linter.report import Report as Report
    from oso_evalscript.model.contract import SampleType as SampleType
    from oso_evalscript.model.contract import Setup as Setup
    from oso_evalscript.model.diagnostic import Diagnostic as Diagnostic
    from oso_evalscript.model.diagnostic import Fix as Fix
    from oso_evalscript.model.diagnostic import Safety as Safety
    from oso_evalscript.model.diagnostic import Severity as Severity
    from oso_evalscript.model.errors import OsoError as OsoError
    from oso_evalscript.model.nomenclature import Nomenclature as Nomenclature
    from oso_evalscript.model.text import Source as Source
    from oso_evalscript.pricing.estimate import cost as cost
    from oso_evalscript.runtime.outputs import Outputs as Outputs
    from oso_evalscript.runtime.picture import preview as preview
    from oso_evalscript.runtime.program import Program as Program
    from oso_evalscript.runtime.program import evaluate as evaluate
    from oso_evalscript.runtime.scene import Scene as Scene

__version__ = "0.2.0"

_HOMES = {
    "compiler.change": ("ChangeSpec",),
    "compiler.importing": ("load_nomenclature",),
    "compiler.index": ("IndexSpec",),
    "compiler.render": ("compile",),
    "compiler.spec": ("ConfidenceSpec", "MaskSpec", "PaletteSpec", "RampSpec", "load_spec"),
    "compiler.tables": ("RegroupSpec", "StatisticsSpec", "ValuesSpec"),
    "documents.embedded": ("find_scripts",),
    "linter.engine": ("Fixed", "fix", "lint"),
    "linter.report": ("Report",),
    "model.contract": ("SampleType", "Setup"),
    "model.diagnostic": ("Diagnostic", "Fix", "Safety", "Severity"),
    "model.errors": ("OsoError",),
    "model.nomenclature": ("Nomenclature",),
    "model.text": ("Source",),
    "pricing.estimate": ("cost",),
    "runtime.outputs": ("Outputs",),
    "runtime.picture": ("preview",),
    "runtime.program": ("Program", "evaluate"),
    "runtime.scene": ("Scene",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

_ROOMS = ("rasters", "testing")
"""Rooms with public names of their own, which need more than the package does."""

__all__ = [  # noqa: RUF022  # in the order of the modules above; a test holds the two together
    "ChangeSpec", "load_nomenclature", "IndexSpec",
    "compile", "ConfidenceSpec", "MaskSpec", "PaletteSpec", "RampSpec", "load_spec",
    "RegroupSpec", "StatisticsSpec", "ValuesSpec",
    "find_scripts",
    "Fixed", "fix", "lint", "Report",
    "SampleType", "Setup",
    "Diagnostic", "Fix", "Safety", "Severity",
    "OsoError", "Nomenclature", "Source", "cost",
    "Outputs", "preview", "Program", "evaluate", "Scene",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
