"""Scripts that are loaded: kept for the next request where that changes nothing, and bound to a request's sources."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from oso_evalscript.javascript.purity import impurity
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.errors import OsoError, ScriptError, ScriptTimeout
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.program import Api, Program
from oso_evalscript.service.errors import BAD_PAYLOAD, ServiceError, script_error
from oso_evalscript.service.request import Data

NAME = "evalscript"
"""What messages call the script of a request."""
_Key: TypeAlias = tuple[str, tuple[tuple[str | None, str], ...], Api]
_MAX_SOURCE = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take.

    Attributes:
        step: seconds for loading a script and for each step from pixel to pixel.
        request: seconds for all of a request's script.
        memory: bytes that the process which runs it may hold on its own.
        kept: how many scripts stay loaded.
    """

    step: float = 10.0
    request: float = 60.0
    memory: int = 512 * 2**20
    kept: int = 6


@dataclass(slots=True)
class Deadline:
    """When a request's script has to have come to its end; called as the progress of its runs.

    Attributes:
        moment: on the clock that only goes forward.
        seconds: how long that was from the beginning.
        cancelled: set once nobody waits for the answer any more.
    """

    moment: float
    seconds: float
    cancelled: threading.Event = field(default_factory=threading.Event)

    def __call__(self, done: int = 0, total: int = 0) -> None:
        """Raise `ScriptTimeout` where the time is over, or nobody waits for the answer."""
        if self.cancelled.is_set():
            raise ScriptTimeout("it was stopped, as nobody waits for its answer")
        if time.monotonic() > self.moment:
            where = f" ({done:,} of {total:,} pixels are done)" if total else ""
            raise ScriptTimeout(f"it did not come to an end within {self.seconds:g} s{where}")


@dataclass(slots=True)
class _Kept:
    program: Program
    reusable: bool
    users: int = 0
    dropped: bool = False


class Programs:
    """The scripts that are loaded; to be closed.

    Args:
        limits: what one request may take.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def deadline(self) -> Deadline:
        """Return when a request that begins now has to be done."""
        return Deadline(time.monotonic() + self.limits.request, self.limits.request)

    @contextlib.contextmanager
    def loaded(self, text: str, data: Sequence[Data], api: Api) -> Iterator[Program]:
        """Give a script for the time of a request.

        It is one that was used before only where it is proved that this makes no difference.

        Raises:
            ServiceError: the script cannot be loaded, or asks for what the request does not have.
        """
        key = (text, tuple((item.id, item.collection.id) for item in data), api)
        kept = self._take(key) or self._load(key, text, data, api)
        try:
            yield kept.program
        except BaseException:
            self._drop(key, kept)
            raise
        finally:
            self._give_back(key, kept)

    def close(self) -> None:
        """Let go of all scripts that nobody uses, and of the others when they are given back."""
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

    def _give_back(self, key: _Key, kept: _Kept) -> None:
        with self._lock:
            kept.users -= 1
            unused = not kept.users and (kept.dropped or self._kept.get(key) is not kept)
        if unused:
            kept.program.close()


def bound(program: Program, data: Sequence[Data]) -> tuple[int, ...]:
    """Return for each input of a script the number of its source in the request.

    Raises:
        ServiceError: it has none.
    """
    return _bound([input.datasource for input in program.setup.inputs], data)


def name_of(collection: Collection, type_: str) -> str:
    """Return what the service calls a collection in its messages."""
    return collection.aliases[0] if collection.aliases and "<" not in collection.type else type_


def _bound(names: Sequence[str | None], data: Sequence[Data]) -> tuple[int, ...]:
    numbers = {item.id: index for index, item in enumerate(data) if item.id is not None}
    found = []
    for index, name in enumerate(names):
        number = index if name is None else numbers.get(name, int(name) if name.isdecimal() and len(name) < 4 else None)
        if len(names) == 1 and number is None:
            number = 0  # a single input need not say which source it is
        if number is None or number >= len(data):
            raise ServiceError(400, BAD_PAYLOAD, f"Dataset with id: {index if name is None else name} not found.")
        found.append(number)
    return tuple(found)


def _load(text: str, data: Sequence[Data], api: Api, limits: Limits) -> Program:
    """Load a script with the collections of its request."""
    if len(text) > _MAX_SOURCE:
        raise ServiceError(413, BAD_PAYLOAD, f"The evalscript has more than {_MAX_SOURCE:,} characters.")
    try:
        source = Source(text, NAME)
        if len(data) == 1 and "setup" not in text:  # a simple script has to be told which of its names are bands
            return _program(source, name_of(data[0].collection, data[0].type), api, limits)
        program = _program(source, None, api, limits)
        setup = program.setup
        numbers = _closing(program, data)
        names = {
            setup.key(index): name_of(data[number].collection, data[number].type)
            for index, number in enumerate(numbers)
        }
        program.close()
        return _program(source, names, api, limits)
    except ServiceError:
        raise
    except ScriptError as error:
        raise script_error(error, NAME) from None


def _closing(program: Program, data: Sequence[Data]) -> tuple[int, ...]:
    try:
        return bound(program, data)
    except BaseException:
        program.close()
        raise


def _program(source: Source, collection: str | dict[str, str] | None, api: Api, limits: Limits) -> Program:
    return Program(source, collection=collection, timeout=limits.step, memory=limits.memory, api=api)


def _is_reusable(program: Program) -> bool:
    """Whether a run leaves nothing behind that another run of the script could see."""
    if program.hooks or "setup" not in program.source.text:
        return False
    try:
        return impurity(parse(program.source)) is None
    except (OsoError, RecursionError):
        return False
