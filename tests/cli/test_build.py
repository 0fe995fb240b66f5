from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, Command

SHIPPED = sorted((ROOT / "evalscripts").glob("*.toml"))


def test_build_writes_beside_the_specs_and_only_what_is_stale(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "evalscripts"
    shutil.copytree(ROOT / "evalscripts", folder, ignore=shutil.ignore_patterns("*.js"))
    first = command("build")
    assert first.status == 0
    assert first.out.splitlines()[0] == f"built evalscripts/{SHIPPED[0].stem}.js"
    assert first.err == f"{len(SHIPPED)} specs: {len(SHIPPED)} built\n"
    for path in folder.glob("*.js"):
        assert path.read_bytes() == (ROOT / "evalscripts" / path.name).read_bytes()
    times = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = command("build", "evalscripts", "evalscripts/oso_palette.toml")
    assert (again.status, again.out, again.err) == (0, "", f"{len(SHIPPED)} specs: {len(SHIPPED)} unchanged\n")
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == times


def test_check_shows_a_diff_and_changes_nothing(command: Command, tmp_path: Path) -> None:
    for name in ("oso_palette.toml", "oso_palette.js", "oso_validity.toml"):
        shutil.copy(ROOT / "evalscripts" / name, tmp_path / name)
    script = tmp_path / "oso_palette.js"
    script.write_text(script.read_text().replace("0x0000ff", "0x0000fe"))
    stale = script.read_bytes()
    done = command("build", "--check", ".")
    assert done.status == 1
    assert "-  [23, 0x0000fe], // Water\n+  [23, 0x0000ff], // Water\n" in done.out
    assert "stale oso_palette.js\n" in done.out
    assert "+//VERSION=3\n" in done.out  # oso_validity.js is not there yet
    assert script.read_bytes() == stale
    assert not (tmp_path / "oso_validity.js").exists()


def test_check_of_the_shipped_scripts(command: Command) -> None:
    done = command("build", "--check", ROOT / "evalscripts")
    assert (done.status, done.out) == (0, "")


def test_a_checkout_with_crlf_is_not_stale(command: Command, tmp_path: Path) -> None:
    shutil.copy(ROOT / "evalscripts/oso_palette.toml", tmp_path)
    text = (ROOT / "evalscripts/oso_palette.js").read_bytes()
    (tmp_path / "oso_palette.js").write_bytes(text.replace(b"\n", b"\r\n"))
    assert command("build", "--check", "oso_palette.toml").status == 0


def test_a_bad_spec_is_told_and_the_rest_is_built(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('template = "confidence"\nthreshold = 101\n')
    (tmp_path / "b.toml").write_text('template = "palette"\n')
    done = command("build", "a.toml", "missing.toml", "b.toml")
    assert done.status == 2
    assert done.err.splitlines() == [
        "oso-evalscript: a.toml: `threshold = 101` is not allowed: expected a whole number from 1 to 100",
        "oso-evalscript: missing.toml: cannot be read (No such file or directory)",
        "1 spec: 1 built",
    ]
    assert (tmp_path / "b.js").exists()


def test_without_specs(command: Command, tmp_path: Path) -> None:
    done = command("build")
    assert done.status == 2
    assert done.err.startswith("oso-evalscript: evalscripts: cannot be read (No such file or directory)")
    (tmp_path / "evalscripts").mkdir()
    done = command("build")
    assert done.status == 2
    assert "no specs (*.toml) in this folder" in done.err


def test_a_script_in_the_way_is_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text('template = "palette"\n')
    (tmp_path / "b.js").mkdir()
    done = command("build", "b.toml")
    assert done.status == 2
    assert "b.js: cannot be read (Is a directory)" in done.err


def test_a_script_that_a_person_has_edited_is_kept(command: Command, tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text('template = "palette"\n')
    script = tmp_path / "b.js"
    assert command("build", "b.toml").out == "built b.js\n"
    assert "from b.toml; change that, not this file." in script.read_text().splitlines()[1]
    edited = script.read_bytes().replace(b"// Water", b"// Eau")
    script.write_bytes(edited)
    done = command("build", "b.toml")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("oso-evalscript: b.js: was edited since it was built, or build has not written it; ")
    assert script.read_bytes() == edited
    assert command("build", "--check", "b.toml").status == 1
    assert command("build", "--force", "b.toml").out == "built b.js\n"
    assert b"// Water" in script.read_bytes()


def test_a_script_of_an_older_spec_is_built_again_also_with_other_line_ends(command: Command, tmp_path: Path) -> None:
    spec, script = tmp_path / "b.toml", tmp_path / "b.js"
    spec.write_text('template = "palette"\n')
    command("build", "b.toml")
    script.write_bytes(script.read_bytes().replace(b"\n", b"\r\n"))
    spec.write_text('template = "palette"\ncolors = "groups"\n')
    assert command("build", "b.toml").out == "built b.js\n"
    assert b"\r" not in script.read_bytes()


def test_a_script_on_standard_output_is_the_one_in_the_file(command: Command, tmp_path: Path) -> None:
    done = command("build", "--stdout", ROOT / "evalscripts/oso_palette.toml")
    assert (done.status, done.out) == (0, (ROOT / "evalscripts/oso_palette.js").read_text(encoding="utf-8"))
    assert command("build", "--stdout", "--check", "x.toml").status == 2
    assert not list(tmp_path.iterdir())


def test_the_summary_names_template_bands_and_outputs(command: Command, tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text('template = "mask"\ngroups = ["forest"]\n')
    done = command("build", "--summary", "b.toml")
    assert done.out.splitlines()[1].split() == ["built", "b.js", "mask", "OCS,", "dataMask", "default", "1", "UINT8"]


def test_a_template_of_one_s_own(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "double.js.j2").write_text(
        "//VERSION=3\n{{ about | commented }}\n"
        'function setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
        "function evaluatePixel(sample) { return [{{ factor }} * {{ band | read }}]; }\n"
    )
    spec = tmp_path / "d.toml"
    spec.write_text('template = "double"\nfactor = 2.5\nband = "B04"\nabout = "one\\nthrow 1"\n')
    done = command("build", "--templates", "mine", "d.toml")
    assert (done.status, done.out) == (0, "built d.js\n")
    lines = (tmp_path / "d.js").read_text().splitlines()
    assert lines[2] == "// one throw 1"
    assert lines[4].endswith("return [2.5 * sample.B04]; }")
    spec.write_text('template = "double"\nband = "B04"\nabout = ""\n')
    done = command("build", "--templates", "mine", "d.toml")
    assert done.status == 2
    assert done.err.startswith("oso-evalscript: mine/double.js.j2:4: 'factor' is undefined")
    assert command("build", "--templates", "none", "d.toml").status == 2


def test_the_configuration_names_the_folder_of_templates_and_the_option_wins(command: Command, tmp_path: Path) -> None:
    for name in ("mine", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "own.js.j2").write_text(f"//VERSION=3\n// {name} {{{{ factor }}}}\n")
    (tmp_path / "specs/below").mkdir(parents=True)
    for spec in ("specs/a.toml", "specs/below/b.toml"):
        (tmp_path / spec).write_text('template = "own"\nfactor = 2\n')
    (tmp_path / "pyproject.toml").write_text('[tool.oso-evalscript]\ntemplates = "mine"\n')
    assert command("build", "specs", "specs/below").status == 0
    for script in ("specs/a.js", "specs/below/b.js"):
        assert "// mine 2" in (tmp_path / script).read_text()
    assert command("build", "--check", "specs").status == 0
    assert "// other 2" in command("build", "--stdout", "--templates", "other", "specs").out
    (tmp_path / "specs/below/oso-evalscript.toml").write_text('templates = "../../other"\n')
    assert "// other 2" in command("build", "--stdout", "specs/below/b.toml").out
    assert "// mine 2" in command("build", "--stdout", "specs/a.toml").out
    (tmp_path / "mine/own.js.j2").write_text("{{ nothing }}")
    assert "mine/own.js.j2:1: 'nothing' is undefined" in command("build", "specs").err
    for text, message in (
        ('templates = "gone"', "`templates`: there is no folder gone"),
        ("templates = 3", '`templates` must be the path of a folder, such as "templates"'),
    ):
        (tmp_path / "pyproject.toml").write_text(f"[tool.oso-evalscript]\n{text}\n")
        done = command("build", "specs")
        assert (done.status, done.out) == (2, "")
        assert message in done.err
        assert done.err.count("\n") == 1


def test_a_spec_is_never_overwritten(command: Command, tmp_path: Path) -> None:
    spec = tmp_path / "weird.js"
    spec.write_text('template = "palette"\n')
    done = command("build", "weird.js")
    assert done.status == 2
    assert "weird.js: expected a spec, which is a .toml file" in done.err
    assert spec.read_text() == 'template = "palette"\n'


def test_what_is_no_spec_is_told_and_the_rest_is_built(command: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "good.toml").write_text('template = "palette"\n')
    done = command("build", "x" * 300, "pipe.toml", "/dev/zero", "good.toml")
    assert done.status == 2
    assert "pipe.toml: is not a regular file" in done.err
    assert "/dev/zero: expected a spec, which is a .toml file" in done.err
    assert done.out == "built good.js\n"


def test_many_builds_at_once(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"s{number}.toml").write_text('template = "palette"\n')
    call = [sys.executable, "-m", "oso_evalscript", "build", "."]
    running = [subprocess.Popen(call, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}) for _ in range(4)]
    assert [item.wait(60) for item in running] == [0] * 4
    assert {path.suffix for path in tmp_path.iterdir()} == {".toml", ".js"}
    assert len(list(tmp_path.iterdir())) == 16


def test_a_nomenclature_of_one_s_own_may_lie_beside_the_specs(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "mine.toml").write_text('classes = [{ code = 1, label = "Water", color = "#0000ff" }]\n')
    (folder / "a.toml").write_text('template = "palette"\nnomenclature = "mine.toml"\nband = "B1"\n')
    done = command("build", "specs")
    assert (done.status, done.out, done.err) == (0, "built specs/a.js\n", "1 spec: 1 built\n")
    assert command("build", "--check", "specs").status == 0
    named = command("build", "specs/mine.toml")
    assert named.status == 2
    assert "specs/mine.toml: the key `template` is missing" in named.err
    (folder / "mine.toml").write_text('classes = [{ code = 1, label = "Water", color = "#0000fe" }]\n')
    assert command("build", "--check", "specs").status == 1
    tested = command("test", "--property", "matches", "specs/a.js")
    assert (tested.status, "FAILS" in tested.out) == (1, True)
