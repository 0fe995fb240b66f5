"""The runtime against an independent plain loop in node: scripts of every contract shape give the same."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from oso_evalscript import Program, Source
from oso_evalscript.model.contract import SampleType
from oso_evalscript.model.errors import PixelError, ScriptError
from oso_evalscript.model.host import library
from oso_evalscript.runtime.kernel import STORED
from tests.runtime.difference.cases import Case, make_case
from tests.runtime.difference.scenes import decode

COUNT = 600
CASES = tuple(make_case(number) for number in range(COUNT))
REFERENCE = Path(__file__).parent / "difference" / "reference.js"
SHAPES = (
    *("one input, SIMPLE", "one input, ORBIT", "one input, TILE", "fusion", "own mosaicking", "simple script"),
    *("with datasource", "without datasource", "simple by return", "simple by last value", "input as a list of names"),
    *("no scenes", "no scene at all", "one scene", "several scenes", "several scenes a day", "undated", "bounds"),
    *("mask: none", "mask: full", "mask: holes", "mask: empty", "reads dataMask", "landsat"),
    *("given in DN", "given in REFLECTANCE", "mostRecent", "leastRecent", "leastCC"),
    *("uint8", "int8", "uint16", "int16", "uint32", "int32", "int64", "bool", "float16", "float32", "float64"),
    *SampleType,
    *("1 outputs", "2 outputs", "3 outputs", "4 outputs", "9 to 20 bands", "bands by name", "id that needs quotes"),
    *("returns a bare array", "returns a bare number", "returns arrays by id", "returns a number by id"),
    *("nothing at some pixels", "surplus values", "sample type in another case"),
    *("returns an unknown key", "boolean element", "element that is no number", "element without a finite value"),
    *("preProcessScenes", "from and to", "filterScenes", "updateOutput", "updateOutputMetadata", "user data alone"),
    *("user data from evaluatePixel", "scenes", "tiles of orbits", "scenes read as an array", "may fail"),
    *("helper", "visualizer", "language", "list", "loop", "closure", "generator", "sorting", "globals"),
)


@dataclass(frozen=True)
class Answer:
    """What one side made of a case.

    Attributes:
        failed: the first pixel that failed, -1 outside the pixels, None where it went well.
        message: what the failure was.
        arrays: output id → array of shape (band, pixel).
        user_data: what the script left as user data.
    """

    failed: int | None
    message: str = ""
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    user_data: object = None


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Case, Answer, Answer]]:
    """Each case with what the runtime and what the reference make of it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the runtime is not compared with the plain loop")
    folder = tmp_path_factory.mktemp("difference")
    job = {"library": library(), "cases": [case.job for case in CASES]}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    with subprocess.Popen([node, str(REFERENCE), str(folder / "job.json"), str(folder / "answers.json")]) as process:
        ours = [run(case) for case in CASES]
        assert process.wait(timeout=60) == 0
    written = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    theirs = [read(case, answer) for case, answer in zip(CASES, written, strict=True)]
    return list(zip(CASES, ours, theirs, strict=True))


def run(case: Case) -> Answer:
    """The runtime's answer."""
    try:
        with Program(Source(case.script, f"{case.name}.js"), collection=case.collection) as program:
            out = program.run(case.scenes, **case.options)
    except PixelError as error:
        return Answer(error.row * case.size[1] + error.column, str(error))
    except ScriptError as error:
        return Answer(-1, str(error))
    arrays = {id_: array.reshape(array.shape[0], array.shape[1] * array.shape[2]) for id_, array in out.items()}
    return Answer(None, "", arrays, out.user_data)


def read(case: Case, answer: dict[str, Any]) -> Answer:
    """The reference's answer."""
    arrays = {}
    for output in answer["outputs"]:
        with np.errstate(over="raise", invalid="raise"):  # the reference has rounded and clamped already
            values = decode(output["values"]).astype(STORED[SampleType(output["type"])])
        arrays[output["id"]] = values.reshape(output["bands"], case.size[0] * case.size[1])
    return Answer(answer["failed"], answer.get("message", ""), arrays, answer["userData"])


