"""What the text proves, a run must bear out: where no impurity is found, pixels do not depend on one another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from oso_evalscript import Program
from oso_evalscript.javascript.purity import impurity
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source

TOP = """
const SETUP = () => ({ input: ["B04"], output: { bands: 2, sampleType: "FLOAT32" } });
function setup() { return SETUP(); }
let COUNT = 0;
const LIST = [3, 1, 2], ROWS = [[1, 2], [3, 4], [5, 6]], BOX = { list: [7], row: ROWS[0], n: 0 };
const MAP = new Map([[0, [1]], [1, [2]]]);
const same = (x) => x;
const pick = (k) => ROWS[k % 3];
const fresh = (...all) => [...all];
const wrap = (x) => ({ list: x, row: [x], n: 1 });
const count = () => COUNT++;
function add(to, x) { to.push(x); return to; }
function first(a) { return Array.isArray(a) ? a[0] : a; }
function bump(o) { o.n = (o.n || 0) + 1; return o; }
function size(x) { return JSON.stringify(x).length; }
"""

NAMES = st.sampled_from("abcd")
ROOTS = st.sampled_from(
    ["LIST", "ROWS", "BOX", "MAP.get(0)", "[]", "[1, 2]", "{ n: 1, list: [] }", "s", "s.B04", "a", "b", "c", "d"]
)
SHAPES = st.sampled_from(
    """{0} | {0} | same({0}) | pick(s.B04) | fresh({0}, {1}) | wrap({0}) | [{0}] | [{0}, {1}] | [...fresh({0})] | {{ list: {0} }}
    {{ ...wrap({0}) }} | add([], {0}) | {0}[0] | {0}.list | {0}.row | [{0}].map((x) => x) | [{0}].concat({1})
    [{0}, {1}].filter((x) => x) | Object.assign({{}}, wrap({0})) | Object.values(wrap({0})) | [[{0}]].flat()
    (s.B04 ? {0} : {1}) | ({0} || {1}) | [{0}].find((x) => x) | [{0}, {1}].reduce((x, y) => y)
    [{0}, {1}].reduce((all, y) => {{ all.push(y); return all; }}, []) | [{0}].slice() | new Map([[0, {0}]]).get(0)
    JSON.parse(JSON.stringify({0})) | [...Object.entries({{ k: {0} }})[0]][1] | (() => {0})() | {0}?.list ?? {1}
    Array.from([{0}], (x) => x)[0] | [{0}].sort()[0] | new Set([{0}]).size | new Array({0}, {1})""".replace("\n", "|").split("|")
).map(str.strip)  # fmt: skip
CHANGES = st.sampled_from(
    """{0}.push(s.B04) | {0}[0] = s.B04 | {0}.sort() | {0}.reverse() | {0}.pop() | bump({0}) | add({0}, s.B04) | {0}.n = s.B04
    {0}.length = 0 | delete {0}[0] | {0}.n++ | [{0}[0]] = [s.B04] | for (const x of {0}) x[0] = s.B04 | {0}.fill(9)
    Object.assign({0}, [s.B04]) | {0}.splice(0, 1, s.B04) | {0}.forEach((x) => {{ x[1] = s.B04; }}) | {0}[0].push(1)
    {0}.list.push(s.B04) | {0}.row[0] = s.B04 | {0}.map((x, i, all) => {{ all[i] = s.B04; }}) | {0}.shift()
    const {{ list }} = {0}; list.push(1) | const [e] = {0}; e.push(1) | const [...rest] = {0}; rest.push(1); rest[0].push(2)
    for ({0}[0] of [1, 2]) size(s) | [{0}].forEach((x) => add(x, 5)) | (({{ row }}) => row.push(3))({0})""".replace("\n", "|").split("|")
).map(str.strip)  # fmt: skip
LEAKS = st.sampled_from(
    [
        "COUNT++", "COUNT += s.B04", "r += count()", "tally = (typeof tally === 'number' ? tally : 0) + 1; r += tally",
        "MAP.set(s.B04, [1])", "for (i = 0; i < 2; i++) r += i", "[COUNT] = [COUNT + 1]", "BOX.n += 1", "LIST.unshift(s.B04)",
    ]
)  # fmt: skip


@st.composite
def statements(draw: st.DrawFn, count: int) -> str:
    """A statement that makes an object, changes one, or keeps something; a failure of it changes nothing else."""
    values = draw(SHAPES).format(draw(ROOTS), draw(ROOTS))
    kind = draw(st.sampled_from(["set", "set", "set", "change", "change", "put", "leak" if count == 0 else "set"]))
    if kind == "set":
        text = f"{draw(NAMES)} = {values}"
    elif kind == "change":
        text = draw(CHANGES).format(draw(NAMES | st.sampled_from(["LIST", "ROWS[1]", "BOX", "pick(1)", "MAP.get(1)"])))
    elif kind == "put":
        text = f"{draw(NAMES)}.{draw(st.sampled_from(['list', 'row', 'n']))} = {values}"
    else:
        text = draw(LEAKS)
    return f"  try {{ {text}; }} catch (e) {{ r += 100; }}\n"


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """Scripts that make, hand on and change objects in all ways that the analysis knows, some of them for good."""
    leaks = draw(st.integers(0, 5))
    body = "".join(draw(statements(leaks)) for _ in range(draw(st.integers(1, 7))))
    return (
        f"{TOP}function evaluatePixel(s) {{\n  let r = COUNT, a = [s.B04], b = [[1], [2]], c = {{ list: [], n: 0 }}, d = [];\n"
        f"{body}  let text = '';\n"
        "  try { text = JSON.stringify([a, b, c, d, LIST, ROWS, BOX, [...MAP]]); } catch (e) { text = 'x'; }\n"
        "  let hash = 0; for (let k = 0; k < text.length; k++) hash = (hash * 31 + text.charCodeAt(k)) % 65521;\n"
        "  return [hash, r];\n}\n"
    )


def results(program: Program, values: list[int]) -> list[tuple[float, ...]]:
    out = program.run({"B04": np.array([values], np.uint8)})["default"]
    return [tuple(pixel) for pixel in out[:, 0, :].T.tolist()]


def agrees(text: str) -> bool:
    """Whether every pixel gets the same result in order, in reverse order, and each twice."""
    values = [0, 1, 2, 3, 1, 0]
    with Program(text) as program:
        forward = results(program, values)
        backward = results(program, values[::-1])[::-1]
        twice = results(program, [value for value in values for _ in range(2)])
    return forward == backward == twice[::2] == twice[1::2] and len(set(zip(values, forward, strict=True))) == 4


@settings(max_examples=300)
@given(scripts())
def test_where_no_impurity_is_found_pixels_are_independent(text: str) -> None:
    reason = impurity(parse(Source(text)))
    event("pure" if reason is None else "impure")
    if reason is None:
        assert agrees(text)


@pytest.mark.parametrize(
    "statement",
    ["COUNT++", "b = LIST; b.push(1)", "add(pick(1), s.B04)", "c.list = BOX; c.list.list.push(1)", "[ROWS].map((x) => x)[0].pop()"],
)  # fmt: skip
def test_the_runs_would_tell(statement: str) -> None:
    text = (
        f"{TOP}function evaluatePixel(s) {{ let b, c = {{}}; {statement}; return [COUNT, size([LIST, ROWS, BOX])]; }}"
    )
    assert impurity(parse(Source(text))) is not None
    assert not agrees(text)
