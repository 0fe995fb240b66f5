"""Hypothesis strategies for what scripts are given, scenes within what a collection can deliver, and for specs.

What values there are, `ranges.py` says. They shrink to one pixel, one scene, and the simplest values.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from types import MappingProxyType, NoneType
from typing import Any, get_args, get_type_hints

import numpy as np

from oso_evalscript.compiler.spec import SPECS, Spec
from oso_evalscript.model.catalog import Collection, collections, find_class_band
from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import Input, Mosaicking, Output, SampleType, Setup
from oso_evalscript.model.errors import MissingExtra, SpecError
from oso_evalscript.model.nomenclature import Group, LandClass, Nomenclature, available, shipped_nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.dates import AS_USUAL, Acquisitions
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.scene import Scene
from oso_evalscript.semantics.directives import DeclaredBand
from oso_evalscript.testing.domain import declared_bands
from oso_evalscript.testing.ranges import (
    CLOUDS,
    MAX_PIXELS,
    MAX_SCENES,
    Codes,
    Values,
    dates_tried,
    likely,
    limits_of,
    made_scene,
    values_of,
)

try:
    import hypothesis as hypothesis
    from hypothesis import strategies as st
    from hypothesis.database import ExampleDatabase as ExampleDatabase
except ImportError:
    raise MissingExtra("drawing scenes", "hypothesis", "test") from None


def scenes(
    program: Program,
    *,
    most_pixels: int = MAX_PIXELS,
    codes: Codes = MappingProxyType({}),
    acquisitions: Acquisitions = AS_USUAL,
) -> st.SearchStrategy[Any]:
    """Scenes that a program can be given: one, a series, or a mapping of those for several inputs."""
    return scenes_for(
        program.setup,
        program.origins,
        sources=(program.source,),
        most_pixels=most_pixels,
        codes=codes,
        acquisitions=acquisitions,
    )


def scenes_for(
    setup: Setup,
    origins: tuple[Collection | None, ...] = (),
    *,
    sources: tuple[Source, ...] = (),
    most_pixels: int = MAX_PIXELS,
    codes: Codes = MappingProxyType({}),
    acquisitions: Acquisitions = AS_USUAL,
) -> st.SearchStrategy[Any]:
    """Scenes for a contract.

    Args:
        setup: the contract.
        origins: the collection of each input; where it is not known the first that has the bands stands in.
        sources: the scripts whose own numbers and dates are to be tried.
        most_pixels: the most pixels of a scene, in one row.
        codes: class codes that bands hold beside those that the catalogue knows.
        acquisitions: when scenes are taken, and under how many clouds.
    """
    known = origins or (None,) * len(setup.inputs)
    near = limits_of(sources)
    declared = {name: band for source in reversed(sources) for name, band in declared_bands(source).items()}
    dates = dates_tried(acquisitions, sources)
    days = st.integers(0, len(dates) - 1).map(lambda number: dates[number])
    clouds = st.sampled_from(acquisitions.clouds or CLOUDS)
    most_scenes = acquisitions.dates if isinstance(acquisitions.dates, int) else MAX_SCENES

    @st.composite
    def draw_all(draw: st.DrawFn) -> Any:
        pixels = draw(st.integers(1, most_pixels))
        made: dict[str, Any] = {}
        for index, (input, origin) in enumerate(zip(setup.inputs, known, strict=True)):
            one = _scene(input, likely(input, origin), near, pixels, codes, declared, days, clouds)
            if setup.mosaicking_of(index) is Mosaicking.SIMPLE:
                made[setup.key(index)] = draw(one)
            else:
                made[setup.key(index)] = draw(st.lists(one, max_size=most_scenes))
        return made if setup.fusion else made[setup.key(0)]

    return draw_all()


def specs(*templates: str) -> st.SearchStrategy[Spec]:
    """Specs of every template, or of those named, built from the types of their keys."""
    return st.sampled_from(templates or tuple(SPECS)).flatmap(lambda template: _spec(SPECS[template]))


@st.composite
def _spec(draw: st.DrawFn, spec: type[Spec]) -> Spec:
    values: dict[str, Any] = {}
    for item in fields(spec):
        companion = _companion(spec.template, item.name, values)
        given = item.default is MISSING or draw(st.booleans()) if companion is None else companion
        if given:
            values[item.name] = draw(_key(spec, item.name, values))
    try:
        return spec(**values)
    except SpecError:
        hypothesis.reject()


def _companion(template: str, key: str, values: Mapping[str, Any]) -> bool | None:
    """Whether a key must or must not stand beside those drawn before it; None where it may."""
    show = values.get("show", "changed")
    own = not isinstance(values.get("nomenclature", ""), str)
    must = {
        (template, "band"): own or find_class_band(values.get("nomenclature", "oso-23")) is None or None,
        ("change", "after"): "before" in values,
        ("change", "transitions"): show == "transitions",
        ("change", "groups"): show == "became",
        ("mask", "groups"): "classes" not in values or None,
    }
    may = {
        ("change", "by"): show == "changed",
        (template, "level"): "groups" in (values.get("colors"), values.get("by"), values.get("to", "groups")),
        ("palette", "background"): values.get("alpha") == "none",
        ("mask", "colors"): values.get("values") == "palette",
        ("mask", "nodata"): values.get("values") != "palette",
        ("confidence", "bins"): values.get("below") == "shaded",
        ("regroup", "to"): not own,
        ("regroup", "choices"): values.get("to", "groups") != "groups",
        ("regroup", "unverified"): values.get("to", "groups") != "groups",
        ("index", "collection"): False,
        ("values", "collection"): False,
    }
    return must.get((template, key), None if may.get((template, key), True) else False)


def _key(spec: type[Spec], key: str, values: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a key, given those drawn before it: of its type, and mostly allowed."""
    named = values.get("nomenclature", "oso-23")
    table = shipped_nomenclature(named) if isinstance(named, str) else named
    codes = st.sampled_from(table.codes)
    known: dict[str, st.SearchStrategy[Any]] = {
        "name": st.from_regex(r"[a-z][a-z_0-9]{0,15}", fullmatch=True),
        "nomenclature": st.sampled_from(available()) | grouped_nomenclatures(),
        "classes": st.lists(codes, min_size=1, unique=True)
        | st.lists(st.sampled_from([group.id for group in table.groups if not group.parent]), min_size=1, max_size=1),
        "level": st.integers(1, max(table.levels, 1)),
        "confidence": st.sampled_from(["OCS_Confidence", "Discrete_Classification_proba", "sure"]),
        "counts": st.sampled_from(["OCS_Validity", "density"]),
        "groups": st.lists(st.sampled_from([group.id for group in table.groups]), min_size=1, unique=True),
        "threshold": st.integers(1, 100),
        "validity": st.integers(1, 60),
        "nodata": st.integers(0, 255),
        "band": st.sampled_from(["OCS", "B1", "landcover"])
        if "nomenclature" in get_type_hints(spec)
        else st.sampled_from([band.name for item in collections() for band in item.bands if band.ramp]),
        "bins": st.integers(2, 16),
        "first": st.sampled_from(["B08", "B8A", "B03"]),
        "second": st.sampled_from(["B04", "B11"]),
        "low": st.sampled_from([-1.0, -0.3, 0.0]),
        "high": st.sampled_from([0.1, 0.75, 1.0]),
        "bands": st.lists(st.sampled_from(["OCS", "OCS_Confidence", "OCS_Validity"]), min_size=1, unique=True),
        "to": st.sampled_from(["groups", *available()]),
        "unverified": st.just(values.get("to", "groups") != "groups"),
        "transitions": st.lists(st.tuples(codes, codes), min_size=1, max_size=3),
        "before": st.integers(2016, 2019),
        "after": st.integers(2020, 2023),
        "choices": st.just([[7, 12]]),
    }
    if key in known:
        return known[key]
    hint = get_type_hints(spec)[key]
    kind = next(item for item in get_args(hint) or (hint,) if item is not NoneType)
    if kind is Color:
        return st.builds(Color, st.integers(0, 0xFFFFFF))
    return st.from_type(kind)


