"""What stands in for placeholders while a script is read: names of a reserved shape, so placed that the rest parses.

A placeholder may be an expression, some elements of a list, a statement, a part of a name, of a number or of a string.
What it is is told by what is around it; where that does not parse, the other possibilities are tried.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from oso_evalscript.documents.lexemes import Lexemes
from oso_evalscript.documents.passage import HOLE, Passage, Piece
from oso_evalscript.javascript.syntax import Tree, parse
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Source, Span

_SHAPE = regex(r"__[A-Z0-9][A-Z0-9_]*__")
_MAX_TRIES = 60
_MAX_HOLES = 400
_WORD = regex(r"[\w$]")
_GAP = regex(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER_BEFORE = regex(r"(?<![\w$])(?:0[xX][0-9a-fA-F]*|\d[\d.]*|\.\d*)\Z")
_CONTINUES = ":=.([?+-*/%&|<>^,)]"
_DECLARATION = regex(r"[ \t]+(?!(?:in|of|instanceof)\b)[A-Za-z_$][\w$]*\s*(?:=[^=>]|;|,)")
_ENDS_VALUE = regex(r"(?<!\breturn)[\w$)\]]\Z")
_HEADS = regex(r"\b(?:if|while|switch|for|catch|with)\s*\Z")

_SPREAD, _NAME, _STATEMENT = "...{}", "{}", "{};"
_OTHERS = (_NAME, _STATEMENT, _SPREAD, "...{},", ", ...{}", "+ {} +", "{}: {},", "0", "", "var", "{} ? {} : {},")


@dataclass(frozen=True)
class Settled:
    """A passage with something in the place of each placeholder.

    Attributes:
        passage: the text; what stands in for a placeholder is a piece of its own, which keeps its label.
        unknown: where that is.
    """

    passage: Passage
    unknown: tuple[Span, ...]

    @cached_property
    def tree(self) -> Tree:
        """The text as it could be read."""
        return parse(Source(self.passage.text))

    @property
    def reads(self) -> bool:
        """Whether the text is JavaScript."""
        return self.tree.root is not None and not self.tree.faults


def settle(passage: Passage) -> Settled:
    """Return a passage with a stand-in for each placeholder, so that the rest can be read where that is possible."""
    if HOLE not in passage.text:
        return Settled(passage, ())
    passage = _without_neighbours(passage)
    holes = passage.holes
    names = _names(passage)
    context = _Context(passage.text)
    options = [context.options(hole) for hole in holes]
    best = _tried(passage, names, [choice[0] for choice in options])
    if len(holes) > _MAX_HOLES or best.reads:
        return best
    return _improved(passage, names, options, best)


def _improved(passage: Passage, names: list[str], options: list[list[str]], best: Settled) -> Settled:
    """Change one stand-in after the other, those before the first fault first, as long as that lets more be read."""
    chosen = [choice[0] for choice in options]
    tries = 0
    changed = True
    while changed and not best.reads:
        changed = False
        starts = [span.start for span in best.unknown]
        at = bisect_right(starts, _first_fault(best.tree) + 1) - 1
        order = sorted(range(len(starts)), key=lambda number: (number > at, abs(number - at)))
        for number in order:
            for option in options[number]:
                if option == chosen[number] or tries >= _MAX_TRIES:
                    continue
                tries += 1
                other = _tried(passage, names, [*chosen[:number], option, *chosen[number + 1 :]])
                if _rank(other) > _rank(best):
                    chosen[number], best, changed = option, other, True
                    break
            if changed or tries >= _MAX_TRIES:
                break
    return best


def _rank(settled: Settled) -> tuple[bool, int, int]:
    """How much of a text can be read: the more, the larger; what stands in for something does not count."""
    tree = settled.tree
    first = _first_fault(tree)
    own = first - sum(min(span.end, first) - span.start for span in settled.unknown if span.start < first)
    return tree.root is not None, -len(tree.faults) if tree.root is not None else 0, own


def _first_fault(tree: Tree) -> int:
    return min((fault.span.start for fault in tree.faults), default=len(tree.source.text))


def _tried(passage: Passage, names: list[str], chosen: list[str]) -> Settled:
    pieces: list[Piece] = []
    unknown: list[Span] = []
    at = number = 0
    for piece in passage.pieces:
        if piece.hole is None:
            pieces.append(piece)
        else:
            pieces.append(piece._replace(text=chosen[number].replace("{}", names[number]), spelling=None))
            unknown.append(Span(at, at + len(pieces[-1].text)))
            number += 1
        at += len(pieces[-1].text)
    return Settled(Passage(tuple(pieces)), tuple(unknown))


def _without_neighbours(passage: Passage) -> Passage:
    """The passage with placeholders that touch each other made one."""
    pieces: list[Piece] = []
    for piece in passage.pieces:
        last = pieces[-1] if pieces else None
        if last is not None and last.hole is not None and piece.hole is not None:
            start, end = min(last.start, piece.start), max(last.end, piece.end)
            pieces[-1] = last._replace(start=start, end=end, hole=f"{last.hole} {piece.hole}")
        else:
            pieces.append(piece)
    return Passage(tuple(pieces))


def _names(passage: Passage) -> list[str]:
    """A name for each placeholder: that of its label, the same for the same label, none that the text holds."""
    taken = set(_SHAPE.findall(passage.text))
    given: dict[str, str] = {}
    for piece in passage.pieces:
        if piece.hole is None or piece.hole in given:
            continue
        words = "_".join(re.findall(r"[A-Za-z0-9]+", piece.hole)).upper()[:40].strip("_") or "UNKNOWN"
        name, number = f"__{words}__", 1
        while name in taken:
            number += 1
            name = f"__{words}_{number}__"
        taken.add(name)
        given[piece.hole] = name
    return [given[piece.hole] for piece in passage.pieces if piece.hole is not None]


class _Context:
    """What is around the placeholders of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lexemes = Lexemes(text)

    def options(self, hole: int) -> list[str]:
        """Return what a placeholder may be, the likeliest first."""
        if self._lexemes.around(hole) is not None:
            return [_NAME]
        return list(dict.fromkeys((*self._likely(hole), *_OTHERS)))

    def _likely(self, hole: int) -> tuple[str, ...]:
        before, behind = self._text[:hole], self._text[hole + 1 :]
        if _NUMBER_BEFORE.search(before[-40:]):
            return "0", _NAME
        if _WORD.match(before[-1:]) or _WORD.match(behind[:1]):
            return (_NAME,)
        left = self._text[: self._lexemes.code_end(hole)]
        gap = _GAP.match(behind)
        right = behind[gap.end() if gap else 0 :][:1]
        last = left[-1:]
        if last in ("[", "(", ",", "{") and right in ("]", ")", ",", "}"):
            is_index = last == "[" and _ENDS_VALUE.search(left[:-1])
            if is_index or (last == "(" and _HEADS.search(left[:-1])):
                return (_NAME,)
            return _SPREAD, _NAME, _STATEMENT
        if right and right in _CONTINUES:
            return (_NAME,)
        if last in ("", ";", "}", "{", ")") and _DECLARATION.match(behind):
            return "var", _STATEMENT
        if last in ("", ";", "}", "{") or (_alone(before, behind) and last not in "=(:,?[+-*/%&|<>"):
            return (_NAME, _STATEMENT) if right == ";" else (_STATEMENT, _NAME)
        return (_NAME,)


def _alone(before: str, behind: str) -> bool:
    """Whether a placeholder has a line of its own."""
    return not before[before.rfind("\n") + 1 :].strip() and not behind.partition("\n")[0].strip()
