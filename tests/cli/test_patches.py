from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.cli.patches import show_patch

LINES = st.sampled_from(
    [b"a\n", b"b\n", b"\n", b"a\r\n", b"\x1b[31m\n", b"\xe9\n", "é\n".encode(), b"-- x\n", b"\\ x\n"]
)
contents = st.builds(bytes.__add__, st.lists(LINES, max_size=8).map(b"".join), st.sampled_from([b"", b"end"]))


def shown(name: str, old: bytes, new: bytes, *, on_terminal: bool = False) -> bytes:
    """What is printed of a difference."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    stream.isatty = lambda: on_terminal  # type: ignore[method-assign]
    before, sys.stdout = sys.stdout, stream
    try:
        show_patch(name, old, new)
    finally:
        sys.stdout = before
    return raw.getvalue()


@pytest.mark.skipif(shutil.which("patch") is None, reason="no patch here: apt-get install patch")
@given(contents, contents)
def test_patch_makes_the_one_file_of_the_other(old: bytes, new: bytes) -> None:
    data = shown("a.js", old, new)
    assert (data == b"") == (old == new)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.js")
        path.write_bytes(old)
        if data:
            done = subprocess.run(
                ["patch", "--binary", "--silent", "-p0", "--no-backup-if-mismatch", "a.js"],
                input=data, cwd=folder, capture_output=True,
            )  # fmt: skip
            assert done.returncode == 0, (data, done.stdout)
        assert (path.read_bytes() if path.exists() else b"") == new


@given(contents, contents)
def test_a_terminal_gets_no_control_characters(old: bytes, new: bytes) -> None:
    text = shown("a\x1b[2J.js", old, new, on_terminal=True).decode()
    assert all(char.isprintable() for char in text if char != "\n")