def _scene(
    input: Input,
    origin: Collection | None,
    limits: tuple[float, ...],
    pixels: int,
    codes: Codes,
    declared: Mapping[str, DeclaredBand],
    dates: st.SearchStrategy[dt.datetime],
    clouds: st.SearchStrategy[float],
) -> st.SearchStrategy[Scene]:
    bands = {
        name: st.lists(_drawn_values(values), min_size=pixels, max_size=pixels)
        for name, values in values_of(input, origin, limits, codes, declared).items()
    }
    mask = st.lists(st.sampled_from([1, 0]), min_size=pixels, max_size=pixels) | st.just([0] * pixels)
    return st.builds(made_scene, st.fixed_dictionaries(bands), mask, dates, clouds, st.just(origin))


def _drawn_values(values: Values) -> st.SearchStrategy[float]:
    low, high = values.low, values.high
    usual: st.SearchStrategy[float] = (
        st.integers(math.ceil(low), math.floor(high)).map(float)
        if values.whole
        else st.floats(low, high, allow_nan=False, width=32)
        if np.float32(low) == low and np.float32(high) == high
        else st.floats(low, high, allow_nan=False)
    )
    return st.sampled_from(list(values.special)) | usual


def setups() -> st.SearchStrategy[Setup]:
    """Contracts over the bands of one collection, with outputs of every sample type."""
    outputs = st.lists(st.sampled_from(["default", "mask", "index"]), min_size=1, max_size=3, unique=True).flatmap(
        lambda ids: st.tuples(
            *(st.builds(Output, bands=st.integers(1, 4), id=st.just(id_), sample_type=_SAMPLE_TYPES) for id_ in ids)
        )
    )
    return st.sampled_from(collections()).flatmap(
        lambda collection: st.builds(
            Setup,
            inputs=_bands(collection).map(lambda bands: (Input(bands),)),
            outputs=outputs,
            mosaicking=st.sampled_from(collection.mosaicking),
        )
    )


