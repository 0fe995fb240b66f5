"""What is an evalscript, and what only holds one: whole scripts, broken ones, and the same inside other files."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import fix
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.kind import Kind, kind
from tests.conftest import ROOT
from tests.strategies import code

FILES = sorted((ROOT / "evalscripts").glob("*.js")) + sorted((ROOT / "tests/scripts").glob("*/*.js"))
SCRIPTS = [text for path in FILES if len(text := path.read_text(encoding="utf-8")) < 3000 and "evaluatePixel" in text]
SIMPLE = [
    "return [B04, B03, B02];",
    "return [2.5 * B04, 2.5 * B03, 2.5 * B02]\n",
    "// made by hand\nlet ndvi = (B08 - B04) / (B08 + B04);\nreturn [ndvi];\n",
    "let v = index(B08, B04);\ncolorBlend(v, [-1, 0, 1], [[0, 0, 0], [1, 1, 1], [0, 1, 0]]);\n",
    "if (B04 > 0.1) { [1, 1, 1] } else { [0, 0, 0] }",
    "var gain = 2.5;\n[gain * VV, VH, 0]",
    "function f(x) { return x * 2; }\nreturn [f(SO2)];",
    "return [S3, S2, S1];",
    "[red, green, blue]",
]
OLD = [
    "function setup(dss) {\n  setInputComponents([dss.B04]);\n  setOutputComponentCount(1);\n}\nfunction evaluatePixel(samples) { return [samples[0].B04]; }\n",
    "//VERSION=2\nfunction setup(ds) { return { components: [ds.B04], output: [{ id: 'a', componentCount: 1 }] }; }\nfunction evaluatePixel(s) { return { a: [s.B04] }; }\n",
]
HEADER = re.compile(r"^\s*//[ \t]*VERSION[^\n]*\n", re.IGNORECASE)


def of(text: str) -> Kind:
    return kind(parse(Source(text)))


def indented(text: str, by: str) -> str:
    return "".join(f"{by}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


def template(text: str) -> str:
    """A text inside the backticks of a template."""
    return text.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")


HOSTS: dict[str, Callable[[str], str]] = {
    "Python": lambda text: (
        f'import numpy as np\nfrom sentinelhub import SHConfig\n\nevalscript = """\n{text}\n"""\n'
        'request = SentinelHubRequest(evalscript=evalscript)\nprint("done")\n'
    ),
    "Python, one line above": lambda text: f"evalscript = '''{text}'''\n",
    "Python, in a function": lambda text: (
        f'def script():\n    """Text."""\n    return f"""\n{indented(text, "    ")}"""\n'
    ),
    "Python, line by line": lambda text: "script = (\n" + "\n".join(map(json.dumps, text.splitlines())) + "\n)\n",
    "notebook": lambda text: json.dumps({"cells": [{"cell_type": "code", "source": text.splitlines(True)}]}, indent=1),
    "JSON": lambda text: json.dumps({"input": {}, "evalscript": text}, indent=2),
    "YAML": lambda text: f"name: x\nevalscript: |\n{indented(text, '  ')}",
    "YAML, in a list": lambda text: f"a:\n  - script: >-\n{indented(text, '      ')}",
    "TOML": lambda text: f"[request]\nevalscript = '''\n{text}'''\n",
    "Markdown": lambda text: f"# Title\n\nSome `text`.\n\n```javascript\n{text}\n```\n",
    "Markdown, indented": lambda text: f"# Title\n\nUse this:\n\n{indented(text, '    ')}",
    "reStructuredText": lambda text: f"Title\n=====\n\n.. code-block:: javascript\n\n{indented(text, '    ')}",
    "letter": lambda text: f"Hello,\n\nhere is my script:\n\n{text}\n\nBest\n",
    "patch": lambda text: f"--- a/x.js\n+++ b/x.js\n@@ -1 +1 @@\n{''.join(f'+{x}' for x in text.splitlines(True))}",
    "HTML": lambda text: f"<!DOCTYPE html>\n<html><body>\n<script>\n{text}\n</script>\n</body></html>\n",
    "XML": lambda text: f'<?xml version="1.0"?>\n<a><![CDATA[\n{text}\n]]></a>\n',
    "shell": lambda text: f"#!/bin/sh\ncat > x.js <<EOF\n{text}\nEOF\n",
    "shell, quoted": lambda text: f"curl -X POST https://x -F 'evalscript={text.replace(chr(39), chr(34))}'\n",
    "R": lambda text: f'library(httr)\nscript <- "\n{text.replace(chr(34), chr(39))}"\n',
    "PHP": lambda text: f"<?php\n$s = <<<EOT\n{text}\nEOT;\n",
    "C#": lambda text: 'var evalscript = @"' + text.replace('"', '""') + '";\n',
    "Java": lambda text: f'class A {{\n  String s = """\n{indented(text, "    ")}""";\n}}\n',
    "Go": lambda text: f"package main\n\nconst script = `{text.replace('`', chr(39))}`\n",
    "Ruby": lambda text: f"script = <<~JS\n{indented(text, '  ')}JS\n",
    "SQL": lambda text: "INSERT INTO s VALUES (1, '\n" + text.replace("'", "''") + "');\n",
    "TypeScript": lambda text: f"interface A {{ b: string }}\nexport const x: A = {{ b: `{template(text)}` }};\n",
    "page": lambda text: f'const evalscript = `{template(text)}`;\nfetch("https://x", {{ body: evalscript }});\n',
    "ES module": lambda text: f'import x from "y";\nconst a = `\n{template(text)}\n`;\nexport default a;\n',
    "bundle": lambda text: f"(() => {{ var a = {{ 1: () => {{ eval({json.dumps(text)}); }} }}; a[1](); }})();\n",
    "joined lines": lambda text: f"var s = {' + '.join(json.dumps(x) for x in text.splitlines(True))};\n",
    "library": lambda text: (
        f"(function () {{\n{indented(text, '  ')}\n  window.a = {{ setup, evaluatePixel }};\n}})();\n"
    ),
    "test in Node": lambda text: (
        f"const assert = require('node:assert');\nconst source = `{template(text)}`;\n"
        "function setup() { return { page: 1 }; }\ntest('it', () => { assert(source); });\n"
    ),
    "module of Node": lambda text: (
        f"const assert = require('node:assert');\n{HEADER.sub('', text)}\nassert.equal(evaluatePixel({{}}), 1);\n"
    ),
    "test on a page": lambda text: f"describe('it', () => {{}});\n{HEADER.sub('', text)}",
    "JSX": lambda text: f"import R from 'r';\nexport const A = () => <Code>{{`{template(text)}`}}</Code>;\n",
}


@pytest.mark.parametrize("headed", [True, False], ids=["with a header", "without"])
@pytest.mark.parametrize("text", SCRIPTS, ids=range(len(SCRIPTS)))
def test_scripts_with_functions(text: str, headed: bool) -> None:
    text = HEADER.sub("", text)
    assert of(f"//VERSION=3\n{text}" if headed else text) in (Kind.V3, Kind.LEGACY)


@pytest.mark.parametrize("text", SIMPLE)
def test_simple_scripts(text: str) -> None:
    assert of(text) is of(f"//VERSION=3\n{text}") is Kind.SIMPLE


@pytest.mark.parametrize("text", OLD)
def test_old_scripts(text: str) -> None:
    assert of(text) is Kind.LEGACY


@pytest.mark.parametrize("host", HOSTS)
@settings(max_examples=20)
@given(st.data())
def test_a_script_inside_another_file_is_none_and_is_not_changed(host: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SCRIPTS))
    text = HEADER.sub("", text) if data.draw(st.booleans()) else text
    if data.draw(st.booleans()):  # what a fix would find in it
        text = text.replace("0x", "0", 2).replace('"', "“", 1).replace("//VERSION=3", "// VERSION=3")
    source = Source(HOSTS[host](text))
    assert kind(parse(source)) is Kind.NONE
    assert fix(source, unsafe=True).source == source


@pytest.mark.parametrize(
    "host", [host for host in HOSTS if host not in ("library", "module of Node", "test on a page")]
)
@pytest.mark.parametrize("text", SIMPLE)
def test_a_simple_script_inside_another_file(host: str, text: str) -> None:
    assert not of(HOSTS[host](text)).is_evalscript


def broken(text: str, chance: random.Random) -> str:
    """A text with one misprint that its author may have made."""
    places = [match.start() for match in re.finditer(r"[][(){},;]", text)]
    numbers = list(re.finditer(r"\b\d+\b", text))
    match chance.randrange(6):
        case 0:
            place = chance.choice(places)
            return text[:place] + text[place + 1 :]
        case 1 if numbers:
            number = chance.choice(numbers)
            return text[: number.start()] + "0ffaaff" + text[number.end() :]
        case 2:
            return text.replace('"', "“", 1).replace('"', "”", 1)
        case 3:
            return text.replace("return", "retrun", 1)
        case 4:
            return text.replace("function ", chance.choice(["funtion ", "fucntion ", "functoin "]), 1)
        case _:
            place = chance.choice(places)
            return text[:place] + chance.choice("@#×;)") + text[place:]


@given(st.sampled_from(SCRIPTS), st.booleans(), st.randoms(use_true_random=False))
def test_broken_scripts_are_scripts(text: str, headed: bool, chance: random.Random) -> None:
    text = HEADER.sub("", text)
    assert of(f"//VERSION=3\n{broken(text, chance)}" if headed else broken(text, chance)).is_evalscript


@pytest.mark.parametrize(
    "text",
    [
        "const c = [[1, 2], [3, 4];\nfunction setup() { return {}; }\nfunction evaluatePixel(s) { return [1]; }",
        "return [B04, B03, B02;",
        "let v = (B08 - B04 / (B08 + B04);\n[v, v, v]",
        "return [“B04”, B04];",
        "return [0ffaaff];",
        "//VERSION=3",
        "// VERSION = 3\nlet x = ;",
        "/* by me */ // and you\n//VERSION=3\nimport x from 'y';",
        "//VERSION=3\nconst fs = require('fs');",
        "function evaluatePixel(s) { return [s.B04]; }\nif (typeof module !== 'undefined') module.exports = { evaluatePixel };",
        "#!/usr/bin/env node\nfunction evaluatePixel(s) { return [s.B04]; }",
        "function setup() { return { input: ['B04'], output: { bands: 1 } }; }",
        "var setup = () => ({ input: ['B04'], output: { bands: 1 } });\nglobalThis.evaluatePixel = make();",
        "let evaluatePixel = async (s) => [1];",
        "evaluatePixel(0ffaaff)",
    ],
)
def test_evalscripts_of_odd_looks(text: str) -> None:
    assert of(text).is_evalscript


@pytest.mark.parametrize(
    "text",
    [
        "function setup() { createCanvas(400, 400); }\nfunction draw() { background(220); }",
        "const setup = () => { const input = find(); return { input, output: 1 }; };\ndescribe('x', () => {});",
        "function setup() { const input = 1; const output = 2; return { input, output }; }",
        "msg.payload = [1];\nreturn [msg, null];",
        "return;",
        "[1, 2, 3]",
        '{"evalscript": 1}',
        "map.setView([51.5, -0.09], 13)",
        "const a = 'evaluatePixel';",
        "// function evaluatePixel(s) { return [s.B04]; }",
        "// Version 3.1 of a library\nvar lib = {};",
        "class A { evaluatePixel(s) { return [1]; } }",
        "x.evaluatePixel = (s) => [1];",
        "He said “hello” to B04.",
        "print('hello')\n",
        "",
    ],
)
def test_what_is_no_evalscript(text: str) -> None:
    assert not of(text).is_evalscript
    assert fix(Source(text), unsafe=True).source.text == text


def test_cases_of_rules_may_be_parts_of_scripts() -> None:
    assert all(of(case.text) is not Kind.NONE for rule in all_rules() for case in rule.bad)


@given(code | st.text())
def test_every_text_has_a_kind(text: str) -> None:
    assert of(text) in Kind
