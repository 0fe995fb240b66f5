from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import lint
from oso_evalscript.linter.report.style import Style
from oso_evalscript.linter.report.text import render_text
from oso_evalscript.model.display import width_of
from oso_evalscript.model.text import Source


def frame(text: str, **style: int | bool | str) -> list[str]:
    shown = render_text([lint(Source(text, "x.js"), select=["malformed-hex"])], Style(**style))  # type: ignore[arg-type]
    return shown.splitlines()


def test_a_finding_in_full() -> None:
    assert frame("const c = [\n  0ffaaff];") == [
        "x.js:2:3: error: `0ffaaff` is not a number; the colour is written `0xffaaff` [malformed-hex]",
        "    1 | const c = [",
        "    2 |   0ffaaff];",
        "      |   ^^^^^^^",
        " help: fixable with --fix",
        "      -   0ffaaff];",
        "    2 +   0xffaaff];",
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
    assert lines[1:4] == ["    1 | const c = [0", "      |            ^", "    2 |   aaaa61];"]
    assert lines[4:] == [
        " help: fixable with --fix",
        "      - const c = [0",
        "      -   aaaa61];",
        "    1 + const c = [0xaaaa61];",
        "",
        "1 finding (1 error) in 1 file; 1 fixable with --fix.",
    ]


def test_the_lines_around_a_finding_are_shown_where_something_stands_on_them() -> None:
    assert frame("\n// one\nconst c = [0ffaaff];\n   \n// more")[1:4] == [
        "    2 | // one",
        "    3 | const c = [0ffaaff];",
        "      |            ^^^^^^^",
    ]


def test_an_unsafe_fix_says_so() -> None:
    shown = render_text([lint("return [1, 2, 3];\nreturn [B04 ^ 2];", select=["xor-as-power"])])
    assert " help: fixable with --fix --unsafe-fixes\n" in shown
    assert " note: this fix is unsafe: it may change what the script returns\n" in shown


def test_a_rule_leads_to_its_page_where_links_can_be_followed() -> None:
    text = "const c = [0ffaaff];"
    first, *rest = frame(text, pages="https://x.org/docs")
    link = "\x1b]8;;https://x.org/docs/rules/malformed-hex\x1b\\[malformed-hex]\x1b]8;;\x1b\\"
    assert first.endswith(link)
    assert [first.replace(link, "[malformed-hex]"), *rest] == frame(text)


@given(st.text(), st.integers(1, 60))
def test_no_text_breaks_the_frame(before: str, width: int) -> None:
    shown = render_text([lint(Source(f"/*{before.replace('*/', '')}*/ const c = [0ffaaff];"))], Style(width=width))
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in shown.replace("\n", ""))


def test_of_very_many_findings_the_first_are_shown() -> None:
    lines = frame("const c = [" + "0ffaaff, " * 150 + "];")
    assert sum("[malformed-hex]" in line for line in lines) == 100
    assert lines[-3] == "x.js: 50 more findings; --format json shows all"
    assert lines[-1] == "150 findings (150 errors) in 1 file; 150 fixable with --fix."


def test_on_a_terminal_the_last_line_is_wrapped_too() -> None:
    lines = frame("const c = [0ffaaff];", width=30, wraps=True)
    assert lines[-2:] == ["1 finding (1 error) in 1 file;", "        1 fixable with --fix."]
