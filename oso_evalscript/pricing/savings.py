"""What would make a request cheaper: the same request with one thing changed, priced again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.contract import SampleType
from oso_evalscript.model.cost import Api, Saving, Workload, counted, paid_bands, price
from oso_evalscript.model.host import Evidence
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script

_BANDS_NAMED = 5
_LATER = {
    Api.ASYNC: "Asynchronous processing costs two thirds, and at least 10 units per request",
    Api.BATCH: "Batch processing costs a third, and at least 100 units per request",
}


def find_savings(workload: Workload, source: Source) -> tuple[Saving, ...]:
    """Return what would make a request cheaper, the greatest saving first."""
    now = price(workload).units
    priced = (Saving(text, price(changed).units) for text, changed in _changes(workload, source))
    return tuple(sorted((saving for saving in priced if saving.units < now), key=lambda saving: saving.units))


def unread_bands(source: Source) -> tuple[str, ...]:
    """Return the bands that a script asks for and never reads; nothing where that is not certain."""
    return tuple(band.name for band in Script(parse(source)).unread_bands if band.name != "dataMask")


def _changes(workload: Workload, source: Source) -> Iterator[tuple[str, Workload]]:
    yield from _fewer_samples(workload)
    yield from _smaller_samples(workload)
    yield from _fewer_bands(workload, unread_bands(source))
    if workload.api is Api.PROCESS:
        yield from ((text, replace(workload, api=api)) for api, text in _LATER.items())


def _fewer_samples(workload: Workload) -> Iterator[tuple[str, Workload]]:
    samples = workload.samples
    mode = samples.quantity.partition(",")[0]
    if samples.number > 1 and mode != "SIMPLE":
        about = "" if samples.evidence is Evidence.DOCUMENTED else "about "
        other = "" if mode == "TILE" else " (under TILE by cloudCoverage)"
        yield (
            f"{mode} has {about}{counted(samples.number, 'sample')} per pixel: keep fewer in "
            f"preProcessScenes{other}, or use SIMPLE if one is enough",
            replace(workload, samples=replace(samples, number=1)),
        )


def _smaller_samples(workload: Workload) -> Iterator[tuple[str, Workload]]:
    outputs = workload.outputs
    if workload.api is Api.STATISTICS:
        return
    if any(mime == "application/octet-stream" for _, mime in outputs):
        text = "application/octet-stream costs 1.4 times as much as image/tiff of 16 bits"
        yield text, replace(workload, outputs=((SampleType.UINT16, "image/tiff"),))
    elif (SampleType.FLOAT32, "image/tiff") in outputs:
        whole = tuple((SampleType.UINT16 if type_ is SampleType.FLOAT32 else type_, mime) for type_, mime in outputs)
        text = "FLOAT32 doubles it: UINT16 with a factor of 10000 keeps four digits (INT16 for negative values)"
        yield text, replace(workload, outputs=whole)


def _fewer_bands(workload: Workload, unread: Sequence[str]) -> Iterator[tuple[str, Workload]]:
    if not unread:
        return
    left = tuple(tuple(band for band in source if band not in unread) for source in workload.bands)
    paid = len(paid_bands(workload.bands))
    named = ", ".join(unread[:_BANDS_NAMED]) + (", …" if len(unread) > _BANDS_NAMED else "")
    verb = "is" if len(unread) == 1 else "are"
    yield f"{len(unread)} of {counted(paid, 'band')} {verb} never read: {named}", replace(workload, bands=left)
