"""Notebooks: cells of every kind, formats 3 to 4.5, lines as nbformat writes them, and the rest byte for byte."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oso_evalscript.documents.embedded import Embedded, find_scripts
from oso_evalscript.documents.notebook import cells
from oso_evalscript.documents.passage import Passage
from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.text import Edit, Position, Span, apply
from tests.documents.strategies import PYTHON, edits, notebook, python_triple, scripts

SCRIPT = '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [s.B04]; }\n'


def only(text: str) -> Embedded:
    found = find_scripts(text=text, kind="ipynb")
    assert len(found) == 1, found
    return found[0]


def as_nbformat_writes(text: str, indent: int) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False, indent=indent, sort_keys=True) + "\n"


@given(st.data(), scripts(controls=False), st.sampled_from([1, 4]))
def test_edited_lines_are_written_as_nbformat_writes_them(data: st.DataObject, script: str, indent: int) -> None:
    script = re.sub("[\x85\u2028\u2029]", "", script)
    text = notebook(f"s = {python_triple(script)}", indent=indent)
    found = only(text)
    chosen = data.draw(edits(script, controls=False))
    wanted = apply(found.source, chosen).text
    assume(wanted.count("*/") == 1 and not re.search("[\x85\u2028\u2029]", wanted))
    changed = found.edited(chosen)
    assert changed is not None
    new = changed.document.source.text
    assert new == as_nbformat_writes(new, indent)
    for cell in json.loads(new)["cells"]:
        assert cell["source"] == "".join(cell["source"]).splitlines(keepends=True)


@given(scripts(), st.sampled_from(list(PYTHON)), st.integers(0, 3), st.integers(0, 3))
def test_places_are_those_of_the_cell(script: str, writer: str, before: int, behind: int) -> None:
    code = "\n" * before + f"s = {PYTHON[writer](script)}" + "\n" * behind
    found = only(notebook(code))
    assert found.cell == 2
    for offset, character in enumerate(script):
        place = found.position(offset)
        line = code.split("\n")[place.line - 1]
        if line[place.column - 1 : place.column] == character:
            continue
        assert character == "\n" or line[place.column - 1] in "\\{%'\"", (offset, place, line)


def test_a_position_in_the_file_is_that_of_the_json() -> None:
    text = notebook(f"s = '''{SCRIPT}'''")
    found = only(text)
    offset = found.source.text.index("evaluatePixel")
    place = found.file_position(offset)
    assert text.splitlines()[place.line - 1][place.column - 1 :].startswith("evaluatePixel(s)")
    assert found.position(offset) == Position(3, 10)


@pytest.mark.parametrize("ending", ["", "\n"])
@pytest.mark.parametrize("kind", ["markdown", "raw", "code"])
def test_the_first_and_the_last_character_of_a_cell(kind: str, ending: str) -> None:
    body = SCRIPT.removesuffix("\n") + ending
    source = {"markdown": f"```js\n{body}" + "```" * bool(ending), "raw": body, "code": f"%%javascript\n{body}"}[kind]
    found = only(notebook(source, kind))
    assert found.source.text == body
    text = found.source.text
    changed = found.edited(
        [Edit(Span(0, 0), "// a\n"), Edit(Span(len(text), len(text)), "// b\n" if ending else "\n// b")]
    )
    assert changed is not None
    assert changed.source.text == f"// a\n{text}" + ("// b\n" if ending else "\n// b")
    new = changed.document.source.text
    assert new == as_nbformat_writes(new, 1)
    assert json.loads(new)["cells"][1]["source"] == "".join(json.loads(new)["cells"][1]["source"]).splitlines(
        keepends=True
    )


def test_cells_of_other_kinds() -> None:
    book = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(""),
            nbformat.v4.new_markdown_cell(
                f"# NDVI\n\n1. so\n\n   ```js\n   {SCRIPT.replace(chr(10), chr(10) + '   ')}```\n"
            ),
            nbformat.v4.new_code_cell(f"%%writefile ndvi.js\n{SCRIPT}"),
            nbformat.v4.new_code_cell(f"%%writefile request.py\nA = '''{SCRIPT}'''"),
            nbformat.v4.new_code_cell(f"%%html\n<pre id='p'>{SCRIPT}</pre>"),
            nbformat.v4.new_code_cell(f"%%bash\ncat <<E\n{SCRIPT}E"),
            nbformat.v4.new_code_cell(f"%%time\n!pip install x\nB = '''{SCRIPT}'''\n?B"),
            nbformat.v4.new_code_cell(f"print 'python 2'\nC = '''{SCRIPT}'''"),
            nbformat.v4.new_raw_cell(SCRIPT),
        ]
    )
    found = find_scripts(text=nbformat.writes(book), kind="ipynb")
    assert [(item.cell, item.name) for item in found] == [
        (2, "NDVI"), (3, None), (4, "A"), (5, "p"), (7, "B"), (8, "C"), (9, None)
    ]  # fmt: skip
    assert all(item.source.text == SCRIPT for item in found)


def test_formats_3_to_4_5_hold_the_same_scripts() -> None:
    book = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(f"s = '''{SCRIPT}'''"),
            nbformat.v4.new_markdown_cell("```\n" + SCRIPT + "```"),
        ]
    )
    texts = [nbformat.writes(book), nbformat.writes(nbformat.convert(book, 3), 3)]
    texts.append(nbformat.writes(nbformat.convert(nbformat.convert(book, 3), 4)))
    for text in texts:
        assert [(item.cell, item.name, item.source.text) for item in find_scripts(text=text, kind="ipynb")] == [
            (1, "s", SCRIPT), (2, None, SCRIPT)
        ]  # fmt: skip


def test_a_source_that_is_one_string_is_read_as_well() -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "source": f"s = '''{SCRIPT}'''"}], "metadata": {}})
    found = only(text)
    changed = found.edited([Edit(Span(0, 0), "// é\n")])
    assert changed is not None
    assert changed.document.source.text == text.replace("'''//", "'''// é\\n//")


def test_the_code_of_other_languages_is_no_python() -> None:
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(f"s <- '{SCRIPT}'"), nbformat.v4.new_markdown_cell("```\n" + SCRIPT + "```")]
    )
    book.metadata["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}
    assert [item.cell for item in find_scripts(text=nbformat.writes(book), kind="ipynb")] == [2]
    book.metadata["kernelspec"] = {"name": "deno", "language": "typescript", "display_name": "Deno"}
    book.cells[0].source = f"const s: string = `{SCRIPT}`;"
    assert [item.cell for item in find_scripts(text=nbformat.writes(book), kind="ipynb")] == [1, 2]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"cells": 1, "evaluatePixel": 2}', '{"cells": [1, {"source": [1]}], "a": "VERSION"}', "{VERSION"],
)
def test_what_is_no_notebook_gets_a_sentence_or_silence(text: str) -> None:
    try:
        assert find_scripts(text=text, kind="ipynb") == ()
    except SourceError as error:
        assert str(error).startswith("<text>: not ")


def test_empty_cells_have_no_text() -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(""), nbformat.v4.new_code_cell("a")])
    assert [(cell.number, cell.passage.text) for cell in cells(Passage.whole(nbformat.writes(book)))] == [(2, "a")]
