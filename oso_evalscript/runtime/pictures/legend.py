"""Legends: what the colours of a picture mean, as the script itself paints them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.catalog import Band, Collection, typical_range
from oso_evalscript.model.contract import SampleType
from oso_evalscript.model.errors import ArrayError, ScriptError
from oso_evalscript.runtime.classes import Classes
from oso_evalscript.runtime.pictures.scale import RGBA, colors_along, grey, is_painted_with, own_range
from oso_evalscript.runtime.pictures.views import View, colors, holds_data
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.scene import Scene
from oso_evalscript.semantics.colors.labels import labels_by_color
from oso_evalscript.semantics.script import Script

_DATE = dt.datetime(2023, 6, 1, 10, 50, tzinfo=dt.UTC)
_MAX_ROWS = 12  # of a picture whose few colours are listed
_MAX_LABELS = 3  # of classes that share a row
_OTHERS = "other classes"
_STEPS = 256


@dataclass(frozen=True, slots=True)
class Swatch:
    """A label and the colour that the script gives to it."""

    label: str
    color: RGBA


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colours of a picture mean: a row for each, or a bar.

    Attributes:
        title: of what; may be empty.
        rows: the colours of classes.
        bar: the colours from the least number to the largest, empty where there are rows.
        low: the least number.
        high: the largest number.
    """

    title: str
    rows: tuple[Swatch, ...] = ()
    bar: tuple[RGBA, ...] = ()
    low: float = 0.0
    high: float = 1.0


def legend_of(program: Program, view: View, array: NDArray[Any], classes: Classes | None) -> Legend | None:
    """Return the legend of a view; None where nothing tells what its colours mean, as of a true-colour picture.

    Args:
        program: the script, which paints its own legend.
        view: what is shown.
        array: the stored samples of the output.
        classes: the classes that the script is about, None where there are none.
    """
    found = None if classes is None else _of_classes(program, view, classes)
    found = found or legend_of_numbers(view, array)
    empty = "NaN" if view.output.sample_type is SampleType.FLOAT32 and view.output.nodata is None else "no data"
    if found is None:
        script = Script(parse(program.source))
        found = _along_band(program, view, script) or _of_colors(script, view, array)
        empty = "transparent"  # where there is no data, or where a branch of the script says so
    if found is None or not found.rows or colors(array, view)[..., 3].all():
        return found
    return replace(found, rows=(*found.rows, Swatch(empty, (0, 0, 0, 0))))


def legend_of_numbers(view: View, array: NDArray[Any]) -> Legend | None:
    """Return what the greys of a band mean; None for a picture in colour.

    Args:
        view: what is shown.
        array: the stored samples of the output.
    """
    return None if view.band is None else _of_numbers(view, array[view.band])


def _of_classes(program: Program, view: View, classes: Classes) -> Legend | None:
    """A row for each colour that codes get, with the classes that get it."""
    codes = {classes.band: np.array(classes.codes, dtype=np.float64)}
    for most in (False, True):  # a probability in the middle of its range may be below a threshold
        stored = _painted(program, view, codes, most=most)
        if stored is None:
            return None
        kept = stored if view.band is None else stored[view.band : view.band + 1]
        rows: dict[tuple[float, ...], list[int]] = {}
        for place, code in enumerate(classes.codes):
            rows.setdefault(tuple(kept[:, 0, place].tolist()), []).append(code)
        if len(rows) > 1:
            break
    else:
        return None
    seen = colors(stored, view)[0]
    named = _names(list(rows.values()), classes, with_codes=view.band is None or len(rows) == len(classes.codes))
    swatches = []
    for (key, members), name in zip(rows.items(), named, strict=True):
        label = name
        if view.band is not None and len(rows) < len(classes.codes):  # it is a number that one looks for
            label = f"{key[0] * view.step:g}  {name}"
        red, green, blue, alpha = (int(channel) for channel in seen[classes.codes.index(members[0])])
        if alpha or view.band is not None:
            swatches.append(Swatch(label, (red, green, blue, alpha)))
    swatches.sort(key=lambda swatch: swatch.label.endswith(_OTHERS))
    return Legend(classes.title if view.band is None else "", tuple(swatches)) if swatches else None


def _names(rows: Sequence[Sequence[int]], classes: Classes, *, with_codes: bool) -> list[str]:
    """What the classes of each row are called: as their groups, one by one, or the first of them."""
    if len(rows) == 2 and max(map(len, rows)) > _MAX_LABELS:
        fewest = min(rows, key=len)
        return [_name(row, classes, grouped=True, with_codes=False) if row is fewest else _OTHERS for row in rows]
    grouped = any(len(row) > 1 for row in rows) and all(_whole_groups(row, classes) for row in rows)
    return [_name(row, classes, grouped=grouped, with_codes=with_codes) for row in rows]


def _name(codes: Sequence[int], classes: Classes, *, grouped: bool, with_codes: bool) -> str:
    if grouped and _whole_groups(codes, classes):
        return ", ".join(dict.fromkeys(classes.groups[code] for code in codes))
    labels = list(dict.fromkeys(classes.labels[code] for code in codes))
    if len(codes) == 1:
        bare = labels[0] == f"class {codes[0]}" or not with_codes
        return labels[0] if bare else f"{codes[0]}  {labels[0]}"
    if len(labels) <= _MAX_LABELS:
        return ", ".join(labels)
    return f"{', '.join(labels[: _MAX_LABELS - 1])} and {len(labels) - _MAX_LABELS + 1} more"


