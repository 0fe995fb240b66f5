from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from oso_evalscript.compiler.reading import read_bytes
from oso_evalscript.model.errors import SpecError


@pytest.mark.parametrize("size", [0, 1, 9])
def test_a_file_is_read_whole(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\r\n" * size)
    assert read_bytes(path, 10 * size + 1, "spec") == b"\r\n" * size


def refused(path: Path, most: int = 100) -> str:
    with pytest.raises(SpecError) as told:
        read_bytes(path, most, "spec")
    return str(told.value)


def test_a_file_of_the_limit_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 1000)
    assert refused(path, 1000) == f"{path}: is larger than 1,000 bytes, which no spec is"
    assert len(read_bytes(path, 1001, "spec")) == 1000


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # reading it would never end
    assert refused(tmp_path / "pipe") == f"{tmp_path / 'pipe'}: is not a regular file"
    assert refused(Path("/dev/zero")) == "/dev/zero: is not a regular file"
    assert refused(tmp_path) == f"{tmp_path}: cannot be read (Is a directory)"
    assert refused(tmp_path / "b") == f"{tmp_path / 'b'}: cannot be read (No such file or directory)"
    assert re.search("too long", refused(tmp_path / ("b" * 5000)))
    assert refused(Path("a\0b")) == "a path has a NUL character, so it is not a spec"
