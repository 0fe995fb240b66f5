from __future__ import annotations

import pickle
import re
import tomllib
from inspect import getmembers, isclass

import pytest

from oso_evalscript.model import errors
from oso_evalscript.model.errors import MissingExtra, OsoError, PixelError, ScriptError
from tests.conftest import ROOT

CLASSES = [found for _, found in getmembers(errors, isclass) if issubclass(found, OsoError)]
ENTRY = re.compile(r"^    ((?:[│ ]   )*)(?:[├└]── )?(\w+)(?:\((\w+)\))?", re.MULTILINE)


def test_the_tree_at_the_top_of_the_file_is_the_tree_of_classes() -> None:
    shown = {}
    above: list[str] = []
    for match in ENTRY.finditer((errors.__doc__ or "").split("\n\n")[1]):
        depth = (match.start(2) - match.start()) // 4 - 1
        above[depth:] = [match[2]]
        shown[match[2]] = [name for name in (above[depth - 1] if depth else "Exception", match[3]) if name]
    assert shown == {found.__name__: [base.__name__ for base in found.__bases__] for found in CLASSES}


@pytest.mark.parametrize("extra", ["palette"])
def test_a_missing_extra_says_how_to_install_it(extra: str) -> None:
    assert (
        str(MissingExtra("drawing", "crayons", extra))
        == f"drawing needs crayons: pip install 'oso-evalscript[{extra}]'"
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert extra in project["optional-dependencies"]


def test_a_failing_pixel_says_where_it_is_and_is_a_failing_script() -> None:
    error = PixelError("x.js:1: no", row=2, column=3, inputs={"B04": 0.5}, thrown=True)
    assert isinstance(error, ScriptError)
    assert (str(error), error.row, error.column, error.inputs, error.thrown) == ("x.js:1: no", 2, 3, {"B04": 0.5}, True)
    assert error.log == ()


def test_a_failing_pixel_comes_back_from_another_process() -> None:
    error = PixelError("x.js:1: no", row=2, column=3, inputs={"B04": 0.5}, thrown=True)
    error.log = ("before",)
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.row, copied.column, copied.inputs, copied.thrown) == (
        str(error),
        2,
        3,
        {"B04": 0.5},
        True,
    )
    assert copied.log == ("before",)
