"""Python: what strings are put together from, what fills them in, and what they are called."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from oso_evalscript.documents.embedded import Embedded, find_scripts
from oso_evalscript.model.text import Edit, Source, Span
from tests.documents.strategies import python_triple

HEAD = "//VERSION=3\nfunction setup() { return { input: [BANDS], output: { bands: 1 } }; }\n"
SCRIPT = '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [s.B04]; }\n'


def only(text: str) -> Embedded:
    found = find_scripts(text=text, kind="py")
    assert len(found) == 1, (found, text)
    return found[0]


def known(found: Embedded) -> bool:
    return not found.source.unknown


# What the text is

CONSTANTS = '''
import inspect, json, textwrap
from string import Template
NAME = "B08"
NUMBER = 0.25
COUNT = 3
BANDS = ["B04", "B08"]
PAIR = ("a", 'b')
QUOTED = f'"{NAME}"'
LONG = """
function helper(a) {
  return a * 2;
}
"""
'''
VALUES = (
    "NAME", "NUMBER", "COUNT", "COUNT + 1", "-NUMBER", "len(BANDS)", "json.dumps(BANDS)", "BANDS", "', '.join(BANDS)", "LONG",
    "', '.join(f'\"{b}\"' for b in BANDS)", "', '.join(['s.' + b for b in BANDS])", "BANDS[1]", "PAIR[0]", "PAIR", "QUOTED",
    "NAME.lower()", "str(COUNT)", "'x'", "3", "NAME + '_' + NAME", "repr(NAME)",
)  # fmt: skip
BODY = "//VERSION=3\nfunction setup() {{ return {{ a: 1 }}; }}\nfunction evaluatePixel(s) {{ /* 100%% $ */ return [1]; }}\n"


@st.composite
def fillings(draw: st.DrawFn) -> str:
    """Expressions that put a script together from constants."""
    values = draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=3))
    form = draw(
        st.sampled_from(
            ["f", "format", "named", "percent", "dictionary", "template", "replace", "plus", "join", "dedent", "clean"]
        )
    )
    spec = draw(st.sampled_from(["", "", "!s", "!r", ":>4", ":", "=" * (form == "f")]))
    marks = [f"/* {number} */" for number in range(len(values))]
    single = BODY.replace("{{", "{").replace("}}", "}").replace("%%", "%")
    comment = "\n".join(marks)
    if form == "f":
        body = BODY.replace("%%", "%") + "\n".join(f"// {{{value}{spec}}}" for value in values)
        return "f" + python_triple(body)
    if form in ("format", "named"):
        spec = "" if spec == "=" else spec
        keys = [""] * len(values) if form == "format" else [f"k{number}" for number in range(len(values))]
        body = BODY.replace("%%", "%") + "\n".join(f"// {{{key}{spec}}}" for key in keys)
        return f"{body!r}.format({', '.join(f'{key}={value}' if key else value for key, value in zip(keys, values, strict=True))})"
    if form == "percent":
        return f"{(single.replace('%', '%%') + '//' + ' %s' * len(values))!r} % ({', '.join(values)},)"
    if form == "dictionary":
        body = single.replace("%", "%%") + "//" + "".join(f" %(k{number})s" for number in range(len(values)))
        return f"{body!r} % {{{', '.join(f'{chr(39)}k{number}{chr(39)}: {value}' for number, value in enumerate(values))}}}"
    if form == "template":
        body = (
            single.replace("$", "$$") + "//" + "".join(f" ${{k{number}}} $k{number}" for number in range(len(values)))
        )
        return (
            f"Template({body!r}).substitute({', '.join(f'k{number}={value}' for number, value in enumerate(values))})"
        )
    if form == "replace":
        calls = "".join(f".replace({mark!r}, str({value}))" for mark, value in zip(marks, values, strict=True))
        return python_triple(single + comment) + calls
    if form == "plus":
        return f"{single!r} + {' + '.join(f'str({value})' for value in values)} + '\\n'"
    if form == "join":
        return f"'\\n// '.join([{single!r}, {', '.join(f'str({value})' for value in values)}])"
    indented = textwrap.indent(single, "      ") + "    "
    return f"{'textwrap.dedent' if form == 'dedent' else 'inspect.cleandoc'}({python_triple(chr(10) + indented)})"


def run(code: str) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    try:
        exec(compile(code, "<test>", "exec"), scope)
    except TypeError:  # such as a width for a list
        reject()
    return scope


@given(fillings())
def test_what_constants_fill_in_is_what_python_makes_of_it(expression: str) -> None:
    code = f"{CONSTANTS}\nscript = {expression}\n"
    scope = run(code)
    found = next(item for item in find_scripts(text=code, kind="py") if item.name == "script")
    if known(found):
        assert found.source.text == scope["script"]
    else:  # a format that is not plain
        assert "!r" in expression or "=" in expression or ":" in expression or "str(" in expression


@given(fillings())
def test_what_is_filled_in_cannot_be_edited_and_the_rest_can(expression: str) -> None:
    code = f"{CONSTANTS}\nscript = {expression}\n"
    run(code)
    found = next(item for item in find_scripts(text=code, kind="py") if item.name == "script")
    changed = found.edited([Edit(Span(0, 0), '// "é" {x} %s $y\n')])
    assert changed is not None
    assert changed.source.text == '// "é" {x} %s $y\n' + found.source.text
    scope = run(changed.document.source.text)
    assert not known(changed) or scope["script"] == changed.source.text


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        (
            'f"""//VERSION=3\nfunction setup() {{ return {{ input: ["{band}"], output: {{ bands: {n} }} }}; }}\n"""',
            ["__BAND__", "__N__"],
        ),
        ('f"""//VERSION=3\nlet a = [{x}, {y!r}], b = {z:.2f};"""', ["...__X__", "...__Y__", "__Z__"]),
        ('f"""//VERSION=3\nlet a = {d["k"]}, b = {f"{x}"}, c = {x if x else "}"}, e = {(lambda: 1)};"""', None),
        ('f"""//VERSION=3\nlet a = {x=};"""', ["__X__"]),
        ('"//VERSION=3\\nlet a = %s, b = %(c)s;" % x', ["__0__", "__C__"]),
        ('"//VERSION=3\\nlet a = {};".format(*x)', ["__0__"]),
        ('"//VERSION=3\\nlet a = {a.b[0]};".format(a=x)', ["__A_B_0__"]),
        ('Template("//VERSION=3\\nlet a = $a, b = ${b}, c = $$;").substitute(x)', ["__A__", "__B__"]),
        ('"//VERSION=3\\nlet a = __A__;".replace("__A__", x)', ["__A__"]),
        ('"//VERSION=3\\nlet a = " + x + ";"', ["__X__"]),
        ('"".join(["//VERSION=3\\nlet a = ", x, ";"])', ["__X__"]),
        ('rf"//VERSION=3{x}" "\\nlet a = 1;"', ["__X__"]),
    ],
)
def test_what_is_not_known_is_a_placeholder(code: str, unknown: list[str] | None) -> None:
    found = only(f"def f(x, y, z, band, n, d):\n    return {code}\n")
    assert found.found.settled.reads, found.source.text
    assert found.name == "f"
    if unknown is not None:
        assert [found.source.slice(span) for span in found.source.unknown] == unknown


