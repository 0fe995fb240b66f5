"""Names are made of the letters of which V8 makes them."""

from __future__ import annotations

import json
import unicodedata

import numpy as np

from oso_evalscript import Program
from oso_evalscript.javascript.letters import may_continue, may_start

_ASK = r"""//VERSION=3
function ends(property) {
  const test = new RegExp(`^\\p{${property}}$`, "u"), found = [];
  for (let code = 0, before = false; code <= 0x110000; code++) {
    const here = code < 0x110000 && test.test(String.fromCodePoint(code));
    if (here !== before) found.push(code);
    before = here;
  }
  return found;
}
const found = ends("PROPERTY");
function setup() { return { input: ["A"], output: { bands: 2000, sampleType: "FLOAT32" } }; }
function evaluatePixel() { return Array.from({ length: 2000 }, (_, number) => found[number] ?? -1); }
"""


def letters(name: str) -> set[str]:
    """The characters that have a property, as V8 knows it."""
    with Program(_ASK.replace("PROPERTY", name), timeout=60) as program:
        ends = [int(end) for end in program.run({"A": np.zeros((1, 1))})["default"][:, 0, 0] if end >= 0]
    ranges = zip(ends[::2], ends[1::2], strict=True)
    return {chr(code) for start, end in ranges for code in range(start, end)}


def test_every_character_is_judged_as_v8_does() -> None:
    every = [chr(code) for code in (*range(0x18000), *range(0x1C000, 0x20400), *range(0x2A000, 0x34000), 0xE0100)]
    for name, ours, also in (("ID_Start", may_start, "$_"), ("ID_Continue", may_continue, "$\u200c\u200d")):
        known = letters(name)
        theirs = known | set(also)
        different = [char for char in every if ours(char) != (char in theirs)]
        # A newer V8 or Python may know letters that the other one does not.
        assert [char for char in different if char not in known and unicodedata.category(char) == "Cn"] == []
        assert len(different) < 10, json.dumps(different)
