"""What counts as a condition or a truth value, against what JavaScript makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import Node, Tree, parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.conditions import is_condition, is_parenthesised, is_truth
from tests.model.host.test_library import evaluate
from tests.strategies import unshrunk

VALUES = "[0, 2, '', 'x', null, undefined]"

expressions = st.recursive(
    st.sampled_from(["a", "b", "2", "true", "''"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||", "??", "<", "===", "+"]), inner)
        | st.builds("({}{})".format, st.sampled_from("!-"), inner)
        | st.builds("({} ? {} : {})".format, inner, inner, inner)
    ),
    max_leaves=6,
)
bodies = st.builds("if ({}) return 1; return {};".format, expressions, expressions)


def tree_of(text: str) -> Tree:
    return parse(Source(text))


def expression(text: str) -> tuple[Tree, Node]:
    tree = tree_of(f"x = {text};")
    return tree, tree.of_type("AssignmentExpression")[0].right


@unshrunk
@given(st.lists(bodies, min_size=10, max_size=10))
def test_of_a_condition_nothing_counts_but_whether_it_holds(bodies: list[str]) -> None:
    pairs: list[tuple[str, str]] = []
    for body in bodies:
        tree = tree_of(f"(a, b) => {{ {body} }}")
        text = tree.source.text
        start, end = tree.of_type("IfStatement")[0].test.range
        conditions = [node for node in tree.nodes if is_condition(tree, node)]
        assert [start, end] in [list(node.range) for node in conditions]
        pairs += [
            (text, f"{text[:low]}(!!({text[low:high]})){text[high:]}")
            for low, high in (node.range for node in conditions)
        ]
    shown = "JSON.stringify([typeof r, r])"
    run = f"(f) => {VALUES}.flatMap((a) => {VALUES}.map((b) => ((r) => {shown})(f(a, b))))"
    written = ", ".join(f"[{one}, {other}]" for one, other in pairs)
    same = evaluate(f"[{written}].map(([f, g]) => String(({run})(f)) === String(({run})(g)))")
    assert [pair for pair, is_same in zip(pairs, same, strict=True) if not is_same] == []


@unshrunk
@given(st.lists(expressions, min_size=20, max_size=20))
def test_a_truth_is_a_boolean(texts: list[str]) -> None:
    truths = [text for text in texts if is_truth(expression(text)[1])]
    run = f"(f) => {VALUES}.every((a) => {VALUES}.every((b) => typeof f(a, b) === 'boolean'))"
    functions = ", ".join(f"(a, b) => {text}" for text in truths)
    found = zip(truths, evaluate(f"[{functions}].map({run})"), strict=True)
    assert [text for text, is_boolean in found if not is_boolean] == []


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("a === 1 && b < 2", True),
        ("!a || b in c || c instanceof d", True),
        ("true", True),
        ("a", False),
        ("a === 1 && b", False),
        ("a && b === 1", False),
        ("-a", False),
        ("a + 1", False),
        ("1", False),
    ],
)
def test_truths(text: str, truth: bool) -> None:
    assert is_truth(expression(text)[1]) == truth


@pytest.mark.parametrize(
    "text",
    ["if (a) ;", "while (a) ;", "do ; while (a);", "for (; a; ) ;", "x = a ? 1 : 2;", "if (!(a && b)) ;", "x = !a;"],
)
def test_conditions(text: str) -> None:
    tree = tree_of(text)
    (name,) = (node for node in tree.of_type("Identifier") if node.name == "a")
    assert is_condition(tree, name)


@pytest.mark.parametrize(
    "text", ["x = a;", "f(a);", "x = b ? a : 2;", "if (a + 1) ;", "for (a; ; ) ;", "if (a ?? b) ;"]
)
def test_no_conditions(text: str) -> None:
    tree = tree_of(text)
    (name,) = (node for node in tree.of_type("Identifier") if node.name == "a")
    assert not is_condition(tree, name)


@pytest.mark.parametrize("text", ["f(a, 1)", "f(1, a)", "(a)(1)[a]"])
def test_one_parenthesis_is_none(text: str) -> None:
    tree, _ = expression(text)
    assert not is_parenthesised(tree, [node for node in tree.of_type("Identifier") if node.name == "a"][-1])


@given(st.sampled_from(["a", "a + 1", "f(a)", "[(a)]", "'('"]), st.text(" \t\r\n", max_size=3), st.booleans())
def test_parentheses_are_seen_through_blanks(text: str, blanks: str, are_there: bool) -> None:
    tree, node = expression(f"({blanks}{text}{blanks})" if are_there else f"{blanks}{text}{blanks}")
    assert is_parenthesised(tree, node) == are_there
