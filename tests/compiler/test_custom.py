"""A user's own templates: values stay values, and errors name the place."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oso_evalscript import Program
from oso_evalscript.compiler.custom import CustomSpec, load_custom
from oso_evalscript.compiler.render import compile_custom
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.errors import SpecError, TemplateError

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
