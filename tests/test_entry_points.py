"""A text passed for a path, a path for a text, or a script for a program: one sentence says what to pass instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import oso_evalscript as oso
from oso_evalscript import rasters, testing
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.text import is_text
from oso_evalscript.testing.check import check
from tests.conftest import ROOT

PATH = str(ROOT / "evalscripts" / "oso_palette.js")
TEXT = Path(PATH).read_text()
SIMPLE = "return [B04 * 2.5];"
SCENE = {"OCS": [[1]], "dataMask": [[1]]}


def hub(data: str) -> None:
    with testing.sentinel_hub(data=data):
        pass


TAKES_TEXT: dict[str, Callable[[Any], object]] = {
    "lint": oso.lint,
    "fix": oso.fix,
    "Program": oso.Program,
    "evaluate": lambda script: oso.evaluate(script, SCENE),
    "preview": oso.preview,
    "cost": lambda script: oso.cost(script, width=9, height=9),
    "rasters.run": lambda script: rasters.run(script, "in.tif", "out.tif"),
}
TAKES_PATH: dict[str, Callable[[str], object]] = {
    "find_scripts": oso.find_scripts,
    "Source.read": oso.Source.read,
    "load_spec": oso.load_spec,
    "evaluate": lambda text: oso.evaluate(SIMPLE, text),
    "preview": lambda text: oso.preview(SIMPLE, text),
    "sentinel_hub": hub,
    "rasters.run": lambda text: rasters.run(TEXT, text, "out.tif"),
}
TAKES_PROGRAM: dict[str, Callable[[Any], object]] = {
    "check": check,
    "total": testing.total,
    "equivalent": lambda script: testing.equivalent(script, script),
    "open_scenes": lambda script: rasters.open_scenes(script, "in.tif"),
}


def refused(call: Callable[[Any], object], given: Any) -> str:
    with pytest.raises((OsoError, ValueError)) as caught:
        call(given)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    return str(caught.value)


@pytest.mark.parametrize("name", TAKES_TEXT)
def test_a_path_is_not_taken_for_the_text_of_a_script(name: str) -> None:
    assert f"{PATH!r} is a path, not a script: use Source.read({PATH!r})" in refused(TAKES_TEXT[name], PATH)
    assert "expected a Source, the text of a script or a pathlib.Path, not bytes" in refused(TAKES_TEXT[name], b"x")


@pytest.mark.parametrize("name", TAKES_PATH)
@pytest.mark.parametrize("text", [TEXT, SIMPLE, "//VERSION=3"], ids=["script", "simple", "header"])
def test_a_text_is_not_taken_for_a_path(name: str, text: str) -> None:
    said = refused(TAKES_PATH[name], text)
    assert "text" in said
    assert repr(text[:10])[1:-1] in said


@pytest.mark.parametrize("name", TAKES_PROGRAM)
def test_a_script_is_not_taken_for_a_program(name: str) -> None:
    wanted = "expected a Program, not str: use `with Program(script) as program: …`"
    assert refused(TAKES_PROGRAM[name], TEXT) == wanted


def test_find_scripts_says_how_text_is_passed() -> None:
    assert 'pass text as find_scripts(text=…, kind="js")' in refused(oso.find_scripts, TEXT)
    assert "not Source: pass text as" in refused(oso.find_scripts, oso.Source(TEXT))
    assert "pass either a path, or `text=`" in refused(lambda text: oso.find_scripts("x.js", text=text), TEXT)
    assert "expected a str, not Source" in refused(
        lambda text: oso.find_scripts(text=text, kind="js"), oso.Source(TEXT)
    )
    assert len(oso.find_scripts(text=TEXT, kind="js")) == 1
    assert len(oso.find_scripts(PATH)) == 1


def test_a_script_is_not_taken_for_a_spec() -> None:
    assert refused(oso.compile, PATH) == "expected a spec, such as PaletteSpec(…) or load_spec(path), not a str"


def test_a_file_with_an_odd_name_is_a_path(tmp_path: Path) -> None:
    odd = tmp_path / "a;b{1}.js"
    assert is_text(odd)
    odd.write_text(TEXT)
    assert not is_text(odd)
    assert oso.Source.read(odd).text == TEXT
    assert not any(map(is_text, ["x.js", "https://example.com/x.tif", "C:\\x.js", 3, None, b"\n"]))
