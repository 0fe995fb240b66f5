"""The same kinds in further ways, written from their descriptions before the rules were looked at."""

from __future__ import annotations


def _script(bands: str, output: str, pixel: str, more: str = "", mosaicking: str = "") -> str:
    kind = f', mosaicking: "{mosaicking}"' if mosaicking else ""
    return (
        f"//VERSION=3\nfunction setup() {{\n  return {{ input: {bands}, output: {output}{kind} }};\n}}\n{more}\n"
        f"function evaluatePixel(sample, scenes) {{\n{pixel}\n}}\n"
    )


_FLOAT = '{ bands: 1, sampleType: "FLOAT32" }'

FURTHER: tuple[tuple[str, str], ...] = (
    (
        "an index in whole numbers",
        _script(
            '["B03","B08"]',
            "{ bands: 1, sampleType: SampleType.UINT16 }",
            "  const { B03, B08 } = sample;\n  const ndwi = (B03 - B08) / (B03 + B08);\n  return [ndwi];",
        ),
    ),
    (
        "an index in whole numbers",
        _script(
            '["B04","B08"]',
            '[{ id: "default", bands: 4 }, { id: "idx", bands: 1, sampleType: "INT16" }]',
            "  let i = index(sample.B08, sample.B04);\n  return { default: [sample.B04, sample.B04, sample.B04, 1], idx: [i] };",
        ),
    ),
    (
        "an index in whole numbers",
        _script(
            '["B04","B08"]',
            '{ bands: 1, sampleType: "UINT8" }',
            "  return calc(sample);",
            "function calc(p) { let v = (p.B08 - p.B04) / (p.B08 + p.B04); return [v]; }",
        ),
    ),
    (
        "digital numbers in 8 bits",
        _script(
            '[{ bands: ["B04", "B03", "B02"], units: ["DN", "DN", "DN"] }]',
            '{ bands: 3, sampleType: "UINT8" }',
            "  const rgb = [sample.B04, sample.B03, sample.B02];\n  return rgb;",
        ),
    ),
    (
        "digital numbers in 8 bits",
        _script(
            '{ bands: ["B08"], units: "DN" }',
            '{ bands: 1, sampleType: "UINT8" }',
            "  const nir = sample.B08;\n  if (nir) { return [nir]; }\n  return [0];",
        ),
    ),
    (
        "reflectance in whole numbers",
        _script(
            '[{ bands: ["B04","B08"], units: "REFLECTANCE" }]',
            '{ bands: 2, sampleType: "UINT16" }',
            "  return [sample.B04, sample.B08];",
        ),
    ),
    (
        "reflectance in whole numbers",
        _script(
            '["B02","B03","B04"]',
            '{ bands: 3, sampleType: "UINT8" }',
            '  return ["B04","B03","B02"].map(function (b) { return sample[b]; });',
        ),
    ),
    (
        "decibels where numbers from 0 are stored",
        _script(
            '["VV","VH"]',
            "{ bands: 3 }",
            "  const vv = toDb(sample.VV);\n  const vh = toDb(sample.VH);\n  return [vv, vh, vv - vh];",
            "const toDb = (x) => 10 * Math.log10(x);",
        ),
    ),
    (
        "decibels where numbers from 0 are stored",
        "var vv = Math.log(VV) * 10 / Math.LN10;\nvar vh = Math.log(VH) * 10 / Math.LN10;\nreturn [vv, vh, vv];",
    ),
    (
        "a constant that a type cannot hold",
        _script(
            '["B04"]',
            '{ bands: 1, sampleType: "UINT16" }',
            "  return [clean(sample.B04)];",
            "function clean(v) {\n  return isNaN(v) ? -32768 : Math.round(v * 10000);\n}",
        ),
    ),
    (
        "a constant that a type cannot hold",
        _script(
            '["B04","dataMask"]',
            '{ bands: 2, sampleType: "UINT8" }',
            "  const out = [Math.round(200 * sample.B04), sample.dataMask];\n  return sample.dataMask ? out : [-1, 0];",
        ),
    ),
    (
        "a constant that a type cannot hold",
        _script(
            '["B04"]',
            '{ bands: 1, sampleType: "UINT16" }',
            "  const NODATA = -9999;\n  let v = sample.B04 > 0 ? sample.B04 * 10000 : NODATA;\n  return [v];",
        ),
    ),
    (
        "Celsius and frost",
        _script(
            '[{ bands: ["B10"], units: "BRIGHTNESS_TEMPERATURE" }]',
            '{ bands: 1, sampleType: "UINT8" }',
            "  var c = sample.B10 - 273.15;\n  return [Math.round(c)];",
        ),
    ),
    (
        "Celsius and frost",
        _script(
            '["F1"]',
            '{ bands: 1, sampleType: "UINT16" }',
            "  const K = 273.15;\n  return [kToC(sample.F1)];",
            "function kToC(k) { return k - 273.15; }",
        ),
    ),
    (
        "an index under AUTO",
        _script(
            '["B04","B08"]',
            "{ bands: 1 }",
            "  var a = sample.B08 - sample.B04;\n  var b = sample.B08 + sample.B04;\n  return [a / b];",
        ),
    ),
    (
        "an index under AUTO",
        _script(
            '["B04","B08","dataMask"]',
            '{ id: "default", bands: 2 }',
            "  return [index(sample.B08, sample.B04)].concat(sample.dataMask);",
        ),
    ),
    (
        "bytes under AUTO",
        _script(
            '["SCL"]',
            "{ bands: 3 }",
            "  switch (sample.SCL) {\n    case 4: return [0, 160, 0];\n    case 6: return [0, 0, 255];\n    default: return [200, 200, 200];\n  }",
        ),
    ),
    (
        "bytes under AUTO",
        _script(
            '["B04"]',
            '{ bands: 3, sampleType: "AUTO" }',
            "  return sample.B04 > 0.3 ? COLORS.high : COLORS.low;",
            "const COLORS = { high: [255, 0, 0], low: [0, 0, 128] };",
        ),
    ),
    (
        "lost parentheses",
        _script(
            '["B03","B11"]', _FLOAT, "  let ndsi = sample.B03 - sample.B11 / sample.B03 + sample.B11;\n  return [ndsi];"
        ),
    ),
    ("lost parentheses", "let g = B03, n = B08;\nlet w = g - n / g + n;\nreturn [w];"),
    (
        "lost parentheses",
        _script(
            '["B05","B8A"]',
            _FLOAT,
            "  return [sample.B8A * 10000 - sample.B05 * 10000 / sample.B8A * 10000 + sample.B05 * 10000];",
        ),
    ),
    (
        "a count that can be 0",
        _script(
            '["B04","dataMask"]',
            _FLOAT,
            "  let sum = 0;\n  let valid = 0;\n  sample.forEach((p) => {\n    if (p.dataMask === 1) {\n      sum += p.B04;\n      valid += 1;\n    }\n  });\n  return [sum / valid];",
            mosaicking="ORBIT",
        ),
    ),
    (
        "a count that can be 0",
        _script(
            '["B04","dataMask"]',
            _FLOAT,
            "  const good = sample.filter(function (p) { return p.dataMask; }).map((p) => p.B04);\n  const mean = good.reduce((a, b) => a + b, 0) / good.length;\n  return [mean];",
            mosaicking="ORBIT",
        ),
    ),
    (
        "a count that can be 0",
        _script(
            '["SCL","dataMask"]',
            _FLOAT,
            "  let water = 0, land = 0;\n  for (let k = 0; k < sample.length; k++) {\n    if (!sample[k].dataMask) continue;\n    if (sample[k].SCL === 6) water++; else land++;\n  }\n  return [water / (water + land)];",
            mosaicking="ORBIT",
        ),
    ),
    (
        "a count that can be 0",
        _script(
            '["B04"]',
            _FLOAT,
            '  const limit = new Date("2023-07-01");\n  let n = 0, t = 0;\n  for (let i = 0; i < sample.length; i++) {\n    const d = new Date(scenes.orbits[i].dateFrom);\n    if (d >= limit) { t = t + sample[i].B04; n = n + 1; }\n  }\n  return [t / n];',
            mosaicking="ORBIT",
        ),
    ),
    (
        "deprecated scenes",
        _script(
            '["B04"]',
            _FLOAT,
            "  const latest = newest(scenes);\n  return [sample[0].B04 * latest];",
            "function newest(all) {\n  let best = 0;\n  for (let i = 0; i < all.length; i++) { if (all[i].date > best) best = all[i].date; }\n  return best;\n}",
            mosaicking="ORBIT",
        ),
    ),
    (
        "deprecated scenes",
        _script(
            '["B04"]',
            _FLOAT,
            "  return [sample[0].B04];",
            "function updateOutputMetadata(scenes, inputMetadata, outputMetadata) {\n  outputMetadata.userData = { dates: scenes.map((s) => s.date) };\n}",
            mosaicking="ORBIT",
        ),
    ),
    (
        "deprecated scenes",
        _script(
            '["B04"]',
            _FLOAT,
            "  return [sample.filter((p, i) => scenes[i].date.getMonth() === 5).length];",
            mosaicking="ORBIT",
        ),
    ),
    (
        "a field that scenes do not have",
        _script(
            '["B04"]',
            _FLOAT,
            "  return [sample[0].B04];",
            "function preProcessScenes(collections) {\n  collections.scenes.orbits = collections.scenes.orbits.filter((o) => o.relativeOrbit === 7);\n  return collections;\n}",
            mosaicking="ORBIT",
        ),
    ),
    (
        "a field that scenes do not have",
        _script(
            '["B04"]',
            _FLOAT,
            "  const t = scenes.tiles[0];\n  return [t.cloudPercentage < 10 ? sample[0].B04 : 0];",
            mosaicking="TILE",
        ),
    ),
    (
        "a field that scenes do not have",
        _script(
            '["B04"]',
            _FLOAT,
            "  return [sample[0].B04];",
            "function updateOutputMetadata(scenes, inputMetadata, outputMetadata) {\n  outputMetadata.userData = { n: scenes.orbits.map((orbit) => orbit.sensingTime) };\n}",
            mosaicking="ORBIT",
        ),
    ),
    (
        "an array in an array",
        _script(
            '["B04"]',
            "{ bands: 4 }",
            "  let col = viz.process(sample.B04);\n  return [col, 1];",
            "const viz = new ColorRampVisualizer([[0, 0x000000], [1, 0xffffff]]);",
        ),
    ),
    (
        "an array in an array",
        _script(
            '["B04","dataMask"]',
            "{ bands: 4 }",
            "  let rgb;\n  rgb = stretch(sample);\n  return [rgb, sample.dataMask];",
            "function stretch(p) { return [2 * p.B04, p.B04, p.B04]; }",
        ),
    ),
    (
        "an array in an array",
        _script(
            '["B04"]',
            '[{ id: "default", bands: 3 }]',
            "  const c = colorBlend(sample.B04, [0, 1], [[0, 0, 0], [1, 1, 1]]);\n  return { default: [c] };",
        ),
    ),
    (
        "colours of unequal length",
        _script(
            '["B04"]',
            "{ bands: 4 }",
            "  const rgb = colorBlend(sample.B04, [0, 0.3, 1], [[0, 0, 0.5], [0, 0.5, 0, 1], [1, 1, 1]]);\n  rgb.push(1);\n  return rgb;",
        ),
    ),
    (
        "colours of unequal length",
        _script(
            '["B04"]',
            "{ bands: 3 }",
            "  return colorBlend(sample.B04, LIMITS, COLORS);",
            "const LIMITS = [0, 1];\nconst COLORS = [\n  [1, 1, 1],\n  [0, 0]\n];",
        ),
    ),
    (
        "an undeclared band behind helpers",
        _script(
            '["B04","B08","dataMask"]',
            _FLOAT,
            "  const ok = sample.filter(usable);\n  return [ok.length ? ok[0].B04 * ok[0].B08 * ok[0].dataMask : 0];",
            "const usable = (p) => p.SCL !== 9;",
            mosaicking="ORBIT",
        ),
    ),
    (
        "an undeclared band behind helpers",
        _script(
            '["B04","B08"]',
            _FLOAT,
            "  return [mean(sample, (p) => index(p.B08, p.B04))];",
            "function isClear(p) { return p.CLP < 50; }\nfunction mean(list, get) {\n  let sum = 0, n = 0;\n  for (let i = 0; i < list.length; i++) {\n    if (isClear(list[i])) { sum += get(list[i]); n++; }\n  }\n  return n > 0 ? sum / n : 0;\n}",
            mosaicking="ORBIT",
        ),
    ),
    (
        "unequal returns of a simple script",
        "if (B08 < 0.1) {\n  return [0, 0, 0.5];\n}\nlet v = index(B08, B04);\nreturn [v, v, 0, 1];",
    ),
    (
        "unequal returns of a simple script",
        "switch (SCL) {\n  case 3: return [0, 0, 0, 0];\n  default: return [B04, B03, B02];\n}",
    ),
    (
        "a band that the declared collection lacks",
        "// oso: collection sentinel-2-l2a\nvar cirrus = B10 * 3;\nreturn [cirrus, B03, B02];",
    ),
    ("a band that the declared collection lacks", "// oso: collection sentinel-1-grd\nreturn [VV * 2, VH * 3, B02];"),
    ("a header that is none", "var a = B04;\n// VERSION=3\nreturn [a, a, a];"),
    ("a header that is none", "//VERSOIN=3\nreturn [B04, B03, B02];"),
    (
        "a condition that never holds",
        _script(
            '["B04","B11"]',
            _FLOAT,
            "  if (isSnow(sample)) { return [1]; }\n  return [0];",
            "function isSnow(p) {\n  if (p.B11 < 0.1) return false;\n  if (p.B04 > 0.4) return false;\n}",
        ),
    ),
    (
        "a condition that never holds",
        _script(
            '["B04"]',
            _FLOAT,
            "  const v = dark(sample.B04) ? 0 : sample.B04;\n  return [v];",
            "const dark = function (b) { if (b < 0.05) { return false; } return; };",
        ),
    ),
    (
        "a power by ^",
        _script('["B02","B03"]', _FLOAT, "  const geo = (sample.B02 * sample.B03) ^ (1/2);\n  return [geo];"),
    ),
    ("a power by ^", _script('["B03"]', _FLOAT, "  return [Math.max(0, (sample.B03 / 2)^(1/3))];")),
    (
        "comparisons joined by one sign",
        _script(
            '["B03","B04","B08"]',
            _FLOAT,
            "  let w = sample.B03 > 0.1 & sample.B04 < 0.2 & sample.B08 < 0.1;\n  return [w ? 1 : 0];",
        ),
    ),
    (
        "comparisons joined by one sign",
        _script(
            '["SCL"]',
            _FLOAT,
            "  if (sample.SCL == 3 | sample.SCL == 8 | sample.SCL == 9 | sample.SCL == 10) return [NaN];\n  return [sample.SCL];",
        ),
    ),
    (
        "a band of another source",
        _script(
            '[{ datasource: "s2", bands: ["B04", "dataMask"] }, { datasource: "s3", bands: ["B04", "B06"] }]',
            _FLOAT,
            "  const a = sample.s2[0], b = sample.s3[0];\n  return [a.B04 * a.dataMask + b.B06];",
        ),
    ),
    (
        "a band of another source",
        _script(
            '[{ datasource: "l1c", bands: ["B02", "B03"] }, { datasource: "l2a", bands: ["B03", "SCL"] }]',
            _FLOAT,
            "  var x = sample.l1c[0];\n  var y = sample.l2a[0];\n  return [x.B02 + x.B03 + y.SCL];",
        ),
    ),
    (
        "numbers sorted as text",
        _script(
            '["B04"]',
            _FLOAT,
            "  const list = [];\n  for (const p of sample) list.push(p.B04 * 10000);\n  list.sort();\n  return [list[Math.floor(list.length / 2)]];",
            mosaicking="ORBIT",
        ),
    ),
    (
        "numbers sorted as text",
        _script(
            '["B04"]',
            _FLOAT,
            "  return [median(sample.map((p) => p.B04))];",
            "function median(values) {\n  const sorted = values.sort();\n  return sorted[Math.floor(sorted.length / 2)];\n}",
            mosaicking="ORBIT",
        ),
    ),
    (
        "a method that a visualizer lacks",
        _script(
            '["B04"]',
            "{ bands: 3 }",
            "  return ramp.getColor(sample.B04);",
            "const ramp = new ColorRampVisualizer([[0, 0x000000], [1, 0xffffff]]);",
        ),
    ),
    (
        "a method that a visualizer lacks",
        _script(
            '["B04","B03","B02"]',
            "{ bands: 3 }",
            "  return viz.processAll([sample.B04, sample.B03, sample.B02]);",
            "let viz = new HighlightCompressVisualizer(0, 0.4);",
        ),
    ),
    (
        "statistics without a mask",
        _script(
            '["B04","B08","dataMask"]',
            '[{ id: "ndvi", bands: ["value", "valid"], sampleType: "FLOAT32" }]',
            "  return { ndvi: [index(sample.B08, sample.B04), sample.dataMask] };",
        ),
    ),
    (
        "statistics without a mask",
        _script(
            '["B04"]',
            '[{ id: "a", bands: 1 }, { id: "b", bands: ["red"] }]',
            "  return { a: [sample.B04], b: [sample.B04] };",
        ),
    ),
    ("text damaged by a PDF", _script("[ìB04î, îB08î]", _FLOAT, "  return [sample.B04 / sample.B08];")),
    ("text damaged by a PDF", _script('["B04"]', "{ bands: 1, sampleType: ìFLOAT32î }", "  return [sample.B04];")),
    ("an empty band name", _script('["", "B04"]', _FLOAT, "  return [sample.B04];")),
    ("an empty band name", _script('{ bands: ["B04", ""], units: "DN" }', _FLOAT, "  return [sample.B04];")),
    (
        "bands on different scales",
        _script(
            '["SCL","dataMask"]',
            '{ bands: 4, sampleType: "UINT8" }',
            "  if (sample.SCL === 6) return [0, 0, 255, 1];\n  return [120, 120, 120, sample.dataMask];",
        ),
    ),
    (
        "bands on different scales",
        _script(
            '["B04","B03","B02","dataMask"]',
            '{ id: "default", bands: 4, sampleType: "UINT8" }',
            "  const k = 255 * 2.5;\n  return [sample.B04 * k, sample.B03 * k, sample.B02 * k, sample.dataMask];",
        ),
    ),
    (
        "a method that a field does not have",
        _script(
            '["B04"]',
            _FLOAT,
            "  let n = 0;\n  for (const o of scenes.orbits) { if (o.dateFrom.getFullYear() === 2023) n++; }\n  return [n + sample[0].B04];",
            mosaicking="ORBIT",
        ),
    ),
    (
        "a method that a field does not have",
        _script(
            '["B04"]',
            _FLOAT,
            "  const days = (scenes.orbits[0].dateFrom - scenes.orbits[1].dateFrom) / 86400000;\n  return [days * sample[0].B04];",
            mosaicking="ORBIT",
        ),
    ),
)
"""Each with its kind."""
