"""WebAssembly in bytes: the few sections and instructions that kernels need (WebAssembly Core Specification 2.0)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

I32, F64, V128 = b"\x7f", b"\x7c", b"\x7b"

_SIMD = {
    "v128.load": 0x00,
    "v128.store": 0x0B,
    "i8x16.shuffle": 0x0D,
    "f64x2.splat": 0x14,
    "f64x2.eq": 0x47,
    "f64x2.ne": 0x48,
    "f64x2.lt": 0x49,
    "f64x2.gt": 0x4A,
    "f64x2.le": 0x4B,
    "f64x2.ge": 0x4C,
    "v128.not": 0x4D,
    "v128.and": 0x4E,
    "v128.or": 0x50,
    "v128.xor": 0x51,
    "v128.bitselect": 0x52,
    "v128.any_true": 0x53,
    "v128.load32_zero": 0x5C,
    "v128.load64_zero": 0x5D,
    "f32x4.demote_f64x2_zero": 0x5E,
    "f64x2.promote_low_f32x4": 0x5F,
    "i8x16.narrow_i16x8_s": 0x65,
    "i8x16.narrow_i16x8_u": 0x66,
    "f64x2.ceil": 0x74,
    "f64x2.floor": 0x75,
    "f64x2.trunc": 0x7A,
    "i16x8.narrow_i32x4_s": 0x85,
    "i16x8.narrow_i32x4_u": 0x86,
    "i16x8.extend_low_i8x16_s": 0x87,
    "i16x8.extend_low_i8x16_u": 0x89,
    "i32x4.extend_low_i16x8_s": 0xA7,
    "i32x4.extend_low_i16x8_u": 0xA9,
    "i32x4.shl": 0xAB,
    "i32x4.shr_s": 0xAC,
    "i32x4.shr_u": 0xAD,
    "i32x4.min_u": 0xB7,
    "i64x2.shl": 0xCB,
    "i64x2.add": 0xCE,
    "f64x2.abs": 0xEC,
    "f64x2.neg": 0xED,
    "f64x2.sqrt": 0xEF,
    "f64x2.add": 0xF0,
    "f64x2.sub": 0xF1,
    "f64x2.mul": 0xF2,
    "f64x2.div": 0xF3,
    "f64x2.min": 0xF4,
    "f64x2.max": 0xF5,
    "f64x2.pmin": 0xF6,
    "f64x2.pmax": 0xF7,
    "i64x2.eq": 0xD6,
    "i32x4.trunc_sat_f64x2_s_zero": 0xFC,
    "i32x4.trunc_sat_f64x2_u_zero": 0xFD,
    "f64x2.convert_low_i32x4_s": 0xFE,
    "f64x2.convert_low_i32x4_u": 0xFF,
}
_LANES = {
    "i32x4.extract_lane": 0x1B,
    "f64x2.extract_lane": 0x21,
    "f64x2.replace_lane": 0x22,
    "v128.load16_lane": 0x55,
    "v128.load64_lane": 0x57,
    "v128.store16_lane": 0x59,
    "v128.store32_lane": 0x5A,
    "v128.store64_lane": 0x5B,
}
_PLAIN = {"i32.lt_u": b"\x49", "i32.add": b"\x6a", "i32.and": b"\x71", "i32.shl": b"\x74"}


def unsigned(value: int) -> bytes:
    """Return a whole number in LEB128."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def signed(value: int) -> bytes:
    """Return a whole number with a sign in LEB128."""
    found = bytearray()
    while not -64 <= value < 64:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value & 0x7F)
    return bytes(found)


OPERATIONS = {name: b"\xfd" + unsigned(code) for name, code in _SIMD.items()} | _PLAIN
"""The bytes of instructions without operands of their own."""


def memory(name: str, offset: int, lane: int | None = None) -> bytes:
    """Return an instruction that reads or writes the memory, at an address on the stack and an offset."""
    code = _SIMD[name] if lane is None else _LANES[name]
    end = b"" if lane is None else bytes([lane])
    return b"\xfd" + unsigned(code) + b"\x00" + unsigned(offset) + end


def lane(name: str, number: int) -> bytes:
    """Return an instruction on one lane."""
    return b"\xfd" + unsigned(_LANES[name]) + bytes([number])


def shuffle(lanes: Sequence[int]) -> bytes:
    """Return the choice of sixteen bytes among those of two vectors."""
    return OPERATIONS["i8x16.shuffle"] + bytes(lanes)


def vector(low: bytes, high: bytes) -> bytes:
    """Return a constant vector of two halves."""
    return b"\xfd\x0c" + low + high


def double(value: float) -> bytes:
    """Return a constant vector of two equal doubles."""
    packed = struct.pack("<d", value)
    return vector(packed, packed)


def i32(value: int) -> bytes:
    """Return a constant."""
    return b"\x41" + signed(value)


def get(local: int) -> bytes:
    """Return the reading of a local variable."""
    return b"\x20" + unsigned(local)


def put(local: int) -> bytes:
    """Return the setting of a local variable."""
    return b"\x21" + unsigned(local)


def call(function: int) -> bytes:
    """Return a call."""
    return b"\x10" + unsigned(function)


def loop(body: bytes, condition: bytes) -> bytes:
    """Return a loop that goes on as long as a condition behind its body holds."""
    return b"\x03\x40" + body + condition + b"\x0d\x00\x0b"


@dataclass
class Module:
    """A module with one function `run(from, to)`, which returns a number.

    Attributes:
        pages: pages of memory that it needs.
        imports: the functions it asks for, by name, with the number of their arguments.
        data: what is put into the memory, by offset.
    """

    pages: int
    imports: dict[str, int] = field(default_factory=dict)
    data: list[tuple[int, bytes]] = field(default_factory=list)

    def write(self, locals_: Sequence[tuple[int, bytes]], body: bytes) -> bytes:
        """Return the module.

        Args:
            locals_: how many local variables of which type, behind the two parameters.
            body: the function's instructions.
        """
        run = b"\x60" + _vector([I32, I32]) + _vector([I32])
        types = [run, *(b"\x60" + _vector([F64] * count) + _vector([F64]) for count in self.imports.values())]
        memory_ = _name("e") + _name("memory") + b"\x02\x00" + unsigned(self.pages)
        functions = [
            _name("f") + _name(name) + b"\x00" + unsigned(index + 1) for index, name in enumerate(self.imports)
        ]
        local = _vector([unsigned(count) + type_ for count, type_ in locals_])
        code = local + body + b"\x0b"
        segments = [b"\x00" + i32(at) + b"\x0b" + unsigned(len(part)) + part for at, part in self.data]
        return b"".join(
            [
                b"\0asm\1\0\0\0",
                _section(1, types),
                _section(2, [memory_, *functions]),
                _section(3, [unsigned(0)]),
                _section(7, [_name("run") + b"\x00" + unsigned(len(self.imports))]),
                _section(10, [unsigned(len(code)) + code]),
                _section(11, segments) if segments else b"",
            ]
        )


def _vector(parts: Iterable[bytes]) -> bytes:
    listed = list(parts)
    return unsigned(len(listed)) + b"".join(listed)


def _name(name: str) -> bytes:
    return unsigned(len(name)) + name.encode()


def _section(number: int, parts: list[bytes]) -> bytes:
    content = _vector(parts)
    return bytes([number]) + unsigned(len(content)) + content
