from __future__ import annotations

import pytest
from hypothesis import given

from oso_evalscript.javascript.scopes import Scopes
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