def differences(ours: Answer, theirs: Answer) -> list[str]:
    """What differs, in words."""
    if ours.failed is not None or theirs.failed is not None:
        same = ours.failed == theirs.failed
        return [] if same else [f"failed at {ours.failed}: {ours.message}", f"not at {theirs.failed}: {theirs.message}"]
    found = []
    if ours.arrays.keys() != theirs.arrays.keys():
        found.append(f"outputs {[*ours.arrays]}, not {[*theirs.arrays]}")
    if json.dumps(ours.user_data, sort_keys=True) != json.dumps(theirs.user_data, sort_keys=True):
        found.append(f"user data {ours.user_data!r}, not {theirs.user_data!r}")
    for id_ in ours.arrays.keys() & theirs.arrays.keys():
        found += _different_values(id_, ours.arrays[id_], theirs.arrays[id_])
    return found


def test_every_script_gives_what_the_plain_loop_gives(answers: list[tuple[Case, Answer, Answer]]) -> None:
    assert len(answers) >= 300
    wrong = [(case, found) for case, ours, theirs in answers if (found := differences(ours, theirs))]
    told = "\n\n".join(_shown(case, found) for case, found in wrong[:3])
    assert not wrong, f"{len(wrong)} of {len(answers)} scripts differ\n\n{told}"


def test_most_scripts_run_to_their_end(answers: list[tuple[Case, Answer, Answer]]) -> None:
    for case, ours, theirs in answers:
        if "may fail" not in case.tags:
            assert ours.failed is None, f"{ours.message}\n{case.script}"
            assert theirs.failed is None, f"{theirs.message}\n{case.script}"
    ends = Counter(ours.failed for case, ours, _ in answers if "may fail" in case.tags)
    assert len(ends) > 4, "scripts fail at several pixels, and some at none"


def test_outputs_are_not_all_alike(answers: list[tuple[Case, Answer, Answer]]) -> None:
    """A comparison of arrays that all hold 0 or 255 would tell nothing."""
    varied = Counter(
        array.dtype.name for _, ours, _ in answers for array in ours.arrays.values() if len(np.unique(array)) > 4
    )
    assert all(varied[STORED[sample_type]] >= 20 for sample_type in SampleType), varied


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_reached(shape: str) -> None:
    assert sum(shape in case.tags for case in CASES) >= 10


def test_a_difference_is_found() -> None:
    one, other = (Answer(None, "", {"x": np.array([[1, value]], np.uint8)}) for value in (2, 3))
    assert differences(one, other) == ["x, band 0, pixel 1: 2, not 3"]
    small = np.array([[1, np.nan, 5]], np.float32)
    large = np.array([[np.nextafter(np.float32(1), np.float32(2)), np.nan, 6]], np.float32)
    assert differences(Answer(None, "", {"x": small}), Answer(None, "", {"x": large})) == [
        "x, band 0, pixel 2: 5.0, not 6.0"
    ]
    assert differences(Answer(3), Answer(4))
    assert not differences(Answer(3), Answer(3))


def _different_values(id_: str, ours: NDArray[Any], theirs: NDArray[Any]) -> list[str]:
    if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
        return [f"{id_}: {ours.shape} {ours.dtype}, not {theirs.shape} {theirs.dtype}"]
    wrong = ours != theirs
    if ours.dtype == np.float32:
        wrong &= ~(np.isnan(ours) & np.isnan(theirs)) & (np.nextafter(ours, theirs) != theirs)
    places = np.argwhere(wrong)[:3].tolist()
    return [f"{id_}, band {i}, pixel {j}: {ours[i, j].item()}, not {theirs[i, j].item()}" for i, j in places]


def _shown(case: Case, found: list[str]) -> str:
    scenes = case.scenes if isinstance(case.scenes, dict) else {"samples": case.scenes}
    lines = [
        f"{name}: {scene}"
        for name, given in scenes.items()
        for scene in (given if isinstance(given, list | tuple) else [given])
    ]
    return "\n".join([f"=== {case.name}", *found, case.script, f"{case.collection} {case.options}", *lines])
