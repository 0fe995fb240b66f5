"""A colour written as a string, as a bare word, or as a number split by a comma.

The helpers expect a colour as a number such as `0xffaaff`. A string such as `"#ffaaff"` gives black or nothing. A bare
word such as `ffaaff` or `Oxffaaff` (with the letter O) is the name of a variable that does not exist, so the script
fails. A comma, as in `0xff,aaff`, splits one number into two elements. The rule only checks values used as colours, and
accepts names that the script declares. It also reports a visualizer whose table is a list of bare numbers: it has no
colours at all, and paints black.

The fix is safe if only one reading is possible and the text proves that the script could not run: the name is evaluated
when the script is loaded, or in each call of `evaluatePixel`; no `try` catches the error; and the script can only
define a name by declaring it, because it does not use `globalThis`, `this`, `eval` or computed keys. Otherwise the fix
is unsafe.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit
from oso_evalscript.semantics.colors.positions import Place
from oso_evalscript.semantics.colors.spelling import may_be, readings
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import is_number

_VISUALIZERS = ("ColorRampVisualizer", "ColorMapVisualizer", "ColorGradientVisualizer")
_QUOTED = regex(r"([\"'])0[xX][0-9a-fA-F]{6}\1")


def check(script: Script) -> Iterator[Finding]:
    """Look for what is no number where a colour is expected."""
    yield from _bare_stops(script)
    quoted = [place for place in script.color_places if not place.beside_hex and _QUOTED.fullmatch(place.written)]
    yield from _all_quoted(quoted)
    done = {id(place) for place in quoted}
    for place in script.color_places:
        found = readings(place.written)
        is_done = script.tree.is_placeholder(place.node) or id(place) in done
        words = None if is_done else _words(script, place, found)
        if words is None:
            continue
        fails = any(_is_unknown(script, node) for node in (place.node, *place.more))
        fix = place.fix(found, safety=Safety.SAFE if fails else Safety.UNSAFE)
        meant = " or ".join(f"`{reading}`" for reading in found)
        yield Finding(place.span, f"{words}; {f'write {meant}' if meant else 'a colour is a number `0xrrggbb`'}", fix)


def _bare_stops(script: Script) -> Iterator[Finding]:
    """One finding for each table of a visualizer that consists of bare numbers."""
    for node in script.tree.of_type("NewExpression"):
        if not node.arguments or not script.values.is_host(node.callee, _VISUALIZERS):
            continue
        table = script.values.resolve(node.arguments[0])
        stops = table.elements if table.type == "ArrayExpression" else []
        if stops and all(stop is not None and is_number(script.values.constant(stop)) for stop in stops):
            place = span(table)
            yield Finding(place, "a list of numbers has no colours; expected pairs such as `[0, 0xrrggbb]`")


def _all_quoted(places: list[Place]) -> Iterator[Finding]:
    """One finding for tables that hold all their colours as texts `"0xrrggbb"`, which some helpers happen to read."""
    if places:
        more = f" ({len(places) - 1} more here)" if len(places) > 1 else ""
        edits = tuple(Edit(place.span, place.written[1:-1]) for place in places)
        message = f"{places[0].written} is a string, not a colour{more}; write them without the quotes"
        yield Finding(places[0].span, message, Fix(edits, Safety.UNSAFE))


def _words(script: Script, place: Place, found: tuple[str, ...]) -> str | None:
    """What is wrong with what stands in a place, None where nothing is known to be."""
    node, official = place.node, place.official
    fits = bool(found) or (official is not None and may_be(place.written, official))
    if place.more:
        return f"`{place.written}` is not one number" if fits and place.beside_hex else None
    if node.type == "Literal" and isinstance(node.value, str):
        return f"{place.written} is a string, not a colour" if place.is_certain or fits else None
    if node.type == "PrivateIdentifier":
        return f"`{place.written}` is not JavaScript"
    if fits and _is_unknown(script, node):
        return f"`{place.written}` is not a number, but a name that is not defined"
    return None


def _is_unknown(script: Script, node: Node) -> bool:
    """Whether a node is a name that the script neither declares nor assigns, or no JavaScript at all."""
    if script.tree.is_placeholder(node):
        return True
    if node.type == "Identifier":
        return script.values.is_host(node, (node.name,))
    return bool(node.type == "PrivateIdentifier")


RULE = Rule(
    name="color-not-a-number",
    severity=Severity.ERROR,
    group=Group.COLOR,
    check=check,
    good=(
        "const facade = 0xffaaff; const c = new ColorMapVisualizer([[0, facade], [1, 0x003200]]);",
        'const labels = [[1, "ff0000"], [2, "00ff00"]];',
        "const c = new ColorMapVisualizer([[0, [1, 0, 0]], [1, [0, 1, 0]]]);",
        'const rows = [[1, 0xff0000, "built up"], [2, 0x00ff00, "forest"]];',
        "const c = [[0, 0xff0000], [1, decade]]; var decade = 0x00ff00;",
        "return normalizeRGB(int2rgb(B01));",
    ),
    bad=(
        Bad(
            'const c = [[0, "0xffaaff"], [1, 0x003200]];',
            at='"0xffaaff"',
            fixed="const c = [[0, 0xffaaff], [1, 0x003200]];",
        ),
        Bad(
            'const c = new ColorMapVisualizer([[0, "#ffaaff"]]);',
            at='"#ffaaff"',
            fixed="const c = new ColorMapVisualizer([[0, 0xffaaff]]);",
        ),
        Bad(
            "const c = new ColorRampVisualizer([[0, '0xff0000'], [1, '0x00ff00']]);",
            at="'0xff0000'",
            fixed="const c = new ColorRampVisualizer([[0, 0xff0000], [1, 0x00ff00]]);",
        ),
        Bad('const c = new ColorRampVisualizer([[0, "red"], [1, 0x00ff00]]);', at='"red"'),
        Bad(
            "const c = [[0, #ffaaff], [1, 0x003200]];", at="#ffaaff", fixed="const c = [[0, 0xffaaff], [1, 0x003200]];"
        ),
        Bad("const c = [[0, ffaaff], [1, 0x003200]];", at="ffaaff", fixed="const c = [[0, 0xffaaff], [1, 0x003200]];"),
        Bad(
            "const c = [[0, Oxffaaff], [1, 0x003200]];",
            at="Oxffaaff",
            fixed="const c = [[0, 0xffaaff], [1, 0x003200]];",
        ),
        Bad("const viz = new ColorRampVisualizer([0, 0.5, 1]);", at="[0, 0.5, 1]"),
        Bad("const c = int2rgb(хffaaff);", at="хffaaff", fixed="const c = int2rgb(0xffaaff);"),
        Bad(
            "const c = [[0, 0xff,aaff], [1, 0x003200]];",
            at="0xff,aaff",
            fixed="const c = [[0, 0xffaaff], [1, 0x003200]];",
        ),
        Bad(
            "const c = [[0, 0xff,5e7a], [1, 0x003200]];",
            at="0xff,5e7a",
            fixed="const c = [[0, 0xff5e7a], [1, 0x003200]];",
        ),
        Bad(
            "const c = [[0, 16,711,935], [1, 0x003200]];",
            at="16,711,935",
            fixed="const c = [[0, 0xff00ff], [1, 0x003200]];",
        ),
        Bad(
            "// oso: nomenclature oso-23\nconst c = { 2: 0xff55ff, 3: faaff };",
            at="faaff",
            fixed="// oso: nomenclature oso-23\nconst c = { 2: 0xff55ff, 3: 0xffaaff };",
        ),
    ),
)
