"""What is not to be said of a script because of where it stands: prose shows parts, and some layers give numbers."""

from __future__ import annotations

from oso_evalscript.documents.embedded import Embedded
from oso_evalscript.linter.offered import Offered

_OF_WHOLE_SCRIPTS = frozenset({"missing-function"})
_OF_PICTURES = frozenset({"sample-type-range"})


def without_misplaced(script: Embedded, found: Offered) -> Offered:
    """Return what is found in a script but for what its place makes no fault.

    A block of code in prose may show `setup()` alone, and a layer that the Feature Info Service reads gives numbers as
    they are, whatever their sample type.
    """
    silent = unfit_rules(script) if found.diagnostics else frozenset()
    if not any(item.rule in silent for item in found.diagnostics):
        return found
    return found._replace(diagnostics=tuple(item for item in found.diagnostics if item.rule not in silent))


def unfit_rules(script: Embedded) -> frozenset[str]:
    """Return the names of the rules that do not apply where a script stands."""
    silent = _OF_WHOLE_SCRIPTS if script.is_excerpt else frozenset()
    request = script.document.requests.get(script.number)
    return silent | _OF_PICTURES if request is not None and request.for_numbers else silent
