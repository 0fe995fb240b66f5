"""Reports of anything: files, messages and places that no rule would give."""

from __future__ import annotations

from hypothesis import strategies as st

from oso_evalscript import Report
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Safety, Severity
from oso_evalscript.model.text import Source, Span

signs = st.sampled_from(["%", "%0A", "%25", ",", ":", "::", "=", "\n", "\r\n", "\u2028", "\x1b[31m", " [x]"])
text = st.lists(signs | st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=5).map("".join)
rules = st.sampled_from(["malformed-hex", "unused-band", "syntax-error"])


@st.composite
def reports(draw: st.DrawFn) -> Report:
    source = Source(draw(st.text("ab\n\r\t\u2028é😀", max_size=20)), draw(text))
    found = []
    for _ in range(draw(st.integers(0, 4))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(source.text))] * 2)))
        fix = draw(st.none() | st.sampled_from(Safety).map(lambda safety: Fix((), safety)))
        severity = draw(st.sampled_from(Severity))
        found.append(Diagnostic(source.name, draw(rules), severity, draw(text), Span(start, end), fix))
    return Report(source, tuple(sorted(found, key=lambda item: item.span)))


several = st.lists(reports(), max_size=3)
