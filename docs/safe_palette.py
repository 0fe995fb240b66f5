"""Finds colours for the classes of a nomenclature that can be told apart with any colour vision.

`python docs/safe_palette.py oso-23` prints them, `--write` puts them as `safe` into the file of a nomenclature of the
package. Each class keeps the hue of its official colour as far as possible: the search minimizes the sum of the
distances to the official colours, while any two classes are at least `--normal` apart in normal vision and
`--deficient` as seen with deuteranopia, protanopia and tritanopia, in CIEDE2000.

The search is a descent with conflicts (min-conflicts): colours are of a grid of 16 steps a channel; again and again one
class takes the cheapest colour of its shortlist; the distance from the official colour and each pair that is too near
have a price, and that of pairs rises with every round. Where no shortlist of near colours ends without a conflict, as
for the 44 classes of CORINE, each class may take any colour of the grid. The seed is fixed, so the same call prints the
same table.
coloraide says how colours are seen. Only the distances of many pairs at a time are computed here; the nearest pairs
that are printed in the end are coloraide's.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import coloraide
import numpy as np
from numpy.typing import NDArray

from oso_evalscript.compiler.importing import load_nomenclature
from oso_evalscript.compiler.vision import Vision, appearance, nearest_pairs
from oso_evalscript.model import nomenclature
from oso_evalscript.model.color import Color

Array = NDArray[np.float64]
STEPS = range(0, 256, 17)
SHORTLIST = 700
ROUNDS = 400
RESTARTS = 8
HUE = 0.35  # what a degree of hue costs beside one of CIEDE2000, for colours that have a hue


def main() -> None:
    """Print the colours of a nomenclature, or that none were found."""
    parser = argparse.ArgumentParser(description="Colours that can be told apart with any colour vision.")
    parser.add_argument("nomenclature", help="an id, or a file of classes")
    parser.add_argument("--normal", type=float, default=10.0, help="the least distance in normal vision")
    parser.add_argument("--deficient", type=float, default=6.0, help="the least distance for each deficiency")
    parser.add_argument("--groups", action="store_true", help="of the groups, not of the classes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="put them into the file of the nomenclature")
    given = parser.parse_args()
    if given.write and (given.groups or given.nomenclature not in nomenclature.available()):
        parser.error("--write is for the classes of a nomenclature of the package")
    table = load_nomenclature(given.nomenclature)
    names = [item.id for item in table.groups] if given.groups else list(map(str, table.codes))
    official = [item.color for item in (table.groups if given.groups else table.classes)]
    found = search(official, given.normal, given.deficient, given.seed)
    if found is None:
        sys.exit(
            f"no colours {given.normal:g} and {given.deficient:g} apart were found: ask for less, or another --seed"
        )
    for vision in Vision:
        (pair,) = nearest_pairs(found, vision, 1)
        print(f"nearest, {vision}: {names[pair.first]} and {names[pair.second]}, {pair.distance:.1f}")
    for name, before, after in zip(names, official, found, strict=True):
        print(f"{name}: {before} -> {after}")
    if given.write:
        write(given.nomenclature, dict(zip(names, found, strict=True)))


def write(id: str, colors: dict[str, Color]) -> None:
    """Put a `safe` colour into each class of a nomenclature of the package."""
    path = Path(nomenclature.__file__).with_name("nomenclatures") / f"{id}.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = {f"  {{ code = {code}, ": color for code, color in colors.items()}
    for number, line in enumerate(lines):
        color = next((color for start, color in rows.items() if line.startswith(start)), None)
        if color is not None:
            plain = re.sub(r' safe = "#[0-9a-f]{6}",', "", line)
            lines[number] = re.sub(r'( color = "#[0-9a-f]{6}",)', rf'\1 safe = "{color}",', plain)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def search(official: Sequence[Color], normal: float, deficient: float, seed: int) -> list[Color] | None:
    """Return one colour for each official one, in their order; None where the search did not end without a conflict."""
    grid = [Color(red << 16 | green << 8 | blue) for red in STEPS for green in STEPS for blue in STEPS]
    candidates = list(dict.fromkeys([*official, *grid]))
    seen = {vision: lab_of([appearance(color, vision) for color in candidates]) for vision in Vision}
    plain = seen[Vision.NORMAL]
    costs = np.array([cost_of(plain, candidates.index(color)) for color in official])
    lists = np.argsort(costs, axis=1, kind="stable")
    near = Near(seen, {vision: normal if vision is Vision.NORMAL else deficient for vision in Vision})
    for length in (SHORTLIST, len(candidates)):
        shortlists = lists[:, :length]
        tries = [descend(costs, shortlists, near, np.random.default_rng(seed + turn)) for turn in range(RESTARTS)]
        found = [item for item in tries if item is not None]
        if found:
            return [candidates[index] for index in min(found)[1]]
    return None


class Near:
    """Which pairs of candidates are too near to each other, in any vision."""

    def __init__(self, seen: dict[Vision, Array], least: dict[Vision, float]) -> None:
        self.seen = seen
        self.least = least
        self.known: dict[int, NDArray[np.bool_]] = {}

    def row(self, index: int) -> NDArray[np.bool_]:
        """For each candidate, whether it is too near to that one."""
        if index not in self.known:
            self.known[index] = np.any(
                [distance(lab[index], lab) < self.least[vision] for vision, lab in self.seen.items()], axis=0
            )
        return self.known[index]


def descend(
    costs: Array, lists: NDArray[np.intp], near: Near, random: np.random.Generator
) -> tuple[float, list[int]] | None:
    """Return the cheapest choice without a conflict that was met: its cost, and the indices of candidates."""
    chosen = [int(row[0]) for row in lists]
    best: tuple[float, list[int]] | None = None
    for turn in range(ROUNDS):
        dear = 2.0 * 1.15 ** min(turn, 30)
        for place in random.permutation(len(chosen)):
            others = [near.row(other) for index, other in enumerate(chosen) if index != place]
            shortlist = lists[place]
            conflicts = np.sum([row[shortlist] for row in others], axis=0) if others else np.zeros(len(shortlist))
            price = costs[place][shortlist] + dear * conflicts + random.random(len(shortlist)) * 0.5
            chosen[place] = int(shortlist[int(np.argmin(price))])
        free = not any(near.row(one)[other] for i, one in enumerate(chosen) for other in chosen[i + 1 :])
        total = float(sum(costs[place][index] for place, index in enumerate(chosen)))
        if free and (best is None or total < best[0]):
            best = (total, list(chosen))
    return best


def cost_of(lab: Array, index: int) -> Array:
    """What it costs to replace a candidate by each other one: the distance, and the change of hue if it has one."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    turned = np.abs((hue - hue[index] + 180) % 360 - 180)
    weight = np.minimum(chroma, chroma[index]) / 60
    return np.asarray(distance(lab[index], lab) + HUE * turned * np.minimum(weight, 1))


