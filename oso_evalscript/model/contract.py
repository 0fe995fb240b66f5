"""The contract of an evalscript: what `setup()` returns, as values.

`read_setup` turns the raw value (plain dicts, lists, strings and numbers, as JavaScript returned it or as it
stands in the text) into a `Setup`; `Setup.raw` gives the shortest raw value that means the same.
Rules and defaults are those of the service's page on V3 (documentation.dataspace.copernicus.eu,
APIs/SentinelHub/Evalscript/V3); where it is silent, the strict reading is taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias, TypeGuard

from oso_evalscript.model.errors import OsoError

RawValue: TypeAlias = "bool | int | float | str | Sequence[RawValue] | Mapping[str, RawValue] | None"

SCENE_HOOKS = ("preProcessScenes", "filterScenes")
"""The functions of a script that choose among the scenes."""
HOOKS = (*SCENE_HOOKS, "updateOutput", "updateOutputMetadata")
"""All the functions that the service calls beside `setup` and `evaluatePixel`."""


class Mosaicking(StrEnum):
    """How the scenes of a request combine."""

    SIMPLE = "SIMPLE"
    ORBIT = "ORBIT"
    TILE = "TILE"


class SampleType(StrEnum):
    """How returned numbers are stored; AUTO stores 0 to 1 as 8 bits."""

    AUTO = "AUTO"
    UINT8 = "UINT8"
    UINT16 = "UINT16"
    INT8 = "INT8"
    INT16 = "INT16"
    FLOAT32 = "FLOAT32"

    @property
    def limits(self) -> tuple[int, int] | None:
        """The smallest and the largest stored number, for AUTO after scaling; None for FLOAT32."""
        return _LIMITS.get(self)

    @property
    def meant(self) -> tuple[int, int] | None:
        """The smallest and the largest number to return that is not clamped; None for FLOAT32."""
        return (0, 1) if self is SampleType.AUTO else self.limits


_LIMITS = {
    SampleType.AUTO: (0, 255),
    SampleType.UINT8: (0, 255),
    SampleType.UINT16: (0, 65_535),
    SampleType.INT8: (-128, 127),
    SampleType.INT16: (-32_768, 32_767),
}


@dataclass(frozen=True, slots=True)
class Input:
    """One input object: bands of one collection.

    Attributes:
        bands: names, in the order written.
        units: one per band, or empty for each band's own default.
        datasource: the id of the request's data it is bound to, in data fusion.
        mosaicking: overrides the script's own, in data fusion.
        metadata: further scene fields asked for, such as `bounds`.
    """

    bands: tuple[str, ...]
    units: tuple[str, ...] = ()
    datasource: str | None = None
    mosaicking: Mosaicking | None = None
    metadata: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """One named result.

    Attributes:
        bands: how many values `evaluatePixel` returns for it; 0 in scripts that want user data alone.
        id: unique among the outputs.
        sample_type: how each value is stored.
        nodata: written as the raster's no-data tag; changes no pixel.
        names: the names of the bands where they were given, in the Statistical API, else empty.
    """

    bands: int
    id: str = "default"
    sample_type: SampleType = SampleType.AUTO
    nodata: float | None = None
    names: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        """Whether two outputs are the same; NaN is here equal to NaN."""
        return self._compared() == other._compared() if isinstance(other, Output) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[object, ...]:
        nodata = "nan" if self.nodata is not None and math.isnan(self.nodata) else self.nodata
        return (self.bands, self.id, self.sample_type, nodata, self.names)


@dataclass(frozen=True, slots=True)
class Setup:
    """The contract of a script: its inputs and its outputs."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    mosaicking: Mosaicking = Mosaicking.SIMPLE

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands of all inputs, each once, in the written order."""
        return tuple(dict.fromkeys(band for input in self.inputs for band in input.bands))

    @property
    def fusion(self) -> bool:
        """Whether there are several inputs, so that samples are lists, grouped by source."""
        return len(self.inputs) > 1

    def key(self, index: int) -> str:
        """Return the name of an input's samples in data fusion."""
        source = self.inputs[index].datasource
        return str(index) if source is None else source

    def mosaicking_of(self, index: int) -> Mosaicking:
        """Return the mosaicking of one input; in data fusion, inputs may differ."""
        return self.inputs[index].mosaicking or self.mosaicking

    def raw(self) -> dict[str, RawValue]:
        """Return the shortest value of `setup()` with this contract."""
        inputs = [_raw_input(input) for input in self.inputs]
        named = any(output.names for output in self.outputs)
        usual = SampleType.FLOAT32 if named else SampleType.AUTO
        outputs = [_raw_output(output, usual) for output in self.outputs]
        raw: dict[str, RawValue] = {
            "input": inputs[0]["bands"] if len(inputs) == 1 and list(inputs[0]) == ["bands"] else inputs,
            "output": outputs[0] if len(outputs) == 1 else outputs,
        }
        if self.mosaicking is not Mosaicking.SIMPLE:
            raw["mosaicking"] = str(self.mosaicking)
        return raw


