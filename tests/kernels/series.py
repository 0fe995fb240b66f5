"""Drawn scripts over time series, for the differential test of compiled kernels."""

from __future__ import annotations

from random import Random

import numpy as np

from oso_evalscript.runtime.scene import Scene

_LISTS = (
    "for (let i = 0; i < samples.length; i++) list.push(value(samples[i]));",
    "for (const s of samples) if (s.M) list.push(value(s));",
    "samples.forEach((s) => { if (s.M === 1) list.push(value(s)); });",
    "for (let i = 0; i < samples.length; i++) { if (!samples[i].M) continue; list.push(value(samples[i])); }",
    "list = samples.filter((s) => s.M === 1).map(value);",
    "list = samples.map(value).filter((v) => v > 0.2 && v < 3);",
    "let n = samples.length; while (n--) if (samples[n].M) list.push(value(samples[n]));",
)
_RESULTS = (
    "list.length",
    "list.length ? list.reduce((a, b) => a + b, 0) / list.length : -1",
    "(list.sort((a, b) => a - b), list.length ? list[Math.floor(list.length / 2)] : -1)",
    "(list.sort((a, b) => b - a), list[0])",
    "(list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)), quantile(list, 0.25))",
    "(() => { let m = -Infinity; for (const v of list) if (v > m) m = v; return m; })()",
    "(() => { let m = 0; for (let i = 0; i < list.length; i++) m += list[i] * (i + 1); return m; })()",
    "list[list.length - 1]",
    "(() => { let n = 0; list.forEach((v) => { if (v > 1) n++; }); return n; })()",
    "list.length > 2 ? list[1] : list.length",
    "samples.length",
    "samples[0].A - samples[samples.length - 1].B",
    "Math.max(...samples.map((s) => s.A))",
    "samples.reduce((a, s) => a + s.A * s.M, 0)",
    "(() => { for (let i = 0; i < samples.length; i++) if (samples[i].M) return samples[i].B; return -5; })()",
    "(() => { let best = samples[0]; for (const s of samples) if (s.A > best.A) best = s; return best.B; })()",
)
_VALUES = ("s.A", "(s.A - s.B) / (s.A + s.B)", "s.A * 2 - s.B")


def draw_series(number: int) -> tuple[str, list[Scene]]:
    """Return the script of that number, and scenes of some dates for it."""
    rng = Random(number)
    results = rng.sample(_RESULTS, rng.choice([1, 2, 3]))
    kind = rng.choice(["FLOAT32", "INT16", "UINT8"])
    script = f"""//VERSION=3
function setup() {{
  return {{ input: ["A", "B", "M"], output: {{ bands: {len(results)}, sampleType: "{kind}" }}, mosaicking: "ORBIT" }};
}}
const value = (s) => {rng.choice(_VALUES)};
function quantile(sorted, share) {{
  if (sorted.length === 0) return -1;
  const at = (sorted.length - 1) * share, low = Math.floor(at);
  return low + 1 < sorted.length ? sorted[low] * (1 - at + low) + sorted[low + 1] * (at - low) : sorted[low];
}}
function evaluatePixel(samples) {{
  let list = [];
  {rng.choice(_LISTS)}
  return [{", ".join(results)}];
}}
"""
    count = rng.choice([1, 2, 3, 5])
    random = np.random.default_rng(number)
    pool = np.array([0, 0.25, 0.5, 1, 1, 2, 3.5, -1, -0.0, np.nan][: rng.choice([7, 8, 10])])
    scenes = [
        Scene(
            bands={
                "A": random.choice(pool, (5, 7)).astype(rng.choice(["float32", "float64"])),
                "B": random.choice(pool, (5, 7)),
                "M": random.integers(0, 2, (5, 7)).astype(np.uint8),
            },
            date=f"2023-06-{day + 1:02}",
        )
        for day in range(count)
    ]
    return script, scenes
