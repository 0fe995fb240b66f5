from __future__ import annotations

import pytest

from oso_evalscript.service.errors import ServiceError
from oso_evalscript.service.fields import PROCESS, TABLES, Treatment, check_fields
from tests.service.bodies import body


def test_a_usual_request_has_no_warnings() -> None:
    asked = body(maxCloudCoverage=20, mosaickingOrder="leastCC")
    asked["input"]["bounds"]["geometry"] = {"type": "Polygon", "coordinates": [], "anything": 1}
    assert check_fields(asked, PROCESS) == ()


def test_what_is_not_known_is_told_with_its_place() -> None:
    asked = body(previewMode="TILE_PREVIEW")
    asked["output"]["nodata"] = 1
    assert set(check_fields(asked, PROCESS)) == {
        "`input->data[0]->dataFilter->previewMode` was ignored",
        "`output->nodata` is not known and was ignored",
    }


def test_what_is_refused_is_told_to_be_missing_here() -> None:
    with pytest.raises(ServiceError) as caught:
        check_fields({"output": {"delivery": {}}}, PROCESS)
    assert caught.value.status == 501


def test_too_many_fields_are_refused() -> None:
    with pytest.raises(ServiceError, match="more than 10,000 fields"):
        check_fields({f"k{number}": 1 for number in range(10_001)}, PROCESS)


def test_each_field_is_listed_once() -> None:
    for table in TABLES.values():
        assert len({field.path for field in table}) == len(table)
        assert {field.treatment for field in table} >= {Treatment.SERVED}
