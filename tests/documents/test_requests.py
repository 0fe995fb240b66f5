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


BARE = NDVI.replace("B4", "VV")  # Sentinel-2 does not have VV, and the output `dataMask` is missing
DATA = {"data": [{"type": "sentinel-2-l2a"}]}
STATISTICS = {"input": DATA, "aggregation": {"timeRange": {"from": "a"}, "evalscript": BARE}, "calculations": {}}
AGGREGATION = "SentinelHubStatistical.aggregation(evalscript=S, time_interval=t)"
INPUT = "input_data=[SentinelHubStatistical.input_data(DataCollection.SENTINEL2_L2A, maxcc=0.8)]"
OF_STATISTICS = {
    "JSON": ("json", json.dumps([STATISTICS])),
    "a mapping": ("py", f"a = {STATISTICS!r}\n"),
    "a name in a mapping": (
        "py",
        f'S = """{BARE}"""\na = {{"input": {DATA!r}, "aggregation": {{"evalscript": S, "timeRange": t}}}}\n',
    ),
    "calls": ("py", f'S = """{BARE}"""\na = SentinelHubStatistical(aggregation={AGGREGATION}, {INPUT}, bbox=b)\n'),
    "a notebook": ("ipynb", notebook(f'é = 1; S = """{BARE}"""\nR(aggregation={AGGREGATION}, {INPUT}, bbox=b)')),
}


def rules_of(kind: str, text: str) -> set[str]:
    chosen = choose(["output-ids", "unknown-band", "statistics-without-mask"])
    return {item.rule for item in lint_document(of(kind, text), Checks(chosen))}


@pytest.mark.parametrize("name", OF_STATISTICS)
def test_requests_for_statistics(name: str) -> None:
    kind, text = OF_STATISTICS[name]
    found = request(kind, text)
    assert found is not None
    assert (found.collection, found.statistical) == ("sentinel-2-l2a", True)
    assert rules_of(kind, text) == {"unknown-band", "statistics-without-mask"}


def test_a_script_that_is_not_for_statistics_alone() -> None:
    ordinary = REQUEST.format(value="S", collection="SENTINEL2_L2A", id="ndvi")
    for kind, text in (
        ("py", OF_STATISTICS["calls"][1] + ordinary),
        ("py", f'S = """{BARE}"""\n{ordinary}'),
        ("json", json.dumps({**PAYLOAD, "evalscript": BARE, "output": {}})),
    ):
        found = request(kind, text)
        assert found is not None
        assert (found.collection, found.statistical) == ("sentinel-2-l2a", False)
        assert rules_of(kind, text) == {"unknown-band"}


UNRELATED = {
    "no input": ("json", {"aggregation": {"evalscript": BARE}, "other": [{"type": "sentinel-2-l2a"}]}),
    "an input elsewhere": ("json", [{"input": DATA}, {"aggregation": {"evalscript": BARE}}]),
    "another key": ("json", {"input": DATA, "other": {"evalscript": BARE}}),
    "one level too deep": ("json", {"input": DATA, "aggregation": {"a": {"evalscript": BARE}}}),
}


@pytest.mark.parametrize("name", UNRELATED)
@pytest.mark.parametrize("kind", ["json", "py"])
def test_what_is_no_request_for_statistics(name: str, kind: str) -> None:
    _, value = UNRELATED[name]
    text = json.dumps(value) if kind == "json" else f"a = {value!r}\n"
    found = request(kind, text)
    assert found is None or (found.collections, found.statistical) == ((), False)
    assert rules_of(kind, text) == set()


def block(language: str, code: str, indent: str = "") -> str:
    lines = f"```{language}\n{code.rstrip()}\n```".splitlines()
    return "".join(f"{indent}{line}\n" for line in lines)


IN_PYTHON = f'é = 1; S = """{NDVI}"""' + REQUEST.format(value="S", collection="SENTINEL2_L2A", id="default")
IN_BLOCKS = {
    "Python": block("python", IN_PYTHON),
    "Quarto": block("{python}", IN_PYTHON),
    "JSON": block("json", json.dumps(PAYLOAD, indent=1)),
    "a list": "* a\n\n" + block("json", json.dumps(PAYLOAD, indent=1), "  "),
    "a quote": "> a\n>\n" + block("py", IN_PYTHON, "> "),
}


