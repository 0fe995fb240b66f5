"""Specs: one frozen dataclass per template, and reading them from TOML.

A spec is valid once constructed, from Python or from TOML by the same checks. What it means for a pixel is
`steps()`, what it promises is `contract()`.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from oso_evalscript.compiler.change import ChangeSpec
from oso_evalscript.compiler.choice import Colors, ColorsWord, check_level, chosen_codes, painted
from oso_evalscript.compiler.index import IndexSpec
from oso_evalscript.compiler.keys import (
    BAND,
    BINS,
    CLASSES,
    GROUPS,
    LANGUAGE,
    LEVEL,
    NAME,
    NODATA,
    NOMENCLATURE,
    TITLE,
    WIDE_NODATA,
    BadValue,
    check_band,
    check_bins,
    check_coded,
    check_within,
    classes_note,
    code_band,
    key,
    named_band,
    one_of,
    settle,
    table_of,
    toml_value,
)
from oso_evalscript.compiler.reading import read_bytes
from oso_evalscript.compiler.steps import (
    Below,
    BelowWord,
    Guard,
    LookUp,
    LookUpBy,
    LookUpByWord,
    Paint,
    Recode,
    Row,
    Select,
    Shade,
    Step,
    Steps,
    Trust,
    contract_of,
)
from oso_evalscript.compiler.tables import RegroupSpec, StatisticsSpec, ValuesSpec
from oso_evalscript.model.catalog import Band, collections
from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import Output, SampleType, Setup
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Language, LanguageCode, Nomenclature, available
from oso_evalscript.model.ramps import RampName, RampWord, Stops, named_ramp, rounded, shade_at, step_at, stepped
from oso_evalscript.model.text import is_text, shortened

_COLORS = (
    "which colours: those of the `classes`, those of their `groups` with their labels, or `safe` ones, which people "
    "with any colour vision can distinguish"
)
_MAX_BYTES = 1_000_000
_BLACK = Color(0x000000)
_BINS = 4


class Alpha(StrEnum):
    """Where the alpha channel comes from."""

    DATA_MASK = "dataMask"
    NONE = "none"


AlphaWord: TypeAlias = Literal["dataMask", "none"]


class Mode(StrEnum):
    """What a mask does to the classes that it names."""

    KEEP = "keep"
    DROP = "drop"


ModeWord: TypeAlias = Literal["keep", "drop"]


class MaskValues(StrEnum):
    """What a mask holds."""

    BINARY = "binary"
    CODE = "code"
    PALETTE = "palette"


MaskValuesWord: TypeAlias = Literal["binary", "code", "palette"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteSpec:
    """Colour a class band by a nomenclature, exactly: a code without a class is never painted like a neighbour."""

    template: ClassVar[str] = "palette"
    name: str = key(NAME)
    title: str = key(TITLE, "")
    nomenclature: str | Nomenclature = key(NOMENCLATURE, "oso-23")
    band: str | None = key(BAND, None)
    classes: tuple[int | str, ...] | None = key(CLASSES.format(verb="paint"), None)
    groups: tuple[str, ...] | None = key(GROUPS.format(verb="paint"), None)
    colors: Colors | ColorsWord = key(_COLORS, Colors.CLASSES)
    level: int | None = key(LEVEL, None)
    language: Language | LanguageCode = key(LANGUAGE, Language.ENGLISH)
    lookup: LookUpBy | LookUpByWord = key(
        "what colours are looked up with: an `object`, or a `ColorMapVisualizer` behind a guard", LookUpBy.OBJECT
    )
    alpha: Alpha | AlphaWord = key(
        "the alpha channel: `dataMask`, or `none` for three bands on a background", Alpha.DATA_MASK
    )
    background: Color | None = key(
        'with `alpha = "none"`: the colour where there is no class, `#000000` where it is not given', None
    )

    def __post_init__(self) -> None:
        _check_painted(self)
        if self.background is not None and self.alpha is not Alpha.NONE:
            raise BadValue("background", self.background, 'a background only together with `alpha = "none"`')

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        paint = Paint(None if self.alpha is Alpha.DATA_MASK else self.background or _BLACK)
        return (_look_up(self, self.lookup), paint)

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        return contract_of(self.steps(), Output(3 if self.alpha is Alpha.NONE else 4))

    def classes_note(self) -> str:
        """Return what its classes mean where no nomenclature of the package says it."""
        return classes_note(self, self.contract())


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskSpec:
    """Turn chosen classes into 1 and the other classes into 0, or keep the chosen ones alone; no data is marked."""

    template: ClassVar[str] = "mask"
    name: str = key(NAME)
    title: str = key(TITLE, "")
    nomenclature: str | Nomenclature = key(NOMENCLATURE, "oso-23")
    band: str | None = key(BAND, None)
    classes: tuple[int | str, ...] | None = key(
        "the classes that are chosen, by code, by label in either language, or by the id or label of a group", None
    )
    groups: tuple[str, ...] | None = key("the groups that are chosen, by id or label, in addition to `classes`", None)
    mode: Mode | ModeWord = key("`keep` the chosen classes, or `drop` them and keep the others", Mode.KEEP)
    values: MaskValues | MaskValuesWord = key(
        "what kept classes become: 1 while dropped ones become 0 (`binary`); their own `code` while dropped ones "
        "become `nodata`; their colour while dropped ones are transparent (`palette`)",
        MaskValues.BINARY,
    )
    nodata: int | None = key(
        "the value without data or class: 255 where it is not given, 65535 with codes beyond that; none with `palette`",
        None,
    )
    colors: Colors | ColorsWord = key(f"with `palette`: {_COLORS}", Colors.CLASSES)
    level: int | None = key(LEVEL, None)
    language: Language | LanguageCode = key(LANGUAGE, Language.ENGLISH)

    def __post_init__(self) -> None:
        table = check_coded(self)
        if self.classes is None and self.groups is None:
            raise SpecError("the key `classes` is missing, or `groups`: which classes are chosen")
        if len(chosen_codes(table, self.classes, self.groups)) == len(table.codes) and self.mode is Mode.DROP:
            raise BadValue("mode", self.mode, "at least one class that is kept")
        if self.colors is not Colors.CLASSES and self.values is not MaskValues.PALETTE:
            raise BadValue("colors", self.colors, 'colours only together with `values = "palette"`')
        if self.values is MaskValues.PALETTE:
            if self.nodata is not None:
                raise BadValue("nodata", self.nodata, "none: a pixel of a palette without data is transparent")
            painted(table, self.colors, self.level)
            return
        check_level(table, self.level, grouped=False)
        check_within("nodata", self._nodata, 0, WIDE_NODATA if self._is_wide else NODATA)
        if self._nodata in ((0, 1) if self.values is MaskValues.BINARY else table.codes):
            raise BadValue("nodata", self._nodata, "a value that no pixel with data can have")

    @property
    def _is_wide(self) -> bool:
        """Whether the output holds codes that 8 bits do not."""
        return self.values is MaskValues.CODE and table_of(self).codes[-1] > NODATA

    @property
    def _nodata(self) -> int:
        """The value without data or class."""
        return self.nodata if self.nodata is not None else WIDE_NODATA if self._is_wide else NODATA

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        table = table_of(self)
        band = code_band(self)
        kept = chosen_codes(table, self.classes, self.groups)
        if self.mode is Mode.DROP:
            kept = frozenset(table.codes) - kept
        if self.values is MaskValues.BINARY:
            return (Select(band, table.classes, kept, self._nodata, self.language),)
        if self.values is MaskValues.CODE:
            rows = tuple(Row(item.code, item.code, item.label(self.language)) for item in table.subset(kept))
            return (Recode(band, rows, self._nodata),)
        shown = painted(table, self.colors, self.level).subset(kept)
        return (LookUp(band, shown, self.language), Paint(None))

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        sample_type = SampleType.UINT16 if self._is_wide else SampleType.UINT8
        output = Output(1, sample_type=sample_type, nodata=self._nodata)
        return contract_of(self.steps(), Output(4) if self.values is MaskValues.PALETTE else output)

    def classes_note(self) -> str:
        """Return what its classes mean where no nomenclature of the package says it."""
        return classes_note(self, self.contract())


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceSpec:
    """Colour a class band by a nomenclature only where the classification is sure enough."""

    template: ClassVar[str] = "confidence"
    name: str = key(NAME)
    title: str = key(TITLE, "")
    nomenclature: str | Nomenclature = key(NOMENCLATURE, "oso-23")
    band: str | None = key(BAND, None)
    classes: tuple[int | str, ...] | None = key(CLASSES.format(verb="paint"), None)
    groups: tuple[str, ...] | None = key(GROUPS.format(verb="paint"), None)
    colors: Colors | ColorsWord = key(_COLORS, Colors.CLASSES)
    level: int | None = key(LEVEL, None)
    language: Language | LanguageCode = key(LANGUAGE, Language.ENGLISH)
    threshold: int = key("the least confidence that is painted, in percent: a whole number from 1 to 100")
    confidence: str = key("the band of the confidence, in percent, or any band that grows with it", "OCS_Confidence")
    validity: int | None = key("the least number of cloud-free images; not looked at where it is not given", None)
    counts: str = key("with `validity`: the band of that number, or any band that grows with it", "OCS_Validity")
    below: Below | BelowWord = key(
        "what becomes of the other pixels: `transparent`; `grey`; `faded`, mixed with dark grey; `shaded`, mixed the "
        "more the less sure, in bins; `alpha`, as opaque as the confidence says",
        Below.TRANSPARENT,
    )
    bins: int | None = key(f"with `shaded`: in how many bins, from 2 to 16; {_BINS} where it is not given", None)

    def __post_init__(self) -> None:
        _check_painted(self)
        for name in ("confidence", "counts"):
            check_band(name, getattr(self, name))
        bands = (code_band(self), self.confidence, self.counts)
        if len(set(bands)) < len(bands):
            raise BadValue("band", bands[0], "a band other than those of confidence and validity")
        check_within("threshold", self.threshold, 1, 100)
        if self.validity is not None:
            check_within("validity", self.validity, 1, None)
        if self.bins is not None:
            check_within("bins", self.bins, 2, 16)
            if self.below is not Below.SHADED:
                raise BadValue("bins", self.bins, 'bins only together with `below = "shaded"`')

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        minima = [(self.confidence, self.threshold)]
        if self.validity is not None:
            minima.append((self.counts, self.validity))
        bins = (self.bins or _BINS) if self.below is Below.SHADED else 0
        return (_look_up(self), Trust(tuple(minima), self.below, bins), Paint(None))

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        return contract_of(self.steps(), Output(4))

    def classes_note(self) -> str:
        """Return what its classes mean where no nomenclature of the package says it."""
        return classes_note(self, self.contract())


@dataclass(frozen=True, slots=True, kw_only=True)
class RampSpec:
    """Colour a continuous band by its official legend or a named ramp; values that mean nothing are transparent."""

    template: ClassVar[str] = "ramp"
    name: str = key(NAME)
    title: str = key(TITLE, "")
    band: str = key("a band with a continuous legend: `OCS_Confidence` or `OCS_Validity`")
    ramp: RampName | RampWord | None = key(
        "a perceptually uniform ramp between the ends of the official legend, by name", None
    )
    bins: int | None = key(BINS, None)

    def __post_init__(self) -> None:
        settle(self)
        allowed = [band.name for collection in collections() for band in collection.bands if band.ramp]
        if self.band not in allowed:
            raise BadValue("band", self.band, " or ".join(f'"{name}"' for name in allowed))
        check_bins(self.bins)

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        band = named_band(self.band)
        stops = named_ramp(self.ramp, band.ramp[0][0], band.ramp[-1][0]) if self.ramp else band.ramp
        shade = (
            Steps(_tidy(stepped(stops, self.bins), band, step_at)) if self.bins else Shade(_tidy(stops, band, shade_at))
        )
        return (Guard(band.name, band.low, band.high), shade, Paint(None))

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        return contract_of(self.steps(), Output(4))

    def classes_note(self) -> str:
        """Return nothing: it paints no classes."""
        return ""


Spec: TypeAlias = (
    PaletteSpec
    | MaskSpec
    | ConfidenceSpec
    | RampSpec
    | ValuesSpec
    | RegroupSpec
    | StatisticsSpec
    | IndexSpec
    | ChangeSpec
)

SPECS: dict[str, type[Spec]] = {spec.template: spec for spec in get_args(Spec)}
"""The spec classes by the name of their template."""


def load_spec(path: str | Path) -> Spec:
    """Return the spec a TOML file holds; a nomenclature that it names by a path is read from the folder of the file.

    Raises:
        SpecError: the file is missing, is not TOML, or holds a key or value that is not allowed; the text names
            the file, the key, the value and what is allowed.
    """
    if is_text(path):
        raise SpecError(f"expected the path of a spec, a TOML file, not its text, {shortened(path)}")
    data = read_toml(Path(path))
    try:
        name = os.fsencode(Path(path).stem).decode("utf-8", "replace")
        return spec_from_dict({"name": name, **_with_nomenclature(data, Path(path).parent)})
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None


def spec_from_dict(data: dict[str, Any]) -> Spec:
    """Return the spec that a mapping of plain TOML values means; its key `template` names the kind."""
    values = dict(data)
    template = values.pop("template", None)
    if template is None:
        raise SpecError(f"the key `template` is missing: expected {one_of(SPECS)}")
    if not isinstance(template, str) or template not in SPECS:
        raise BadValue("template", template, one_of(SPECS))
    spec = SPECS[template]
    known = {item.name: item for item in fields(spec)}
    for name, value in values.items():
        if name not in known:
            shown = f"{name} = {toml_value(value)}"
            raise SpecError(f"`{shown}`: the template `{template}` has no such key; {_suggest(name, known)}")
    for name, item in known.items():
        if name not in values and item.default is MISSING:
            raise SpecError(f"the key `{name}` is missing: {item.metadata['doc']}")
    return spec(**values)


def is_nomenclature(path: Path) -> bool:
    """Return whether a TOML file holds classes instead of a spec."""
    data = read_toml(path)
    classes = data.get("classes")
    return "template" not in data and isinstance(classes, list) and any(isinstance(item, dict) for item in classes)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the plain values of a TOML file.

    Raises:
        SpecError: it cannot be read, or is not TOML.
    """
    data = read_bytes(path, _MAX_BYTES, "spec")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SpecError(f"{path}: is not UTF-8; save the file in that encoding") from None
    except (ValueError, RecursionError) as error:  # the latter for lists in lists without end
        raise SpecError(f"{path}: is not TOML: {error}") from None


