"""The colour that an expression stands for: `0xrrggbb`, or channels of 0 to 1 or 0 to 255."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.numbers import to_number
from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.model.color import Color
from oso_evalscript.model.regex import regex
from oso_evalscript.semantics.values.constants import Constants, is_number

_HEX = regex(r"0[xX][0-9a-fA-F]{2}_?[0-9a-fA-F]{2}_?[0-9a-fA-F]{2}")
_MAX_DEPTH = 20
_CHANNELS = (3, 4)  # a fourth is the opacity


class Tone(NamedTuple):
    """A colour before it is known how its channels are counted.

    Attributes:
        channels: red, green and blue as they are written.
        is_packed: whether they come from one number `0xrrggbb`, and so run to 255.
    """

    channels: tuple[float, float, float]
    is_packed: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether the channels can only run to 255."""
        return not self.is_packed and any(channel > 1 for channel in self.channels)

    def color(self, *, wide: bool) -> Color | None:
        """Return the colour, None where a channel is out of range; `wide` where channels of its table run to 255."""
        scale = 1 if self.is_packed or wide else 255
        red, green, blue = (round(channel * scale) for channel in self.channels)
        fits = all(0 <= channel <= 255 for channel in (red, green, blue))
        return Color(red << 16 | green << 8 | blue) if fits else None


class Reader:
    """Reads numbers and colours from expressions of one script."""

    def __init__(self, tree: Tree, values: Constants) -> None:
        self._tree = tree
        self._values = values

    def is_hex(self, node: Node) -> bool:
        """Whether a node is a number of `0x` and six digits."""
        return node.type == "Literal" and bool(_HEX.fullmatch(self._tree.source.text, *node.range))

    def number(self, node: Node, depth: int = 0) -> float | None:
        """Return the number that an expression of constants gives, None where the text does not tell."""
        node = self._values.resolve(node)
        if depth > _MAX_DEPTH or self._tree.is_placeholder(node):
            return None
        if node.type == "Literal":
            value = node.value
            return value if is_number(value) and math.isfinite(value) else None
        if node.type == "UnaryExpression" and node.operator in ("-", "+"):
            value = self.number(node.argument, depth + 1)
            return -value if value is not None and node.operator == "-" else value
        if node.type == "BinaryExpression" and node.operator in ("+", "-", "*", "/"):
            left, right = self.number(node.left, depth + 1), self.number(node.right, depth + 1)
            return None if left is None or right is None else _compute(node.operator, left, right)
        return None

    def tone(self, node: Node) -> Tone | None:
        """Return the colour that an expression gives, None where the text does not tell."""
        node = self._values.resolve(node)
        if node.type == "CallExpression" and len(node.arguments) == 1:
            return self._of_call(node)
        if node.type == "ArrayExpression":
            return self._of_list(node)
        value = self.number(node)
        if value is None or value != int(value) or not 0 <= value <= 0xFFFFFF:
            return None
        packed = int(value)
        return Tone((packed >> 16, packed >> 8 & 255, packed & 255), is_packed=True)

    def _of_call(self, node: nodes.Call) -> Tone | None:
        """The colour of `int2rgb(0xff00ff)` and `normalizeRGB([255, 0, 255])`."""
        known = self._values.helper(node.callee)
        if known is None:
            return None
        argument = self._values.resolve(node.arguments[0])
        if known.packed:
            return self.tone(argument) if argument.type == "Literal" else None
        if known.within([(0, 255)]) != (0, 1):
            return None
        if argument.type == "CallExpression" and len(argument.arguments) == 1:
            inner = self._values.helper(argument.callee)
            return self._of_call(argument) if inner is not None and inner.packed else None
        listed = self._of_list(argument) if argument.type == "ArrayExpression" else None
        return None if listed is None else Tone(listed.channels, is_packed=True)

    def _of_list(self, node: nodes.Array) -> Tone | None:
        if len(node.elements) not in _CHANNELS:
            return None
        channels = []
        for item in node.elements[:3]:
            value = self.number(item) if item is not None else None
            if value is None:
                return None
            channels.append(value)
        return Tone((channels[0], channels[1], channels[2]))


def packed_colors(tree: Tree, values: Constants) -> Iterator[Node]:
    """Yield what is given to helpers as a colour 0xRRGGBB."""
    for node in tree.of_type("CallExpression"):
        known = values.helper(node.callee)
        for index in known.packed if known is not None else ():
            if index < len(node.arguments):
                yield node.arguments[index]


def _compute(operator: str, left: float, right: float) -> float | None:
    if operator == "/":
        value = to_number(left / right) if right else math.nan
    else:
        value = to_number({"+": left + right, "-": left - right, "*": left * right}[operator])
    return value if math.isfinite(value) else None
