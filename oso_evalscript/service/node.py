"""JSON of a request, read value by value; what is wrong is told in the words of the service, with its path."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from oso_evalscript.service.errors import BAD_PAYLOAD, ServiceError, bad_payload

Span: TypeAlias = tuple[dt.datetime, dt.datetime]

MAX_BODY = 8 * 2**20
"""So many bytes a request may have."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)")
_HUGE = 1e100
_MAX_PARAMETERS = 50


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands.

    Attributes:
        value: the value.
        path: where, as the service writes it: `output->responses[0]->format`.
    """

    value: Any
    path: str = ""

    def has(self, key: str) -> bool:
        """Whether an object has a key with a value other than null."""
        return self.mapping().get(key) is not None

    def mapping(self) -> Mapping[str, Any]:
        """The object."""
        if not isinstance(self.value, Mapping):
            raise self.wrong("an object")
        return self.value

    def get(self, key: str) -> Node | None:
        """The value of a key; None where there is none, or null."""
        value = self.mapping().get(key)
        return None if value is None else Node(value, f"{self.path}->{key}" if self.path else key)

    def need(self, key: str) -> Node:
        """The value of a key that has to be there."""
        found = self.get(key)
        if found is None:
            path = f"{self.path}->{key}" if self.path else key
            raise bad_payload(f"`{path}` is missing.", path)
        return found

    def items(self, *, least: int = 1) -> Iterator[Node]:
        """The entries of a list."""
        if not isinstance(self.value, list) or len(self.value) < least:
            raise self.wrong("a list with at least one entry" if least else "a list")
        for index, item in enumerate(self.value):
            yield Node(item, f"{self.path}[{index}]")

    def text(self) -> str:
        """The text."""
        if not isinstance(self.value, str):
            raise self.wrong("text")
        try:
            self.value.encode()
        except UnicodeEncodeError:
            raise self.wrong("text of whole characters") from None
        return self.value

    def choice(self, words: Sequence[str]) -> str:
        """One of some words."""
        if not isinstance(self.value, str) or self.value not in words:
            raise self.wrong(f"one of {', '.join(words)}")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def whole(self, least: int, most: int) -> int:
        """A whole number between two."""
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(f"a whole number from {least} to {most}")
        return value

    def number(self, least: float = -_HUGE, most: float = _HUGE) -> float:
        """A number between two."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            plain = (least, most) == (-_HUGE, _HUGE)
            raise self.wrong("a number" if plain else f"a number from {least:g} to {most:g}")
        return float(value)

    def moment(self) -> dt.datetime:
        """A date with a time of day and a time zone, in UTC."""
        text = self.text()
        try:
            if not _MOMENT.fullmatch(text):
                raise ValueError(text)
            return dt.datetime.fromisoformat(text.upper()).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise self.wrong("a date with time and zone, such as 2020-06-01T00:00:00Z") from None

    def span(self) -> Span:
        """A time range in its order."""
        begin, end = self.need("from").moment(), self.need("to").moment()
        if end < begin:
            raise bad_payload(f"`{self.path}->from` is later than `{self.path}->to`.", self.path)
        return begin, end

    def wrong(self, expected: str) -> ServiceError:
        """The refusal of a value that is not what was expected."""
        shown = json.dumps(self.value, default=repr)
        shown = shown if len(shown) <= 60 else f"{shown[:59]}…"
        path = self.path or "the body"
        return bad_payload(f"`{path}` is {shown}: expected {expected}.", self.path or "body")


def read_json(data: bytes) -> Node:
    """Return the JSON of a request's body.

    Raises:
        ServiceError: it is empty, too long, or not JSON.
    """
    if len(data) > MAX_BODY:
        raise ServiceError(413, BAD_PAYLOAD, f"The request is larger than {MAX_BODY:,} bytes.")
    if not data.strip():
        raise bad_payload("Request body should be non-empty.")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else f"not JSON ({error})"
        raise bad_payload(f"The request's body is {what}.") from None
    if not isinstance(value, Mapping):
        raise bad_payload("The request's body is not a JSON object.")
    _check_numbers(value)
    return Node(value)


def written(moment: dt.datetime) -> str:
    """Return a moment in UTC, as answers write it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_query(text: str) -> dict[str, str]:
    """Return the parameters of a query or of a URL-encoded form; the last one of a name counts.

    Raises:
        ServiceError: there are too many.
    """
    try:
        return dict(parse_qsl(text, max_num_fields=_MAX_PARAMETERS))
    except ValueError:
        raise bad_payload(f"There are more than {_MAX_PARAMETERS} parameters.") from None


def _check_numbers(value: object) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, float) and not math.isfinite(item):
            raise bad_payload(f"The request's body is not JSON ({item} is not a number of JSON).")
        if isinstance(item, Mapping):
            todo += item.values()
        elif isinstance(item, list):
            todo += item
