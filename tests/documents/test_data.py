"""JSON, YAML and TOML: keys, layer configurations, and what is none of them."""

from __future__ import annotations

import json
import time

import pytest

from oso_evalscript.documents.embedded import Embedded, find_scripts
from oso_evalscript.documents.signs import KINDS
from oso_evalscript.model.errors import MissingExtra, SourceError
from oso_evalscript.model.text import Edit, Span

SCRIPT = '//VERSION=3\nfunction setup() {\n  return { input: ["B04"], output: { bands: 1 } };\n}\n\nfunction evaluatePixel(s) { return [s.B04]; }\n'


def edited(found: Embedded, *edits: Edit) -> str:
    changed = found.edited(edits)
    assert changed is not None
    return changed.document.source.text


def test_json_keys() -> None:
    text = json.dumps(
        {
            "evalscript": SCRIPT,
            "layers": [{"id": "a", "p\u00e9": SCRIPT}, [SCRIPT]],
            "": SCRIPT,
            "x": {"y": {}, "z": SCRIPT},
        }
    )
    assert [item.name for item in find_scripts(text=text, kind="json")] == ["evalscript", "pé", "layers", "", "z"]
    assert [item.source.text for item in find_scripts(text=json.dumps(SCRIPT), kind="json")] == [SCRIPT]


def test_a_layer_configuration_holds_simple_scripts() -> None:
    layers = [
        {"id": "TRUE", "evalscript": "return [B04 * 2.5, B03 * 2.5, B02 * 2.5];"},
        {
            "id": "NDVI",
            "evalscript": "let v = (B08 - B04) / (B08 + B04);\nif (v > 0.5) { [1, 1, 1] } else { [0, 0, 0] }",
        },
        {"id": "URL", "evalscript": "https://example.org/B04.js", "evalscriptUrl": "B04"},
        {"id": "PRODUCT", "evalscript": "", "description": "B04, B03 and B02 as return [B04]"},
    ]
    found = find_scripts(text=json.dumps({"layers": layers}, indent=2), kind="json")
    assert [item.source.text for item in found] == [layers[0]["evalscript"], layers[1]["evalscript"]]
    assert [item.line for item in found] == [5, 9]
    yaml_text = "evalscript: |\n  return [B04];\ndescription: return [B04]\n"
    assert [item.source.text for item in find_scripts(text=yaml_text, kind="yml")] == ["return [B04];\n"]


BLOCKS = """
layers:
  - title: a
    evalscript: |
      {0}
    # a comment
  - title: b
    evalscript: |-
      {0}
    more: "//VERSION=3"
  - evalscript: |+2
        {1}


    more: [1]
"""


def test_blocks_of_yaml() -> None:
    body = SCRIPT.removesuffix("\n")
    text = BLOCKS.format(body.replace("\n", "\n      "), body.replace("\n", "\n        "))
    first, second, third = find_scripts(text=text, kind="yaml")
    assert first.source.text == SCRIPT
    assert second.source.text == body
    assert third.source.text == "  " + body.replace("\n", "\n  ").replace(
        "\n  \n", "\n\n"
    ) + "\n\n\n" or third.source.text.startswith("  //")
    assert text.splitlines()[first.line - 1].strip() == "//VERSION=3"
    assert edited(first, Edit(Span(0, 0), "// a\n")) == text.replace(
        "      //VERSION=3", "      // a\n      //VERSION=3", 1
    )
    end = len(SCRIPT)
    assert edited(first, Edit(Span(end, end), "// b\n")) == text.replace("\n    # a", "\n      // b\n    # a", 1)
    empty = SCRIPT.index("\n\n") + 1
    assert "\n      // c\n      function evaluatePixel" in edited(first, Edit(Span(empty, empty), "// c"))
    assert first.edited([Edit(Span(end - 1, end), "")]) is None  # the block ends in a line feed, whatever is before it
    assert second.edited([Edit(Span(len(body), len(body)), "\n")]) is None


def test_quoted_yaml() -> None:
    text = (
        "a: '"
        + SCRIPT.replace("'", "''")
        .replace("\n", "\n\n")
        .replace("\n\n\n\n", "\n\n\n")
        .replace("\n  return", "\nreturn")
        + "'\nb: c\n"
    )
    (found,) = find_scripts(text=text, kind="yaml")
    assert found.source.text == SCRIPT.replace("\n  return", "\nreturn")
    assert edited(found, Edit(Span(0, 0), "// it's\n")).startswith("a: '// it''s\n\n//VERSION=3")


