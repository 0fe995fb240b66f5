"""Which bands a simple script reads, and which statement gives its value: the answers against running it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.simple import returns_at_top, simple_bands, value_statements
from tests.model.host.test_library import evaluate
from tests.strategies import unshrunk

BANDS = ("B02", "B03", "B04")
S2 = named_collection("sentinel-2-l2a")

# Statements that give a value: a number of its own each, so that the value tells the statement.
statements = st.recursive(
    st.just("N;"),
    lambda inner: (
        st.builds("if (t()) {} else {}".format, inner, inner)
        | st.builds("if (t()) {{ {} {} }} else {}".format, inner, inner, inner)
        | st.builds("{{ {} {} }}".format, inner, inner)
    ),
    max_leaves=8,
)


@unshrunk
@given(st.lists(st.lists(statements, min_size=1, max_size=3).map(" ".join), min_size=5, max_size=5))
def test_the_value_is_that_of_a_statement_that_may_be_the_last(texts: list[str]) -> None:
    runs = []
    allowed = []
    for text in texts:
        first, *others = text.split("N;")
        numbered = first + "".join(f"{number};{part}" for number, part in enumerate(others))
        tree = parse(Source(numbered))
        starts = [node.range[0] for node in value_statements(tree)]
        assert set(starts) <= {node.range[0] for node in tree.of_type("ExpressionStatement")}
        allowed.append({int(numbered[start:].partition(";")[0]) for start in starts})
        runs.append(f"[0, 1, 2, 3, 5, 6, 7].map((bits) => run({json.dumps(numbered)}, bits))")
    before = "function run(text, bits) { var n = 0; var t = () => (bits >> n++ % 3) & 1; return eval(text); }"
    found = zip(texts, evaluate(f"[{', '.join(runs)}]", before=before), allowed, strict=True)
    assert [(text, values, starts) for text, values, starts in found if not set(values) <= starts] == []


# Scripts that declare some of the bands' names, and read some.
parts = st.lists(
    st.sampled_from(
        [
            "x += NAME;",
            "var NAME = 1;",
            "x += ((NAME) => NAME)(1);",
            "NAME = 1;",
            "NAME = NAME + 1;",
            "NAME *= 2;",
            "NAME++;",
            "x += { NAME: 1 }.NAME;",
            "x += 'NAME'.length;",
            "for (const NAME of [1]) x += NAME;",
            "x += (() => NAME)();",
            "x += [NAME][0];",
        ]
    ).flatmap(lambda part: st.sampled_from(BANDS).map(lambda name: part.replace("NAME", name))),
    min_size=1,
    max_size=5,
)


@unshrunk
@given(st.lists(parts, min_size=5, max_size=5))
def test_a_script_runs_with_its_bands_and_with_none_less(drawn: list[list[str]]) -> None:
    runs = []
    for body in drawn:
        text = " ".join(body)
        bands = simple_bands(parse(Source(f"var x = 0; {text}")), S2)
        runs.append(f"runs({json.dumps(text)}, {json.dumps(bands)})")
        runs += [f"!runs({json.dumps(text)}, {json.dumps([name for name in bands if name != left])})" for left in bands]
    before = """function runs(text, bands) {
      try { new Function(...bands, "var x = 0; " + text)(...bands.map(() => 1)); return true; }
      catch (error) { if (error instanceof ReferenceError) return false; throw error; }
      finally { for (const name of ["B02", "B03", "B04"]) delete globalThis[name]; }
    }"""
    found = zip(runs, evaluate(f"[{', '.join(runs)}]", before=before), strict=True)
    assert [run for run, is_right in found if not is_right] == []


@pytest.mark.parametrize(
    ("text", "collection", "bands"),
    [
        ("return [B04, VV];", None, ("B04", "VV")),
        ("return [B04, VV];", "sentinel-1-grd", ("VV",)),
        ("return [B04, anything];", "byoc-1", ("B04", "anything")),
        ("return [typeof B10 === 'undefined' ? 0 : B10, B04];", None, ("B04",)),
        ("return [typeof VH === 'undefined' ? 0 : VH, VV];", None, ("VH", "VV")),
        ("return [typeof B10 === 'undefined' ? 0 : B10, B04];", "sentinel-2-l1c", ("B10", "B04")),
        ("const text = 'B04 + B03'; return [eval(text)];", None, ("B04", "B03")),
        ("return ['B04'];", None, ()),
    ],
)
def test_bands_are_those_of_the_collection(text: str, collection: str | None, bands: tuple[str, ...]) -> None:
    given = named_collection(collection) if collection is not None else None
    assert simple_bands(parse(Source(text)), given) == bands


@pytest.mark.parametrize(
    ("text", "returns"),
    [("return [1];", True), ("if (B04) { return [1]; } [0]", True), ("const f = () => { return 1; }; [f()]", False)],
)
def test_a_return_counts_outside_of_functions(text: str, returns: bool) -> None:
    assert returns_at_top(parse(Source(text))) == returns


@pytest.mark.parametrize("text", ["", "'use strict'", "var x = 1;", "if (B04) {}"])
def test_without_a_last_expression_there_is_no_value(text: str) -> None:
    assert value_statements(parse(Source(text))) == []
