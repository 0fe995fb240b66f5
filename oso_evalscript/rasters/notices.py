"""What is said of a job: by its script, window by window, and by this package."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from oso_evalscript.rasters.evaluating import Evaluator, RunOptions, run_program
from oso_evalscript.rasters.grid import Window, crs_name, is_local
from oso_evalscript.rasters.reading import Reader
from oso_evalscript.rasters.windows import Layout
from oso_evalscript.rasters.writing import TILE
from oso_evalscript.runtime.outputs import LogLine, Outputs
from oso_evalscript.runtime.summary import summarize

MAX_LOG = 100
_EVERYWHERE = "in all pixels with data"
"""What a hint says that may hold in the window that is looked at, and not in others."""
_SIDE = 256  # rows and columns of the window that is looked at


_NUMBER = re.compile(r"\d[\d,.]*")


@dataclass(slots=True)
class Reported:
    """What the runs of all windows said."""

    notices: dict[str, list[str]] = field(default_factory=dict)  # by what they say without their numbers
    log: list[LogLine] = field(default_factory=list)
    user_data: list[Any] = field(default_factory=list)
    scenes: tuple[str, ...] = ()  # as the first window says

    def take(self, outputs: Outputs) -> None:
        """Add what a window's run said."""
        self.scenes = self.scenes or outputs.scenes
        for notice in outputs.notices:
            known = self.notices.setdefault(_NUMBER.sub("#", notice), [])
            if notice not in known:
                known.append(notice)
        self.log += outputs.log[: MAX_LOG - len(self.log)]
        if outputs.user_data is not None and outputs.user_data not in self.user_data[:2]:
            self.user_data.append(outputs.user_data)

    def summed_up(self) -> Iterator[str]:
        """Yield each notice once; of those that differ in their numbers alone, that of the first window."""
        yield from self.scenes
        for first, *others in self.notices.values():
            yield f"{first} (in the first of several windows)" if others else first


def notices_of(
    evaluator: Evaluator,
    reader: Reader,
    layouts: Sequence[Layout],
    reported: Reported,
    options: RunOptions,
    *,
    constant: bool,
) -> list[str]:
    """Return what is to be said of a job beside what its script said.

    Args:
        evaluator: the script.
        reader: the open inputs.
        layouts: how outputs are stored.
        reported: what the script said.
        options: how it was run.
        constant: whether a band holds one value in all pixels with data.
    """
    found = list(reader.notices)
    if not evaluator.pure and reader.grid.height * reader.grid.width > TILE * TILE:
        found.append(
            "it is not proved that results depend only on their pixel: windows were run one after another, each with "
            "its own call of the hooks"
        )
    if len(reported.user_data) > 1:
        found.append("user data differ between windows; those of the first are kept")
    found += [f"{file.path}: covers less than the other bands; `dataMask` is 0 beyond it" for file in reader.partial]
    if is_local(reader.grid.crs):
        name = crs_name(reader.grid.crs)
        found.append(f"`{name}` is a local coordinate reference system, or one that GDAL does not know; it is kept")
    odd = (each.output for each in layouts if each.output.nodata is not None and each.nodata is None)
    found += [f"nodataValue {item.nodata:g} of `{item.id}` cannot be stored as {item.sample_type}" for item in odd]
    return found + [hint for hint in _hints(evaluator, reader, options) if constant or _EVERYWHERE not in hint]


def _hints(evaluator: Evaluator, reader: Reader, options: RunOptions) -> Iterator[str]:
    """What probably was not meant, such as numbers that a type cannot store, in a window in the middle.

    Looking at every number takes a large part of a run; a script that is not pure would be run once too often.
    """
    if not evaluator.pure:
        return
    grid = reader.grid
    height, width = min(grid.height, _SIDE), min(grid.width, _SIDE)
    window = Window((grid.height - height) // 2, (grid.width - width) // 2, height, width)
    program = evaluator.program
    outputs = run_program(program, reader.read_scenes(window), options, (height, width), check=True)
    where = "" if (height, width) == (grid.height, grid.width) else f"in {height} x {width} pixels in the middle: "
    for hint in summarize(outputs, program.setup.outputs, program.source.text).hints:
        yield f"{where}{hint}"
