"""What the text says of names: which variables are constant, which are the service's, what belongs to a function."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.syntax import Node, Tree, parse, walk
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.names import Names, own_nodes
from tests.model.host.test_library import evaluate

# Uses of `t`, an array of an array: those that leave it as it is, and those that may change it.
KEEPING = (
    "t.map((x) => x)",
    "t.concat([1])",
    "t.slice().length",
    "t[0]",
    "t.length",
    "[...t]",
    "Math.max(...t)",
    "JSON.stringify(t)",
    "String(t)",
    "if (t) { }",
    "u = t ? 1 : 2",
    "u = (t, 1)",
    "u = 1 + t",
    "u = { t: 1 }.t",
    "const v = [t]",
    "for (const x of t) if (x[0]) u = 1",
    "u = [1][t]",
    "const { length } = t",
    "switch (t) { case 1: }",
    "new ColorMapVisualizer(t)",
    "typeof t",
)
CHANGING = (
    "t.push(1)",
    "t[0] = 1",
    "t[0].push(1)",
    "t[0]++",
    "t.length = 0",
    "delete t[0]",
    "t.reverse()[0].pop()",
    "const v = t; v.pop()",
    "const [v] = t; v.pop()",
    "const { 0: v } = t; v.pop()",
    "for (const v of t) v.push(1)",
    "change(t)",
    "change([t][0])",
    "change({ t }.t)",
    "change(u ? t : t)",
    "change((1, t))",
    "change(t || [])",
    "Array.prototype.push.call(t, 1)",
    "Object.assign(t, [2])",
    "[t[0]] = [1]",
    "({ a: t[0] } = { a: 1 })",
    "new Changer(t)",
    "t['pu' + 'sh'](1)",
    "const map = 'push'; t[map](1)",
    "const b = { t }; b.t.pop()",
)
BEFORE = "var u = 0; function change(x) { x.length = 0; } class Changer { constructor(x) { x.length = 0; } }"


TOO_DEEP = "{ let a; " * 250 + "u;" + "}" * 250


def names_of(text: str) -> tuple[Tree, Names]:
    tree = parse(Source(text))
    assert tree.root is not None
    return tree, Names(tree)


def first(tree: Tree, name: str) -> Node:
    """The first place where a name stands."""
    return next(node for node in tree.of_type("Identifier") if node.name == name)


def test_the_uses_do_what_they_are_listed_for() -> None:
    runs = ", ".join(
        f"(() => {{ const t = [[3]]; {use}; return JSON.stringify(t) === '[[3]]'; }})()"
        for use in (*KEEPING, *CHANGING)
    )
    assert evaluate(f"[{runs}]", before=BEFORE) == [True] * len(KEEPING) + [False] * len(CHANGING)


def is_constant(uses: list[str], *, local: bool = False) -> bool:
    done = " ".join(f"{{ {use}; }}" for use in uses)
    text = f"(() => {{ const t = [[3]]; {done} }})();" if local else f"const t = [[3]]; const f = () => {{ {done} }};"
    tree, names = names_of(f"{BEFORE} {text}")
    constant = names.constant(first(tree, "t"))
    return constant is not None and tree.text(constant) == "[[3]]"


def test_one_use_may_change_it() -> None:
    assert [use for use in KEEPING if not is_constant([use])] == []
    assert [use for use in CHANGING if is_constant([use])] == []


@given(st.lists(st.sampled_from(KEEPING), max_size=4), st.lists(st.sampled_from(CHANGING), max_size=1), st.booleans())
def test_a_constant_is_what_no_use_changes(keeping: list[str], changing: list[str], local: bool) -> None:
    for uses in (keeping + changing, changing + keeping):
        assert is_constant(uses, local=local) == (not changing)


@pytest.mark.parametrize(
    ("text", "constant"),
    [
        ("const t = 1;", True),
        ("let t = 1;", True),
        ("var t = 1; change(t);", True),  # a number cannot be changed in place
        ("let t = 1; t = 2;", False),
        ("let t = 1; t++;", False),
        ("let t; t = 1;", False),
        ("var t = 1; function t() {}", False),
        ("const [t] = [1];", False),
        ("for (const t of [1]) ;", False),
        ("const f = (t = 1) => t;", False),
        ("t = 1;", False),
    ],
)
def test_what_is_set_once_where_it_is_declared(text: str, constant: bool) -> None:
    tree, names = names_of(text)
    assert (names.constant(first(tree, "t")) is not None) == constant


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("t;", True),
        ("(() => { const t = 1; })(); t;", True),
        ("const t = 1; t;", False),
        ("class t {} t;", False),
        ("t = 1; t;", False),
        ("((t) => t)(1);", False),
        # Where scopes cannot be told, a name is free that is declared nowhere.
        (f"{TOO_DEEP} (() => {{ const t = 1; }})(); t;", False),
        (f"{TOO_DEEP} t;", True),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_name_is_free_where_nothing_of_the_script_bears_it(text: str, free: bool) -> None:
    tree, names = names_of(text)
    last = [node for node in tree.of_type("Identifier") if node.name == "t"][-1]
    assert names.is_free(last) == free


@pytest.mark.parametrize("text", ["function f() {}", "const f = () => 1;", "let f = function () {};", "f = () => 1;"])
def test_a_function_and_its_name_find_each_other(text: str) -> None:
    tree, names = names_of(f"{text} f();")
    (call,) = tree.of_type("CallExpression")
    (function,) = tree.of_type(*FUNCTIONS)
    variable = names.variable(call.callee)
    assert names.function(call.callee) is function
    assert names.named(function) is variable is not None
    assert names.reads(variable) == (call.callee,)
    tree, names = names_of(f"{text} f(); f = 1;")
    assert names.function(tree.of_type("CallExpression")[0].callee) is None


nested = st.recursive(
    st.sampled_from(["x;", "var y = 1;"]),
    lambda inner: st.builds(
        lambda around, first, second: around.replace("BODY", f"{first} {second}"),
        st.sampled_from(
            [
                "function f(a = () => 1) { BODY }",
                "((a) => { BODY })();",
                "x = function () { BODY };",
                "if (x) { BODY }",
                "class C { m() { BODY } }",
                "x = () => [() => 2];",
            ]
        ),
        inner,
        inner,
    ),
    max_leaves=8,
)


@given(nested)
def test_each_node_is_some_function_s_own(text: str) -> None:
    tree, _ = names_of(text)
    assert tree.root is not None
    found = [id(node) for node in own_nodes(tree.root)]
    for function in tree.of_type(*FUNCTIONS):
        found += [id(node) for node in own_nodes(function)][1:]
    assert sorted(found) == sorted(id(node) for node in walk(tree.root))