@pytest.mark.parametrize(
    ("code", "reads"),
    [
        ("T.format(a=1)", "let a = 1;"),
        ("T.format(a=x)", "let a = __A__;"),
        ("T.format(a=1) + T.format(a=2)", "let a = __A__;"),
        ("f(T)", "let a = __A__;"),
        ("obj.T.format(a=1)", "let a = 1;"),
    ],
)
def test_a_template_is_filled_in_where_its_name_is_used(code: str, reads: str) -> None:
    text = f'T = """//VERSION=3\nfunction setup() {{{{ return {{{{}}}} }}}}\nlet a = {{a}};"""\n{code}\n'
    found = only(text)
    assert found.source.text.endswith(reads)
    assert "{{" not in found.source.text


def test_a_constant_is_one_that_is_bound_once() -> None:
    body = 'S = f"""//VERSION=3\nlet a = {A}; let b = {B};"""'
    for code, expected in {
        "A = 1\nB = 2\n": "let a = 1; let b = 2;",
        "A = 1\nA = 3\nB: int = 2\n": "let a = __A__; let b = 2;",
        "A = 1\nfor B in x: pass\n": "let a = 1; let b = __B__;",
        "A, B = 1, 2\n": "let a = 1; let b = 2;",
        "A = [1]\nA.append(2)\nB = 2\n": "let a = __A__; let b = 2;",
        "A = 1\nA += 1\nB = 2\ndef f():\n    global B\n    B = 3\n": "let a = __A__; let b = __B__;",
        "import A\nfrom x import B\n": "let a = __A__; let b = __B__;",
        "def f(A):\n    A = 1\nA = 2\nB = 3\n": "let a = 2; let b = 3;",
    }.items():
        assert only(code + body).source.text.endswith(expected), code


