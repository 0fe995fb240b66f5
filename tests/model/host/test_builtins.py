"""What the library gives to a script, and how `builtins()` describes it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from oso_evalscript import Program
from oso_evalscript.model.errors import PixelError
from oso_evalscript.model.host import BuiltinKind, Evidence, builtins, library
from tests.conftest import ROOT
from tests.model.host.test_library import USES, evaluate

FILES = sorted((ROOT / "oso_evalscript/model/host").glob("*.js"))
NAMES = [builtin.name for builtin in builtins()]
BY_NAME = {builtin.name: builtin for builtin in builtins()}
GLOBALS = "Object.getOwnPropertyNames(globalThis)"


def test_the_library_adds_exactly_the_builtins(monkeypatch: pytest.MonkeyPatch) -> None:
    after = evaluate(GLOBALS)
    monkeypatch.setattr("oso_evalscript.runtime.program.library", lambda **_: "")
    before = evaluate(GLOBALS)
    assert sorted(set(after) - set(before)) == sorted(NAMES)
    assert set(before) <= set(after)
    assert len(set(NAMES)) == len(NAMES)


def test_builtins_can_be_replaced_and_are_not_listed() -> None:
    flags = f"{json.dumps(NAMES)}.map((n) => Object.getOwnPropertyDescriptor(globalThis, n))"
    shown = f"{flags}.map((d) => [d.configurable, d.writable, d.enumerable])"
    assert evaluate(shown) == [[True, True, False]] * len(NAMES)


def test_kinds_and_parameters_are_those_of_v8() -> None:
    made = f"{json.dumps(NAMES)}.map((n) => [typeof globalThis[n], String(globalThis[n]).slice(0, 5), globalThis[n].length])"
    for builtin, (type_, start, length) in zip(builtins(), evaluate(made), strict=True):
        if builtin.kind is BuiltinKind.VALUE:
            assert type_ != "function", builtin
            assert builtin.parameters == ()
        else:
            assert type_ == "function"
            assert (start == "class") is (builtin.kind is BuiltinKind.CLASS)
            assert builtin.kind is BuiltinKind.CLASS or length == len(builtin.parameters), builtin


def test_builtins_are_described() -> None:
    assert {builtin.file for builtin in builtins()} == {path.name for path in FILES} - {"_stops.js"}
    assert set(USES) == {builtin.name for builtin in builtins() if builtin.kind is not BuiltinKind.VALUE}
    for builtin in builtins():
        assert re.fullmatch(r"\S.{20,}\.", builtin.summary), builtin
        assert "\n" not in builtin.summary
    assert BY_NAME["ColorRampVisualizer"].parameters == ("ramps", "minVal", "maxVal")
    assert BY_NAME["DefaultVisualizer"].parameters == ("minValue", "maxValue", "gain", "offset", "gamma")
    assert BY_NAME["Identity"].parameters == ()
    assert {name for name in NAMES if BY_NAME[name].deprecated} == {"colorBlend", "ColorGradientVisualizer"}
    assert (BY_NAME["index"].evidence, BY_NAME["hex2rgb"].evidence) == (Evidence.DOCUMENTED, Evidence.OBSERVED)
    assert builtins() is builtins()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_global_has_a_comment_that_cites_and_grades(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    declared = re.findall(r"^(?:async )?(?:function\*?|class|var|let|const) +([A-Za-z$]\w*)", text, re.MULTILINE)
    assert declared == [builtin.name for builtin in builtins() if builtin.file == path.name]
    for comment in re.findall(r"^/\*\*\n(.*?)\*/", text, re.MULTILINE | re.DOTALL):
        if "@evidence" in comment:
            assert len(re.findall(r"^ \* @evidence \w+$", comment, re.MULTILINE)) == 1
            assert re.search(r"known from the page|a public copy", re.sub(r"\s+\*\s+", " ", comment), re.IGNORECASE), (
                comment
            )
    assert len(re.findall(r"^ \* @evidence", text, re.MULTILINE)) == len(declared)


@pytest.mark.parametrize("word", ["const", "let", "var", "function", "class"])
@pytest.mark.parametrize("strictness", ["", '"use strict";\n'])
def test_a_script_may_declare_every_name_itself(word: str, strictness: str) -> None:
    forms = {"function": "function NAME() { return 7; }", "class": "class NAME { static own = 7; }"}
    declaration = forms.get(word, f"{word} NAME = 7;")
    seen = {"function": "NAME()", "class": "NAME.own"}.get(word, "NAME")
    before = strictness + "\n".join(declaration.replace("NAME", name) for name in NAMES)
    results = evaluate(f"[{', '.join(seen.replace('NAME', name) for name in NAMES)}]", before=before)
    assert results == [7] * len(NAMES)


def test_a_helper_works_though_a_script_hides_another() -> None:
    before = "const int2rgb = 1, blueRed = 2, ColorRampVisualizer = 3; function normalizeRGB() {} var inverse;"
    assert evaluate("new ColorMapVisualizer([[0, 0xff0000]]).process(1)", before=before) == [1, 0, 0]
    assert evaluate("[typeof inverse, inverse(2)]", before=before) == ["function", 0.5]


def test_a_failing_helper_is_told_from_the_script() -> None:
    script = """function setup() { return { input: ["A"], output: { bands: 3 } }; }
      function evaluatePixel(sample) { return normalizeRGB(sample.B); }"""
    with Program(script) as program, pytest.raises(PixelError) as caught:
        program.run({"A": np.zeros((1, 1))})
    assert str(caught.value).startswith("<script>:2: Error: normalizeRGB needs")
    assert "in normalizeRGB, a helper of the service\n    in evaluatePixel, line 2" in str(caught.value)


def test_the_library_knows_its_options() -> None:
    assert library() is library()
    assert library().endswith('})("sorted");\n//# sourceURL=helpers.js\n')
    assert '})("as-written");' in library(color_map_order="as-written")
    with pytest.raises(ValueError, match="expected one of"):
        library(color_map_order="random")  # type: ignore[arg-type]
