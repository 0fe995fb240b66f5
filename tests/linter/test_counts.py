"""Which divisors are counts that may be 0; what the rule says of them is tested with its cases."""

from __future__ import annotations

import pytest

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.counts import counters_of, is_harmless, places_of_count
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script


def script_of(body: str, more: str = "") -> Script:
    return Script(
        parse(
            Source(
                "//VERSION=3\nfunction setup() { return { input: ['B04', 'dataMask'], output: { bands: 1 }, "
                f"mosaicking: 'ORBIT' }}; }}\n{more}\nfunction evaluatePixel(samples, scenes) {{ {body} }}"
            )
        )
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let n = 0; for (const s of samples) if (s.dataMask) n++;", {"n"}),
        ("let n = 0; for (const s of samples) n++;", set()),
        ("let n = 1; for (const s of samples) if (s.dataMask) n++;", set()),
        ("let n = 0; if (samples[0].dataMask) n++;", set()),
        ("let n = 0; samples.forEach((s) => { if (f(s)) n += 1; });", {"n"}),
        ("let n = 0; for (const s of samples) { if (!s.dataMask) continue; n++; }", {"n"}),
        ("let n = samples.length; for (const s of samples) if (!s.dataMask) n--;", {"n"}),
        ("let n = 0; for (const o of scenes.orbits) if (o.dateFrom > '2023') n++;", {"n"}),
        ("let n = 0; for (let i = 0; i < 9; i++) if (i > 3) n++;", set()),
    ],
)
def test_counters(body: str, expected: set[str]) -> None:
    script = script_of(body, "const f = (s) => s.dataMask;")
    names = {
        id(variable): variable.name
        for node in script.tree.of_type("Identifier")
        if (variable := script.names.variable(node))
    }
    assert {names[key] for key in counters_of(script)} == expected


def test_a_length_is_a_count_where_samples_are_filtered_by_a_band() -> None:
    script = script_of(
        "const a = samples.filter((s) => s.dataMask), b = samples.slice(); return [1 / a.length + 1 / b.length];"
    )
    divisions = [node for node in script.tree.of_type("BinaryExpression") if node.operator == "/"]
    found = [places_of_count(node.right, script, {}) for node in divisions]
    assert [None if item is None else len(item) for item in found] == [1, None]


def test_a_count_that_masks_the_pixel_is_seen_to() -> None:
    script = script_of("let n = 0; return { a: [1 / n], dataMask: [n] };")
    variable = next(script.names.variable(node.id) for node in script.tree.of_type("VariableDeclarator"))
    assert variable is not None
    assert [is_harmless(place, script) for place in script.names.reads(variable)] == [True, False]