def test_parameters_and_locals_hide_constants() -> None:
    text = 'A = 1\nB = 2\ndef f(A):\n    B = 3\n    return f"""//VERSION=3\nlet a = {A}; let b = {B};"""\n'
    assert only(text).source.text.endswith("let a = __A__; let b = 3;")
    text = 'A = 1\nclass C:\n    A = 2\n    S = f"""//VERSION=3\nlet a = {A};"""\n    def f(self):\n        return f"""//VERSION=3\nlet a = {A};"""'
    assert [item.source.text[-10:] for item in find_scripts(text=text, kind="py")] == ["let a = 2;", "let a = 1;"]


def test_parts_that_are_put_together_count_once() -> None:
    body = SCRIPT.removeprefix("//VERSION=3\n")
    text = f'BODY = """{body}"""\nSCRIPT = "//VERSION=3\\n" + BODY\n'
    found = only(text)
    assert (found.name, found.source.text) == ("SCRIPT", SCRIPT)
    place = found.host_span(Span(SCRIPT.index("evaluatePixel"), SCRIPT.index("evaluatePixel") + 13))
    assert text[place.start : place.end] == "evaluatePixel"
    assert found.position(SCRIPT.index("evaluatePixel")).line == 2


def test_what_follows_in_a_block_is_appended() -> None:
    text = f'def f(n):\n    s = """//VERSION=3\nlet x = 1;\n"""\n    s += {SCRIPT[12:]!r}\n    if n:\n        s += g(n)\n    return s\n'
    found = only(text)
    assert found.source.text.startswith("//VERSION=3\nlet x = 1;\nfunction setup()")
    assert len(found.source.unknown) == 1


def test_marks_that_are_replaced_somewhere_are_placeholders() -> None:
    text = f'''
def make(template, expr):
    script = template
    script = script.replace("%EXPR%", expr)
    return script.replace("\\n", " ").replace("'", '"').replace("B04", "B08")
T = """{SCRIPT.replace("s.B04", "%EXPR%, __MASK__")}"""
'''
    found = only(text)
    assert [found.source.slice(span) for span in found.source.unknown] == ["...__EXPR__", "...__MASK__"]
    assert '"B04"' in found.source.text


# Which strings

NAMES = {
    "S = {}": "S",
    "S: str = {}": "S",
    "self.evalscript = {}": "evalscript",
    "d['ndvi'] = {}": "ndvi",
    "d = {{'a': 1, 'ndvi': {}}}": "ndvi",
    "f(1, evalscript={})": "evalscript",
    "def f(a, script={}): pass": "script",
    "def f(*, script={}): pass": "script",
    "def ndvi():\n    if x:\n        return {}": "ndvi",
    "A, B = 1, {}": "B",
    "S = [{}, 1]": "S",
    "S = {} if x else None": "S",
    "S = clean({})": "S",
    "S = {}.strip()": "S",
    "(S := {})": "S",
    "f({}, 1)": None,
    "{}": None,
    "class C:\n    S = {}": "S",
    "S = lambda: {}": "S",
}


@pytest.mark.parametrize("code", NAMES)
def test_a_script_is_called_what_it_is_bound_to(code: str) -> None:
    found = only(code.replace("{{", "{").replace("}}", "}").replace("{}", repr(SCRIPT)))
    assert found.name == NAMES[code]
    assert found.source.text.strip() == SCRIPT.strip()


def test_what_is_no_script_is_not_found() -> None:
    text = f'''
"""How evaluatePixel and //VERSION=3 work."""
HEADER = "//VERSION=3\\n"
FUNCTION = """function evaluatePixel(s) {{ return [s.B04]; }}"""
BYTES = b"""{SCRIPT}"""
NOTE = "evalscript"
print("VERSION=3", f"{{x}} evaluatePixel")
assert "//VERSION=3" in x
EMPTY = f"//VERSION=3{{x}}{{y}}"
COMMENTED = "//VERSION=3\\n// nothing more"
# {json.dumps(SCRIPT)}
'''
    assert find_scripts(text=text, kind="py") == ()


