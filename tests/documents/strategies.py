"""Scripts of any text, hosts that hold them, written as the hosts' own writers do, and edits of the scripts."""

from __future__ import annotations

import html
import json
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nbformat
import yaml
from hypothesis import strategies as st

from oso_evalscript.model.text import Edit, Span

PIECES = (
    "a", "B04", " ", "  ", "\t", "\n", "\n\n", "\n    ", '"', "'", '"""', "'''", "`", "\\", "\\n", "\\u00e9", "\\\\", "{", "}",
    "{{", "}}", "{x}", "${", "${x}", "$x", "%", "%s", "%(x)s", "%%", "#", "//", "<", "</", "<b>", "&", "&amp;", "&lt;", ": ",
    " #", "- ", "é", "\u2028", "\x85", "\xa0", "😀", "\ufeff", "\x7f", "/", "\\'", "\\\"", "~", "|", ">", "0x", "@", "*",
)  # fmt: skip
"""What a host may have to escape, or may take for something else."""
CONTROLS = ("\x00", "\x01", "\x1b", "\r", "\r\n", "\x0b", "\x0c")


def _is_body(text: str) -> bool:
    return "*/" not in text and not text.endswith("*")


def bodies(*, controls: bool = True) -> st.SearchStrategy[str]:
    """Texts of comments."""
    pieces = st.sampled_from(PIECES + CONTROLS if controls else PIECES)
    return (
        st.lists(pieces | st.text(max_size=3), max_size=12)
        .map("".join)
        .filter(_is_body)
        .map(lambda text: text if controls else re.sub("[\x00-\x08\x0b-\x1f]", "", text))
    )


HEAD = "//VERSION=3\n/* "
TAIL = '*/\nfunction setup() {\n  return { input: ["B04"], output: { bands: 1 } };\n}\nfunction evaluatePixel(s) { return [s.B04]; }'


@st.composite
def scripts(draw: st.DrawFn, *, controls: bool = True) -> str:
    """Evalscripts that hold any text in a comment, with or without a line feed at their ends."""
    before, behind = (
        draw(st.sampled_from(["", "\n", "\n  ", "\t"])),
        draw(st.sampled_from(["", "\n", "\n\n", "  ", "\\"])),
    )
    return before + HEAD + draw(bodies(controls=controls)) + TAIL + ("//" + behind if behind == "\\" else behind)


@dataclass(frozen=True)
class Hosted:
    """A script in a host.

    Attributes:
        kind: of the host.
        text: of the host.
        script: as it is read there.
        computed: whether the program makes some of its characters.
    """

    kind: str
    text: str
    script: str
    computed: bool = False


Writer = Callable[[str], str]


def python_triple(script: str, quotes: str = '"""') -> str:
    """Return a Python literal in triple quotes, as people write them."""
    body = (
        script.replace("\\", "\\\\")
        .replace(quotes, "\\" + "\\".join(quotes))
        .replace("\r", "\\r")
        .replace("\x00", "\\0")
    )
    if body.endswith(quotes[0]):
        body = body[:-1] + "\\" + body[-1]
    return quotes + re.sub(r"\\0(?=[0-7])", r"\\x00", body) + quotes


def python_format(script: str) -> str:
    """Return a call that fills nothing in."""
    return repr(script.replace("{", "{{").replace("}", "}}")) + ".format()"


def python_f(script: str) -> str:
    """Return an f-string without fields, in triple quotes."""
    return "f" + python_triple(script.replace("{", "{{").replace("}", "}}"))


def python_parts(script: str) -> str:
    """Return several literals one behind the other."""
    third = len(script) // 3
    return f"({script[:third]!r} {python_triple(script[third : 2 * third])}\n    # more\n   {script[2 * third :]!r})"


PYTHON: dict[str, Writer] = {
    "repr": repr,
    "triple": python_triple,
    "single": lambda script: python_triple(script, "'''"),
    "json": lambda script: json.dumps(script, ensure_ascii=False),
    "f": python_f,
    "format": python_format,
    "parts": python_parts,
    "percent": lambda script: repr(script.replace("%", "%%")) + " % ()",
    "plus": lambda script: f"{script[:20]!r} + {python_triple(script[20:])}",
    "join": lambda script: f'"\\n".join([{", ".join(repr(line) for line in script.split(chr(10)))}])',
}
"""Expressions of Python that are worth a script."""


