"""The report as HTML: the words of the text, nothing of the script as markup."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given

from oso_evalscript import Source, fix, lint
from oso_evalscript.linter.report.html import render_html
from oso_evalscript.linter.report.text import render_text
from tests.strategies import code


@given(code)
def test_it_is_the_text(script: str) -> None:
    report = lint(Source(script, "<b>.js"))
    html = render_html([report])
    assert re.fullmatch(r"<pre>(?:[^<]|<span style=\"[^<\"]*\">|</span>)*</pre>", html)
    assert unescape(re.sub(r"</?(?:pre|span)[^>]*>", "", html)) == render_text([report])


def test_values_show_themselves_in_notebooks() -> None:
    source = Source("return [0ffaaff];", "x.js")
    report = lint(source)
    assert report._repr_html_() == render_html([report])
    assert repr(report) == "<Report of x.js: 1 error>"
    assert repr(lint(Source("return [B04];"))) == "<Report of <script>: no findings>"
    assert str(report).startswith("x.js:1:")
    assert "\n" not in str(report)
    assert str(lint(Source("return [B04];"))) == "<Report of <script>: no findings>"
    assert repr(fix(source)).startswith("<Fixed x.js: 1 fix applied, ")
    assert repr(source) == "<Source x.js: 1 line>"
