"""Made-up bodies of evaluatePixel for the differential test: statements that find numbers, and what is returned."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random

from oso_evalscript.model.contract import Output, SampleType

_TOP_LEVEL = {
    "ramp": "const ramp = new ColorRampVisualizer([[0, 0x000080], [0.5, 0x00ff00], [2, 0xff0000]]);",
    "map": "const map = new ColorMapVisualizer([[0, 0x112233], [2, 0x445566], [7, 0xffee00]]);",
    "highlight": "const highlight = new HighlightCompressVisualizer(0, 0.8);",
    "mean": """\
const makeMean = (start) => (list, value) => list.reduce((sum, item) => sum + value(item), start) / (list.length || 1);
const mean = makeMean(0);""",
    # A comparison that takes NaN for a number of its own; with one that does not, the order is left to the engine.
    "rising": """\
const rank = (value) => (value === value ? value : -Infinity);
const rising = (x, y) => (rank(x) < rank(y) ? -1 : rank(x) > rank(y) ? 1 : 0);""",
    "known": "const known = new Map();",
    "greatest": "var greatest = -Infinity;",
    "pixels": "var pixels = 0;",
    "Sum": """\
class Sum {
  constructor() { this.total = 0; }
  add(value) { if (value === value) this.total += value; return this; }
}""",
    "upTo": "function* upTo(n) { for (let i = 0; i < n; i++) yield i; }",
}


def write_top_level(script: str) -> str:
    """Return the definitions of what a script uses."""
    return "\n".join(text for name, text in _TOP_LEVEL.items() if re.search(rf"(?<!\w)(?<![^.]\.){name}\b", script))


_SCALES = {
    SampleType.AUTO: ("0.003", "1", "-1"),
    SampleType.UINT8: ("1", "0.5", "-2"),
    SampleType.INT8: ("1", "0.5", "-0.5"),
    SampleType.UINT16: ("1", "100", "-3.5"),
    SampleType.INT16: ("1", "-0.5", "10.25"),
    SampleType.FLOAT32: ("1", "-0.1", "1e30"),
}
_STRANGE = ("undefined", "null", '"7"', "NaN", "Infinity", "-Infinity", "-0", "{}", "[3]")


@dataclass
class Body:
    """Statements under way.

    Attributes:
        rng: varies them.
        lines: the statements.
        numbers: names of variables that hold a number.
        tags: what they make use of.
    """

    rng: Random
    lines: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)

    def keep(self, value: str) -> str:
        """Give a number a name."""
        name = f"v{len(self.numbers)}"
        self.lines.append(f"const {name} = {value};")
        self.numbers.append(name)
        return name

    def number(self) -> str:
        """An expression that gives a number."""
        name = self.rng.choice(self.numbers)
        return self.rng.choice(
            [name, name, f"{name} / 3", f"(1 - {name})", f"{name} * {self.rng.choice(self.numbers)}"]
        )


def key(name: str) -> str:
    """Return how a property of that name is written behind an object."""
    return f".{name}" if re.fullmatch(r"[A-Za-z_$][\w$]*", name, re.ASCII) else f"[{quoted(name)}]"


def quoted(name: str) -> str:
    """Return a JavaScript string."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def look_at_sample(body: Body, sample: str, bands: tuple[str, ...]) -> None:
    """Find some numbers in one sample."""
    rng = body.rng
    a, b = (sample + key(rng.choice(bands)) for _ in range(2))
    recipes = [
        ("plain", a),
        ("plain", f"{a} * 2.5 + {b}"),
        ("plain", f"{sample}.missing"),
        ("helper", f"index({a}, {b})"),
        ("helper", f"valueInterpolate({a}, [0, 0.3, 2], [0, 10, 4])"),
        ("helper", f"colorBlend({a}, [0, 1, 5], [[0, 0, 0], [1, 0.5, 0.2], [9, 8, 7]])[{rng.randrange(3)}]"),
        ("helper", f"inverse({a})"),
        ("visualizer", f"ramp.process({a})[{rng.randrange(3)}]"),
        ("visualizer", f"map.process({a})[{rng.randrange(3)}]"),
        ("visualizer", f"highlight.process({a})"),
        ("language", f"Math.round({a} * 4) / 4"),
        ("language", f"Math.sqrt(Math.abs({a}))"),
        ("language", f"({a} & 7) + ({b} >>> 3)"),
        ("language", f"{a} > {b} ? {b} : {a} % 5"),
        ("language", f"Object.keys({sample}).length"),
        ("language", f"Object.values({sample}).sort(rising)[0]"),
        ("language", f"(() => {{ {a} = {a} + 1; return {a}; }})()"),  # a sample is the script's own
        ("language", f'parseFloat(String({a})) + ({sample}?.no?.thing ?? "").length'),
        ("language", f"(({{ {quoted(bands[0])}: first = 9 }}) => first)({sample})"),
        ("language", f"new Sum().add({a}).add({b}).total"),
    ]
    for tag, value in rng.sample(recipes, 2):
        body.keep(value)
        body.tags.add(tag)
    if "dataMask" in bands and rng.random() < 0.5:
        body.keep(f"{sample}.dataMask === 1 ? {a} : -1")
        body.tags.add("reads dataMask")


