"""A baseline knows findings again where lines moved, and takes no new one for an old one."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from oso_evalscript.linter.baseline import read_baseline, relative_names, without_known, write_baseline
from oso_evalscript.linter.engine import lint
from oso_evalscript.linter.report import Report
from oso_evalscript.model.errors import ConfigError
from oso_evalscript.model.text import Source

TEXT = "const square = (x) => x ^ 2;\nconst cube = (x) => x ^ 3;\n"
NAMES = {"a.js": "a.js"}


def report(text: str) -> Report:
    return lint(Source(text, "a.js"))


def left(text: str, baseline: str) -> tuple[list[str], int]:
    kept, gone = without_known([report(text)], read_baseline(baseline, "b.json"), NAMES)
    return [item.message for item in kept[0]], gone


def test_what_is_listed_is_left_out() -> None:
    baseline = write_baseline([report(TEXT)], NAMES)
    assert left(TEXT, baseline) == ([], 0)
    assert left(f"// moved\n\n  {TEXT}", baseline) == ([], 0)


def test_what_is_new_is_kept_and_what_is_gone_counted() -> None:
    baseline = write_baseline([report(TEXT)], NAMES)
    kept, gone = left(TEXT.replace("x ^ 3", "x ^ 4"), baseline)
    assert (len(kept), gone) == (1, 1)


def test_equal_lines_count_as_often_as_they_are_listed() -> None:
    line = TEXT.splitlines()[0]
    baseline = write_baseline([report(f"{{ {line} }}\n")], NAMES)
    kept, gone = left(f"{{ {line} }}\n{{ {line} }}\n", baseline)
    assert (len(kept), gone) == (1, 0)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{"file": "a"}]}', "[" * 9999],
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a baseline"):
        read_baseline(text, "b.json")


def test_files_are_named_from_the_folder_of_the_baseline() -> None:
    names = relative_names(["s/a.js", "/else/b.js"], PurePosixPath("/p/s"), PurePosixPath("/p"))
    assert names == {"s/a.js": "a.js", "/else/b.js": "/else/b.js"}
