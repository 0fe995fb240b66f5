"""What `.gitignore` files leave out: those of a folder and of the folders above it, up to the top of the repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from oso_evalscript.project.patterns import sound_patterns, spoken_of

_NAME = ".gitignore"
_LARGEST = 1_000_000


class _Chain(NamedTuple):
    """The folders whose `.gitignore` files count in one of them, from there upwards."""

    folders: tuple[str, ...]
    in_repository: bool


class Ignored:
    """Answers about files and folders; each `.gitignore` is read once."""

    def __init__(self) -> None:
        self._specs: dict[str, tuple[str, ...]] = {}
        self._chains: dict[str, _Chain] = {}

    def __call__(self, path: Path, *, folder: bool = False) -> bool:
        """Return whether git would leave out a file, or a folder as a whole; the nearest `.gitignore` counts first."""
        whole = os.path.abspath(path)  # noqa: PTH100  # `resolve` would follow links
        folder_of, _ = os.path.split(whole)
        for above in self._chain(folder_of).folders:
            patterns = self._patterns(above)
            if not patterns:
                continue
            name = whole[len(above) :].replace(os.sep, "/").removeprefix("/")
            found = spoken_of(patterns, f"{name}/" if folder else name)
            if found is not None:
                return found
        return False

    def _chain(self, folder: str) -> _Chain:
        """A folder and those above it up to the top of its repository; the folder alone where it is in none."""
        if folder not in self._chains:
            self._chains[folder] = self._chain_of(Path(folder))
        return self._chains[folder]

    def _chain_of(self, folder: Path) -> _Chain:
        if (folder / ".git").exists():
            return _Chain((str(folder),), in_repository=True)
        above = _Chain((), in_repository=False) if folder.parent == folder else self._chain(str(folder.parent))
        if above.in_repository:
            return _Chain((str(folder), *above.folders), in_repository=True)
        return _Chain((str(folder),), in_repository=False) if (folder / _NAME).is_file() else above

    def _patterns(self, folder: str) -> tuple[str, ...]:
        if folder not in self._specs:
            self._specs[folder] = _read(Path(folder, _NAME))
        return self._specs[folder]


def _read(path: Path) -> tuple[str, ...]:
    """The patterns of a file; none where there is none, or it is none that can be read."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ()
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return sound_patterns(lines)
