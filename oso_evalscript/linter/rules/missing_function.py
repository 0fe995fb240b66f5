"""`setup()` or `evaluatePixel()` is missing.

A script of version 3 consists of these two functions. They may be declared as functions or assigned to variables, and
their names are case-sensitive. A *simple script*, which has a `return` at the top level or ends with an expression,
needs neither.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.text import Span
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

_NAMES = ("setup", "evaluatePixel")


def check(script: Script) -> Iterator[Finding]:
    """Find the functions that are neither defined nor mentioned."""
    if script.tree.root is None or script.kind is not Kind.V3:
        return
    if not script.text.strip():
        yield Finding(Span(0, 0), "the script is empty: it needs the functions `setup` and `evaluatePixel`")
        return
    there = [script.functions[name] for name in _NAMES if name in script.functions]
    missing = [name for name in _NAMES if name not in script.functions and not _mentioned(script, name)]
    misspelt = {item.name.lower(): item for item in script.functions.values() if item not in there}
    for name in missing:
        if meant := misspelt.get(name.lower()):
            message = f"the function is called `{name}`, not `{meant.name}`: the service does not find it"
            yield Finding(meant.name_span, message)
        elif there:
            yield Finding(there[0].name_span, f"the script has no function `{name}`")
    if script.tree.faults:
        return  # what is not read, such as the rest behind a comment that is not closed, may hold both
    # Without a header either, nothing tells that this is an evalscript.
    if len(missing) == len(_NAMES) and script.header and not misspelt.keys() & {name.lower() for name in _NAMES}:
        yield Finding(script.header.span, "the script has neither a function `setup` nor `evaluatePixel`")


def _mentioned(script: Script, name: str) -> bool:
    """Whether the name stands anywhere in the code, so that the function may be made in a way we do not follow."""
    return any(
        (node.type == "Identifier" and node.name == name) or (node.type == "Literal" and node.value == name)
        for node in script.tree.of_type("Identifier", "Literal")
    )


RULE = Rule(
    name="missing-function",
    severity=Severity.ERROR,
    group=Group.CONTRACT,
    check=check,
    good=(
        "//VERSION=3\nfunction setup() { return {}; }\nfunction evaluatePixel() { return [1]; }",
        "//VERSION=3\nvar setup = () => ({});\nconst evaluatePixel = function (s) { return [1]; };",
        "const helper = (x) => x * 2;",
        "//VERSION=3\nreturn [B04, B03, B02];",
        "let v = index(B08, B04);\n[v, v, v];",
        "//VERSION=3\nfunction setup() { return {}; }\nglobalThis.evaluatePixel = make();",
    ),
    bad=(
        Bad("//VERSION=3\nfunction setup() { return {}; }", at="setup"),
        Bad("//VERSION=3\nfunction evaluatePixel(s) { return [1]; }", at="evaluatePixel"),
        Bad(
            "//VERSION=3\nfunction setup() { return {}; }\nfunction evaluatepixel(s) { return [1]; }",
            at="evaluatepixel",
        ),
        Bad("//VERSION=3\nfunction stretch(x) { return 2.5 * x; }", at="//VERSION=3"),
        Bad("", at=""),
    ),
)
