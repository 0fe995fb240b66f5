"""`oso-evalscript diff`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.cli.madeup import SIZE, acquisition_options, acquisitions
from oso_evalscript.cli.scripts import open_script
from oso_evalscript.cli.terminal import progress
from oso_evalscript.model.display import escaped

if TYPE_CHECKING:
    from oso_evalscript.testing.difference import Difference

_CODES_SHOWN = 30


@click.command()
@click.argument("first", metavar="A.js")
@click.argument("second", metavar="B.js")
@click.option("--tolerance", type=click.FloatRange(0), default=0, help="The largest difference to ignore.")
@click.option("--collection", metavar="ID", help="Where the bands come from, such as S2L2A.")
@click.option(
    "--max-examples",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="How many scenes to generate if there are too many inputs to try all.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="The random seed for generated scenes."
)
@click.option("--size", type=SIZE, metavar="N|WxH", help="Columns and rows of the largest scene; by default 8x1.")
@acquisition_options
def command(
    first: str,
    second: str,
    tolerance: float,
    collection: str | None,
    max_examples: int,
    seed: int,
    size: tuple[int, int] | None,
    dates: Any,
    span: Any,
    clouds: Any,
) -> None:
    """Compare two evalscripts: find an input for which they store different values.

    Exit status: 0 if they are the same, 1 if they differ, 2 if they cannot be read or compared.
    """
    sources = [open_script(Path(name).as_posix()) for name in (first, second)]
    from oso_evalscript.runtime.program import Program
    from oso_evalscript.testing.difference import compare, shared_domain

    with Program(sources[0], collection=collection) as one, Program(sources[1], collection=collection) as other:
        domain = shared_domain(one, other)
        if isinstance(domain, str):
            from oso_evalscript.testing.sampling import search_difference

            found = search_difference(
                one,
                other,
                tolerance=tolerance,
                max_examples=max_examples,
                seed=seed,
                most_pixels=8 if size is None else size[0] * size[1],
                acquisitions=acquisitions(dates, span, clouds),
            )
        else:
            with progress("comparing", domain.size) as told:
                found = compare(one, other, domain, tolerance=tolerance, progress=told)
    _show(found, (first, second))
    sys.exit(0 if found.same else 1)


def _show(found: Difference, names: tuple[str, str]) -> None:
    from oso_evalscript.testing.properties import input_word

    if found.same:
        if found.total is None:
            known = f"no difference found in {found.tried:,} examples"
        elif found.doubt:
            known = f"no difference found on {found.total:,} inputs; {found.doubt}"
        else:
            known = f"the same on all {found.total:,} inputs"
        click.echo(f"{escaped(names[0])} and {escaped(names[1])}: {escaped(known)}")
        return
    how_many = f"{found.differing:,} of {found.total:,} inputs" if found.total is not None else "some inputs"
    click.echo(f"they differ on {how_many}; on the smallest of them")
    inputs = ", ".join(f"{name} = {input_word(value)}" for name, value in (found.inputs or {}).items())
    click.echo(f"  {escaped(inputs)}")
    for name, stored, line in zip(names, found.outputs, found.lines, strict=True):
        place = f"{name}:{line}" if line is not None else name
        click.echo(f"  {escaped(place)} stores {escaped(_stored(stored))}")
    for band, counts in (found.by_code or {}).items():
        shown = [f"{code} ({count:,})" for code, count in sorted(counts.items())[:_CODES_SHOWN]]
        more = f" and {len(counts) - _CODES_SHOWN} more" if len(counts) > _CODES_SHOWN else ""
        click.echo(f"values of {escaped(band)} with a difference: {_ranges(sorted(counts))}")
        if len(set(counts.values())) > 1:
            click.echo(f"  inputs for each: {', '.join(shown)}{more}")


def _stored(stored: Any) -> str:
    if isinstance(stored, str):
        return f"nothing: {stored}"
    kept = (f"{id_}: {', '.join(f'{value:g}' for value in values)}" for id_, values in stored.items() if values)
    return "; ".join(kept) or "nothing"


def _ranges(codes: list[int]) -> str:
    """Codes with runs of them drawn together."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][-1] + 1:
            runs[-1].append(code)
        else:
            runs.append([code])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
