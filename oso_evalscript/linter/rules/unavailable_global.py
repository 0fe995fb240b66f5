"""A global of browsers or Node.js that evalscripts do not have.

An evalscript has no web page, no modules, no network and no timers. `require`, `fetch` or `window` raises a
ReferenceError at the first pixel that reaches it. According to a client of the service, its `console` is only a
placeholder whose output cannot be read; the runtime of this package provides a working one for local use. The
documented way to inspect values is `throw new Error(JSON.stringify(value))`.

The rule does not report names that the script declares, checks with `typeof`, or uses inside a `try`.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.unresolved import UNAVAILABLE, free_names


def check(script: Script) -> Iterator[Finding]:
    """Report the first use of each such name."""
    seen: set[str] = set()
    for node in free_names(script):
        if node.name in UNAVAILABLE and node.name not in seen:
            seen.add(node.name)
            yield Finding(span(node), f"there is no `{node.name}` here: the service {UNAVAILABLE[node.name]}")


def _script(pixel: str, more: str = "") -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
        f"function evaluatePixel(samples) {{ {pixel} }}\n{more}"
    )


RULE = Rule(
    name="unavailable-global",
    severity=Severity.WARNING,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        _script("throw new Error(JSON.stringify(samples));"),
        _script("return [1];", 'if (typeof module !== "undefined") { module.exports = { setup, evaluatePixel }; }'),
        _script("const window = [1, 2]; const process = (x) => x * window[0]; return [process(samples.B04)];"),
        _script("const viz = { fetch: 1, document: { self: 0 } }; return [viz.fetch + viz.document.self];"),
    ),
    bad=(
        Bad(_script("console.log(samples); console.log(1); return [1];"), at="console"),
        Bad(_script("return [1];", 'const stats = require("stats");'), at="require"),
        Bad(_script("setTimeout(() => 1, 10); return [1];"), at="setTimeout"),
        Bad(_script("return [1];", "module.exports = { setup, evaluatePixel };"), at="module"),
    ),
)
