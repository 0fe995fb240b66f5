"""Hypothesis strategies: specs, contracts, and text that looks a little like JavaScript."""

from __future__ import annotations

from hypothesis import Phase, settings
from hypothesis import strategies as st

from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import Input, Mosaicking, Output, SampleType, Setup
from oso_evalscript.model.nomenclature import LARGEST_CODE, LandClass, Nomenclature
from oso_evalscript.testing.strategies import specs

__all__ = ["code", "colors", "inputs", "labels", "nomenclatures", "setups", "specs", "unshrunk", "words"]

unshrunk = settings(max_examples=25, phases=[Phase.generate])
"""For examples of many cases that V8 runs at once: the failing cases are shown, and nothing is made smaller."""

colors = st.builds(Color, st.integers(0, 0xFFFFFF))

labels = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).map(str.strip)
"""One line of text, as importing accepts it."""


@st.composite
def nomenclatures(draw: st.DrawFn, label: st.SearchStrategy[str] = labels, largest: int = LARGEST_CODE) -> Nomenclature:
    """Nomenclatures of a user: a few classes of any codes."""
    codes = draw(st.lists(st.integers(0, largest), min_size=1, max_size=12, unique=True))
    classes = (LandClass(code, draw(label), draw(label), draw(colors)) for code in sorted(codes))
    return Nomenclature("mine", draw(label), tuple(classes), source="mine", licence="", credit=draw(label))


NONCHARACTER = Nomenclature(
    "mine", "\ufffe", (LandClass(1, "\ufffe", "\uffff", Color(1)),), source="mine", licence="", credit="\uffff"
)
"""Texts that no XML can hold; every format writes them escaped."""

words = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
inputs = st.lists(words, min_size=1, max_size=4, unique=True).flatmap(
    lambda bands: st.builds(
        Input,
        bands=st.just(tuple(bands)),
        units=st.just(()) | st.lists(words, min_size=len(bands), max_size=len(bands)).map(tuple),
        datasource=st.none() | words,
        mosaicking=st.none() | st.sampled_from(Mosaicking),
        metadata=st.just(()) | st.just(("bounds",)),
    )
)


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    """Contracts of every shape."""
    outputs = []
    for id_ in draw(st.lists(words, min_size=1, max_size=3, unique=True)):
        named = tuple(draw(st.lists(words, max_size=3)))
        outputs.append(
            Output(
                bands=len(named) or draw(st.integers(1, 5)),
                id=id_,
                sample_type=draw(st.sampled_from(SampleType)),
                nodata=draw(st.none() | st.integers(-5, 300)),
                names=named,
            )
        )
    return Setup(
        inputs=tuple(draw(st.lists(inputs, min_size=1, max_size=2))),
        outputs=tuple(outputs),
        mosaicking=draw(st.sampled_from(Mosaicking)),
    )


_PIECES = (
    "0x", "0", "ff", "aaaa61", "ffaaff", "0550000", "1e3", ".5", "[", "]", "(", ")", "{", "}", ",", ";", ":", "=>", "=",
    "==", "+", "-", "/", "*", "?", "?.", "??", "!", "&&", "`", "${", "'", '"', "\\", "//", "/*", "*/", "\n", "\r\n", " ", "\t",
    "function", "setup", "evaluatePixel", "return", "const", "let", "var", "if", "else", "for", "of", "in", "class", "new",
    "sample", "samples", ".B04", "input", "output", "bands", "//VERSION=3", "// VERSION=3", "ColorMapVisualizer",
    "// oso: allow syntax-error", "throw", "async", "await", "yield", "typeof", "\u2028", "é", "😀", "“", "×", "\x00", "#", "@",
)  # fmt: skip
code = st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=60).map("".join)
"""Pieces of JavaScript in any order."""
