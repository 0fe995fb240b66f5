"""Writing: at every moment the old file or the new one, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oso_evalscript.cli.files import write_atomically
from oso_evalscript.model.errors import OsoError
from tests.conftest import ROOT


@pytest.fixture(params=["nameless", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of writing: with and without files that have no name until they are complete."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE")
    return str(request.param)


def test_new_and_old_files(way: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for data in (b"first", b"", b"x" * 100_000):
        write_atomically(path, data)
        assert path.read_bytes() == data
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_permissions_and_links(way: str, tmp_path: Path) -> None:
    path, link = tmp_path / "a.txt", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_new_files_follow_the_umask(way: str, tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a.txt", b"")
    finally:
        os.umask(old)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


def test_failures_are_told_and_leave_nothing(way: str, tmp_path: Path) -> None:
    with pytest.raises(OsoError, match=r"none/a\.txt: cannot be written \(No such file or directory\)"):
        write_atomically(tmp_path / "none/a.txt", b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OsoError, match="cannot be written"):
        write_atomically(tmp_path / "folder", b"")
    assert [item.name for item in tmp_path.iterdir()] == ["folder"]


def test_a_full_disk_leaves_the_old_file(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync" if way == "nameless" else "replace", full)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OsoError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_killed_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"o" * 3_000_000)
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from oso_evalscript.cli.files import write_atomically\n"
        f"print('go', flush=True)\nwhile True:\n    for mark in b'on': write_atomically({str(path)!r}, bytes([mark]) * 3_000_000)"
    )
    for round_ in range(8):
        running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(0.013 * (round_ + 1))
        running.send_signal(signal.SIGKILL)
        running.communicate()
        for item in tmp_path.iterdir():
            data = item.read_bytes()
            assert len(data) == 3_000_000
            assert len(set(data)) == 1
        # Between naming and replacing a complete copy may be left; it is never a half-written one.
        for item in set(tmp_path.iterdir()) - {path}:
            item.unlink()
