"""Packages of npm that tests read: prepared by `make test`, else fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest


def packed(package: str, variable: str, folder: Path) -> Path:
    """Return the archive of a package; without npm the test is skipped with a notice, and fails under `CI=true`.

    Args:
        package: its name and version.
        variable: the environment variable that may tell where it lies.
        folder: where it is put otherwise.
    """
    path = Path(os.environ.get(variable, ""))
    if not path.is_file():
        if shutil.which("npm") is None:
            _lacks(f"npm, which fetches {package}, is not installed")
        done = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, capture_output=True, timeout=60)
        if done.returncode:
            _lacks(f"npm cannot fetch {package}")
        [path] = folder.glob("*.tgz")
    if path.stat().st_size == 0:
        _lacks(f"`make test` could not fetch {package}")
    return path


def _lacks(why: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
