"""The kernel: the pixel loop, written for one contract and the element types of its inputs.

All planes, inputs and outputs, lie in one buffer, each aligned to 8 bytes; a plane may hold two blocks, one of which
is filled by the caller while the other is run. The text returned by `write` is a JavaScript function of
`evaluatePixel` and the worker's stage; it gives an object with the buffer, `begin(first)`, `run(from, count, base,
milliseconds)`, `at()` (the pixel it is at, counted from `base`), `noted()` (as JSON, what the last block holds beside
its values: see `MARKS`), `last()` (what the last pixel returned, where it is kept), `fits()` (as JSON, for each band
of each output what `COUNTED` names) and `reset()`, which begins a further run: a kernel that V8 has optimised serves
all runs of one shape.

`attach(code)` runs the pixels through a compiled kernel (`kernels/`), except those it leaves to JavaScript;
`check(first, count, base)` returns for how many sampled pixels of the block it stored other values; `detach()` drops
it.

`begin` is called with the first pixel of a block; `run` goes on from the pixel `from` of the planes, up to `count`,
until the milliseconds are over, so that the caller learns that a heavy script gets on. It returns up to where pixels
are done; -1 where all are and some of them are marked; or a text, as JSON, of what was wrong with a returned value.

Conversion to the sample type follows the service's tables: half up, clamped (documented); NaN in an integer type
gives 0 (not documented). A boolean counts as 0 or 1 (documented for alpha); anything else that is no number counts
as NaN (not documented). Where nothing is returned every band is 0, and of surplus values the first ones count (both
from the evidence of published layers).
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from oso_evalscript.javascript.literal import literal, property_name
from oso_evalscript.kernels.task import CHUNK, TABLES, TURN, Feed, Placement
from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.runtime.kernel_text import COMPILED, INSPECT, KERNEL, LOOK

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
COUNTED = ("nan", "first_nan", "below", "above", "own", "cut", "first_cut", "code", "foreign", "first_foreign")
"""What is counted of each band: values that are NaN where that cannot be stored; that lie below or above the type's
range; of those, that are the pixel's own value of a band of class codes, and that are class codes (and the first such
code); that are no numbers. -1 is no pixel. Under AUTO, where any number may lie outside, codes are the pixel's own.

Behind these come three pairs of a number that was returned and the first pixel with it, and three of a value that
numbers were stored as and the first pixel with that, all different; numbers as texts, NaN where there were no more."""

MARKS = {"nothing": 1, "surplus": 2, "foreign": 4}
"""The bits of a pixel's mark: nothing was returned; more values than bands; an element that is no number."""

ROUNDING = 1e-12
"""Numbers that differ by no more than this part of themselves are one: what is between them are rounding errors."""

