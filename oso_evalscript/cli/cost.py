"""`oso-evalscript cost`."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.cli.files import Problems
from oso_evalscript.cli.scripts import by_name, open_script
from oso_evalscript.cli.terminal import style
from oso_evalscript.model.cost import Api, Cost, counted
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import RequestError, ScriptError
from oso_evalscript.model.text import LARGEST, Source
from oso_evalscript.project.search import is_folder

if TYPE_CHECKING:
    from rich.table import Table

    from oso_evalscript.pricing.estimate import ApiName
    from oso_evalscript.pricing.periods import Span
    from oso_evalscript.pricing.request import Request, Search
    from oso_evalscript.runtime.outputs import Outputs
    from oso_evalscript.runtime.program import Program

_APIS = [str(item) for item in Api if item is not Api.CATALOG]
_DAYS_A_MONTH = 365.25 / 12
_OF_SCRIPTS = {
    "size": "--size", "mime": "--format", "api": "--api", "collections": "--collection", "time_range": "--time-range",
    "interval": "--interval", "processing": "--processing", "outputs": "--output", "remote": "--remote",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Priced:
    """What one request costs.

    Attributes:
        name: what the table calls it.
        what: its API and size, for the table of several.
        cost: the cost.
        recorded: what the service charged for it, where that was kept.
        pixels: how many it has, 0 where it has none.
        span: its time range, where one is known.
    """

    name: str
    what: tuple[str, str]
    cost: Cost
    recorded: float | None = None
    pixels: int = 0
    span: Span | None = None


@click.command()
@click.argument("path", metavar="SCRIPT|REQUEST|FOLDER")
@click.option("--size", default="512x512", show_default=True, metavar="WxH", help="Columns and rows of the image.")
@click.option("--samples", type=int, metavar="N", help="Samples per pixel, under ORBIT and TILE.")
@click.option(
    "--format", "mime", default="image/tiff", show_default=True, metavar="MIME", help="The format of the response."
)
@click.option(
    "--api", type=click.Choice(_APIS), default="process", show_default=True, help="The API that answers the request."
)
@click.option(
    "--collection", "collections", multiple=True, metavar="[NAME=]ID", help="Where the bands come from, such as S2L2A."
)
@click.option("--time-range", metavar="FROM/TO", help="The time range, as in 2023-01-01/2023-12-31.")
@click.option("--interval", metavar="PERIOD", help="For statistics: the length of an interval, such as P10D.")
@click.option(
    "--processing",
    multiple=True,
    metavar="KEY=VALUE",
    help="For Sentinel-1, as in requests: orthorectify=true, backCoeff=GAMMA0_TERRAIN, speckleFilter=LEE.",
)
@click.option("--output", "outputs", multiple=True, metavar="ID", help="Count this output only; may be repeated.")
@click.option("--remote", multiple=True, metavar="NAME", help="An input hosted at another endpoint.")
@click.option("--per", type=click.Choice(["km2", "month"]), help="Also show the cost per square kilometre or month.")
@click.option(
    "--resolution",
    type=click.FloatRange(0, min_open=True),
    metavar="METRES",
    help="The size of a pixel, for --per km2.",
)
@click.option(
    "--budget",
    type=click.FloatRange(0),
    metavar="UNITS",
    help="Exit with 1 if the request, or with --per the unit, costs more.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def command(
    context: click.Context,
    /,
    path: str,
    samples: int | None,
    per: str | None,
    resolution: float | None,
    budget: float | None,
    as_json: bool,
    **words: Any,
) -> None:
    """Estimate what a request costs, in processing units.

    SCRIPT is an evalscript, REQUEST the JSON of a Process, Statistical or Catalog request, FOLDER a cache folder of
    sentinelhub-py; `-` reads a script or JSON from standard input. The options describe the request for a SCRIPT.

    Exit status: 0 for success, 1 if the cost exceeds --budget, 2 if it cannot be estimated.
    """
    given = [option for name, option in _OF_SCRIPTS.items() if _is_given(context, name)]
    problems = Problems()
    if is_folder(Path(path)):
        _refuse(given, path)
        found = list(_of_folder(Path(path), samples, problems))
        if not found:
            sys.exit(2)
    else:
        found = [_of_one(path, samples, given, words)]
    rate = None if per is None else _rate(found, per, resolution)
    (_write_json if as_json else _show)(found, per, rate)
    units = sum(item.cost.units for item in found) if rate is None else rate
    if budget is not None and units > budget:
        click.echo(f"oso-evalscript: {units:,.6g} units exceed the budget of {budget:,.6g}", err=True)
    sys.exit(2 if problems.count else 1 if budget is not None and units > budget else 0)


def state_cost(program: Program, outputs: Outputs, mime: str, ids: Sequence[str] = ()) -> None:
    """Say on standard error what the request costs that gives the same as a run; of those outputs, or of all."""
    from oso_evalscript.pricing.estimate import cost_of_run

    found, size = cost_of_run(program, outputs, mime, ids)
    how_many = f" in {counted(found.requests, 'request')}" if found.requests > 1 else ""
    click.echo(f"cost as a request: {found.units:,.4g} processing units{how_many} ({size})", err=True)


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _refuse(given: list[str], path: str) -> None:
    if given:
        raise RequestError(f"{path}: a request already defines this: leave out {' and '.join(given)}")


def _of_one(path: str, samples: int | None, given: list[str], words: dict[str, Any]) -> _Priced:
    data = None
    if path == "-":
        data = sys.stdin.buffer.read(16 * LARGEST) if sys.stdin is not None else b""
        source = None if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else Source.decode(data, "<stdin>")
    else:
        source = None if path.lower().endswith(".json") else open_script(path)
    if source is not None:
        return _of_script(source, samples, words)
    from oso_evalscript.pricing.request import read_request, read_request_file

    request = read_request_file(Path(path)) if data is None else read_request(data, "<stdin>")
    _refuse(given, request.name)
    return _of_request(request, path, samples)


def _of_script(source: Source, samples: int | None, words: dict[str, Any]) -> _Priced:
    from oso_evalscript.pricing.estimate import cost
    from oso_evalscript.pricing.periods import read_time_range

    width, height = _size(words["size"])
    span = None if words["time_range"] is None else read_time_range(tuple(words["time_range"].split("/")))
    api: ApiName = words["api"]
    with _in_one_sentence():
        found = cost(
            source,
            width=width,
            height=height,
            samples=samples,
            format=words["mime"],
            api=api,
            collection=by_name(words["collections"], "--collection"),
            time_range=span,
            interval=words["interval"],
            processing=_processing(words["processing"]) if words["processing"] else None,
            outputs=words["outputs"] or None,
            remote=words["remote"],
        )
    return _Priced(source.name, (api, f"{width}x{height}"), found, pixels=width * height, span=span)


def _of_request(request: Request | Search, name: str, samples: int | None) -> _Priced:
    from oso_evalscript.pricing.estimate import cost_of_request
    from oso_evalscript.pricing.request import Search

    with _in_one_sentence():
        found = cost_of_request(request, samples)
    if isinstance(request, Search):
        return _Priced(name, ("catalog", ""), found, request.recorded)
    spans = [item.time_range for item in request.data if item.time_range is not None]
    span = (min(begin for begin, _ in spans), max(end for _, end in spans)) if spans else None
    size = f"{request.width}x{request.height}"
    return _Priced(name, (request.api, size), found, request.recorded, request.width * request.height, span)


def _of_folder(folder: Path, samples: int | None, problems: Problems) -> Iterator[_Priced]:
    from oso_evalscript.pricing.request import find_requests, read_request_file

    for file in find_requests(folder):
        with problems.caught(str(file)):
            yield _of_request(read_request_file(file), file.parent.name, samples)


@contextlib.contextmanager
def _in_one_sentence() -> Iterator[None]:
    """Say in one line why a script fails: `run` shows the place and the calls."""
    try:
        yield
    except ScriptError as error:
        raise RequestError(f"{str(error).partition(chr(10))[0]}; so its cost cannot be estimated") from None


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"\s*(\d{1,12})\s*[xX×*,]\s*(\d{1,12})\s*", text)  # noqa: RUF001  # as people write it
    if match is None:
        raise RequestError(f"--size {text}: expected columns and rows, as in 512x512")
    return int(match[1]), int(match[2])


def _processing(pairs: tuple[str, ...]) -> dict[str, object]:
    """What `--processing` says, in the shape of a request."""
    found: dict[str, object] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or key not in ("orthorectify", "backCoeff", "speckleFilter"):
            raise RequestError(
                f"--processing {pair}: expected orthorectify=true, backCoeff=GAMMA0_TERRAIN or speckleFilter=LEE"
            )
        flags: dict[str, object] = {"true": True, "false": False}
        named = {"type": value} if key == "speckleFilter" else value
        found[key] = flags.get(value.lower(), value) if key == "orthorectify" else named
    return found


def _rate(found: list[_Priced], per: str, resolution: float | None) -> float:
    """Units for one square kilometre, or for one month."""
    if len(found) > 1 or not found[0].pixels:
        raise RequestError(f"--per {per} needs exactly one request, for an image")
    item = found[0]
    if per == "km2":
        if resolution is None:
            raise RequestError("--per km2 needs --resolution, the size of a pixel in metres")
        return item.cost.units / (item.pixels * resolution**2 / 1e6)
    if item.span is None:
        raise RequestError("--per month needs --time-range")
    days = (item.span[1] - item.span[0]).total_seconds() / 86400
    if not days > 0:
        raise RequestError("--per month needs a time range of more than a moment")
    return item.cost.units / (days / _DAYS_A_MONTH)


def _write_json(found: list[_Priced], per: str | None, rate: float | None) -> None:
    described = [_described(item) for item in found]
    if len(found) == 1:
        answer = {**described[0], **({} if per is None else {"per": {"of": per, "units": rate}})}
    else:
        total = {"units": sum(item.cost.units for item in found), "requests": sum(item.cost.requests for item in found)}
        answer = {**total, "each": described}
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _described(item: _Priced) -> dict[str, Any]:
    cost = item.cost
    return {
        "name": item.name,
        "units": cost.units,
        "requests": cost.requests,
        "minimum": cost.minimum,
        "recorded": item.recorded,
        "factors": [
            {
                "name": factor.name,
                "value": factor.value,
                "quantity": factor.quantity,
                "evidence": str(factor.evidence),
                "source": factor.source,
            }
            for factor in cost.factors
        ],
        "savings": [{"text": saving.text, "units": saving.units} for saving in cost.savings],
        "unknowns": list(cost.unknowns),
    }


def _show(found: list[_Priced], per: str | None, rate: float | None) -> None:
    if len(found) > 1:
        _show_several(found)
        return
    item = found[0]
    _show_factors(item.cost)
    if rate is not None:
        click.echo(f"{rate:,.4g} processing units per {'km²' if per == 'km2' else 'month'}")
    if item.recorded is not None:
        click.echo(f"The service charged {item.recorded:.6g}.")
    shares = (f"{-max(round(100 * (1 - saving.units / item.cost.units)), 1)} %" for saving in item.cost.savings)
    _show_list("Cheaper:", [(share, saving.text) for share, saving in zip(shares, item.cost.savings, strict=True)])
    _show_list("Not known:", [("*", unknown) for unknown in item.cost.unknowns])


def _show_factors(cost: Cost) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("factor", "from", "value", "known"):
        table.add_column(title, justify="right" if title == "value" else "left")
    for factor in cost.factors:
        cells = (factor.name, escaped(factor.quantity), f"{factor.value:,.4g}", str(factor.evidence))
        table.add_row(*map(Text, cells))
    if cost.units > cost.product:
        table.add_row("minimum", f"of {counted(cost.requests, 'request')}", f"{cost.units:,.4g}", "documented")
    elif cost.units < cost.product:
        table.add_row("maximum", "", f"{cost.units:,.4g}", "documented")
    what = f"processing units, {counted(cost.requests, 'request')}"
    table.add_row("total", what, f"{cost.units:,.6g}", "", style="bold")
    _print(table)


def _show_list(title: str, lines: list[tuple[str, str]]) -> None:
    if not lines:
        return
    click.echo(f"\n{title}")
    most = max(len(mark) for mark, _ in lines)
    for mark, text in lines:
        first = f"  {mark:>{most}} "
        wrapper = textwrap.TextWrapper(style().width, first, " " * len(first), break_on_hyphens=False)
        click.echo(wrapper.fill(escaped(text)))


def _print(table: Table) -> None:
    from rich.console import Console

    Console(width=style().width, highlight=False, markup=False, emoji=False).print(table)


def _show_several(found: list[_Priced]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("request", "api", "size", "units", "charged"):
        table.add_column(title, justify="right" if title in ("units", "charged") else "left")
    for item in found:
        charged = "" if item.recorded is None else f"{item.recorded:,.6g}"
        cells = (escaped(item.name), *item.what, f"{item.cost.units:,.6g}", charged)
        table.add_row(*map(Text, cells))
    units = sum(item.cost.units for item in found)
    recorded = [item.recorded for item in found if item.recorded is not None]
    charged = f"{sum(recorded):,.6g}" if recorded else ""
    requests = sum(item.cost.requests for item in found)
    table.add_row("total", "", counted(requests, "request"), f"{units:,.6g}", charged, style="bold")
    _print(table)
