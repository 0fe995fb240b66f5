"""What files hold is what is read of them, whatever was read before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oso_evalscript.project.contents import Contents


def read(contents: Contents, path: Path, most: int = 1_000_000) -> bytes:
    contents.read(path, most)
    with contents.view() as view:
        return bytes(view)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6), st.integers(1, 50))
def test_files_are_read_one_after_another(tmp_path: Path, texts: list[bytes], most: int) -> None:
    contents = Contents()
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}"
        path.write_bytes(text)
        assert read(contents, path, most) == text[:most] == contents.data[: contents.size]


def test_the_last_file_is_not_read_again(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    contents = Contents()
    assert read(contents, first) == b"one"
    first.write_bytes(b"other")
    assert read(contents, first) == b"one"
    assert read(contents, first, 2) == b"ot"
    assert read(contents, second) == b"two"
    assert read(contents, first) == b"other"


def test_a_file_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    contents = Contents()
    contents.read(tmp_path / "a", 9)
    with pytest.raises(FileNotFoundError):
        contents.read(tmp_path / "b", 9)
    (tmp_path / "a").write_bytes(b"two")
    assert read(contents, tmp_path / "a", 9) == b"two"


def test_pipes_and_devices_are_read_to_the_limit() -> None:
    assert read(Contents(), Path("/dev/zero"), 100_000) == bytes(100_000)
    reading, writing = os.pipe()
    os.write(writing, b"x" * 5000)
    os.close(writing)
    assert read(Contents(), Path(f"/dev/fd/{reading}")) == b"x" * 5000
    os.close(reading)
