"""Characters that look like those of a number and are others: `plain` writes them as what they look like."""

from __future__ import annotations

import unicodedata

# Cyrillic and Greek letters that print as those of `0x` and of hexadecimal digits; the sign of multiplication.
_LOOKS_LIKE = str.maketrans(
    {
        "\u00d7": "x",
        "\u2715": "x",
        "\u2a2f": "x",
        "\u0445": "x",
        "\u0425": "X",
        "\u03c7": "x",
        "\u03a7": "X",
        "\u0430": "a",
        "\u0410": "A",
        "\u0391": "A",
        "\u0412": "B",
        "\u0392": "B",
        "\u0441": "c",
        "\u0421": "C",
        "\u0501": "d",
        "\u0435": "e",
        "\u0415": "E",
        "\u0395": "E",
        "\u043e": "o",
        "\u041e": "O",
        "\u03bf": "o",
        "\u039f": "O",
        # Characters without a width, which copying from a page leaves in a text.
        "\u00ad": None,
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\u2060": None,
        "\ufeff": None,
    }
)


def plain(text: str) -> str:
    """Return a text with each look-alike as the ASCII character it looks like, full-width forms included."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_LOOKS_LIKE)
