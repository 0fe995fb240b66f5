from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, Command

PAGE = ROOT / "tests/scripts/err/cnes_land_cover_page.js"
LEFT = "nodata-gets-a-color,unused-data-mask"  # what is wrong with the page's script beside its spelling
GOOD = "//VERSION=3\nfunction setup() { return { input: ['A'], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [s.A]; }\n"


def test_the_page(command: Command) -> None:
    done = command("lint", PAGE)
    assert done.status == 1
    assert done.out.count("[malformed-hex]") == 5
    assert done.out.splitlines()[-1] == "8 findings (5 errors, 3 warnings) in 1 file; 6 fixable with --fix."


def test_the_page_as_json(command: Command) -> None:
    done = command("lint", "--format", "json", PAGE)
    assert done.status == 1
    rows = json.loads(done.out)["diagnostics"]
    assert [row["fix"]["edits"][0]["text"] for row in rows if row["rule"] == "malformed-hex"] == [
        "0xffaaff", "0xaaaa61", "0xaaaa00", "0xaaaaff", "0xaaff00",
    ]  # fmt: skip
    assert len(rows) == 8


def test_fix_mends_a_copy(command: Command, tmp_path: Path) -> None:
    copy = tmp_path / "page.js"
    shutil.copy(PAGE, copy)
    done = command("lint", "--fix", copy)
    assert (done.status, done.out.splitlines()[-1]) == (1, "2 findings (2 warnings) in 1 file.")
    assert done.err == f"{copy}: 6 fixes applied\n"
    assert command("lint", copy, "--ignore", LEFT).status == 0
    assert [path.name for path in tmp_path.iterdir()] == ["page.js"]