Api: TypeAlias = Literal["process", "statistics"]
"""Which of the service's interfaces a script is run by."""


class ContractError(ValueError):
    """A value of `setup()` breaks the rules.

    Attributes:
        path: where in the value, such as `output[1].bands`; empty for the whole.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


def read_api(given: object) -> Api:
    """Return the name of one of the service's interfaces.

    Raises:
        OsoError: it is none.
    """
    if given == "process":
        return "process"
    if given == "statistics":
        return "statistics"
    raise OsoError(f"api is {given!r}: expected process or statistics")


def read_setup(raw: RawValue, *, statistics: bool = False) -> Setup:
    """Return the contract a raw value of `setup()` means.

    Unknown keys are passed over, as the service does.

    Args:
        raw: the value.
        statistics: whether the Statistical API runs the script, whose default sample type is another one.

    Raises:
        ContractError: something required is missing or has the wrong type.
    """
    if not isinstance(raw, Mapping):
        raise ContractError("", f"setup() must return an object with `input` and `output`, not {show(raw)}")
    return Setup(
        inputs=read_inputs(raw.get("input")),
        outputs=read_outputs(raw.get("output"), statistics=statistics),
        mosaicking=_mosaicking(raw.get("mosaicking"), "mosaicking") or Mosaicking.SIMPLE,
    )


def read_inputs(raw: RawValue) -> tuple[Input, ...]:
    """Return the inputs a raw `input` means: a list of band names is one input, objects are one each."""
    items: RawValue = [raw] if isinstance(raw, Mapping) else raw
    if not _is_list(items) or not items:
        raise ContractError("input", f"must be a list of band names or of input objects, not {show(raw)}")
    objects = [item for item in items if isinstance(item, Mapping)]
    if not objects:
        return (Input(bands=_strings(items, "input")),)
    if len(objects) < len(items):
        raise ContractError("input", "must hold either band names or input objects throughout")
    return tuple(_read_input(item, f"input[{index}]") for index, item in enumerate(objects))


def read_outputs(raw: RawValue, *, statistics: bool = False) -> tuple[Output, ...]:
    """Return the outputs a raw `output` means, one object or a list of them.

    Where the Statistical API runs the script, which alone takes lists of names as `bands`, outputs that do not say
    their sample type are FLOAT32.
    """
    items: RawValue = [raw] if isinstance(raw, Mapping) else raw
    if not _is_list(items) or not items:
        raise ContractError("output", f"must be an output object or a list of them, not {show(raw)}")
    many = not isinstance(raw, Mapping)
    named = any(isinstance(item, Mapping) and _is_list(item.get("bands")) for item in items)
    usual = SampleType.FLOAT32 if statistics or named else SampleType.AUTO
    paths = [f"output[{index}]" if many else "output" for index in range(len(items))]
    outputs = tuple(_read_output(item, path, usual) for item, path in zip(items, paths, strict=True))
    seen: set[str] = set()
    for index, output in enumerate(outputs):
        if output.id in seen:
            raise ContractError(f"output[{index}].id", f"`{output.id}` is the id of another output already")
        seen.add(output.id)
    return outputs


def show(value: RawValue) -> str:
    """Return a raw value as messages show it: JavaScript-like and short."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, Mapping):
        text = "an object" if value else "an empty object"
    elif _is_list(value):
        text = "a list" if value else "an empty list"
    else:
        text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def _read_input(raw: Mapping[str, RawValue], path: str) -> Input:
    bands = _strings(raw.get("bands"), f"{path}.bands")
    units = raw.get("units")
    if isinstance(units, str):
        units = [units] * len(bands)
    spelt = _strings(units, f"{path}.units") if units is not None else ()
    if spelt and len(spelt) != len(bands):
        raise ContractError(
            f"{path}.units",
            f"must be one string or as many as there are bands: {len(spelt)} for {len(bands)}",
        )
    source = raw.get("datasource")
    if source is not None and not isinstance(source, str):
        raise ContractError(f"{path}.datasource", f"must be a string, not {show(source)}")
    metadata = raw.get("metadata")
    return Input(
        bands=bands,
        units=spelt,
        datasource=source,
        mosaicking=_mosaicking(raw.get("mosaicking"), f"{path}.mosaicking"),
        metadata=_strings(metadata, f"{path}.metadata") if metadata is not None else (),
    )


