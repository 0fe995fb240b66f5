"""The properties as plain functions: each takes a program and returns a verdict, which is true where it holds.

assert total(program)
assert fulfils(program, monotone("OCS_Confidence"))
"""

from __future__ import annotations

from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.check import check
from oso_evalscript.testing.difference import compare, shared_domain
from oso_evalscript.testing.properties import Counterexample, Outcome, Property, Verdict


def total(program: Program) -> Verdict:
    """Return whether the script always gives a result: it never throws, and returns something if there is data."""
    return _basic(program, "total")


def keeps_contract(program: Program) -> Verdict:
    """Return whether the script returns its declared outputs with enough values; with as many, if it is strict."""
    return _basic(program, "keeps_contract")


def fits_sample_type(program: Program) -> Verdict:
    """Return whether values keep their meaning when stored; clamped values are only noted."""
    return _basic(program, "fits_sample_type")


def deterministic(program: Program) -> Verdict:
    """Return whether the same input always gives the same output."""
    return _basic(program, "deterministic")


def pixelwise(program: Program) -> Verdict:
    """Return whether results are independent of other pixels and of their order."""
    return _basic(program, "pixelwise")


def fulfils(program: Program, item: Property) -> Verdict:
    """Return whether a script has a property, such as `monotone("OCS_Confidence")`."""
    return check(program, (item,), basic=())[0]


def _basic(program: Program, name: str) -> Verdict:
    return check(program, basic=(name,))[0]


def equivalent(program: Program, other: Program, *, tolerance: float = 0) -> Verdict:
    """Return whether two scripts store the same values for every input, up to a tolerance.

    Raises:
        Incomparable: they have different outputs, or do not take the same scenes.
    """
    name = "equivalent"
    domain = shared_domain(program, other)
    if isinstance(domain, str):
        from oso_evalscript.testing.sampling import search_difference  # needs hypothesis

        found = search_difference(program, other, tolerance=tolerance)
    else:
        found = compare(program, other, domain, tolerance=tolerance)
    if not found.same:
        stored, expected = ({} if isinstance(one, str) else one for one in found.outputs)
        example = Counterexample(found.inputs or {}, stored, expected, found.lines[0])
        message = f"differs from {other.source.name}"
        return Verdict(name, Outcome.REFUTED, message, found.tried, found.differing, example)
    if found.total is None:
        return Verdict(name, Outcome.UNREFUTED, f"no counterexample in {found.tried} examples", found.tried)
    if found.doubt:
        message = f"no counterexample on {found.tried:,} inputs; {found.doubt}"
        return Verdict(name, Outcome.UNREFUTED, message, found.tried)
    message = f"proved on {found.tried:,} of {found.total:,} inputs"
    return Verdict(name, Outcome.PROVED, message, found.tried)