def test_diff_changes_nothing(command: Command, tmp_path: Path) -> None:
    copy = tmp_path / "page.js"
    shutil.copy(PAGE, copy)
    done = command("lint", "--diff", "page.js")
    assert done.status == 1
    assert done.out.startswith("--- page.js\tas it is\n+++ page.js\tas it would be\n@@")
    assert copy.read_bytes() == PAGE.read_bytes()
    patched = subprocess.run(["patch", "-p0", "page.js"], input=done.out.encode(), cwd=tmp_path, capture_output=True)
    assert patched.returncode == 0
    assert command("lint", "--diff", copy, "--ignore", LEFT).status == 0


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf// VERSION=3\n" + GOOD.encode(),
        b"// VERSION=3\r\n" + GOOD.replace("\n", "\r\n").encode(),
        b"// VERSION=3\n/* a\rb\x0cc\xe2\x80\xa8d \x1b[2J */\n" + GOOD.encode(),
        b"// VERSION=3\n" + GOOD.encode() + b"// no line end at the end",
        b"// VERSION=3",
        "// VERSION=3\nconst é = '😀';\n".encode() + GOOD.encode(),
    ],
)
def test_a_diff_is_a_patch_that_does_what_fix_does(command: Command, tmp_path: Path, data: bytes) -> None:
    data = data.replace(b"//VERSION=3", b"//")
    path = tmp_path / "my script é.js"
    path.write_bytes(data)
    call = [sys.executable, "-m", "oso_evalscript", "lint", "--diff", path.name]
    done = subprocess.run(call, capture_output=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    patched = subprocess.run(["patch", "--binary", "-p0"], input=done.stdout, cwd=tmp_path, capture_output=True)
    assert patched.returncode == 0, patched.stdout
    result = path.read_bytes()
    path.write_bytes(data)
    command("lint", "--fix", path)
    assert path.read_bytes() == result != data


def test_a_diff_on_a_terminal_is_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_bytes(b"// VERSION=3\n// \x1b[2J\n" + GOOD.replace("//VERSION=3", "//").encode())
    call = f"{sys.executable} -m oso_evalscript lint --diff a.js"
    done = subprocess.run(
        ["script", "-qec", call, "/dev/null"],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert b"\x1b[2J" not in done.stdout
    assert b"\\x1b[2J" in done.stdout


def test_unsafe_fixes_only_on_request(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text("const red = int2rgb(0550000);\nreturn [B04];\n")
    assert command("lint", "--fix", path).status == 1
    assert path.read_text() == "const red = int2rgb(0550000);\nreturn [B04];\n"
    assert command("lint", "--diff", "--unsafe-fixes", path).out.count("+const red = int2rgb(0x550000);") == 1
    assert command("lint", "--fix", "--unsafe-fixes", path).status == 0
    assert path.read_text() == "const red = int2rgb(0x550000);\nreturn [B04];\n"


def test_select_and_ignore(command: Command) -> None:
    assert command("lint", "--select", "version-header", PAGE).out.count("[malformed-hex]") == 0
    assert (
        command("lint", "--ignore", f"version-header,malformed-hex,{LEFT}", "--ignore", "syntax-error", PAGE).status
        == 0
    )
    done = command("lint", "--select", "malformed", PAGE)
    assert done.status == 2
    assert "`malformed` is not a rule; did you mean `malformed-hex`?" in done.err


def test_configuration_of_files(command: Command, tmp_path: Path) -> None:
    for name in ("a/page.js", "a/old/page.js", "b/page.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PAGE, tmp_path / name)
    (tmp_path / "pyproject.toml").write_text('[tool.oso-evalscript]\nignore = ["malformed-hex", "syntax-error"]\n')
    (tmp_path / "a/oso-evalscript.toml").write_text('exclude = ["old/"]\nselect = ["malformed-hex"]\n')
    found = json.loads(command("lint", "--format", "json", ".").out)["diagnostics"]
    assert {(row["file"], row["rule"]) for row in found} == {
        ("a/page.js", "malformed-hex"),
        ("b/page.js", "version-header"),
        ("b/page.js", "nodata-gets-a-color"),
        ("b/page.js", "unused-data-mask"),
    }
    assert command("lint", "--isolated", ".").out.count("[version-header]") == 3
    assert command("lint", "--config", "a/oso-evalscript.toml", "b", "a/old").out.count("[malformed-hex]") == 5
    assert command("lint", "a", "--ignore", "malformed-hex").status == 0
    assert command("lint", "b", "--extend-select", "malformed-hex").out.count("[malformed-hex]") == 5
    assert command("lint", ".", "--exclude", "page.js").out == "No findings in 0 files.\n"
    assert command("lint", "a/old/page.js").out == "No findings in 0 files.\n"
    shown = command("lint", "-", "--stdin-filename", "b/new.js", stdin=PAGE.read_bytes()).out
    assert "[version-header]" in shown
    assert "[malformed-hex]" not in shown


def test_a_wrong_configuration_is_told_with_file_and_key(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    (tmp_path / "oso-evalscript.toml").write_text("slect = []\n")
    done = command("lint", ".")
    assert done.status == 2
    assert done.err == "oso-evalscript: oso-evalscript.toml: unknown key `slect`; did you mean `select`?\n"
    assert command("lint", "--isolated", ".").status == 0


def test_the_exit_status(command: Command, tmp_path: Path) -> None:
    (tmp_path / "warning.js").write_text("return [1]; // oso: allow malformed-hex\n")
    for options, status in (
        ([], 1),
        (["--fail-on", "info"], 1),
        (["--fail-on", "warning"], 1),
        (["--fail-on", "error"], 0),
        (["--exit-zero"], 0),
        (["--format", "sarif"], 0),
        (["--format", "sarif", "--fail-on", "warning"], 1),
        (["--format", "github"], 1),
        (["--exit-zero", "missing.js"], 2),
        (["--format", "sarif", "missing.js"], 2),
    ):
        assert command("lint", "warning.js", *options).status == status, options


def test_statistics(command: Command) -> None:
    done = command("lint", "--statistics", PAGE)
    assert (done.status, done.out) == (
        1,
        "     5  malformed-hex        error    fixes: 5 safe\n     1  nodata-gets-a-color  warning\n     1  unused-data-mask     warning\n     1  version-header       warning  fixes: 1 safe\n",
    )


def test_add_suppressions(command: Command, tmp_path: Path) -> None:
    copy = tmp_path / "page.js"
    copy.write_bytes(PAGE.read_bytes().replace(b"\n", b"\r\n"))
    done = command("lint", "--add-suppressions", copy)
    assert (done.status, done.out) == (0, "No findings in 1 file.\n")
    assert done.err == f"{copy}: 6 suppressions added\n"
    text = copy.read_bytes()
    assert text.count(b"// oso: allow") == 6
    assert text.count(b"\n") == text.count(b"\r\n") == PAGE.read_bytes().count(b"\n")
    assert command("lint", "--add-suppressions", copy).err == ""
    assert copy.read_bytes() == text
    assert command("lint", "--add-suppressions", "-", stdin=PAGE.read_bytes()).out.encode() == text.replace(b"\r", b"")


def test_standard_input(command: Command) -> None:
    done = command("lint", "-", "--stdin-filename", "pasted.js", stdin=PAGE.read_bytes())
    assert done.status == 1
    assert done.out.startswith("pasted.js:1:1: warning:")
    fixed = command("lint", "-", "--fix", stdin=PAGE.read_bytes())
    assert fixed.status == 1
    assert "0xffaaff" in fixed.out
    assert fixed.err.splitlines()[-1] == "2 findings (2 warnings) in 1 file."
    assert command("lint", "-", "--ignore", LEFT, stdin=fixed.out.encode()).status == 0


def test_folders_are_searched_for_evalscripts(command: Command, tmp_path: Path) -> None:
    (tmp_path / "scripts/deep/.hidden").mkdir(parents=True)
    (tmp_path / "scripts/node_modules").mkdir()
    for name in ("a.js", "deep/b.js", "deep/.hidden/c.js", "node_modules/d.js"):
        (tmp_path / "scripts" / name).write_text(GOOD)
    (tmp_path / "scripts/other.js").write_text("let x = ;")
    assert command("lint", "scripts", "scripts/a.js").out == "No findings in 2 files.\n"
    empty = command("lint", "scripts/node_modules/..", "scripts/deep/.hidden", "scripts/none")
    assert empty.status == 2
    (tmp_path / "empty").mkdir()
    done = command("lint", "empty")
    assert done.status == 2
    assert (
        done.err
        == "oso-evalscript: empty: no evalscripts in this folder: no file contains evaluatePixel or VERSION=3, "
        "or returns bands\n"
    )


def test_named_files_that_are_no_evalscripts(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    (tmp_path / "other.js").write_text("import x from 'y';")
    done = command("lint", "good.js", "other.js")
    assert (done.status, done.out) == (2, "No findings in 1 file.\n")
    assert done.err.startswith("oso-evalscript: other.js: this is not an evalscript, and none was found in it: ")
    assert command("lint", "--skip-others", "good.js", "other.js").out == "No findings in 1 file.\n"
    assert command("lint", "--skip-others", "other.js").out == "No findings in 0 files.\n"
    assert command("lint", "--skip-others", "missing.js", "good.js").status == 2


def test_what_cannot_be_read_is_told_and_the_rest_is_done(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    (tmp_path / "latin.js").write_bytes("// é".encode("latin-1"))
    (tmp_path / "large.js").write_text("x;" * 2_500_000)
    done = command("lint", "latin.js", "missing.js", "large.js", PAGE, "good.js")
    assert done.status == 2
    assert done.err.splitlines() == [
        "oso-evalscript: latin.js: byte 0xe9 on line 1 is not UTF-8; save the file in that encoding",
        "oso-evalscript: missing.js: No such file or directory",
        "oso-evalscript: large.js: more than 1,000,000 characters; that is too large for an evalscript",
    ]
    assert done.out.splitlines()[-1] == "8 findings (5 errors, 3 warnings) in 2 files; 6 fixable with --fix."


@pytest.mark.parametrize(
    ("data", "status", "shown"),
    [
        (b"", 1, "the script is empty: it needs the functions `setup` and `evaluatePixel`"),
        (bytes(range(256)) * 20, 2, "is not UTF-8"),
        (random.Random(1).randbytes(5000) + b"\xff", 2, "is not UTF-8"),
        (b"\x00" * 1000, 1, "unexpected character (U+0000)"),
        (GOOD.encode(), 0, "No findings"),
        (b"\xef\xbb\xbf" + GOOD.encode(), 0, "No findings"),
        (GOOD.replace("\n", "\r\n").encode(), 0, "No findings"),
        (GOOD.replace("\n", "\r").encode(), 0, "No findings"),
        (b"[" * 5_000_000, 2, "more than 1,000,000 characters"),
        (b"[" * 220_000, 1, "nested too deeply"),
        (b"[" * 500_000, 1, "500,000 tokens; the limit is"),
        (b"0ffaaff, " * 20_000, 1, "19901 more findings"),
        (b"/*" + b"x" * 900_000, 1, "the comment is not closed"),
    ],
    ids=lambda value: repr(value)[:20],  # the name of a test is put into the environment, which has little room
)  # fmt: skip
def test_any_bytes_get_an_answer(command: Command, tmp_path: Path, data: bytes, status: int, shown: str) -> None:
    path = tmp_path / "x.js"
    path.write_bytes(data)
    begun = time.monotonic()
    done = command("lint", path)
    assert time.monotonic() - begun < 15  # five on an idle machine; see the benchmarks
    assert done.status == status, done.err
    assert shown in done.out + done.err


def test_an_endless_file_gets_an_answer(command: Command) -> None:
    for args, stdin in ((["/dev/zero"], b""), (["-"], b"x" * 4_000_004), (["-"], "é".encode() * 1_000_001)):
        done = command("lint", *args, stdin=stdin)
        assert done.status == 2
        assert "more than 1,000,000 characters" in done.err


def test_paths_that_cannot_be_looked_at(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    os.mkfifo(tmp_path / "pipe.js")
    done = command("lint", "x" * 300, "good.js", "pipe.js/none")
    assert done.status == 2
    assert done.err.splitlines()[0].endswith(": File name too long")
    assert done.out == "No findings in 1 file.\n"
    assert command("lint", ".").out == "No findings in 1 file.\n"


def test_odd_names(command: Command, tmp_path: Path) -> None:
    for name in ("a b.js", "-dash.js", "new\nline.js", "tab\t.js", os.fsdecode(b"latin-\xe9.js"), "é.js"):
        (tmp_path / name).write_text("evaluatePixel(0ffaaff)")
    done = command("lint", ".")
    assert done.status == 1
    assert done.out.count("[malformed-hex]") == 6
    assert "new\\nline.js" in done.out
    assert json.loads(command("lint", "--format", "json", ".").out)["diagnostics"]
    assert command("lint", "--", "-dash.js").status == 1


def test_closed_streams(tmp_path: Path) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    for redirection, status in ((">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 0)):
        call = f"{sys.executable} -m oso_evalscript lint good.js {redirection}"
        done = subprocess.run(
            call, shell=True, capture_output=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        assert (done.returncode, done.stderr) == (status, b"")
    call = f"{sys.executable} -m oso_evalscript lint - <&-"
    done = subprocess.run(
        call, shell=True, capture_output=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (done.returncode, done.stderr) == (2, b"oso-evalscript: standard input is closed\n")


def test_line_ends_mark_and_permissions_survive_a_fix(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_bytes(
        b"\xef\xbb\xbf// VERSION=3\r\n" + GOOD.removeprefix("//VERSION=3\n").replace("\n", "\r\n").encode()
    )
    path.chmod(0o754)
    link = tmp_path / "link.js"
    link.symlink_to("a.js")
    assert command("lint", "--fix", link).status == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert path.stat().st_mode & 0o777 == 0o754
    assert link.is_symlink()


def test_a_header_is_inserted_with_the_file_s_line_end(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    body = GOOD.removeprefix("//VERSION=3\n").replace("\n", "\r\n")
    path.write_bytes(body.encode())
    assert command("lint", "--fix", path).status == 0
    assert path.read_bytes() == f"//VERSION=3\r\n{body}".encode()


def test_a_file_that_cannot_be_written_is_told(command: Command) -> None:
    done = command("lint", "--fix", "/dev/stdin", stdin=PAGE.read_bytes())
    assert done.status == 2
    assert "oso-evalscript: /dev/stdin: cannot be written (" in done.err
    assert done.out.count("[malformed-hex]") == 5


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--fix", "--diff", "x.js"], "choose one of --"),
        (["--fix", "--add-suppressions", "x.js"], "choose one of --"),
        (["--config", "x.toml", "--isolated", "x.js"], "choose one of --"),
        (["--config", "x.toml", "x.js"], "x.toml: cannot be read (No such file or directory)"),
        (["--statistics", "--format", "json", "x.js"], "cannot be combined with --format"),
        (["--exit-zero", "--fail-on", "error", "x.js"], "contradict each other"),
        (
            ["--collection", "sentinel-2-l2b", "x.js"],
            "--collection: the catalogue has no collection `sentinel-2-l2b`; did you",
        ),
        (["--api", "batch", "x.js"], "'batch' is not one of 'process', 'statistics'"),
        (["--ignore", "x", "x.js"], "--ignore: `x` is not a rule"),
        (["--exclude", "!", "x.js"], "--exclude: `!` is not a .gitignore pattern"),
        (["--jobs", "0", "x.js"], "'--jobs': 0 is not in the range"),
        (["--diff", "--format", "json", "x.js"], "cannot be combined with --format"),
        (["--unsafe-fixes", "x.js"], "--unsafe-fixes needs --fix or --diff"),
        (["-", "x.js"], "cannot be combined with other paths"),
        (["--format", "xml", "x.js"], "'xml' is not one of 'text', 'concise'"),
        (["--no-such-option", "x.js"], "No such option"),
        (["--select", "", "x.js"], "--select names no rule"),
        ([], "Missing argument 'PATH...'"),
    ],
)
def test_bad_options(command: Command, args: list[str], message: str) -> None:
    done = command("lint", *args)
    assert done.status == 2
    assert message in done.err


def test_a_terminal_of_another_encoding(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "é.js"
    path.write_text("const c = ['土', 0ffaaff];")
    done = command("lint", path.name, env={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert done.status == 1
    assert done.out.isascii()
    assert "\\xe9.js:1:17: error: `0ffaaff`" in done.out
    assert "'\\u571f', 0ffaaff" in done.out


def test_no_colour_unless_on_a_terminal(command: Command) -> None:
    assert "\x1b" not in command("lint", PAGE, env={"FORCE_COLOR": "1"}).out


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    path = tmp_path / "many.js"
    path.write_text("0ffaaff, " * 20_000)
    pipeline = f"{sys.executable} -m oso_evalscript lint {path} | head -n 1"
    done = subprocess.run(pipeline, shell=True, capture_output=True, text=True, cwd=ROOT)
    assert "Traceback" not in done.stderr
    assert done.stderr == ""


def test_an_interrupt_is_one_word(tmp_path: Path) -> None:
    path = tmp_path / "large.js"
    path.write_text("evaluatePixel(0ffaaff, 1);\n" * 30_000)
    running = subprocess.Popen(
        [sys.executable, "-m", "oso_evalscript", "lint", "--fix", path],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    time.sleep(0.8)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, "\ninterrupted\n")
    assert path.read_text() == "evaluatePixel(0ffaaff, 1);\n" * 30_000
    assert [item.name for item in tmp_path.iterdir()] == ["large.js"]


def test_a_baseline_leaves_out_what_it_lists(tmp_path: Path, command: Command) -> None:
    script = tmp_path / "a.js"
    script.write_text("const square = (x) => x ^ 2;\nreturn [B04];\n", encoding="utf-8")
    known = tmp_path / "known.json"
    assert command("lint", script, "--write-baseline", known).status == 0
    assert command("lint", script, "--baseline", known).status == 0
    script.write_text("const cube = (x) => x ^ 3;\nreturn [B04];\n", encoding="utf-8")
    found = command("lint", script, "--baseline", known, "--format", "concise")
    assert found.status == 1
    assert "1 finding of the baseline no longer occurs" in found.err
    assert command("lint", script, "--baseline", tmp_path / "absent.json").status == 2


def test_a_report_can_go_to_a_file(tmp_path: Path, command: Command) -> None:
    script = tmp_path / "a.js"
    script.write_text("const square = (x) => x ^ 2;\nreturn [B04];\n", encoding="utf-8")
    for name in ("text", "sarif", "gitlab", "junit"):
        shown = command("lint", script, "--format", name).out
        written = command("lint", script, "--format", name, "--output-file", tmp_path / "out")
        assert written.out == ""
        assert (tmp_path / "out").read_text(encoding="utf-8") == shown


def test_what_git_ignores_is_not_looked_at_in_folders(tmp_path: Path, command: Command) -> None:
    for name in ("a.js", "build/b.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("const square = (x) => x ^ 2;\nreturn [B04];\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("build/\n", encoding="utf-8")
    counts = [
        command("lint", *words, "--format", "concise").out.count("xor-as-power")
        for words in (
            (tmp_path,),
            (tmp_path, "--no-gitignore"),
            (tmp_path / "build/b.js",),
            (tmp_path / "build",),
        )
    ]
    assert counts == [1, 2, 1, 1]
