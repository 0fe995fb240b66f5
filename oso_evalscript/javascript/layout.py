"""Python values as JavaScript literals over several lines, laid out as Prettier lays them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oso_evalscript.javascript.literal import literal, property_name
from oso_evalscript.model.color import Color

_STEP = 2


@dataclass(frozen=True, slots=True)
class Expression:
    """JavaScript that stands as it is."""

    text: str


def laid(value: object, indent: int, lead: int, width: int) -> str:
    """Return the literal of a value, laid out over lines where it does not fit on its own with one character behind it.

    A list of several lists or objects of several items each is always laid out over lines, as Prettier does.

    Args:
        value: what `literal` knows, and expressions.
        indent: by how many characters its line is indented.
        lead: how many characters stand before it beyond that.
        width: how many characters a line may have.
    """
    return _laid(value, indent + lead, indent, width)


def _laid(value: object, before: int, indent: int, width: int) -> str:
    flat = _flat(value)
    if before + len(flat) + 1 <= width and not _is_broken(value):
        return flat
    inner = " " * (indent + _STEP)
    if isinstance(value, Mapping) and value:
        rows = [
            f"{inner}{(key := property_name(str(name)))}: "
            f"{_laid(item, len(inner) + len(key) + 2, indent + _STEP, width)},\n"
            for name, item in value.items()
        ]
        return f"{{\n{''.join(rows)}{' ' * indent}}}"
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        if all(isinstance(item, int | float) and not isinstance(item, bool) for item in value) and len(value) > 1:
            return f"[\n{_filled([literal(item) for item in value], inner, width)}{' ' * indent}]"
        rows = [f"{inner}{_laid(item, len(inner), indent + _STEP, width)},\n" for item in value]
        return f"[\n{''.join(rows)}{' ' * indent}]"
    return flat


def _filled(words: Sequence[str], inner: str, width: int) -> str:
    """Numbers, as many on a line as fit."""
    lines, line = [], inner + words[0] + ","
    for word in words[1:]:
        if len(line) + len(word) + 2 > width:
            lines.append(line)
            line = f"{inner}{word},"
        else:
            line = f"{line} {word},"
    return "\n".join([*lines, line]) + "\n"


def _flat(value: object) -> str:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, Mapping):
        rows = ", ".join(f"{property_name(str(name))}: {_flat(item)}" for name, item in value.items())
        return f"{{ {rows} }}" if value else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str | Color):
        return f"[{', '.join(map(_flat, value))}]"
    return literal(value)


def _is_broken(value: object) -> bool:
    """Whether Prettier breaks a literal that would fit on the line, or something in it."""
    if isinstance(value, Mapping):
        return any(map(_is_broken, value.values()))
    if not isinstance(value, Sequence) or isinstance(value, str):
        return False
    kinds = {_kind(item) for item in value}
    several = len(value) > 1 and kinds in ({"object"}, {"list"}) and all(len(item) > 1 for item in value)
    return several or any(map(_is_broken, value))


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "object"
    return "list" if isinstance(value, Sequence) and not isinstance(value, str) else "other"
