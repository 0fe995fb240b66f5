"""A division by a count that may be 0.

If no scene has data at a pixel, the count of valid samples stays 0, and 0 / 0 is NaN: an empty pixel with FLOAT32, and
a wrong value with other sample types. Test the count first. The rule checks counters that start at 0 and are
incremented in a loop or a callback if a band, a date or a function of the script passes a test; the length of samples
after `filter`; and sums and differences of these. It reports nothing if the script tests the counter, compares the
result of the division, or uses `isNaN` or `isFinite`.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.counts import counters_of, is_harmless, is_tested, places_of_count
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

_NAN_TESTS = ("isNaN", "isFinite")


def check(script: Script) -> Iterator[Finding]:
    """Look at every division by a variable, a length, or a sum or difference of such."""
    if script.kind is not Kind.V3 or script.samples is None or script.mosaicking is Mosaicking.SIMPLE:
        return
    if any(name in script.text for name in _NAN_TESTS):
        return
    divisions = [node for node in script.tree.of_type("BinaryExpression") if node.operator == "/"]
    counters = counters_of(script) if divisions else {}
    told: set[str] = set()
    for node in divisions:
        found = places_of_count(node.right, script, counters)
        if found is None or script.tree.text(node.right) in told:
            continue
        if all(is_harmless(place, script) for place in found) and not is_tested(node, script):
            told.add(script.tree.text(node.right))
            written = script.tree.text(node.right)
            yield Finding(span(node), f"`{written}` is 0 where no scene has data: test it before dividing")


def _script(pixel: str) -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04", "dataMask"], output: { bands: 1 }, '
        f'mosaicking: "ORBIT" }}; }}\nfunction evaluatePixel(samples) {{ let sum = 0, n = 0; {pixel} }}\n'
    )


_COUNT = "for (const s of samples) { if (s.dataMask) { sum += s.B04; n++; } }"

RULE = Rule(
    name="division-by-count",
    severity=Severity.WARNING,
    group=Group.CONTRACT,
    check=check,
    good=(
        _script(
            "let m = 0; for (const s of samples) { if (s.B04 * s.dataMask > 0.5) n++; else m++; } return [n / (n + m)];"
        ),
        _script("for (const s of samples) { if (s.B04 * s.dataMask) sum = sum + n; n = n + 1; } return [sum / n];"),
        _script(
            "const all = samples.map((s) => s.B04 * s.dataMask); return [all.reduce((a, b) => a + b, 0) / all.length];"
        ),
        _script(f"{_COUNT} return [n > 0 ? sum / n : 0];"),
        _script(f"{_COUNT} if (n === 0) return [0]; return [sum / n];"),
        _script(f"{_COUNT} return [sum / n || 0];"),
        _script(f"{_COUNT} return [sum / Math.max(n, 1)];"),
        _script(f"{_COUNT} return {{ a: [sum / n], dataMask: [n] }};").replace(
            "{ bands: 1 }", '[{ id: "a", bands: 1 }, { id: "dataMask", bands: 1 }]'
        ),
        _script(
            "const ok = samples.filter((s) => s.dataMask && s.B04); if (!ok.length) return [0]; return [1 / ok.length];"
        ),
        _script("let m = 0; for (const s of samples) { if (s.dataMask * s.B04) n++; else m++; } return [n / (n + m)];"),
        _script(f"{_COUNT} const mean = sum / n; return [isNaN(mean) ? 0 : mean];"),
        _script("for (const s of samples) { sum += s.B04 * s.dataMask; n++; } return [sum / n];"),
        _script(f"{_COUNT} const mean = sum / n; return [mean > 0.3 ? 1 : 0];"),
    ),
    bad=(
        Bad(
            _script(
                "const ok = samples.filter((s) => s.dataMask); ok.forEach((s) => { sum += s.B04; }); "
                "return [sum / ok.length];"
            ),
            at="sum / ok.length",
        ),
        Bad(
            _script(
                "let bad = 0; for (const s of samples) { if (!s.dataMask) bad++; else sum += s.B04; } "
                "return [sum / (samples.length - bad)];"
            ),
            at="sum / (samples.length - bad)",
        ),
        Bad(
            _script(
                "let m = 0; for (const s of samples) { if (s.B04 > 0.6) n++; if (s.B04 < 0.1) m++; } "
                "return [n / (n + m), samples[0].dataMask];"
            ).replace("bands: 1", "bands: 2"),
            at="n / (n + m)",
        ),
        Bad(
            _script("for (const s of samples) { if (!s.dataMask) continue; sum += s.B04; n++; } return [sum / n];"),
            at="sum / n",
        ),
        Bad(_script(f"{_COUNT} return [sum / n];"), at="sum / n"),
        Bad(
            _script(
                "const ok = samples.filter((s) => s.dataMask).map((s) => s.B04); "
                "return [ok.reduce((a, b) => a + b, 0) / ok.length];"
            ),
            at="ok.reduce((a, b) => a + b, 0) / ok.length",
        ),
        Bad(
            _script(
                "let m = 0; for (const s of samples) { if (!s.dataMask) continue; if (s.B04 > 0.5) n++; else m++; } "
                "return [n / (n + m)];"
            ),
            at="n / (n + m)",
        ),
        Bad(
            _script(
                "for (const s of samples) { const is = s.dataMask === 1; if (is) { n = n + 1; sum = sum + s.B04; } } "
                "return [sum / n];"
            ),
            at="sum / n",
        ),
        Bad(
            _script("samples.forEach((s) => { if (s.dataMask) { sum += s.B04; n += 1; } }); return [sum / n];"),
            at="sum / n",
        ),
    ),
)
