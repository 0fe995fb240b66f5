from __future__ import annotations

import time
from typing import Any

import pytest

from oso_evalscript.model.errors import ScriptTimeout
from oso_evalscript.service.errors import ServiceError
from oso_evalscript.service.node import Node
from oso_evalscript.service.programs import Limits, Programs, bound
from oso_evalscript.service.request import read_data
from tests.service.bodies import TRUE_COLOR, script


def data(*types: str) -> Any:
    return read_data(Node([{"type": type_} for type_ in types], "input->data"))


@pytest.mark.parametrize("source", [TRUE_COLOR, "return [B04];"])
def test_a_script_without_state_stays_loaded(source: str) -> None:
    programs = Programs(Limits(kept=2))
    found = []
    for _ in range(2):
        with programs.loaded(source, data("sentinel-2-l2a"), "process") as program:
            found.append(program)
    assert found[0] is found[1]
    programs.close()


def test_the_script_used_longest_ago_is_dropped_first() -> None:
    programs = Programs(Limits(kept=2))
    with programs.loaded(TRUE_COLOR, data("sentinel-2-l2a"), "process") as first:
        pass
    with programs.loaded(TRUE_COLOR, data("sentinel-2-l1c"), "process") as other:
        assert other is not first
    for index in range(3):  # as many scripts as push it out
        with programs.loaded(TRUE_COLOR + "//" * index, data("sentinel-2-l2a"), "process"):
            pass
    with programs.loaded(TRUE_COLOR, data("sentinel-2-l1c"), "process") as again:
        assert again is not other
    programs.close()


@pytest.mark.parametrize(
    "source",
    [script("B04", "count += 1; return [count];") + "var count = 0;",
     "count = typeof count === 'undefined' ? B04 : count + 1; return [count];",
     script("B04", "return [1];") + "function updateOutputMetadata(a, b, c) { c.userData = {}; }"],
)  # fmt: skip
def test_a_script_that_may_keep_state_is_loaded_again(source: str) -> None:
    programs = Programs(Limits())
    found = []
    for _ in range(2):
        with programs.loaded(source, data("sentinel-2-l2a"), "process") as program:
            found.append(program)
    assert found[0] is not found[1]
    programs.close()


def test_a_program_that_failed_is_not_used_again() -> None:
    programs = Programs(Limits())
    with pytest.raises(ServiceError), programs.loaded(TRUE_COLOR, data("sentinel-2-l2a"), "process") as failed:
        raise ServiceError(400, "x", "x")
    with programs.loaded(TRUE_COLOR, data("sentinel-2-l2a"), "process") as program:
        assert program is not failed
    programs.close()


def test_inputs_are_bound_to_sources() -> None:
    source = """//VERSION=3
function setup() { return { input: [{ datasource: "b", bands: ["VV"] }, { datasource: "a", bands: ["B04"] }], output: { bands: 1 } }; }
function evaluatePixel(s) { return [1]; }"""
    given = read_data(
        Node([{"type": "sentinel-2-l2a", "id": "a"}, {"type": "sentinel-1-grd", "id": "b"}], "input->data")
    )
    programs = Programs(Limits())
    with programs.loaded(source, given, "process") as program:
        assert bound(program, given) == (1, 0)
        assert [origin.id for origin in program.origins if origin] == ["sentinel-1-grd", "sentinel-2-l2a"]
    with (
        pytest.raises(ServiceError, match="Dataset with id: b not found"),
        programs.loaded(source, data("sentinel-2-l2a"), "process"),
    ):
        pass
    two = script("B04", "return [1];").replace('["B04"]', '[{ bands: ["B04"] }, { bands: ["B08"] }]')
    with (
        pytest.raises(ServiceError, match="Dataset with id: 1 not found"),
        programs.loaded(two, data("sentinel-2-l2a"), "process"),
    ):
        pass
    programs.close()


def test_time_runs_out() -> None:
    programs = Programs(Limits(request=0.01))
    deadline = programs.deadline()
    time.sleep(0.02)
    with pytest.raises(ScriptTimeout, match=r"within 0\.01 s"):
        deadline(3, 9)
