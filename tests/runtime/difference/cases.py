"""Made-up cases for the differential test: a script of some contract shape, its scenes and how it is run."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from oso_evalscript.model.contract import Input, Mosaicking, Output, SampleType
from oso_evalscript.runtime.scene import Scene
from tests.runtime.difference import bodies, hooks, scenes
from tests.runtime.difference.bodies import Body

_BANDS = ("B04", "B08", "B8A", "VV", "OCS", "a-b", "é", "0", "class", "constructor", "__proto__", 'q"uote', "$x")
_IDS = ("index", "out-2", "1", "default", "class", "__proto__", 'a "b"', "ünï", "dataMask", "length")
_SOURCES = ("S2L2A", "ls8", "LANDSAT-OT-L1", "1st", "a b")
_S2 = ("B02", "B03", "B04", "B08", "B8A")
_LANDSAT = ("B02", "B03", "B04", "B05", "dataMask")
_RANGE = (dt.datetime(2022, 12, 1, 6, 30, tzinfo=dt.UTC), dt.datetime(2023, 1, 31, 18, tzinfo=dt.UTC))
_SHAPES = ((3, 5), (1, 1), (2, 3), (4, 4))
FAMILIES = (
    "single",
    "single",
    "single",
    "fusion",
    "fusion",
    "units",
    "landsat",
    "simple",
    "hooks",
    "hooks",
    "failing",
    "loose",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One script and everything it is run with.

    Attributes:
        name: names the case; it depends on the number alone.
        size: rows and columns.
        script: the text.
        tags: the shapes it is of.
        scenes: what `Program.run` is given.
        collection: what `Program` is given.
        options: the other arguments of `Program.run`.
        job: the same for the reference.
    """

    name: str
    size: tuple[int, int]
    script: str
    tags: frozenset[str]
    scenes: Any
    collection: Any
    options: dict[str, Any]
    job: dict[str, Any]


@dataclass
class Draft:
    """A case under way."""

    rng: Random
    family: str
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    mosaicking: Mosaicking = Mosaicking.SIMPLE
    size: tuple[int, int] = (3, 5)
    order: str = "mostRecent"
    tags: set[str] = field(default_factory=set)

    @property
    def fusion(self) -> bool:
        return len(self.inputs) > 1

    def key(self, index: int) -> str:
        return self.inputs[index].datasource or str(index)

    def mosaicking_of(self, index: int) -> Mosaicking:
        return self.inputs[index].mosaicking or self.mosaicking


def make_case(number: int) -> Case:
    """Return the case of that number, always the same."""
    rng = Random(number)
    draft = Draft(rng, FAMILIES[number % len(FAMILIES)], size=rng.choice(_SHAPES))
    draft.order = rng.choice(["mostRecent", "mostRecent", "leastRecent", "leastCC"])
    draft.tags |= {draft.family, draft.order}
    if draft.family == "simple":
        return _simple_case(number, draft)
    _choose_inputs(draft)
    draft.outputs = _outputs(draft)
    body = Body(rng)
    dynamic = hooks.dynamic_outputs(draft.outputs, draft.family == "hooks" and rng.random() < 0.5)
    hook_lines, timed = hooks.write_hooks(draft, body, dynamic)
    _look(draft, body)
    returned = bodies.write_return(body, tuple(draft.outputs), dynamic)
    if draft.family == "failing":
        body.lines.append(_failure(rng, body, len(draft.outputs)))
    elif draft.family == "loose" and not dynamic:
        body.lines.append(_loose(rng, body, draft.outputs))
    silent = "user data alone" in body.tags
    lines = [f"  {line}" for line in [*body.lines, "return;" if silent else returned]]
    parameters = "samples, scenes, inputMetadata, customData, outputMetadata"
    rest = "\n".join([_setup(draft), *hook_lines, _function(rng, parameters, lines)])
    script = f"//VERSION=3\n{bodies.write_top_level(rest)}\n{rest}"
    draft.tags |= body.tags
    return _case(number, draft, script, simple=None, timed=timed)


