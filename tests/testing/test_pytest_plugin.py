"""The plugin, in a pytest of its own."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from importlib.metadata import entry_points

import pytest

from tests.conftest import ROOT

pytest_plugins = ["pytester"]

WRONG = """//VERSION=3
// oso: nomenclature oso-23
function setup() { return { input: ["OCS", "dataMask"], output: { bands: 4 } }; }
function evaluatePixel(s) {
  if (s.OCS === 1) return [1, 0, 1, s.dataMask];
  return [0, 0, 0, 0];
}
"""
INSTALLED = "oso_evalscript" in {point.name for point in entry_points(group="pytest11")}
PLUGIN = () if INSTALLED else ("-p", "oso_evalscript.testing.pytest_plugin")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with two scripts and a test of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = pytester.mkdir("evalscripts")
    (folder / "wrong.js").write_text(WRONG)
    (folder / "other.js").write_text("not one of them")
    for suffix in ("js", "toml"):
        shutil.copy(ROOT / f"evalscripts/oso_palette.{suffix}", folder / f"oso_palette.{suffix}")
    tests = pytester.mkdir("tests")
    (tests / "test_own.py").write_text("def test_own(): pass\n")
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
        'oso_evalscripts = ["evalscripts/oso_*.js", "evalscripts/wrong.js"]\n'
    )
    return pytester


def run(project: pytest.Pytester, *args: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", "no:cacheprovider", *PLUGIN, *args)


def test_scripts_are_tests(project: pytest.Pytester) -> None:
    result = run(project, "-rP")
    result.assert_outcomes(passed=1 + 9 + 6, failed=1)
    assert result.stdout.str().count("proved on 512 of 512 inputs") == 7 + 4  # not only that it passed
    result.stdout.fnmatch_lines(
        [
            "*palette_exact: is not the colour of its class in oso-23",
            "*input     OCS = 2",
            "*input     dataMask = 1",
            "*stored    default: 0, 0, 0, 0",
            "*expected  color: 255, 85, 255",
            "*line      6",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_they_are_chosen_like_any_test(project: pytest.Pytester) -> None:
    run(project, "-k", "palette_exact").assert_outcomes(passed=1, failed=1, deselected=15)
    run(project, "evalscripts/wrong.js::total").assert_outcomes(passed=1)


def test_paths_choose_among_them(project: pytest.Pytester) -> None:
    def collected(*paths: str) -> list[str]:
        lines = run(project, "--collect-only", "-q", "-p", "no:hypothesispytest", *paths).outlines
        return [line for line in lines if "::" in line]

    own = ["tests/test_own.py::test_own"]
    scripts = collected("evalscripts")
    assert len(scripts) == 16
    assert collected("tests") == own
    assert collected() == own + scripts
    assert collected("evalscripts/wrong.js") == [line for line in scripts if "wrong" in line]


def test_the_last_failure_runs_again(project: pytest.Pytester) -> None:
    project.runpytest_subprocess(*PLUGIN, "evalscripts/wrong.js").assert_outcomes(passed=6, failed=1)
    project.runpytest_subprocess(*PLUGIN, "--lf").assert_outcomes(failed=1)


def test_they_run_in_parallel(project: pytest.Pytester) -> None:
    run(project, "-n", "2", "evalscripts/wrong.js").assert_outcomes(passed=6, failed=1)


def test_a_series_is_sampled(project: pytest.Pytester) -> None:
    (project.path / "evalscripts/wrong.js").write_text(
        "function setup() { return { input: ['B04'], output: { bands: 1 }, mosaicking: 'ORBIT' }; }\n"
        "function evaluatePixel(samples) { return [samples[0].B04]; }"
    )
    result = run(project, "evalscripts/wrong.js", "--hypothesis-seed=3")
    result.stdout.fnmatch_lines(["*input     samples = []*"])


FIXTURES = """
import pytest

@pytest.mark.evalscript("evalscripts/oso_palette.js")
def test_colors(evalscript, program):
    assert evalscript.text.startswith("//VERSION=3")
    assert program.run({"OCS": [[1]]})["default"][:, 0, 0].tolist() == [255, 0, 255, 255]

def test_without_marker(program):
    pass
