from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.service.errors import ServiceError
from oso_evalscript.service.node import MAX_BODY, Node, read_json

JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda item: st.lists(item) | st.dictionaries(st.text(), item))  # fmt: skip


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_object_or_refused(data: bytes) -> None:
    try:
        assert isinstance(read_json(data).value, dict)
    except ServiceError as error:
        assert error.status == 400


def test_too_much_is_refused() -> None:
    with pytest.raises(ServiceError) as caught:
        read_json(b" " * (MAX_BODY + 1))
    assert caught.value.status == 413


def test_paths_are_written_as_the_service_does() -> None:
    node = Node({"output": {"responses": [{"format": {"type": 1}}]}})
    entry = next(iter(node.need("output").need("responses").items()))
    with pytest.raises(ServiceError) as caught:
        entry.need("format").need("type").text()
    assert caught.value.violations[0].parameter == "output->responses[0]->format->type"


@pytest.mark.parametrize("text", ["2020-06-01T00:00:00Z", "2020-06-01T02:00:00+02:00", "2020-06-01T00:00Z", "2020-06-01t00:00:00.000z"])  # fmt: skip
def test_dates_have_a_time_and_a_zone(text: str) -> None:
    assert Node(text, "from").moment() == dt.datetime(2020, 6, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "read",
    [
        lambda: Node("2020-06-01", "from").moment(),
        lambda: Node("2020-06-01T00:00:00", "from").moment(),
        lambda: Node("2020-13-01T00:00:00Z", "from").moment(),
        lambda: Node("0001-01-01T00:00:00+23:00", "from").moment(),
        lambda: Node({"from": "2020-06-02T00:00:00Z", "to": "2020-06-01T00:00:00Z"}, "timeRange").span(),
        lambda: Node(True, "n").number(),
        lambda: Node(101, "n").number(0, 100),
        lambda: Node(1.5, "n").whole(1, 9),
        lambda: Node(10**400, "n").whole(1, 9),
        lambda: Node([], "n").mapping(),
        lambda: list(Node([], "n").items()),
        lambda: Node(1, "n").flag(),
        lambda: Node("x", "n").choice(("a", "b")),
        lambda: Node("\ud800", "n").text(),
        lambda: Node({}, "n").need("x"),
    ],
)
def test_what_is_not_expected_is_refused_with_its_place(read: Callable[[], object]) -> None:
    with pytest.raises(ServiceError) as caught:
        read()
    assert caught.value.code == "COMMON_BAD_PAYLOAD"
    assert caught.value.violations[0].parameter