def _whole_groups(codes: Sequence[int], classes: Classes) -> bool:
    """Whether codes are all those of a few groups."""
    groups = {classes.groups.get(code) for code in codes}
    whole = [code for code in classes.codes if classes.groups.get(code) in groups]
    return None not in groups and len(whole) == len(codes) and len(groups) <= _MAX_LABELS


def _of_numbers(view: View, band: NDArray[Any]) -> Legend:
    """The few whole numbers of a band, or a bar from its least to its largest."""
    valid = np.unique(band[holds_data(band, view.output)]).astype(np.float64)
    whole = view.output.sample_type is not SampleType.FLOAT32 or bool((valid == np.rint(valid)).all())
    numbers = valid * view.step
    if 0 < len(valid) <= _MAX_ROWS and whole and (numbers == np.rint(numbers)).all():
        shares = np.clip((valid - view.low) / (view.high - view.low) * 255, 0, 255).astype(int).tolist()
        return Legend(
            "", tuple(Swatch(f"{number:g}", (g, g, g, 255)) for number, g in zip(numbers, shares, strict=True))
        )
    return Legend("", (), grey(), view.low * view.step, view.high * view.step)


def _along_band(program: Program, view: View, script: Script) -> Legend | None:
    """What a script that reads one band of numbers paints along the range that is typical of it."""
    setup = program.setup
    if len(setup.inputs) != 1 or program.origins[0] is None:
        return None
    origin, input = program.origins[0], setup.inputs[0]
    known = [band for name in input.bands if name != "dataMask" and (band := origin.band(name)) is not None]
    if len(known) != 1 or known[0].meanings:
        return None
    band = known[0]
    unit = dict(zip(input.bands, input.units, strict=False)).get(band.name)
    low, high = own_range(script.tables, *_range(band, unit))
    stored = _painted(program, view, {band.name: np.linspace(low, high, _STEPS)})
    if stored is None:
        return None
    seen: list[list[int]] = colors(stored, view)[0].tolist()
    if len({tuple(color) for color in seen}) < 3 or all(red == green == blue for red, green, blue, _ in seen):
        return None
    return Legend(band.title, (), tuple((red, green, blue, alpha) for red, green, blue, alpha in seen), low, high)


def _range(band: Band, unit: str | None) -> tuple[float, float]:
    if band.ramp:
        return band.ramp[0][0], band.ramp[-1][0]
    return typical_range(band, band.unit(unit or band.units[0]) or band.units[0])


def _of_colors(script: Script, view: View, array: NDArray[Any]) -> Legend | None:
    """The scale in the script's text with whose colours a picture is painted, or its few colours with their names."""
    shown = colors(array, view)
    scales = [along for table in script.tables if (along := colors_along(table)) is not None]
    shares = [is_painted_with(shown, along) for _, _, along in scales]
    if scales and max(shares) > 0:
        low, high, painted = scales[shares.index(max(shares))]
        return Legend("", (), painted, low, high)
    visible = shown[shown[..., 3] > 0]
    unique = [tuple(int(channel) for channel in color) for color in np.unique(visible, axis=0)]
    if not 0 < len(unique) <= _MAX_ROWS:
        return None
    names = labels_by_color(script)
    swatches = {name: Swatch(name, (r, g, b, a)) for r, g, b, a in unique if (name := _called(names, (r, g, b)))}
    if not swatches:
        return None
    in_order = [swatches[name] for name in dict.fromkeys(names.values()) if name in swatches]
    known = {swatch.color for swatch in in_order}
    others = [Swatch(f"#{r:02x}{g:02x}{b:02x}", (r, g, b, a)) for r, g, b, a in unique if (r, g, b, a) not in known]
    return Legend("", (*in_order, *others))


def _called(names: Mapping[tuple[int, int, int], str], color: tuple[int, int, int]) -> str:
    """The name of the nearest colour that has one; rounding may have changed it by a step."""
    near = (name for rgb, name in names.items() if all(abs(a - b) <= 1 for a, b in zip(color, rgb, strict=True)))
    return next(near, "")


def _painted(
    program: Program, view: View, varied: Mapping[str, NDArray[Any]], *, most: bool = False
) -> NDArray[Any] | None:
    """What a script of one input makes of a row of pixels that differ in one band; None where it fails on them.

    Args:
        program: the script.
        view: the output that is kept.
        varied: the bands that differ.
        most: whether the others hold their largest value, rather than the one that takes nothing from the colours.
    """
    setup = program.setup
    if len(setup.inputs) != 1:
        return None
    input, origin = setup.inputs[0], program.origins[0]
    count = max(len(values) for values in varied.values())
    units = dict(zip(input.bands, input.units, strict=False))
    usual = {name: _best(origin, name, units.get(name), most=most) for name in input.bands if name not in varied}
    bands = {name: np.full((1, count), value) for name, value in usual.items()}
    bands |= {name: values.reshape(1, -1) for name, values in varied.items()}
    try:
        outputs = program.run(Scene(bands=bands, date=_DATE, cloud_coverage=0.0))
    except (ScriptError, ArrayError):
        return None
    return outputs.get(view.output.id)


def _best(origin: Collection | None, name: str, unit: str | None, *, most: bool = False) -> float:
    """A value at which a band takes nothing from the colours: its best, the middle of its range, or its largest."""
    band = None if origin is None else origin.band(name)
    if name == "dataMask":
        return 1.0
    if band is None:
        return 255.0 if most else 1.0
    if band.meanings:
        return float(band.meanings[0][0])
    if band.ramp:
        return float(band.ramp[-1][0])
    low, high = _range(band, unit)
    return high if most else (low + high) / 2
