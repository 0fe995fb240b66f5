from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oso_evalscript.cli.serve import line_of, log_faults, require_serving
from oso_evalscript.model.errors import MissingExtra
from oso_evalscript.service.local import Handled
from tests.conftest import ROOT, Command
from tests.service.bodies import NDVI, body


@contextlib.contextmanager
def serving(*options: str) -> Iterator[tuple[str, Any]]:
    """The command on a free port, and its address; ended as by ^C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "oso_evalscript", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.match(r"(http://127\.0\.0\.1:\d+) serves", line)
    try:
        assert found, line
        yield found[1], process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


def post(address: str, value: object) -> bytes:
    request = urllib.request.Request(address, json.dumps(value).encode(), {"Authorization": "Bearer x", "Content-Type": "application/json"})  # fmt: skip
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        found: bytes = answer.read()
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_ended(how: signal.Signals) -> None:
    with serving("--workers", "1") as (address, process):
        assert post(f"{address}/api/v1/process", body()).startswith(b"\x89PNG")
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(f"{address}/api/v1/process", {})
        refused.value.close()
        process.send_signal(how)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0, err
        first, second = out.splitlines()
        assert re.fullmatch(r"200 POST /api/v1/process  0\.01 PU  \d+ ms  lint: clean", first)
        assert re.fullmatch(r"400 POST /api/v1/process  \d+ ms  `input` is missing\.", second)
        assert err == ""


def test_a_port_that_is_taken_is_told(command: Command) -> None:
    with serving() as (address, _):
        done = command("serve", "--port", address.rpartition(":")[2])
    assert (done.status, done.out) == (2, "")
    assert "cannot listen on 127.0.0.1:" in done.err


def test_a_folder_that_is_not_there_is_told(command: Command, tmp_path: Path) -> None:
    done = command("serve", "--data", tmp_path / "nothing")
    assert (done.status, done.out) == (2, "")
    assert "No such file or directory" in done.err
    assert "not a folder" in command("serve", "--data", __file__).err


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtra, match=r"serving requests needs uvicorn: pip install 'oso-evalscript\[serve\]'"):
        require_serving()


def test_tracebacks_are_written_and_control_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("oso_evalscript.service")
    log_faults()
    try:
        try:
            raise ValueError("\x1b[2J")
        except ValueError:
            log.exception("GET /\x1b failed")
    finally:
        log.handlers.clear()
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "ValueError" in err
    assert "\x1b" not in err


def test_a_line_tells_cost_and_findings_and_controls_nothing() -> None:
    script = NDVI.replace('"B08", ', '"B08", "B02", ').replace("index(", "\x1b[2J index(")
    payload = body(script)
    line = line_of(
        Handled("POST", "/api/v1/process\x1b[2J", 400, payload, 2.5, 0.0123, ("a was ignored",), "No.\nmore")
    )
    assert "400 POST /api/v1/process" in line
    assert "2.5 PU  12 ms  lint: " in line
    assert line.endswith("No.  a was ignored")
    assert "\x1b" not in line