@pytest.mark.parametrize("name", IN_BLOCKS)
@pytest.mark.parametrize("kind", ["md", "qmd"])
def test_a_request_in_the_same_block(name: str, kind: str) -> None:
    text = f"# A\n\n{IN_BLOCKS[name]}\nMore.\n"
    document = of(kind, text)
    assert [item.collection for item in document.requests.values()] == ["sentinel-2-l2a"]
    (item,) = lint_document(document, Checks(choose(["output-ids"])))
    assert document.source.slice(item.span).strip("\"'") == "default"
    for allowed, left in (("output-ids", "unknown-band"), ("unknown-band", "output-ids")):
        assert rules_of(kind, text.replace("# A\n", f"<!-- oso: allow-file {allowed} -->\n")) == {left}


def test_blocks_are_not_combined() -> None:
    script = f'S = """{BARE}"""\n'
    asked = REQUEST.format(value="S", collection="SENTINEL2_L2A", id="default")
    text = f"# S\n\n{block('python', script)}\n{block('python', asked)}"
    assert not of("md", text).requests
    assert rules_of("md", text) == set()
    both = f"{text}\n{block('python', script + asked)}"
    assert list(of("md", both).requests) == [1]


def test_a_request_in_a_string() -> None:
    body = json.dumps({"body": {"raw": json.dumps(PAYLOAD)}})
    for kind, text in (("json", body), ("py", f"A = {json.dumps(PAYLOAD)!r}\n")):
        document = of(kind, text)
        assert [item.collection for item in document.requests.values()] == ["sentinel-2-l2a"]
        (item,) = lint_document(document, Checks(choose(["output-ids"])))
        assert document.source.slice(item.span) == "default"


AGGREGATED = f'S = """{NDVI}"""\naggregation = {{"timeRange": {{}}, "evalscript": S}}\n'
WHOLE = '{"input": {"data": [{"type": "sentinel-2-l2a"}]}, "aggregation": aggregation}'


@pytest.mark.parametrize(
    "code",
    [
        f"{AGGREGATED}request = {WHOLE}\n",
        f'{AGGREGATED}data = [{{"type": "sentinel-2-l2a"}}]\nrequest = {{"input": {{"data": data}}, "aggregation": aggregation}}\n',
        f"def send():\n    S = '''{NDVI}'''\n    aggregation = {{'evalscript': S}}\n    return {WHOLE}\n",
        f'a = SentinelHubStatistical.aggregation(evalscript="""{NDVI}""", size=SIZE)\n'
        "SentinelHubStatistical(aggregation=a, input_data=[SentinelHubStatistical.input_data(DataCollection.SENTINEL2_L2A)])\n",
        f'S = """{NDVI}"""\nCOLL = DataCollection.SENTINEL2_L2A.define_from("x", service_url=url)\n'
        "data = [SentinelHubStatistical.input_data(COLL)]\n"
        "SentinelHubStatistical(aggregation=SentinelHubStatistical.aggregation(evalscript=S), input_data=data)\n",
    ],
)
def test_variables_that_are_bound_once_belong_to_the_request(code: str) -> None:
    found = request("py", code)
    assert found is not None
    assert (found.collection, found.statistical) == ("sentinel-2-l2a", True)


@pytest.mark.parametrize(
    ("code", "collection", "statistical"),
    [
        (f"{AGGREGATED}one = {WHOLE}\nother = {WHOLE.replace('2-l2a', '2-l1c')}\n", None, True),
        (f"{AGGREGATED}aggregation = {{}}\nrequest = {WHOLE}\n", None, False),
        (f"{AGGREGATED}def send(aggregation):\n    return {WHOLE}\n", None, False),
        (f'{AGGREGATED}data = {{"type": "sentinel-2-l2a"}}\ndata["type"] = x\nr = {{"input": [data], "aggregation": aggregation}}\n', None, True),
        (f'S = """{NDVI}"""\nif x:\n    C = DataCollection.DEM\nelse:\n    C = DataCollection.MODIS\nf(evalscript=S, data_collection=C)', None, False),
        (f'S = """{NDVI}"""\nC = DataCollection.DEM.define_from("x", bands=b)\nf(evalscript=S, data_collection=C)', None, False),
    ],
)  # fmt: skip
def test_variables_that_may_be_something_else_tell_nothing(
    code: str, collection: str | None, statistical: bool
) -> None:
    found = request("py", code) or Request()
    assert (found.collection, found.statistical) == (collection, statistical)


def test_a_response_in_another_cell_is_shown_there() -> None:
    cells = [
        f'S = """{NDVI}"""\nresponses = [SentinelHubRequest.output_response("default", MimeType.TIFF)]',
        "SentinelHubRequest(evalscript=S, responses=responses, data=DataCollection.SENTINEL2_L2A)",
    ]
    text = json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4})
    report = lint_document(of("ipynb", text), Checks(choose(["output-ids"])))
    assert [place for place, _, _ in report.shown()] == ["host.ipynb:cell 1:5:49"]
