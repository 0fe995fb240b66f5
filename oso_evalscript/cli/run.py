"""`oso-evalscript run`."""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.cli.cost import state_cost
from oso_evalscript.cli.files import write_atomically
from oso_evalscript.cli.rasters import (
    GEOTIFF,
    STORE,
    Numbers,
    WritingOptions,
    place_of,
    report_written,
    shifted,
    write_geotiffs,
    write_world_file,
)
from oso_evalscript.cli.scripts import (
    RunningOptions,
    choose_output,
    collection_given,
    explain_beforehand,
    failures_shown,
    open_script,
    opened,
    run_on,
    running_options,
    show_lines,
    show_reported,
)
from oso_evalscript.cli.summaries import (
    show,
    show_explanation_json,
    show_json,
    show_written,
    show_written_json,
)
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.text import Source

if TYPE_CHECKING:
    from oso_evalscript.rasters.job import Written
    from oso_evalscript.runtime.outputs import Explanation, Outputs
    from oso_evalscript.runtime.program import Program

_FORMATS = (".png", ".npy", ".npz", ".json", *GEOTIFF, STORE)
_OF_RASTERS = (*GEOTIFF, STORE)


class _Pixel(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click alone
    """A pixel as ROW,COL."""

    name = "pixel"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"\s*(\d+)\s*,\s*(\d+)\s*", value)
        if match is None:
            self.fail(f"`{value}` is not a pixel: expected a row and a column, as in 12,30", param, ctx)
        return int(match[1]), int(match[2])


@click.command()
@click.argument("script")
@click.option(
    "-o",
    "--out",
    "targets",
    multiple=True,
    metavar="FILE",
    help="The file to write: .tif for rasters (one file per output), .png or .npy for one output, .npz or (rasters) "
    ".zarr for all outputs, .json for user data. May be repeated.",
)
@click.option(
    "--explain-pixel",
    "pixel",
    type=_Pixel(),
    metavar="ROW,COL",
    help="Show what the script gets at this pixel, what it returns and what is stored; run nothing else.",
)
@click.option(
    "--at",
    type=Numbers("place", (2,), "two numbers, as in 1.4442,43.6045"),
    metavar="X,Y",
    help="Like --explain-pixel, by longitude and latitude, or coordinates in --crs.",
)
@click.option(
    "--explain-kernel",
    "kernel",
    is_flag=True,
    help="Show whether the script can be compiled for large runs and, if not, why; run nothing.",
)
@click.option(
    "--resume", is_flag=True, help="Continue an interrupted run that writes a .tif, and make this one resumable."
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Write a .tif or .zarr with a dask cluster, such as tcp://host:8786, or `local` processes.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The format of the summary on standard output.",
)
@click.option("--workers", type=click.IntRange(1), help="The maximum number of processes.")
@running_options
def command(
    script: str,
    targets: tuple[str, ...],
    pixel: tuple[int, int] | None,
    at: tuple[float, float] | None,
    kernel: bool,
    resume: bool,
    scheduler: str | None,
    format_: str,
    workers: int | None,
    options: RunningOptions,
) -> None:
    """Run an evalscript (a file, or `-`) on scenes and write its outputs; without -o, only summarise them.

    Exit status: 0 for success, 1 if the script failed, 2 for usage or input errors.
    """
    _check_combination(targets, pixel, at, options, kernel=kernel, resume=resume)
    source = open_script(script)
    images = tuple(target for target in targets if target.endswith(_OF_RASTERS))
    if images:
        _write_geotiffs(source, images, options, workers, format_, resume=resume, scheduler=scheduler)
    targets = tuple(target for target in targets if target not in images)
    if images and not targets:
        return
    with opened(source, replace(options, lint=options.lint and not images)) as (program, given):
        rasters: Any = given if options.of_rasters else None
        if kernel:
            _explain_kernel(program, given if rasters is None else rasters.around(0, 0).read())
            return
        tell = show_explanation_json if format_ == "json" else _explain
        if rasters is not None and (pixel or at):
            place = pixel or place_of(rasters, at or (), options.rasters.crs)
            tell(shifted(_explained(program, rasters.around(*place).read(), (0, 0), options), *place))
            return
        scenes: Any = given if rasters is None else rasters.read()
        if pixel is not None:
            tell(_explained(program, scenes, pixel, options))
            return
        outputs = run_on(program, scenes, options, workers=workers, check=True)
        show_reported(outputs)
        for target in targets:
            write_atomically(target, _encode(program, outputs, options.output_id, Path(target).suffix))
            if rasters is not None and target.endswith(".png"):
                write_world_file(target, rasters)
        if not images:
            (show_json if format_ == "json" else show)(program, outputs)
        _state_cost(program, outputs, targets)


def _explain_kernel(program: Program, scenes: Any) -> None:
    click.echo(program.explain_kernel(scenes))


def _state_cost(program: Program, outputs: Outputs, targets: tuple[str, ...]) -> None:
    pictures = any(target.endswith(".png") for target in targets)
    state_cost(program, outputs, "image/png" if pictures else "image/tiff")


