"""Packages of npm that tests read or run: prepared by `make test`, else fetched; those that run stay in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

PRETTIER = "prettier@3.10.1"
MAPLIBRE = "@maplibre/maplibre-gl-style-spec@26.6.0"

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")  # tests have a cache of their own later


def installed(package: str) -> Path:
    """Return the folder in which a package, with its version, is installed with all that it needs.

    Without npm the test is skipped with a notice, and fails under `CI=true`.
    """
    folder = _install(package)
    if isinstance(folder, str):
        _lacks(folder)
    return folder


@cache
def _install(package: str) -> Path | str:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return f"npm, which installs {package}, is not installed"
    folder = _CACHE / "oso-evalscript-tests" / package.replace("/", "+")
    if (folder / "done").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    words = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), package]
    try:
        done = subprocess.run(words, capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return f"npm cannot install {package} in two minutes"
    if done.returncode:
        return f"npm cannot install {package}"
    (folder / "done").touch()
    return folder


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
