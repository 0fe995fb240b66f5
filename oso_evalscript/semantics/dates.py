"""The dates that a script names, whole or in part, so that scenes made up for it are such as it looks for.

Found are dates in text (`"2025-03-01"`, `"2025-03"`, `"2025"`), `new Date(2025, 2)` and `Date.UTC(…)`, numbers of
milliseconds, and numbers or constants that are compared with a year or with `getMonth()`.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.model.regex import regex

_YEARS = range(1972, 2100)  # earlier and later ones mean "always", as in 1970-01-01 and 9999-12-31
_ANY_YEAR = 2023  # of a month without one
_DATE = regex(r"(?<!\d)(\d{4})[-/](\d\d?)(?:[-/](\d\d?))?(?![\d])")
_PACKED = regex(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")
_YEAR_ALONE = regex(r"(\d{4})-?")
_COMPARISONS = ("<", "<=", ">", ">=", "==", "===", "!=", "!==")
_LISTS = ("includes", "indexOf")
_MILLISECONDS = (10**11, 4 * 10**12)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A day, month or year that a script names: its first moment and its last, in UTC."""

    begin: dt.datetime
    end: dt.datetime

    @property
    def middle(self) -> dt.datetime:
        """The moment in the middle of it."""
        return self.begin + (self.end - self.begin) / 2


def named_periods(tree: Tree) -> tuple[Period, ...]:
    """Return the days, months and years that a script names, each once, from the earliest on."""
    compared = _compared_with_years(tree)
    found = {period for node in tree.nodes for period in _of_node(tree, node, compared)}
    if not found:
        found = set(_months(tree))
    return tuple(sorted(found))


def _of_node(tree: Tree, node: Node, compared: Set[str]) -> Iterator[Period]:
    if node.type == "Literal":
        if isinstance(node.value, str):
            yield from _in_text(node.value)
        elif (year := _whole(node)) is not None and year in _YEARS and _is_year(tree, node, compared):
            yield from _period(year)
    elif node.type == "TemplateElement":
        yield from _in_text(str(node.value.cooked or ""))
    elif node.type in ("NewExpression", "CallExpression") and tree.text(node.callee) in ("Date", "Date.UTC"):
        yield from _of_numbers([_whole(item) for item in node.arguments])


def _in_text(text: str) -> Iterator[Period]:
    if match := _YEAR_ALONE.fullmatch(text):
        yield from _period(int(match[1]))
    for pattern in (_DATE, _PACKED):
        for match in pattern.finditer(text):
            yield from _period(*(int(part) for part in match.groups() if part is not None))


def _of_numbers(numbers: list[int | None]) -> Iterator[Period]:
    """What `new Date(…)` gives for numbers; months count from 0."""
    first = numbers[0] if numbers else None
    if first is None:
        return
    if len(numbers) == 1:
        if _MILLISECONDS[0] <= first <= _MILLISECONDS[1]:
            moment = dt.datetime.fromtimestamp(first / 1000, dt.UTC)
            yield from _period(moment.year, moment.month, moment.day)
        return
    month, day = (*numbers[1:3], None)[:2]
    yield from _period(first, None if month is None else month + 1, None if month is None else day)


def _period(year: int, month: int | None = None, day: int | None = None) -> Iterator[Period]:
    """The year, month or day; nothing where there is none such."""
    if year not in _YEARS or (month is not None and not 1 <= month <= 12):
        return
    last = calendar.monthrange(year, month or 12)[1]
    if day is not None and not 1 <= day <= last:
        return
    begin = dt.datetime(year, month or 1, day or 1, tzinfo=dt.UTC)
    final = dt.datetime(year, month or 12, day or last, 23, 59, 59, tzinfo=dt.UTC)
    yield Period(begin, final)


def _months(tree: Tree) -> Iterator[Period]:
    """The months that are compared with what `getMonth()` gives, of any year."""
    for node in tree.of_type("BinaryExpression"):
        if node.operator not in _COMPARISONS:
            continue
        for side, other in ((node.left, node.right), (node.right, node.left)):
            month, words = _whole(side), tree.text(other)
            if month is not None and "Month(" in words:
                yield from _period(_ANY_YEAR, month if re.search(r"\+\s*1\b", words) else month + 1)


def _is_year(tree: Tree, node: Node, compared: Set[str]) -> bool:
    """Whether a number is used as a year: compared with one, listed for that, or given to what is called so."""
    parent = tree.parent(node)
    if parent is None:
        return False
    if parent.type == "BinaryExpression" and parent.operator in _COMPARISONS:
        return _says_year(tree.text(parent.right if parent.left is node else parent.left))
    if parent.type == "ArrayExpression":
        around = tree.parent(parent)
        if around is None:
            return False
        call = tree.parent(around) if around.type == "MemberExpression" else None
        if call is None or call.type != "CallExpression" or around.type != "MemberExpression":
            return _is_named_year(tree, around, compared)
        if around.property.type == "Identifier" and around.property.name in _LISTS:
            return any(_says_year(tree.text(item)) for item in call.arguments)
        return _is_named_year(tree, around, compared)
    return _is_named_year(tree, parent, compared)


def _is_named_year(tree: Tree, node: Node, compared: Set[str]) -> bool:
    if node.type == "VariableDeclarator":
        name = tree.text(node.id)
        return _says_year(name) or name in compared
    if node.type == "AssignmentExpression":
        return _says_year(tree.text(node.left))
    return node.type == "Property" and _says_year(tree.text(node.key))


def _compared_with_years(tree: Tree) -> set[str]:
    """What years are compared with: names of variables, or other texts."""
    sides = [
        (tree.text(node.left), tree.text(node.right))
        for node in tree.of_type("BinaryExpression")
        if node.operator in _COMPARISONS
    ]
    return {other for pair in sides for one, other in (pair, pair[::-1]) if _says_year(one)}


def _says_year(words: str) -> bool:
    return "year" in words.lower()


def _whole(node: Node) -> int | None:
    """A whole number that is written down, None for anything else."""
    value = node.value if node.type == "Literal" else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 1e15:
        return None
    return int(value) if value == int(value) else None
