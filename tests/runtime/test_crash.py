"""What is said when V8's process ends: one sentence, without the addresses of a stack."""

from __future__ import annotations

import errno
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.errors import EngineError, ScriptCrashed
from oso_evalscript.runtime.crash import why_it_cannot_share, why_it_ended
from oso_evalscript.runtime.worker import Worker, acquire
from tests.conftest import ROOT

SCRIPT = "return [B04];"
STACK = [
    "==== C stack trace ===============================",
    "#0 0x7f2a8c3e31f3",
    "#12 0x7ffe48b82570  ([stack]+0xb498a52570)",
    "    /usr/lib/libmini_racer.so(v8::V8::Initialize(int)+0x2f) [0x7fd148de4d5f]",
    "    python(_start+0x21) [0x5646_0c14b081]".replace("_", ""),
    "#",
    "",
]
LAST = {
    "# Fatal process out of memory: Failed to reserve memory": "Fatal process out of memory: Failed to reserve memory",
    "# Fatal error in ../src/x.cc, line 3": "Fatal error in ../src/x.cc, line 3",
    "[1:2:FATAL:a.cc(85)] Check failed: false. ": "Check failed: false.",
    "[FATAL:partition_address_space.cc(85)] Check failed: false. ": "Check failed: false.",
    "OSError: libmini_racer.so: cannot map": "OSError: libmini_racer.so: cannot map",
}


@given(st.sampled_from(sorted(LAST)), st.lists(st.sampled_from(STACK), max_size=6), st.lists(st.sampled_from(STACK)))
def test_the_last_words_are_told_and_no_stack(last: str, before: list[str], after: list[str]) -> None:
    told = why_it_ended(-5, "\n".join([*before, last, *after]))
    assert told == f"(signal 5): {LAST[last]}"


@given(st.integers(-31, 255), st.lists(st.sampled_from(STACK) | st.text(max_size=300)).map("\n".join))
def test_whatever_was_said_it_is_one_line(code: int, told: str) -> None:
    text = why_it_ended(code, told)
    assert len(text.splitlines()) == 1
    assert len(text) < 250


def test_nothing_said() -> None:
    assert why_it_ended(3, "") == "(status 3): no message"
    assert why_it_ended(-9, "\n".join(STACK)) == "(signal 9): no message"


def limited(limit: int, mebibytes: int, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command run under a limit that it hands on to its children."""
    size = mebibytes * 2**20
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(limit, (size, size)),
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds to this limit")
@pytest.mark.parametrize("mebibytes", [1_000, 4_000, 50_000])
def test_a_limit_of_addresses_is_named(tmp_path: Path, mebibytes: int) -> None:
    (tmp_path / "a.js").write_text(SCRIPT)
    call = (sys.executable, "-m", "oso_evalscript", "run", "a.js", "-o", "a.png")
    done = limited(resource.RLIMIT_AS, mebibytes, *call, folder=tmp_path)
    assert done.stderr == (
        f"oso-evalscript: V8 cannot start: `ulimit -v` allows no more than {mebibytes:,} MiB of address space, of which V8 "
        "reserves hundreds of GiB without using it; remove that limit; limit memory with --memory or a control group "
        "instead\n"
    )
    assert done.returncode == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds to this limit")
def test_a_limit_of_data_is_named(tmp_path: Path) -> None:
    code = (
        "from oso_evalscript import OsoError, Program\n"
        f"try:\n    Program({SCRIPT!r}).close()\nexcept OsoError as error:\n    print(error)"
    )
    done = limited(resource.RLIMIT_DATA, 180, sys.executable, "-c", code, folder=tmp_path)
    assert re.fullmatch(r".*`ulimit -d` allows no more than 180 MiB of data.*\n", done.stdout), done.stderr
    assert "0x" not in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the memory has a file")
def test_a_limit_of_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(SCRIPT)
    call = (sys.executable, "-m", "oso_evalscript", "run", "a.js", "--size", "1000", "-o", "a.png")
    done = limited(resource.RLIMIT_FSIZE, 1, *call, folder=tmp_path)
    said = r"oso-evalscript: `ulimit -f` allows files of 1,024 KiB, which also limits the [\d,]+ KiB of memory that the process of the script shares: remove that limit"  # fmt: skip
    assert re.fullmatch(said, done.stderr.splitlines()[-1]), done.stderr
    assert done.returncode == 2


def test_memory_that_is_refused_is_no_bare_number() -> None:
    error = OSError(errno.ENOMEM, "Cannot allocate memory")
    assert why_it_cannot_share(2**21, error) == "the system refuses 2,048 KiB of memory that the process of the script shares (Cannot allocate memory)"  # fmt: skip


def test_a_start_that_fails_is_not_the_script_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oso_evalscript.runtime.worker._interpreter", lambda: "/bin/false")
    with pytest.raises(EngineError, match=r"^V8 cannot start here: the process .* ended \(status 1\): no message$"):
        Worker().start()


def test_words_of_a_process_that_dies_at_work() -> None:
    worker = acquire()
    worker.send({"do": "unload"}, timeout=5)
    worker.receive(timeout=5, memory=2**40, doing="answer")
    worker.stop()
    with pytest.raises(ScriptCrashed, match=r"ended \(signal 9\): no message$"):
        worker.receive(timeout=5, memory=2**40, doing="answer")
