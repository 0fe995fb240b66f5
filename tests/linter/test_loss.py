"""What a sample type loses, said where it is certain and nowhere else."""

from __future__ import annotations

import math

import pytest

from oso_evalscript.linter.loss import loss, number
from oso_evalscript.model.contract import SampleType
from oso_evalscript.semantics.values.bands import Scale

_INDEX = Scale(-1, 1, meaning="a normalised difference")
_REFLECTANCE = Scale(0, 1, meaning="reflectance")


def said(scale: Scale, type_: SampleType, *, compared: bool = False, plain: bool = True) -> str | None:
    return loss("x", scale, type_, compared=compared, plain=plain)


@pytest.mark.parametrize(
    ("scale", "type_", "expected"),
    [
        (_INDEX, SampleType.UINT16, "keeps only 0 and 1"),
        (_INDEX, SampleType.INT16, "keeps only -1, 0 and 1"),
        (_INDEX, SampleType.AUTO, "what is negative is stored as 0"),
        (Scale(-math.inf, 0), SampleType.AUTO, "is negative, and stored as 0"),
        (Scale(-60, 60, meaning="degrees Celsius"), SampleType.UINT16, "frost is stored as 0"),
        (Scale(0, 10000, whole=True, meaning="digital numbers"), SampleType.UINT8, "lies between 0 and 10000"),
        (Scale(0, 11, whole=True, many=False, meaning="the codes of SCL"), SampleType.AUTO, "AUTO stores 0 to 1"),
        (Scale(200, 330, meaning="kelvin"), SampleType.UINT8, "UINT8 stores 0 to 255"),
        (Scale(0, 4.5), SampleType.UINT8, "whole numbers from 0 to 5"),
    ],
)
def test_what_is_said(scale: Scale, type_: SampleType, expected: str) -> None:
    assert expected in (said(scale, type_) or "")


@pytest.mark.parametrize(
    ("scale", "type_"),
    [
        (_REFLECTANCE, SampleType.AUTO),
        (Scale(0, 2.5), SampleType.AUTO),
        (Scale(0, 2000), SampleType.AUTO),
        (Scale(0, 255), SampleType.UINT8),
        (Scale(0, 10000, whole=True, meaning="digital numbers"), SampleType.UINT16),
        (Scale(0, 1, whole=True, many=False), SampleType.UINT8),
        (Scale(0, 3, whole=True), SampleType.UINT8),
        (Scale(0, 11, whole=True, many=False, meaning="the codes of SCL"), SampleType.UINT8),
    ],
)
def test_a_stretch_and_what_fits_are_no_loss(scale: Scale, type_: SampleType) -> None:
    assert said(scale, type_) is None


def test_what_is_compared_may_have_been_narrowed() -> None:
    assert said(_INDEX, SampleType.AUTO, compared=True) is None
    assert said(_INDEX, SampleType.AUTO, plain=False) is None
    assert said(_INDEX, SampleType.UINT8, compared=True) is not None


def test_numbers_are_shown_short() -> None:
    assert [number(1.0), number(0.3333), number(-273.15)] == ["1", "0.333", "-273"]
