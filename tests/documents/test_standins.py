"""What stands in for a placeholder lets the rest be read, and what depends on it can be told."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oso_evalscript.documents.passage import Hole, Passage
from oso_evalscript.documents.second_reading import second_reading
from oso_evalscript.documents.standins import Settled, settle
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.text import Edit, Source, Span, apply
from tests.conftest import ROOT

GOOD = [text for rule in all_rules() for text in rule.good if len(text) > 40]
SCRIPTS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "evalscripts").glob("*.js"))] + [
    text for text in GOOD if (tree := parse(Source(text))).root is not None and not tree.faults
]
_NOT_ALONE = frozenset(
    ("Program", "VariableDeclarator", "SwitchCase", "CatchClause", "TemplateLiteral", "MethodDefinition", "ClassBody", "Super",
     "MetaProperty", "FunctionExpression", "PrivateIdentifier", "StaticBlock", "ExportNamedDeclaration")
)  # fmt: skip


def with_holes(text: str, *labels: str) -> Settled:
    """Settle a text in which `«x»` is a placeholder called x."""
    passage = Passage.whole(text)
    holes, at = [], 0
    while (start := text.find("«", at)) >= 0:
        at = text.index("»", start) + 1
        holes.append(Hole(start, at, text[start + 1 : at - 1]))
    return settle(passage.reread(holes))


@st.composite
def cut(draw: st.DrawFn) -> tuple[str, int, int]:
    """A script, and a part of it that a program may well put there."""
    text = draw(st.sampled_from(SCRIPTS))
    tree = parse(Source(text))
    node = tree.nodes[draw(st.integers(0, len(tree.nodes) - 1))]
    parent = tree.parent(node)
    assume(node.type not in _NOT_ALONE and parent is not None)
    assert parent is not None
    assume(parent.type not in ("LabeledStatement", "BreakStatement", "ContinueStatement", "MetaProperty"))
    start, end = node.range
    if node.type in ("ArrayExpression", "CallExpression") and draw(st.booleans()):
        items = [item for item in (node.elements if node.type == "ArrayExpression" else node.arguments) if item]
        assume(items)
        first = draw(st.integers(0, len(items) - 1))
        start, end = items[first].range[0], items[draw(st.integers(first, len(items) - 1))].range[1]
    elif node.type == "Literal" and end - start > 2 and draw(st.booleans()):
        assume(node.regex is None)
        start = draw(st.integers(start + 1, end - 2))
        end = draw(st.integers(start + 1, end - 1))
    elif node.type == "BlockStatement":
        start, end = start + 1, end - 1
    assume(start < end)
    return text, start, end


@given(cut())
def test_the_rest_of_a_script_is_read_whatever_a_placeholder_stands_for(part: tuple[str, int, int]) -> None:
    text, start, end = part
    settled = settle(Passage.whole(text).reread([Hole(start, end, "x")]))
    assert settled.reads, settled.passage.text
    (unknown,) = settled.unknown
    read = settled.passage.text
    assert read[: unknown.start] + text[start:end] + read[unknown.end :] == text


@given(cut())
def test_the_second_reading_is_the_same_text_around_what_it_changes(part: tuple[str, int, int]) -> None:
    text, start, end = part
    settled = settle(Passage.whole(text).reread([Hole(start, end, "x")]))
    source = Source(settled.passage.text, unknown=settled.unknown)
    second = second_reading(source)
    assert second is not None
    assert apply(Source(source.text), second.edits).text == second.source.text
    for offset in range(0, len(second.source.text), 7):
        original = second.original(Span(offset, min(offset + 3, len(second.source.text))))
        if original is not None and not any(original.overlaps(edit.span) for edit in second.edits):
            assert source.slice(original) == second.source.text[offset : offset + 3] or len(original) != 3


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("let a = «x»;", "let a = __X__;"),
        ("let a = [«x»];", "let a = [...__X__];"),
        ("let a = [1, «x», 2];", "let a = [1, ...__X__, 2];"),
        ("let a = [b «x»];", "let a = [b , ...__X__];"),
        ("f(«x»)", "f(...__X__)"),
        ("let a = { b: 1, «x» };", "let a = { b: 1, ...__X__ };"),
        ("let a = { «x»: 1, [«y»]: 2 };", "let a = { __X__: 1, [__Y__]: 2 };"),
        ("a[«x»] = b.«y» + B«n»;", "a[__X__] = b.__Y__ + B__N__;"),
        ("if («x») { «y» }", "if (__X__) { __Y__ }"),
        ("«x»\nfunction f() {}", "__X__;\nfunction f() {}"),
        ("«x» function f() {}", "__X__; function f() {}"),
        ("function f(«x») { «y»\nreturn 1; }", "function f(...__X__) { __Y__;\nreturn 1; }"),
        ("let a = '«x»' + \"«y» «x»\"; // «z»", "let a = '__X__' + \"__Y__ __X__\"; // __Z__"),
        ("let a = 0.«x» + 1«y» + 0x«z»;", "let a = 0.0 + 10 + 0x0;"),
        ("let a = b «op» c;", "let a = b + __OP__ + c;"),
        ("«kind» a = 1;", "var a = 1;"),
        ("let a = `b${«x»}«y»`;", "let a = `b${__X__}__Y__`;"),
        ("let a = /«x»/g;", "let a = /__X__/g;"),
        ("let a = «x»«y»;", "let a = __X_Y__;"),
        ("let __X__ = 1, a = «x», b = «x »;", "let __X__ = 1, a = __X_2__, b = __X_3__;"),
        ("let a = «', '.join(bands)»;", "let a = __JOIN_BANDS__;"),
        ("let a = «é»;", "let a = __UNKNOWN__;"),
    ],
)
def test_what_a_placeholder_is_is_told_by_what_is_around_it(text: str, read: str) -> None:
    settled = with_holes(text)
    assert settled.passage.text == read
    assert settled.reads


def test_what_cannot_be_read_costs_little_and_is_no_error() -> None:
    settled = with_holes("let a = ((( «x» " * 30)
    assert not settled.reads
    assert len(settled.unknown) == 30


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("let a = __X__, b = 1;", "let a = __ANY__(a, b), b = 1;"),
        ("function f(s) { return s.__X__; }", "function f(s) { return s[__ANY__(s, f)]; }"),
        ("function f(s) { return s?.__X__; }", "function f(s) { return s?.[__ANY__(s, f)]; }"),
        ("let a = { __X__: 1, b: '__X__', ...__X__ };", "let a = { [__ANY__(a)]: 1, b: __ANY__(a), ...__ANY__(a) };"),
        ("let a = { __X__ };", "let a = { ...__ANY__(a) };"),
        ("function f(s) { __X__; }", "function f(s) { return eval([s, f]); }"),
        (
            "function f(s) { if (s) __X__; else s = 1; }",
            "function f(s) { if (s) { return eval([s, f]); } else s = 1; }",
        ),
        ("let a = `b__X__`;", "let a = `b${__ANY__(a)}`;"),
        ("let a = new __X__(1); __X__ = 2;", "let a = new (__ANY__(a))(1); __ANY__(a)[0] = 2;"),
        ("// __X__\nlet a = 1;", "// __X__\nlet a = 1;"),
    ],
)
def test_the_second_reading_may_do_anything(text: str, read: str) -> None:
    unknown = [Span(at, at + 5) for at in range(len(text)) if text.startswith("__X__", at)]
    spread = [Span(span.start - 3, span.end) if text.startswith("...", span.start - 3) else span for span in unknown]
    whole = [
        Span(span.start, span.end + 1) if text.startswith("; ", span.end) and text[span.start - 2] in "{)" else span
        for span in spread
    ]
    second = second_reading(Source(text, unknown=tuple(whole)))
    assert second is not None
    assert second.source.text == read


def test_a_name_that_is_declared_may_be_any_name() -> None:
    text = "let __X__ = 1; let a = b;"
    second = second_reading(Source(text, unknown=(Span(4, 9),)))
    assert second is not None
    assert second.source.text.startswith(f"{text}\n;var b; eval([]);")
    assert second.edits == (Edit(Span(len(text), len(text)), second.source.text[len(text) :]),)