def nomenclatures(*, most_classes: int = 30) -> st.SearchStrategy[Nomenclature]:
    """Class tables with codes of 8 bits, each once; colours may repeat."""
    codes = st.lists(st.integers(0, 255), min_size=1, max_size=most_classes, unique=True).map(sorted)
    return codes.flatmap(lambda codes: st.tuples(*map(_land_classes, codes))).map(
        lambda classes: replace(shipped_nomenclature("oso-23"), id="drawn", classes=classes)
    )


@st.composite
def grouped_nomenclatures(draw: st.DrawFn, *, largest: int = 65_535) -> Nomenclature:
    """Nomenclatures of a user: a few classes of any codes, most of them in one of a few groups."""
    colors = st.lists(_COLORS, min_size=1, max_size=3)
    parent = st.sampled_from(["g1", None])
    groups = tuple(
        Group(f"g{place}", f"Group {place}", "", color, draw(parent) if place > 1 else None)
        for place, color in enumerate(draw(colors), 1)
    )
    codes = draw(st.lists(st.integers(0, 300) | st.integers(0, largest), min_size=1, max_size=12, unique=True))
    member = st.sampled_from([group.id for group in groups]) | st.none()
    safe = draw(st.booleans())
    classes = (
        LandClass(code, f"Class {code}", "", draw(_COLORS), draw(member), draw(_COLORS) if safe else None)
        for code in sorted(codes)
    )
    return Nomenclature("mine", "My classes", tuple(classes), "mine.csv", "", "", groups)


def palettes(nomenclature: Nomenclature) -> st.SearchStrategy[Mapping[int, Color]]:
    """A colour for each of some classes of a nomenclature."""
    return st.dictionaries(st.sampled_from(nomenclature.codes), _COLORS, min_size=1)


_SAMPLE_TYPES = st.sampled_from(SampleType)
_COLORS = st.builds(Color, st.integers(0, 0xFFFFFF))


def _bands(collection: Collection) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from([band.name for band in collection.bands]), min_size=1, max_size=4, unique=True).map(
        tuple
    )


def _land_classes(code: int) -> st.SearchStrategy[LandClass]:
    return _COLORS.map(lambda color: replace(shipped_nomenclature("oso-23").classes[0], code=code, color=color))
