"""Packages of npm that tests run, installed once into the user's cache.

Without npm, or without a network to install from, a test that needs one is skipped with a notice; where `CI` is `true` it
fails, so that a server cannot pass by having too little.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

PRETTIER = "prettier@3.10.1"
MAPLIBRE = "@maplibre/maplibre-gl-style-spec@26.6.0"


def installed(package: str) -> Path:
    """Return the folder in which a package, with its version, is installed; skip the test where it cannot be."""
    folder = _install(package)
    if isinstance(folder, Path):
        return folder
    if os.environ.get("CI") == "true":
        pytest.fail(folder)
    pytest.skip(folder)


_BASE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")  # tests have a cache of their own later


@cache
def _install(package: str) -> Path | str:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return f"no npm here, which installs {package}: apt-get install npm"
    folder = _BASE / "oso-evalscript-tests" / package.replace("/", "+")
    if (folder / "done").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    words = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), package]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return f"npm could not install {package} in two minutes"
    if done.returncode != 0:
        return f"npm could not install {package}: {done.stderr.strip()[:200]}"
    (folder / "done").touch()
    return folder
