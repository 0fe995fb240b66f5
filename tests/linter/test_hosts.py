"""Scripts inside files are linted and fixed there as they are outside."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oso_evalscript.documents.embedded import Document
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.engine import choose, fix, lint
from oso_evalscript.linter.hosts import Checks, add_suppressions_in, fix_document, lint_document
from oso_evalscript.linter.report import Report
from oso_evalscript.linter.suppressions import RULE_NAME as UNUSED
from oso_evalscript.model.text import Source, apply
from tests.documents.strategies import Hosted, hosted, notebook, scripts
from tests.documents.test_embedded import assert_unchanged_outside

RULES = choose()
FAULTY = (
    '//VERSION=3\nfunction setup() {\n  return { input: ["B04", "B08"], output: { bands: 1 } };\n}\n'
    "function evaluatePixel(s) {\n  return [0ffaaff * s.B04, s.B05];\n}\n"
)


def faulty() -> st.SearchStrategy[str]:
    """Scripts with faults that can be fixed, and with others."""
    return scripts().map(
        lambda text: text.replace("//VERSION=3", "// VERSION=3").replace("[s.B04]", "[0ffaaff, s.B05, “a”]")
    )


def of(kind: str, text: str) -> Document:
    return Document.of(Source(text, f"host.{kind}"), kind)


def found(report: Report) -> list[tuple[str, str]]:
    return [(item.rule, item.message) for item in report]


HEADERS = {
    "py": [
        'S = f"""//VERSION={version}%s"""', 'S = """//VERSION=%%(v)s%s"""', 'S = """//VERSION=__V__%s""".replace("__V__", v)',
        'S = f"""{head}\n%s"""', 'S = f"""// {title}\n%s"""', 'def f(head):\n    return head + """%s"""',
    ],
    "ts": ["const s = `//VERSION=${version}%s`;", "const s = `${head}%s`;"],
    "yaml": ["a: |\n  //VERSION={{ version }}%s"],
}  # fmt: skip
BODY = '\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [s.B04]; }\n'


@pytest.mark.parametrize(("kind", "around"), [(kind, around) for kind, many in HEADERS.items() for around in many])
def test_a_header_that_is_filled_in_is_left_alone(kind: str, around: str) -> None:
    body = BODY.replace("\n", "\n  ") if kind == "yaml" else BODY
    body = body.replace("{", "{{").replace("}", "}}") if around.startswith("S = f") else body
    document = of(kind, around % body)
    assert len(document.scripts) == 1
    assert found(lint_document(document, Checks(RULES))) == []
    assert fix_document(document, Checks(RULES), unsafe=True).document.source.text == document.source.text


@settings(max_examples=60)
@given(hosted(faulty()))
def test_what_is_found_is_what_is_found_in_the_script_alone(host: Hosted) -> None:
    document = of(host.kind, host.text)
    (script,) = document.scripts
    report, alone = lint_document(document, Checks(RULES)), lint(Source(host.script))
    assert sorted(item.rule for item in report) == sorted(item.rule for item in alone)
    assert len({item.rule for item in report}) >= 3
    spans = {script.host_span(item.span): alone.source.slice(item.span) for item in alone}
    for item in report:
        written, read = host.text[item.span.start : item.span.end], spans[item.span]
        assert written == read or not re.fullmatch(r"\w+", read)
    for place, source, item in report.shown():
        line, column = map(int, place.split(":")[-2:])
        assert source.text.startswith(source.slice(item.span), source.line_starts[line - 1] + column - 1)


@settings(max_examples=60)
@given(hosted(faulty()), st.booleans())
def test_fixing_in_a_file_is_fixing_the_script(host: Hosted, unsafe: bool) -> None:
    document = of(host.kind, host.text)
    fixed = fix_document(document, Checks(RULES), unsafe=unsafe)
    alone = fix(Source(host.script), unsafe=unsafe)
    (script,) = fixed.document.scripts
    if not host.computed:
        assert script.source.text == alone.source.text
        assert fixed.changes == len(alone.applied) > 0
    assert_unchanged_outside(document.scripts[0], script)
    again = fix_document(fixed.document, Checks(RULES), unsafe=unsafe)
    assert (again.document.source, again.changes) == (fixed.document.source, 0)
    assert fixed.report == lint_document(fixed.document, Checks(RULES))


@settings(max_examples=30)
@given(hosted(faulty()))
def test_an_offered_fix_is_one_that_the_file_can_write(host: Hosted) -> None:
    document = of(host.kind, host.text)
    report = lint_document(document, Checks(RULES))
    for item in report:
        if item.fix is not None:
            changed = of(host.kind, apply(document.source, item.fix.edits).text)
            assert len(changed.scripts) == 1
            assert changed.skeleton == document.skeleton
    assert host.computed or any(item.fix is not None for item in report)