def _choose_inputs(draft: Draft) -> None:
    rng = draft.rng
    count = rng.choice([2, 3]) if draft.family == "fusion" or (draft.family == "hooks" and rng.random() < 0.3) else 1
    draft.mosaicking = rng.choice([*Mosaicking])
    if draft.family == "hooks" and rng.random() < 0.8:
        draft.mosaicking = rng.choice([Mosaicking.ORBIT, Mosaicking.TILE])
    sources = rng.sample(_SOURCES, count)
    for index in range(count):
        named = rng.random() < (0.6 if count > 1 else 0.1)
        pool = {"units": _S2, "landsat": _LANDSAT}.get(draft.family, _BANDS)
        bands = rng.sample(pool, rng.randint(1, 3))
        if "dataMask" not in bands and rng.random() < 0.6:
            bands.insert(rng.randrange(len(bands) + 1), "dataMask")
        own = rng.choice([*Mosaicking]) if count > 1 and rng.random() < 0.5 else None
        metadata = ("bounds",) if rng.random() < 0.3 else ()
        units: tuple[str, ...] = ()
        if draft.family == "units" and rng.random() < 0.8:
            units = tuple("DN" if band == "dataMask" else rng.choice(["DN", "REFLECTANCE"]) for band in bands)
        # A name as that of a collection would be held against the catalogue.
        source = sources[index] if named and (sources[index] != "S2L2A" or set(bands) <= {*_S2, "dataMask"}) else None
        source = source if sources[index] != "LANDSAT-OT-L1" or set(bands) <= {*_LANDSAT} else None
        draft.inputs.append(Input(tuple(bands), units, source, own, metadata))
        draft.tags |= {f"{draft.mosaicking_of(index)}", *(["own mosaicking"] if own else [])}
        draft.tags |= {"bounds"} if metadata else set()
        draft.tags |= {"with datasource" if source else "without datasource"} if count > 1 else set()
    draft.tags.add("fusion" if count > 1 else f"one input, {draft.mosaicking}")


def _outputs(draft: Draft) -> list[Output]:
    rng = draft.rng
    count = rng.choice([1, 1, 1, 2, 3, 4])
    ids = rng.sample(_IDS, count)
    if count == 1 and rng.random() < 0.5:
        ids = ["default"]
    outputs = []
    for id_ in ids:
        bands = rng.choice([1, 1, 1, 2, 3, 4, 7, rng.randint(9, 20)])
        names = tuple(f"n{i}" for i in range(bands)) if rng.random() < 0.15 else ()
        nodata = rng.choice([None, None, -1.0])
        outputs.append(Output(bands, id_, rng.choice([*SampleType]), nodata, names))
        draft.tags |= {outputs[-1].sample_type.value, *(["bands by name"] if names else [])}
        draft.tags |= set() if id_.isidentifier() else {"id that needs quotes"}
    draft.tags.add(f"{count} outputs")
    return outputs


def _look(draft: Draft, body: Body) -> None:
    """Find numbers in all that evaluatePixel is given."""
    rng = draft.rng
    for index, input in enumerate(draft.inputs):
        samples = "samples" + (bodies.key(draft.key(index)) if draft.fusion else "")
        if not draft.fusion and draft.mosaicking_of(index) is Mosaicking.SIMPLE:
            bodies.look_at_sample(body, samples, input.bands)
        else:
            bodies.look_at_list(body, samples, input.bands)
    body.keep("inputMetadata.normalizationFactor || 5")
    hooks.look_at_scenes(draft, body)
    if rng.random() < 0.2:
        bodies.look_at_globals(body)


def _failure(rng: Random, body: Body, outputs: int) -> str:
    """A statement that fails at some pixel, perhaps at none."""
    body.tags.add("may fail")
    condition = rng.choice([f"pixels++ >= {rng.randrange(6)}", f"{body.number()} > 1", f"!({body.number()} < 3)"])
    wrong = ["throw new Error('a reason')", "return 'text'", "return []", "null.x"]
    if outputs > 1:
        wrong += ["return [1]", "return { length: [1] }", "return 3"]
    return f"if ({condition}) {rng.choice(wrong)};"


def _loose(rng: Random, body: Body, outputs: list[Output]) -> str:
    """A statement that returns nothing at some pixels, or more values than there are bands."""
    many = f"Array.from({{ length: 25 }}, (_, i) => i * {body.number()})"
    if rng.random() < 0.5:
        body.tags.add("nothing at some pixels")
        return f"if ({body.number()} > 0.5) {rng.choice(['return', 'return null', 'return undefined'])};"
    body.tags.add("surplus values")
    if len(outputs) == 1:
        return f"if ({body.number()} > 0.5) return {many};"
    return f"if ({body.number()} > 0.5) return {{ {', '.join(f'{json.dumps(o.id)}: {many}' for o in outputs)} }};"


