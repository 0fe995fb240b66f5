"""How strong the properties are: every small fault in a shipped script has to be found by what its spec implies."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from oso_evalscript import Program, Source, load_spec
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.testing.claims import equivalent
from oso_evalscript.testing.domain import Axis, Domain, find_domain
from oso_evalscript.testing.intent import intended
from oso_evalscript.testing.properties import Outcome
from oso_evalscript.testing.sweep import sweep
from tests.conftest import ROOT
from tests.testing.mutants import Mutant, mutants

SPECS = [path for path in sorted((ROOT / "evalscripts").glob("*.toml")) if path.stem.startswith("oso_")]
SPECS = [
    path for path in SPECS if path.stem != "oso_became_built_up"
]  # its samples are lists, and have no finite domain
ALL = bool(os.environ.get("OSO_EVALSCRIPT_PROOF"))  # any value; some tests take a number from it
EVERY = 1 if ALL else 9  # `make proof` tries all of them

# Mutants that mean the same as the script, with the reason.
EQUIVALENT = ("[", '"')  # two neighbours of a table, or of the bands asked for, swapped: their order means nothing
SURVIVORS = {
    "oso_group_shares": "its two outputs have names, so the order in which setup() lists them means nothing",
    "oso_confidence": "its colours run from black to green: red and blue are both 0, and may stand for each other",
    "oso_validity": "its colours run from black to red: green and blue are both 0, and may stand for each other",
    "oso_17_classes": "its value where there is no data is 255, and 256 is stored as that too",
    "oso_built_up_mask": "its value where there is no data is 255, and 256 is stored as that too",
    "oso_crops_mask": "its value where there is no data is 255, and 256 is stored as that too",
}


def killed(mutant: Mutant, path: Path) -> bool:
    """Whether what the spec implies tells a mutant from the script."""
    try:
        with Program(mutant.source) as program:
            domain = find_domain(program)
            assert isinstance(domain, Domain), domain
            found = sweep(
                program,
                few(domain, path),
                intended(mutant.source, load_spec(path)),
                basic=("total", "keeps_contract", "fits_sample_type"),
            )
    except ScriptError:
        return True
    return any(not verdict.holds for verdict in found)


def same(source: Source, other: Source) -> bool:
    """Whether two scripts are proved to store the same whatever they are given."""
    with Program(source) as one, Program(other) as two:
        return equivalent(one, two).outcome is Outcome.PROVED


def few(domain: Domain, path: Path) -> Domain:
    """Every class, and of the other bands the values around what the spec speaks of."""
    if domain.size <= 2**16:
        return domain
    spec = load_spec(path)
    limits = [value for value in (getattr(spec, "threshold", None), getattr(spec, "validity", None)) if value]
    near = sorted({0, 1, 2, 45, 100, 101, 255, *(limit + step for limit in limits for step in (-1, 0, 1))})
    values = np.array(near, np.uint8)
    return Domain(
        tuple(axis if len(axis.values) == 2 or axis.band == "OCS" else Axis(axis.band, values) for axis in domain.axes)
    )


def is_equivalent(mutant: Mutant) -> bool:
    """Whether two rows of a table or two names of bands changed places."""
    before, _, after = mutant.what.partition(": `")[2].partition("` -> `")
    return sorted(before) == sorted(after.rstrip("`")) and before.startswith(EQUIVALENT) and "," in before


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_mutant_is_killed_or_means_the_same(path: Path) -> None:
    source = Source.read(path.with_suffix(".js"))
    tried = [mutant for mutant in list(mutants(source))[::EVERY] if not is_equivalent(mutant)]
    assert len(tried) >= (15 if ALL else 2)
    survivors = [mutant for mutant in tried if not killed(mutant, path)]
    assert not survivors or path.stem in SURVIVORS, [mutant.what for mutant in survivors]
    # What lives on may only do so because it means the same: proved on every input, so all others are killed.
    assert not [mutant.what for mutant in survivors if not same(source, mutant.source)]