def javascript_template(script: str) -> str:
    """Return a template of JavaScript."""
    body = script.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${").replace("\r", "\\r")
    return f"`{body}`"


JAVASCRIPT: dict[str, Writer] = {
    "template": javascript_template,
    "double": lambda script: json.dumps(script, ensure_ascii=False),
    "ascii": json.dumps,
    "lines": lambda script: f"[{', '.join(json.dumps(line) for line in script.split(chr(10)))}].join('\\n')",
    "plus": lambda script: f"{json.dumps(script[:20])} +\n  {javascript_template(script[20:])}",
}
"""Expressions of JavaScript that are worth a script."""


def notebook(source: str, kind: str = "code", *, indent: int = 1) -> str:
    """Return a notebook with a cell between two others, as nbformat writes it."""
    first, last = nbformat.v4.new_markdown_cell("# A é\n"), nbformat.v4.new_code_cell("print(1)\n")
    make: Any = getattr(nbformat.v4, f"new_{kind}_cell")
    book = nbformat.v4.new_notebook(cells=[first, make(source), last])
    return json.dumps(json.loads(nbformat.writes(book)), ensure_ascii=False, indent=indent, sort_keys=True) + "\n"


def toml_string(script: str) -> str:
    """Return a basic string of TOML."""
    return json.dumps(script, ensure_ascii=False).replace("\x7f", "\\u007f")


def fence(script: str, prefix: str = "", first: str | None = None) -> str:
    """Return a block of code in Markdown, each of its lines behind a prefix."""
    marks = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", script) or [""]))
    lines = [f"{marks}js", *script.split("\n"), marks]
    return (prefix if first is None else first) + ("\n" + prefix).join(lines)


def rst_block(script: str) -> str:
    """Return a block of code in reStructuredText."""
    return (
        ".. code-block:: javascript\n\n"
        + textwrap.indent(script, "   ", lambda line: bool(line.strip()))
        + "\n\nMore.\n"
    )


@st.composite
def hosted(draw: st.DrawFn, held: st.SearchStrategy[str] | None = None) -> Hosted:
    """A script, any or one of those given, in a host of any kind that can hold any script."""
    script = draw(scripts() if held is None else held)
    kind = draw(st.sampled_from(["py", "js", "ts", "json", "yaml", "toml", "ipynb", "html"]))
    if kind == "py":
        name = draw(st.sampled_from(list(PYTHON)))
        return Hosted(kind, f"import os\nS = {PYTHON[name](script)}\nT = 'é'\n", script, name == "join")
    if kind in ("js", "ts"):
        name = draw(st.sampled_from(list(JAVASCRIPT)))
        return Hosted(
            kind, f"import x from 'y';\nexport const S = {JAVASCRIPT[name](script)};\n", script, name == "lines"
        )
    if kind == "json":
        indent, ascii_only = draw(st.sampled_from([None, 2, "\t"])), draw(st.booleans())
        return Hosted(
            kind, json.dumps({"é": [1], "S": script, "t": {"u": ["v"]}}, indent=indent, ensure_ascii=ascii_only), script
        )
    if kind == "yaml":
        style, width = draw(st.sampled_from([None, '"', "'", "|", ">"])), draw(st.sampled_from([20, 80, 10**6]))
        text = yaml.dump(
            {"a": ["é"], "S": script, "z": 1}, default_style=style, width=width, allow_unicode=draw(st.booleans())
        )
        return Hosted(kind, text, yaml.safe_load(text)["S"])  # PyYAML folds some texts into others
    if kind == "toml":
        return Hosted(kind, f"[a.b]\nS = {toml_string(script)}\nx = 'é'\n", script)
    if kind == "ipynb":
        name = draw(st.sampled_from(list(PYTHON)))
        text = notebook(f"S = {PYTHON[name](script)}\nt = 1", indent=draw(st.sampled_from([1, 2])))
        return Hosted(kind, text, script, name == "join")
    script = re.sub("\r\n?", "\n", script).replace("\x00", "")
    return Hosted(kind, f"<p>é</p>\n<textarea id=S>\n{html.escape(script)}</textarea>\n<p>b</p>", script)


@st.composite
def edits(draw: st.DrawFn, script: str, *, controls: bool = True) -> list[Edit]:
    """Edits of the text in the comment of a script, which it keeps."""
    start, end = script.index("/*") + 3, script.index("*/")
    cuts = sorted(draw(st.lists(st.integers(start, end), min_size=2, max_size=4)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    found = []
    for (low, high), following in zip(pairs, [*pairs[1:], (end + 1, end + 1)], strict=True):
        if high < following[0]:
            found.append(Edit(Span(low, high), draw(bodies(controls=controls))))
    return found
