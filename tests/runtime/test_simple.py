"""Simple scripts: no functions, bands as globals."""

from __future__ import annotations

import pytest

from oso_evalscript import Program, Source, evaluate
from oso_evalscript.model.contract import SampleType
from oso_evalscript.model.errors import PixelError, ScriptError

SCENE = {"B04": [[0.1, 0.2]], "B08": [[0.3, 0.8]]}


@pytest.mark.parametrize(
    ("text", "bands"),
    [
        ("return [B04, B08, dataMask];", [26, 77, 255]),
        ("//VERSION=3\nreturn [2 * B04];", [51]),
        ("var v = index(B08, B04);\n[v, v]", [127, 127]),
        ("let a = [B04, B08];\nreturn a.map((x) => x * 2);", [51, 153]),
        ("return B04", [26]),
        ("if (B04 > 0.15) { [1, 0] } else [0, B04]", [0, 26]),
        ("function twice(x) { return 2 * x; }\nreturn [twice(B04)];", [51]),
        ("return colorBlend(B04, [0, 1], [[0, 0, 0], [1, 1, 1]]);", [26, 26, 26]),
        ("return [B04 < 1, B08];", [255, 77]),
        ("const { x } = { x: B04 };\nreturn [x];", [26]),
    ],
)
def test_the_value_at_the_top_is_the_pixel(text: str, bands: list[int]) -> None:
    with Program(text) as program:
        output = program.setup.outputs[0]
        assert (output.id, output.bands, output.sample_type) == ("default", len(bands), SampleType.AUTO)
        assert program.run(SCENE)["default"][:, 0, 0].tolist() == bands


@pytest.mark.parametrize(
    ("text", "bands"),
    [
        ("return [B04, B08]", ("B04", "B08")),
        ("var x = {}; return [x.B04, B08];", ("B08",)),
        ("var B04 = 3; return [B04, B08, 'B02', { B03: 1 }.B03]", ("B08",)),
        ("return [dataMask, VV]", ("dataMask", "VV")),
        ("return [1]", ()),
    ],
)
def test_the_bands_are_the_names_that_a_collection_has(text: str, bands: tuple[str, ...]) -> None:
    with Program(text) as program:
        assert program.setup.bands == bands


def test_with_a_collection_its_bands_alone_count() -> None:
    with pytest.raises(ScriptError, match=r"x\.js:1: ReferenceError: B10 is not defined"):
        Program(Source("return [B10];", "x.js"), collection="S2L2A")
    with Program("return [anything, B04];", collection="byoc-1") as program:
        assert program.setup.bands == ("anything", "B04")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("return 'x';", "x.js: Script must return an array."),
        ("\nreturn [nowhere];", "x.js:2: ReferenceError: nowhere is not defined; if `nowhere` is a band, name the collection (`byoc` for your own)\n    return [nowhere];\n            ^"),
        ("return [B04", "x.js:1: SyntaxError"),
        ("const helper = (x) => x;", "x.js: the script has no function `setup`"),
        ("function setup() {}\nreturn [1];", "x.js:2: SyntaxError: Illegal return statement"),
        ("helper(3);", "x.js:1: ReferenceError: helper is not defined\n"),
        ("return [NIR2];", "x.js:1: ReferenceError: NIR2 is not defined; if `NIR2` is a band, name the collection (`byoc` for your own)\n"),
        ("/* true colour\nreturn [B04];", "x.js:1: SyntaxError: the comment is not closed: `*/` is missing"),
        ("let g = 2;\n/* true colour\nreturn [g * B04];", "x.js:2: SyntaxError: the comment is not closed: `*/` is missing"),
    ],
)  # fmt: skip
def test_what_is_no_simple_script_fails_as_it_is(text: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        Program(Source(text, "x.js"))
    assert str(caught.value).startswith(message)


def test_a_failing_pixel_names_the_script_s_own_line() -> None:
    text = "let a = {};\n\nif (B04 > 0.15) a.b.c;\nreturn [1];"
    with Program(Source(text, "x.js")) as program, pytest.raises(PixelError) as caught:
        program.run(SCENE)
    assert str(caught.value).startswith(
        "x.js:3: TypeError: Cannot read properties of undefined (reading 'c'), at the pixel in row 0, column 1"
    )


def test_a_length_that_changes_is_a_fault() -> None:
    with pytest.raises(PixelError, match="an array of 1 value"):
        evaluate("return B04 > 0.15 ? [1] : [1, 2];", SCENE)


@pytest.mark.parametrize(
    ("text", "bands"),
    [
        ("if (B04 > 0.1) { [1, 1, 1] } else { [0, 0, 0] }", ("B04",)),
        ("const { a = B03 } = {}; [B04, a]", ("B03", "B04")),
        ("const f = ({ B03 }, B02 = B04) => B03 + B02; return [f({ B03: 1 })];", ("B04",)),
        ("function f(B04) { return B04 + B08; } return [f(1)];", ("B08",)),
        ("for (const B04 of [1]) { B08 } return [B03];", ("B08", "B03")),
        ("let v; { let B04 = 1; v = B04; } return [v, B04];", ("B04",)),
        ("B01 = B04 * 2; return [B01];", ("B04",)),
        ("B04 = B04 * 2; return [B04];", ("B04",)),
        ("B04 *= 2; return [B04];", ("B04",)),
        ('return [typeof B18 !== "undefined" ? B18 : B04];', ("B04",)),
        ("return [eval('B04 + B08')];", ("B04", "B08")),
        ("var text = 'var B02 = B04; B02'; return [eval(text)];", ("B04",)),
        ("return ['B04'.length];", ()),
        ("label: for (;;) { break label; } return [{ B03: 1, B04 }.B04];", ("B04",)),
        ("return [((B04) => B04)(B08)];", ("B08",)),
    ],
)
def test_bands_are_the_names_that_nothing_declares(text: str, bands: tuple[str, ...]) -> None:
    with Program(text) as program:
        assert program.setup.bands == bands


def test_a_name_that_may_be_missing_is_a_band_where_the_collection_has_it() -> None:
    text = 'return [typeof B10 === "undefined" ? 0 : B10, B04];'
    for collection, bands in (("sentinel-2-l2a", ("B04",)), ("sentinel-2-l1c", ("B10", "B04"))):
        with Program(text, collection=collection) as program:
            assert program.setup.bands == bands


def test_a_comment_names_the_collection() -> None:
    text = "// oso: collection {}\nreturn [B04, B10];"
    with Program(text.format("sentinel-2-l1c")) as program:
        assert [item.id for item in program.origins if item] == ["sentinel-2-l1c"]
        assert program.setup.bands == ("B04", "B10")
    with pytest.raises(ScriptError, match="B10 is not defined"):
        Program(text.format("sentinel-2-l2a"))
    with Program(text.format("sentinel-2-l2a"), collection="sentinel-2-l1c") as program:  # the caller knows better
        assert program.setup.bands == ("B04", "B10")


def test_a_comment_speaks_of_one_input_only() -> None:
    inputs = '[{ datasource: "a", bands: ["B04"] }, { datasource: "b", bands: ["VV"] }]'
    with Program(
        f"// oso: collection sentinel-2-l2a\nfunction setup() {{ return {{ input: {inputs}, output: {{ bands: 1 }} }}; }}\n"
        "function evaluatePixel(s) { return [s.a[0].B04]; }"
    ) as program:
        assert program.setup.bands == ("B04", "VV")
