"""Crosswalks: which classes of two nomenclatures mean the same ground."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oso_evalscript.model.errors import SpecError

_FOLDER = Path(__file__).with_name("crosswalks")


@dataclass(frozen=True, slots=True)
class Correspondence:
    """One row of a crosswalk.

    Attributes:
        code: a code of the nomenclature one comes from.
        codes: the codes of the other nomenclature that mean some of the same ground, ascending, at least one.
        verified: whether a source confirms the row; where not, it is an inference of this project.
    """

    code: int
    codes: tuple[int, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """The way from the classes of one nomenclature to those of another, ascending by code."""

    origin: str
    target: str
    rows: tuple[Correspondence, ...]

    def row(self, code: int) -> Correspondence | None:
        """Return the row of a code, None if there is none."""
        return next((row for row in self.rows if row.code == code), None)


def crosswalks() -> tuple[Crosswalk, ...]:
    """Return all crosswalks there are, each in both directions."""
    pairs = [tuple(path.stem.split("--")) for path in _files()]
    return tuple(crosswalk(*ends) for one, other in pairs for ends in ((one, other), (other, one)))


@cache
def crosswalk(origin: str, target: str) -> Crosswalk:
    """Return the way from one nomenclature to another, both by id; it is stored once and read in both directions.

    Raises:
        SpecError: there is none between the two; the text lists those there are.
    """
    for path in _files():
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        ends = (data["from"], data["to"])
        rows = tuple(Correspondence(row["from"], tuple(row["to"]), row["verified"]) for row in data["rows"])
        if ends == (origin, target):
            return Crosswalk(origin, target, rows)
        if ends == (target, origin):
            return Crosswalk(origin, target, _turned(rows))
    known = ", ".join(path.stem.replace("--", " and ") for path in _files())
    raise SpecError(f"there is no crosswalk from `{origin}` to `{target}`: there is one between {known}")


def _files() -> list[Path]:
    return sorted(_FOLDER.glob("*.toml"))


def _turned(rows: tuple[Correspondence, ...]) -> tuple[Correspondence, ...]:
    """The rows in the other direction; one is verified if all that it comes from are."""
    origins: dict[int, list[Correspondence]] = defaultdict(list)
    for row in rows:
        for code in row.codes:
            origins[code].append(row)
    return tuple(
        Correspondence(code, tuple(row.code for row in found), all(row.verified for row in found))
        for code, found in sorted(origins.items())
    )