def _setup(draft: Draft) -> str:
    rng = draft.rng
    setup: dict[str, Any] = {}
    plain = len(draft.inputs) == 1 and not (
        draft.inputs[0].units or draft.inputs[0].datasource or draft.inputs[0].metadata
    )
    if plain and rng.random() < 0.5:
        draft.tags.add("input as a list of names")
        setup["input"] = list(draft.inputs[0].bands)
    else:
        setup["input"] = [_raw_input(rng, input) for input in draft.inputs]
    raw = [_raw_output(output) for output in draft.outputs]
    if draft.family == "loose" and any("sampleType" in output for output in raw):
        draft.tags.add("sample type in another case")
        raw = [{name: _recased(rng, name, value) for name, value in output.items()} for output in raw]
    setup["output"] = raw[0] if len(raw) == 1 and rng.random() < 0.7 else raw
    if draft.mosaicking is not Mosaicking.SIMPLE or rng.random() < 0.3:
        setup["mosaicking"] = draft.mosaicking.value
    text = json.dumps(setup, ensure_ascii=rng.random() < 0.5)
    return f"function setup() {{ return {text}; }}" if rng.random() < 0.7 else f"var setup = () => ({text});"


def _raw_input(rng: Random, input: Input) -> dict[str, Any]:
    raw: dict[str, Any] = {"bands": list(input.bands)}
    if input.units:
        lower = rng.random() < 0.3
        raw["units"] = [unit.lower() if lower and unit != "DN" else unit for unit in input.units]
    if input.datasource is not None:
        raw["datasource"] = input.datasource
    if input.mosaicking is not None:
        raw["mosaicking"] = input.mosaicking.value
    if input.metadata:
        raw["metadata"] = list(input.metadata)
    return raw


def _recased(rng: Random, name: str, value: Any) -> Any:
    return rng.choice([value.lower(), value.title(), value]) if name == "sampleType" else value


def _raw_output(output: Output) -> dict[str, Any]:
    raw: dict[str, Any] = {"bands": list(output.names) or output.bands}
    if output.id != "default":
        raw["id"] = output.id
    if output.sample_type is not SampleType.AUTO:
        raw["sampleType"] = output.sample_type.value
    if output.nodata is not None:
        raw["nodataValue"] = output.nodata
    return raw


def _function(rng: Random, parameters: str, lines: list[str]) -> str:
    inner = "\n".join(lines)
    if "outputMetadata" not in inner and rng.random() < 0.7:
        parameters = "samples, scenes, inputMetadata"
    start = rng.choice(
        [f"function evaluatePixel({parameters})", f"const evaluatePixel = ({parameters}) =>", f"var evaluatePixel = function ({parameters})"]
    )  # fmt: skip
    return f"{start} {{\n{inner}\n}}"


def _simple_case(number: int, draft: Draft) -> Case:
    """A script without functions of its own: the body for one pixel, with the bands as globals."""
    rng = draft.rng
    bands = tuple(rng.sample(_S2, rng.randint(1, 3)))
    bands += ("dataMask",) if rng.random() < 0.4 else ()
    draft.inputs = [Input(bands)]
    a, b, *_ = (*bands, *bands)
    values = [f"{a} * 2.5", f"index({a}, {b})", f"{a} > 0.2", "local", *bands]
    array = f"[{', '.join(rng.choice(values) for _ in range(rng.randint(1, 4)))}, {', '.join(bands)}]"
    local = f"{rng.choice(['var', 'let', 'const'])} local = {a} / 2 + {b};"
    returns = rng.random() < 0.6
    if returns:
        script = f"{local}\nif ({a} > 1) {{ return {array}; }}\nreturn {array}.map((value) => value * 0.9);"
        script = script if rng.random() < 0.5 else f"{local}\nreturn {array};"
    else:
        script = rng.choice(
            [
                f"{local}\n{array}",
                f"{local}\n{array};\n",
                f"{local}\nif (local > 0.5) {array}; else {{ {array}.reverse() }}",
            ]
        )
    if rng.random() < 0.5:
        script = f"//VERSION=3\n{script}"
    draft.tags |= {"one input, SIMPLE", "simple script", "simple by return" if returns else "simple by last value"}
    return _case(number, draft, script, simple={"bands": list(dict.fromkeys(bands)), "returns": returns}, timed=False)


