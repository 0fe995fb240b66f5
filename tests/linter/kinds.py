"""Faults that public scripts have, by kind, each re-created in several ways: what the linter is measured on."""

from __future__ import annotations

from dataclasses import dataclass

from tests.linter.further_kinds import FURTHER


@dataclass(frozen=True)
class Fault:
    """A script with one fault: its kind, the rule that must find it, whether that is an error, and the text."""

    kind: str
    rule: str
    error: bool
    text: str


def v3(bands: str, output: str, pixel: str, more: str = "") -> str:
    """A script of the third version; `pixel` is the body of `evaluatePixel(s, scenes)`."""
    return (
        f"//VERSION=3\nfunction setup() {{ return {{ input: {bands}, output: {output} }}; }}\n"
        f"{more}\nfunction evaluatePixel(s, scenes) {{ {pixel} }}\n"
    )


def series(pixel: str, more: str = "", output: str = '{ bands: 1, sampleType: "FLOAT32" }', how: str = "ORBIT") -> str:
    """A script on a time series of B04, B08 and dataMask."""
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["B04", "B08", "dataMask"], output: {output}, '
        f'mosaicking: "{how}" }}; }}\n{more}\n'
        f"function evaluatePixel(samples, scenes) {{ {pixel} }}\n"
    )


_RED = '["B04"]'
_TWO = '["B04", "B08"]'
_DN = '[{ bands: ["B02", "B03", "B04"], units: "DN" }]'
_REFLECTANCE = '[{ bands: ["B04"], units: "REFLECTANCE" }]'
_RADAR = '["VV", "VH"]'
_HEAT = '[{ bands: ["B10"], units: "BRIGHTNESS_TEMPERATURE" }]'
_FLOAT = '{ bands: 1, sampleType: "FLOAT32" }'
_U16, _U8, _AUTO = '{ bands: 1, sampleType: "UINT16" }', '{ bands: 1, sampleType: "UINT8" }', "{ bands: 1 }"
_PAIR = '{ bands: 2, sampleType: "FLOAT32" }'
_FUSED = '[{ datasource: "a", bands: ["B04", "B08"] }, { datasource: "b", bands: ["B04"] }]'

