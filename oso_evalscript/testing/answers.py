"""Answers: what evaluatePixel may leave out, or return too much of, unless a program is strict.

The service very probably lets a pixel without data return nothing and drops surplus values. A test accepts both, and
notes them; a pixel with data that returns nothing is an error. Where nothing is returned, 0 is stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oso_evalscript.runtime.kernel import STORED
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.testing.compare import Stored
from oso_evalscript.testing.fit import share_of


@dataclass
class Answers:
    """What some runs left out, and returned too much of.

    Attributes:
        pixels: the number of pixels.
        left_out: the number of those without data for which nothing was returned.
        surplus: the number of those with more values than bands.
        dropped: which values were too many, at the first of them.
    """

    pixels: int = 0
    left_out: int = 0
    surplus: int = 0
    dropped: str = ""

    def add(self, outputs: Outputs, pixels: int) -> int | None:
        """Take up a run on so many pixels; return the first one with data for which nothing was returned."""
        self.pixels += pixels
        self.surplus += outputs.surplus
        self.dropped = self.dropped or outputs.dropped
        if outputs.nothing is None or outputs.data is None:
            return None
        self.left_out += int(np.count_nonzero(outputs.nothing & ~outputs.data))
        places = np.flatnonzero(outputs.nothing & outputs.data)
        return int(places[0]) if places.size else None

    def notes(self, name: str, of: str) -> tuple[str, ...]:
        """Return what to note beside the verdict on a property; `of` says what the shares are of."""
        if name == "total" and self.left_out:
            share = share_of(self.left_out, self.pixels)
            return (f"evaluatePixel returns nothing at pixels without data, and 0 is stored: in {share} of the {of}",)
        if name == "keeps_contract" and self.surplus:
            return (f"{self.dropped}, in {share_of(self.surplus, self.pixels)} of the {of}",)
        return ()


def filled(outputs: Outputs) -> Stored:
    """Return what is stored; zeros for a run that returned nothing at all, if no pixel had data."""
    if outputs or outputs.data is None or outputs.data.any():
        return outputs
    return {item.id: np.zeros((item.bands, *outputs.data.shape), STORED[item.sample_type]) for item in outputs.declared}
