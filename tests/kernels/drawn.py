"""Drawn scripts for the differential test of compiled kernels, and scenes with every kind of number."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import SampleType

BANDS = ("A", "B", "C")
_TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
_SPECIAL = (np.nan, np.inf, -np.inf, -0.0, 0.0, 5e-324, 1e-40, 1e308, -1e12, 2.0**31, -(2.0**31), 2.0**53, 0.5, -0.5)
_SCALES = {"AUTO": "0.01", "UINT8": "1", "INT8": "-1", "UINT16": "300", "INT16": "-70", "FLOAT32": "1"}
_TOP = """
const ramp = new ColorRampVisualizer([[0, 0x000080], [0.5, 0x00ff00], [2, 0xff0000], [100, [1, 0.5, 0.25]]]);
const gradient = ColorGradientVisualizer.createBlueRed(-1, 3);
const map = new ColorMapVisualizer([[0, 0x112233], [2, 0x445566], [7, 0xffee00]]);
const highlight = new HighlightCompressVisualizer(0, 0.8);
const table = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
const rows = [[1, 2], [3, 4], [5, 6]];
const names = { 0: "none", 1: "water", 2: "tree" };
const gains = { a: 2.5, b: -1.25, deep: { c: [0.1, 0.2] } };
const mean = (...values) => { let sum = 0; for (const v of values) sum += v; return sum / values.length; };
function clamp(x, low = 0, high = 1) { if (x < low) return low; if (x > high) return high; return x; }
function stretch(x, { low, high } = { low: 0.1, high: 2 }) { return (x - low) / (high - low); }
"""
_EXPRESSIONS = (
    "x",
    "x + y * 2.5",
    "x - y",
    "x / y",
    "(x - y) / (x + y)",
    "x % y",
    "x % 7",
    "-x",
    "x ** 2",
    "x ** 0.5",
    "x > y ? x : y",
    "x >= y && y > 1 ? 3 : x || 2",
    "!(x < 1) * 5",
    "(x & 7) + (y >>> 3)",
    "(x | 0) ^ 21",
    "~x >> 1",
    "(x << 3) | 1",
    "Math.round(x * 4) / 4",
    "Math.sqrt(Math.abs(x))",
    "Math.floor(x) + Math.ceil(y) - Math.trunc(x / 3)",
    "Math.min(x, y, 3) + Math.max(x, -y)",
    "Math.log(x) + Math.exp(-y * y)",
    "Math.pow(x, 1.5)",
    "Math.atan2(y, x) + Math.sin(x)",
    "index(x, y)",
    "inverse(x)",
    "valueInterpolate(x, [0, 0.3, 2], [0, 10, 4])",
    "valueMap(x, [1, 3, 10], [2, 4, 8])",
    "colorBlend(x, [0, 1, 5], [[0, 0, 0], [1, 0.5, 0.2], [9, 8, 7]])[1]",
    "ramp.process(x)[0]",
    "ramp.process(x)[2]",
    "gradient.process(y)[1]",
    "map.process(x)[1]",
    "highlight.process(x)",
    "int2rgb(x)[1]",
    "isNaN(x) ? 7 : x",
    "isFinite(x) ? 1 : y",
    "Number.isInteger(x) ? x : -3",
    "table[x] ?? 8",
    "rows[x > 1 ? 1 : 2][y > 2 ? 0 : 1]",
    "names[x] === 'water' ? 11 : 12",
    "mean(x, y, 3)",
    "clamp(x)",
    "clamp(y, -2, 2) * gains.a + gains.deep.c[1]",
    "stretch(x) + stretch(y, { low: 1, high: 5 })",
    "[x, y, 4].map((v) => v * 2).reduce((a, b) => a + b, 0)",
    "[x, y].some((v) => v > 2) ? 1 : [x, y].every((v) => v < 1) ? 2 : 3",
    "[1, 2, x].includes(y) ? 5 : 6",
    "[5, x, y].indexOf(x)",
    "Object.values({ p: x, q: y })[1]",
    "(({ p, q = 4 }) => p + q)({ p: x })",
    "(x > 1 ? undefined : x) ?? y",
    "+(x > y) + (x === y)",
    "x == null ? 1 : typeof x === 'number' ? 2 : 3",
)
_STATEMENTS = (
    "let N = 0; if (x < 1) N = 1; else if (x < 3) { N = y; } else N = x - 1;",
    "let N = y; for (let i = 0; i < 4; i++) { if (N > 10) break; if (i === 1) continue; N += x; }",
    "let N = 0; while (N < 5 && N < x) N++;",
    "let N = 0; for (const v of table) { if (v > x) { N = v; break; } }",
    "let N; switch (x) { case 0: N = 1; break; case 1: case 2: N = y; break; default: N = 9; }",
    "const listN = [x, y]; if (x > 2) listN.push(1); listN[0] += 1; let N = listN.length + listN[0];",
    "const boxN = { v: x }; if (y > 1) boxN.v *= 2; boxN.w = 3; let N = boxN.v + boxN.w;",
    "let N = 1; { let N2 = x; N2 += 1; N = N2; }",
    "var N = 0; do { N += 2; } while (N < 6);",
    "let colN; if (x > 1) colN = [1, 0]; else colN = map.process(y); let N = colN[0];",
    "let N = ((a) => { if (a > 3) return 1; if (a > 1) { if (y > 0) return 2; } return 4; })(x);",
    "let [N, restN] = [x, y]; [N, restN] = [restN, N];",
    "let N = 0; for (const k in gains) N += k.length;",
    "let N = x; N += 2; N *= y; N -= 1; N--; ++N;",
)
_LATE = (
    "if (A0 > 120) return null;",
    "if (A0 > 120) throw new Error('no');",
    "if (A0 === 3) { return EARLY; }",
)


def draw(number: int) -> tuple[str, dict[str, NDArray[np.generic]]]:
    """Return the script of that number, and a scene for it."""
    rng = Random(number)
    kinds = [rng.choice([*SampleType]).value for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    bands = [rng.choice([1, 3, 4, 4, 9, 20]) for _ in kinds]
    outputs = ", ".join(
        f'{{ id: "o{i}", bands: {count}, sampleType: "{kind}" }}'
        for i, (kind, count) in enumerate(zip(kinds, bands, strict=True))
    )
    names = ["A0", "B0", "C0"]
    lines = ["const A0 = sample.A, B0 = sample.B, C0 = { ...sample }.C;"]
    for n in range(rng.randrange(1, 6)):
        name = f"v{n}"
        if rng.random() < 0.4:
            lines.append(_filled(rng, rng.choice(_STATEMENTS).replace("N", name), names))
        else:
            lines.append(f"const {name} = {_filled(rng, rng.choice(_EXPRESSIONS), names)};")
        names.append(name)
    returned = _returned(rng, kinds, bands, names)
    if rng.random() < 0.3:
        lines.append(rng.choice(_LATE).replace("EARLY", _returned(rng, kinds, bands, names)))
    body = "\n  ".join([*lines, f"return {returned};"])
    script = (
        f"//VERSION=3\nfunction setup() {{ return {{ input: {[*BANDS]!r}, output: [{outputs}] }}; }}\n{_TOP}\n"
        f"function evaluatePixel(sample) {{\n  {body}\n}}\n"
    )
    return script, {name: _plane(rng) for name in BANDS}


def _filled(rng: Random, text: str, names: list[str]) -> str:
    found = ""
    for at, letter in enumerate(text):
        alone = not (text[at - 1 : at].isalnum() or text[at + 1 : at + 2].isalnum() or text[at - 1 : at] == ".")
        found += rng.choice(names) if letter in "xy" and alone else letter
    return found


def _returned(rng: Random, kinds: list[str], bands: list[int], names: list[str]) -> str:
    arrays = []
    for kind, count in zip(kinds, bands, strict=True):
        elements = [
            rng.choice([f"{rng.choice(names)} * {_SCALES[kind]}", rng.choice(names), "1", f"{rng.choice(names)} > 1"])
            for _ in range(count)
        ]
        arrays.append(f"[{', '.join(elements)}]")
    if len(kinds) == 1 and rng.random() < 0.5:
        return arrays[0]
    return "{ " + ", ".join(f"o{i}: {array}" for i, array in enumerate(arrays)) + " }"


def _plane(rng: Random) -> NDArray[np.generic]:
    dtype = np.dtype(rng.choice(_TYPES))
    shape = (7, 11)
    if dtype.kind == "f":
        pool = [*(rng.uniform(-1, 4) for _ in range(8)), *range(6), 127.5, 254.5, *rng.sample(_SPECIAL, 5)]
    else:
        info = np.iinfo(dtype)
        pool = [*range(8), info.max, info.min, max(info.min, -3), 100]
    with np.errstate(over="ignore"):
        return np.array([rng.choice(pool) for _ in range(77)]).astype(dtype).reshape(shape)
