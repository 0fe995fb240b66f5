"""The SARIF format, version 2.1.0, for code scanning.

See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; the numbers of its sections are given below.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from oso_evalscript import __version__
from oso_evalscript.linter.report import Report
from oso_evalscript.linter.report.pages import home, page
from oso_evalscript.linter.rule import Rule, all_rules
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Severity
from oso_evalscript.model.display import to_json
from oso_evalscript.model.text import Source, Span

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_BASE = "%SRCROOT%"


def render_sarif(reports: Sequence[Report], root: Path) -> str:
    """Return all findings as one SARIF log in ASCII.

    Args:
        reports: what was found.
        root: the folder that the addresses of files are relative to; what lies elsewhere has a whole address.
    """
    rules = all_rules()
    index = {rule.name: number for number, rule in enumerate(rules)}
    files = list(dict.fromkeys(report.source.name for report in reports))
    places = {name: {**_address(name, root), "index": number} for number, name in enumerate(files)}
    results = [_result(report.source, item, places[item.file], index) for report in reports for item in report]
    run = {
        "tool": {"driver": _driver(rules)},
        "originalUriBaseIds": {_BASE: {"uri": "file://" + quote(os.fsencode(root.as_posix())).rstrip("/") + "/"}},
        "columnKind": "unicodeCodePoints",  # 3.14.17
        "newlineSequences": ["\r\n", "\n", "\r", "\u2028", "\u2029"],  # 3.14.18
        "artifacts": [{"location": _address(name, root), "encoding": "UTF-8"} for name in files],
        "results": results,
    }
    return to_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _driver(rules: Sequence[Rule]) -> dict[str, Any]:
    """What found all this, with the address of its documentation where the installed package names one."""
    address = home()
    rows = [{**_rule(rule), **({"helpUri": f"{address}/{page(rule.name)}"} if address else {})} for rule in rules]
    pages = {"informationUri": address} if address else {}
    return {"name": "oso-evalscript", "version": __version__, **pages, "rules": rows}


def _address(name: str, root: Path) -> dict[str, Any]:
    path = PurePath(os.path.normpath(root / name))
    if not path.is_relative_to(root):
        return {"uri": "file://" + quote(os.fsencode(path.as_posix()))}
    return {"uri": quote(os.fsencode(path.relative_to(root).as_posix())), "uriBaseId": _BASE}


def _rule(rule: Rule) -> dict[str, Any]:
    body = rule.documentation.partition("\n")[2].strip()
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": body, "markdown": body},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(source: Source, item: Diagnostic, place: dict[str, Any], index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": item.rule,
        "ruleIndex": index[item.rule],
        "level": _LEVELS[item.severity],
        "message": {"text": item.message},
        "locations": [{"physicalLocation": {"artifactLocation": place, "region": _region(source, item.span)}}],
    }
    if item.fix is not None:
        result["fixes"] = [_fix(source, item.fix, place)]
    return result


def _region(source: Source, span: Span) -> dict[str, int]:
    """A text region by lines and by characters, 3.30; the byte order mark is no character of it."""
    start, end = source.position(span.start), source.position(span.end)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "charOffset": span.start,
        "charLength": len(span),
    }


def _fix(source: Source, fix: Fix, place: dict[str, Any]) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(source, edit.span), "insertedContent": {"text": edit.text}} for edit in fix.edits
    ]
    return {
        "description": {"text": f"a fix that is {fix.safety}"},
        "artifactChanges": [{"artifactLocation": place, "replacements": replacements}],
    }
