"""Scripts of Python that are put together from constants: their text, their places, and fixes where they are written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.documents.embedded import Document, find_scripts
from oso_evalscript.linter.engine import choose
from oso_evalscript.linter.hosts import Checks, fix_document, lint_document
from oso_evalscript.model.text import Source, apply

PARTS = '''\
HEAD = "//VERSION=3\\n"
SETUP = """
function setup() { return { input: ["B04"], output: { bands: 1 } }; }
"""
EVAL = """
function evaluatePixel(s) { return [s.B04, 2]; }
"""
BOTH = SETUP + EVAL
LIST = [HEAD, SETUP, EVAL]
class Texts:
    SETUP2 = """
function setup() { return { input: ["B04"], output: { bands: 1 } }; }
"""
    all = HEAD + SETUP2 + EVAL
    def get(self):
        return HEAD + self.SETUP2 + EVAL
'''
CHECKS = Checks(choose(None, ()))


def found(code: str, name: str = "script") -> list[str]:
    return [item.source.text for item in find_scripts(text=code, kind="py") if item.name == name]


@pytest.mark.parametrize(
    "code",
    [
        "script = HEAD + SETUP + EVAL",
        "script = HEAD + BOTH",
        "script = HEAD + Texts.SETUP2 + EVAL",
        "script = (HEAD + SETUP) + EVAL.strip()",
        "script = '\\n'.join([HEAD, SETUP, EVAL])",
        "script = ''.join((HEAD, BOTH))",
        "script = ''.join(LIST)",
        "script = f'{HEAD}{SETUP}{EVAL}'",
        "script = '%s%s' % (HEAD, BOTH)",
        "script = '{}{}{}'.format(HEAD, SETUP, EVAL)",
        "script = ''\nscript += HEAD\nscript += SETUP\nscript += EVAL",
        "script = HEAD\nscript += '// part\\n'\nscript += BOTH",
        "script = '//VERSION=3'\nscript += '''\nfunction setup() { return {}; }'''\nscript += EVAL",
    ],
)
def test_the_text_is_that_of_python(code: str) -> None:
    whole = f"{PARTS}\n{code}\n"
    scope: dict[str, Any] = {}
    exec(compile(whole, "<test>", "exec"), scope)
    assert found(whole) == [scope["script"]]
    names = {item.name for item in find_scripts(text=whole, kind="py")}
    assert names - {"BOTH"} == {"all", "get", "script"}  # none that is a part alone
    assert ("BOTH" in names) == ("BOTH" not in code)


def test_parts_of_which_nothing_is_known_are_unknown() -> None:
    (script,) = (
        item
        for item in find_scripts(text=f"{PARTS}\ndef make(x):\n    return HEAD + SETUP + x + EVAL\n", kind="py")
        if item.name == "make"
    )
    assert [script.source.slice(span) for span in script.source.unknown] == ["__X__;"]
    assert script.line == len(PARTS.splitlines()) + 3


@pytest.mark.parametrize(
    "code",
    [
        "if x:\n    EVAL = EVAL0\nscript = BEFORE + EVAL",
        "script = obj.HEAD + EVAL",
        "class A:\n    def f(self):\n        return self.head() + EVAL",
        "script = '='.join(x for x in y) + EVAL",
        "def f(EVAL):\n    return HEAD + EVAL",
    ],
)
def test_a_part_that_may_be_completed_is_not_said_to_lack_anything(code: str) -> None:
    part = 'EVAL = """\nfunction setup() { return {input: ["B04"], output: {bands: 1}}; }\nfunction evaluatePixel(s) { return [s.B04]; }\n"""\n'
    assert [item.rule for item in lint_document(Document.of(Source(part, "x.py"), "py"), CHECKS)] == ["version-header"]
    document = Document.of(Source(part + code, "x.py"), "py")
    assert not lint_document(document, CHECKS).diagnostics


@pytest.mark.parametrize(
    "code",
    [
        "print('=' * 10 + SCRIPT)",
        "print('Script:\\n' + SCRIPT)",
        "print(f'{x}{SCRIPT}')",
        "both = SCRIPT + SCRIPT",
        "a = SCRIPT + '// end'\nsend(SCRIPT)",
        "xs = [SCRIPT, x]",
        "SCRIPT += more",
        "SCRIPT = SCRIPT + x",
    ],
)
def test_a_whole_script_stays_one(code: str) -> None:
    text = '//VERSION=3\nfunction setup() { return {input: ["B04"], output: {bands: 1}}; }\nfunction evaluatePixel(s) { return [s.B04, 1]; }\n'
    document = Document.of(Source(f'SCRIPT = """{text}"""\n{code}\n', "x.py"), "py")
    assert any(item.name == "SCRIPT" and text in item.source.text for item in document.scripts)
    assert [item.rule for item in lint_document(document, CHECKS)] == ["output-length"]


def test_findings_are_where_the_characters_are_written() -> None:
    text = f"{PARTS}script = HEAD + SETUP + EVAL\nother = HEAD + BOTH\n"
    report = lint_document(Document.of(Source(text, "x.py"), "py"), CHECKS)
    assert [(item.rule, text[item.span.start : item.span.end]) for item in report] == [
        ("output-length", "[s.B04, 2]"),
        ("sample-type-range", "2"),
    ]


SHARED = '''\
HELP = """
let unused = 1;
function half(x) { return 0ffaaff * x; }
"""
SETUP = """//VERSION=3
function setup() { return { input: ["B04"], output: { bands: 1 } }; }
"""
ONE = SETUP + """function evaluatePixel(s) { return [half(s.B04)]; }""" + HELP
TWO = SETUP + """function evaluatePixel(s) { return [half(s.B04) - 0ffaaff]; }""" + HELP
'''


def test_a_fix_in_a_constant_of_several_scripts_is_made_once() -> None:
    fixed = fix_document(Document.of(Source(SHARED, "x.py"), "py"), Checks(choose(["malformed-hex"], ())), unsafe=True)
    assert fixed.changes == 2
    assert fixed.document.source.text == SHARED.replace("0ff", "0xff")


def test_no_fix_in_a_constant_that_is_not_right_for_all() -> None:
    head = 'SETUP = """\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\n"""\n'
    pixel = '"""function evaluatePixel(s) { return [s.B04]; }"""'
    bare = Document.of(Source(f"{head}A = SETUP + {pixel}\n", "x.py"), "py")
    assert "//VERSION=3" in fix_document(bare, CHECKS).document.source.text
    mixed = Document.of(Source(f'{head}A = SETUP + {pixel}\nB = "//VERSION=3" + SETUP + {pixel}\n', "x.py"), "py")
    assert fix_document(mixed, CHECKS).document == mixed
    assert any(item.fix is None for item in lint_document(mixed, CHECKS))


@given(st.lists(st.sampled_from(["A", "B", "C", "'x'", "x"]), min_size=1, max_size=5), st.sampled_from(["+", "join"]))
def test_sums_of_anything_are_read(names: list[str], way: str) -> None:
    constants = f'A = "//VERSION=3\\n"\nB = """{SHARED.splitlines()[5]}\n"""\nC = "function evaluatePixel(s) {{ return [1]; }}\\n"\n'
    code = " + ".join(names) if way == "+" else f"''.join([{', '.join(names)}])"
    scope: dict[str, Any] = {}
    exec(constants + "x = ''\nscript = " + code, scope)
    for item in find_scripts(text=f"{constants}script = {code}\n", kind="py"):
        if not item.source.unknown and item.name == "script":
            assert item.source.text == scope["script"]


def test_in_notebooks_findings_are_in_the_cell_of_the_constant() -> None:
    cells = ["HEAD = '//VERSION=3\\n'", "", "", ""]
    cells[1] = "# é\nA = '''\nfunction setup() { return { input: ['B04'], output: { bands: 1 } }; }\n'''"
    cells[2] = "B = '''\nfunction evaluatePixel(s) { return [s.B04, 0ffaaff]; }\n'''"
    cells[3] = "s = HEAD + A + B\nt = HEAD + A + B"
    notebook = {"cells": [{"cell_type": "code", "source": text} for text in cells], "metadata": {}, "nbformat": 4}
    document = Document.of(Source(json.dumps(notebook), "x.ipynb"), "ipynb")
    checks = Checks(choose(["malformed-hex"], ()))
    report = lint_document(document, checks)
    assert [place for place, _, _ in report.shown()] == ["x.ipynb:cell 3:2:44"]
    ((_, shown, item),) = report.shown()
    assert shown.slice(item.span) == "0ffaaff"
    assert item.fix is not None
    assert apply(shown, item.fix.edits).text == cells[2].replace("0ff", "0xff")
    fixed = fix_document(document, checks, unsafe=True).document.source.text
    assert fixed == document.source.text.replace("0ff", "0xff")