"""


def test_fixtures_hand_over_a_script_and_its_program(project: pytest.Pytester) -> None:
    (project.path / "tests/test_own.py").write_text(FIXTURES)
    result = run(project, "tests")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the fixture needs the marker @pytest.mark.evalscript*"])


def test_a_script_that_does_not_load_says_so(project: pytest.Pytester) -> None:
    (project.path / "evalscripts/wrong.js").write_text("//VERSION=3\nlet x = ;")
    result = run(project, "evalscripts/wrong.js")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*wrong.js:2: SyntaxError: Unexpected token ';'"])
    assert "Traceback" not in result.stdout.str()


def test_it_costs_nothing_where_it_is_not_used(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(
        "import sys\n"
        "def test_modules():\n"
        "    assert not {'numpy', 'py_mini_racer', 'esprima', 'jinja2'} & set(sys.modules)\n"
        "    assert not [name for name in sys.modules if name.startswith('oso_evalscript.runtime')]\n"
    )
    others = ("no:hypothesispytest", "no:xdist", "no:zarr")  # plugins of others, the last of which loads numpy
    result = pytester.runpytest_subprocess(*(word for other in others for word in ("-p", other)), *PLUGIN)
    result.assert_outcomes(passed=1)
    assert sys.executable


def test_what_scripts_say_controls_no_terminal(project: pytest.Pytester) -> None:
    (project.path / "evalscripts/wrong.js").write_text(
        'function setup() { return { input: ["dataMask"], output: { id: "\\x1b[31m\\u202e\\n::error::x", bands: 1 } }; }\n'
        "function evaluatePixel(s) { if (s.dataMask) throw new Error('\\x1b[2J\\x9b1m##[error]x'); return [NaN]; }"
    )
    result = run(project, "evalscripts/wrong.js", "-rA", "-p", "no:hypothesispytest")
    result.assert_outcomes(failed=1, passed=2, skipped=2)
    shown = result.stdout.str()
    assert "\\x1b[2J\\x9b1m##\\x5berror]x" in shown
    assert not {char for char in shown if unicodedata.category(char) in ("Cc", "Cf")} - {"\n"}
    assert not [line for line in shown.splitlines() if line.strip().startswith("::") or "##[" in line]


REQUEST = '''raise AssertionError("a module that only holds scripts is not imported")

NDVI = """//VERSION=3
function setup() { return { input: ["OCS"], output: { bands: 1, sampleType: "UINT8" } }; }
function evaluatePixel(s) { return [s.OCS]; }
"""
NONE = """//VERSION=3
function setup() { return { input: ["OCS"], output: { bands: 1, sampleType: "UINT8" } }; }
function evaluatePixel(s) { return [s.OCS === 3 ? missing : s.OCS]; }
"""


def make(band):
    return f"""//VERSION=3
function setup() {{ return {{ input: ["{band}"], output: {{ bands: 1 }} }}; }}
function evaluatePixel(s) {{ return [s.{band}]; }}
"""
'''


def test_scripts_inside_files_are_tests(project: pytest.Pytester) -> None:
    project.mkdir("src").joinpath("request.py").write_text(REQUEST)
    project.makepyprojecttoml('[tool.pytest.ini_options]\noso_evalscripts = ["src/*.py"]\n')
    result = run(project, "-rA", "src/request.py")
    found = result.stdout.str()
    assert "PASSED src/request.py::NDVI::total" in found
    assert "FAILED src/request.py::NONE::total" in found
    assert "request.py::NONE:9" in found
    assert "request.py::make" not in found
    run(project, "src/request.py::NDVI::total").assert_outcomes(passed=1)
    project.makepyprojecttoml('[tool.pytest.ini_options]\noso_evalscripts = ["src/request.py::NDVI"]\n')
    outcome = run(project, "--collect-only", "-q").stdout.str()
    assert "src/request.py::NDVI::total" in outcome
    assert "NONE" not in outcome
    project.makepyprojecttoml('[tool.pytest.ini_options]\noso_evalscripts = ["src/request.py::XYZ"]\n')
    wrong = run(project)
    assert "no evalscript is named XYZ; expected one of " in wrong.stdout.str()
    assert "Traceback" not in wrong.stdout.str()
    project.makepyprojecttoml('[tool.pytest.ini_options]\noso_evalscripts = ["src/request.py::make"]\n')
    assert "request.py::make: __BAND__ is filled in by the program" in run(project).stdout.str()
