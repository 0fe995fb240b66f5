"""What stands beside a script: the collection of its request, and the outputs that are asked for."""

from __future__ import annotations

import json

import pytest

from oso_evalscript.documents.embedded import Document
from oso_evalscript.documents.requests import Request
from oso_evalscript.linter.engine import choose
from oso_evalscript.linter.hosts import Checks, lint_document
from oso_evalscript.model.text import Source
from tests.documents.strategies import notebook

SCRIPT = (
    '//VERSION=3\nfunction setup() {{ return {{ input: ["{band}"], output: {{ id: "{id}", bands: 1, sampleType: "FLOAT32" }} }}; }}\n'
    "function evaluatePixel(s) {{ return {{ {id}: [s.{band}] }}; }}\n"
)
NDVI = SCRIPT.format(band="B4", id="ndvi")  # Landsat's bands are B04 and so on; Sentinel-2's, too
REQUEST = """
request = SentinelHubRequest(
    evalscript={value},
    input_data=[SentinelHubRequest.input_data(data_collection=DataCollection.{collection})],
    responses=[SentinelHubRequest.output_response("{id}", MimeType.TIFF)],
)
"""


def of(kind: str, text: str) -> Document:
    return Document.of(Source(text, f"host.{kind}"), kind)


def request(kind: str, text: str) -> Request | None:
    document = of(kind, text)
    assert document.scripts
    return document.requests.get(0)


@pytest.mark.parametrize(
    ("name", "collection"),
    [
        ("SENTINEL2_L2A", "sentinel-2-l2a"),
        ("SENTINEL2_L1C", "sentinel-2-l1c"),
        ("SENTINEL1_IW_DES", "sentinel-1-grd"),
        ("SENTINEL5P", "sentinel-5p-l2"),
        ("SENTINEL3_OLCI", "sentinel-3-olci"),
        ("LANDSAT_OT_L2", "landsat-ot-l2"),
        ("DEM", "dem"),
    ],
)
def test_collections_as_sentinelhub_py_names_them(name: str, collection: str) -> None:
    text = f'S = """{NDVI}"""\n' + REQUEST.format(value="S", collection=name, id="ndvi")
    found = request("py", text)
    assert found is not None
    assert found.collection == collection
    assert [item.identifier for item in found.responses] == ["ndvi"]


PAYLOAD = {
    "input": {"data": [{"type": "sentinel-2-l2a"}]},
    "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
    "evalscript": NDVI,
}
ASKED = {
    "in JSON": ("json", json.dumps([{"a": 1}, PAYLOAD], indent=1)),
    "inline": ("py", f"requests.post(url, json={PAYLOAD!r})\n"),
    "in a mapping": ("py", f'S = """{NDVI}"""\npayload = {({**PAYLOAD, "evalscript": "S"})!r}\n'.replace("'S'", "S")),
    "of a function": ("py", f'def make():\n    return """{NDVI}"""\n' + REQUEST.format(value="make()", collection="SENTINEL2_L2A", id="default")),
    "in a notebook": ("ipynb", notebook(f'é = 1; S = """{NDVI}"""\n' + REQUEST.format(value="S", collection="SENTINEL2_L2A", id="default"))),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_an_output_that_the_script_lacks_is_found_where_it_is_asked_for(name: str) -> None:
    kind, text = ASKED[name]
    document = of(kind, text)
    assert [item.collection for item in document.requests.values()] == ["sentinel-2-l2a"]
    report = lint_document(document, Checks(choose(["output-ids", "unknown-band", "undeclared-band"])))
    (item,) = [item for item in report if item.rule == "output-ids"]
    assert "the request asks for the output `default`; its evalscript" in item.message
    assert item.message.endswith("has `ndvi`")
    written = document.source.slice(item.span)
    assert written.strip("'\\\"") == "default"
    for _, source, shown in report.shown():
        if shown.rule == "output-ids":
            assert source.slice(shown.span).strip("'\"") == "default"
    fitting = of(kind, text.replace("default", "ndvi"))
    assert not lint_document(fitting, Checks(choose(["output-ids"])))
    assert "B4" in " ".join(item.message for item in report if item.rule != "output-ids")


NOT_CLEAR = {
    "two scripts of one name": f'if x:\n    S = """{NDVI}"""\nelse:\n    S = """{NDVI}"""\n'
    + REQUEST.format(value="S", collection="DEM", id="a"),
    "a parameter": f'S = """{NDVI}"""\ndef send(S):\n    return SentinelHubRequest(evalscript=S, data=DataCollection.DEM)\n',
    "another script": f'S = """{NDVI}"""\n' + REQUEST.format(value="T", collection="DEM", id="a"),
    "no request": f'S = """{NDVI}"""\nX = DataCollection.DEM\n',
}


@pytest.mark.parametrize("name", NOT_CLEAR)
def test_nothing_is_said_where_it_is_not_clear(name: str) -> None:
    document = of("py", NOT_CLEAR[name])
    assert not document.requests
    assert "output-ids" not in {item.rule for item in lint_document(document, Checks(choose()))}


def test_two_collections_tell_nothing_and_comments_allow() -> None:
    text = f'S = """{NDVI}"""\n' + "".join(
        REQUEST.format(value="S", collection=name, id="x") for name in ("DEM", "MODIS")
    )
    found = request("py", text)
    assert found is not None
    assert found.collection is None
    rules = [item.rule for item in lint_document(of("py", text), Checks(choose(["output-ids"])))]
    assert rules == ["output-ids"] * 2
    allowed = text.replace("MimeType.TIFF)],", "MimeType.TIFF)],  # oso: allow output-ids")
    assert not lint_document(of("py", allowed), Checks(choose(["output-ids"])))


@pytest.mark.parametrize(
    ("source", "collection"),
    [
        ("mosaic", "byoc"),
        ('DataCollection.define_byoc("0")', "byoc"),
        ("DataCollection.SENTINEL2_L2A", "sentinel-2-l2a"),
        ("unheard_of", None),
    ],
)
def test_the_collection_of_an_owner_is_not_one_of_the_service(source: str, collection: str | None) -> None:
    first = f'S = """{NDVI}"""\nmosaic = DataCollection.define_byoc("0")'
    asked = f"task = Task(evalscript=S, data_collection={source})"
    for found in (request("py", f"{first}\n{asked}\n"), request("ipynb", notebook(f"é = 1; {first}\n{asked}"))):
        assert (None if found is None else found.collection) == collection
