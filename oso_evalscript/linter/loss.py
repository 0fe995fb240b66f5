"""What a sample type loses of numbers that lie between certain limits, in words; None where nothing is certain."""

from __future__ import annotations

import math

from oso_evalscript.model.contract import SampleType
from oso_evalscript.semantics.values.bands import Scale
from oso_evalscript.semantics.values.scales import CELSIUS, DIFFERENCE

_SMALL = 5  # what reaches no further has so few whole numbers that fractions must be meant
_STRETCH = 20  # how many times the range of a type a stretch for the eye may reach
_LONGEST = 40
_RAW = ("kelvin", "percent", "an angle in degrees")  # what nobody returns as it is to stretch it
_STRETCHED = ("", "reflectance", "backscatter in linear power")  # what is made brighter, however much, for the eye


def loss(text: str, scale: Scale, type_: SampleType, *, compared: bool, plain: bool) -> str | None:
    """Return the sentence about what is lost when a number is stored.

    Args:
        text: the expression that gives it.
        scale: what is usual of it.
        type_: how it is stored; not FLOAT32.
        compared: whether the script compares it with something, and so may have treated what is negative.
        plain: whether it is returned as data, rather than as one channel of a picture.
    """
    low, high = type_.meant or (-math.inf, math.inf)
    is_code = scale.meaning.startswith("the codes")
    if not scale.many and not is_code:
        return None
    shown = f"`{text}`" if len(text) <= _LONGEST and "\n" not in text else "this"
    between = f"{shown}{_is(scale)} lies between {number(scale.low)} and {number(scale.high)}"
    if type_ is not SampleType.AUTO and not scale.whole and max(-scale.low, scale.high) <= _SMALL:
        return f"{between}; {type_} keeps only {_kept(max(scale.low, low), min(scale.high, high))}"
    if compared:
        return None
    if scale.high <= 0 and low == 0:
        return f"{shown} is negative, and stored as 0: {_stores(type_)}"
    if scale.meaning == CELSIUS and low == 0:
        frost = "" if type_ is SampleType.AUTO else ", and frost is stored as 0"
        return f"{shown} is in degrees Celsius; {_stores(type_)}{frost}"
    if scale.meaning == DIFFERENCE and type_ is SampleType.AUTO and plain:
        return f"{between}; {_stores(type_)}, and what is negative is stored as 0"
    limit = high * (2 if is_code else 1.2 if scale.meaning in _RAW else _STRETCH)
    if scale.low > high or (scale.meaning not in _STRETCHED and limit < scale.high < math.inf):
        return f"{between}; {_stores(type_)}"
    return None


def number(value: float) -> str:
    """Return a number as it is shown in messages."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.3g}"


def _is(scale: Scale) -> str:
    return f" ({scale.meaning})" if scale.meaning else ""


def _stores(type_: SampleType) -> str:
    low, high = type_.meant or (0, 0)
    return f"{type_} stores {low} to {high}"


def _kept(low: float, high: float) -> str:
    kept = [str(value) for value in range(math.ceil(low - 0.5), math.floor(high + 0.5) + 1)]
    if len(kept) > 3:
        return f"whole numbers from {kept[0]} to {kept[-1]}"
    return " and ".join([", ".join(kept[:-1]), kept[-1]]) if len(kept) > 1 else kept[0] if kept else "0"
