"""`Color`: a 24-bit colour, spelt `#rrggbb` in data files and `0xrrggbb` in scripts."""

from __future__ import annotations

from dataclasses import dataclass

from oso_evalscript.model.regex import regex

_HEX = regex(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True, order=True)
class Color:
    """A colour of three channels of 8 bits, held as the integer 0xRRGGBB."""

    value: int

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 0xFFFFFF:
            raise ValueError(f"a colour must be in 0x000000..0xffffff, not {self.value:#x}")

    @classmethod
    def parse(cls, text: str) -> Color:
        """Return the colour spelt `#rrggbb`.

        Raises:
            ValueError: `text` is anything but `#` and six hexadecimal digits.
        """
        if not _HEX.fullmatch(text):
            raise ValueError(f"{text!r} is not a colour: expected `#` and six hexadecimal digits")
        return cls(int(text[1:], 16))

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, each 0 to 255."""
        return self.value >> 16, self.value >> 8 & 255, self.value & 255

    @property
    def literal(self) -> str:
        """The colour as evalscripts write it: `0xrrggbb`."""
        return f"0x{self.value:06x}"

    def __str__(self) -> str:
        return f"#{self.value:06x}"
