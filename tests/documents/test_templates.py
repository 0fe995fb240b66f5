"""Fields that a program fills in: `{{ x }}` and `%s` are placeholders, unless the text means something else."""

import pytest

from oso_evalscript import find_scripts, lint
from oso_evalscript.documents.embedded import Embedded
from oso_evalscript.model.text import Edit, Span

SETUP = 'function setup() {\n  return { input: ["B04", "B08"], output: { bands: 1 } };\n}\n'
HOSTS = {
    "py": 'S = """{}"""\n',
    "md": "# A\n\n```js\n{}```\n",
    "html": '<textarea id="a">{}</textarea>\n',
    "toml": 's = """{}"""\n',
    "js": "{}",
}
FIELDS = {
    "return [{} * s.B04];": 1,
    "return [s.B04 > {} ? 1 : 0];": 1,
    "const k = {};\n  return [k];": 1,
    "return [s.B04 * {} + /* it */ {}, 100 - {}].slice(0, 1);": 3,
    "if (s.B08 > {}) {{ return [0]; }}\n  return [s.B04];": 1,
}


def only(text: str, kind: str = "py") -> Embedded:
    (found,) = find_scripts(text=text, kind=kind)
    return found


def script(body: str, setup: str = SETUP) -> str:
    return f"//VERSION=3\n{setup}function evaluatePixel(s) {{\n  {body}\n}}\n"


def unknown(found: Embedded) -> list[str]:
    return [found.source.text[span.start : span.end] for span in found.source.unknown]


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize("field", ["{{ gain }}", "{{gain}}", "{{ p.gain }}", "{{- gain -}}", "{{ p.gain | f }}", "%s", "%d", "%.2f"])  # fmt: skip
def test_what_stands_for_a_value_is_a_placeholder(field: str, kind: str) -> None:
    for body, count in FIELDS.items():
        text = script(body.replace("{}", field).replace("{{ return [0]; }}", "{ return [0]; }"))
        found = only(HOSTS[kind].replace("{}", text), kind)
        assert len(unknown(found)) == count, found.source.text
        assert found.source.text.count("return { input:") == 1
        assert not list(lint(found.source))


@pytest.mark.parametrize("field", ["{{ x }}", "%s"])
def test_what_else_is_wrong_is_still_found(field: str) -> None:
    found = only(HOSTS["py"].replace("{}", script(f"return [{field} * s.B04 + missing];")))
    assert [finding.rule for finding in lint(found.source)] == ["undefined-name"]


def test_helpers_and_names_of_bands_may_be_fields() -> None:
    setup = SETUP.replace('"B08"', '"{{ band }}"')
    found = only(HOSTS["py"].replace("{}", script("return [s.B04];", "{{ helpers }}\n" + setup)))
    assert unknown(found) == ["__HELPERS__;", "__BAND__"]
    assert not list(lint(found.source))


@pytest.mark.parametrize("call", ["", ".format(gain=g)"])
def test_a_text_with_all_its_braces_doubled_is_of_str_format(call: str) -> None:
    doubled = script("const a = s.B04; return [{{ a }}.a * GAIN];").replace("{{ a }}", "{ a }")
    text = doubled.replace("{", "{{").replace("}", "}}").replace("GAIN", "{gain}")
    found = only(f'S = """{text}"""{call}\n')
    assert found.source.text == doubled.replace("GAIN", "__GAIN__")


@pytest.mark.parametrize("body", [
    "let a = s.B04; {{ a }} return [a];", "const d = 7; return [s.B04 %d];", "return [s.B04 %s.B08];",
    "return [`${{s}}`.length % 2];", "return ['{{ x }} %s'.length];", "return [s.B04]; // %s {{ x }}",
])  # fmt: skip
def test_a_script_that_can_be_read_stays_as_it_is(body: str) -> None:
    text = script(body)
    for kind, host in HOSTS.items():
        found = only(host.replace("{}", text), kind)
        assert found.source.text.strip() == text.strip()
        assert not found.source.unknown


@pytest.mark.parametrize("body", ["return [s.B04 %% 2];", "return [s.B04 %s;", "return [s.B04 %s];;)"])
def test_a_division_that_is_wrong_stays_wrong(body: str) -> None:
    found = only(HOSTS["py"].replace("{}", script(body)))
    assert found.source.text == script(body)
    assert [finding.rule for finding in lint(found.source)] == ["syntax-error"]


def test_a_fix_is_written_as_the_text_is_filled_in() -> None:
    found = only(HOSTS["py"].replace("{}", script("return [s.B04 * %d + 100 %% 7];")))
    assert "100 % 7" in found.source.text
    at = found.source.text.index("100")
    changed = found.edited([Edit(Span(at, at + 3), "9 % 5")])
    assert changed is not None
    assert "* %d + 9 %% 5 %% 7" in changed.document.source.text
