"""Six faulty scripts in a folder: `test` with its default settings finds each, on the smallest input, at its line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product, takewhile
from pathlib import Path
from typing import Any

import pytest

from oso_evalscript import Program, Source
from oso_evalscript.model.errors import PixelError
from oso_evalscript.testing.domain import Domain, find_domain
from tests.conftest import ROOT

Inputs = Mapping[str, int]
HEAD = "//VERSION=3\n{before}function setup() {{ return {{ input: {bands}, output: {{ bands: 4 }} }}; }}\n"
THREE = '["OCS", "OCS_Confidence", "dataMask"]'


def script(body: str, *, bands: str = THREE, before: str = "") -> str:
    return f"{HEAD.format(before=before, bands=bands)}function evaluatePixel(s) {{\n{body}\n}}\n"


def stored(program: Program, inputs: Inputs) -> tuple[float, ...]:
    """What a script makes of one input."""
    outputs = program.run({name: [[value]] for name, value in inputs.items()}, blank=False)
    return tuple(outputs["default"][:, 0, 0].tolist())


def fails_alone(program: Program, inputs: Inputs) -> bool:
    """Whether a script throws, breaks its promise, or returns what cannot be stored, for one input."""
    try:
        outputs = program.run({name: [[value]] for name, value in inputs.items()}, blank=False, check=True, strict=True)
    except PixelError:
        return True
    return any(fit.nan for fit in outputs.fits)


def has_lost_a_class(program: Program, inputs: Inputs) -> bool:
    """Whether a class code is clamped; under AUTO to 1."""
    scene = {name: [[value]] for name, value in inputs.items()}
    outputs = program.run(scene, blank=False, check=True, codes={"OCS": (13,)})
    return any(fit.cut for fit in outputs.fits)


def has_wrong_color(program: Program, inputs: Inputs) -> bool:
    """Whether the script of the palette stores something else than the shipped one."""
    with Program(Source.read(ROOT / "evalscripts/oso_palette.js")) as right:
        return stored(program, inputs) != stored(right, inputs)


def depends_on_the_past(program: Program, inputs: Inputs) -> bool:
    """Whether a pixel gets something else when the whole script was run on it before."""
    with Program(program.source) as fresh:
        first, again = (stored(fresh, inputs) for _ in range(2))
    return first != again


@dataclass(frozen=True)
class Fault:
    """A faulty script, the property that finds it, and where.

    Attributes:
        text: the script.
        property: the first one that fails.
        inputs: the smallest input on which it does.
        line: how the line begins that gives the value.
        says: part of the message.
        wrong: tells for one input, without a sweep, whether the fault shows.
    """

    text: str
    property: str
    inputs: Inputs
    line: str
    says: str
    wrong: Callable[[Program, Inputs], bool] = fails_alone


FAULTS = {
    "wrong_class": Fault(
        (ROOT / "evalscripts/oso_palette.js").read_text().replace("0xffb802", "0xffb803"),
        "matches",
        {"OCS": 21, "dataMask": 0},
        "  return [color[0], color[1], color[2], sample.dataMask];",
        "differs from the reference",
        has_wrong_color,
    ),
    "five_values": Fault(
        script("if (s.OCS === 13) return [1, 1, 0, 1, 1];\nreturn [0, 0, 0, s.dataMask];", bands='["OCS", "dataMask"]'),
        "keeps_contract",
        {"OCS": 13, "dataMask": 0},
        "if (s.OCS === 13)",
        "evaluatePixel returned an array of 5 values, [1, 1, 0, 1, 1], where setup() declares 4 values",
    ),
    "corner": Fault(
        script("if (s.OCS_Confidence === 100 && s.dataMask === 0)\n  return s.none.at;\nreturn [0, 0, 0, s.dataMask];"),
        "total",
        {"OCS": 0, "OCS_Confidence": 100, "dataMask": 0},
        "  return s.none.at;",
        "corner.js:5: TypeError: Cannot read properties of undefined (reading 'at')",
    ),
    "state": Fault(
        script(
            "if (s.OCS === 7) count += 1;\nreturn [s.OCS === 7 ? count % 3 / 2 : 0, 0, 0, 1];",
            bands='["OCS", "dataMask"]',
            before="let count = 0;\n",
        ),
        "deterministic",
        {"OCS": 7, "dataMask": 0},
        "return [s.OCS === 7",
        "gives another result the second time (line 5: assigns to `count`, which outlives the pixel)",
        depends_on_the_past,
    ),
    "cuts_off": Fault(
        script(
            "const shown = s.OCS === 13 ? s.OCS : 1;\nreturn [shown, 0, 0, s.dataMask];", bands='["OCS", "dataMask"]'
        ),
        "fits_sample_type",
        {"OCS": 13, "dataMask": 0},
        "return [shown",
        "band 0 of the output `default` is given the class code 13, which AUTO cuts off at 1",
        has_lost_a_class,
    ),
    "divides": Fault(
        script("const share = s.dataMask * s.OCS / (s.dataMask * 255);\nreturn [share, 0, 0, s.dataMask];"),
        "fits_sample_type",
        {"OCS": 0, "OCS_Confidence": 0, "dataMask": 0},
        "return [share",
        "band 0 of the output `default` is NaN, which its type does not have",
    ),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Any]]:
    """What `oso-evalscript test --strict FOLDER` says: script → property → verdict."""
    folder = tmp_path_factory.mktemp("faults")
    for name, fault in FAULTS.items():
        (folder / f"{name}.js").write_text(fault.text)
    (folder / "wrong_class.toml").write_text((ROOT / "evalscripts/oso_palette.toml").read_text())
    words = [sys.executable, "-m", "oso_evalscript", "test", ".", "--strict", "--format", "json"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "")
    scripts = json.loads(done.stdout)["scripts"]
    return {Path(item["file"]).stem: {one["property"]: one for one in item["verdicts"]} for item in scripts}


def before(domain: Domain, inputs: Inputs) -> Iterator[Inputs]:
    """Every input that is smaller than one."""
    names = [axis.band for axis in domain.axes]
    everything = product(*(axis.values.tolist() for axis in domain.axes))
    last = tuple(inputs[name] for name in names)
    return (dict(zip(names, values, strict=True)) for values in takewhile(lambda values: values != last, everything))


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found(name: str, verdicts: Mapping[str, Mapping[str, Any]]) -> None:
    fault = FAULTS[name]
    failing = {key: verdict for key, verdict in verdicts[name].items() if verdict["outcome"] == "fails"}
    verdict = failing[fault.property]
    assert next(iter(failing)) == fault.property
    assert fault.says in verdict["message"]
    assert verdict["counterexample"]["inputs"] == fault.inputs
    assert fault.text.split("\n")[verdict["counterexample"]["line"] - 1].startswith(fault.line)


@pytest.mark.parametrize("name", FAULTS)
def test_no_smaller_input_shows_it(name: str) -> None:
    fault = FAULTS[name]
    with Program(Source(fault.text)) as program:
        domain = find_domain(program)
        assert isinstance(domain, Domain)
        assert fault.wrong(program, fault.inputs)
        for smaller in before(domain, fault.inputs):
            assert not fault.wrong(program, smaller), smaller
