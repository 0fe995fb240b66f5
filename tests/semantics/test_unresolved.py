from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import lint
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model import host
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.unresolved import LANGUAGE, free_names


def free(text: str) -> list[str]:
    """The names that nobody declares."""
    return [node.name for node in free_names(Script(parse(Source(text))))]


@given(st.sampled_from(sorted(LANGUAGE | {item.name for item in host.builtins()})))
def test_what_the_language_and_the_service_give_is_not_free(name: str) -> None:
    assert free(f"const f = () => {name};") == []


@given(st.from_regex(r"[a-z]{3,8}_[a-z]{3,8}", fullmatch=True))
def test_any_other_name_is_free_until_it_is_declared(name: str) -> None:
    assert free(f"const f = () => {name};") == [name]
    assert free(f"const f = () => {name}; var {name};") == []
    assert free(f"const f = ({name}) => {name};") == []
    assert free(f"const f = () => {{ {name} = 1; return {name}; }};") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("typeof debug === 'number' && debug;", []),
        ("const f = () => { try { return extra; } catch { return 0; } };", []),
        ("const f = () => { try { return 0; } finally { extra; } };", ["extra"]),
        ("const f = () => { try { return 0; } catch { extra; } };", ["extra"]),
        ("eval('var a'); const f = () => extra;", []),
        ("globalThis['ex' + 'tra'] = 1; const f = () => extra;", []),
        ("this.extra = 1; const f = () => extra + other;", ["other"]),
        ("this[key] = 1; const f = () => extra;", []),
        ("with (Math) { var f = () => extra; }", []),
        ("const f = (s) => { total += s; };", ["total"]),
        ("const f = (s) => { count++; };", ["count"]),
        ("const f = (s) => { for (key in s) { key; } };", []),
        ("let s = “a”; const f = () => extra;", []),
        ("//VERSION=2\nconst f = () => extra;", []),
    ],
)
def test_what_excuses_a_name(text: str, names: list[str]) -> None:
    assert free(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("function f(a = extra) { var extra = 1; return a; }", ["extra"]),
        ("const f = ({ a = extra }) => { let extra = 1; return a; };", ["extra"]),
        ("function f() { switch (extra) { case 1: let extra = 1; } }", ["extra"]),
        ("function f(a) { if (a) { function extra() {} } return extra; }", []),
        ("function f(a) { 'use strict'; if (a) { function extra() {} } return extra; }", ["extra"]),
        ("function f(a) { { let extra; { function extra() {} } } return extra; }", ["extra"]),
        ("const f = function extra() { return extra; }; const g = () => extra;", ["extra"]),
        ("const f = () => { for (const extra of extra) { extra; } };", []),
        ("function f() { return arguments.length; } const g = (a) => { var arguments = a; return arguments; };", []),
    ],
)
def test_names_are_looked_up_where_the_language_does(text: str, names: list[str]) -> None:
    assert free(text) == names


@pytest.mark.parametrize(
    ("name", "meant"),
    [("sampels", "samples"), ("Samples", "samples"), ("s\u0430mples", "samples"), ("colorRampVisualizer", "ColorRampVisualizer"), ("qqq", None)],
)  # fmt: skip
def test_the_name_that_was_meant(name: str, meant: str | None) -> None:
    (found,) = lint(Source(f"const f = (samples) => {name}.B04;"), select=["undefined-name"])
    assert found.message == f"`{name}` is not defined" + (f"; did you mean `{meant}`?" if meant else "")
