"""No text of scripts, specs, tables, file names or options controls the terminal, or the log of a workflow."""

from __future__ import annotations

import io
import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from oso_evalscript.cli import main
from oso_evalscript.model.display import cells, escaped, to_json

FRAGMENTS = (
    "\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\x07", "\x08", "\r", "\n", "\x7f", "\x00", "\x85", "\u202e", "\u2066", "\u00ad",
    "\u061c", "\u2028", "\ufeff", "\U000e0041", "::error file=x::boo", "\n::stop-commands::x", "\r\n::add-mask::x", "##[error]x",
    "%0A::error::x", "\n##[add-path]x", "\t", "a", "é", "::", ":", " ", "[bold]", "土",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=4).map("".join)
"""Text that would move the cursor, hide or reverse what follows, begin a line, or command a workflow."""

_OURS = ("::error ", "::warning ", "::notice ")


@dataclass(frozen=True)
class Shown:
    """What a command has shown, and with which status it ended."""

    status: int
    out: str
    err: str


class Stream(io.TextIOWrapper):
    """Standard output or standard error, as a terminal if that is wanted."""

    def __init__(self, terminal: bool) -> None:
        self.bytes = io.BytesIO()
        self._terminal = terminal
        super().__init__(self.bytes, encoding="utf-8")

    def isatty(self) -> bool:
        return self._terminal


def call(*words: str, terminal: bool = False) -> Shown:
    """Call the command in this process."""
    out, err = Stream(terminal), Stream(terminal)
    status: object = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_COLOR", "1")
        patch.setenv("TERM", "dumb")
        patch.setattr("sys.argv", ["oso-evalscript", *words])
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        try:
            main()
        except SystemExit as ended:
            status = ended.code
    out.flush()
    err.flush()
    return Shown(int(str(status)), out.bytes.getvalue().decode(), err.bytes.getvalue().decode())


