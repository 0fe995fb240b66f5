from __future__ import annotations

import pytest

from oso_evalscript.service.cql2 import read_filter
from oso_evalscript.service.errors import ServiceError

ITEM = {"eo:cloud_cover": 20.0, "sat:orbit_state": "ascending", "id": "it's", "datetime": "2020-06-01T10:00:00Z"}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("eo:cloud_cover < 30", True),
        ("eo:cloud_cover <= 20 and eo:cloud_cover >= 20", True),
        ("eo:cloud_cover <> 20", False),
        ("\"eo:cloud_cover\" = 20 OR sat:orbit_state = 'x'", True),
        ("sat:orbit_state='ascending' AND eo:cloud_cover > 30", False),
        ("NOT sat:orbit_state = 'descending'", True),
        ("(eo:cloud_cover > 30 or eo:cloud_cover < 25) and not eo:cloud_cover = 1", True),
        ("eo:cloud_cover between 10 and 20", True),
        ("eo:cloud_cover not between 10 and 20", False),
        ("sat:orbit_state in ('ascending', 'x')", True),
        ("sat:orbit_state not in ('ascending')", False),
        ("platform is null", True),
        ("sat:orbit_state is not null", True),
        ("id = 'it''s'", True),
        ("missing < 30", False),
        ("not missing < 30", True),
        ("eo:cloud_cover < 'x'", False),
        ("datetime > timestamp('2020-01-01T00:00:00Z')", True),
    ],
)
def test_text(text: str, passes: bool) -> None:
    assert read_filter(text, "cql2-text")(ITEM) is passes


@pytest.mark.parametrize(
    ("given", "passes"),
    [
        ({"op": "<", "args": [{"property": "eo:cloud_cover"}, 30]}, True),
        ({"op": "and", "args": [{"op": "=", "args": [{"property": "id"}, "it's"]}]}, True),
        ({"op": "or", "args": [{"op": "=", "args": [{"property": "id"}, "x"]}]}, False),
        ({"op": "not", "args": [{"op": "isNull", "args": [{"property": "id"}]}]}, True),
        ({"op": "in", "args": [{"property": "id"}, ["x", "it's"]]}, True),
        ({"op": "between", "args": [{"property": "eo:cloud_cover"}, 0, 5]}, False),
    ],
)
def test_json(given: object, passes: bool) -> None:
    assert read_filter(given, "cql2-json")(ITEM) is passes


@pytest.mark.parametrize(
    ("given", "language"),
    [("a <", "cql2-text"), ("a = 1 1", "cql2-text"), ("(a = 1", "cql2-text"), ("", "cql2-text"), ("a ~ 1", "cql2-text"),
     ("(" * 100 + "a = 1", "cql2-text"), ({"op": "like", "args": [1, 2]}, "cql2-json"), ({}, "cql2-json"),
     ({"op": "=", "args": [1]}, "cql2-json"), ("a = 1", "cql2-json"), ({"op": "=", "args": [1, 1]}, "sql")],
)  # fmt: skip
def test_what_is_not_served_is_refused(given: object, language: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read_filter(given, language)
    assert caught.value.code == "COMMON_BAD_PAYLOAD"
