from __future__ import annotations

import pytest

from oso_evalscript import Source
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.semantics.title import title_of
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("script", "title"),
    [
        ("//VERSION=3\n// Water and ice\n// Author: N.N.\nfunction setup() {}", "Water and ice"),
        ("//VERSION=3\n/*\n * Author of the script: N.N.\n * NDWI\n */\nreturn [B03];", "NDWI"),
        ("//VERSION=3\n// how green\n// it is\n\n// and more\nreturn [B03]", "How green it is"),
        ("//VERSION=3\n// First sentence.\n// Second.\nreturn [1]", "First sentence"),
        ("//VERSION=3\nreturn [1] // not me", ""),
        ("//VERSION=3\n// let a = 1;\n// https://example.org\nreturn [1]", ""),
        ("// VERSION 3\n//======\n// oso: nomenclature own\nreturn [1]", ""),
        ("// " + "long " * 60 + "\nreturn [1]", ""),
        ("", ""),
    ],
)
def test_the_title_stands_in_the_first_comment_that_says_something(script: str, title: str) -> None:
    assert title_of(parse(Source(script))) == title


def test_compiled_scripts_have_the_title_of_their_spec() -> None:
    for path in sorted((ROOT / "evalscripts").glob("*.js")):
        spec = path.with_suffix(".toml").read_text()
        title = title_of(parse(Source.read(path)))
        assert title
        assert title[1:] in spec
