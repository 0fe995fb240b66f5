"""Scripts with a few tokens or characters changed: most of them no JavaScript any more, some of them still."""

from __future__ import annotations

import random

from oso_evalscript.javascript.tokens import tokenize
from tests.conftest import ROOT

_CHARACTERS = "(){}[];,.:=+-*/<>!&|?`\"'0xa \n“–×#@\\$_eE1"
_WORDS = [*"""
    a b x #x 1 0 08 1n .5 "s" 'use strict'; `t` `${a}` /r/ /[/]/u ( ) [ ] { } ; , . ... ? ?. : => = += ** **= && ||= ??
    ??= + ++ - -- * / % < > ! ~ & | ^ == === in of instanceof typeof delete void new this super null true function
    function* async await yield class extends static get set let const var if else for while do switch case default break
    continue return throw try catch finally with debugger import export enum eval arguments using let; label: constructor
    prototype __proto__ new.target super() super.x (a) [a] {a} {} [] ()
""".split(), "\n"]  # fmt: skip


def corpus() -> list[str]:
    """Scripts to be changed: those of the repository, and pieces of varied syntax, as often as all of them."""
    scripts = [*ROOT.glob("evalscripts/*.js"), *ROOT.glob("tests/scripts/ok/*.js")]
    texts = [path.read_text(encoding="utf-8") for path in sorted(scripts)]
    varied = (ROOT / "tests/javascript/varied.js").read_text(encoding="utf-8").split("//---\n")
    return texts + varied * -(-3 * len(texts) // len(varied))


def mutants(seed: int, count: int) -> list[str]:
    """So many changed scripts."""
    rng = random.Random(seed)
    texts = corpus()
    found = []
    for _ in range(count):
        text = rng.choice(texts)
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            text = _changed(rng, text)
        found.append(text)
    return found


def _changed(rng: random.Random, text: str) -> str:
    tokens = [(token.start, token.end) for token in tokenize(text)[0]]
    if not tokens or rng.random() < 0.25:
        at = rng.randrange(len(text) + 1)
        swapped = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
        added = text[:at] + rng.choice(_CHARACTERS) + text[at:]
        return rng.choice((text[:at] + text[at + 1 :], text[:at] + text[at : at + 1] + text[at:], swapped, added))
    (a, b), (c, d) = sorted((rng.choice(tokens), rng.choice(tokens)))
    word = rng.choice(_WORDS)
    swapped = text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:] if a != c else text
    return rng.choice(
        (
            text[:a] + text[b:],
            text[:b] + " " + text[a:],
            f"{text[:a]}{word} {text[a:]}",
            text[:c] + word + text[d:],
            text[:a] + text[c:d] + text[b:],
            text[:a] + text[c:d] + " " + text[a:],
            swapped,
        )
    )