_PAGE = 2**16  # of WebAssembly's memory
_SAMPLED = 256  # pixels at which it is checked
_LEFT_SHARE = 0.75  # of a chunk's pixels, which leave nothing to be won by a compiled kernel
_MAX_PAUSE = 64  # chunks until it is tried again
_STEP = 256  # pixels between two looks at the clock, at most
_UNROLLED = 16  # bands of an output that are stored one statement each; a loop over them takes half as long again


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything the pixel loop is written for.

    Attributes:
        feeds: one per input.
        outputs: the outputs, with the numbers of bands that hold for this run.
        fusion: whether samples come by source.
        scalars: whether a bare number is taken for an array of one; the service's pages disagree on it.
        silence: whether evaluatePixel may return nothing at a pixel.
        strict: whether surplus values, and elements that are no numbers, are refused.
        watched: whether the place is kept up to date at every pixel, for a script that logs.
        kept: whether what was returned is kept for `last()`.
        checked: whether values are looked at for `fits()`.
        counted: whether elements that are no numbers are counted there, even in a strict run.
        codes: for bands of class codes their names and codes, in runs that are checked.
        weighted: whether each pixel stands for several, whose number comes in one more plane; in runs that are checked.
    """

    feeds: tuple[Feed, ...]
    outputs: tuple[Output, ...]
    fusion: bool = False
    scalars: bool = True
    silence: bool = True
    strict: bool = False
    watched: bool = False
    kept: bool = False
    checked: bool = False
    counted: bool = False
    codes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    weighted: bool = False

    def looked_at(self, codes: Mapping[str, tuple[int, ...]], *, counted: bool) -> Shape:
        """Return the same for a run in which values are looked at."""
        return replace(self, checked=True, counted=counted, codes=tuple(codes.items()))

    @property
    def bytes_per_pixel(self) -> int:
        """How many bytes of a block one pixel takes."""
        read = sum(_ARRAYS[type_][1] * feed.slots for feed in self.feeds for _, type_ in feed.bands)
        stored = sum(_ARRAYS[STORED[output.sample_type]][1] * output.bands for output in self.outputs)
        return read + 1 + 8 * self.weighted + stored


class Plane(NamedTuple):
    """Where one band of an input, or one output, lies in a block: `rows` times `capacity` elements."""

    type: str
    offset: int
    rows: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The planes of one block or of two.

    Attributes:
        capacity: pixels per plane.
        halves: how many blocks it holds.
        inputs: one plane per band of each feed, in their order; it holds every slot.
        outputs: one plane per output, holding its bands.
        outputs_at: where the outputs begin.
        marks: the plane of the pixels' marks, the last one.
        size: the bytes of all planes.
        returned: of how many bands compiled kernels note the numbers themselves.

    After the planes comes the memory that only compiled kernels use.
    """

    capacity: int
    inputs: tuple[Plane, ...]
    outputs: tuple[Plane, ...]
    outputs_at: int
    marks: Plane
    size: int
    returned: int = 0
    halves: int = 1

    @property
    def stride(self) -> int:
        """The pixels from the first one of a block to that of the other."""
        return self.capacity // self.halves

    @property
    def left(self) -> int:
        """Where a compiled kernel marks the pixels it leaves to JavaScript, one byte each: behind the shared pages."""
        return _up(self.size, mmap.PAGESIZE)

    @property
    def memory(self) -> int:
        """The bytes of all memory that a kernel uses."""
        return self._tables + TABLES

    @property
    def numbers(self) -> int:
        """Where a compiled kernel notes the numbers themselves: `CHUNK` doubles for each band."""
        return _up(self.left + self.capacity + TURN, 16)

    @property
    def _tables(self) -> int:
        return self.numbers + self.returned * CHUNK * 8

    def placement(self) -> Placement:
        """Return where a compiled kernel finds its planes and tables."""
        inputs, outputs = (
            tuple((plane.type, plane.offset) for plane in planes) for planes in (self.inputs, self.outputs)
        )
        pages = _up(self.memory, _PAGE) // _PAGE
        returned = self.numbers if self.returned else None
        return Placement(self.capacity, inputs, outputs, self.left, returned, self._tables, pages)


