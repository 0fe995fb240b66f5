"""How text is written inside a literal: which characters are escaped, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from oso_evalscript.model.regex import regex

_BEYOND_ASCII = regex(r"[^\x00-\x7f]")


class Numbered(Enum):
    """How a character is written by its number, in one language or another."""

    UTF16 = "\\u0000, a pair of them beyond U+FFFF: JSON and JavaScript"
    LONG = "\\u0000 or \\U00000000: Python, YAML and TOML"

    def write(self, character: str) -> str:
        """Return the escape of one character."""
        number = ord(character)
        if number <= 0xFFFF:
            return f"\\u{number:04x}"
        if self is Numbered.LONG:
            return f"\\U{number:08x}"
        high, low = divmod(number - 0x10000, 0x400)
        return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a literal writes for the characters that it does not write as themselves.

    Attributes:
        table: the escape of each of them.
        strict: escapes of those that can usually stand as they are, such as a quote inside triple quotes.
        refused: characters that cannot be written at all.
        numbered: how a character may be escaped by its number; None where there are no such escapes.
        ascii_only: whether characters beyond ASCII are.
    """

    table: Mapping[str, str] = field(default_factory=dict)
    strict: Mapping[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    numbered: Numbered | None = None
    ascii_only: bool = False

    def write(self, text: str, *, strict: bool = False) -> str | None:
        """Return how a text is written; None where it cannot be."""
        if not self.refused.isdisjoint(text):
            return None
        table = {**self.table, **self.strict} if strict else self.table
        written = "".join([table.get(character, character) for character in text])
        numbered = self.numbered
        if self.ascii_only and numbered is not None:
            return _BEYOND_ASCII.sub(lambda match: numbered.write(match[0]), written)
        return written

    def like(self, escapes: Mapping[str, str], raw: str) -> Spelling:
        """Return the spelling of a literal that escapes some characters although it need not.

        Args:
            escapes: the characters that the literal escapes, as it spells them.
            raw: what it writes as it stands.
        """
        habits = {
            character: escape
            for character, escape in escapes.items()
            if len(character) == 1 and character not in self.table and character not in raw
        }
        ascii_only = self.ascii_only or (raw.isascii() and not "".join(escapes).isascii())
        if not habits and ascii_only == self.ascii_only:
            return self
        return replace(self, table={**habits, **self.table}, ascii_only=ascii_only)
