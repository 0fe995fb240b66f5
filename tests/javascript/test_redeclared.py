from __future__ import annotations

import pytest

from oso_evalscript.javascript.early import early_errors
from oso_evalscript.javascript.redeclared import redeclared
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source


def clashes(text: str) -> list[tuple[int, str]]:
    """Where a name is declared again, and which."""
    tree = parse(Source(text))
    assert tree.root is not None
    return [(fault.span.start, tree.source.slice(fault.span)) for fault in redeclared(tree)]


@pytest.mark.parametrize(
    "text",
    [
        "let a; let a;",
        "const a = 1; var a;",
        "var a; let a;",
        "function a() {} let a;",
        "class a {} const a = 1;",
        "let a; function a() {}",
        "{ let a; var a; }",
        "{ var a; let a; }",
        "let a; { { var a; } }",
        "{ let a; function a() {} }",
        "{ function a() {} var a; }",
        "{ async function a() {} function a() {} }",
        "function f(a) { let a; }",
        "function f({ b: [a] }) { const a = 1; }",
        "const f = (a) => { let a; };",
        "switch (1) { case 1: let a; break; case 2: let a; }",
        "for (let a of []) { var a; }",
        "try {} catch (a) { let a; }",
        "let [a, { b: a }] = [];",
        "for (const a in {}) { { var a; } }",
        "class C { static { let a; var a; } }",
        "class C { m(a) { let a; } }",
    ],
)
def test_a_name_declared_again_is_found_at_its_second_place(text: str) -> None:
    assert clashes(text) == [(text.rindex("a" if "b: a" not in text else "a }"), "a")]


@pytest.mark.parametrize(
    "text",
    [
        "var a; var a; function a() {} function a() {}",
        "let a; { let a; { let a; } } function f(a) { { let a; } }",
        "function f(a) { var a; function a() {} }",
        "const f = (a) => { var a; }; const g = a => a; let a;",
        "for (let a of []) { let a; } for (let a;;) { let a; } for (let a in {}) {}",
        "try {} catch (a) { var a; { let a; } } try {} catch { let a; }",
        "{ function a() {} function a() {} } function g() { let a; }",
        "const f = function a() { let a; }; class C { a() { let a; } } (class a { });",
        "switch (1) { case 1: { let a; } case 2: { let a; } }",
        "if (1) function a() {} else function a() {}\nlet a;",
        "class C { static { var a; } static { let a; } } let a;",
        "a: for (;;) { let a; break a; } ({ a, a: 1 });",
        "let a; let \u0430;",
    ],
)
def test_legal_declarations_are_left_alone(text: str) -> None:
    assert clashes(text) == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("class A { a = 1 b = 2 }", "b = 2"),
        ("class A { a = 1; b = 2\n c() {} d() {} }", None),
        ("function f(a, [a]) {}", "a"),
        ("function f(a, a) {}", None),
        ("class A { m() { this.#x; } }", "#x"),
        ("class A { #x; m() { return #x in this; } }", None),
        ("while (0) class A {}", "class A {}"),
        ("import.meta", "import.meta"),
        ("({}) = 1", "{}"),
        ("({ a } = 1); [a] = [1]; ({ a: [a] } = {});", None),
        ("class A extends B { m() { super(); } }", "super"),
        ("class A extends B { constructor() { [1].map(() => super()); super.m(); } m() { super.m(); } }", None),
    ],
)
def test_what_the_parser_passes_over(text: str, at: str | None) -> None:
    tree = parse(Source(text))
    assert not tree.faults
    assert [tree.source.slice(fault.span) for fault in early_errors(tree)] == ([] if at is None else [at])
