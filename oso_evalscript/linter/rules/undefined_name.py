"""A name that neither the script, JavaScript nor the service's helper library defines.

The script fails with a ReferenceError at the first pixel that reaches it. Typical causes are a typing error, a band
without its sample (`B04` for `samples.B04`), or a parameter called `samples` that is used as `sample`.

The rule does not report names that the script checks with `typeof`, uses inside a `try`, or assigns without declaring
them. In a *simple script*, where bands are plain names, it only reports names that are called as functions. It reports
nothing where `eval`, `with` or the global object could define names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oso_evalscript.javascript import nodes, typography
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import ANY_RULE, Bad, Group, Rule
from oso_evalscript.model import host
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.nearest import nearest
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.unresolved import LANGUAGE, UNAVAILABLE, free_names

# Six digits with a lost `0x`, or a letter O for its zero: in a list that is a colour, and another rule's matter.
_COLOR = regex(r"[oO]?[xX\u0445]?[0-9a-fA-FoO]{6}")
# Cyrillic and Greek letters that look like Latin ones.
_LOOK_ALIKE = str.maketrans("аеорсухіјѕкАВЕКМНОРСТХαονρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijskABEKMHOPCTXaovpABEZHIKMNOPTYX")


_MAX_ADVICE = 20  # names to look for near ones; who has more of them has another trouble


def check(script: Script) -> Iterator[Finding]:
    """Report the first use of each name that nobody declares."""
    uses: dict[str, list[nodes.Identifier]] = {}
    free = list(free_names(script))
    damaged = () if script.text.isascii() else typography.damaged(node.name for node in free)
    for node in free:
        if node.name in damaged:
            continue  # another rule explains all of them at once
        if node.name not in UNAVAILABLE and not _may_be_band(script, node) and not _is_color(script, node):
            uses.setdefault(node.name, []).append(node)
    if not uses:
        return
    declared = _declared(script)
    known = sorted(declared | {item.name for item in host.builtins()} | LANGUAGE)
    for index, (name, places) in enumerate(uses.items()):
        words, meant = _advice(script, name, declared, known if index < _MAX_ADVICE else [])
        fix = None
        if meant is not None and not any(_is_shorthand(script, node) for node in places):
            fix = Fix(tuple(Edit(span(node), meant) for node in places), Safety.UNSAFE)
        yield Finding(span(places[0]), f"`{name}` is not defined{words}", fix)


def _may_be_band(script: Script, node: Node) -> bool:
    """Whether a name may be a band of a simple script: no number is called."""
    parent = script.tree.parent(node)
    called = parent is not None and parent.type in ("CallExpression", "NewExpression") and parent.callee is node
    return script.kind is not Kind.V3 and not called


def _is_color(script: Script, node: nodes.Identifier) -> bool:
    parent = script.tree.parent(node)
    return (
        parent is not None
        and parent.type in ("ArrayExpression", "CallExpression", "Property")
        and _COLOR.fullmatch(node.name) is not None
    )


def _is_shorthand(script: Script, node: Node) -> bool:
    parent = script.tree.parent(node)
    return parent is not None and parent.type == "Property" and bool(parent.shorthand)


def _declared(script: Script) -> set[str]:
    """The names that the script declares, wherever that is."""
    variables = (script.scopes.variable(node) for node in script.tree.of_type("Identifier"))
    used = {variable.name for variable in variables if variable is not None and variable.declared}
    return used | {name for name, variable in script.scopes.top.items() if variable.declared}


def _advice(script: Script, name: str, declared: set[str], known: list[str]) -> tuple[str, str | None]:
    """What to say behind the name, and the name that was meant if one of those known is near."""
    if name in declared:
        return " here: it is declared inside another function or block", None
    if script.evaluate_pixel and script.inputs and any(name in item.bands for item in script.inputs):
        first = script.evaluate_pixel.parameters[:1]
        sample = first[0].name if first and first[0].type == "Identifier" else "samples"
        return f": it is a band, and is read from the sample, as in `{sample}.{name}`", None
    meant = _nearest(name, known)
    return ("", None) if meant is None else (f"; did you mean `{meant}`?", meant)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The one name that differs by case, by look-alike letters or by a slip; None where none is near."""
    plain = name.translate(_LOOK_ALIKE)
    same = [other for other in known if other.lower() == plain.lower()]
    if same or len(name) < 4:
        return same[0] if len(same) == 1 else None
    return nearest(name, known, 0.8)


def _script(pixel: str) -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
        f"function evaluatePixel(samples) {{ {pixel} }}\n"
    )


RULE = Rule(
    name="undefined-name",
    severity=Severity.ERROR,
    group=Group.JAVASCRIPT,
    yields_to=(ANY_RULE, "color-not-a-number"),
    check=check,
    good=(
        _script("return [late()]; function late() { return hoisted; } var hoisted;"),
        _script("const f = function again(n) { return n ? again(n - 1) : 0; }; return [f(2) + arguments.length];"),
        _script('return [typeof debugFactor === "undefined" ? 1 : debugFactor];'),
        _script("try { return [extra]; } catch { return [NaN]; }"),
        _script("outer: for (const [a, { b = a }] of [[1, {}]]) { if (b) break outer; } return [Infinity];"),
        _script("class Gain { static #of = 2; get of() { return Gain.#of; } } return [new Gain().of];"),
        _script("if (samples.B04) { function g() { return 1; } } return [g() || new Float32Array(2)[0] || undefined];"),
        _script("eval('var made = 1'); return [made];"),
        "return [2.5 * B04, B03, dataMask * index(B08, B04)];",
        "const paint = (code) => new ColorMapVisualizer([[0, blueRed[0][1]]]).process(code);",
    ),
    bad=(
        Bad(_script("return [sample.B04];"), at="sample", fixed=_script("return [samples.B04];")),
        Bad(_script("return [index(B04, samples.B04)];"), at="B04"),
        Bad(
            _script("return colorblend(samples.B04, [0, 1], [[0], [1]]);"),
            at="colorblend",
            fixed=_script("return colorBlend(samples.B04, [0, 1], [[0], [1]]);"),
        ),
        Bad(
            _script("let total = 1; totl += samples.B04; return [total];"),
            at="totl",
            fixed=_script("let total = 1; total += samples.B04; return [total];"),
        ),
        Bad(_script("if (samples.B04) { let v = 1; } return [v];"), at="v"),
        Bad("return [stretch(B04)];", at="stretch"),
    ),
)
