"""Python values as JavaScript literals, and labels as JavaScript comments: nothing breaks out of either."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from enum import Enum

from oso_evalscript.model.color import Color
from oso_evalscript.model.regex import regex

_IDENTIFIER = regex(r"[A-Za-z_$][\w$]*", re.ASCII)
# Line ends would end a line comment; the other control and formatting characters would only deceive.
_UNSHOWN = regex("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
# Legal inside a JSON string, yet line ends in older JavaScript; `<` keeps `</script>` out of web pages.
_ESCAPED = str.maketrans({"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def literal(value: object) -> str:
    """Return the JavaScript expression for a value.

    Booleans, None, numbers, strings, colours (as `0xrrggbb`), lists and mappings with string keys are known;
    keys that are identifiers stand unquoted.

    Raises:
        TypeError: the value is of any other type.
    """
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Color):
        return value.literal
    if isinstance(value, str):
        return json.dumps(value).translate(_ESCAPED)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(literal(item) for item in value)}]"
    raise TypeError(f"a {type(value).__name__} has no JavaScript literal")


def comment(text: str) -> str:
    """Return `text` as it may stand behind `//` or between `/*` and `*/`: on one line, never ending it."""
    return _UNSHOWN.sub(" ", text).replace("*/", "* /").strip()


def property_name(name: str) -> str:
    """Return `name` as the key of an object literal: bare where it is an identifier, else quoted."""
    # `__proto__: x` would set the prototype instead of a property, quoted or not.
    if name == "__proto__":
        return '["__proto__"]'
    return name if _IDENTIFIER.fullmatch(name) else literal(name)


def _number(value: float) -> str:
    if isinstance(value, int):  # of any length: what is too large for JavaScript is Infinity there
        return repr(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < 2**53:
        return "-0" if value == 0 and math.copysign(1, value) < 0 else str(int(value))
    return repr(value)


def _object(value: Mapping[object, object]) -> str:
    if not value:
        return "{}"
    return f"{{ {', '.join(f'{_key(key)}: {literal(item)}' for key, item in value.items())} }}"


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"the key of an object is a string, not {key!r}")
    return property_name(key)
