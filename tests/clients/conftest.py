"""Unmodified clients against the service on this machine; `make clients` installs and runs them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest

from tests.conftest import ROOT
from tests.service.browser import OPENLAYERS

if not os.environ.get("OSO_EVALSCRIPT_CLIENTS"):
    collect_ignore_glob = ["test_*.py"]  # they take programs that `make clients` installs


def pytest_report_header() -> list[str]:
    """Names the clients and their versions."""
    if not os.environ.get("OSO_EVALSCRIPT_CLIENTS"):
        return []
    python = [f"{name} {version(name)}" for name in ("sentinelhub", "eo-learn", "playwright")]
    programs = [_version_of(name) for name in ("curl", "chromium")]
    return [f"clients: {', '.join([*python, OPENLAYERS, *programs])}"]


def _version_of(program: str) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        return f"no {program}"
    return " ".join(done.stdout.split()[:2])


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of `oso-evalscript serve`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "oso_evalscript", "serve", "--port", "0"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stderr is not None
    found = re.match(r"http://127\.0\.0\.1(:\d+) ", process.stderr.readline())
    assert found
    yield f"http://localhost{found[1]}"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
