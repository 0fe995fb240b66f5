"""What `.gitignore` files leave out: those of a folder and of the folders above it, up to the top of the repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_NAME = ".gitignore"
_LARGEST = 1_000_000


class Ignored:
    """Answers about files and folders; each `.gitignore` is read once."""

    def __init__(self) -> None:
        self._specs: dict[Path, GitIgnoreSpec | None] = {}
        self._chains: dict[Path, tuple[Path, ...]] = {}

    def __call__(self, path: Path, *, folder: bool = False) -> bool:
        """Return whether git would leave out a file, or a folder as a whole; the nearest `.gitignore` counts first."""
        whole = Path(os.path.abspath(path))  # noqa: PTH100  # `resolve` would follow links
        for above in self._chain(whole.parent):
            spec = self._spec(above)
            if spec is None:
                continue
            name = whole.relative_to(above).as_posix()
            found = spec.check_file(f"{name}/" if folder else name).include
            if found is not None:
                return found
        return False

    def _chain(self, folder: Path) -> tuple[Path, ...]:
        """A folder and those above it up to the top of its repository; the folder alone where it is in none."""
        if folder not in self._chains:
            chain: list[Path] = []
            for above in (folder, *folder.parents):
                chain.append(above)
                if (above / ".git").exists():
                    break
            else:
                chain = [item for item in chain if (item / _NAME).is_file()][:1]
            self._chains[folder] = tuple(chain)
        return self._chains[folder]

    def _spec(self, folder: Path) -> GitIgnoreSpec | None:
        if folder not in self._specs:
            self._specs[folder] = _read(folder / _NAME)
        return self._specs[folder]


def _read(path: Path) -> GitIgnoreSpec | None:
    """The patterns of a file; None where there is none, or it is none that can be read."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    from pathspec import GitIgnoreSpec  # only where there are patterns

    kept = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue  # as git does with a pattern that is none
        kept.append(line)
    return GitIgnoreSpec.from_lines(kept)