def _check_painted(spec: PaletteSpec | ConfidenceSpec) -> None:
    table = check_coded(spec)
    chosen_codes(table, spec.classes, spec.groups)
    painted(table, spec.colors, spec.level)


def _look_up(spec: PaletteSpec | ConfidenceSpec, by: LookUpBy | LookUpByWord = LookUpBy.OBJECT) -> LookUp:
    table = table_of(spec)
    codes = chosen_codes(table, spec.classes, spec.groups)
    return LookUp(code_band(spec), painted(table, spec.colors, spec.level).subset(codes), spec.language, by)


def _tidy(stops: Stops, band: Band, color_at: Callable[[Stops, float], Color]) -> Stops:
    """Stops with few decimals, where the band has so few values that all of them can be tried."""
    if band.source_type != "UINT8" or band.units[0] != "DN":
        return stops
    return rounded(stops, range(256), color_at)


def _with_nomenclature(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a spec, a nomenclature of the user's own in the place of its path."""
    named = data.get("nomenclature")
    if not isinstance(named, str) or named in available():
        return data
    from oso_evalscript.compiler.importing import FORMATS, load_nomenclature  # reading XML takes time to load

    is_file = Path(named).suffix.lower() in FORMATS
    try:
        return {**data, "nomenclature": load_nomenclature(folder / named if is_file else named)}
    except SpecError as error:
        raise SpecError(f"`nomenclature = {toml_value(named)}` is not allowed: {error}") from None


def _suggest(key: str, known: dict[str, Field[Any]]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(known)}"
