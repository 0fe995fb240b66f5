"""What files hold, read one after another into the same memory: new memory costs more than reading does."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class Contents:
    """The bytes of the file that was read last.

    Attributes:
        data: what holds them.
        size: how many of `data` they are.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.size = 0
        self._read: tuple[Path, int] | None = None

    def read(self, path: Path, most: int) -> None:
        """Read a file, at most so many bytes of it; not again if it is the one that was read last.

        Raises:
            OSError: it cannot be read.
        """
        if self._read == (path, most):
            return
        self._read = None
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            wanted = min(status.st_size, most) if stat.S_ISREG(status.st_mode) else 0
            if wanted:
                self._make_room(wanted)
                with memoryview(self.data) as view:
                    self.size = file.readinto(view[:wanted])
            else:  # a pipe, a device, or a file whose size the system does not know
                data = file.read(most)
                self._make_room(len(data))
                self.data[: len(data)] = data
                self.size = len(data)
        self._read = path, most

    def _make_room(self, size: int) -> None:
        if len(self.data) < size:
            self.data.extend(bytes(size - len(self.data)))

    def view(self) -> memoryview:
        """Return the bytes; to be released before another file is read."""
        return memoryview(self.data)[: self.size]