def dangers(text: str, *, commands: bool = False) -> list[str]:
    """What in a text controls a terminal or commands a workflow; `commands` of our own are expected."""
    found = [repr(char) for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
    found = [char for char in found if char != repr("\n")]
    for line in text.split("\n"):
        if line.strip().startswith("::") and not (commands and line.startswith(_OURS)):
            found.append(line)
        if "##[" in line:
            found.append(line)
    return found


def safe(*words: str, terminal: bool = False, inside: str = "") -> Shown:
    """Call the command, and fail where what it shows is dangerous, or does not show the hostile text `inside`."""
    shown = call(*words, terminal=terminal)
    assert not dangers(shown.out, commands="github" in words), (words, shown.out)
    assert not dangers(shown.err), (words, shown.err)
    assert "Traceback" not in shown.err
    assert "fault in oso-evalscript itself" not in shown.err, shown.err
    if inside:
        visible = [part for part in (escaped(inside), escaped(f"`{inside}")[1:]) if part]
        assert any(part in shown.out + shown.err for part in visible), (words, shown)
    return shown


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder to work in."""
    before = Path.cwd()
    with TemporaryDirectory() as name:
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)


def js(text: str) -> str:
    return json.dumps(text)


def script(setup: str, body: str, more: str = "") -> str:
    return f"//VERSION=3\n{more}function setup() {{ return {setup}; }}\nfunction evaluatePixel(s) {{ {body} }}\n"


@given(st.text(st.characters() | st.sampled_from("".join(FRAGMENTS))) | HOSTILE)
@example("::error::x")
@example(" ::error::x")
@example("##[error]x")
def test_what_is_shown_is_harmless(text: str) -> None:
    assert not dangers(escaped(text))
    assert escaped(escaped(text)) == escaped(text)
    assert not dangers("x" + escaped(text, first=False))
    assert not dangers("  12 | " + "".join(cells(text, 0, len(text))))
    assert not dangers(to_json({"key": [text]}))
    assert json.loads(to_json({"key": [text]})) == {"key": [text]}


@given(HOSTILE, st.integers(0, 12), st.integers(0, 12))
def test_stretches_of_a_line_are_harmless_together(text: str, first: int, second: int) -> None:
    low, high = sorted((first, second))
    parts = [(0, low), (low, high), (high, len(text))]
    assert not dangers("  12 | " + "".join(cell for start, end in parts for cell in cells(text, start, end)))


TESTS = [["test", "x.js", "--max-examples", "5", "--format", format_] for format_ in ("text", "json", "github")]


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
@example("\x1b[31m\u202e\n::error::x##[error]y")
def test_ids_of_outputs(text: str) -> None:
    setup = f'{{ input: ["dataMask"], output: [{{ id: {js(text)}, bands: 1 }}, {{ id: "b", bands: 1 }}] }}'
    with folder() as here:
        (here / "x.js").write_text(script(setup, f"return {{ [{js(text)}]: [NaN], b: [s.dataMask] }};"))
        (here / "y.js").write_text(script('{ input: ["dataMask"], output: { bands: 1 } }', "return [1];"))
        (here / "z.js").write_text(script(setup, f"return {{ [{js(text)}]: [1], b: [0] }};"))
        for words in TESTS:
            assert safe(*words).status == 1
        assert safe("diff", "x.js", "y.js", inside=text).status == 2  # they promise something else
        assert safe("diff", "x.js", "z.js", inside=text).status == 1
        assert safe("run", "x.js", "--size", "2", "-o", "o.npy", inside=text).status == 2
        assert safe("run", "x.js", "--size", "2", "-o", "o.npy", "--output", "nope", inside=text).status == 2
        assert safe("preview", "x.js", "--size", "2", "--output", "nope", inside=text).status == 2
        assert safe("run", "x.js", "--size", "2", "--explain-pixel", "0,0", inside=text).status == 0
        safe("run", "x.js", "--size", "2")
        for format_ in ("text", "concise", "github", "json", "sarif"):
            safe("lint", "x.js", "--format", format_)


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
@example("\x9b31m\r\n::error::x")
def test_what_scripts_throw_log_and_hand_over(text: str) -> None:
    one = '{ input: ["dataMask"], output: { bands: 1 } }'
    bodies = [
        (f"throw new Error({js(text)});", ""),
        (f"throw {js(text)};", ""),
        (f"console.log({js(text)}, {{ [{js(text)}]: {js(text)} }}); return [1];", ""),
        (f"return {{ [{js(text)}]: {js(text)} }};", ""),
        ("return [1];", f"function updateOutputMetadata(a, b, c) {{ c.userData = {{ [{js(text)}]: {js(text)} }}; }}\n"),
        ("return [1];", f"function preProcessScenes(c) {{ throw new Error({js(text)}); }}\n"),
        ("return [1];", f"throw new RangeError({js(text)});\n"),
        (f"return eval({js(text)});", ""),
    ]
    with folder() as here:
        for body, more in bodies:
            (here / "x.js").write_text(script(one, body, more))
            for words in TESTS:
                safe(*words)
            safe("run", "x.js", "--size", "2")
            safe("run", "x.js", "--size", "2", "--explain-pixel", "0,0")
            safe("preview", "x.js", "--size", "2")
            safe("diff", "x.js", "x.js")


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
@example("\x1b[1mB\u202e")
def test_what_setup_returns(text: str) -> None:
    setups = [
        f"{{ input: [{js(text)}], output: {{ bands: 1 }} }}",
        f'{{ input: [{{ bands: ["B04"], units: {js(text)} }}], output: {{ bands: 1 }} }}',
        f'{{ input: [{{ bands: ["B04"], datasource: {js(text)} }}], output: {{ bands: 1 }} }}',
        f'{{ input: ["B04"], output: {{ bands: 1, sampleType: {js(text)} }} }}',
        f'{{ input: ["B04"], output: {{ bands: 1 }}, mosaicking: {js(text)} }}',
        f'{{ input: ["B04"], output: {{ id: {js(text)}, bands: {js(text)} }} }}',
        js(text),
    ]
    with folder() as here:
        for setup in setups:
            (here / "x.js").write_text(script(setup, f"return [s[{js(text)}]];"))
            safe(*TESTS[0])
            safe(*TESTS[2])
            safe("run", "x.js", "--size", "2")
            safe("run", "x.js", "--size", "2", "--explain-pixel", "0,0")
            safe("diff", "x.js", "x.js", "--max-examples", "5")
            safe("lint", "x.js")


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(HOSTILE.filter(lambda text: "\0" not in text))
@example("\n::error::x")
@example("::error file=y::x")
def test_names_of_files(text: str) -> None:
    name = f"{text}.js"
    palette = script('{ input: ["dataMask"], output: { bands: 1 } }', "return [NaN];")
    with folder() as here:
        (here / name).write_text(palette)
        (here / "broken.js").write_text(palette + "}")
        (here / "sub").mkdir()
        (here / "sub" / name).write_text(palette + "}")
        named = f"./{name}"
        for format_ in ("text", "json", "github"):
            for target in (name, named, "sub"):
                safe("test", "--format", format_, "--", target)
        for words in (["run", "--size", "2"], ["preview", "--size", "2"], ["lint"], ["lint", "--format", "concise"],
                      ["lint", "--format", "github"], ["lint", "--diff"], ["build"], ["palette"], ["export", "--to", "csv"]):  # fmt: skip
            for target in (name, named, f"sub/{name}", f"none{name}"):
                safe(*words, "--", target)
        safe("diff", "--", name, f"sub/{name}")
        safe("diff", "--", name, f"none{name}")
        safe("run", "--size", "2", "-o", f"{text}.npy", "--", named)
        safe("run", "--size", "2", "-o", f"{text}/{text}.npy", "--", named)
        safe("run", "--input", f"{text}.npz", "--", named)
        safe("test", "broken.js", name, "--", name, f"--{name}")


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(HOSTILE.filter(lambda text: "\0" not in text))
@example("\x1b[31m")
def test_values_of_options(text: str) -> None:
    with folder() as here:
        (here / "x.js").write_text(script('{ input: ["B04"], output: { bands: 1 } }', "return [1];"))
        np.savez(here / "x.npz", B04=np.ones((2, 2)))
        for option in ("output", "collection", "units", "order", "size", "seed", "input", "timeout", "memory", "dates", "explain-pixel"):  # fmt: skip
            safe("run", "x.js", f"--{option}", text)
            safe("run", "x.js", f"--{option}={text}", "--input", "x.npz")
        for option in ("property", "exhaustive", "max-examples", "seed", "collection", "nomenclature", "format"):
            safe("test", "x.js", "--max-examples", "2", f"--{option}={text}")
        for option in ("tolerance", "collection", "max-examples", "seed"):
            safe("diff", "x.js", "x.js", "--max-examples", "2", f"--{option}={text}")
        safe("preview", "x.js", f"-o{text}")
        safe("preview", "x.js", f"-o{text}.png", f"--output={text}")
        for command in ("run", "test", "diff", "preview", "lint", "build", "export", "palette", "explain", "rules"):
            safe(command, f"--{text}")
            safe(command, f"--no{text}=1", "x")
        safe(text)
        safe("explain", text)
        safe("lint", "x.js", "--select", text)
        safe("export", "oso-23", "--to", text)


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
@example("\x1b[31mA\u202e")
def test_specs_and_tables(text: str) -> None:
    quoted = text.replace('"', '""')
    with folder() as here:
        (here / "t.csv").write_text(
            f'code,label,color\n1,"{quoted}",#ff0000\n2,B{quoted!r},#00ff00\n'.replace("\0", "")
        )
        (here / "bad.csv").write_text(f'code,label,color\n"{quoted}",A,#ff0000\n'.replace("\0", ""))
        (here / "worse.csv").write_text(f'{text}\n"{quoted}",A,"{quoted}"\n')
        (here / "x.toml").write_text(f'template = "palette"\nnomenclature = "t.csv"\nband = "B1"\ntitle = {js(text)}\n')
        (here / "y.toml").write_text('template = "palette"\nnomenclature = "t.csv"\nband = "B1"\n')
        (here / "z.toml").write_text(f"template = {js(text)}\nnomenclature = {js(text)}\n{js(text)} = {js(text)}\n")
        for words in (["build", "."], ["build", "--summary", "."], ["build", "x.toml"], ["build", "z.toml"]):
            safe(*words)
        for name in ("t.csv", "bad.csv", "worse.csv", "x.toml", "z.toml"):
            safe("palette", name)
            safe("palette", name, terminal=True)
            for target in ("csv", "qml", "sld", "gdal", "svg", "stac"):
                safe("export", name, "--to", target, terminal=True)
        safe("build", "--stdout", "y.toml", terminal=True)
        safe("build", "--check", "y.toml", terminal=True)
        (here / "y.js").write_text(
            script('{ input: ["B1", "dataMask"], output: { bands: 4 } }', "return [0, 0, 0, NaN];")
        )
        for words in TESTS:
            safe(*(word.replace("x.js", "y.js") for word in words))
        (here / "z.js").write_text(f"// oso: nomenclature {text}\n" + (here / "y.js").read_text())
        safe("test", "z.js", "--max-examples", "2")
        safe("lint", "z.js")
        safe("lint", "--fix", "--diff", "z.js", terminal=True)


def test_the_harness_sees_what_is_dangerous() -> None:
    assert dangers("a\x1b[31m")
    assert dangers("ok\n  ::error::x")
    assert dangers("::error file=a::x")
    assert not dangers("::error file=a::x", commands=True)
    assert dangers("x ##[error]y")
    assert not dangers("plain text\nof two lines: a::b")
    assert sys.stdout is not None
