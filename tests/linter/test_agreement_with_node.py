"""On mutated scripts, `syntax-error` and its better-informed neighbours speak where V8 refuses the script.

By hand on 9000 mutations, with one longer script of varied syntax among those that are mutated: none of the 5791 that
V8 refuses was missed, 2 of the 3209 that it reads were reported. Rounds before, with other seeds, had shown what
`javascript/early.py` now finds; so these rates are those of this generator, not of every text.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess

import pytest

from oso_evalscript import lint
from oso_evalscript.javascript.tokens import tokenize
from oso_evalscript.model.text import Source
from tests.conftest import ROOT

MUTATIONS = 300
RULES = ("syntax-error", "malformed-hex", "typographic-character")
CHARACTERS = "(){}[];,.:=+-*/<>!&|?`\"'0xa \n“–×#@\\$_eE1"
ASK_NODE = """
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const refused = (text) => { try { require("vm").compileFunction(text); return false; } catch { return true; } };
console.log(JSON.stringify(texts.map(refused)));
"""


def mutate(rng: random.Random, text: str) -> str:
    """A script with a token or a character deleted, doubled, put in or swapped with another."""
    if rng.random() < 0.4:
        at = rng.randrange(len(text))
        swapped = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
        added = text[:at] + rng.choice(CHARACTERS) + text[at:]
        return rng.choice([text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:], swapped, added])
    tokens = [(token.start, token.end) for token in tokenize(text)[0]]
    (a, b), (c, d) = sorted(rng.sample(tokens, 2))
    swapped = text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]
    return rng.choice([text[:a] + text[b:], text[:b] + " " + text[a:], text[:a] + text[c:d] + " " + text[a:], swapped])


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed, so that there is nothing to compare")
def test_what_v8_refuses_is_found_and_nothing_else() -> None:
    rng = random.Random(4)
    scripts = [*ROOT.glob("evalscripts/*.js"), *ROOT.glob("tests/scripts/ok/*.js")]
    texts = [path.read_text(encoding="utf-8") for path in sorted(scripts)]
    mutants = [mutate(rng, rng.choice(texts)) for _ in range(MUTATIONS)]
    asked = subprocess.run(
        ["node", "-e", ASK_NODE], input=json.dumps(mutants), capture_output=True, text=True, check=True, timeout=60
    )
    refused: list[bool] = json.loads(asked.stdout)
    found = [bool(lint(Source(text), select=RULES)) for text in mutants]
    missed = [text for text, bad, spoken in zip(mutants, refused, found, strict=True) if bad and not spoken]
    false = [text for text, bad, spoken in zip(mutants, refused, found, strict=True) if spoken and not bad]
    print(f"{sum(refused)} of {MUTATIONS} refused by V8; missed {len(missed)}, reported without need {len(false)}")
    assert 0.3 < sum(refused) / MUTATIONS < 0.9
    assert len(missed) <= MUTATIONS // 100
    assert len(false) <= MUTATIONS // 100
