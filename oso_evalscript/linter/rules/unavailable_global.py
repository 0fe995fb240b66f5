"""Something of browsers or of Node that the service's scripts do not have.

An evalscript runs alone: no page, no modules, no network, no timers. `require`, `fetch` or `window` end it with a
ReferenceError at the first pixel that reaches them. Of `console` a client of the service says that it is no real one,
so that nothing can be read of it; the runtime of this project gives one for local use. The documented way to look
into a script is `throw new Error(JSON.stringify(value))`.

The rule is silent for names that the script declares itself, asks after by `typeof`, or guards by `try`.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.free import free_names
from oso_evalscript.linter.rule import Bad, Rule
from oso_evalscript.linter.script import Script
from oso_evalscript.model.diagnostic import Finding, Severity

_CONSOLE = "does not show what `console` is given; `throw new Error(JSON.stringify(value))` shows a value"
_MODULES = "has no modules: a script is one file"
_NETWORK = "lets no script load anything"
_TIMERS = "has no timers: a script is asked for one pixel at a time"
_PAGE = "has no web page"
_NODE = "is not Node"
_ENGINE = "does not give it to scripts"

UNAVAILABLE = {
    "console": _CONSOLE,
    **dict.fromkeys("require module exports importScripts define".split(), _MODULES),  # noqa: SIM905
    **dict.fromkeys("fetch XMLHttpRequest WebSocket URL URLSearchParams Headers".split(), _NETWORK),  # noqa: SIM905
    **dict.fromkeys(
        """setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask
        requestAnimationFrame""".split(),  # noqa: SIM905
        _TIMERS,
    ),
    **dict.fromkeys("window document navigator alert prompt localStorage performance self".split(), _PAGE),  # noqa: SIM905
    **dict.fromkeys("process Buffer global __dirname __filename print".split(), _NODE),  # noqa: SIM905
    **dict.fromkeys("Atomics SharedArrayBuffer WebAssembly".split(), _ENGINE),  # noqa: SIM905
}
"""Names that other environments define, with the end of a sentence on the service."""


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
    check=check,
    good=(
        _script("throw new Error(JSON.stringify(samples));"),
        _script("return [1];", 'if (typeof module !== "undefined") { module.exports = { setup, evaluatePixel }; }'),
        _script("const window = [1, 2]; const process = (x) => x * window[0]; return [process(samples.B04)];"),
        _script("const viz = { fetch: 0.1, document: { self: 0.2 } }; return [viz.fetch + viz.document.self];"),
    ),
    bad=(
        Bad(_script("console.log(samples); console.log(1); return [1];"), at="console"),
        Bad(_script("return [1];", 'const stats = require("stats");'), at="require"),
        Bad(_script("setTimeout(() => 1, 10); return [1];"), at="setTimeout"),
        Bad(_script("return [1];", "module.exports = { setup, evaluatePixel };"), at="module"),
    ),
)
