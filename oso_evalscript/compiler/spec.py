"""Specs: one frozen dataclass per template, and reading them from TOML.

A spec is valid once constructed, from Python or from TOML by the same checks. What it means for a pixel is
`steps()`, what it promises is `contract()`.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, ClassVar, TypeAlias, get_args, get_type_hints

from oso_evalscript.compiler.steps import (
    Below,
    Guard,
    LookUp,
    Paint,
    Select,
    Shade,
    Step,
    Trust,
    bands_read,
)
from oso_evalscript.model.catalog import Band, collections, find_band, find_class_band
from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import Input, Output, SampleType, Setup
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import LandClass, load_nomenclature

_NAME = "what the script calls itself; the name of the file, without its ending, where it is not given"
_TITLE = "a sentence for the head of the script"
_NOMENCLATURE = "the id of the nomenclature"
_MOST_BYTES = 1_000_000
_BLACK = Color(0x000000)
_NODATA = 255


class Alpha(StrEnum):
    """Where the alpha channel comes from."""

    DATA_MASK = "dataMask"
    NONE = "none"


def _key(doc: str, default: Any = MISSING) -> Any:
    """A field of a spec with the sentence that documents it."""
    return field(default=default, metadata={"doc": doc})


class BadValue(SpecError):
    """A value that a spec does not allow: its key, the value and what is allowed instead."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        super().__init__(f"`{key} = {_toml(value)}` is not allowed: expected {allowed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteSpec:
    """Colour a class band by a nomenclature, exactly: a code without a class is never painted like a neighbour."""

    template: ClassVar[str] = "palette"
    name: str = _key(_NAME)
    title: str = _key(_TITLE, "")
    nomenclature: str = _key(_NOMENCLATURE, "oso-23")
    classes: tuple[int, ...] | None = _key("the codes to paint; all where it is not given", None)
    alpha: Alpha = _key("the alpha channel: `dataMask`, or `none` for three bands on a background", Alpha.DATA_MASK)
    background: Color | None = _key(
        'with `alpha = "none"`: the colour where there is no class, `#000000` where it is not given', None
    )

    def __post_init__(self) -> None:
        _settle(self)
        _check_classes(self.nomenclature, self.classes)
        if self.background is not None and self.alpha is not Alpha.NONE:
            raise BadValue("background", self.background, 'a background only together with `alpha = "none"`')

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        paint = Paint(None if self.alpha is Alpha.DATA_MASK else self.background or _BLACK)
        return (_look_up(self.nomenclature, self.classes), paint)

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        return _contract(self.steps(), Output(3 if self.alpha is Alpha.NONE else 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskSpec:
    """Turn chosen classes into 1 and the other classes into 0; no data, or no such class, is 255."""

    template: ClassVar[str] = "mask"
    name: str = _key(_NAME)
    title: str = _key(_TITLE, "")
    nomenclature: str = _key(_NOMENCLATURE, "oso-23")
    classes: tuple[int, ...] = _key("the codes that become 1: a list of codes of the nomenclature")

    def __post_init__(self) -> None:
        _settle(self)
        _check_classes(self.nomenclature, self.classes)

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        table = load_nomenclature(self.nomenclature)
        band = _class_band(table.id).name
        return (Select(band, table.classes, frozenset(self.classes), _NODATA),)

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        return _contract(self.steps(), Output(1, sample_type=SampleType.UINT8, nodata=_NODATA))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceSpec:
    """Colour a class band by a nomenclature only where the classification is sure enough."""

    template: ClassVar[str] = "confidence"
    name: str = _key(_NAME)
    title: str = _key(_TITLE, "")
    nomenclature: str = _key(_NOMENCLATURE, "oso-23")
    classes: tuple[int, ...] | None = _key("the codes to paint; all where it is not given", None)
    threshold: int = _key("the least confidence that is painted, in percent: a whole number from 1 to 100")
    validity: int | None = _key("the least number of cloud-free images; not looked at where it is not given", None)
    below: Below = _key("what becomes of the other pixels: `transparent`, `grey` or `faded`", Below.TRANSPARENT)

    def __post_init__(self) -> None:
        _settle(self)
        _check_classes(self.nomenclature, self.classes)
        _check_within(_band("OCS_Confidence"), "threshold", self.threshold)
        if self.validity is not None:
            _check_within(_band("OCS_Validity"), "validity", self.validity)

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        minima = [("OCS_Confidence", self.threshold)]
        if self.validity is not None:
            minima.append(("OCS_Validity", self.validity))
        return (_look_up(self.nomenclature, self.classes), Trust(tuple(minima), self.below), Paint(None))

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        return _contract(self.steps(), Output(4))


@dataclass(frozen=True, slots=True, kw_only=True)
class RampSpec:
    """Colour a continuous band by its official legend; values that mean nothing are transparent."""

    template: ClassVar[str] = "ramp"
    name: str = _key(_NAME)
    title: str = _key(_TITLE, "")
    band: str = _key("a band with a continuous legend: `OCS_Confidence` or `OCS_Validity`")

    def __post_init__(self) -> None:
        _settle(self)
        allowed = [band.name for collection in collections() for band in collection.bands if band.ramp]
        if self.band not in allowed:
            raise BadValue("band", self.band, " or ".join(f'"{name}"' for name in allowed))

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        band = _band(self.band)
        return (Guard(band.name, band.low, band.high), Shade(band.name, band.ramp), Paint(None))

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        return _contract(self.steps(), Output(4))


Spec: TypeAlias = PaletteSpec | MaskSpec | ConfidenceSpec | RampSpec

SPECS: dict[str, type[Spec]] = {spec.template: spec for spec in (PaletteSpec, MaskSpec, ConfidenceSpec, RampSpec)}
"""The spec classes by the name of their template."""


def load_spec(path: str | Path) -> Spec:
    """Return the spec a TOML file holds.

    Raises:
        SpecError: the file is missing, is not TOML, or holds a key or value that is not allowed; the text names
            the file, the key, the value and what is allowed.
    """
    data = _read_toml(Path(path))
    try:
        return spec_from_dict({"name": os.fsencode(Path(path).stem).decode("utf-8", "replace"), **data})
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None


def spec_from_dict(data: dict[str, Any]) -> Spec:
    """Return the spec that a mapping of plain TOML values means; its key `template` names the kind."""
    values = dict(data)
    template = values.pop("template", None)
    if template is None:
        raise SpecError(f"the key `template` is missing: expected {_one_of(SPECS)}")
    if not isinstance(template, str) or template not in SPECS:
        raise BadValue("template", template, _one_of(SPECS))
    spec = SPECS[template]
    known = {item.name: item for item in fields(spec)}
    for key, value in values.items():
        if key not in known:
            shown = f"{key} = {_toml(value)}"
            raise SpecError(f"`{shown}`: the template `{template}` has no such key; {_suggest(key, known)}")
    for key, item in known.items():
        if key not in values and item.default is MISSING:
            raise SpecError(f"the key `{key}` is missing: {item.metadata['doc']}")
    return spec(**values)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise SpecError(f"{path}: is not a regular file")
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise SpecError(f"{path}: cannot be read ({error.strerror or error})") from None
    if len(data) == _MOST_BYTES:
        raise SpecError(f"{path}: is larger than {_MOST_BYTES:,} bytes, which no spec is")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SpecError(f"{path}: is not UTF-8; save the file in that encoding") from None
    except (ValueError, RecursionError) as error:  # the latter for lists in lists without end
        raise SpecError(f"{path}: is not TOML: {error}") from None


def _settle(spec: Any) -> None:
    """Turn each field of a spec under construction into its own type, or refuse it."""
    for key, hint in get_type_hints(type(spec)).items():
        if key != "template":
            object.__setattr__(spec, key, _convert(hint, key, getattr(spec, key)))


def _convert(hint: Any, key: str, value: Any) -> Any:
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if value is None and NoneType in kinds:
        return None
    kind = next(item for item in kinds if item is not NoneType)
    if kind is Color:
        if isinstance(value, Color):
            return value
        try:
            return Color.parse(value)
        except (ValueError, TypeError):
            raise BadValue(key, value, 'a colour such as "#ff00aa"') from None
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if value not in list(kind):
            raise BadValue(key, value, _one_of(kind))
        return kind(value)
    if kind is int:
        if not _is_int(value):
            raise BadValue(key, value, "a whole number")
    elif kind is str:
        if not isinstance(value, str):
            raise BadValue(key, value, "a string")
    else:  # tuple[int, ...]
        if not isinstance(value, list | tuple) or not all(_is_int(item) for item in value):
            raise BadValue(key, value, "a list of whole numbers")
        return tuple(value)
    return value


def _check_classes(nomenclature: str, classes: tuple[int, ...] | None) -> None:
    try:
        table = load_nomenclature(nomenclature)
    except SpecError as error:
        raise SpecError(f'`nomenclature = "{nomenclature}"` is not allowed: {error}') from None
    _class_band(table.id)
    if classes is None:
        return
    unknown = [code for code in classes if code not in table.codes]
    allowed = f"codes of {table.id}, {_ranges(table.codes)}"
    if unknown:
        raise BadValue("classes", list(classes), f"{allowed}; {unknown[0]} is none of them")
    if not classes or len(set(classes)) < len(classes):
        raise BadValue("classes", list(classes), f"{allowed}, at least one and each once")


def _check_within(band: Band, key: str, value: int) -> None:
    low, high = band.low, band.high
    if (low is not None and value < low) or (high is not None and value > high):
        limits = f"from {low:g}" + (f" to {high:g}" if high is not None else " on")
        raise BadValue(key, value, f"a whole number {limits}")


def _look_up(nomenclature: str, classes: tuple[int, ...] | None) -> LookUp:
    table = load_nomenclature(nomenclature)
    chosen: tuple[LandClass, ...] = table.classes if classes is None else table.subset(frozenset(classes))
    return LookUp(_class_band(table.id).name, chosen)


def _contract(steps: tuple[Step, ...], output: Output) -> Setup:
    return Setup(inputs=(Input(bands_read(steps)),), outputs=(output,))


def _class_band(nomenclature: str) -> Band:
    band = find_class_band(nomenclature)
    if band is None:
        raise SpecError(f"no band of the catalogue holds codes of the nomenclature {nomenclature}")
    return band


def _band(name: str) -> Band:
    band = find_band(name)
    if band is None:
        raise SpecError(f"the catalogue has no band {name}")
    return band


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _suggest(key: str, known: dict[str, Field[Any]]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(known)}"


def _one_of(names: Any) -> str:
    return " or ".join(f'"{name}"' for name in names)


def _ranges(codes: tuple[int, ...]) -> str:
    if codes == tuple(range(codes[0], codes[-1] + 1)):
        return f"{codes[0]} to {codes[-1]}"
    return ", ".join(map(str, codes))


def _toml(value: object) -> str:
    """A value as the TOML file spells it, shortened."""
    match value:
        case bool():
            text = str(value).lower()
        case int():
            text = str(value) if value.bit_length() < 200 else "a very large number"
        case float() | date() | time():
            text = str(value)
        case list() | tuple():
            text = f"[{', '.join(_toml(item) for item in value[:20])}{', …' if len(value) > 20 else ''}]"
        case dict():
            text = "{…}"
        case _:
            text = f'"{value}"'
    return text if len(text) <= 60 else text[:59] + "…"
