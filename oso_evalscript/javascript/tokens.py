"""Tokens and comments of any text, resuming after each token that esprima refuses."""

from __future__ import annotations

import re
import warnings
from typing import Any, NamedTuple

from oso_evalscript.javascript import characters, typography
from oso_evalscript.model.errors import WrongPackage

characters.install()
with warnings.catch_warnings():  # esprima silences FutureWarning for the whole process when imported
    import esprima
    from esprima.tokenizer import Tokenizer

if not hasattr(esprima.nodes, "ChainExpression"):
    raise WrongPackage(
        f"`{esprima.__name__}` is the outdated distribution `esprima`, which overwrites `esprima2`; "
        "run: pip uninstall -y esprima esprima2 && pip install esprima2"
    )

EsprimaNode: Any = esprima.nodes.Node
EsprimaError: Any = esprima.Error
_WORD = re.compile(r"[\w$.]+")
_FOREIGN = re.compile(r"[^\x20-\x7e\s\w]+")  # characters that begin no token
_LINE_END = re.compile(r"[\r\n\u2028\u2029]")
_SKIP = re.compile(r"(?:\s|\ufeff|//[^\r\n\u2028\u2029]*|/\*.*?\*/)*", re.DOTALL)


class Token(NamedTuple):
    """A token: its kind in esprima's words, or `Refused`, and where it stands."""

    kind: str
    start: int
    end: int


class Comment(NamedTuple):
    """A comment, its marks included in the span."""

    start: int
    end: int


def tokenize(text: str) -> tuple[list[Token], tuple[Comment, ...]]:
    """Return all tokens, `Refused` where the text holds none, and all comments, in order."""
    tokenizer = Tokenizer(text, {"range": True, "comment": True})
    tokens: list[Token] = []
    comments: list[Comment] = []
    while True:
        begin = tokenizer.scanner.index
        try:
            entry = tokenizer.getNextToken()
        except Exception:  # noqa: BLE001  # whatever made it stumble, the text from there on is refused
            start = _SKIP.match(text, begin).end()  # type: ignore[union-attr]  # it matches the empty text
            if start >= len(text):
                break
            end = _refused_end(text, start)
            tokens.append(Token("Refused", start, end))
            tokenizer.scanner.index = end
            tokenizer.reader.values.append(None)  # as after a number: a slash that follows divides
            continue
        if entry is None:
            break
        if entry.type.endswith("Comment"):
            comments.append(Comment(*_comment_range(text, entry)))
        else:
            tokens.append(Token(entry.type, entry.range[0], entry.range[1]))
    return tokens, tuple(comments)


def _comment_range(text: str, entry: Any) -> tuple[int, int]:
    return entry.range[0], min(entry.range[1], len(text))


def _refused_end(text: str, start: int) -> int:
    first = text[start]
    typographic = typography.refused_end(text, start)
    if typographic is not None:
        return typographic
    if first in "\"'":
        line_end = _LINE_END.search(text, start)
        return line_end.start() if line_end else len(text)
    if first == "`" or text.startswith("/*", start):
        return len(text)
    word = _WORD.match(text, start) or _FOREIGN.match(text, start)
    return word.end() if word else start + 1