@settings(max_examples=30)
@given(hosted(faulty()))
def test_comments_for_all_that_is_found(host: Hosted) -> None:
    assume(not host.computed)
    document = of(host.kind, host.text)
    adopted = add_suppressions_in(document, Checks(RULES))
    left = [item for item in adopted.report if item.fix is None or item.rule != "unused-suppression"]
    assert len(left) <= len(lint_document(document, Checks(RULES)))
    before, after = (item.scripts[0].source.text for item in (document, adopted.document))
    if adopted.changes:
        assert "// oso: allow" in after
        assert after != before
        assert not [item for item in left if item.rule == "malformed-hex"]
    assert_unchanged_outside(document.scripts[0], adopted.document.scripts[0])


PLACEHOLDERS = {
    # what is read may be added by the program
    "unused band": ('f"""//VERSION=3\n{SETUP}\nfunction evaluatePixel(s) {{ {body}; return [s.B04]; }}"""', []),
    "undeclared band": ('"""//VERSION=3\nfunction setup() { return { input: [%s], output: { bands: 1 } }; }\n'
                        'function evaluatePixel(s) { return [s.B77]; }""" % bands', []),
    "output length": ('f"""//VERSION=3\n{SETUP}\nfunction evaluatePixel(s) {{ return [s.B04, s.B08, {more}]; }}"""',
                      []),
    "undefined name": ('f"""//VERSION=3\n{SETUP}\n{helpers}\nfunction evaluatePixel(s) {{ return [f(s.B04, s.B08)]; }}"""', []),
    "syntax": ('f"""//VERSION=3\n{SETUP}\nfunction evaluatePixel(s) {{ return [s.B04 {op} s.B08]; }}"""', []),
    "broken number": ('f"""//VERSION=3\n{SETUP}\nfunction evaluatePixel(s) {{ return [{x} + s.B04 + s.B08 + 0ffaaff]; }}"""',
                      ["malformed-hex"]),
    "filled by constants": ('f"""//VERSION=3\n{SETUP}\nfunction evaluatePixel(s) {{ return [s.{BAND}, s.B08]; }}"""',
                            ["output-length"]),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_nothing_is_said_of_what_the_program_fills_in(name: str) -> None:
    expression, rules = PLACEHOLDERS[name]
    setup = '\'function setup() { return { input: ["B04", "B08"], output: { bands: 1 } }; }\''
    text = f"import x\nSETUP = {setup}\nBAND = 'B04'\n\ndef make(bands, body, more, helpers, op, x):\n    return {expression}\n"
    document = of("py", text)
    assert len(document.scripts) == 1
    assert [item.rule for item in lint_document(document, Checks(RULES))] == rules


def test_a_fix_of_a_computed_part_is_not_offered() -> None:
    text = (
        "BAD = '0ffaaff'\nS = f\"\"\"//VERSION=3\nfunction setup() {{ return {{ input: ['B04'], output: {{ bands: 1 }} }}; }}\n"
        'function evaluatePixel(s) {{ return [s.B04 + {BAD} + 0ffaaaa]; }}"""\n'
    )
    document = of("py", text)
    report = lint_document(document, Checks(RULES))
    assert [(item.rule, item.fix is None) for item in report] == [("malformed-hex", True), ("malformed-hex", False)]
    fixed = fix_document(document, Checks(RULES))
    assert (fixed.document.source.text, fixed.changes) == (text.replace("0ffaaaa", "0xffaaaa"), 1)


ALLOWED = {
    "behind the end": ("py", 'S = """' + FAULTY + '"""  # oso: allow {} — why\n'),
    "above": ("py", "# oso: allow {}\n" + 'S = """' + FAULTY + '"""\n'),
    "above, in brackets": ("py", "# oso: allow {}\n\n" + 'S = (\n"""' + FAULTY + '""")\n'),
    "for the file": ("py", 'S = """' + FAULTY + '"""\n# oso: allow-file {}\n'),
    "beside a line": ("py", "S = (\n" + "".join(f"  {line!r}\n" for line in FAULTY.splitlines(True)[:-2])
                      + f"  {FAULTY.splitlines(True)[-2]!r}  # oso: allow {{}}\n  '}}'\n)\n"),
    "in Markdown": ("md", "# A\n\n<!-- oso: allow {} -->\n```js\n" + FAULTY + "```\n"),
    "in YAML": ("yaml", "a: 1\n# oso: allow {}\nevalscript: |\n" + "".join(f"  {x}" for x in FAULTY.splitlines(True))),
    "in JavaScript": ("js", "// oso: allow {}\nexport const a = `" + FAULTY + "`;\n"),
    "in TypeScript": ("ts", "export const a: string = `" + FAULTY + "`; // oso: allow {}\n"),
    "in a notebook": ("ipynb", 'S = """' + FAULTY + '"""  # oso: allow {}\n'),
}  # fmt: skip


@pytest.mark.parametrize("name", ALLOWED)
def test_comments_beside_the_line_of_the_file(name: str) -> None:
    kind, text = ALLOWED[name]
    rules = {item.rule for item in lint(Source(FAULTY))}
    assert {"malformed-hex", "undeclared-band"} <= rules
    for chosen in ("malformed-hex", "malformed-hex, undeclared-band", "hex-digits"):
        written = text.replace("{}", chosen, 1)
        document = of(kind, notebook(written) if kind == "ipynb" else written)
        left = {item.rule for item in lint_document(document, Checks(RULES))}
        assert left == (rules | {UNUSED} if chosen == "hex-digits" else rules - set(chosen.split(", ")))
    elsewhere = text.replace("{}", "version-header", 1) + (
        "\n\n# oso: allow malformed-hex\nx = 1\n" if kind == "py" else ""
    )
    assert {
        item.rule
        for item in lint_document(of(kind, notebook(elsewhere) if kind == "ipynb" else elsewhere), Checks(RULES))
    } == rules | {UNUSED}


def test_a_comment_that_allows_a_broken_number_does_not_keep_other_fixes_back() -> None:
    text = 'S = """' + FAULTY.replace("//VERSION", "// VERSION") + '"""  # oso: allow malformed-hex\n'
    fixed = fix_document(of("py", text), Checks(RULES))
    assert fixed.document.source.text == text.replace("// VERSION", "//VERSION")


def test_several_scripts_of_a_file_and_what_they_share() -> None:
    shared = "HEAD = '// VERSION=3\\nfunction setup() { return { input: [\"B04\"], output: { bands: 1 } }; }\\n'\n"
    uses = [
        f"S{number} = HEAD + 'function evaluatePixel(s) {{ return [s.B04, s.B04 + {number} - s.B04]; }}'\n"
        for number in range(3)
    ]
    document = of("py", shared + "".join(uses))
    assert len(document.scripts) == 3
    report = lint_document(document, Checks(RULES))
    assert [item.rule for item in report] == ["version-header"] + ["output-length"] * 3
    assert [document.position(item.span.start).line for item in report] == [1, 2, 3, 4]


def test_lines_in_messages_are_those_of_the_file() -> None:
    script = FAULTY.replace("0ffaaff", "1").replace("return [", "return [1];\n  return [")
    text = '# one\n# two\nS = """' + script + '"""\n'
    messages = [
        item.message for item in lint_document(of("py", text), Checks(RULES)) if item.rule == "unreachable-code"
    ]
    assert messages
    assert "on line 8" in messages[0]
    book = lint_document(of("ipynb", notebook(text)), Checks(RULES))
    assert [item.message for item in book if item.rule == "unreachable-code"] == messages


@pytest.mark.parametrize("kind", ["py", "ipynb"])
def test_lines_are_counted_as_editors_do(kind: str) -> None:
    text = 'x = \'\u2028\x85\'\nS = """' + FAULTY + '"""\n'
    report = lint_document(of(kind, notebook(text) if kind == "ipynb" else text), Checks(RULES))
    assert {place.split(":", 1)[1] for place, _, _ in report.shown()} >= {
        "7:11" if kind == "py" else "cell 2:7:11",
    }


def test_findings_in_a_notebook_are_shown_in_their_cell() -> None:
    text = 'x = 1\nS = """' + FAULTY + '"""\n'
    report = lint_document(of("ipynb", notebook(text)), Checks(RULES))
    places = {place: item for place, _, item in report.shown()}
    assert "host.ipynb:cell 2:7:11" in places
    for (_, source, item), outer in zip(report.shown(), report, strict=True):
        assert source.text == text
        assert json.loads(f'"{report.source.slice(outer.span)}"') == source.slice(item.span)


def test_what_cannot_be_written_one_by_one() -> None:
    """A raw string with one quote that cannot be escaped: the other fix is applied, and no more is offered."""
    script = FAULTY.replace("//VERSION", "// VERSION").replace("return [0", 'return [“a”, "b", 0')
    text = "S = r'''" + script + "'''\n"
    document = of("py", text)
    fixed = fix_document(document, Checks(RULES), unsafe=True)
    assert parse(fixed.document.scripts[0].source).source.text.startswith("//VERSION=3")
    assert fix_document(fixed.document, Checks(RULES), unsafe=True).changes == 0