def _read_output(raw: RawValue, path: str, usual: SampleType) -> Output:
    if not isinstance(raw, Mapping):
        raise ContractError(path, f"must be an object such as {{ bands: 3 }}, not {show(raw)}")
    id_ = raw.get("id", "default")
    if not isinstance(id_, str):
        raise ContractError(f"{path}.id", f"must be a string, not {show(id_)}")
    bands = raw.get("bands")
    names: tuple[str, ...] = ()
    if _is_list(bands) and bands:
        names = _strings(bands, f"{path}.bands")
        bands = len(names)
    if isinstance(bands, float) and bands.is_integer():
        bands = int(bands)
    if not isinstance(bands, int) or isinstance(bands, bool) or bands < 0:
        raise ContractError(f"{path}.bands", f"must be a whole number from 1 on, not {show(bands)}")
    nodata = raw.get("nodataValue")
    if nodata is not None and (isinstance(nodata, bool) or not isinstance(nodata, int | float)):
        raise ContractError(f"{path}.nodataValue", f"must be a number, not {show(nodata)}")
    return Output(bands, id_, _sample_type(raw.get("sampleType"), path, usual), nodata, names)


def _sample_type(raw: RawValue, path: str, usual: SampleType) -> SampleType:
    """The sample type, read without regard to case (published layers write `Auto`)."""
    if raw is None:
        return usual
    try:
        return SampleType(raw.upper() if isinstance(raw, str) else raw)  # type: ignore[arg-type]  # as handled below
    except ValueError:
        allowed = ", ".join(SampleType)
        raise ContractError(f"{path}.sampleType", f"{show(raw)} is not one of {allowed}") from None


def _mosaicking(raw: RawValue, path: str) -> Mosaicking | None:
    if raw is None:
        return None
    try:
        return Mosaicking(raw)  # type: ignore[arg-type]  # any other value is what the handler is for
    except ValueError:
        raise ContractError(path, f"{show(raw)} is not one of {', '.join(Mosaicking)}") from None


def _strings(raw: RawValue, path: str) -> tuple[str, ...]:
    if not _is_list(raw) or not all(isinstance(item, str) for item in raw):
        stray = next((item for item in raw if not isinstance(item, str)), None) if _is_list(raw) else None
        what = show(raw) if stray is None else f"a list that holds {show(stray)}"
        raise ContractError(path, f"must be a list of strings, not {what}")
    return tuple(str(item) for item in raw)


def _is_list(value: RawValue) -> TypeGuard[Sequence[RawValue]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _raw_input(input: Input) -> dict[str, RawValue]:
    raw: dict[str, RawValue] = {"bands": list(input.bands)}
    if input.units:
        raw["units"] = input.units[0] if len(set(input.units)) == 1 else list(input.units)
    if input.datasource is not None:
        raw["datasource"] = input.datasource
    if input.mosaicking is not None:
        raw["mosaicking"] = str(input.mosaicking)
    if input.metadata:
        raw["metadata"] = list(input.metadata)
    return raw


def _raw_output(output: Output, usual: SampleType) -> dict[str, RawValue]:
    raw: dict[str, RawValue] = {}
    if output.id != "default":
        raw["id"] = output.id
    raw["bands"] = list(output.names) if output.names else output.bands
    if output.sample_type is not usual:
        raw["sampleType"] = str(output.sample_type)
    if output.nodata is not None:
        raw["nodataValue"] = output.nodata
    return raw
