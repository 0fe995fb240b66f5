"""Pictures of outputs: the PNG that the service would deliver, and a preview with title, legend and credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.model.errors import ArrayError, OsoError
from oso_evalscript.model.text import AnySource, Source
from oso_evalscript.runtime.classes import Classes, find_classes
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.pictures.canvas import measure, png_of_array, png_of_page
from oso_evalscript.runtime.pictures.legend import legend_of, legend_of_numbers
from oso_evalscript.runtime.pictures.page import Page, Panel, lay_out
from oso_evalscript.runtime.pictures.svg import svg_of_page
from oso_evalscript.runtime.pictures.views import colors, views_of
from oso_evalscript.runtime.program import Program
from oso_evalscript.semantics.title import title_of

if TYPE_CHECKING:
    from oso_evalscript.runtime.scene import Sources

MADE_UP = "A made-up scene, not a map."
"""What is said below the picture of a scene that is made up."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn preview; notebooks show it.

    Attributes:
        page: what is drawn, and where.
    """

    page: Page

    def png(self, scale: int = 2) -> bytes:
        """Return it as PNG, of so many pixels for each of 1/96 inch."""
        return png_of_page(self.page, scale)

    def svg(self) -> str:
        """Return it as SVG."""
        return svg_of_page(self.page)

    def save(self, path: str | Path) -> None:
        """Write it to a file, as the ending says: `.png` or `.svg`.

        Raises:
            OsoError: the file has another ending.
        """
        Path(path).write_bytes(self.encoded(PurePath(path).suffix))

    def encoded(self, suffix: str) -> bytes:
        """Return it as the bytes of a file with that ending.

        Raises:
            OsoError: it is another one than `.png` or `.svg`.
        """
        if suffix == ".svg":
            return self.svg().encode()
        if suffix != ".png":
            raise OsoError(f"expected a .png or .svg file, not `{suffix}`")
        return self.png()

    def __repr__(self) -> str:
        return f"<Picture {self.page.title!r}, {self.page.width:g} x {self.page.height:g}>"

    def _repr_png_(self) -> bytes:
        return self.png()


def to_png(array: NDArray[Any], output: Output) -> bytes:
    """Return an output as the bytes of a PNG file, its samples unchanged.

    Args:
        array: shape (band, y, x).
        output: the contract of that output.

    Raises:
        ArrayError: PNG, or this writer, cannot hold it; the text names the formats that can.
    """
    bands, height, width = array.shape
    if height == 0 or width == 0:
        raise ArrayError("the output has no pixels; write .npy or .npz, as PNG needs at least one")
    if output.sample_type is SampleType.UINT16 and bands == 1:
        return png_of_array(array)
    if array.dtype != np.uint8 or not 1 <= bands <= 4:
        what = f"{bands} band{'s' * (bands != 1)} of {output.sample_type}"
        raise ArrayError(
            f"the output `{output.id}` has {what}; a PNG file needs 1 to 4 bands of AUTO or UINT8, "
            "or 1 of UINT16: write .npy or .npz instead"
        )
    return png_of_array(array)


def panels_of(program: Program, outputs: Outputs, ids: Sequence[str] = (), caption: str = "") -> tuple[Panel, ...]:
    """Return the pictures of outputs, each with its legend; bands that are no picture in colour are shown in grey.

    Args:
        program: the script; it paints its own legend.
        outputs: what it made of scenes.
        ids: the outputs to show, in that order; by default all.
        caption: put before the captions of the panels.

    Raises:
        ArrayError: there are no pixels to show.
    """
    classes = find_classes(program.source, program.setup, program.origins)
    found = []
    for output in program.setup.outputs if not ids else [_output(program, id) for id in ids]:
        if output.id not in outputs:
            continue
        array = outputs[output.id]
        if array[:1].size == 0:
            raise ArrayError("the scene has no pixels to show")
        for view in views_of(array, output):
            words = [caption, view.name if not caption or len(program.setup.outputs) > 1 or view.band else ""]
            legend = legend_of(program, view, array, classes)
            found.append(Panel(": ".join(filter(None, words)), colors(array, view), legend))
    return tuple(found)


def picture_of(outputs: Outputs, id: str | None, title: str) -> Picture:
    """Return a picture of an output, or of all, as far as their numbers alone tell what is seen.

    Raises:
        OsoError: there is no such output, or nothing to show.
    """
    if id is not None and id not in outputs:
        raise OsoError(f"there is no output `{id}`; there is {', '.join(outputs) or 'none'}")
    panels = [
        Panel(view.name, colors(outputs[output.id], view), legend_of_numbers(view, outputs[output.id]))
        for output in outputs.declared
        if output.id in outputs and id in (None, output.id) and outputs[output.id].size
        for view in views_of(outputs[output.id], output)
    ]
    return draw(panels, title=title)


def draw(panels: Sequence[Panel], *, title: str = "", notes: str = "") -> Picture:
    """Return pictures beside each other, with a title above and notes below.

    Raises:
        ArrayError: there is nothing to show.
    """
    if not panels:
        raise ArrayError("there is nothing to show: the script returned no output")
    return Picture(lay_out(panels, title, notes, measure))


def title_for(source: Source) -> str:
    """Return what a script is about, as its comments say it, or else its name."""
    return title_of(parse(source)) or PurePath(source.name).stem


def credit_for(program: Program) -> str:
    """Return the credit of the data that a script shows; empty where none is known."""
    found: Classes | None = find_classes(program.source, program.setup, program.origins)
    if found is not None and found.credit:
        return found.credit
    from oso_evalscript.model.nomenclature import shipped_nomenclature

    tables = [
        named
        for origin, item in zip(program.origins, program.setup.inputs, strict=True)
        if origin is not None and (named := origin.nomenclature_of(item.bands) or origin.nomenclature)
    ]
    return " ".join(dict.fromkeys(f"{(known := shipped_nomenclature(id)).credit} {known.licence}." for id in tables))


def preview(
    script: AnySource,
    scenes: Sources | None = None,
    *,
    outputs: Sequence[str] = (),
    title: str | None = None,
    size: int | tuple[int, int] = 256,
    seed: int = 0,
) -> Picture:
    """Return a picture of a script's result, with title, legend and credit.

    Args:
        script: the script, as a `Source`, its text or a path.
        scenes: the scenes, as for `Program.run`; by default made-up ones.
        outputs: the outputs to show; by default `default`, or all if there is none.
        title: the title; by default the first comment of the script.
        size: rows and columns of made-up scenes.
        seed: the random seed for made-up scenes.

    Raises:
        ScriptError: the script fails.
        ArrayError: the scenes do not fit the script.
    """
    from oso_evalscript.runtime.synthetic import made_up

    with Program(script) as program:
        given = made_up(program, size=size, seed=seed) if scenes is None else scenes
        found = program.run(given)
        ids = outputs or (["default"] if "default" in found else ())
        notes = f"{MADE_UP if scenes is None else ''} {credit_for(program)}".strip()
        panels = panels_of(program, found, ids)
        return draw(panels, title=title_for(program.source) if title is None else title, notes=notes)


def _output(program: Program, id: str) -> Output:
    outputs = {output.id: output for output in program.setup.outputs}
    if id not in outputs:
        raise OsoError(f"{program.source.name}: there is no output `{id}`; its outputs are {', '.join(outputs)}")
    return outputs[id]
