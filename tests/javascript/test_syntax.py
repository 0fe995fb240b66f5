from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oso_evalscript.javascript import syntax
from oso_evalscript.javascript.syntax import Tree, children, parse, span, walk
from oso_evalscript.model.text import LARGEST, Source
from tests.conftest import ROOT
from tests.strategies import code


def tree_of(text: str) -> Tree:
    return parse(Source(text))


def broken(text: str) -> list[str]:
    tree = tree_of(text)
    return [tree.source.slice(place) for place in tree.broken]


def faults(text: str) -> list[tuple[str, str]]:
    tree = tree_of(text)
    return [(tree.source.slice(fault.span), fault.message) for fault in tree.faults]


@given(code | st.text())
@example("`${}`")
@example("/* never closed")
@example("'\\")
@example("0x")
@example("\ufeff")
def test_any_text_gives_a_tree(text: str) -> None:
    tree = tree_of(text)
    assert tree.root is not None or tree.faults or tree.broken
    for place in (*tree.broken, *(fault.span for fault in tree.faults)):
        assert 0 <= place.start <= place.end <= len(text)
    for node in tree.nodes:
        assert 0 <= node.range[0] <= node.range[1] <= len(text)
    for comment in tree.comments:
        assert text[comment.start : comment.end].startswith(("//", "/*", "#!", "<!--", "-->"))


@given(code)
def test_no_message_holds_a_line_number_or_a_class_name(text: str) -> None:
    for fault in tree_of(text).faults:
        assert "Line " not in fault.message
        assert "ILLEGAL" not in fault.message or fault.message.startswith("unexpected")


def test_parents_come_before_children_in_the_order_of_the_text() -> None:
    tree = tree_of("const f = (a, { b = 1 }) => [a, ...b];\nfor (const x of f(1)) { x.y?.z ?? `t${x}`; }")
    assert tree.root is not None
    seen: set[int] = set()
    for node in walk(tree.root):
        seen.add(id(node))
        below = children(node)
        assert not seen & {id(child) for child in below}
        assert [child.range[0] for child in below] == sorted(child.range[0] for child in below)
        assert all(node.range[0] <= child.range[0] <= child.range[1] <= node.range[1] for child in below)


@pytest.mark.parametrize("path", sorted((ROOT / "evalscripts").glob("*.js")), ids=lambda path: path.name)
def test_sound_scripts_have_no_faults(path: Path) -> None:
    tree = parse(Source.read(path))
    assert tree.root is not None
    assert (tree.broken, tree.faults) == ((), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[3, 0ffaaff]", ["0ffaaff"]),
        ("[12, 0 aaaa61]", ["0 aaaa61"]),
        ("[0 aa, 0ffaaff, 12ab]", ["0 aa", "0ffaaff", "12ab"]),
        ("[0\naaaa61]", ["0\naaaa61"]),
        ("[0e1f2a]", ["0e1f2a"]),
        ("[0 123456]", ["0 123456"]),
        ("[0x ffaaff, 0x]", ["0x ffaaff", "0x"]),
        ("f(0 aaaa61 / 2)", ["0 aaaa61"]),
        ("f(0 808080); g(1 2)", ["0 808080", "1 2"]),
        ("x = 0xffaaf f", ["0xffaaf f"]),
        ("[0×ffaaff, 2×3]", ["0×ffaaff"]),
        ("[0\u200bxffaaff]", ["0\u200bxffaaff"]),
        ("[０xffaaff, 0хffaaff, 0xff\uff41\uff41ff]", ["０xffaaff", "0хffaaff", "0xff\uff41\uff41ff"]),
        ("[0x#ffaaff, 0#ffaaff, 0x#003200]", ["0x#ffaaff", "0#ffaaff", "0x#003200"]),
        ("[#0xffaaff, #003200, #0819eb]", ["#0xffaaff", "#003200", "#0819eb"]),
        ("class A { #b = 1; f() { return #b in this } } 0x", ["0x"]),
        ("[16.711.935]", ["16.711.935"]),
        ("x = { 3: 0\nxffaaff, 4: 0x\nffaaff }", ["0\nxffaaff", "0x\nffaaff"]),
        ("f(0x); switch (a) { case 3: 0\nfade = 3 }", ["0x"]),
        ("x = 0\nfade = 3", []),
        ("{ x = 0\nfade = 3 }", []),
        ("[0 /* a */ ]", []),
        ("for (const a of 0 in b ? [] : []) {}", []),
        ('"0 aaaa61" // 0ffaaff', []),
    ],
)
def test_broken_numbers(text: str, expected: list[str]) -> None:
    assert broken(text) == expected