def look_at_list(body: Body, samples: str, bands: tuple[str, ...]) -> None:
    """Find some numbers in a list of samples, which may be empty."""
    rng = body.rng
    band = rng.choice(bands)
    name = key(band)
    valid = "sample.dataMask === 1 && " if "dataMask" in bands else ""
    recipes = [
        ("list", f"{samples}.length"),
        ("list", f"{samples}.length > 0 ? {samples}[{samples}.length - 1]{name} : -1"),
        ("list", f"{samples}[0]?.[{quoted(band)}]"),
        ("closure", f"mean({samples}, (sample) => sample{name})"),
        ("sorting", f"{samples}.map((sample) => sample{name}).sort(rising)[{samples}.length >> 1]"),
        ("sorting", f"(() => {{ {samples}.sort((x, y) => rising(y{name}, x{name})); return {samples}[0] ? {samples}[0]{name} : 0; }})()"),
        ("sorting", f"(() => {{ {samples}.reverse(); {samples}.push({{}}); return {samples}[0]{name}; }})()"),
        ("list", f"Math.max(...{samples}.map((sample) => sample{name}))"),
        ("list", f"{samples}.filter((sample) => {valid}sample{name} > 1).length"),
        ("generator", f"[...upTo({samples}.length)].map((i) => {samples}[i]{name} * i).reduce((x, y) => x + y, 0)"),
    ]  # fmt: skip
    for tag, value in rng.sample(recipes, 2):
        body.keep(value)
        body.tags.add(tag)
    if rng.random() < 0.5:
        total = f"t{len(body.numbers)}"
        body.lines.append(f"let {total} = 0;")
        body.lines.append(
            f"for (const sample of {samples}) {{ if ({valid}sample{name} === sample{name}) {total} += sample{name}; }}"
        )
        body.keep(total)
        body.tags.add("loop")
    if rng.random() < 0.4:
        body.keep(f"{samples}.length === 0 ? 0 : {samples}[0]{name}")
        look_at_sample(body, f"({samples}[0] || {{}})", bands)


def look_at_globals(body: Body) -> None:
    """Keep something beyond the pixel, in the order of the pixels."""
    number = body.rng.choice(body.numbers)
    statement = body.rng.choice(
        [
            f"if ({number} > greatest) greatest = {number};",
            "undeclared = (typeof undeclared === 'undefined' ? 0 : undeclared) + 1; greatest = undeclared;",
            f"known.set({number}, (known.get({number}) || 0) + 1); greatest = known.size;",
        ]
    )
    body.lines += ["pixels++;", statement]
    body.keep("pixels")
    body.keep("greatest")
    body.tags.add("globals")


def write_return(body: Body, outputs: tuple[Output, ...], dynamic: dict[str, str]) -> str:
    """Return the last statement; `dynamic` has for outputs that updateOutput changes the expression of their length."""
    rng = body.rng
    arrays = {output.id: _array(body, output, dynamic.get(output.id)) for output in outputs}
    if len(outputs) == 1 and rng.random() < 0.6:
        (value,) = arrays.values()
        if outputs[0].bands == 1 and not dynamic and rng.random() < 0.4:
            body.tags.add("returns a bare number")
            return f"return {_element(body, outputs[0].sample_type)};"
        body.tags.add("returns a bare array")
        return f"return {value};"
    for output in outputs:
        if output.bands == 1 and output.id not in dynamic and rng.random() < 0.15:
            body.tags.add("returns a number by id")
            arrays[output.id] = _element(body, output.sample_type)
    body.tags.add("returns arrays by id")
    pairs = [f"[{quoted(id_)}]: {value}" for id_, value in arrays.items()]
    if rng.random() < 0.2:
        pairs.append("alsoThis: [1, 2]")
        body.tags.add("returns an unknown key")
    rng.shuffle(pairs)
    return f"return {{ {', '.join(pairs)} }};"


def _array(body: Body, output: Output, length: str | None) -> str:
    rng = body.rng
    if length is not None:
        return f"Array.from({{ length: {length} }}, (_, i) => {_element(body, output.sample_type)} + i)"
    if output.bands > 8:
        body.tags.add("9 to 20 bands")
        return f"[...upTo({output.bands})].map((i) => {_element(body, output.sample_type)} - i)"
    elements = [_element(body, output.sample_type) for _ in range(output.bands)]
    if output.bands >= 4 and rng.random() < 0.3:
        body.tags.add("visualizer")
        return f"[...ramp.process({body.number()}), {', '.join(elements[3:])}]"
    if output.bands and rng.random() < 0.2:
        strange = rng.choice(_STRANGE)
        elements[rng.randrange(output.bands)] = strange
        body.tags.add("element that is no number" if strange[0] in 'un"{[' else "element without a finite value")
    if output.bands and rng.random() < 0.15:
        elements[rng.randrange(output.bands)] = f"{body.number()} > 0.5"
        body.tags.add("boolean element")
    return f"[{', '.join(elements)}]"


def _element(body: Body, sample_type: SampleType) -> str:
    if body.rng.random() < 0.2:
        return f"{body.number()} + {body.rng.choice(['0.5', '-0.5', '1e-9', '200', '-3'])}"
    return f"{body.number()} * {body.rng.choice(_SCALES[sample_type])}"
