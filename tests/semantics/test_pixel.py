from __future__ import annotations

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.pixel import pixel_functions, pixel_nodes
from oso_evalscript.semantics.script import Script

SCRIPT = """
function setup() { return only(); }
const only = () => 1;
const twice = (x) => x + late(x);
function late(x) { return [x].map((y) => { return y + twice(0); }); }
const evaluatePixel = function (s) { return [twice(s.B04)]; };
"""


def test_what_runs_for_a_pixel_is_reached_from_evaluate_pixel() -> None:
    script = Script(parse(Source(SCRIPT)))
    reached = {script.tree.text(function).split(maxsplit=2)[0] for function in pixel_functions(script)}
    assert len(pixel_functions(script)) == 4
    assert reached == {"function", "(x)", "(y)"}
    returns = [script.tree.text(node) for node in pixel_nodes(script) if node.type == "ReturnStatement"]
    assert returns == [
        "return [x].map((y) => { return y + twice(0); });",
        "return y + twice(0);",
        "return [twice(s.B04)];",
    ]


def test_without_evaluate_pixel_nothing_runs_for_a_pixel() -> None:
    assert pixel_functions(Script(parse(Source("const f = () => 1;")))) == ()
