"""What V8 itself makes of texts, asked in one isolate for many of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from oso_evalscript import Program

_BATCH = 2000
_ASK = """//VERSION=3
const texts = {texts};
const answers = texts.map((text) => {{
  let run;
  try {{ run = new Function("mark", text); }} catch (error) {{ return -1; }}
  let marks = 0;
  {call}
  return marks;
}});
function setup() {{ return {{ input: ["A"], output: {{ bands: {count}, sampleType: "FLOAT32" }} }}; }}
function evaluatePixel() {{ return answers; }}
"""
_CALL = "try { run((number) => { marks |= 1 << number; }); } catch (error) { return -2; }"


def refused(texts: Sequence[str]) -> list[bool]:
    """Whether V8 refuses each of some texts as the body of a function, where `return` may stand."""
    return [answer == -1 for answer in _answers(texts, "")]


def marks(texts: Sequence[str]) -> list[set[int] | None]:
    """With which numbers below 20 each of some texts calls `mark`; None where V8 refuses it."""
    return [
        None if answer < 0 else {number for number in range(20) if answer >> number & 1}
        for answer in _answers(texts, _CALL)
    ]


def _answers(texts: Sequence[str], call: str) -> list[int]:
    found: list[int] = []
    for at in range(0, len(texts), _BATCH):
        batch = texts[at : at + _BATCH]
        script = _ASK.format(texts=json.dumps(batch), call=call, count=len(batch))
        with Program(script, timeout=60) as program:
            found += program.run({"A": np.zeros((1, 1))})["default"][:, 0, 0].astype(int).tolist()
    return found
