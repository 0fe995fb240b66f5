from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import lint
from oso_evalscript.linter.report.text import Style, render_text
from oso_evalscript.model.display import width_of
from oso_evalscript.model.text import Source


def frame(text: str, **style: int | bool | str) -> list[str]:
    shown = render_text([lint(Source(text, "x.js"), select=["malformed-hex"])], Style(**style))  # type: ignore[arg-type]
    return shown.splitlines()


def test_a_finding_in_full() -> None:
    assert frame("const c = [\n  0ffaaff];") == [
        "x.js:2:3: error: `0ffaaff` is not a number; the colour is written `0xffaaff` [malformed-hex]",
        "    2 |   0ffaaff];",
        "      |   ^^^^^^^",
        " help: write `0xffaaff` (fixable with --fix)",
        "",
        "1 finding (1 error) in 1 file; 1 fixable with --fix.",
    ]


def test_nothing_found() -> None:
    assert render_text([lint(Source("")), lint(Source(""))]).splitlines()[-1] == "2 findings (2 errors) in 2 files."
    clean = lint(Source("return [1];"))
    assert render_text([clean, clean]) == "No findings in 2 files.\n"


def test_square_brackets_of_a_script_are_not_markup() -> None:
    line = frame("const c = [[/[/], [bold]red[/bold], 0ffaaff];")[1]
    assert line == "    1 | const c = [[/[/], [bold]red[/bold], 0ffaaff];"


def test_control_characters_are_shown_not_obeyed() -> None:
    lines = frame('const c = ["\x1b[31m\u202e", 0ffaaff];')
    assert "\\x1b[31m\\u202e" in lines[1]
    assert lines[2].index("^") == lines[1].index("0ffaaff")


def test_carets_stand_below_wide_characters_and_tabs() -> None:
    for before in ("\t", "/* 土地 */", "/* e\u0301 */", "/* 😀 */"):
        code, carets = frame(f"{before}const c = [0ffaaff];")[1:3]
        assert width_of(carets[: carets.index("^")]) == width_of(code[: code.index("0ffaaff")])


def test_a_long_line_is_cut_around_the_finding() -> None:
    text = "const c = [" + "0xffffff, " * 5000 + "0ffaaff" + ", 0xffffff" * 5000 + "];"
    for width in (20, 40, 80, 200):
        code, carets = frame(text, width=width)[1:3]
        assert width_of(code) <= max(width, 24)
        assert "0ffaaff" in code
        assert code.index("0ffaaff") == carets.index("^")
        assert code.count("…") == 2


def test_a_terminal_without_utf_8_gets_escapes() -> None:
    lines = frame("const c = ['é', 0ffaaff];" + " " * 300 + "x", encoding="ascii", width=60)
    assert "\n".join(lines).isascii()
    assert "'\\xe9'" in lines[1]
    assert lines[1].endswith("...")


def test_colour_is_only_decoration() -> None:
    text = "const c = [0ffaaff];"
    plain = "\n".join(frame(text))
    colored = "\n".join(frame(text, color=True))
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[\d;]+m", "", colored) == plain


def test_a_finding_over_several_lines_marks_the_first() -> None:
    lines = frame("const c = [0\n  aaaa61];")
    assert lines[0].startswith("x.js:1:12: error: `0\\n  aaaa61` is not a number")
    assert lines[1:3] == ["    1 | const c = [0", "      |            ^"]


@given(st.text(), st.integers(1, 60))
def test_no_text_breaks_the_frame(before: str, width: int) -> None:
    shown = render_text([lint(Source(f"/*{before.replace('*/', '')}*/ const c = [0ffaaff];"))], Style(width=width))
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in shown.replace("\n", ""))


def test_of_very_many_findings_the_first_are_shown() -> None:
    lines = frame("const c = [" + "0ffaaff, " * 150 + "];")
    assert sum("[malformed-hex]" in line for line in lines) == 100
    assert lines[-3] == "x.js: 50 more findings; --format json shows all"
    assert lines[-1] == "150 findings (150 errors) in 1 file; 150 fixable with --fix."
