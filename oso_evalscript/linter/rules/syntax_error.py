"""The text is not valid JavaScript.

The service answers that it failed to evaluate the script, and reports one error per request. This rule reports all
errors at once, as far as the text after an error can still be parsed. An error that another rule explains better is
left to that rule.

The rule also reports a name that is declared twice with `let`, `const` or `class`, because V8 rejects such a script.

The rule follows V8, which runs the scripts: it accepts the same edition of JavaScript, including constructs that V8
only tolerates for old pages. There is one exception: an assignment to the result of a call, such as `f() = 1`, is
reported although V8 parses it, because it fails whenever it is executed. A `return` outside of functions is reported in
a script that defines `evaluatePixel`; in a simple script it returns the value of the pixel.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.early import early_errors
from oso_evalscript.linter.rule import ANY_RULE, Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Report what the parser could not read."""
    for span in script.tree.broken:
        written = script.tree.source.slice(span)
        lacks = "; a comma or an operator is missing" if any(map(str.isspace, written)) else ""
        yield Finding(span, f"`{written}` is not a number{lacks}")
    for fault in script.tree.faults:
        yield Finding(fault.span, fault.message)
    if not script.tree.faults:
        as_script = script.kind in (Kind.V3, Kind.LEGACY)
        for fault in early_errors(script.tree, as_script=as_script):
            yield Finding(fault.span, fault.message)


RULE = Rule(
    name="syntax-error",
    severity=Severity.ERROR,
    group=Group.TEXT,
    yields_to=(ANY_RULE, "color-not-a-number"),
    check=check,
    good=(
        "return [2.5 * B04, 2.5 * B03, 2.5 * B02]",
        "let a = 1\nlet b = 2",
        "const ratio = 1 / 2 / 3; const pattern = /[/]/g;",
        "var a; var a; function f(a) { var a = 1; { let a = 2; } } function f() {}",
        "for (let i of []) { let i; } switch (1) { case 1: let i; } try {} catch (e) { var e; { let e; } }",
        "class A { #x = 1; get x() { return this.#x ?? 0; } }",
        r"const year = /(?<=S2[AB]_.*)\d{4}/; const power = (-1) ** 2; const o = { async *days() {} };",
    ),
    bad=(
        Bad("const c = [1, 2;", at=";"),
        Bad('const o = { id: "a" bands: 1 };', at="bands"),
        Bad("const c = [[1, 12ab]];", at="12ab"),
        Bad("const c = [1 2];", at="1 2"),
        Bad("let s = 2 @ 3;", at="@"),
        Bad("let s = ;", at=";"),
        Bad("let gain = 1;\nvar gain = 2;", at="gain"),
        Bad("function f(low) { const low = 1; }", at="low"),
        Bad("class A { low = 1 high = 2 }", at="high = 2"),
        Bad("{ let low; { var low; } }", at="low"),
        Bad("const name = /(B0[1-9]/;", at="/(B0[1-9]/"),
        Bad("try {} catch ([e]) { var e; }", at="e"),
        Bad(
            "//VERSION=3\nfunction setup() { return { input: ['B04'], output: { bands: 1 } }; }\n"
            "function evaluatePixel(s) { return [s.B04]; }\nreturn [0];\n",
            at="return",
        ),
        Bad("function setup() { return {};", at="{"),
        Bad('let s = "never closed;\nlet t = 1;', at='"never closed;'),
    ),
)
