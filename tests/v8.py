"""What V8 itself makes of texts, asked in one isolate for many of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache

import numpy as np
from py_mini_racer import MiniRacer

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


def compiled_quickly(texts: Sequence[str]) -> list[str]:
    """Why V8 refuses each of some texts as the body of a function, in one isolate that stays; functions are skimmed."""
    return list(json.loads(str(_isolate().eval(f"judge({json.dumps(list(texts))})"))))


@cache
def _isolate() -> MiniRacer:
    isolate = MiniRacer()
    judge = "try { new Function(text); return ''; } catch (error) { return String(error); }"
    isolate.eval(f"globalThis.judge = (texts) => JSON.stringify(texts.map((text) => {{ {judge} }})); 0")
    return isolate


def _answers(texts: Sequence[str], call: str) -> list[int]:
    found: list[int] = []
    for at in range(0, len(texts), _BATCH):
        batch = texts[at : at + _BATCH]
        script = _ASK.format(texts=json.dumps(batch), call=call, count=len(batch))
        with Program(script, timeout=60) as program:
            found += program.run({"A": np.zeros((1, 1))})["default"][:, 0, 0].astype(int).tolist()
    return found


_COMPILE = """
import json, re, sys
from py_mini_racer import JSEvalException, MiniRacer, init_mini_racer

init_mini_racer(flags=("--single-threaded", "--no-lazy"))
ASK = "(texts) => JSON.stringify(texts.map((text) => {"
ASK += "try { new Function(text.replace(/^#!.*/, '')); return ''; } catch (error) { return String(error); } }))"
asked = json.load(sys.stdin)
found = []
for at in range(0, len(asked["texts"]), 1000):
    with MiniRacer() as isolate:
        found += json.loads(isolate.eval(f"({ASK})({json.dumps(asked['texts'][at : at + 1000])})"))
if asked["as_script"]:
    for number, text in enumerate(asked["texts"]):
        with MiniRacer() as isolate:
            isolate.eval("let $taken = 0; 0")
            try:
                isolate.eval(text + "\\nvar $taken;")  # so that it is compiled, and refused before it runs
            except JSEvalException as error:
                words = str(error).strip().splitlines()[-1]
                if "$taken" not in str(error).splitlines()[0]:
                    found[number] = words
json.dump(found, sys.stdout)
"""


def compiled(texts: Sequence[str], *, as_script: bool = False) -> list[str]:
    """Why V8 refuses each of some texts, empty where it does not; every function is compiled, and nothing is run.

    Args:
        texts: the texts.
        as_script: whether they are scripts, rather than bodies of functions, where `return` may stand.
    """
    done = subprocess.run(
        [sys.executable, "-c", _COMPILE],
        input=json.dumps({"texts": list(texts), "as_script": as_script}),
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    found: list[str] = json.loads(done.stdout)
    return found
