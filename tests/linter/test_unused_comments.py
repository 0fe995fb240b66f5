"""Comments beside scripts that allow nothing are reported, as those inside scripts are."""

from __future__ import annotations

import re

import pytest

from oso_evalscript.documents.embedded import Document
from oso_evalscript.linter.engine import choose, lint
from oso_evalscript.linter.hosts import Checks, fix_document, lint_document
from oso_evalscript.linter.suppressions import RULE_NAME as UNUSED
from oso_evalscript.model.text import Source
from tests.documents.strategies import notebook
from tests.linter.test_hosts import ALLOWED, FAULTY, RULES, of

CLEAN = FAULTY.replace("0ffaaff", "2").replace("s.B05", "s.B08").replace("bands: 1", "bands: 2")


@pytest.mark.parametrize("name", ALLOWED)
def test_comments_beside_scripts_that_allow_nothing_are_reported_and_removed(name: str) -> None:
    kind, text = ALLOWED[name]
    assert not lint(Source(CLEAN))
    for old, new in zip(FAULTY.splitlines(), CLEAN.splitlines(), strict=True):
        text = text.replace(old, new)

    (line,) = (line for line in text.splitlines(keepends=True) if "{}" in line)
    before = re.split("[ ]*(?:#|//|<!--) oso:", line)[0]
    bare = text.replace(line, f"{before}\n" if before else "")

    def host(chosen: str | None) -> Document:
        written = text.replace("{}", chosen) if chosen else bare
        return of(kind, re.sub('"id": "[^"]*"', '"id": "a"', notebook(written)) if kind == "ipynb" else written)

    report = lint_document(host("output-length"), Checks(RULES))
    (item,) = report
    assert (item.rule, item.severity.value, item.fix is not None) == (UNUSED, "warning", True)
    assert report.source.slice(item.span).lstrip("<!-/#. ").startswith("oso: allow")
    fixed = fix_document(host("output-length"), Checks(RULES))
    assert (fixed.document.source.text, fixed.changes, list(fixed.report)) == (host(None).source.text, 1, [])
    fixed = fix_document(host("output-length, malformed-hax"), Checks(RULES))
    assert fixed.document.source.text == host("malformed-hax").source.text
    assert [item.message.split(";")[0] for item in fixed.report] == ["`malformed-hax` is not a rule"]
    for others in (choose(["output-length"]), choose(["version-header", UNUSED])):
        assert not lint_document(host("output-length"), Checks(others))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("py", "# oso: allow output-length\nx = 1\n\n" + f'S = """{CLEAN}"""\n'),  # beside no script
        ("py", f'S = """{CLEAN}"""; T = "# oso: allow output-length"\n'),  # in a string
        ("py", f'S = """{CLEAN}"""\nT = """\n# oso: allow-file output-length\n"""\n'),
        ("py", f'b = input()\nS = f"""{CLEAN}""" # oso: allow output-length\n'.replace("{ ", "{{ ").replace(" }", " }}")
         .replace("{\n", "{{\n").replace("\n}", "\n}}").replace("[2 * s.B04", "[{b} * s.B04")),
        ("py", f'S = """{FAULTY} }}"""  # oso: allow output-length\n'),  # what cannot be read may hold the finding
        ("py", f'S = """{CLEAN}"""  # oso: allow output-length, unused-suppression\n'),
        ("md", f"To hide all: <!-- oso: allow-file output-length -->\n\n```js\n{CLEAN}```\n"),
    ],
)  # fmt: skip
def test_nothing_is_said_of_comments_that_may_be_of_use(kind: str, text: str) -> None:
    document = of(kind, text)
    assert document.scripts
    assert UNUSED not in {item.rule for item in lint_document(document, Checks(RULES))}


def test_a_comment_that_says_other_things_is_not_removed() -> None:
    text = f'S = """{CLEAN}"""  # see #12, oso: allow output-length\n'
    (item,) = lint_document(of("py", text), Checks(RULES))
    assert (item.rule, item.fix) == (UNUSED, None)