def test_a_string_that_holds_a_host_is_read_as_one() -> None:
    code = f"def f():\n    '''Doc.\n\n    {textwrap.indent(SCRIPT, '    ')}'''\n    s = \"\"\"{SCRIPT}\"\"\"\n"
    hosts = {
        "json": json.dumps({"input": {}, "evalscript": SCRIPT}),
        "python": f"A = '''{SCRIPT}'''\n",
        "html": f"<pre id=x>{SCRIPT}</pre>",
        "markdown": f"Text.\n\n```js\n{SCRIPT}```\n",
        "javascript": f"import a from 'b';\nconst s = `{SCRIPT}`;",
    }
    for kind, inner in hosts.items():
        found = only(f"x = 1\nS = {inner!r}\n")
        assert found.source.text == SCRIPT, kind
        changed = found.edited([Edit(Span(0, 0), '// "é"\n')])
        assert changed is not None, kind
        assert changed.source.text.startswith('// "é"\n//VERSION')
    found = only(f"S = {code!r}\n")
    assert (found.name, found.source.text) == ("s", SCRIPT)


def test_documentation_may_show_a_script() -> None:
    indented = textwrap.indent(SCRIPT, "        ", lambda line: bool(line.strip()))
    assert only(f'def f():\n    """Example::\n\n{indented}\n    """\n').source.text.rstrip() == SCRIPT.rstrip()
    for lead in ("Example::", "Example:"):
        text = f'def f():\n    """Return something.\n\n    {lead}\n\n{indented}\n    More text.\n    """\n'
        found = only(text)
        assert found.source.text == SCRIPT
        changed = found.edited([Edit(Span(0, 0), "// a\n")])
        assert changed is not None
        assert "\n        // a\n        //VERSION=3\n" in changed.document.source.text


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_endings_and_a_mark_at_the_beginning(newline: str) -> None:
    text = f'# é😀\nS = """{SCRIPT}"""\n'.replace("\n", newline)
    from oso_evalscript.documents.embedded import Document

    document = Document.of(Source.decode(b"\xef\xbb\xbf" + text.encode(), "a.py"), "py")
    (found,) = document.scripts
    assert found.source.text == SCRIPT
    assert found.line == 2
    changed = found.edited([Edit(Span(12, 12), "\n// a\n")])
    assert changed is not None
    assert (
        changed.document.source.encode()
        == b"\xef\xbb\xbf" + text.replace(f"VERSION=3{newline}", f"VERSION=3{newline}{newline}// a{newline}").encode()
    )


def test_two_scripts_in_one_line_and_none_in_broken_code() -> None:
    first, second = find_scripts(text=f"A, B = {SCRIPT!r}, {SCRIPT!r}", kind="py")
    assert (first.name, first.line, second.name, second.line) == ("A", 1, "B", 1)
    assert first.host_span(Span(0, 1)).start < second.host_span(Span(0, 1)).start
    for text in ("def f(:\n", "print 'a'\n", "if x:\n\tpass\n        pass\n"):
        (loose,) = find_scripts(text=f"S = f'''{SCRIPT.replace('{', '{{').replace('}', '}}')}'''\n{text}", kind="py")
        assert (loose.name, loose.source.text) == ("S", SCRIPT)
        assert loose.edited([Edit(Span(0, 0), "// a\n")]) is None
    for text in ('"""//VERSION=3', "'\\", "f'{", "\x00VERSION", "(" * 300 + "'//VERSION=3 a'", "VERSION = [" * 2000):
        assert find_scripts(text=text, kind="py") == ()


def test_a_docstring_of_both_markups_holds_a_script_once() -> None:
    indented = textwrap.indent(SCRIPT, "        ")
    text = f'def f():\n    """Send it.\n\n    Example::\n\n{indented}\n    ```js\n{textwrap.indent(SCRIPT, "    ")}    ```\n    """\n'
    assert [(item.line, item.source.text) for item in find_scripts(text=text, kind="py")] == [(6, SCRIPT), (11, SCRIPT)]
