"""A user's own templates: values stay values, and errors name the place."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oso_evalscript import Program
from oso_evalscript.compiler import render
from oso_evalscript.compiler.custom import CustomSpec, load_custom
from oso_evalscript.compiler.render import compile_custom, render_custom
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.errors import SpecError, TemplateError
from oso_evalscript.model.text import Source

TEMPLATE = """\
//VERSION=3
{{ value | commented }}
const VALUE = {{ value }};
const NAMED = { name: {{ name }} };
function setup() { return { input: ["B04"], output: { bands: 1 } }; }
function evaluatePixel(sample) { return [{{ band | read }} + VALUES.length]; }
"""
NASTY = (
    '"',
    "'",
    "\\",
    "\n",
    "*/",
    "</script>",
    "<!--",
    "\u2028",
    "\u2029",
    "`",
    "${x}",
    "{{ x }}",
    "//",
    "\x00",
    "\ufeff",
)
texts = st.lists(st.sampled_from(NASTY) | st.text(max_size=3), max_size=6).map("".join)
numbers = st.floats() | st.integers() | st.sampled_from([math.nan, math.inf, -math.inf, 10**400, -0.0, 1e308])
values = st.recursive(
    st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def written(folder: Path, text: str, **values: Any) -> CustomSpec:
    (folder / "mine.js.j2").write_text(text, encoding="utf-8", newline="\n")
    return CustomSpec(name="n", template="mine", folder=folder, values=values)


def shape(spec: CustomSpec) -> list[str]:
    """What stands at the top level of the script."""
    tree = parse(compile_custom(spec, origin="x.toml"))
    assert tree.faults == ()
    assert tree.root is not None
    return [node.type for node in tree.root.body]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values, texts, texts)
def test_no_value_breaks_out(tmp_path: Path, value: object, name: str, band: str) -> None:
    spec = written(tmp_path, TEMPLATE, value=value, band=band)
    spec = CustomSpec(name=name, template="mine", folder=tmp_path, values=spec.values)
    text = compile_custom(spec, origin="x.toml").text
    assert shape(spec) == ["VariableDeclaration"] * 2 + ["FunctionDeclaration"] * 2
    code = "\n".join(line for line in text.split("\n") if not line.startswith("//"))
    assert "</script" not in code
    assert not {"\u2028", "\u2029"} & set(text)


@given(texts)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_text_arrives_in_the_engine_as_it_was(tmp_path: Path, value: str) -> None:
    text = TEMPLATE.replace("VALUES.length", "VALUE.length")
    with Program(compile_custom(written(tmp_path, text, value=value, band="B04"), origin="x.toml")) as program:
        stored = program.explain({"B04": [[0.0]]}, 0, 0).returned
    length = len(value.encode("utf-16-le")) // 2
    assert stored == f"[{length}]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("//VERSION=3\n{{ nothing }}\n", r"mine\.js\.j2:2: 'nothing' is undefined"),
        ("\n\n{% if x %}", r"mine\.js\.j2:3: "),
        ("\n{{ value.__class__ }}", r"mine\.js\.j2:2: .*unsafe"),
        ("\n{{ value.nothing }}", r"mine\.js\.j2:2: .*has no attribute 'nothing'"),
        ("{{ value + 1 }}", r"mine\.js\.j2:1: "),
        ("\n{% include '../../etc/passwd' %}", r"mine\.js\.j2:2: there is no template"),
        ("{{ day }}", r"mine\.js\.j2:1: a object has no JavaScript literal|mine\.js\.j2.*: a object"),
        ("{{ lipsum() }}", r"mine\.js\.j2:1: 'lipsum' is undefined"),
        ("{{ [1, 2] | random }}", r"mine\.js\.j2:1: No filter named 'random'"),
        ("{{ range(10000000) }}", r"mine\.js\.j2:1: "),
    ],
)
def test_an_error_names_template_line_and_variable(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        compile_custom(written(tmp_path, text, value="v", day=object()), origin="x.toml")


def test_the_spec_of_a_template_of_the_package_is_none_of_the_user_s(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('template = "palette"\n')
    assert load_custom(path, tmp_path) is None
    for word in ('"../mine"', '"none"', "3"):
        path.write_text(f"template = {word}\n")
        with pytest.raises(SpecError, match=r"a\.toml: there is no template .*: there is palette, mask, "):
            load_custom(path, tmp_path)


# In each, `{{ x }}` is printed in some way; `y` is another text.
CONSTRUCTS = [
    "const a = {{ x }};",
    'const a = "{{ x }}";',
    "const a = '{{ x }}';",
    "const a = `{{ x }}`;",
    "const a = `${ {{ x }} }`;",
    "// {{ x }}\nconst a = 1;",
    "/* {{ x }} */ const a = 1;",
    "const a = /{{ x }}/;",
    "const a{{ x }} = 1;",
    "{{ x }}",
    "{% filter upper %}const a = {{ x }};{% endfilter %}",
    "{% filter replace('X', x) %}const a = X;{% endfilter %}",
    "const a = {% filter string %}{{ x }}{% endfilter %};",
    "{% set z %}{{ x }}{% endset %}const a = {{ z }};",
    "{% set z | upper %}{{ x }}{% endset %}const a = {{ z }};",
    "{% set z %}{{ x }}{% endset %}const a = '{{ z }}';",
    "{% macro m(v) %}{{ v }}{% endmacro %}const a = {{ m(x) }};",
    "{% macro m(v) %}const a = {{ v }};{% endmacro %}{{ m(x) }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}const a = {{ x }};{% endcall %}",
    "{% call '{0}'.format(x) %}{% endcall %}",
    "const a = {% call x.strip() %}{% endcall %};",
    "{% autoescape true %}const a = {{ x }};{% endautoescape %}",
    "{% autoescape true %}{% set z %}{{ x }}{% endset %}{{ z }}{% endautoescape %}",
    "const a = {{ x | safe }};",
    "const a = {{ x | escape | safe }};",
    "const a = {{ x | tojson }};",
    "const a = {{ x | string | trim | upper }};",
    "const a = {{ 'b' ~ x ~ y }};",
    "const a = {{ '%s' | format(x) }};",
    "const a = {{ '%s' % x }};",
    "const a = {{ '{0}'.format(x) }};",
    "const a = {{ '{0}'.format_map({'0': x}) }};",
    "const a = {{ [x, y] | join('; ') }};",
    "const a = {{ [x, [y]] | list }};",
    "const a = {{ {'k': [x, y]} }};",
    "const a = {{ x | pprint }};",
    "const a = {{ x | urlize }};",
    "const a = {{ x | indent }};",
    "const a = {{ x | wordwrap(3) }};",
    "const a = {{ {'a': x} | xmlattr }};",
    "const a = {{ x[1:] }};",
    "const a = {{ x if y is string else 1 }};",
    "const a = [{% for c in [x, y] %}{{ c }},{% endfor %}];",
    "{% for c in [x, y] recursive %}const a{{ loop.index }} = {{ c }};{% endfor %}",
    "{% for c in [x] %}const a = {{ c }};{% endfor %}",
    "{% for c in [[x]] recursive %}{% if c is string %}{{ c }}{% else %}const a = {{ loop(c) }};{% endif %}{% endfor %}",
    "{% block b %}const a = {{ x }};{% endblock %}",
    "{% block b %}{{ x }}{% endblock %}\nconst a = {{ self.b() }};",
    "{% with z = x %}const a = {{ z }};{% endwith %}",
    "{{ x | commented }}\nconst a = 1;",
    "{{ x | commented }} const a = 1;",
    "const a = 1; {{ x | commented }}",
    "const a = `\n{{ x | commented }}\n`;",
    "const a = `{{ x | commented }}`;",
    "const a = '{{ x | commented }}';",
    "const a = {{ ('{0}' | commented).format(x) }};",
    "{{ ('{0}' | commented).format(x) }}\nconst a = 1;",
    "{{ ('b' | commented) ~ x }}\nconst a = 1;",
    "const a = {{ (x | commented) | upper }};",
    "const a = {{ (x | commented).text }};",
    "function f(sample) { return {{ x | read }}; }",
    "function f(sample) { return {{ ('{0}' | read).format(x) }}; }",
    "function f(sample) { return s{{ x | read }}; }",
    "function f(sample) { return `{{ x | read }}`; }",
    "function f(sample) { return {{ (x | read) ~ 'b' }}; }",
    "/* {{ x | read }} */ const a = 1;",
    "{% include 'part.js.j2' %}",
    "{% include ['none.js.j2', 'part.js.j2'] %}",
    "{% import 'part.js.j2' as p with context %}const a = {{ p }};",
    "{% from 'macros.js.j2' import m %}const a = {{ m(x) }};",
    "{% extends 'frame.js.j2' %}{% block b %}const a = {{ x }};{% endblock %}",
    "{% extends 'frame.js.j2' %}{% block b %}const a = '{{ x }}';{% endblock %}",
    "{% extends 'frame.js.j2' %}{% block b %}{{ super() }}{% endblock %}",
    "const a = {{ x.upper().join(['b', y]) }};",
    "const a = {{ x.replace('a', y) }};",
    "const a = {{ x | map('upper') | join }};",
    "const a = {{ [x] | map('string') | first }};",
    "{# {{ x }} #}const a = 1;",
    "{% raw %}const a = 1; // {{ x }}{% endraw %}",
    "const a = {{ x }}{{ y }};",
    "const a = {{ x }} + {{ y }};",
    "{% set ns = namespace(a=x) %}const a = {{ ns.a }};",
    "const a = {{ dict(b=x) }};",
    "const a = {{ lipsum() }};",
    "const a = {{ cycler(x).next() }};",
]
PARTS = {
    "part.js.j2": "const part = {{ x }};",
    "macros.js.j2": "{% macro m(v) %}{{ v }}{% endmacro %}",
    "frame.js.j2": "{% block b %}const frame = {{ x }};{% endblock %}",
}
RAW = (
    '"; evil(); "',
    "'; evil(); '",
    "`; evil(); `",
    "${evil()}",
    "\n evil();",
    "*/ evil(); /*",
    "/; evil(); /",
    "\\",
    "evil",
)


@pytest.mark.parametrize("text", CONSTRUCTS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(x=texts | st.sampled_from(RAW), y=texts | st.sampled_from(RAW))
def test_no_construct_prints_a_text_as_it_is(tmp_path: Path, text: str, x: str, y: str) -> None:
    for name, part in PARTS.items():
        (tmp_path / name).write_text(part)
    spec = written(tmp_path, text, x=x, y=y)
    try:
        plain = render_custom(written(tmp_path, text, x="a", y="b"))
    except TemplateError:
        with pytest.raises(TemplateError):
            render_custom(spec)
        return
    try:
        script = render_custom(spec)
    except TemplateError as error:  # some texts are no format, and some no template
        assert "JavaScript" not in str(error)
        return
    assert kinds(script) == kinds(plain)
    tree = parse(Source(script))
    assert "evil" not in {node.name for node in tree.of_type("Identifier")} - {x, y}


def kinds(text: str) -> list[str]:
    """What a script is made of: the kinds of its tokens, a member of `sample` being one."""
    tree = parse(Source(text))
    assert tree.root is not None
    assert not tree.faults
    found = [(token.kind, text[token.start : token.end]) for token in tree.tokens]
    words = " ".join(kind if kind in ("String", "Numeric", "Template") else word for kind, word in found)
    return re.sub(r"sample (?:\. [^\s]+|\[ String \])", "sample.B", words).split()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n{% filter upper %}{{ value }}{% endfilter %}", r":2: \{% filter %\} changes literals that are printed"),
        (
            "{% macro m() %}{% endmacro %}\n{% call m() %}{% endcall %}",
            r":2: \{% call %\} prints what it is given as it is",
        ),
        ("{% autoescape true %}{% endautoescape %}", r":1: \{% autoescape %\} is for HTML"),
        ('const a = 1;\nconst b = "{{ value }}";', r":2: \{\{ \}\} is inside quotes, but adds its own"),
        ("const a = `{{ value }}`;", r":1: \{\{ \}\} is inside backticks; put \$\{ \} around it"),
        ("const a = B{{ value }};", r":1: \{\{ \}\} touches a word, as `B\{\{ \}\}`; add a space"),
        ("const a = b.{{ value }};", r":1: \{\{ \}\} is a value where JavaScript expects a name"),
        ("\n\n{{ value | commented }} a();", r":3: \{\{ \}\} prints whole lines of comment"),
        (
            "const a = {{ value }} 1;",
            r"mine\.js\.j2: what it makes is not JavaScript: .*, in the line `const a = \{\{ \}\} 1;`",
        ),
        ("{% include 'part.js.j2' %}", r"part\.js\.j2:3: \{\{ \}\} is inside quotes"),
        ("{% from 'call.js.j2' import m %}", r"call\.js\.j2:2: \{% call %\}"),
    ],
)
def test_what_is_refused_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "part.js.j2").write_text('\n\nconst a = "{{ value }}";')
    (tmp_path / "call.js.j2").write_text("{% macro m() %}{% endmacro %}\n{% call m() %}{% endcall %}")
    with pytest.raises(TemplateError, match=message) as caught:
        compile_custom(written(tmp_path, text, value="v"), origin="x.toml")
    assert len(str(caught.value).splitlines()) == 1


def test_values_are_printed_where_they_may_stand(tmp_path: Path) -> None:
    text = (
        "//VERSION=3\n{{ note | commented }}\nconst TABLE = {{ table }}; // {{ note }}\n"
        "function setup() { return { input: [{ bands: {{ bands }} }], output: { bands: {{ bands | length }} } }; }\n"
        "function evaluatePixel(sample) { return [{% for band in bands %}{{ band | read }} -{{ gain }}, {% endfor %}]; }\n"
    )
    spec = written(tmp_path, text, note="a\nb */", table=[[1, {"a b": -0.5}]], bands=["B04", "x y"], gain=-2)
    assert compile_custom(spec, origin="x.toml").text.split("\n")[2:] == [
        "// a b * /",
        'const TABLE = [[1, { "a b": -0.5 }]]; // "a\\nb */"',
        'function setup() { return { input: [{ bands: ["B04", "x y"] }], output: { bands: 2 } }; }',
        'function evaluatePixel(sample) { return [sample.B04 -(-2), sample["x y"] -(-2), ]; }',
        "",
    ]


def test_a_release_of_jinja_that_joins_values_and_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render._Printed, "__str__", lambda self: "".join(self))
    render._sandbox.cache_clear()
    with pytest.raises(TemplateError, match=r"^Jinja2 .* does not tell values from text: install another release$"):
        render_custom(written(tmp_path, "const a = {{ value }};", value=1))
    render._sandbox.cache_clear()
