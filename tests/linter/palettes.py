"""Palettes to corrupt, ways to corrupt a colour, and what is known of the outcome beforehand."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oso_evalscript import compile
from oso_evalscript.compiler.spec import ConfidenceSpec, PaletteSpec
from oso_evalscript.model.nomenclature import shipped_nomenclature
from oso_evalscript.model.text import Span

LITERAL = re.compile(r"0x[0-9a-f]{6}")
HEX = "0123456789abcdef"


@dataclass(frozen=True)
class Palette:
    """A script with colours.

    Attributes:
        text: the script; each colour is written as `0x` and six small digits.
        official: whether its colours are those of a nomenclature that the script names or shows by its codes.
        in_rows: whether each colour is the last element of a row.
    """

    text: str
    official: bool
    in_rows: bool

    def literals(self) -> list[Span]:
        return [Span(*match.span()) for match in LITERAL.finditer(self.text)]


@dataclass(frozen=True)
class Corruption:
    """A broken colour.

    Attributes:
        text: what is written instead.
        reversible: whether the text alone tells the colour.
        known: whether whoever knows the official colour can tell that it was meant.
        loads: whether a script with it can still run; None where that depends on what is around it.
    """

    text: str
    reversible: bool
    known: bool = True
    loads: bool | None = False


def official_palette(rng: random.Random) -> Palette:
    """A palette of the compiler, of all classes or many of them."""
    codes = shipped_nomenclature("oso-23").codes
    chosen = tuple(rng.sample(codes, rng.randint(14, len(codes))))
    plain = PaletteSpec(name="palette", classes=chosen)
    spec = rng.choice((plain, ConfidenceSpec(name="confident", classes=chosen, threshold=50)))
    return Palette(compile(spec).text, official=True, in_rows=True)


def own_palette(rng: random.Random) -> Palette:
    """A palette of any colours, in one of the shapes that people write."""
    size = rng.randint(4, 12)
    values = rng.sample(range(300), size)
    colors = [f"0x{rng.randrange(0x1000000):06x}" for _ in range(size)]
    shape, in_rows = rng.choice(list(_SHAPES))
    return Palette(shape(values, colors), official=False, in_rows=in_rows)


def _map(values: list[int], colors: list[str]) -> str:
    rows = ", ".join(f"[{value}, {color}]" for value, color in sorted(zip(values, colors, strict=True)))
    return _script("OCS", f"const map = new ColorMapVisualizer([{rows}]);", "map.process(s.OCS)")


def _ramp(values: list[int], colors: list[str]) -> str:
    rows = "".join(f"  [{value}, {color}], // {value}\n" for value, color in sorted(zip(values, colors, strict=True)))
    table = f"let stops = [\n{rows}];\nlet ramp = new ColorRampVisualizer(stops, 0, 1);"
    return _script("B04", table, "ramp.process(s.B04)")


def _loop(values: list[int], colors: list[str]) -> str:
    rows = ",\n".join(f"[{value},{color}]" for value, color in zip(values, colors, strict=True))
    table = f"var all = [{rows}];\nvar shown = {{}};\nfor (const [code, c] of all) {{ shown[code] = int2rgb(c); }}"
    return _script("OCS", table, "shown[s.OCS].map((v) => v / 255)")


def _object(values: list[int], colors: list[str]) -> str:
    rows = ", ".join(f"{value}: {color}" for value, color in zip(values, colors, strict=True))
    return _script("OCS", f"const shown = {{ {rows} }};", "int2rgb(shown[s.OCS]).map((v) => v / 255)")


def _parallel(values: list[int], colors: list[str]) -> str:
    codes = ", ".join(map(str, values))
    table = f"const codes = [{codes}];\nconst shown = [{', '.join(colors)}];"
    return _script("OCS", table, "int2rgb(shown[codes.indexOf(s.OCS)]).map((v) => v / 255)")


def _records(values: list[int], colors: list[str]) -> str:
    rows = ",\n".join(
        f'  {{ code: {value}, label: "class {value}", color: {color} }}'
        for value, color in zip(values, colors, strict=True)
    )
    table = f"const shown = [\n{rows}\n];"
    return _script("OCS", table, "int2rgb(shown.find((row) => row.code === s.OCS).color).map((v) => v / 255)")


_SHAPES: tuple[tuple[Callable[[list[int], list[str]], str], bool], ...] = (
    (_map, True),
    (_ramp, True),
    (_loop, True),
    (_object, False),
    (_parallel, False),
    (_records, False),
)


def _script(band: str, table: str, color: str) -> str:
    return f"""//VERSION=3
{table}
function setup() {{
  return {{ input: ["{band}", "dataMask"], output: {{ bands: 4 }} }};
}}
function evaluatePixel(s) {{
  const color = {color};
  return [color[0], color[1], color[2], s.dataMask];
}}
"""


def corruptions(literal: str, rng: random.Random, *, in_rows: bool) -> Iterator[Corruption]:
    """One corruption of a literal in each of the ways in which colours get broken."""
    digits = literal[2:]
    cut = rng.randint(1, 5)
    head, tail = digits[:cut], digits[cut:]
    blank = rng.choice((" ", "  ", "\t", "\u00a0", "\n", "\n    "))
    valid_number = digits.isdecimal() or re.fullmatch(r"\d+e\d+", digits) is not None
    # The x lost: an octal or decimal number, one with an exponent, or none.
    lost = f"0{digits}"
    lost_is_valid = re.fullmatch(r"0(?:\d{6}|e\d{5}|[0-7]*[89]\d*e\d+|b[01]{5})", lost) is not None
    yield Corruption(lost, reversible=True, loads=lost_is_valid)
    yield Corruption(f"0{blank}{digits}", reversible=True)
    yield Corruption(f"0x{blank}{digits}", reversible=True)
    yield Corruption(f"0{blank}x{digits}", reversible=True)
    yield Corruption(f"0x{head}{blank}{tail}", reversible=True)
    yield Corruption(f"x{digits}", reversible=True)
    yield Corruption(f"O{literal[1:]}", reversible=True)
    yield Corruption(f"0x{literal}", reversible=True)
    yield Corruption(f"#{digits}", reversible=True)
    yield Corruption(f"0x#{digits}", reversible=True)
    yield Corruption(f"#{literal}", reversible=True)
    for mark in ("\u0445", "\u00d7", "\u03c7", "\uff58"):
        yield Corruption(f"0{mark}{digits}", reversible=True)
    yield Corruption("".join(chr(ord(mark) + 0xFEE0) for mark in literal), reversible=True)
    quote = rng.choice("\"'")
    for inside in (literal, f"#{digits}", digits):
        yield Corruption(f"{quote}{inside}{quote}", reversible=True, loads=True)
    # Both lost: a name, no number, or another number.
    if not valid_number:
        yield Corruption(digits, reversible=True)
    elif digits != "000000":
        octal = digits.startswith("0") or "e" in digits
        yield Corruption(digits, reversible=octal, loads=True)
    yield from _wrong_digits(digits, rng)
    yield from _separated(literal, rng, in_rows=in_rows)
    value = int(digits, 16)
    if value:
        copied = str(value)
        yield Corruption(copied, reversible=len(copied) > 6, loads=True)


def _wrong_digits(digits: str, rng: random.Random) -> Iterator[Corruption]:
    for count in (1, 2, 3, 4, 5):  # the first digits lost, or the last ones
        kept = digits[-count:] if rng.random() < 0.5 else digits[:count]
        yield Corruption(f"0x{kept}", reversible=False, loads=True)
    for more in (1, 2):
        at = rng.randint(0, 6)
        added = "".join(rng.choice(HEX) for _ in range(more))
        yield Corruption(f"0x{digits[:at]}{added}{digits[at:]}", reversible=False, loads=True)
    at = rng.randrange(6)
    yield Corruption(f"0x{digits[:at]}{rng.choice('ghqsz')}{digits[at + 1 :]}", reversible=False)
    if "0" in digits:
        yield Corruption(f"0x{digits.replace('0', rng.choice('Oo'), 1)}", reversible=True)


def _separated(literal: str, rng: random.Random, *, in_rows: bool) -> Iterator[Corruption]:
    """The digits in groups: `0xff,aaff`, `16 711 935`."""
    value = int(literal, 16)
    grouped = f"{value:,}"
    if value >= 1_000_000:
        yield Corruption(grouped.replace(",", " "), reversible=True)
        if value >= 10_000_000 or not re.fullmatch(r"\d\.\d{3}\.0*", grouped):
            yield Corruption(grouped.replace(",", "."), reversible=True)
        if in_rows:
            yield Corruption(grouped, reversible=True, loads=None)
    if in_rows:
        yield Corruption(f"{literal[:4]},{literal[4:]}", reversible=True, loads=None)
