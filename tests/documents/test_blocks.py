"""Blocks of code in Markdown, Quarto and reStructuredText, and the elements of HTML."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from oso_evalscript.documents.embedded import Embedded, find_scripts
from oso_evalscript.model.text import Edit, Span, apply
from tests.documents.strategies import edits, fence, rst_block, scripts

SCRIPT = '//VERSION=3\nfunction setup() {\n  return { input: ["B04"], output: { bands: 1 } };\n}\n\nfunction evaluatePixel(s) {\n  return [s.B04];\n}\n'
PREFIXES = {
    "plain": ("", ""),
    "indented fence": ("  ", "  "),
    "list": ("- ", "  "),
    "numbered": ("10. ", "    "),
    "quote": ("> ", "> "),
    "list in quote": ("> * ", ">   "),
    "quote in list": ("1) > ", "   > "),
    "nested list": ("- a\n  - ", "    "),
    "tab": ("-\t", "\t"),
}
plain = scripts(controls=False).map(lambda text: text.strip("\n") + "\n").filter(lambda text: "\x85" not in text)


def only(kind: str, text: str) -> Embedded:
    found = find_scripts(text=text, kind=kind)
    assert len(found) == 1, (found, text)
    return found[0]


def edited(found: Embedded, chosen: list[Edit]) -> Embedded:
    changed = found.edited(chosen)
    assert changed is not None
    assert changed.source.text == apply(found.source, chosen).text
    return changed


@given(plain, st.sampled_from(list(PREFIXES)), st.sampled_from(["md", "qmd"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_a_fence_gives_its_script_wherever_it_stands(script: str, place: str, kind: str, newline: str) -> None:
    assume(not script.startswith(("\t", " ")) or "tab" not in place)
    first, prefix = PREFIXES[place]
    text = f"# Title\n\ntext\n\n{fence(script.removesuffix(chr(10)), prefix, first)}\n\nmore\n".replace("\n", newline)
    found = only(kind, text)
    assert found.source.text == script
    assert found.name == "Title"
    for offset in (0, len(script) // 2, len(script) - 2):
        assert text[found.host_span(Span(offset, offset + 1)).start] in (script[offset], newline[0])


@given(st.data(), plain, st.sampled_from(list(PREFIXES)), st.sampled_from(["\n", "\r\n"]))
def test_an_edit_keeps_what_is_before_each_line(data: st.DataObject, script: str, place: str, newline: str) -> None:
    first, prefix = PREFIXES[place]
    text = f"a\n\n{fence(script.removesuffix(chr(10)), prefix, first)}\n\nmore\n".replace("\n", newline)
    found = only("md", text)
    chosen = [
        item for item in data.draw(edits(found.source.text, controls=False)) if not re.search("`|~~~|\x85", item.text)
    ]
    wanted = apply(found.source, chosen).text
    assume(wanted.count("*/") == 1)
    changed = edited(found, chosen).document.source.text
    start = found.passage.anchor(0)
    assert changed[:start] == text[:start]
    assert changed.endswith(text[found.passage.anchor(len(found.passage)) :])
    assert changed.count("\r\n") == changed.count("\n") or newline == "\n"


@pytest.mark.parametrize("place", PREFIXES)
def test_lines_are_inserted_and_removed_at_both_ends(place: str) -> None:
    first, prefix = PREFIXES[place]
    found = only("md", f"a\n\n{fence(SCRIPT.removesuffix(chr(10)), prefix, first)}\n\nmore\n")
    end = len(SCRIPT)
    lines = SCRIPT.index("\n\n") + 1
    for chosen in (
        [Edit(Span(0, 0), "// a\n")],
        [Edit(Span(end, end), "// b\n")],
        [Edit(Span(0, 12), "")],
        [Edit(Span(lines, lines), "  // in an empty line")],
        [Edit(Span(lines, lines + 1), "")],
        [Edit(Span(lines, lines), "\n// c\n\n")],
    ):
        if chosen[0].span == Span(0, 12) or chosen[0].text.startswith("//"):
            changed = found.edited(chosen)
            assert changed is not None
        edited(found, chosen)


@pytest.mark.parametrize(
    "info", ["", "js", "javascript", "{js}", "{.js .x}", "evalscript", "JS title=x", "text", "jsonc?"]
)
def test_any_info_string_will_do(info: str) -> None:
    assert only("md", f"```{info}\n{SCRIPT}```\n").source.text == SCRIPT


@pytest.mark.parametrize(
    ("info", "text"),
    [
        ("python", 's = """{}"""'),
        ("{python}", "#| label: x\ns = '''{}'''"),
        ("json", None),
        ("ts", "const s: string = `{}`;"),
        ("js", "const s = `{}`;"),
        ("html", "<script id=s>{}</script>"),
        ("yaml", None),
    ],
)
def test_a_fence_of_a_host_is_read_as_one(info: str, text: str | None) -> None:
    import json

    code = text.replace("{}", SCRIPT) if text is not None else json.dumps({"s": SCRIPT})
    found = only("md", f"# T\n```{info}\n{code}\n```\n")
    assert (found.name, found.source.text) == ("s", SCRIPT)
    edited(found, [Edit(Span(0, 0), '// "é"\n')])


def test_what_only_speaks_of_evalscripts_is_none() -> None:
    text = f"""