_KINDS: dict[tuple[str, str, bool], list[str]] = {
    ("an index in whole numbers", "sample-type-range", False): [
        v3(_TWO, _U16, "return [index(s.B08, s.B04)];"),
        v3(_TWO, _U8, "const v = (s.B08 - s.B04) / (s.B08 + s.B04); return [v];"),
        v3(_TWO, _U16, "let v = 0; v = index(s.B08, s.B04); return [v];"),
        v3(_TWO, _U16, "return [ndvi(s.B08, s.B04)];", "function ndvi(a, b) { return (a - b) / (a + b); }"),
        v3(_TWO, _U8, "const up = s.B08 - s.B04, down = s.B08 + s.B04; return [up / down];"),
        v3(_TWO, '{ bands: 2, sampleType: "INT16" }', "return [s.B04 > 0.1 ? index(s.B08, s.B04) : 0, 1];"),
        v3(_TWO, '[{ id: "v", bands: 1, sampleType: "UINT16" }]', "return { v: [1.5 * index(s.B08, s.B04)] };"),
    ],
    ("digital numbers in 8 bits", "sample-type-range", False): [
        v3(_DN, '{ bands: 3, sampleType: "UINT8" }', "return [s.B04, s.B03, s.B02];"),
        v3(_DN, '{ bands: 3, sampleType: "UINT8" }', "const { B02, B03, B04 } = s; return [B04, B03, B02];"),
        v3(_DN, "{ bands: 3 }", "return [s.B04, s.B03, s.B02];"),
        v3(_DN, "{ bands: 3, sampleType: SampleType.UINT8 }", "const v = [s.B04, s.B03, s.B02]; return v;"),
        v3('[{ bands: ["B04"], units: ["DN"] }]', _U8, "let v = s.B04; return [v];"),
    ],
    ("reflectance in whole numbers", "sample-type-range", False): [
        v3(_REFLECTANCE, _U8, "return [s.B04];"),
        v3(_RED, _U16, "return [s.B04];"),
        v3(_RED, _U8, "return [2.5 * s.B04];"),
        v3(_TWO, _U8, "return [Math.min(1, Math.max(0, (s.B08 + s.B04) / 2))];"),
        v3(_TWO, '{ bands: 2, sampleType: "UINT8" }', "return [s.B08, s.B04].map((v) => v * 3);"),
        v3(_RED, _U16, "const bright = (v) => { return v * 2; }; return [bright(s.B04)];"),
    ],
    ("decibels where numbers from 0 are stored", "sample-type-range", False): [
        v3(_RADAR, "{ bands: 2 }", "return [10 * Math.log10(s.VV), s.VH];"),
        v3(_RADAR, _AUTO, "const db = 10 * Math.log(s.VH) / Math.LN10; return [db];"),
        "return [10 * Math.log(VV) / Math.LN10];",
        v3(_RADAR, _U8, "return [toDb(s.VV)];", "function toDb(linear) { return 10 * Math.log(linear) / Math.LN10; }"),
        v3(_RADAR, _U16, "var v; v = 10 * Math.log10(s.VV); return [v];"),
        v3(_RADAR, _AUTO, "return [Math.log10(s.VV) * 10];"),
    ],
    ("a constant that a type cannot hold", "sample-type-range", False): [
        v3(
            _RED, _U16, "return [scaled(s.B04)];", "function scaled(v) { if (!(v > 0)) return -32768; return 1e4 * v; }"
        ),
        v3(
            _RED,
            '{ bands: 2, sampleType: "UINT16" }',
            "return [s.B04, s.B04 / 2].map((v) => (v > 0.1 ? 1e4 * v : -2));",
        ),
        v3(_RED, _U8, "const none = -1; return [s.B04 > 0.1 ? 200 * s.B04 : none];"),
        v3(
            _RED,
            _U8,
            "let code = -1; if (s.B04 > 0.1) { code = 1; } else if (s.B04 > 0.05) { code = 2; } return [code];",
        ),
        v3(_RED, _U8, "const codes = [300, 301]; return [s.B04 > 0.1 ? codes[0] : codes[1]];"),
        v3(_RED, _U16, "const result = []; result.push(s.B04 > 0.1 ? -9999 : 1); return result;"),
    ],
    ("Celsius and frost", "sample-type-range", False): [
        v3(_HEAT, _U16, "return [s.B10 - 273.15];"),
        v3(_HEAT, _U8, "const zero = 273.15; const t = s.B10 - zero; return [t];"),
        v3(_HEAT, _AUTO, "return [celsius(s.B10)];", "const celsius = (k) => k - 273.15;"),
        v3('["S8"]', _U16, "let t = s.S8 - 273; return [t];"),
        v3('["LST"]', _U8, "return [s.LST - 273.15];"),
    ],
    ("an index under AUTO", "sample-type-range", False): [
        v3(_TWO, _AUTO, "return [index(s.B08, s.B04)];"),
        v3(_TWO, '{ bands: 1, sampleType: "AUTO" }', "let v = index(s.B08, s.B04); return [v];"),
        v3('["B04", "B08", "dataMask"]', "{ bands: 2 }", "return [(s.B08 - s.B04) / (s.B08 + s.B04), s.dataMask];"),
        v3(_TWO, _AUTO, "const { B04, B08 } = s; return [(B08 - B04) / (B08 + B04)];"),
        v3(_TWO, '[{ id: "v", bands: 1 }]', "return { v: [ndvi(s)] };", "const ndvi = (p) => index(p.B08, p.B04);"),
    ],
    ("bytes under AUTO", "sample-type-range", False): [
        v3(_RED, "{ bands: 3 }", "let c = [0, 0, 0]; if (s.B04 > 0.5) c = [102, 51, 0]; return c;"),
        v3(_RED, "{ bands: 3 }", "const green = [34, 139, 34]; return s.B04 > 0.5 ? green : [0, 0, 0];"),
        v3(_RED, "{ bands: 3 }", "const c = int2rgb(0x228b22); return s.B04 > 0.5 ? c : [0, 0, 0];"),
        v3(
            _RED,
            "{ bands: 3 }",
            "return paint(s.B04);",
            "function paint(v) { if (v > 1) return [34, 139, 34]; return [0, 0, 0]; }",
        ),
        v3('["SCL"]', _AUTO, "return [s.SCL];"),
    ],
    ("lost parentheses", "lost-parentheses", False): [
        v3(_TWO, _FLOAT, "return [s.B08 - s.B04 / s.B08 + s.B04];"),
        v3(_TWO, _FLOAT, "const a = s.B08, b = s.B04; const v = a - b / a + b; return [v];"),
        v3(_TWO, _FLOAT, "return [s.B08 * 1e-4 - s.B04 * 1e-4 / s.B08 * 1e-4 + s.B04 * 1e-4];"),
        v3(_TWO, _FLOAT, "return [(s.B08 - s.B04) / s.B08 + s.B04];"),
        "return [B08 - B04 / B08 + B04];",
        v3(_TWO, _FLOAT, "const ndvi = (n, r) => n - r / (n + r); return [ndvi(s.B08, s.B04)];"),
    ],
    ("a count that can be 0", "division-by-count", False): [
        series(
            "let n = 0, t = 0; for (const s of samples) { if (s.dataMask) { n++; t += s.B04 * s.B08; } } return [t / n];"
        ),
        series(
            "let n = 0, t = 0; for (let i = 0; i < samples.length; i++) { if (new Date(scenes.orbits[i].dateFrom) > "
            "new Date('2023-06-01')) { n += 1; t += samples[i].B04 * samples[i].B08 * samples[i].dataMask; } } return [t / n];"
        ),
        series(
            "const ok = samples.filter((s) => s.dataMask === 1 && s.B08); return [ok.reduce((t, s) => t + s.B04, 0) / ok.length];"
        ),
        series("return [samples.map((s) => s.B04 * s.B08).length / samples.filter((s) => s.dataMask).length];"),
        series(
            "let n = 0, m = 0; for (const s of samples) { if (s.B04 > 0.5 * s.dataMask) n++; if (s.B08 > 0.5) m++; } return [n / (n + m)];"
        ),
        series(
            "let bad = 0, t = 0; samples.forEach((s) => { if (!s.dataMask) bad++; t += s.B04 * s.B08; }); return [t / (samples.length - bad)];"
        ),
        series(
            "let n = 0, t = 0; for (const s of samples) { if (!ok(s)) continue; n++; t += s.B04 * s.B08; } return [t / n];",
            "const ok = (s) => s.dataMask;",
        ),
        series(
            "let n = samples.length, t = 0; for (const s of samples) { if (s.dataMask) t += s.B04 * s.B08; else n--; } const mean = t / n; return [mean];"
        ),
    ],
    ("deprecated scenes", "deprecated-scenes", False): [
        series("return [samples[0].B04 * samples[0].B08 * samples[0].dataMask * scenes[0].date.getMonth()];"),
        series(
            "return [first(scenes) * samples[0].B04 * samples[0].B08 * samples[0].dataMask];",
            "function first(list) { return list[0].date.getTime(); }",
        ),
        series(
            "return [samples[0].B04 * samples[0].B08 * samples[0].dataMask];",
            "function updateOutputMetadata(scenes, info, out) { const d = []; scenes.forEach((s) => d.push(s.date)); out.userData = { d }; }",
        ),
        '//VERSION=3\nfunction setup() { return { input: list("B04"), output: { bands: 1, sampleType: "FLOAT32" }, mosaicking: "ORBIT" }; }\n'
        "function list(...names) { return names; }\nfunction evaluatePixel(samples, scenes) { return [scenes.length * samples[0].B04]; }\n",
        series(
            "let n = 0; for (const scene of scenes) n += scene.date > 0 ? 1 : 0; return [n * samples[0].B04 * samples[0].B08 * samples[0].dataMask];"
        ),
        series(
            "return [samples.reduce((t, s, i) => t + s.B04 * s.B08 * s.dataMask * later(i, scenes), 0)];",
            "const later = (i, all) => all[i].date.getDay();",
        ),
        series(
            "return [samples[0].B04 + samples[0].B08 + samples[0].dataMask];",
            "function filterScenes(scenes) { return scenes.filter((s) => s.date); }",
        ),
    ],
    ("a field that scenes do not have", "undocumented-field", False): [
        series(
            "return [samples[0].B04 * samples[0].B08 * samples[0].dataMask * scenes.orbits.filter((o) => o.orbitId === 54).length];"
        ),
        series(
            "const { orbits } = scenes; return [samples[0].B04 * samples[0].B08 * samples[0].dataMask * (orbits[0].direction === 'ASC' ? 1 : 2)];"
        ),
        series(
            "let n = 0; for (const t of scenes.tiles) n += t.cloudCover < 20 ? 1 : 2; return [n * samples[0].B04 * samples[0].B08 * samples[0].dataMask];",
            how="TILE",
        ),
        series(
            "return [samples[0].B04 * samples[0].B08 * samples[0].dataMask];",
            "function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.filter(function (o) { return o.cloudCoverage < 5; }); return c; }",
        ),
        series(
            "return [samples[0].B04 * samples[0].B08 * samples[0].dataMask * early(scenes.tiles[0])];",
            "const early = (tile) => (tile.dateFrom < '2023' ? 1 : 2);",
            how="TILE",
        ),
    ],
    ("a method that a field does not have", "type-of-field", True): [
        series(
            "return [samples[0].B04 * samples[0].B08 * samples[0].dataMask * scenes.orbits[0].dateFrom.getMonth()];"
        ),
        series(
            "return [samples[0].B04 * samples[0].B08 * samples[0].dataMask * scenes.tiles.filter((t) => t.date.getFullYear() === 2023).length];",
            how="TILE",
        ),
        series(
            "const d = scenes.orbits[0].dateTo; return [samples[0].B04 * samples[0].B08 * samples[0].dataMask * d.getTime()];"
        ),
        series(
            "return [samples[0].B04 * samples[0].B08 * samples[0].dataMask];",
            "function preProcessScenes(c) { c.scenes.orbits.sort((a, b) => b.dateFrom - a.dateFrom); return c; }",
        ),
        series(
            "return [samples[0].B04 * samples[0].B08 * samples[0].dataMask];",
            "function preProcessScenes(c) { const day = c.to.split('T')[0]; return day ? c : c; }",
        ),
    ],
    ("an array in an array", "nested-array", False): [
        v3(
            _RED,
            "{ bands: 2 }",
            "var c = 0; c = pair(s.B04); return [c, 1];",
            "function pair(v) { return [v, v / 2]; }",
        ),
        v3(
            _RED,
            "{ bands: 1 }",
            "return [viz.process(s.B04)];",
            "const viz = ColorRampVisualizer.createRedTemperature(0, 1);",
        ),
        v3(_RED, "{ bands: 2 }", "const c = hex2rgb(0xff0000); return [c, s.B04];"),
        v3(_RED, "{ bands: 2 }", "let c; if (s.B04 > 1) { c = [s.B04]; } else { c = [0]; } return [c, 1];"),
        v3(_RED, "{ bands: 2 }", "return { default: [pair(s.B04), 1] };", "const pair = (v) => [v, v];"),
    ],
    ("colours of unequal length", "stops-and-colors-length", True): [
        v3(
            _RED,
            "{ bands: 4 }",
            "const c = colorBlend(s.B04, [0, 1], [[0, 0.5, 1, 0], [0, 1, 0]]); c.push(1); return c;",
        ),
        v3(_RED, "{ bands: 3 }", "return colorBlend(s.B04, [0, 0.5, 1], [[0, 0, 0], [1, 1], [1, 1, 1]]);"),
        v3(
            _RED,
            "{ bands: 3 }",
            "return colorBlend(s.B04, [0, 1], colors);",
            "const colors = [[0, 0, 0], [1, 1, 1, 1]];",
        ),
        "return colorBlend(B04, [0, 1, 2], [[0, 0, 0], [1, 0, 0], [1, 1, 0, 1]]);",
        v3(_RED, "{ bands: 3 }", "return colorBlend(s.B04, [0, 1], [[0, 0, 0], [1, 0, 0], [1, 1, 1]]);"),
    ],
    ("an undeclared band behind helpers", "undeclared-band", True): [
        series(
            "return [avg(samples, (p) => p.B04) * samples[0].B08 * samples[0].dataMask];",
            "const cloudy = (p) => p.CLM === 1;\nfunction avg(list, pick) { let t = 0; for (const p of list) { if (!cloudy(p)) t += pick(p); } return t; }",
        ),
        series("return [samples.map(value)[0] * samples[0].dataMask];", "const value = (p) => p.B04 / p.B8A + p.B08;"),
        v3(
            _RED,
            _FLOAT,
            "return [each(s, half)];",
            "const half = (p) => p.B05 / 2;\nfunction each(p, f) { return f(p) + p.B04; }",
        ),
        v3(
            _RED,
            _FLOAT,
            "const p = s; return [ratio(p)];",
            "function ratio(p) { const { B04, B03 } = p; return B04 / B03; }",
        ),
        series(
            "const left = samples.filter(clear); return [left.map(value)[0]];",
            "const clear = (p) => p.dataMask;\nconst value = (p) => p.B04 / p.B05 + p.B08;",
        ),
    ],
    ("unequal returns of a simple script", "output-length", False): [
        "if (B04 > 0.3) { return [0, 0, 0]; }\nreturn [B04, B03, B02, dataMask];",
        "const v = index(B08, B04);\nif (v < 0) return [0, 0, 1];\nelse return [v, v, v, 1];",
        "let c = [0, 0, 0];\nif (B04 > 0.3) c = [1, 1, 1, 1];\nreturn c;",
        "return B04 > 0.3 ? [1, 1, 1] : [0, 0, 0, 0];",
        "function paint(v) { return v > 1 ? [1, 1, 1] : [0, 0, 0]; }\nif (!dataMask) return [0, 0, 0, 0];\nreturn paint(B04);",
    ],
    ("a band that the declared collection lacks", "unknown-band", True): [
        "// oso: collection sentinel-2-l2a\nreturn [B04, B10, B02];",
        "// oso: collection sentinel-2-l1c\nif (SCL == 3) return [0, 0, 0];\nreturn [B04, B03, B02];",
        "// oso: collection sentinel-1-grd\nlet v = B04;\nreturn [VV, VH, v];",
        v3('["B04", "B8"]', _FLOAT, "return [s.B04 / s.B8];", "// oso: collection sentinel-2-l2a"),
        v3('[{ bands: ["SCL"] }]', _FLOAT, "return [s.SCL];", "// oso: collection sentinel-2-l1c"),
    ],
    ("a condition that never holds", "constant-condition", False): [
        v3(_RED, _FLOAT, "return [wet(s.B04) ? 1 : 0];", "function wet(v) { if (v > 0.3) { return false; } }"),
        v3(
            _RED,
            _FLOAT,
            "if (wet(s.B04)) return [1]; return [0];",
            "function wet(v) { if (v > 1) return false; return false; }",
        ),
        v3(_RED, _FLOAT, "return [s.B04 == 1 || 2 ? 1 : 0];"),
        v3(_RED, _FLOAT, "return [s.B04 === NaN ? 0 : s.B04];"),
        v3(_RED, _FLOAT, "return [0.1 < s.B04 < 0.3 ? 1 : 0];"),
        v3(
            _RED,
            _FLOAT,
            "return [wet(s.B04) && s.B04 > 0 ? 1 : 0];",
            "const wet = function (v) { switch (v) { case 1: return 0; default: return false; } };",
        ),
    ],
    ("a power by ^", "xor-as-power", True): [
        v3(_TWO, _FLOAT, "return [(s.B04 * s.B08) ^ (1 / 3)];"),
        v3(_RED, _FLOAT, "return [s.B04 ^ 2];"),
        v3(_RED, _FLOAT, "return [10 ^ (s.B04 / 10)];"),
        v3(_TWO, _FLOAT, "const root = (v) => (v) ^ 0.5; return [root(s.B04 * s.B08)];"),
        v3(_TWO, _FLOAT, "return [((1 - s.B04) * (1 - s.B08)) ^ (1 / 4)];"),
    ],
    ("comparisons joined by one sign", "bitwise-as-logic", False): [
        v3(_TWO, _FLOAT, "return [s.B04 > 0.1 & s.B08 < 0.2 & s.B04 == 3 ? 1 : 0];"),
        v3(_TWO, _FLOAT, "if (s.B04 > 0.1 | s.B08 > 0.2 | s.B08 < 0) return [1]; return [0];"),
        v3(_TWO, _FLOAT, "if ((s.B04 > 0.1) & (s.B08 < 0.2)) return [1]; return [0];"),
        v3(_TWO, _FLOAT, "return [s.B04 > 0.1 & s.B08 < 0.2 ? 1 : 0];"),
        v3(_TWO, _FLOAT, "while (s.B04 > 0.1 & s.B08 < 0.2 & s.B08 > 0.1 & s.B04 < 1) return [1]; return [0];"),
    ],
    ("a band of another source", "unused-band", False): [
        v3(_FUSED, _FLOAT, "const a = s.a[0]; return [a.B04 - a.B08];"),
        v3(_FUSED, _FLOAT, "return [s.a[0].B08 * s.b[0].B04];"),
        v3(_FUSED, _FLOAT, "const { a } = s; return [a[0].B04 / a[0].B08];"),
        v3(
            '[{ bands: ["B04", "B08"], datasource: "x" }, { bands: ["B08", "VV"], datasource: "y" }]',
            _FLOAT,
            "return [s.x[0].B04 * s.x[0].B08 * s.y[0].VV];",
        ),
        v3(_FUSED, _FLOAT, "let a = s.a[0], b = s.b[0]; return [a.B08 + b.B04];"),
    ],
    ("numbers sorted as text", "sort-as-text", False): [
        series("const v = samples.map((s) => s.B04 * s.B08 * s.dataMask); v.sort(); return [v[2]];"),
        series(
            "const v = []; for (let i = 0; i < samples.length; i++) { v.push(samples[i].B04); } return [v.sort()[1] * samples[0].B08 * samples[0].dataMask];"
        ),
        series(
            "let v = []; samples.forEach((s) => { if (s.dataMask) v.push(index(s.B08, s.B04)); }); v = v.sort(); return [v[0]];"
        ),
        series(
            "const v = samples.filter((s) => s.dataMask).map((s) => s.B04 / s.B08); return [v.sort().reverse()[0]];"
        ),
        v3(_TWO, _FLOAT, "return [[s.B04, s.B08].sort()[0]];"),
    ],
    ("a method that a visualizer lacks", "unknown-method", True): [
        v3(
            _RED,
            "{ bands: 3 }",
            "return viz.processOne(s.B04);",
            "const viz = new ColorMapVisualizer([[0, 0x000000]]);",
        ),
        v3(
            _RED,
            "{ bands: 3 }",
            "return viz.processValue(s.B04);",
            "var viz = ColorRampVisualizer.createBlueRed(0, 1);",
        ),
        v3(_RED, "{ bands: 1 }", "let viz = new HighlightCompressVisualizer(0, 0.4); return [viz.apply(s.B04)];"),
        v3(_RED, "{ bands: 3 }", "return new ColorGradientVisualizer([[0, 0], [1, 0xffffff]]).proces(s.B04);"),
        v3(_RED, "{ bands: 3 }", "return ColorRampVisualizer.createBlueGreen(0, 1).process(s.B04);"),
    ],
    ("statistics without a mask", "statistics-without-mask", True): [
        v3(_RED, '[{ id: "ndvi", bands: ["mean"] }]', "return { ndvi: [s.B04] };"),
        v3(_RED, '{ id: "ndvi", bands: ["a", "b"], sampleType: "FLOAT32" }', "return [s.B04, 1];"),
        v3(_RED, '[{ id: "a", bands: ["x"] }, { id: "b", bands: ["y"] }]', "return { a: [s.B04], b: [1] };"),
        v3(_RED, '[{ id: "a", bands: NAMES }]', "return { a: [s.B04] };", 'const NAMES = ["x"];'),
        v3(_RED, '[{ id: "a", bands: ["x"] }, { id: "datamask", bands: 1 }]', "return { a: [s.B04], datamask: [1] };"),
    ],
    ("text damaged by a PDF", "typographic-character", False): [
        v3('[ìB11î, "B04"]', _FLOAT, "return [s.B11 / s.B04];"),
        v3("[“B04”]", _FLOAT, "return [s.B04];"),
        v3("[‘B04’]", _FLOAT, "return [s.B04];"),
        v3(_TWO, _FLOAT, "return [s.B04 – s.B08];"),
        v3("[ëB04í]", _FLOAT, "return [s.B04];"),
    ],
    ("an empty band name", "setup-shape", True): [
        v3('["B04", ""]', _FLOAT, "return [s.B04];"),
        v3('[{ bands: ["", "B04"] }]', _FLOAT, "return [s.B04];"),
        v3('[{ bands: ["B04", " "] }]', _FLOAT, "return [s.B04];"),
        v3('["B04", NONE]', _FLOAT, "return [s.B04];", 'const NONE = "";'),
        v3('[{ datasource: "a", bands: ["B04"] }, { datasource: "b", bands: [""] }]', _FLOAT, "return [s.a[0].B04];"),
    ],
    ("a header that is none", "version-header", False): [
        "// a picture\nlet v = 2 * B04;\n//VERSION=3\nreturn [v, v, v];",
        "//VERSON=3\nreturn [B04, B03, B02];",
        "// VERSION=3\nreturn [B04, B03, B02];",
        v3(_RED, "{ bands: 1 }", "return [s.B04];").replace("//VERSION=3", "//VERSION=3.Red"),
        v3(_RED, "{ bands: 1 }", "return [s.B04];").replace("//VERSION=3", "// red\n//VERSION=3"),
    ],
    ("bands on different scales", "mixed-scales", False): [
        v3('["B04", "dataMask"]', '{ bands: 4, sampleType: "UINT8" }', "return [...int2rgb(0x228b22), s.dataMask];"),
        v3(
            '["B04", "dataMask"]',
            '{ bands: 4, sampleType: "UINT8" }',
            "return s.B04 > 1 ? [34, 139, 34, s.dataMask] : [9, 9, 200, s.dataMask];",
        ),
        v3(
            '["B04", "dataMask"]',
            '{ bands: 4, sampleType: "UINT8" }',
            "return [255 * s.B04, 255 * s.B04, 255 * s.B04, s.dataMask];",
        ),
        v3(_RED, '{ bands: 4, sampleType: "UINT8" }', "const c = [200, 100, 50]; return [...c, 1 * (s.B04 > 0)];"),
        v3(
            '["B04", "dataMask"]',
            '{ bands: 4, sampleType: "UINT8" }',
            "const m = s.dataMask; const v = Math.round(s.B04 * 255); return [v, v, v, m];",
        ),
    ],
}

_RULES = {kind: (rule, error) for kind, rule, error in _KINDS}
FAULTS = (
    *(Fault(kind, rule, error, text) for (kind, rule, error), texts in _KINDS.items() for text in texts),
    *(Fault(kind, *_RULES[kind], text) for kind, text in FURTHER),
)
"""All of them."""
