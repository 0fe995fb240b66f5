"""A script written for a version that the service no longer runs.

Versions 1 and 2 were switched off in November 2020. Version 1 calls `setInputComponents()` in `setup()`. Version 2
begins with `//VERSION=2` and returns `components` and `componentCount`. Version 3 returns `input`, a list of names, and
`output` with `bands`. Changing only the header to `//VERSION=3` does not convert a script.

If the script already has the form of version 3, the fix corrects the header. It is unsafe, because it changes how the
script is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.semantics.script import Function, Script
from oso_evalscript.semantics.values.constants import key_of

_OFF = "switched off since November 2020"
_CALLS = {"setInputComponents": "`input`", "setOutputComponentCount": "`output: { bands: … }`"}
_KEYS = {"components": "`input`", "componentCount": "`bands`", "temporal": '`mosaicking: "ORBIT"` or `"TILE"`'}


def check(script: Script) -> Iterator[Finding]:
    """Look at the header and at what `setup()` does."""
    setup = script.setup
    sign = _sign(script, setup) if setup is not None else None
    header = script.header
    if header is not None and header.version in (1, 2) and _counts(script, header.span.start):
        fix = None
        if sign is None and setup is not None and not setup.parameters:
            fix = Fix.replace(header.span, "//VERSION=3", safety=Safety.UNSAFE)
        yield Finding(header.span, f"scripts of version {header.version} have been {_OFF}", fix)
    elif sign is not None:
        node, instead = sign
        yield Finding(
            span(node),
            f"`{script.tree.text(node)}` belongs to versions 1 and 2, {_OFF}; in version 3, use {instead}",
        )


def _counts(script: Script, start: int) -> bool:
    """Whether a header stands first, and so is one."""
    return script.text.startswith("//VERSION=", start) and not script.text[:start].strip("\ufeff \t\r\n")


def _sign(script: Script, setup: Function) -> tuple[Node, str] | None:
    """The first word in `setup()` that only older versions know, and what stands for it today."""
    first = setup.parameters[0].name if setup.parameters and setup.parameters[0].type == "Identifier" else None
    for node in script.scopes.own[id(setup.node)]:
        callee = node.callee if node.type == "CallExpression" else None
        if callee is not None and callee.type == "Identifier" and callee.name in _CALLS and _is_free(script, callee):
            return callee, _CALLS[callee.name]
        if node.type == "Property" and not node.computed and key_of(node) in _KEYS and _is_legacy(script, node, first):
            return node.key, _KEYS[key_of(node)]
    return None


def _is_free(script: Script, name: Node) -> bool:
    variable = script.scopes.variable(name)
    return variable is None or not variable.declared


def _is_legacy(script: Script, item: nodes.NamedProperty, first: str | None) -> bool:
    """Whether a key is sure to be one of version 2: its list is made of `ds.B04`, or it tells outputs their length."""
    if key_of(item) == "componentCount":
        return True
    if key_of(item) == "temporal":
        return first is not None
    elements = item.value.elements if item.value.type == "ArrayExpression" else []
    return bool(elements) and all(
        element is not None
        and element.type == "MemberExpression"
        and element.object.type == "Identifier"
        and element.object.name == first is not None
        for element in elements
    )


_PIXEL = "function evaluatePixel(samples) { return [samples.B04]; }\n"
_V3 = 'function setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
_V2 = 'function setup(ds) { return { components: [ds.B04], output: [{ id: "default", componentCount: 1 }] }; }\n'

RULE = Rule(
    name="legacy-version",
    severity=Severity.ERROR,
    group=Group.TEXT,
    check=check,
    good=(
        f"//VERSION=3 (converted from 1)\n{_V3}{_PIXEL}",
        f"//VERSION=3\n// was //VERSION=2\n{_V3}{_PIXEL}",
        '//VERSION=3\nreturn [B04 * 2.5, "setInputComponents"];',
        "const components = { temporal: true, components: [2] }; const setOutputComponentCount = (n) => n;",
    ),
    bad=(
        Bad(
            "function setup(ds) {\n  setInputComponents([ds.B04]);\n  setOutputComponentCount(1);\n}\n" + _PIXEL,
            at="setInputComponents",
        ),
        Bad("//VERSION=2\n" + _V2 + _PIXEL, at="//VERSION=2"),
        Bad("//VERSION=3\n" + _V2 + _PIXEL, at="components"),
        Bad(
            f"//VERSION=2\n{_V3}{_PIXEL}",
            at="//VERSION=2",
            fixed=f"//VERSION=3\n{_V3}{_PIXEL}",
        ),
    ),
)