The functions `setup()` and `evaluatePixel()`; `//VERSION=3` begins one.

```js
function evaluatePixel(s) {{ return [s.B04]; }}
```

```bash
cat <<E
{SCRIPT}E
```

```js
function setup() {{ return {{ }} }}
```
"""
    assert find_scripts(text=text, kind="md") == ()


def test_code_without_a_fence_and_html_count() -> None:
    indented = "".join(f"    {line}" for line in SCRIPT.splitlines(keepends=True))
    text = f"Title\n=====\n\n{indented}\n<pre>\n{html.escape(SCRIPT)}</pre>\n"
    first, second = find_scripts(text=text, kind="md")
    assert first.source.text == second.source.text == SCRIPT
    assert first.name == second.name == "Title"
    edited(first, [Edit(Span(0, 0), "// a\n")])


@given(plain)
@example("//VERSION=3\n\n/* */\n\n\nfunction setup() {}\n")
def test_blocks_of_restructured_text(script: str) -> None:
    script = re.sub("[\u2028\u2029]", "", script).strip() + "\n"
    script = "\n".join(line if line.strip() else "" for line in script.split("\n"))
    text = f"Title\n=====\n\n{rst_block(script)}"
    found = only("rst", text)
    assert found.source.text == script
    assert found.name == "Title"
    edited(found, [Edit(Span(0, 0), "// a\n\n"), Edit(Span(len(script), len(script)), "// b\n")])


def test_literal_blocks_and_options() -> None:
    indented = "".join(f"     {line}" if line.strip() else line for line in SCRIPT.splitlines(keepends=True))
    text = f".. code-block:: js\n   :linenos:\n   :caption: a\n\n{indented}\nLike so::\n\n{indented}\nend\n"
    assert [item.source.text for item in find_scripts(text=text, kind="rst")] == [SCRIPT, SCRIPT]


@given(scripts(controls=False), st.sampled_from(["textarea", "pre", "script", "pre><code"]))
def test_elements_of_html(script: str, element: str) -> None:
    if element == "script":
        assume(not re.search("</script|<!--|<script", script, re.IGNORECASE))
    written = script if element == "script" else "\n" + html.escape(script)
    text = f"<!doctype html>\n<p id=a>é</p>\n<{element}>{written}</{'></'.join(reversed(element.split('><')))}>\n<b>"
    found = only("html", text)
    assert found.source.text == ("\n" + script if element == "pre><code" else script)
    start = found.source.text.index("/*") + 2
    edited(found, [Edit(Span(start, start), " a < b && c > d")])


def test_scripts_of_a_page_are_javascript() -> None:
    text = f"<textarea name=T>{html.escape(SCRIPT)}</textarea><script>\nconst S = `{SCRIPT}`;\nx('</p>');\n</script>"
    assert [(item.name, item.source.text) for item in find_scripts(text=text, kind="html")] == [
        ("T", SCRIPT),
        ("S", SCRIPT),
    ]
