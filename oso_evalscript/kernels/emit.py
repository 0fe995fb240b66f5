"""From expressions to machine code: two pixels in a vector, eight in a turn of the loop."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import cast

from oso_evalscript.kernels import wasm
from oso_evalscript.kernels.graph import CALLS, Graph, Node, Number, in_order
from oso_evalscript.kernels.tables import with_tables
from oso_evalscript.kernels.task import CHUNK, TABLES, TURN, Code, Placement, Refused
from oso_evalscript.kernels.trace import Traced
from oso_evalscript.model.contract import SampleType

_MAX_NODES = 6_000
_MAX_DEPTH = 100  # of choices that 255 is multiplied into
_HALF = wasm.double(0.5)
_SIZES = {"uint8": 0, "int8": 0, "uint16": 1, "int16": 1, "uint32": 2, "int32": 2, "float32": 2, "float64": 3}
"""By how much an index is shifted to be an offset."""
_LOWS = (0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
_EVENS = (0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
_VECTORS = {
    **{name: f"f64x2.{name}" for name in ("add", "sub", "mul", "div", "min", "max", "neg", "abs", "sqrt", "floor")},
    **{name: f"f64x2.{name}" for name in ("ceil", "trunc", "lt", "le", "gt", "ge", "eq", "ne")},
    "and": "v128.and",
    "or": "v128.or",
    "not": "v128.not",
    "iand": "v128.and",
    "ior": "v128.or",
    "ixor": "v128.xor",
    "int": "i32x4.trunc_sat_f64x2_s_zero",
    "signed": "f64x2.convert_low_i32x4_s",
    "unsigned": "f64x2.convert_low_i32x4_u",
    "lesser": "f64x2.pmin",
    "greater": "f64x2.pmax",
    "bits": "i64x2.eq",
}
_SHIFTS = {"shl": "i32x4.shl", "shr": "i32x4.shr_s", "ushr": "i32x4.shr_u"}


def emit(traced: Traced, placement: Placement, sample_types: tuple[SampleType, ...]) -> Code | Refused:
    """Return the machine code of a traced script over some planes, or why there is none."""
    graph = traced.graph
    scaled = [
        tuple(graph.node(_of_auto(graph, number) if kind is SampleType.AUTO else number) for number in bands)
        for bands, kind in zip(traced.outputs, sample_types, strict=True)
    ]
    guard = graph.node(traced.guard) if traced.guard is not False else None
    plain = [graph.node(number) for bands in traced.outputs for number in bands if placement.returned is not None]
    roots = [*plain, *(node for bands in scaled for node in bands), *([guard] if guard is not None else [])]
    roots = with_tables(graph, roots)
    numbers = iter(roots)
    plain = [next(numbers) for _ in plain]
    scaled = [tuple(next(numbers) for _ in bands) for bands in scaled]
    guard = next(numbers, None)
    order = in_order(roots)
    if len(order) > _MAX_NODES:
        return Refused(f"too large: {len(order)} operations per pixel")
    writer = _Writer(placement, order, roots)
    if sum(len(part) for _, part in writer.module.data) > TABLES:
        return Refused("its lookup tables are too large")
    body = writer.function(plain, scaled, sample_types, guard)
    module = writer.module.write(writer.locals_, body)
    return Code(module, tuple(writer.module.imports), guard is not None, len(order), traced.reasons)


def _of_auto(graph: Graph, number: Number) -> Number:
    """A number times 255, as AUTO stores it."""
    whole = _times_255(graph, number, 0)
    return graph.binary("mul", number, 255.0) if whole is None else whole


def _times_255(graph: Graph, number: Number, depth: int) -> Number | None:
    """What is stored as 255 times a number would be, without multiplying pixels; None if they have to be.

    Visualizers divide whole numbers of 32 bits by 255. Divided and multiplied again they differ by less than 2**-20,
    and rounding and saturating take that away.
    """
    if not isinstance(number, Node) or number.leaves:
        return graph.binary("mul", number, 255.0)
    if number.op == "div" and number.args[1].constant == 255.0 and number.args[0].op in ("signed", "unsigned"):
        return number.args[0]
    if number.op != "select" or depth == _MAX_DEPTH:
        return None
    yes, no = (_times_255(graph, arm, depth + 1) for arm in number.args[1:])
    return None if yes is None or no is None else graph.select(number.args[0], yes, no)


@dataclass
class _Writer:
    """Writes the function.

    Local variables 0 and 1 are its parameters, 2 to 4 the addresses of wider elements, 5 that of a returned number.
    """

    placement: Placement
    order: list[Node]
    roots: list[Node]
    module: wasm.Module = field(init=False)
    _uses: dict[Node, int] = field(default_factory=dict)
    _tables: dict[Node, int] = field(default_factory=dict)
    _fixed: dict[Node, bytes] = field(default_factory=dict)
    _places: dict[tuple[int, Node, int], int] = field(default_factory=dict)
    _vectors: int = 0

    def __post_init__(self) -> None:
        self.module = wasm.Module(self.placement.pages)
        at = self.placement.tables
        for node in self.order:
            twice = node.op in ("call", "table")
            for arg in node.args:
                self._uses[arg] = self._uses.get(arg, 0) + (2 if twice else 1)
            if node.op == "call":
                name = str(node.data)
                self.module.imports[name] = CALLS[name]
            elif node.op == "table":
                table = cast("bytes", node.data)
                self._tables[node] = at
                self.module.data.append((at, table))
                at += len(table)
        for node in self.roots:
            self._uses[node] = self._uses.get(node, 0) + 1

    @property
    def locals_(self) -> list[tuple[int, bytes]]:
        """How many local variables of which type there are."""
        return [(4, wasm.I32), (self._vectors, wasm.V128)]

    def _local(self) -> int:
        self._vectors += 1
        return 5 + self._vectors

    def function(
        self,
        plain: list[Node],
        outputs: list[tuple[Node, ...]],
        sample_types: tuple[SampleType, ...],
        guard: Node | None,
    ) -> bytes:
        """Return the instructions of the function."""
        before = self._constant_part()
        seen = self._local()
        parts = [b"".join(wasm.get(0) + wasm.i32(n) + b"\x74" + wasm.put(1 + n) for n in (1, 2, 3))]
        if plain:
            within = wasm.i32(CHUNK - 1) + wasm.OPERATIONS["i32.and"] + wasm.i32(3) + wasm.OPERATIONS["i32.shl"]
            parts.append(wasm.get(0) + within + wasm.put(5))
        locals_ = [self._local() for node in self.order if self._kept(node)]
        results: list[list[int]] = []
        for pair in range(TURN // 2):
            values, code = self._pair(pair, locals_)
            parts += [code, self._returned([values[node] for node in plain], pair)]
            held = []
            for bands, kind in zip(outputs, sample_types, strict=True):
                for node in bands:
                    held.append(self._local())
                    parts.append(_converted(values[node], kind) + wasm.put(held[-1]))
            if guard is not None:
                held.append(self._local())
                parts.append(values[guard] + wasm.put(held[-1]))
            results.append(held)
        parts.append(self._stores(outputs, sample_types, results))
        if guard is not None:
            parts.append(self._left([held[-1] for held in results], seen))
        parts.append(wasm.get(0) + wasm.i32(TURN) + wasm.OPERATIONS["i32.add"] + wasm.put(0))
        condition = wasm.get(0) + wasm.get(1) + wasm.OPERATIONS["i32.lt_u"]
        return before + wasm.loop(b"".join(parts), condition) + wasm.get(seen) + wasm.OPERATIONS["v128.any_true"]

    def _kept(self, node: Node) -> bool:
        """Whether a node's value is put into a local variable in each turn."""
        often = self._uses[node] > 1 or node.op == "table"  # which leaves behind where it looked
        return often and node not in self._fixed and node.op not in ("number", "truth")

    def _constant_part(self) -> bytes:
        """What does not depend on the pixel but is V8's to tell is worked out before the loop."""
        parts = []
        for node in self.order:
            free = node.op not in ("load", "number", "truth") and all(
                arg in self._fixed or arg.op in ("number", "truth") for arg in node.args
            )
            if free:
                local = self._local()
                values = {arg: self._fixed.get(arg) or self._literal(arg) for arg in node.args}
                parts.append(self._operation(node, values, 0) + wasm.put(local))
                self._fixed[node] = wasm.get(local)
        return b"".join(parts)

    def _pair(self, pair: int, locals_: list[int]) -> tuple[dict[Node, bytes], bytes]:
        """The values of two pixels, each as the code that gives it, and the code that has to come before."""
        values: dict[Node, bytes] = dict(self._fixed)
        free = iter(locals_)
        parts = []
        for node in self.order:
            if node in self._fixed:
                continue
            code = self._operation(node, values, pair)
            if self._kept(node):
                local = next(free)
                parts.append(code + wasm.put(local))
                code = wasm.get(local)
            values[node] = code
        return values, b"".join(parts)

    def _literal(self, node: Node) -> bytes:
        if node.op == "number":
            return wasm.double(cast("float", node.data))
        ones = b"\xff" * 8 if node.data is True else b"\x00" * 8
        return wasm.vector(ones, ones)

    def _operation(self, node: Node, values: dict[Node, bytes], pair: int) -> bytes:
        args = [values[arg] for arg in node.args]
        match node.op:
            case "number" | "truth":
                return self._literal(node)
            case "load":
                return self._load(node, pair)
            case "select":
                return args[1] + args[2] + args[0] + wasm.OPERATIONS["v128.bitselect"]
            case "call":
                return self._call(node, args)
            case "table":
                return self._look_up(node, args[0], pair)
            case "count_false":  # a condition that is true is -1
                count = struct.pack("<q", len(args))
                add = wasm.OPERATIONS["i64x2.add"]
                return wasm.vector(count, count) + b"".join(arg + add for arg in args)
            case "int" if (constant := node.args[0].constant) is not None:
                half = struct.pack("<ii", int(constant), 0)
                return wasm.vector(half[:4] * 2, b"\x00" * 8)
            case "shl" | "shr" | "ushr":
                shift = node.args[1].args[0].constant
                return args[0] + wasm.i32(int(shift or 0)) + wasm.OPERATIONS[_SHIFTS[node.op]]
        return b"".join(args) + wasm.OPERATIONS[_VECTORS[node.op]]

    def _load(self, node: Node, pair: int) -> bytes:
        plane, slot = cast("tuple[int, int]", node.data)
        type_, offset = self.placement.inputs[plane]
        shift = _SIZES[type_]
        at = offset + ((slot * self.placement.capacity + 2 * pair) << shift)
        address = wasm.get(0 if shift == 0 else 1 + shift)
        code = wasm.OPERATIONS
        match type_:
            case "float64":
                return address + wasm.memory("v128.load", at)
            case "float32":
                return address + wasm.memory("v128.load64_zero", at) + code["f64x2.promote_low_f32x4"]
            case "int32" | "uint32":
                sign = "s" if type_ == "int32" else "u"
                return address + wasm.memory("v128.load64_zero", at) + code[f"f64x2.convert_low_i32x4_{sign}"]
        sign = "u" if type_.startswith("u") else "s"
        widened = code[f"i32x4.extend_low_i16x8_{sign}"] + code["f64x2.convert_low_i32x4_s"]
        if shift == 1:
            return address + wasm.memory("v128.load32_zero", at) + widened
        two = address + wasm.double(0.0) + wasm.memory("v128.load16_lane", at, 0)
        return two + code[f"i16x8.extend_low_i8x16_{sign}"] + widened

    def _call(self, node: Node, args: list[bytes]) -> bytes:
        function = wasm.call([*self.module.imports].index(str(node.data)))
        low, high = (
            b"".join(arg + wasm.lane("f64x2.extract_lane", number) for arg in args) + function for number in (0, 1)
        )
        return low + wasm.OPERATIONS["f64x2.splat"] + high + wasm.lane("f64x2.replace_lane", 1)

    def _look_up(self, node: Node, index: bytes, pair: int) -> bytes:
        at, last = self._tables[node], len(cast("bytes", node.data)) // 8 - 1
        counted = node.args[0].op == "count_false"
        first, second = (wasm.lane("i32x4.extract_lane", number) for number in (0, 2 if counted else 1))
        loads = wasm.memory("v128.load64_zero", at) + wasm.memory("v128.load64_lane", at, 1)
        known = self._places.get((pair, node.args[0], last))
        if known is not None:
            return wasm.get(known) + second + wasm.get(known) + first + loads
        place = self._places[pair, node.args[0], last] = self._local()
        code = wasm.OPERATIONS
        if not counted:
            limit = struct.pack("<ii", last, last)
            index += code["i32x4.trunc_sat_f64x2_u_zero"] + wasm.vector(limit, limit) + code["i32x4.min_u"]
        places = index + wasm.i32(3) + code["i64x2.shl" if counted else "i32x4.shl"] + wasm.put(place)
        return places + wasm.get(place) + second + wasm.get(place) + first + loads

    def _stores(
        self, outputs: list[tuple[Node, ...]], sample_types: tuple[SampleType, ...], results: list[list[int]]
    ) -> bytes:
        parts = []
        number = 0
        for bands, kind, (type_, offset) in zip(outputs, sample_types, self.placement.outputs, strict=True):
            for band in range(len(bands)):
                pairs = [wasm.get(held[number]) for held in results]
                at = offset + ((band * self.placement.capacity) << _SIZES[type_])
                parts.append(_stored(pairs, kind, at))
                number += 1
        return b"".join(parts)

    def _returned(self, values: list[bytes], pair: int) -> bytes:
        """Note the numbers of two pixels as they are."""
        at = (self.placement.returned or 0) + 16 * pair
        return b"".join(
            wasm.get(5) + value + wasm.memory("v128.store", at + band * CHUNK * 8) for band, value in enumerate(values)
        )

    def _left(self, masks: list[int], seen: int) -> bytes:
        """Note which pixels are left to JavaScript, and that there are some."""
        code = wasm.OPERATIONS
        halves = [wasm.get(masks[n]) + wasm.get(masks[n + 1]) + wasm.shuffle(_EVENS) for n in (0, 2)]
        narrow = b"".join(halves) + code["i16x8.narrow_i32x4_s"]
        bytes_ = narrow + wasm.double(0.0) + code["i8x16.narrow_i16x8_s"]
        store = wasm.get(0) + bytes_ + wasm.memory("v128.store64_lane", self.placement.left, 0)
        any_ = wasm.get(seen) + b"".join(wasm.get(mask) + code["v128.or"] for mask in masks) + wasm.put(seen)
        return store + any_


