"""Every template with every combination of its options means, in V8, what its steps mean in numpy."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings

from oso_evalscript import ChangeSpec, IndexSpec, Program, Scene, compile, lint
from oso_evalscript.compiler.keys import code_band, find_nomenclature
from oso_evalscript.compiler.spec import SPECS, Spec
from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Group, LandClass, Nomenclature
from oso_evalscript.testing.meaning import change, reference
from oso_evalscript.testing.strategies import specs

OWN = Nomenclature(
    "mine", "My classes",
    (
        LandClass(0, "Rock", "Roche", Color(0x123456), "dry"),
        LandClass(7, "Sea", "Mer", Color(0x0000FF), "wet"),
        LandClass(300, "Sand", "Sable", Color(0xFFEE00), "dry"),
    ),
    "mine.csv", "", "",
    (Group("wet", "Wet", "Humide", Color(0x0000AA)), Group("dry", "Dry", "Sec", Color(0xAA0000))),
)  # fmt: skip
# What a key without a closed set of values is given, beside its default; whether it fits is for the spec to say.
GIVEN: dict[str, dict[str, tuple[Any, ...]]] = {
    "palette": {"nomenclature": ("oso-23", OWN)},
    "mask": {"nomenclature": ("oso-23", OWN), "classes": ((7,),)},
    "confidence": {"nomenclature": ("oso-23", OWN), "threshold": (50,), "validity": (None, 3)},
    "ramp": {"band": ("OCS_Confidence", "OCS_Validity"), "bins": (None, 2, 7)},
    "values": {"bands": (("OCS",), ("OCS_Validity", "OCS"))},
    "regroup": {"nomenclature": ("oso-23", OWN), "to": ("groups", "oso-17"), "choices": ((), ((7, 11),))},
    "statistics": {"nomenclature": ("oso-23", OWN), "groups": (None, ("wet",))},
    "index": {"first": ("B08",), "second": ("B04",), "bins": (None, 5)},
    "change": {
        "nomenclature": ("oso-23", OWN), "before": (None, 2018), "after": (None, 2021), "transitions": ((), ((0, 7),), ((7, 23),)),
        "groups": (None, ("wet",), ("built-up",)), "unchanged": (None, "#d9d9d9"),
    },
}  # fmt: skip
LANGUAGE_ONLY = {"language"}  # words comments alone


def combinations(template: str) -> Iterator[Spec]:
    """Every spec of a template that its keys of few values allow."""
    spec, given = SPECS[template], GIVEN.get(template, {})
    choices: dict[str, tuple[Any, ...]] = {"name": ("s",)}
    for item in fields(spec):
        hint = get_type_hints(spec)[item.name]
        kind = next((part for part in get_args(hint) or (hint,) if part is not type(None)), hint)
        if item.name in given:
            choices[item.name] = given[item.name]
        elif item.name not in LANGUAGE_ONLY and isinstance(kind, type) and issubclass(kind, StrEnum):
            choices[item.name] = (*([None] if item.default is None else []), *kind)
        elif kind is bool:
            choices[item.name] = (False, True)
        else:
            assert item.default is not MISSING or item.name == "name", item.name
    for values in itertools.product(*choices.values()):
        chosen = dict(zip(choices, values, strict=True))
        if isinstance(chosen.get("nomenclature"), Nomenclature):
            chosen["band"] = "B1"
        try:
            yield spec(**chosen)
        except SpecError:
            continue  # keys that exclude each other


def pixels(spec: Spec) -> dict[str, Any]:
    """Bands around every limit and code, and at random."""
    random = np.random.default_rng(1)
    codes = find_nomenclature(getattr(spec, "nomenclature", "oso-23")).codes
    near = [float(code + step) for code in codes for step in (-1, 0, 1)] + [255.0, 65_535.0]
    if isinstance(spec, IndexSpec):
        near = [0.0, 1.0, 10.0, 100.0, 254.0, 255.0]
    made: dict[str, Any] = {"dataMask": random.permutation(np.arange(4096) % 4 > 0).astype(np.uint8)[np.newaxis]}
    for band in spec.contract().bands:
        if band == "dataMask":
            continue
        limits = [0, 1, 2, 3, 4, 44, 45, 46, 49, 50, 51, 99, 100, 101]
        values = random.choice(limits if band.startswith("OCS_") else near, 4096)
        anything = np.where(random.random(4096) < 0.2, random.integers(0, 256, 4096), values)
        made[band] = anything[np.newaxis] * made["dataMask"]
        if band.startswith("OCS") and "OCS_Confidence" in spec.contract().bands:
            made[band] = np.clip(made[band], 0, 255)
    return made


def agrees(spec: Spec) -> None:
    """The compiled script loads, keeps its contract and stores what the spec means."""
    source = compile(spec)
    assert lint(source).diagnostics == ()
    bands = pixels(spec)
    with Program(source) as program:
        assert program.setup == spec.contract()
        if isinstance(spec, ChangeSpec):
            code = code_band(spec)
            scenes = [(dt.date(2018 + 3 * (i == 1), 1, 1 + i), {code: np.roll(bands[code], i), "dataMask": bands["dataMask"]})
                      for i in range(3)]  # fmt: skip
            stored = program.run([Scene(bands=given, date=day) for day, given in scenes])["default"]
            np.testing.assert_array_equal(stored, change(spec, scenes))
            return
        out = program.run(bands)
    for id_, expected in reference(spec)(bands).items():
        np.testing.assert_array_equal(out[id_], expected)


@pytest.mark.parametrize("template", SPECS)
def test_every_combination_of_options(template: str) -> None:
    found = list(combinations(template))
    assert found
    for item in fields(SPECS[template]):  # every word of every key is in some combination
        kind = next((part for part in get_args(get_type_hints(SPECS[template])[item.name]) if isinstance(part, type)),
                    get_type_hints(SPECS[template])[item.name])  # fmt: skip
        if isinstance(kind, type) and issubclass(kind, StrEnum) and item.name not in LANGUAGE_ONLY:
            assert {getattr(spec, item.name) for spec in found} >= set(kind), item.name
    for spec in found:
        agrees(spec)


@settings(max_examples=40)
@given(specs())
def test_every_spec_that_can_be_drawn(spec: Spec) -> None:
    agrees(spec)