def _case(number: int, draft: Draft, script: str, *, simple: dict[str, Any] | None, timed: bool) -> Case:
    rng = draft.rng
    scenes_of, sources, said = {}, [], {}
    for index in range(len(draft.inputs)):
        pictures, facts = _pictures(draft, index)
        scenes_of[draft.key(index)] = _handed_over(rng, [picture.scene for picture in pictures])
        sources.append({"scenes": [picture.job for picture in pictures], **facts})
        if facts["collection"]:
            said[draft.key(index)] = facts["collection"]
    options: dict[str, Any] = {"order": draft.order}
    if timed:
        options["time_range"] = _RANGE
    if not any(source["scenes"] for source in sources):
        draft.tags.add("no scene at all")
    if not any(scene["bands"] for source in sources for scene in source["scenes"]):
        options["shape"] = draft.size  # nothing else tells it
    job = {
        "name": f"case {number}",
        "script": script,
        "simple": simple,
        "order": draft.order,
        "from": _RANGE[0].isoformat() if timed else None,
        "to": _RANGE[1].isoformat() if timed else None,
        "normalizationFactor": sources[0]["factor"],
        "pixels": draft.size[0] * draft.size[1],
        "sources": sources,
    }
    given = scenes_of if draft.fusion else scenes_of[draft.key(0)]
    collection: Any = None if not said else said if draft.fusion else said[draft.key(0)]
    return Case(f"case {number}", draft.size, script, frozenset(draft.tags), given, collection, options, job)


def _pictures(draft: Draft, index: int) -> tuple[list[scenes.Picture], dict[str, Any]]:
    """The scenes of one input, and what the reference has to know of it."""
    rng = draft.rng
    input, mosaicking = draft.inputs[index], draft.mosaicking_of(index)
    count = rng.choice([0, 1, 2, 3, 5, 7])
    if mosaicking is Mosaicking.SIMPLE:
        count = rng.choice([1, 1, 1, 2, 4]) if rng.random() < 0.9 else 0
    facts: dict[str, Any] = {"collection": None, "nodata": "zero", "given": None, "unit": None, "factor": None}
    values = scenes.any_values
    source = input.datasource
    if draft.family in ("units", "simple") or source == "S2L2A":
        facts |= {"collection": "S2L2A", "unit": "REFLECTANCE", "factor": 0.0001}
        given = rng.choice(["DN", "REFLECTANCE"])
        facts["given"] = given
        values = scenes.digital_numbers if given == "DN" else scenes.reflectances
        draft.tags.add(f"given in {given}")
    elif draft.family == "landsat" or source == "LANDSAT-OT-L1":
        facts |= {"collection": "landsat-ot-l2" if source is None else "LANDSAT-OT-L1", "nodata": "nan"}
        facts["given"] = facts["unit"] = "REFLECTANCE"
    elif rng.random() < 0.2:
        values = scenes.class_codes
    undated = mosaicking is Mosaicking.SIMPLE and draft.order != "leastCC" and rng.random() < 0.3
    times = [None] * count if undated else scenes.make_times(rng, count)
    kinds = rng.choice([["none"], ["full"], ["holes"], ["holes"], ["none", "full", "holes", "empty"]])
    pictures = []
    for time in times:
        mask = rng.choice(kinds)
        pictures.append(
            scenes.make_picture(
                rng, input.bands, draft.size, time=time, values=values, mask=mask, units=facts["given"]
            )
        )  # fmt: skip
        draft.tags.add(f"mask: {mask}")
        draft.tags |= {array.dtype.name for array in pictures[-1].scene.bands.values()}  # type: ignore[union-attr]
    days = {time.date() for time in times if time is not None}
    draft.tags |= {"several scenes a day"} if len(days) < len(times) and not undated else set()
    draft.tags |= {"no scenes"} if not count else {"one scene"} if count == 1 else {"several scenes"}
    draft.tags |= {"undated"} if undated and count else set()
    return pictures, facts


def _handed_over(rng: Random, found: list[Scene]) -> Any:
    """Scenes in one of the ways they may be given."""
    if len(found) == 1 and rng.random() < 0.5:
        only = found[0]
        return dict(only.bands) if rng.random() < 0.5 and only.date is None and only.units is None else only
    return tuple(found) if rng.random() < 0.5 else found
