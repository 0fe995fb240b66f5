"""The names that a script uses and declares nowhere: those of the language, of the service, and of nobody.

`eval`, `with` and writes to the global object can make any name; where they stand, nothing is said of names.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.builtins import NAMES
from oso_evalscript.model.host import signatures
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

LANGUAGE = frozenset(
    """AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError
    FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl
    Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol
    SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet
    arguments decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat
    parseInt undefined unescape""".split()  # noqa: SIM905
)
"""What every engine of today gives a script by itself; ECMA-262, chapter 19, and `arguments`."""

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
"""Names that browsers, Node or other engines define, with the end of a sentence on the service."""

_MAKES_ANY_NAME = frozenset({"eval", "globalThis", "Function"})


def free_names(script: Script) -> tuple[nodes.Identifier, ...]:
    """Return the names read that neither the script declares or assigns, nor the language has, nor the service.

    Left out are names that some `typeof` asks after, and those that a `try` guards; none where the text does not
    tell for sure which names there are.
    """
    tree = script.tree
    if script.kind is Kind.LEGACY or tree.root is None or tree.faults:
        return ()
    scopes = script.scopes
    foreign = [node for node in scopes.undeclared if node.name not in LANGUAGE and not is_service_name(node.name)]
    if not foreign or any(node.name in _MAKES_ANY_NAME for node in scopes.undeclared):
        return ()
    if scopes.too_deep or tree.of_type("WithStatement"):
        return ()
    excused = _excused(script)
    if excused is None:
        return ()
    tried = _tried(script) if "try" in script.text else set()
    seen = {id(node): node for node in foreign if node.name not in excused and id(node) not in tried}
    return tuple(seen.values())


def is_service_name(name: str) -> bool:
    """Whether the service, or the language, gives scripts something of that name to use."""
    return name in NAMES


def is_helper(name: str) -> bool:
    """Whether the service's helper library has something of that name."""
    return name in signatures.NAMES


def _excused(script: Script) -> set[str] | None:
    """The names that the script assigns or asks after by `typeof`; None where it may make any name."""
    tree = script.tree
    excused: set[str] = set()
    for node in tree.of_type("UnaryExpression", "MemberExpression"):
        if node.type == "UnaryExpression" and node.operator == "typeof" and node.argument.type == "Identifier":
            excused.add(node.argument.name)
        elif node.type == "MemberExpression" and node.object.type == "ThisExpression":
            if node.computed:
                return None
            excused.add(node.property.name)
    return excused | set(_assigned(script))


def _assigned(script: Script) -> Iterator[str]:
    """Yield the names declared nowhere that a plain assignment or a loop makes."""
    for node in script.scopes.undeclared:
        if not script.scopes.is_read(node):
            parent = script.tree.parent(node)
            changes = parent is not None and (
                parent.type == "UpdateExpression" or (parent.type == "AssignmentExpression" and parent.operator != "=")
            )
            if not changes:
                yield node.name


def _tried(script: Script) -> set[int]:
    """The ids of the nodes in a `try` whose `catch` would take up the absence of a name."""
    tried: set[int] = set()
    if not script.tree.of_type("TryStatement"):
        return tried
    for node in script.tree.nodes:
        above = script.tree.parent(node)
        if above is not None and (
            id(above) in tried or (above.type == "TryStatement" and above.block is node and above.handler is not None)
        ):
            tried.add(id(node))
    return tried
