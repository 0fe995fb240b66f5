"""Class nomenclatures: which code means what, and its colour."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError

_FOLDER = Path(__file__).with_name("nomenclatures")


@dataclass(frozen=True, slots=True)
class LandClass:
    """One class: its code in the band, its labels and its colour."""

    code: int
    english: str
    french: str
    color: Color


@dataclass(frozen=True, slots=True)
class Nomenclature:
    """A list of classes in the order of their codes, and where it comes from.

    Attributes:
        id: the name specs call it by, such as `oso-23`.
        title: what it is, in a few words.
        classes: ascending by code, each code once.
        source: where codes, labels and colours were published.
        licence: the licence of the data they describe.
        credit: the line to show beside every picture made from that data.
    """

    id: str
    title: str
    classes: tuple[LandClass, ...]
    source: str
    licence: str
    credit: str

    def __post_init__(self) -> None:
        codes = self.codes
        if list(codes) != sorted(set(codes)):
            raise ValueError(f"the codes of nomenclature {self.id} must ascend, each once, not {codes}")

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes, ascending."""
        return tuple(entry.code for entry in self.classes)

    def subset(self, codes: frozenset[int]) -> tuple[LandClass, ...]:
        """Return the classes whose code is in `codes`, in their own order."""
        return tuple(entry for entry in self.classes if entry.code in codes)


def available() -> tuple[str, ...]:
    """Return the ids of the nomenclatures that come with the package."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def load_nomenclature(id: str) -> Nomenclature:
    """Return the nomenclature of that id.

    Raises:
        SpecError: there is none of that id; the text lists those there are.
    """
    if id not in available():
        raise SpecError(f"there is no nomenclature `{id}`: there is {', '.join(available())}")
    data = tomllib.loads((_FOLDER / f"{id}.toml").read_text(encoding="utf-8"))
    classes = tuple(
        LandClass(row["code"], row["english"], row["french"], Color.parse(row["color"])) for row in data.pop("classes")
    )
    return Nomenclature(classes=classes, **data)