def test_a_placeholder_stands_for_a_broken_number_and_moves_nothing() -> None:
    text = "const c = [[1, 0ffaaff], [2, 0 aaaa61]];\nconst after = c;"
    tree = tree_of(text)
    literals = [node for node in tree.nodes if node.type == "Literal"]
    assert [tree.is_placeholder(node) for node in literals] == [False, True, False, True]
    last = [node for node in tree.nodes if node.type == "Identifier"][-1]
    assert tree.source.slice(span(last)) == "c"
    assert span(last).start == text.rindex("c;")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(1 x)", [("x", "unexpected `x`: a comma is missing before it")]),
        ("({ a: 1 b: 2 })", [("b", "unexpected `b`: a comma is missing before it")]),
        ("({ a: 1\n b: 2 })", [("b", "unexpected `b`: a comma is missing before it")]),
        ("[[1, 2], [3 x]]", [("x", "unexpected `x`: a comma is missing before it")]),
        ("for (let i = 0 i < 3; i++) {}", [("i", "unexpected `i`")]),
        ("let x = ; let y = ;", [(";", "unexpected `;`")]),
        ("function f() { if (a) {", [("{", "this bracket is never closed")]),
        ("let x =", [("=", "the text ends in the middle of a statement")]),
        ('"abc\nlet a', [('"abc', 'the string is not closed: a " is missing before the end of the line')]),
        ("let a; /* abc", [("/* abc", "the comment is not closed: `*/` is missing")]),
        ("let a = `abc", [("`abc", "the template string is not closed: a ` is missing")]),
        ("a × b", [("×", "unexpected character `×` (U+00D7)")]),
        ("\x00", [("\x00", "unexpected character (U+0000)")]),
        ("return 1", []),
        ("if (a) { return [1]; }\nreturn [2];", []),
    ],
)
def test_faults(text: str, expected: list[tuple[str, str]]) -> None:
    assert faults(text) == expected


def test_several_faults_are_found_at_once_and_the_rest_is_still_read() -> None:
    tree = tree_of("let s = “a”;\nconst c = [0ffaaff];\nfunction evaluatePixel() {}")
    assert [tree.source.slice(fault.span) for fault in tree.faults] == ["“a”"]
    assert len(tree.broken) == 1
    assert any(node.type == "FunctionDeclaration" for node in tree.nodes)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000 + "]" * 10_000,
        "(" * 10_000 + "1" + ")" * 10_000,
        "if (a) {} " + "else if (a) {} " * 5_000,
        "{" * 10_000 + "}" * 10_000,
        "a + " * 10_000 + "1",
    ],
    ids=["brackets", "parentheses", "else if", "blocks", "sum"],
)
def test_deep_nesting_is_read(text: str) -> None:
    limit = sys.getrecursionlimit()
    begun = time.process_time()
    tree = tree_of(text)
    assert tree.root is not None
    assert not tree.faults
    assert sys.getrecursionlimit() == limit
    assert time.process_time() - begun < 5


def test_endless_nesting_is_one_fault() -> None:
    begun = time.process_time()
    tree = tree_of("[" * 110_000 + "]" * 110_000)
    assert tree.root is None
    assert [fault.message for fault in tree.faults] == ["nested too deeply to be parsed, by V8 as well"]
    assert time.process_time() - begun < 30  # about 2 s on an idle machine; without end if it were quadratic


def test_a_large_text_is_not_read() -> None:
    tree = tree_of("x" * (LARGEST + 1))
    assert tree.root is None
    assert tree.faults[0].message == "the text has 1,000,001 characters; the limit is 1,000,000"
    assert tree.comments == ()


def test_the_old_distribution_of_esprima_is_refused_in_one_sentence(tmp_path: Path) -> None:
    package = tmp_path / "esprima"
    package.mkdir()
    (package / "__init__.py").write_text("from . import nodes, tokenizer\n")
    (package / "nodes.py").write_text("class Node: ...\n")
    (package / "tokenizer.py").write_text("class Tokenizer: ...\n")
    script = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; sys.argv = ['oso-evalscript', 'lint', 'tests']\n"
        "from oso_evalscript.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip uninstall -y esprima esprima2 && pip install esprima2" in done.stderr
    assert "Traceback" not in done.stderr


def test_meta_properties_can_be_walked() -> None:
    tree = parse(Source("const here = import.meta.url; function f() { return new.target; }"))
    assert sum(node.type == "MetaProperty" for node in tree.nodes) == 2


@pytest.mark.parametrize("path", sorted((ROOT / "tests/scripts").rglob("*.js")), ids=lambda path: path.stem)
def test_the_children_of_common_nodes_are_those_of_any(path: Path) -> None:
    for node in parse(Source.read(path)).nodes:
        if node.type not in syntax._LEAVES:
            assert children(node) == syntax._any_children(node)


def test_a_dense_text_is_not_read() -> None:
    tree = parse(Source("a;" * 110_001))
    assert tree.faults[0].message == "the text has 220,002 tokens; the limit is 220,000"
    assert tree.root is None
    assert not tree.tokens
    assert parse(Source("// a; b; c\n" * 80_000)).root is not None
