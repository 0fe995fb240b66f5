"""The JUnit format is XML that says as many failures as there are findings, whatever stands in a script."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.linter.engine import lint
from oso_evalscript.linter.report.junit import render_junit
from oso_evalscript.model.text import Source

TEXT = "const square = (x) => x ^ 2;\n"


def test_a_finding_is_a_failed_case() -> None:
    reports = [lint(Source(TEXT, "a.js")), lint(Source("return [B04];", "b.js"))]
    root = ET.fromstring(render_junit(reports))
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    first, second = root.findall("testsuite")
    failure = first.find("testcase/failure")
    assert failure is not None
    assert failure.get("type") == "error"
    assert failure.text is not None
    assert failure.text.startswith("a.js:1:25: ")
    assert second.find("testcase/failure") is None


@given(st.text(max_size=30), st.text(min_size=1, max_size=8))
def test_any_text_and_name_give_xml(text: str, name: str) -> None:
    report = lint(Source(f"{text} x ^ 2", name))
    root = ET.fromstring(render_junit([report]))
    assert root.get("failures") == str(len(report))