def test_strings_of_toml() -> None:
    body = SCRIPT.removesuffix("\n")
    text = f'[a."b.c"]\none = """\n{body}"""\nd.two = \'\'\'{body}\'\'\'\nthree = [{{ four = {json.dumps(body)} }}]\n"fi ve" = "{{}}"\n'
    found = find_scripts(text=text, kind="toml")
    assert [(item.name, item.source.text) for item in found] == [("one", body), ("two", body), ("four", body)]
    assert edited(found[0], Edit(Span(0, 0), '// "a" \\ """\n')).startswith(
        '[a."b.c"]\none = """\n// \\"a\\" \\\\ \\"\\"\\"\n//VERSION'
    )
    assert edited(found[0], Edit(Span(0, 0), '// "a"\n')).startswith('[a."b.c"]\none = """\n// "a"\n//VERSION')
    assert found[1].edited([Edit(Span(0, 0), "// '''\n")]) is None
    assert '\\n// \\"é\\"' in edited(found[2], Edit(Span(11, 11), '\n// "é"'))


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("json", '{"VERSION": ', "<text>: not JSON: expecting value (line 1, column 13)"),
        ("ipynb", '{"VERSION": 1}', "<text>: not a notebook: it has no list of cells"),
        ("yaml", "VERSION: [", "<text>: not YAML: did not find expected node content (line 2, column 1)"),
        ("yaml", "VERSION: \x00", "<text>: not YAML: "),
        ("toml", "VERSION = ", "<text>: not TOML: Invalid value (at end of document)"),
        ("json", "[" * 200_000 + "VERSION", "<text>: nested too deeply to be read"),
        ("toml", "VERSION = " + "[" * 200_000, "<text>: nested too deeply to be read"),
        ("yaml", "VERSION: " + "[" * 200_000, "<text>: not YAML: "),
    ],
)
def test_what_is_none_of_them_gets_a_sentence(kind: str, text: str, sentence: str) -> None:
    with pytest.raises(SourceError) as caught:
        find_scripts(text=text, kind=kind)
    assert str(caught.value).startswith(sentence)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_host_of_twenty_megabytes_is_searched_or_gets_a_sentence(kind: str) -> None:
    data = {"note": "x" * 20_000_000, "evalscript": SCRIPT}
    text = json.dumps(data) if kind in ("json", "yaml", "ipynb") else f"# {'x' * 20_000_000}\n{SCRIPT}"
    start = time.perf_counter()
    try:
        found = find_scripts(text=text, kind=kind)
    except SourceError as error:
        assert "more than" in str(error) or "notebook" in str(error)
    else:
        assert kind in ("json", "html", "htm")
        assert len(found) <= 1
    assert find_scripts(text="x" * 20_000_000, kind=kind) == ()
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    "text",
    [
        "",
        "VERSION",
        "evaluatePixel",
        "//VERSION=3",
        "//VERSION=3 \x00 \ufffc\n;",
        "`//VERSION=3\nlet a",
        "'''//VERSION=3\n a",
        "\ufeffVERSION",
    ],
)
def test_any_text_gets_a_sentence_or_silence(kind: str, text: str) -> None:
    try:
        find_scripts(text=text, kind=kind)
    except SourceError as error:
        assert str(error).startswith("<text>: ")


def test_a_reader_that_is_missing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, kind in {
        "yaml": "yaml",
        "markdown_it": "md",
        "tree_sitter": "js",
        "tree_sitter_typescript": "ts",
    }.items():
        with monkeypatch.context() as patch:
            patch.setitem(__import__("sys").modules, module, None)
            with pytest.raises(MissingExtra, match=r"pip install 'oso-evalscript\[embedded\]'"):
                find_scripts(text="> ```\n> VERSION\n" if kind == "md" else "a: VERSION ```", kind=kind)
            assert find_scripts(text="a", kind=kind) == ()
            assert len(find_scripts(text=f"A = {SCRIPT!r}", kind="py")) == 1


def test_arguments_are_checked() -> None:
    for arguments in (
        {},
        {"text": "a"},
        {"text": "a", "kind": "exe"},
        {"path": "a.txt"},
        {"path": "a.py", "text": "a"},
    ):
        with pytest.raises(ValueError, match=r"kind is one of|pass either a path, or"):
            find_scripts(**arguments)
    assert find_scripts(text="a", kind=".PY") == ()


@pytest.mark.parametrize("language", ["js", "py"])
def test_examples_of_code_in_the_description_of_an_interface(language: str) -> None:
    """In `openapi.yaml`; by its blank lines and indentation alone a part of the example would be Markdown."""
    quote = {"js": "`", "py": '"""'}[language]
    script = (
        "    //VERSION=3\n\n    function setup() { return {}; }\n\n    function evaluatePixel(s) { return [1]; }\n    "
    )
    head = {
        "js": "fetch(url, {\n  body: JSON.stringify(",
        "py": "import requests\n\n\nresponse = requests.post(url,\n  json=",
    }[language]
    tail = {"js": ")\n})", "py": ")"}[language]
    code = f'{head}{{\n    "evalscript": {quote}\n{script}{quote}\n    }}{tail}\n'
    for kind, text in (
        ("yaml", "source: >\n" + "".join(f"  {line}\n" for line in code.split("\n"))),
        ("json", json.dumps({"source": code})),
    ):
        (found,) = find_scripts(text=text, kind=kind)
        assert found.source.text.strip().startswith("//VERSION=3")
        assert found.source.text.strip().endswith("}")
