"""The SARIF format against the official schema, from the npm package that carries it; skipped where npm is missing."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from oso_evalscript import lint
from oso_evalscript.linter.report.sarif import render_sarif
from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.text import Edit, Source, Span, apply
from tests.conftest import ROOT
from tests.npm import packed

PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
SCHEMA = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
PAGE = ROOT / "tests/scripts/err/cnes_land_cover_page.js"


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What checks a document against the schema of SARIF 2.1.0: prepared by `make test`, else fetched here."""
    jsonschema = pytest.importorskip("jsonschema")
    path = packed(PACKAGE, "OSO_EVALSCRIPT_SARIF", tmp_path_factory.mktemp("npm"))
    with tarfile.open(path) as archive:
        member = archive.extractfile(SCHEMA)
        assert member is not None
        schema = json.load(member)
    kind = jsonschema.validators.validator_for(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def documents() -> list[str]:
    """Logs of all kinds of findings: with fixes and without, in files with odd names, elsewhere, and none at all."""
    reports = [lint(Source(case.text, f"{rule.name} é%.js")) for rule in all_rules() for case in rule.bad[:1]]
    page = lint(Source.read(PAGE))
    return [render_sarif(reports, ROOT), render_sarif([page], ROOT), render_sarif([page], ROOT / "tests/linter"),
            render_sarif([], ROOT), render_sarif([lint(Source("let x = ;"))], ROOT)]  # fmt: skip


def test_the_official_schema_accepts_it(validator: Any) -> None:
    for document in documents():
        assert [error.message for error in validator.iter_errors(json.loads(document))] == []


def test_the_schema_is_a_test(validator: Any) -> None:
    document = json.loads(documents()[1])
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert [list(error.path)[-1] for error in validator.iter_errors(document)] == ["level"]


def test_addresses_are_relative_to_the_root() -> None:
    def address(name: str) -> dict[str, Any]:
        document = json.loads(render_sarif([lint(Source("0ffaaff", name))], Path("/work/repo")))
        found: dict[str, Any] = document["runs"][0]["artifacts"][0]["location"]
        return found

    base = {"uriBaseId": "%SRCROOT%"}
    assert address("a.js") == address("./x/../a.js") == address("/work/repo/a.js") == {"uri": "a.js", **base}
    assert address("b c/é#.js") == {"uri": "b%20c/%C3%A9%23.js", **base}
    assert address(os.fsdecode(b"latin-\xe9.js")) == {"uri": "latin-%E9.js", **base}
    assert address("../a.js") == {"uri": "file:///work/a.js"}


def test_its_edits_alone_fix_the_page() -> None:
    source = Source.read(PAGE)
    [run] = json.loads(render_sarif([lint(source)], ROOT))["runs"]
    edits = []
    for result in run["results"]:
        if "fixes" not in result:
            continue
        for change in result["fixes"][0]["artifactChanges"][0]["replacements"]:
            region = change["deletedRegion"]
            start = source.line_starts[region["startLine"] - 1] + region["startColumn"] - 1
            assert start == region["charOffset"]
            edits.append(Edit(Span(start, start + region["charLength"]), change["insertedContent"]["text"]))
    assert not lint(apply(source, edits), ignore=["nodata-gets-a-color", "unused-data-mask"])


def test_every_rule_is_described() -> None:
    [run] = json.loads(render_sarif([], ROOT))["runs"]
    described = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert described.keys() == {rule.name for rule in all_rules()}
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in described.values())
