"""The texts that peers gathered for parsers, `test262-parser-tests`: sound ones, ones that are none, early errors.

Where V8 thinks otherwise than the list, V8 is right: it runs the scripts. Those texts are named here, with the reason.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests import v8
from tests.javascript.verdict import found_wrong
from tests.npm import packed

PACKAGE = "test262-parser-tests@0.0.5"
V8_READS = {
    "the body of a function may hold `return`, as a simple script may": (
        "fail/02e5861a1ef10c42.js fail/7187f0675eb38279.js fail/7bfaaa1e80d6255f.js fail/8beaabe25ab7e0a8.js"
    ),
    "the body of a function may hold `new.target`": "early/d32d2f1285789b8e.js early/fc9cad7477872ddf.js",
    "ES2021 has the digits 8 and 9 behind a backslash": (
        "fail/0d5e450f1da8a92a.js fail/748656edbfb2d0bb.js fail/79f882da06f88c9f.js fail/92b6af54adef3624.js"
    ),
    "ES2019 has U+2028 and U+2029 in strings": "fail/647e21f8f157c338.js fail/8af69d8f15295ed2.js",
    "ES2022 has fields of classes": "fail/98204d734f8c72b3.js fail/ef81b93cf9bdb4ec.js",
    "Annex B of ES2017 has values in the head of `for (var … in …)`": "fail/e3fbcf63d7e43ead.js",
    "Annex B has several functions of one name in a block": (
        "early/12a74c60f52a60de.js early/1aff49273f3e3a98.js early/be7329119eaa3d47.js early/ec31fa5e521c5df4.js"
    ),
    "V8 lets `for (var … of …)` take the name of a `catch`": "early/0f5f47108da5c34e.js",
}
FAILS_WHEN_REACHED = "fail/a8beb1480f385441.js"
"""V8 reads `func() = 4`, and fails whenever it comes there; that is reported all the same."""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The texts by their names, without those that are modules."""
    found = {}
    with tarfile.open(packed(PACKAGE, "OSO_EVALSCRIPT_PEERS", tmp_path_factory.mktemp("npm"))) as archive:
        for member in archive:
            path = Path(member.name)
            file = archive.extractfile(member) if path.suffix == ".js" and ".module." not in path.name else None
            if file is not None:
                found[f"{path.parent.name}/{path.name}"] = file.read().decode("utf-8")
    assert len(found) == 5099
    return found


def test_they_are_read_as_v8_reads_them(texts: dict[str, str]) -> None:
    read = {name for names in V8_READS.values() for name in names.split()} | {FAILS_WHEN_REACHED}
    assert read <= texts.keys()
    sound = {name for name in texts if name.startswith("pass")} | read
    ours = {name for name, text in texts.items() if not found_wrong(text)}
    theirs = {name for name, why in zip(texts, v8.compiled(list(texts.values())), strict=True) if not why}
    assert sorted(theirs ^ sound) == []
    assert sorted(ours ^ sound) == [FAILS_WHEN_REACHED]
