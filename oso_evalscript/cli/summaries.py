"""What a run stored, on standard output: as a table for people, as JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.model.display import escaped, to_json, width_of

if TYPE_CHECKING:
    from oso_evalscript.rasters.job import Written
    from oso_evalscript.runtime.outputs import Explanation, Outputs
    from oso_evalscript.runtime.program import Program
    from oso_evalscript.runtime.summary import BandSummary, Summary

_TITLES = ("output", "band", "stored as", "least", "largest", "mean", "NaN", "below", "above", "no data")
_LEFT = 3  # columns of words; the others are numbers


def show(program: Program, outputs: Outputs) -> None:
    """Show the summary of a run, its hints and the user data."""
    from oso_evalscript.runtime.summary import summarize

    summary = summarize(outputs, program.setup.outputs, program.source.text)
    if summary.bands:
        for line in _table([_TITLES, *map(_row, summary.bands)]):
            click.echo(line)
    for hint in summary.hints:
        click.echo(f"hint: {escaped(hint)}", err=True)
    if outputs.user_data is not None:
        text = json.dumps(outputs.user_data, ensure_ascii=False)
        click.echo(f"user data: {escaped(text if len(text) <= 500 else text[:499] + '…')}", err=True)


def show_json(program: Program, outputs: Outputs) -> None:
    """Write the summary of a run as JSON."""
    from oso_evalscript.runtime.summary import summarize

    summary = summarize(outputs, program.setup.outputs, program.source.text)
    click.echo(to_json(_finite(_plain(program.source.name, outputs, summary))))


def show_written(written: Written) -> None:
    """Show a summary of written rasters."""
    rows = [
        (
            escaped(file.output),
            escaped(f"{number} {band.name}"),
            file.sample_type,
            *map(_short, (band.least, band.largest, band.mean)),
            *(f"{count:,}" if count else "" for count in (band.nan, band.blank)),
        )
        for file in written.files
        for number, band in enumerate(file.bands, 1)
    ]
    for line in _table([(*_TITLES[:7], _TITLES[-1]), *rows]):
        click.echo(line)


def show_written_json(script: str, jobs: Sequence[Written]) -> None:
    """Write a summary of written rasters, one job for each target, as JSON."""
    first = jobs[0]
    plain = {
        "version": 1,
        "script": script,
        "rows": first.rows,
        "columns": first.columns,
        "seconds": sum(job.seconds for job in jobs),
        "outputs": [
            {
                "id": file.output,
                "path": str(file.path),
                "bytes": file.size,
                "sampleType": file.sample_type,
                "bands": [
                    {
                        "band": number,
                        "name": band.name,
                        "least": band.least,
                        "largest": band.largest,
                        "mean": band.mean,
                        "nan": band.nan,
                        "noData": band.blank,
                    }
                    for number, band in enumerate(file.bands, 1)
                ],
            }
            for job in jobs
            for file in job.files
        ],
        "notices": list(first.notices),
        "log": [str(line) for line in first.log],
        "userData": first.user_data,
    }
    click.echo(to_json(_finite(plain)))


def show_explanation_json(explanation: Explanation) -> None:
    """Write what a script made of one pixel as JSON."""
    plain = {
        "version": 1,
        "row": explanation.row,
        "column": explanation.column,
        "inputs": explanation.inputs,
        "returned": explanation.returned,
        "stored": {id_: list(values) for id_, values in explanation.stored.items()},
    }
    click.echo(to_json(_finite(plain)))


def _row(band: BandSummary) -> tuple[str, ...]:
    name = "" if band.name is None else f" {band.name}"
    ends = (_short(value) for value in (band.least, band.largest, band.mean))
    counts = (f"{count:,}" if count else "" for count in (band.nan, band.below, band.above, band.blank))
    note = ("constant",) if band.constant else ("",)
    return escaped(band.output), escaped(f"{band.band + 1}{name}"), str(band.sample_type), *ends, *counts, *note


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Lines with the columns below each other, numbers to the right."""
    widths = [max(map(width_of, column)) for column in zip(*(row[: len(_TITLES)] for row in rows), strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell + " " * (width - width_of(cell)) if index < _LEFT else " " * (width - width_of(cell)) + cell
            for index, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append("  ".join([*cells, *row[len(_TITLES) :]]).rstrip())
    return lines


def _plain(script: str, outputs: Outputs, summary: Summary) -> dict[str, Any]:
    by_output: dict[str, list[BandSummary]] = {}
    for band in summary.bands:
        by_output.setdefault(band.output, []).append(band)
    return {
        "version": 1,
        "script": script,
        "rows": summary.rows,
        "columns": summary.columns,
        "scenes": [
            {
                "input": item.key,
                "mosaicking": str(item.mosaicking),
                "order": item.order,
                "dates": [None if date is None else date.isoformat() for date in item.dates],
                "cloudCover": list(item.clouds),
                "kept": list(item.kept),
            }
            for item in outputs.offered
        ],
        "outputs": [
            {"id": id_, "sampleType": str(bands[0].sample_type), "bands": [_plain_band(band) for band in bands]}
            for id_, bands in by_output.items()
        ],
        "hints": list(summary.hints),
        "notices": [*outputs.scenes, *outputs.notices],
        "log": [str(line) for line in outputs.log],
        "userData": outputs.user_data,
    }


def _plain_band(band: BandSummary) -> dict[str, Any]:
    return {
        "band": band.band + 1,
        "name": band.name,
        "least": band.least,
        "largest": band.largest,
        "mean": band.mean,
        "constant": band.constant,
        "pixels": band.pixels,
        "nan": band.nan,
        "below": band.below,
        "above": band.above,
        "noData": band.blank,
    }


def _finite(value: Any) -> Any:
    """A value as JSON has it: what is no finite number becomes text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
