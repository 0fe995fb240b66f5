"""The kernel: the pixel loop, written for one contract and the element types of its inputs.

All planes of a block, inputs and outputs, lie in one buffer, each aligned to 8 bytes. The text returned by
`write` is a JavaScript function of `evaluatePixel` and the worker's scope; it gives an object with the buffer,
`run(count)` (null, or as JSON what was wrong with a returned value) and `at()` (the pixel it stopped at).

Conversion to the sample type follows the service's tables: half up, clamped (documented); NaN in an integer type
gives 0 (not documented). A boolean counts as 0 or 1 (documented for alpha); anything else that is no number counts
as NaN (not documented).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from oso_evalscript.javascript.literal import literal, property_name
from oso_evalscript.model.contract import Output, SampleType, Setup

STORED = {
    SampleType.AUTO: "uint8",
    SampleType.UINT8: "uint8",
    SampleType.UINT16: "uint16",
    SampleType.INT8: "int8",
    SampleType.INT16: "int16",
    SampleType.FLOAT32: "float32",
}
"""The element type each sample type is stored as."""

_ARRAYS = {
    "uint8": ("Uint8Array", 1),
    "int8": ("Int8Array", 1),
    "uint16": ("Uint16Array", 2),
    "int16": ("Int16Array", 2),
    "uint32": ("Uint32Array", 4),
    "int32": ("Int32Array", 4),
    "float32": ("Float32Array", 4),
    "float64": ("Float64Array", 8),
}
_BOUNDS = {
    SampleType.AUTO: (0, 255),
    SampleType.UINT8: (0, 255),
    SampleType.UINT16: (0, 65535),
    SampleType.INT8: (-128, 127),
    SampleType.INT16: (-32768, 32767),
}


class Plane(NamedTuple):
    """Where one band of a block lies in the buffer."""

    name: str
    type: str
    offset: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The planes of a block of at most `capacity` pixels.

    Attributes:
        capacity: pixels per plane.
        inputs: one plane per band that the script asks for.
        outputs: one plane per band of each output, in the order of the contract.
        outputs_at: where the outputs begin.
        size: the bytes of all planes.
    """

    capacity: int
    inputs: tuple[Plane, ...]
    outputs: tuple[Plane, ...]
    outputs_at: int
    size: int


def lay_out(setup: Setup, types: dict[str, str], capacity: int) -> Layout:
    """Return the layout for a contract whose bands come in the element types `types`."""
    inputs, outputs_at = _planes([(band, types[band]) for band in setup.bands], capacity, 0)
    stored = [(output.id, STORED[output.sample_type]) for output in setup.outputs for _ in range(output.bands)]
    outputs, size = _planes(stored, capacity, outputs_at)
    return Layout(capacity, inputs, outputs, outputs_at, max(size, 8))


def write(setup: Setup, layout: Layout) -> str:
    """Return the kernel of a contract over a layout."""
    inputs = "\n".join(_array(f"input{i}", plane, layout) for i, plane in enumerate(layout.inputs))
    outputs = "\n".join(_array(f"output{i}", plane, layout) for i, plane in enumerate(layout.outputs))
    bands = [f"{property_name(plane.name)}: input{i}[i]" for i, plane in enumerate(layout.inputs)]
    return _KERNEL % {
        "size": layout.size,
        "arrays": f"{inputs}\n{outputs}",
        "sample": ", ".join(bands),
        "store": _store(setup.outputs),
    }


_KERNEL = """function (evaluatePixel, scope) {
  "use strict";
  const isArray = scope.isArray, wrong = scope.wrong;
  const buffer = new ArrayBuffer(%(size)d);
%(arrays)s
  const scenes = {}, inputMetadata = {}, customData = {}, outputMetadata = {};
  const number = (value) => typeof value === "boolean" ? (value ? 1 : 0) : NaN;
  const listed = (value) => typeof value === "number" || typeof value === "boolean" ? [value] : value;
  let pixel = 0;
  return {
    buffer,
    at: () => pixel,
    run(count) {
      let i = 0;
      try {
        for (; i < count; i++) {
          const result = evaluatePixel({ %(sample)s }, scenes, inputMetadata, customData, outputMetadata);
          let values, v;
%(store)s
        }
      } finally {
        pixel = i;
      }
      return null;
    },
  };
}"""


def _planes(bands: list[tuple[str, str]], capacity: int, offset: int) -> tuple[tuple[Plane, ...], int]:
    planes = []
    for name, type_ in bands:
        planes.append(Plane(name, type_, offset))
        offset += -(-capacity * _ARRAYS[type_][1] // 8) * 8
    return tuple(planes), offset


def _array(name: str, plane: Plane, layout: Layout) -> str:
    return f"  const {name} = new {_ARRAYS[plane.type][0]}(buffer, {plane.offset}, {layout.capacity});"


def _store(outputs: tuple[Output, ...]) -> str:
    lines: list[str] = []
    plane = 0
    for index, output in enumerate(outputs):
        lines += _fetch(index, output, alone=len(outputs) == 1)
        for band in range(output.bands):
            lines.append(f'v = values[{band}]; if (typeof v !== "number") v = number(v);')
            lines.append(_convert(f"output{plane}[i]", output.sample_type))
            plane += 1
    return "\n".join(f"          {line}" for line in lines)


def _fetch(index: int, output: Output, *, alone: bool) -> list[str]:
    """Set `values` to the array for one output, or say what is wrong with what was returned."""
    key = f"[{literal(output.id)}]"
    # A bare number for an output of one band is accepted: the service's pages disagree on it.
    scalar = "values = listed(values);" if output.bands == 1 else ""
    if alone:
        lines = [
            "values = result;",
            "if (!isArray(values)) {",
            f'  if (typeof values === "object" && values !== null) values = values{key};',
            f"  {scalar}",
            "}",
        ]
    else:
        lines = [
            f'values = typeof result === "object" && result !== null && !isArray(result) ? result{key} : undefined;',
            scalar,
        ]
    check = f"if (!isArray(values) || values.length !== {output.bands}) return wrong({index}, result, values);"
    return [line for line in (*lines, check) if line.strip()]


def _convert(target: str, sample_type: SampleType) -> str:
    if sample_type is SampleType.FLOAT32:
        return f"{target} = v;"
    low, high = _BOUNDS[sample_type]
    scaled = "v *= 255; " if sample_type is SampleType.AUTO else ""
    if low == 0:
        return f"{scaled}{target} = v >= {high} ? {high} : v > 0 ? (v + 0.5) | 0 : 0;"
    # `| 0` cuts towards 0, so a negative fraction lies one too high.
    return (
        f"if (v >= {high}) v = {high}; else if (v > {low}) {{ v += 0.5; const cut = v | 0; "
        f"v = cut > v ? cut - 1 : cut; }} else v = v <= {low} ? {low} : 0; {target} = v;"
    )