def lab_of(colors: Sequence[Color]) -> Array:
    """L*, a*, b* under D65, one row for each colour."""
    return np.array([coloraide.Color(str(color)).convert("lab-d65").coords() for color in colors])


def distance(one: Array, many: Array) -> Array:
    """CIEDE2000 of a colour to each of many (Sharma, Wu and Dalal, 2005)."""
    chroma = (np.hypot(one[1], one[2]) + np.hypot(many[:, 1], many[:, 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    a1, a2 = one[1] * stretch, many[:, 1] * stretch
    c1, c2 = np.hypot(a1, one[2]), np.hypot(a2, many[:, 2])
    h1, h2 = np.degrees(np.arctan2(one[2], a1)) % 360, np.degrees(np.arctan2(many[:, 2], a2)) % 360
    turn = np.where(c1 * c2 == 0, 0, (h2 - h1 + 180) % 360 - 180)
    mean_l, mean_c = (one[0] + many[:, 0]) / 2, (c1 + c2) / 2
    far = np.abs(h1 - h2) > 180
    mean_h = np.where(c1 * c2 == 0, h1 + h2, (h1 + h2 + np.where(far, np.where(h1 + h2 < 360, 360, -360), 0)) / 2)
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    light = (many[:, 0] - one[0]) / (1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2))
    rich = (c2 - c1) / (1 + 0.045 * mean_c)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2) / (1 + 0.015 * mean_c * t)
    skew = (
        2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2))))
    )
    return np.asarray(np.sqrt(np.maximum(light**2 + rich**2 + hue**2 - skew * rich * hue, 0)))


if __name__ == "__main__":
    main()
