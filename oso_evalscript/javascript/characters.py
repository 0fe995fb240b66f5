"""A quick stand-in for `esprima.character`.

At import that module asks for the Unicode category of 65 536 characters, which took a fifth of the time of linting a
file (45 of 230 ms measured). This one answers for ASCII at once, and for letters by V8's tables (`letters`), where
that module knows those of an older Unicode. `install` puts it in place before esprima is imported;
`tests/javascript/test_characters.py` compares it with
that module, and with V8, on every character.
"""

from __future__ import annotations

import importlib.util
import string
import sys
from pathlib import Path
from types import ModuleType

from oso_evalscript.javascript.letters import may_continue, may_start

_NAME = "esprima.character"
_WHITE = frozenset("\t\v\f ")
_OTHER_WHITE = frozenset("\xa0\u1680\u202f\u205f\u3000\ufeff") | frozenset(map(chr, range(0x2000, 0x200B)))
_LINE_ENDS = frozenset("\n\r\u2028\u2029")
_START = frozenset(string.ascii_letters + "$_\\")
_PART = frozenset(string.ascii_letters + string.digits + "$_\\")
_DIGITS = frozenset(string.digits)
_HEX_DIGITS = frozenset(string.hexdigits)
_OCTAL_DIGITS = frozenset(string.octdigits)

BLANKS = r"\t\v\f \xa0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff"
LINE_ENDS = r"\n\r\u2028\u2029"
"""ECMA-262's WhiteSpace and LineTerminator, to be put between the brackets of a regular expression.

Python's `\\s` and `str.strip` know other ones: U+001C to U+001F and U+0085, which JavaScript refuses, but not U+FEFF.
"""

HEX_CONV = {digit: int(digit, 16) for digit in string.hexdigits}


class Character:
    """What esprima asks of a character (or of the empty text behind the last one)."""

    fromCodePoint = staticmethod(chr)

    @staticmethod
    def isWhiteSpace(char: str) -> bool:
        """Whether the character is blank."""
        return char in _WHITE or (char > "\x7f" and char in _OTHER_WHITE)

    @staticmethod
    def isLineTerminator(char: str) -> bool:
        """Whether the character ends a line."""
        return char in _LINE_ENDS

    @staticmethod
    def isIdentifierStart(char: str) -> bool:
        """Whether a name may begin with the character."""
        return char in _START or (char > "\x7f" and may_start(char))

    @staticmethod
    def isIdentifierPart(char: str) -> bool:
        """Whether a name may hold the character."""
        return char in _PART or (char > "\x7f" and may_continue(char))

    @staticmethod
    def isDecimalDigit(char: str) -> bool:
        """Whether the character is a decimal digit."""
        return char in _DIGITS

    @staticmethod
    def isHexDigit(char: str) -> bool:
        """Whether the character is a hexadecimal digit."""
        return char in _HEX_DIGITS

    @staticmethod
    def isOctalDigit(char: str) -> bool:
        """Whether the character is an octal digit."""
        return char in _OCTAL_DIGITS


def install() -> None:
    """Stand in for `esprima.character`, unless esprima is imported already or is not the release known here."""
    if "esprima" in sys.modules or _NAME in sys.modules:
        return
    found = importlib.util.find_spec("esprima")
    folder = found.submodule_search_locations if found else None
    if folder and _has_the_known_names(folder[0]):
        sys.modules[_NAME] = sys.modules[__name__]


def _has_the_known_names(folder: str) -> bool:
    """Whether the scanner imports from the module just what this one has."""
    scanner = Path(folder, "scanner.py")
    if not scanner.exists():
        return False
    with scanner.open(encoding="utf-8") as file:
        return "\nfrom .character import Character, HEX_CONV\n" in file.read(8192)


def real_module() -> ModuleType:
    """Return `esprima.character` itself, loaded beside this one."""
    import esprima

    path = f"{esprima.__path__[0]}/character.py"
    spec = importlib.util.spec_from_file_location("esprima._character", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
