from __future__ import annotations

import pytest
from hypothesis import given

from oso_evalscript.javascript.scopes import Scopes, Variable
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from tests.strategies import code


def undeclared(text: str) -> list[str]:
    """The names that nothing declares, in order."""
    tree = parse(Source(text))
    assert tree.root is not None
    return [node.name for node in Scopes(tree).undeclared]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a; var a; b; { var b; }", []),
        ("{ let a; } a;", ["a"]),
        ("f(); function f() {}", []),
        ("if (1) { function f() {} } f();", []),
        ("function g() { { function f() {} } f(); } f();", ["f"]),
        ("const f = function inner() { inner(); }; inner();", ["inner"]),
        ("const f = (a, { b: [c = a], ...d } = a, ...e) => a + c + d + e + b;", ["b"]),
        ("class A extends B { a = x; [k] = 1; #p; m(y) { return A + y + this.#p + super.z; } static { let t; t; } } A;", ["B", "x", "k"]),
        ("const C = class A { m() { A; } }; A;", ["A"]),
        ("try {} catch ({ message }) { message; } message;", ["message"]),
        ("a: for (const k in o) { break a; } k;", ["o", "k"]),
        ("for await (const x of y) { x; }".join(["async () => { ", " };"]), ["y"]),
        ("const o = { a: 1, b, [c]: 2, get d() { return e; }, f() {} }; o.a; o?.g;", ["b", "c", "e"]),
        ("typeof a; delete b; c = 1; d++; `${e}`;", ["a", "b", "c", "d", "e"]),
        ("switch (x) { case 1: let a; default: a; } a;", ["x", "a"]),
        ("for (let i = 0; i < 2; i++) { i; } i;", ["i"]),
        ("[a, b.c] = [d]; ({ e: f, ...g } = {});", ["a", "b", "d", "f", "g"]),
        ("function f(a = b) { var b; } (a = c) => { let c; }; ({ m({ [d]: x = e }) { const d = 1; function e() {} } });", ["b", "c", "d", "e"]),
        ("function f(a, b) { var c; } const g = ({ a }) => { let b; return a + b; }; a;", ["a"]),
        ("switch (a) { case a: let a; }", ["a"]),
        ("for (let a of a) ; for (const b in b) ; for (let c = c; c; c) ; for (d of d) ;", ["d", "d"]),
        ("try {} catch ({ a = b }) { let b; } try {} catch (c) { var c = 1; } c;", ["b"]),
        ("class A extends A { [A] = A; } (class B extends C { static { var c; c; } }); B; c;", ["C", "B", "c"]),
        ("{ function f() {} } f; { async function g() {} function* h() {} } g; h;", ["g", "h"]),
        ("'use strict'; { function f() {} } f; class A { static { { function g() {} } g; } }", ["f", "g"]),
        ("{ let f; { function f() {} } } f; for (let g of []) { { function g() {} } } g;", ["f", "g"]),
        ("try {} catch (f) { { function f() {} } } f; try {} catch ([g]) { { function g() {} } } g;", ["g"]),
        ("if (1) function f() {} f; switch (1) { case 1: function g() {} } g; { a: function h() {} } h;", []),
        ("function f(g) { { function g() {} } } (function (h) { 'use strict'; { function i() {} } i; });", ["i"]),
        ("(function f() { f; var f; }); f;", ["f"]),
        ("arguments; () => arguments; function f() { arguments; () => arguments; }", ["arguments", "arguments"]),
        ("a: for (;;) { continue a; } a: { break a; }", []),
        ("function g(a = yield, b = c) { let c; } async (d = e) => { var e; };", ["yield", "c", "e"]),
    ],
)  # fmt: skip
def test_names_that_nothing_declares(text: str, names: list[str]) -> None:
    assert undeclared(text) == names


@given(code)
def test_any_tree_has_scopes(text: str) -> None:
    tree = parse(Source(text))
    scopes = Scopes(tree)
    places = [node.range[0] for node in scopes.undeclared]
    assert places == sorted(places)
    assert all(scopes.variable(node) is None or not scopes.variable(node).declared for node in scopes.undeclared)  # type: ignore[union-attr]


def test_names_in_very_deep_scopes_are_given_up() -> None:
    text = "".join(f"{{ let a{i}; " for i in range(300)) + "a0;" + "}" * 300
    assert Scopes(parse(Source(text))).too_deep


def last(text: str, name: str) -> Variable:
    """The variable that the last identifier of a name stands for."""
    tree = parse(Source(text))
    node = [node for node in tree.of_type("Identifier") if node.name == name][-1]
    variable = Scopes(tree).variable(node)
    assert variable is not None
    return variable


@pytest.mark.parametrize(
    ("text", "is_arguments"),
    [
        ("function f() { return arguments; }", True),
        ("function f() { var arguments; return arguments; }", True),
        ("function f(a = 1) { var arguments; return arguments; }", True),
        ("function f() { return () => { return arguments; }; }", True),
        ("function f() { return (a = arguments) => { var arguments; arguments; }; }", False),
        ("function f(a = () => arguments) { let arguments; arguments; }", False),
        ("function f(a = () => arguments) { function arguments() {} arguments; }", False),
        ("({ m() { arguments; } });", True),
        ("function f(arguments) { arguments; }", False),
        ("function f([arguments]) { var arguments; arguments; }", False),
        ("function f() { let arguments; arguments; }", False),
        ("function f() { function arguments() {} arguments; }", False),
        ("function f() { { function arguments() {} } arguments; }", True),
        ("function f() { return () => { var arguments; arguments; }; }", False),
        ("var arguments; arguments;", False),
    ],
)
def test_what_may_hold_the_arguments(text: str, is_arguments: bool) -> None:
    assert last(text, "arguments").is_arguments == is_arguments


def test_a_var_of_a_parameter_s_name_begins_as_the_parameter() -> None:
    text = "function f(a, b = () => a) { var a; { let c = a; } return c => a; }"
    variable = last(text, "a")
    assert variable.sources
    assert variable.sources[0].is_parameter
    assert not variable.is_parameter
    assert len(last("function f(a, b = 1) { function a() {} return a; }", "a").makings) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("function f() {} f;", 1),
        ("const f = () => 1; f;", 1),
        ("{ function f() {} } f;", 1),
        ("if (a) { function f() {} } else { function f() {} } f;", 2),
        ("function f() {} { function f() {} } f;", 2),
        ("function f() {} function f() {} f;", 0),
        ("let f = () => 1; f = () => 2; f;", 0),
        ("{ function f() {} f = 1; } f;", 0),
        ("function g(f) { function f() {} f; }", 1),
        ("function g(f) { { function f() {} } f; }", 0),
        ("function g(f) { f; }", 0),
        ("(function f() { f; });", 1),
        ("(function f(f) { f; });", 0),
        ("(function f() { var f; f; });", 0),
    ],
)
def test_the_functions_that_a_name_stands_for(text: str, count: int) -> None:
    assert len(last(text, "f").functions) == count


@pytest.mark.parametrize("text", ["with (a) b;", "eval('a');", "function f() { eval('var a'); }"])
def test_what_may_give_any_name_another_meaning_is_a_fault(text: str) -> None:
    fault = Scopes(parse(Source(text))).fault
    assert fault is not None
    assert "another meaning" in fault[1]


def test_other_uses_of_eval_are_none() -> None:
    assert Scopes(parse(Source("const eval = (a) => a; eval(1); (0, eval)(1); a.eval(2);"))).fault is None
