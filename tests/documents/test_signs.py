"""Which files may hold evalscripts, by their names and by what they begin with; the model knows the endings as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from oso_evalscript.documents.signs import KINDS, is_likely, kind_of
from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.text import HOST_ENDINGS, SCRIPT_ENDINGS, Source


def test_the_kinds_of_host_are_the_endings_that_the_model_knows() -> None:
    assert KINDS == SCRIPT_ENDINGS | HOST_ENDINGS
    assert not SCRIPT_ENDINGS & HOST_ENDINGS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_path_of_each_kind_is_not_taken_for_a_script(kind: str) -> None:
    assert kind_of(f"a/b.{kind.upper()}") == kind
    with pytest.raises(SourceError, match="is a path, not a script"):
        Source.of(f"request.{kind}")
    if kind in HOST_ENDINGS:
        with pytest.raises(SourceError, match="find_scripts"):
            Source.of(Path(f"request.{kind}"))


@pytest.mark.parametrize("name", ["a", "a.txt", "py", "a.py~", ".js/a"])
def test_other_files_hold_no_scripts(name: str) -> None:
    assert kind_of(name) is None


@pytest.mark.parametrize(
    ("data", "likely"),
    [
        (b"function evaluatePixel() {}", True),
        (b"//VERSION=3", True),
        (b"// VERSION 3", True),
        (b"evalscript = 'return [B04]'", True),
        (b"VERSION = '1.0'", False),
        (b"", False),
    ],
)
def test_what_is_worth_a_look(data: bytes, likely: bool) -> None:
    assert is_likely(data) == likely
