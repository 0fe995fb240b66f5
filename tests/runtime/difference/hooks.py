"""Made-up hooks for the differential test, and what evaluatePixel reads of scenes."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol

from oso_evalscript.model.contract import Input, Mosaicking, Output
from tests.runtime.difference.bodies import Body, key

_LISTS = {Mosaicking.ORBIT: "orbits", Mosaicking.TILE: "tiles"}
_DATES = {Mosaicking.ORBIT: "dateFrom", Mosaicking.TILE: "date"}


class Contract(Protocol):
    """What hooks have to know of a script."""

    rng: Random
    family: str
    inputs: list[Input]
    outputs: list[Output]

    @property
    def fusion(self) -> bool: ...
    def key(self, index: int) -> str: ...
    def mosaicking_of(self, index: int) -> Mosaicking: ...


def dynamic_outputs(outputs: Sequence[Output], wanted: bool) -> dict[str, str]:
    """Return for the outputs whose number of bands updateOutput sets the name of a global with that number."""
    return {output.id: f"bandsOf[{index}]" for index, output in enumerate(outputs) if index % 2 == 0} if wanted else {}


def write_hooks(draft: Contract, body: Body, dynamic: dict[str, str]) -> tuple[list[str], bool]:
    """Return the hooks of a script, and whether they read the time range of the request."""
    if draft.family != "hooks":
        return [], False
    rng = draft.rng
    many = [index for index in range(len(draft.inputs)) if draft.mosaicking_of(index) is not Mosaicking.SIMPLE]
    lines: list[str] = []
    timed = False
    if many and rng.random() < 0.7:
        if not draft.fusion and rng.random() < 0.35:
            lines += _filter_scenes(draft)
            body.tags.add("filterScenes")
            timed = True
        else:
            timed = draft.mosaicking_of(many[0]) is Mosaicking.ORBIT and rng.random() < 0.6
            lines += _pre_process_scenes(draft, many, timed)
            body.tags |= {"preProcessScenes", *(["from and to"] if timed else [])}
    if dynamic:
        lines += _update_output(draft, many, dynamic)
        body.tags.add("updateOutput")
    if rng.random() < 0.5:
        lines += _update_output_metadata(draft, body)
    elif rng.random() < 0.3:
        body.lines.append("outputMetadata.userData = { last: samples, pixel: pixels++ };")
        body.tags.add("user data from evaluatePixel")
    return lines, timed


def look_at_scenes(draft: Contract, body: Body) -> None:
    """Read what `scenes` tells."""
    rng = draft.rng
    for index in range(len(draft.inputs)):
        mosaicking = draft.mosaicking_of(index)
        if mosaicking is Mosaicking.SIMPLE or rng.random() < 0.4:
            continue
        scenes = f"scenes{key(draft.key(index))}.scenes" if draft.fusion else "scenes"
        listed = f"{scenes}.{_LISTS[mosaicking]}"
        recipes = [
            ("scenes", f"{listed}.length"),
            ("scenes", f"{listed}.reduce((sum, entry) => sum + Date.parse(entry.{_DATES[mosaicking]}) / 864e5 % 1000, 0)"),
            ("scenes", f"{listed}.map((entry) => entry.{_DATES[mosaicking]}).join().length"),
            ("scenes read as an array", f"{scenes}.length"),
            ("scenes read as an array", f"{scenes}.length ? {scenes}[0].date.getUTCDate() : -1"),
            ("scenes read as an array", f"{scenes}.findIndex((entry) => entry.date.getUTCFullYear() === 2023)"),
        ]  # fmt: skip
        if mosaicking is Mosaicking.ORBIT:
            tiles = f"{listed}.flatMap((orbit) => orbit.tiles)"
            recipes += [
                ("tiles of orbits", f"{tiles}.reduce((sum, tile) => sum + tile.cloudCoverage, 0)"),
                ("tiles of orbits", f"{tiles}.filter((tile) => tile.date.slice(11) > '12').length"),
                ("scenes", f"{listed}.filter((orbit) => orbit.dateTo.slice(11) === '23:59:59Z').length"),
            ]
        else:
            recipes += [
                ("scenes", f"{listed}.map((tile) => tile.cloudCoverage).sort((x, y) => y - x)[0]"),
                ("scenes", f"{listed}.filter((tile) => 'shId' in tile).length + ({listed}[0]?.dataPath || '').length"),
                ("scenes", f"{listed}.filter((tile) => tile.dataGeometry !== undefined).length"),
                ("scenes", f"{listed}[0]?.dataGeometry?.coordinates[0][1][0]"),
            ]
        for tag, value in rng.sample(recipes, 2):
            body.keep(value)
            body.tags.add(tag)


def _choice(rng: Random, listed: str, field: str) -> str:
    """A statement that chooses and orders the entries of a list."""
    return rng.choice(
        [
            f"{listed} = {listed}.filter((entry, i) => i % 2 === {rng.randrange(2)});",
            f"{listed}.reverse();",
            f"{listed}.sort((x, y) => x.{field} < y.{field} ? -1 : x.{field} > y.{field} ? 1 : 0);",
            f"{listed} = {listed}.filter((entry) => new Date(entry.{field}).getUTCDate() < 31);",
            f"{listed} = {listed}.slice(0, {rng.randrange(3)});",
            f"{listed} = [];",
        ]
    )


def _pre_process_scenes(draft: Contract, many: list[int], timed: bool) -> list[str]:
    lines = []
    for index in many:
        mosaicking = draft.mosaicking_of(index)
        collection = f"collections{key(draft.key(index))}" if draft.fusion else "collections"
        listed, field = f"{collection}.scenes.{_LISTS[mosaicking]}", _DATES[mosaicking]
        lines.append(f"  {_choice(draft.rng, listed, field)}")
        if timed and mosaicking is Mosaicking.ORBIT:
            lines.append(f"  const middle{index} = ({collection}.from.getTime() + {collection}.to.getTime()) / 2;")
            lines.append(f"  {listed} = {listed}.filter((entry) => Date.parse(entry.{field}) < middle{index});")
    return ["function preProcessScenes(collections) {", *lines, "  return collections;", "}"]


def _filter_scenes(draft: Contract) -> list[str]:
    condition = draft.rng.choice(
        [
            "scene.date.getUTCDate() % 2 === 0",
            "scene.date >= inputMetadata.from && scene.date.getTime() < inputMetadata.to.getTime() - 30 * 864e5",
            "scene.date.getUTCFullYear() === 2022",
        ]
    )
    return [f"function filterScenes(scenes, inputMetadata) {{ return scenes.filter((scene) => {condition}); }}"]


def _update_output(draft: Contract, many: list[int], dynamic: dict[str, str]) -> list[str]:
    rng = draft.rng
    index = rng.choice(many) if many else None
    count = str(rng.randint(0, 4))
    if index is not None:
        scenes = f"collection{key(draft.key(index))}.scenes" if draft.fusion else "collection.scenes"
        count = rng.choice(
            [f"{scenes}.length", f"{scenes}.length + 2", f"{scenes}.filter((scene) => scene.date.getUTCMonth() === 0).length"]
        )  # fmt: skip
    lines = ["const bandsOf = [];", "function updateOutput(output, collection) {"]
    for id_, length in dynamic.items():
        lines.append(f"  {length} = {count};")
        lines.append(f"  output{key(id_)}.bands = {length};")
    return [*lines, "}"]


def _update_output_metadata(draft: Contract, body: Body) -> list[str]:
    rng = draft.rng
    mosaicking = draft.mosaicking_of(0)
    listed = f"scenes.{_LISTS[mosaicking]}" if not draft.fusion and mosaicking is not Mosaicking.SIMPLE else "[]"
    data = rng.choice(
        [
            # How an envelope is written is not said.
            f"JSON.parse(JSON.stringify({listed}, (name, value) => (name === 'dataEnvelope' ? undefined : value)))",
            '{ factor: inputMetadata.normalizationFactor, kind: typeof inputMetadata.serviceVersion, "ü": [null, NaN, -0] }',
            "{ pixels, greatest, when: new Date(0) }",
            "'text'",
            "[1.5, 1e300, -Infinity, undefined, () => 1]",
        ]
    )
    if rng.random() < 0.3 and not any(line.startswith("const bandsOf") for line in body.lines):
        body.tags.add("user data alone")
    body.lines.append("pixels++;")
    body.tags.add("updateOutputMetadata")
    return [
        "function updateOutputMetadata(scenes, inputMetadata, outputMetadata) {",
        f"  outputMetadata.userData = {data};",
        "}",
    ]
