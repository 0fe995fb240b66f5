"""Loaded scripts: kept for the next request if they have no state, and bound to the sources of a request."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from oso_evalscript.model.contract import Api
from oso_evalscript.model.errors import OsoError, ScriptError, ScriptTimeout
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.program import Program
from oso_evalscript.service.errors import BAD_PAYLOAD, ServiceError, bad_payload, script_error
from oso_evalscript.service.request import Data

NAME = "evalscript"
"""The name of a request's script in messages."""
_Key: TypeAlias = tuple[str, tuple[tuple[str | None, str], ...], Api]
_MAX_SOURCE = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one request.

    Attributes:
        step: seconds for loading a script and for each step from pixel to pixel.
        request: seconds for all of a request's script.
        memory: bytes of memory of the process that runs it.
        kept: how many scripts stay loaded.
    """

    step: float = 10.0
    request: float = 60.0
    memory: int = 512 * 2**20
    kept: int = 6


@dataclass(slots=True)
class Deadline:
    """When a request's script has to be done; called as the progress of its runs.

    Attributes:
        moment: on the monotonic clock.
        seconds: the time allowed, for the message.
        cancelled: set when the client has disconnected.
    """

    moment: float
    seconds: float
    cancelled: threading.Event = field(default_factory=threading.Event)

    def __call__(self, done: int = 0, total: int = 0) -> None:
        """Raise `ScriptTimeout` if the time is over, or the client has disconnected."""
        if self.cancelled.is_set():
            raise ScriptTimeout("it was stopped, because the client disconnected")
        if time.monotonic() > self.moment:
            where = f" ({done:,} of {total:,} pixels are done)" if total else ""
            raise ScriptTimeout(f"it did not finish within {self.seconds:g} s{where}")


@dataclass(slots=True)
class _Kept:
    program: Program
    reusable: bool
    users: int = 0
    dropped: bool = False


class Programs:
    """The loaded scripts; they have to be closed.

    Args:
        limits: the limits of one request.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def deadline(self) -> Deadline:
        """Return the deadline of a request that begins now."""
        return Deadline(time.monotonic() + self.limits.request, self.limits.request)

    @contextlib.contextmanager
    def loaded(self, text: str, data: Sequence[Data], api: Api) -> Iterator[Program]:
        """Load a script for the duration of a request.

        A loaded one is reused only if it is proved to have no state.

        Raises:
            ServiceError: the script cannot be loaded, or reads a source that the request does not have.
        """
        key = (text, tuple((item.id, item.collection.id) for item in data), api)
        kept = self._take(key) or self._load(key, text, data, api)
        try:
            yield kept.program
        except BaseException:
            self._drop(key, kept)
            raise
        finally:
            self._release(key, kept)

    def close(self) -> None:
        """Close all scripts that are not in use, and the others when they are released."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), OrderedDict()
            for item in kept:
                item.dropped = True
        for item in kept:
            if not item.users:
                item.program.close()

    def _take(self, key: _Key) -> _Kept | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            found.users += 1
            return found

    def _load(self, key: _Key, text: str, data: Sequence[Data], api: Api) -> _Kept:
        program = _load(text, data, api, self.limits)
        kept = _Kept(program, _is_reusable(program), users=1)
        if not kept.reusable:
            return kept
        closing: list[_Kept] = []
        with self._lock:
            if key not in self._kept:
                self._kept[key] = kept
            while len(self._kept) > self.limits.kept:
                _, oldest = self._kept.popitem(last=False)
                oldest.dropped = True
                closing += [] if oldest.users else [oldest]
        for item in closing:
            item.program.close()
        return kept

    def _drop(self, key: _Key, kept: _Kept) -> None:
        with self._lock:
            kept.dropped = True
            if self._kept.get(key) is kept:
                del self._kept[key]

    def _release(self, key: _Key, kept: _Kept) -> None:
        with self._lock:
            kept.users -= 1
            unused = not kept.users and (kept.dropped or self._kept.get(key) is not kept)
        if unused:
            kept.program.close()


def bound(program: Program, data: Sequence[Data]) -> tuple[int, ...]:
    """Return the index of each input's source in the request.

    Raises:
        ServiceError: an input has none.
    """
    names = [input.datasource for input in program.setup.inputs]
    numbers = {item.id: index for index, item in enumerate(data) if item.id is not None}
    found = []
    for index, name in enumerate(names):
        number = index if name is None else numbers.get(name, int(name) if name.isdecimal() and len(name) < 4 else None)
        if len(names) == 1 and number is None:
            number = 0  # a single input need not name its source
        if number is None or number >= len(data):
            raise bad_payload(f"Dataset with id: {index if name is None else name} not found.")
        found.append(number)
    return tuple(found)


def _name_of(data: Data) -> str:
    """The service's name of a collection in its messages."""
    known = data.collection
    return known.aliases[0] if known.aliases and "<" not in known.type else data.type


def _load(text: str, data: Sequence[Data], api: Api, limits: Limits) -> Program:
    """Load a script with the collections of its request."""
    if len(text) > _MAX_SOURCE:
        raise ServiceError(413, BAD_PAYLOAD, f"The evalscript has more than {_MAX_SOURCE:,} characters.")
    source = Source(text, NAME)
    try:
        if len(data) == 1:
            try:
                return _program(source, _name_of(data[0]), api, limits)
            except ScriptError:
                raise
            except OsoError:  # it has several inputs, which are bound to sources by their names
                pass
        with _program(source, None, api, limits) as program:
            numbers = enumerate(bound(program, data))
            names = {program.setup.key(index): _name_of(data[number]) for index, number in numbers}
        return _program(source, names, api, limits)
    except ScriptError as error:
        raise script_error(error, NAME) from None


def _program(source: Source, collection: str | dict[str, str] | None, api: Api, limits: Limits) -> Program:
    return Program(source, collection=collection, timeout=limits.step, memory=limits.memory, api=api)


def _is_reusable(program: Program) -> bool:
    """Whether a run leaves nothing behind that another run of the script could see."""
    return not program.hooks and program.impurity() is None