def _write_geotiffs(
    source: Source,
    targets: Sequence[str],
    options: RunningOptions,
    workers: int | None,
    format_: str,
    *,
    resume: bool,
    scheduler: str | None,
) -> None:
    """Write each target and show one summary, as all of them hold the same outputs."""
    explain_beforehand(source, options)
    written = [
        _write_geotiff(source, target, options, workers, resume=resume, scheduler=scheduler) for target in targets
    ]
    if format_ == "json":
        show_written_json(source.name, written)
    else:
        show_written(written[0])


def _check_combination(
    targets: tuple[str, ...],
    pixel: tuple[int, int] | None,
    at: tuple[float, float] | None,
    options: RunningOptions,
    *,
    kernel: bool,
    resume: bool,
) -> None:
    if kernel and (targets or pixel or at):
        raise click.UsageError("--explain-kernel cannot be combined with -o, --explain-pixel or --at")
    for target in targets:
        if Path(target).suffix not in _FORMATS:
            raise click.UsageError(f"-o {target}: the file ends in one of {', '.join(_FORMATS)}")
    _refuse_inputs(targets, options.scenes)
    if pixel and at:
        raise click.UsageError("choose one of --explain-pixel and --at")
    if (pixel or at) and targets:
        raise click.UsageError(f"{'--explain-pixel' if pixel else '--at'} cannot be combined with -o")
    if resume and any(target.endswith(STORE) for target in targets):
        raise click.UsageError(f"--resume works for .tif only, not for {STORE}")
    if not options.of_rasters and (at or any(target.endswith(_OF_RASTERS) for target in targets)):
        what = "--at needs" if at else "a GeoTIFF or Zarr store needs"
        raise click.UsageError(
            f"{what} georeferenced rasters: pass a GeoTIFF, STAC item or Sentinel-2 product as --input"
        )


def _refuse_inputs(targets: Sequence[str], words: Sequence[str]) -> None:
    """Refuse to replace a file that `--input` names, or one in a folder that it names, however it is spelt."""
    places = [Path(place) for word in words for place in (word, word.partition("=")[2]) if place]
    read = [*places]
    for place in places:
        with contextlib.suppress(OSError):  # a file, or a folder that cannot be read, which is reported later
            read += [item for item in place.iterdir() if item.suffix in (".npz", *GEOTIFF)]
    for target in map(Path, targets):
        if target.exists() and any(item.exists() and item.samefile(target) for item in read):
            raise click.UsageError(f"-o {target}: is read as an input and would be replaced: write to another file")


def _explained(program: Program, scenes: Any, pixel: tuple[int, int], options: RunningOptions) -> Explanation:
    return program.explain(
        scenes, *pixel, units=options.units, offset=options.offset, order=options.order, time_range=options.span
    )


def _write_geotiff(
    source: Source, target: str, options: RunningOptions, workers: int | None, *, resume: bool, scheduler: str | None
) -> Written:
    others = WritingOptions(
        order=options.order,
        units=options.units,
        offset=options.offset,
        output_id=options.output_id,
        collection=collection_given(options),
        timeout=options.timeout,
        memory=options.memory,
        workers=workers,
        resume=resume,
        scheduler=scheduler,
        span=options.span,
        api=options.api,
        strict=options.strict,
    )
    with failures_shown():
        written = write_geotiffs(source, options.scenes, target, options.rasters, others, options.size)
    show_lines(written.log, written.notices)
    report_written(written)
    return written


def _encode(program: Program, outputs: Outputs, output_id: str | None, suffix: str) -> bytes:
    buffer = io.BytesIO()
    if suffix == ".json":
        return (json.dumps(outputs.user_data, ensure_ascii=False, indent=2) + "\n").encode()
    if suffix == ".npz":
        if output_id is not None:
            raise OsoError("--output cannot be used with .npz, which stores all outputs")
        return _archive(outputs)
    output = choose_output(program, output_id)
    if output.id not in outputs:
        raise OsoError(
            f"{program.source.name}: the script returned nothing for any pixel, so there is no image to write"
        )
    if suffix == ".npy":
        import numpy as np

        np.save(buffer, outputs[output.id], allow_pickle=False)
        return buffer.getvalue()
    from oso_evalscript.runtime.picture import to_png

    return to_png(outputs[output.id], output)


def _archive(outputs: Outputs) -> bytes:
    """The bytes of an `.npz` file; not by numpy.savez, where an output named `file` would be its first argument."""
    import numpy as np

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for id_, array in outputs.items():
            with archive.open(f"{id_}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return buffer.getvalue()


def _explain(explanation: Explanation) -> None:
    from oso_evalscript.runtime.failure import show_inputs

    for line in explanation.log:
        click.echo(escaped(str(line)), err=True)
    click.echo(f"pixel     row {explanation.row}, column {explanation.column}")
    for name, value in explanation.inputs.items():
        items = value if isinstance(value, list) else [value]
        if value is not items and not isinstance(value, list):
            click.echo(escaped(f"input     {name} = {value!r}"))
            continue
        click.echo(escaped(f"input     {name}: {len(items)} samples"))
        for index, item in enumerate(items):
            click.echo(escaped(f"          [{index}] {show_inputs(item)}"))
    click.echo(escaped(f"returned  {explanation.returned}"))
    for id_, values in explanation.stored.items():
        click.echo(escaped(f"stored    {id_}: {', '.join(f'{value:g}' for value in values) or 'no bands'}"))