def _converted(value: bytes, kind: SampleType) -> bytes:
    """Two numbers as they are stored: as 32 bits, saturated, or as floats; half up, and NaN as 0."""
    code = wasm.OPERATIONS
    if kind is SampleType.FLOAT32:
        return value + code["f32x4.demote_f64x2_zero"]
    raised = value + _HALF + code["f64x2.add"]
    if kind in (SampleType.INT8, SampleType.INT16):
        raised += code["f64x2.floor"]
    return raised + code["i32x4.trunc_sat_f64x2_s_zero"]


def _stored(pairs: list[bytes], kind: SampleType, at: int) -> bytes:
    """Store one band of eight pixels."""
    code = wasm.OPERATIONS
    fours = [pairs[n] + pairs[n + 1] + wasm.shuffle(_LOWS) for n in (0, 2)]
    if kind is SampleType.FLOAT32:
        return b"".join(wasm.get(3) + four + wasm.memory("v128.store", at + 16 * n) for n, four in enumerate(fours))
    if kind in (SampleType.UINT16, SampleType.INT16):
        narrow = code["i16x8.narrow_i32x4_u" if kind is SampleType.UINT16 else "i16x8.narrow_i32x4_s"]
        return wasm.get(2) + b"".join(fours) + narrow + wasm.memory("v128.store", at)
    narrow = code["i8x16.narrow_i16x8_s" if kind is SampleType.INT8 else "i8x16.narrow_i16x8_u"]
    eight = b"".join(fours) + code["i16x8.narrow_i32x4_s"] + wasm.double(0.0) + narrow
    return wasm.get(0) + eight + wasm.memory("v128.store64_lane", at, 0)
