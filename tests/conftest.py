"""What all tests share: Hypothesis settings, `--update`, and the command as a subprocess."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, settings

from tests.forked import Forks

ROOT = Path(__file__).parents[1]

# A shell's background job ignores interrupts and hands that on to every process; the tests of ^C need them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Reproducible by default, and few, so that all tests take minutes; `HYPOTHESIS_PROFILE=explore` looks for new examples.
settings.register_profile(
    "repeat", max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=1000)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "repeat")
settings.load_profile(PROFILE)


_OTHER_SYSTEM = ("only Linux", "asks Linux", "no Landlock", "free cores", "takes minutes")  # no want of a tool


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Makes a test that is skipped for want of a tool fail under `CI=true`, where everything is to be installed."""
    report = yield
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    xfailed = hasattr(report, "wasxfail")
    if (
        report.skipped
        and not xfailed
        and os.environ.get("CI") == "true"
        and not any(w in reason for w in _OTHER_SYSTEM)
    ):
        report.outcome = "failed"
        report.longrepr = f"under CI=true nothing is skipped: {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _own_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps what the commands remember out of the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        yield


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    status: int
    out: str
    err: str


class Command(Protocol):
    """Calls `oso-evalscript` with arguments and returns how it ended."""

    def __call__(self, *args: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> Finished: ...


@pytest.fixture(scope="session")
def _forks() -> Iterator[Forks | None]:
    """Where the command is loaded once for all tests, on systems that have what that takes."""
    forks = Forks() if sys.platform == "linux" else None
    yield forks
    if forks is not None:
        forks.close()


@pytest.fixture
def command(tmp_path: Path, _forks: Forks | None) -> Command:
    """The command line, run in a folder of its own; fails the test if a traceback shows."""

    def call(*args: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> Finished:
        words = [*map(str, args)]
        environment = {**os.environ, "PYTHONUTF8": "1", **(env or {})}
        if _forks is not None and env is None:
            status, out, err = _forks.run(words, stdin=stdin, cwd=tmp_path, env=environment, timeout=60)
        else:  # the interpreter reads its own variables when it starts
            done = subprocess.run(
                [sys.executable, "-m", "oso_evalscript", *words],
                input=stdin,
                capture_output=True,
                cwd=tmp_path,
                env=environment,
                timeout=60,
            )
            status, out, err = done.returncode, done.stdout, done.stderr
        finished = Finished(status, out.decode(), err.decode())
        assert "Traceback" not in finished.err
        assert "fault in oso-evalscript itself" not in finished.err
        return finished

    return call


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the expected outputs of tests/scripts")
