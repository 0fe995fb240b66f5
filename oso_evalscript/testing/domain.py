"""The domain of a script: every input that it can be given, where those are finitely many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.catalog import Band, candidates, find_class_band
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.program import Program
from oso_evalscript.semantics.directives import DeclaredBand, Directives

LARGEST = 2**26
"""The most inputs that are all tried; a script of OSO reads at most 2^25."""

_BLOCK = 2**19  # inputs that are evaluated at a time: two workers are kept busy, and little memory is held
_STORED_AS_THEY_ARE = ("DN", "PERCENT")


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """A band and every value it can have, ascending."""

    band: str
    values: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """Every combination of the values of some bands, in lexicographic order: the first is the smallest."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """The number of inputs."""
        return math.prod(len(axis.values) for axis in self.axes)

    def with_last(self, band: str) -> Domain:
        """Return the domain with the axis of a band as the last one, so that its values share a block."""
        return Domain(tuple(sorted(self.axes, key=lambda axis: axis.band == band)))

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands, in order."""
        return tuple(axis.band for axis in self.axes)

    def with_long_rows(self) -> Domain:
        """Return the domain with its longest axes last, in whose rows numpy works fastest."""
        return Domain(tuple(sorted(self.axes, key=lambda axis: len(axis.values))))

    def blocks(self, most: int = _BLOCK) -> Iterator[dict[str, NDArray[Any]]]:
        """Yield the inputs in parts, in order: band → values, each along an axis of its own, to be broadcast.

        Args:
            most: how many inputs a part has, at most.
        """
        lengths = [len(axis.values) for axis in self.axes]
        split = next(i for i in range(len(lengths) + 1) if math.prod(lengths[i + 1 :]) <= most)
        step = max(most // math.prod(lengths[split + 1 :]), 1)
        for outer in np.ndindex(*lengths[:split]):
            for start in range(0, lengths[split] if split < len(lengths) else 1, step):
                chosen = [
                    axis.values[outer[i] : outer[i] + 1]
                    if i < split
                    else axis.values[start : start + step]
                    if i == split
                    else axis.values
                    for i, axis in enumerate(self.axes)
                ]
                open_grid = np.ix_(*chosen)
                yield {axis.band: part for axis, part in zip(self.axes, open_grid, strict=True)}


def find_domain(program: Program) -> Domain | str:
    """Return the domain of a script, or in a few words why it has none that can be tried."""
    setup = program.setup
    if setup.fusion or setup.mosaicking_of(0) is not Mosaicking.SIMPLE:
        return "its samples are lists"
    if not setup.bands:
        return "it reads no band"
    collection = program.origins[0]
    declared = declared_bands(program.source)
    units = dict(zip(setup.bands, setup.inputs[0].units, strict=False))
    axes = []
    for name in setup.bands:
        band = None if collection is None else collection.band(name)
        values = _declared(declared[name]) if name in declared else _values(name, band, units.get(name))
        if values is None:
            unknown = f"{name} may have too many values"
            advice = f"; declare them in the script, as in `// oso: band {name} uint8`"
            return unknown if candidates((name,)) else unknown + advice
        axes.append(Axis(name, values))
    domain = Domain(tuple(axes))
    return domain if domain.size <= LARGEST else f"there are {domain.size:,} of them"


def grid_shape(inputs: Mapping[str, NDArray[Any]]) -> tuple[int, ...]:
    """Return the shape that the inputs of a block have together."""
    return np.broadcast_shapes(*(values.shape for values in inputs.values()))


def declared_bands(source: Source) -> Mapping[str, DeclaredBand]:
    """Return the bands that a script declares, including the class band of a declared nomenclature."""
    directives = Directives(parse(source))
    table = directives.nomenclature
    if table is None or table.nomenclature is None:
        return directives.bands
    band = find_class_band(table.nomenclature.id)
    if band is None:
        return directives.bands
    large = max(table.nomenclature.codes, default=0) > 255
    stored = DeclaredBand(band.name, "uint16", 0, 65535) if large else DeclaredBand(band.name, "uint8", 0, 255)
    return {band.name: stored, **directives.bands}


def _declared(band: DeclaredBand) -> NDArray[Any] | None:
    """Every value of a declared band; None if it is a floating-point band."""
    if not band.whole:
        return None
    return np.arange(math.ceil(band.least), math.floor(band.largest) + 1).astype(band.stored)


def _values(name: str, band: Band | None, unit: str | None) -> NDArray[Any] | None:
    if name == "dataMask":
        return np.array([0, 1], np.uint8)
    if band is None or (unit or band.units[0]).upper() not in _STORED_AS_THEY_ARE:
        return None
    if band.values:
        return np.array([code for code, _ in band.values], np.uint8)
    if band.source_type == "UINT16" and band.nomenclature is not None:
        return np.arange(2**16).astype(np.uint16)
    if band.source_type != "UINT8":
        return None
    if band.nomenclature is not None and band.low is not None and band.high is not None:  # its only values
        return np.arange(band.low, band.high + 1).astype(np.uint8)
    return np.arange(256, dtype=np.uint8)
