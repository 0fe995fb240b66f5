"""Numbers are sorted as text.

Without a comparison function, `sort()` compares numbers as strings: 1000 comes before 900, and -0.1 before -0.2. A
median or percentile taken from the list is then wrong. Write `sort((a, b) => a - b)`. The rule only reports a list if
all of its elements are certainly numbers: bands, or values computed from them.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.text import Edit, Span
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.domain import Type

_KEEPING = frozenset({"slice", "concat", "filter", "reverse"})


def check(script: Script) -> Iterator[Finding]:
    """Look at each `sort()`."""
    for node in script.tree.of_type("CallExpression"):
        callee = node.callee
        if callee.type != "MemberExpression" or callee.computed or callee.property.name != "sort" or node.arguments:
            continue
        if _holds_numbers(callee.object, script, 0):
            at = Span(node.range[1] - 1, node.range[1] - 1)
            fix = Fix((Edit(at, "(a, b) => a - b"),), Safety.UNSAFE)
            words = "`sort()` compares numbers as text: 1000 comes before 900; give it `(a, b) => a - b`"
            yield Finding(span(callee.property), words, fix)


def _holds_numbers(node: Node, script: Script, depth: int) -> bool:
    """Whether all elements of a list are numbers, and it has some."""
    if depth > 4:
        return False
    if node.type == "ArrayExpression":
        return bool(node.elements) and all(_is_number(item, script, depth) for item in node.elements)
    if node.type == "CallExpression" and node.callee.type == "MemberExpression" and not node.callee.computed:
        method = node.callee.property.name
        if method == "map" and node.arguments:
            given = node.arguments[0]
            function = script.names.function(given) if given.type == "Identifier" else given
            returned = script.results.of(function) if function is not None and "Function" in function.type else None  # type: ignore[arg-type]
            return bool(returned) and all(
                item.node is not None and _is_number(item.node, script, depth) for item in returned or ()
            )
        return method in _KEEPING and _holds_numbers(node.callee.object, script, depth + 1)
    variable = script.names.variable(node)
    if variable is not None and variable.is_parameter:
        arguments = _given(node, variable, script)
        return bool(arguments) and all(_holds_numbers(item, script, depth + 1) for item in arguments)
    if variable is None or not variable.makings:
        return False
    makings = [made for made in variable.makings if made is None or not _is_of(made, variable, script)]
    pushed = [item for place in script.names.reads(variable) for item in _pushed(place, script)]
    if all(made is not None and made.type == "ArrayExpression" and not made.elements for made in makings):
        return bool(pushed) and all(_is_number(item, script, depth) for item in pushed)
    if len(makings) != 1 or makings[0] is None:
        return False
    return _holds_numbers(makings[0], script, depth + 1) and all(_is_number(item, script, depth) for item in pushed)


def _given(node: Node, parameter: Variable, script: Script) -> list[Node]:
    """What a parameter is given wherever its function is called; nothing where that is not known."""
    function = script.tree.parent(node)
    while function is not None and function.type not in FUNCTIONS:
        function = script.tree.parent(function)
    if function is None or function.type not in FUNCTIONS:
        return []
    places = [index for index, item in enumerate(function.params) if script.names.variable(item) is parameter]
    named = script.names.named(function)
    if len(places) != 1 or named is None or any(parameter.makings):
        return []
    found: list[Node] = []
    for place in script.names.reads(named):
        call = script.tree.parent(place)
        if call is None or call.type != "CallExpression" or call.callee is not place:
            return []
        if len(call.arguments) <= places[0] or any(item.type == "SpreadElement" for item in call.arguments):
            return []
        found.append(call.arguments[places[0]])
    return found


def _is_of(node: Node, variable: Variable, script: Script) -> bool:
    """Whether an expression gives elements of a variable's own list: `v = v.sort()`."""
    while node.type == "CallExpression" and node.callee.type == "MemberExpression" and not node.callee.computed:
        if node.callee.property.name not in _KEEPING | {"sort"}:
            return False
        node = node.callee.object
    return script.names.variable(node) is variable


def _pushed(place: Node, script: Script) -> Iterator[Node | None]:
    """What is put into a list where its name stands."""
    member = script.tree.parent(place)
    above = script.tree.parent(member) if member is not None else None
    if member is None or above is None or member.type != "MemberExpression" or member.object is not place:
        return
    if above.type == "CallExpression" and above.callee is member and not member.computed:
        if member.property.name in ("push", "unshift"):
            yield from above.arguments
        elif member.property.name in ("splice", "fill"):
            yield None
    elif above.type == "AssignmentExpression" and above.left is member:
        yield above.right if above.operator == "=" else None


def _is_number(node: Node | None, script: Script, depth: int) -> bool:
    if node is None or node.type == "SpreadElement":
        return False
    if node.type == "ConditionalExpression":
        return all(_is_number(leaf, script, depth) for leaf in script.values.leaves(node))
    if script.scales.of(node) is not None:
        return True
    values = script.results.value(script.values.resolve(node), {})
    return bool(values) and all(value.type is Type.NUMBER for value in values or ())


def _script(pixel: str) -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04", "B08"], output: { bands: 1, sampleType: "FLOAT32" }, '
        f'mosaicking: "ORBIT" }}; }}\nfunction evaluatePixel(samples, scenes) {{ {pixel} }}\n'
    )


RULE = Rule(
    name="sort-as-text",
    severity=Severity.WARNING,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        _script("const v = samples.map((s) => s.B04 + s.B08); v.sort((a, b) => a - b); return [v[0]];"),
        _script("const v = scenes.orbits.map((o) => o.dateFrom); v.sort(); return [samples[0].B04 - samples[0].B08];"),
        _script(
            "const f = (s) => `${s.B04 - s.B08}`; const v = []; for (const s of samples) v.push(f(s)); v.sort(); "
            "return [v[0]];"
        ),
        _script("const v = ['b', 'a'].sort(); return [samples[0].B04 / samples[0].B08 + v.length];"),
        _script(
            "const last = (v) => v.sort()[v.length - 1]; const day = last(scenes.orbits.map((o) => o.dateFrom)); "
            "return [last(samples.map((s) => s.B04 - s.B08)) * day.length];"
        ),
        _script(
            "const last = (v) => { v = v.map(String); return v.sort()[0]; }; "
            "return [last(samples.map((s) => s.B04 * s.B08))];"
        ),
    ),
    bad=(
        Bad(
            _script("const v = []; for (const s of samples) v.push(s.B04 - s.B08); v.sort(); return [v[0]];"),
            at="sort",
            fixed=_script(
                "const v = []; for (const s of samples) v.push(s.B04 - s.B08); v.sort((a, b) => a - b); return [v[0]];"
            ),
        ),
        Bad(
            _script("return [samples.map((s) => index(s.B04, s.B08)).sort()[1]];"),
            at="sort",
            fixed=_script("return [samples.map((s) => index(s.B04, s.B08)).sort((a, b) => a - b)[1]];"),
        ),
        Bad(
            _script("const low = (v) => v.sort()[0]; return [low(samples.map((s) => s.B04 - s.B08))];"),
            at="sort",
            fixed=_script(
                "const low = (v) => v.sort((a, b) => a - b)[0]; return [low(samples.map((s) => s.B04 - s.B08))];"
            ),
        ),
    ),
)