def _up(size: int, unit: int) -> int:
    """The next multiple of a unit."""
    return -(-size // unit) * unit


def lay_out(shape: Shape, capacity: int, halves: int = 1) -> Layout:
    """Return the layout of so many blocks of that capacity."""
    capacity *= halves
    read = [(type_, feed.slots) for feed in shape.feeds for _, type_ in feed.bands]
    read += [("float64", 1)] if shape.weighted else []
    stored = [(STORED[output.sample_type], output.bands) for output in shape.outputs]
    inputs, outputs_at = _planes(read, capacity, 0)
    outputs, marks_at = _planes(stored, capacity, outputs_at)
    (marks,), size = _planes([("uint8", 1)], capacity, marks_at)
    returned = sum(output.bands for output in shape.outputs) if shape.checked else 0
    return Layout(capacity, inputs, outputs, outputs_at, marks, max(size, 8), returned, halves)


def write(shape: Shape, layout: Layout) -> str:
    """Return the kernel for a shape over a layout."""
    bands = sum(output.bands for output in shape.outputs) if shape.checked else 0
    body = _body(shape, layout, "look" if shape.checked else "")
    arrays = [_array(f"input{i}", plane, layout.capacity) for i, plane in enumerate(layout.inputs)]
    arrays += [_array(f"output{i}", plane, layout.capacity) for i, plane in enumerate(layout.outputs)]
    arrays.append(_array("marks", layout.marks, layout.capacity))
    words = {
        "kinds": ", ".join(name for name, _ in _ARRAYS.values()),
        "memory": layout.memory,
        "left": layout.left,
        "capacity": layout.capacity,
        "stored": ", ".join(f"[output{i}, {output.bands}]" for i, output in enumerate(shape.outputs)),
        "stride": layout.stride,
        "chunk": CHUNK,
        "sampled": _SAMPLED,
        "share": _LEFT_SHARE,
        "longest": _MAX_PAUSE,
        "step": _STEP,
        "arrays": "\n".join(arrays),
        "find": _FIND % (literal(shape.outputs[0].id) if len(shape.outputs) == 1 else "undefined"),
        "scalar": "[value]" if shape.scalars else "null",
        "look": LOOK % _looks(shape, layout.capacity) if shape.checked else _LOOK_AT_NOTHING,
        "counted": ", ".join(["counted()"] * bands),
        "inspect": INSPECT % _inspects(shape, layout) if shape.checked else _INSPECT_NOTHING,
        "hush": "\n".join(_hush(index, output, layout.capacity) for index, output in enumerate(shape.outputs)),
        "body": body,
    }
    redone = _body(shape, layout, "note") if shape.checked else body
    return KERNEL % {**words, "compiled": COMPILED % {**words, "body": redone}}


def _body(shape: Shape, layout: Layout, seen: str) -> str:
    """What is done at a pixel; `seen` says what is done with a number beside storing it: `look`, `note` or nothing."""
    lines = ["const at = i + base; pixel = at;"] if shape.watched else []
    lines += _samples(shape, layout.capacity)
    lines.append("const result = evaluatePixel(samples, scenes, inputMetadata, customData, outputMetadata);")
    if shape.kept:
        lines.append("last = result;")
    if shape.silence:
        lines.append("if (result === undefined || result === null) { hush(i); continue; }")
    alone = len(shape.outputs) == 1
    if not alone:
        lines.append('const named = typeof result === "object" && result !== null ? result : {};')
    first_band = 0
    for index, output in enumerate(shape.outputs):
        returned = "result" if alone else f"named[{literal(output.id)}]"
        lines += _store(index, output, layout.capacity, returned, shape, first_band, seen)
        first_band += output.bands
    return "\n".join(f"            {line}" for line in lines)


_LOOK_AT_NOTHING = "  const tell = () => [], forget = () => {};"
_INSPECT_NOTHING = "  const inspect = () => {}, remember = () => {}, undo = () => {};"

# The slow way to the array of an output, for what is not plainly an array: null where there is none.
_FIND = """  const id = %s;
  const find = (value, bands) => {
    if (isArray(value)) return value;
    if (id !== undefined && typeof value === "object" && value !== null) {
      value = value[id];
      if (isArray(value)) return value;
    }
    return bands === 1 ? single(value) : null;
  };"""


def _looks(shape: Shape, capacity: int) -> dict[str, object]:
    """What the kernel has to know to look at values: all class codes, and where those of a pixel lie."""
    known = dict(shape.codes)
    planes = [(name, feed.slots) for feed in shape.feeds for name, _ in feed.bands]
    held = [f"among(input{i}, value, i, {slots})" for i, (name, slots) in enumerate(planes) if name in known]
    codes = sorted({code for codes in known.values() for code in codes})
    return {
        "codes": ", ".join(f"{code}: true" for code in codes),
        "own": " || ".join(held) or "false",
        "capacity": capacity,
        "rounding": ROUNDING,
        "times": f"input{len(planes)}[i]" if shape.weighted else "1",
    }


def _inspects(shape: Shape, layout: Layout) -> dict[str, object]:
    """What the kernel has to know to look at the numbers that a compiled one notes."""
    calls = []
    number = 0
    for index, output in enumerate(shape.outputs):
        low, high = output.sample_type.limits or ("undefined", "undefined")
        scaled = output.sample_type is SampleType.AUTO
        words = f"{low}, {high}, {1 if scaled else high}, {255 if scaled else 1}, {'true' if scaled else 'false'}"
        for band in range(output.bands):
            place = f"{number}, output{index}, {band * layout.capacity}"
            calls.append(f"    survey({place}, {words}, from, to, base);")
            number += 1
    return {
        "numbers": layout.numbers,
        "size": number * CHUNK,
        "chunk": CHUNK,
        "counts": "false" if shape.codes else "true",
        "calls": "\n".join(calls),
    }


def _planes(bands: list[tuple[str, int]], capacity: int, offset: int) -> tuple[tuple[Plane, ...], int]:
    planes = []
    for type_, rows in bands:
        planes.append(Plane(type_, offset, rows))
        offset += -(-capacity * rows * _ARRAYS[type_][1] // 8) * 8
    return tuple(planes), offset


def _array(name: str, plane: Plane, capacity: int) -> str:
    return f"  const {name} = new {_ARRAYS[plane.type][0]}(buffer, {plane.offset}, {plane.rows * capacity});"


def _samples(shape: Shape, capacity: int) -> list[str]:
    """Set `samples`: an object, a list of them, or in data fusion lists by key. All are new for each pixel."""
    lines: list[str] = []
    sources: list[str] = []
    plane = 0
    for index, feed in enumerate(shape.feeds):
        names = [property_name(name) for name, _ in feed.bands]
        planes = range(plane, plane + len(names))
        plane += len(names)
        if feed.listed:
            sample = ", ".join(f"{name}: input{i}[j]" for name, i in zip(names, planes, strict=True))
            lines.append(f"const list{index} = [];")
            step = f"s < {feed.slots}; s++, j += {capacity}"
            lines.append(f"for (let s = 0, j = i; {step}) list{index}[s] = {{ {sample} }};")
            sources.append(f"{property_name(feed.key)}: list{index}")
        else:
            sample = ", ".join(f"{name}: input{i}[i]" for name, i in zip(names, planes, strict=True))
            lines.append(f"const one{index} = {{ {sample} }};")
            sources.append(f"{property_name(feed.key)}: one{index}")
    if shape.fusion:
        lines.append(f"const samples = {{ {', '.join(sources)} }};")
    else:
        lines.append(f"const samples = {'list0' if shape.feeds[0].listed else 'one0'};")
    return lines


def _store(
    index: int, output: Output, capacity: int, returned: str, shape: Shape, first_band: int, seen: str
) -> list[str]:
    """Store one output of a pixel, or return what is wrong with it; look at values first if bands are counted."""
    if output.bands > _UNROLLED:
        target = f"output{index}[at]"
        loop = f"for (let n = 0, at = i; n < {output.bands}; n++, at += {capacity}) {{"
        counted = f"n + {first_band}" if shape.checked else None
        stored = _looked_at(counted, target, output.sample_type, seen)
        stores = [loop, _number(index, "n", counted, shape), *stored, "}"]
    else:
        stores = []
        for band in range(output.bands):
            target = f"output{index}[i + {band * capacity}]" if band else f"output{index}[i]"
            counted = str(first_band + band) if shape.checked else None
            stores.append(_number(index, str(band), counted, shape))
            stores += _looked_at(counted, target, output.sample_type, seen)
    return [*_fetch(index, output, returned, shape), *stores]


def _hush(index: int, output: Output, capacity: int) -> str:
    """Store 0 in each band of an output at the pixel `i`."""
    return f"    for (let n = 0, at = i; n < {output.bands}; n++, at += {capacity}) output{index}[at] = 0;"


def _number(index: int, band: str, counted: str | None, shape: Shape) -> str:
    refused = f'if (typeof v !== "boolean") return wrong({index}, result, values, {band}); '
    refused = refused if shape.strict and not shape.counted else ""
    place = f"i, {index}, {band}"
    turned = f"number(v, {place})" if counted is None else f"foreign({counted}, v, i + base, {place})"
    return f'v = values[{band}]; if (typeof v !== "number") {{ {refused}v = {turned}; }}'


def _fetch(index: int, output: Output, returned: str, shape: Shape) -> list[str]:
    """Set `values` to the array for one output, or say what is wrong with what was returned."""
    many = "" if shape.strict else f"if (values.length > {output.bands}) exceed(i, {index}, values.length); else "
    # `constructor` tells a plain array as well as `isArray`, and lets V8 leave the array unbuilt.
    return [
        f"values = {returned};",
        'if (typeof values !== "object" || values === null || values.constructor !== Arrays) {',
        f"  values = find(values, {output.bands});",
        f"  if (values === null) return wrong({index}, result, {returned});",
        "}",
        f"if (values.length !== {output.bands}) {{ {many}return wrong({index}, result, values); }}",
    ]


def _looked_at(counted: str | None, target: str, sample_type: SampleType, seen: str) -> list[str]:
    """Store a value, and look under the number `counted` at what becomes of it."""
    store = _convert(target, sample_type)
    if counted is None:
        return [store]
    if seen == "note":
        return [f"numbers[({counted}) * {CHUNK} + (i & {CHUNK - 1})] = v;", store]
    low, high = sample_type.limits or (None, None)
    scaled = "given * 255" if sample_type is SampleType.AUTO else "given"
    limits = "undefined, undefined" if low is None else f"{low}, {high}"
    own = "true" if sample_type is SampleType.AUTO else "false"
    # What lies inside and is known, or settles nothing any more, is passed over here: a call for each value is dear.
    top = 1 if sample_type is SampleType.AUTO else high
    news = "given !== band.a && given !== band.b && !band.settled"
    outside = "" if low is None else f"!(given >= {low} && given <= {top}) || "
    call = f"look(band, given, {scaled}, {limits}, {target}, {own}, i, i + base)"
    return ["given = v;", store, f"band = seen[{counted}]; if ({outside}{news}) {call};"]


def _convert(target: str, sample_type: SampleType) -> str:
    if sample_type.limits is None:
        return f"{target} = v;"
    low, high = sample_type.limits
    scaled = "v *= 255; " if sample_type is SampleType.AUTO else ""
    if low == 0:
        return f"{scaled}{target} = v >= {high} ? {high} : v > 0 ? (v + 0.5) | 0 : 0;"
    # `| 0` cuts towards 0, so a negative fraction lies one too high.
    return (
        f"if (v >= {high}) v = {high}; else if (v > {low}) {{ v += 0.5; const cut = v | 0; "
        f"v = cut > v ? cut - 1 : cut; }} else v = v <= {low} ? {low} : 0; {target} = v;"
    )
