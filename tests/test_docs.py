"""The documentation is true: generated pages are up to date, and every command and snippet runs."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from oso_evalscript import Source, load_spec
from oso_evalscript.cli import _COMMANDS
from oso_evalscript.compiler.spec import SPECS
from oso_evalscript.runtime.picture import preview
from oso_evalscript.runtime.pictures.page import Pixels
from tests.conftest import ROOT
from tests.npm import packed

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/decisions").glob("*.md")),
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#:]+)\)")

# Files that the snippets of the pages speak of.
BROKEN = "//VERSION=3\nfunction setup() { return { input: ['OCS'], output: { bands: 3 } }; }\n\n\
const colors = { forest: normalizeRGB(int2rgb(0003200)) };\nfunction evaluatePixel(s) { return colors.forest; }\n"
FAILING = (
    "function setup() { return { input: ['OCS'], output: { bands: 1 } }; }\nconst table = { 1: [1], 2: [0], 23: [1] };\n\
function evaluatePixel(s) { return [table[s.OCS][0]]; }\n"
)
FILTER = """//VERSION=3
// The least backscatter of spring 2025, in decibels
function setup() {
  return { input: ["VV", "dataMask"], output: { bands: 1 }, mosaicking: "ORBIT" };
}
function preProcessScenes(collections) {
  collections.scenes.orbits = collections.scenes.orbits.filter((orbit) => orbit.dateFrom >= "2025-03");
  return collections;
}
function evaluatePixel(samples) {
  return [Math.min(...samples.map((sample) => 10 * Math.log10(sample.VV)))];
}
"""
REQUEST = (
    'BAND = "B08"\n\n\ndef ndvi(low):\n    return f"""//VERSION=3\nfunction setup() {{\n'
    '  return {{ input: ["{BAND}", "B04"], output: {{ bands: 1, sampleType: "FLOAT32" }} }};\n}}\n'
    'function evaluatePixel(s) {{\n  return [Math.max({low}, index(s.{BAND}, s.B04))];\n}}\n"""\n'
)
LEGEND = (
    'from sentinelhub import SentinelHubRequest\n\nEVALSCRIPT = """\n//VERSION=3\nfunction setup() {\n'
    '  return { input: ["OCS"], output: { bands: 3 } };\n}\n'
    "const show = new ColorMapVisualizer([[1, 0xff00ff], [2, 0ffaaff]]);\n"
    'function evaluatePixel(s) {\n  return show.process(s.OCS);\n}\n"""\n'
)
SEND = (
    'NDVI = """//VERSION=3\nfunction setup() { return { input: ["B04"], output: { id: "red", bands: 1 } }; }\n'
    'function evaluatePixel(s) { return { red: [s.B04] }; }\n"""\nrequest = SentinelHubRequest(\n    evalscript=NDVI,\n'
    "    input_data=[SentinelHubRequest.input_data(data_collection=DataCollection.SENTINEL2_L2A)],\n"
    '    responses=[SentinelHubRequest.output_response("default", MimeType.TIFF)],\n)\n'
)


def notebook(*sources: str) -> str:
    """A notebook with some cells of code."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text.splitlines(True)}
        for text in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1) + "\n"


def blocks(page: Path, language: str) -> list[str]:
    return [body for name, body in BLOCK.findall(page.read_text(encoding="utf-8")) if name == language]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with the files that the pages speak of."""
    shutil.copy(ROOT / "tests/scripts/err/cnes_land_cover_page.js", tmp_path / "page.js")
    shutil.copytree(ROOT / "evalscripts", tmp_path / "evalscripts")
    shutil.copy(ROOT / "oso_evalscript/cli/example/palette.toml", tmp_path)
    (tmp_path / "broken.js").write_text(BROKEN)
    (tmp_path / "failing.js").write_text(FAILING)
    (tmp_path / "filter.js").write_text(FILTER)
    (tmp_path / "request.py").write_text(REQUEST)
    (tmp_path / "legend.py").write_text(LEGEND)
    (tmp_path / "legend.ipynb").write_text(notebook("import numpy as np\n", LEGEND))
    (tmp_path / "send.py").write_text(SEND)
    (tmp_path / "plot.r").write_text('script <- "//VERSION=3"\n')
    (tmp_path / "mine.csv").write_text('code,label,color\n1,"Lakes, rivers",#1f78b4\n2,Heath,#b2df8\n')
    (tmp_path / "heath.csv").write_text('code,label,color\n1,"Lakes, rivers",#1f78b4\n2,Heath,#b2df8a\n')
    (tmp_path / "heath.toml").write_text('template = "palette"\nnomenclature = "heath.csv"\nband = "B1"\n')
    (tmp_path / "bad.toml").write_text('template = "confidence"\nthreshold = 101\n')
    (tmp_path / "quoted.toml").write_text('template = "quoted"\ntitle = "Water"\n')
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/quoted.js.j2").write_text('const title = "{{ title }}";\n')
    (tmp_path / "project/archive").mkdir(parents=True)
    for folder in ("project", "project/archive"):
        shutil.copy(tmp_path / "page.js", tmp_path / folder)
    (tmp_path / "project/pyproject.toml").write_text(
        '[tool.oso-evalscript]\nignore = ["version-header"]\nexclude = ["archive/"]\n'
    )
    return tmp_path


def run(command: str, folder: Path) -> str:
    """What a command prints, in both streams; `oso-evalscript` is the one under test."""
    words = command.replace("oso-evalscript", f"{sys.executable} -m oso_evalscript", 1)
    done = subprocess.run(
        words, shell=True, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "PYTHONUTF8": "1"},
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_snippet_runs_and_prints_what_is_shown(page: Path, workplace: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for language, body in BLOCK.findall(text):
        if language == "python":
            done = subprocess.run(
                [sys.executable, "-c", body],
                cwd=workplace,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            assert done.returncode == 0, done.stderr
        elif language == "console":
            for entry in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, _, shown = entry.partition("\n")
                assert matches(run(command, workplace), shown.rstrip("\n")), f"{command}\n{run(command, workplace)}"


def matches(printed: str, shown: str) -> bool:
    """Whether `printed` is what is shown; a line `...` stands for any lines."""
    pattern = r"(?:.*\n)*?".join(re.escape(part) for part in re.split(r"^\.\.\.\n?", shown, flags=re.MULTILINE))
    return re.fullmatch(pattern, printed) is not None or re.fullmatch(pattern, printed + "\n") is not None


def test_every_block_has_a_known_language() -> None:
    for page in PAGES:
        opened = [name for name, _ in BLOCK.findall(page.read_text(encoding="utf-8"))]
        assert set(opened) <= {"console", "js", "python", "sh", "text", "yaml"}, page


def test_the_make_targets_of_the_pages_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name for page in PAGES for body in blocks(page, "sh") for name in re.findall(r"^make (\w+)", body, re.MULTILINE)
    }
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize(
    "page",
    [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"],
    ids=lambda page: page.stem,
)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        assert (page.parent / target).exists(), target


def test_the_generated_pages_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"run: make docs\n{done.stdout}{done.stderr}"


def test_every_template_page_shows_a_small_picture_of_what_its_example_draws() -> None:
    done = subprocess.run([sys.executable, "docs/pictures.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"run: make docs\n{done.stdout}{done.stderr}"
    for template in SPECS:
        assert (ROOT / f"docs/images/template_{template}.png").stat().st_size <= 60_000
        page = (ROOT / f"docs/templates/{template}.md").read_text(encoding="utf-8")
        assert f"(../images/template_{template}.png)" in page
    assert {load_spec(path).template for path in (ROOT / "evalscripts").glob("*.toml")} == set(SPECS)


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in _COMMANDS:
        assert re.search(rf"`{command}\b[^`]*`|oso-evalscript {command}\b", readme), command


def test_the_terminal_picture_shows_what_lint_says() -> None:
    done = subprocess.run([sys.executable, "docs/terminal.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"run: make docs\n{done.stdout}{done.stderr}"


def test_the_committed_picture_is_what_the_demo_draws() -> None:
    picture = preview(Source.read(ROOT / "evalscripts/oso_palette.js"))
    shown = next(item for item in picture.page.items if isinstance(item, Pixels))
    with Image.open(ROOT / "docs/images/oso_palette.png") as image:
        committed = np.asarray(image.convert("RGB"))
    with Image.open(io.BytesIO(picture.png())) as image:
        fresh = np.asarray(image.convert("RGB"))
    assert committed.shape == fresh.shape
    # The map itself to the pixel; letters may differ between versions of the drawing library.
    left, top, right, bottom = (round(2 * edge) for edge in (shown.x, shown.y, shown.x + shown.width, shown.y + shown.height))  # fmt: skip
    np.testing.assert_array_equal(committed[top:bottom, left:right], fresh[top:bottom, left:right])


def write_snippets(folder: Path) -> list[Path]:
    """Writes each Python snippet of the pages to a file of its own."""
    snippets = [
        body for page in PAGES for language, body in BLOCK.findall(page.read_text("utf-8")) if language == "python"
    ]
    files = [folder / f"snippet_{number}.py" for number in range(len(snippets))]
    for file, body in zip(files, snippets, strict=True):
        file.write_text(body)
    assert files
    return files


def test_every_python_snippet_passes_strict_mypy(tmp_path: Path) -> None:
    """As a user's own code that is checked strictly would: literals are taken where enums stand."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", *write_snippets(tmp_path)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_every_python_snippet_passes_strict_pyright(tmp_path: Path) -> None:
    """Apart from libraries that say nothing of their types."""
    with tarfile.open(packed("pyright@1.1.414", "OSO_EVALSCRIPT_PYRIGHT", tmp_path)) as archive:
        archive.extractall(tmp_path, filter="data")
    (tmp_path / "snippets").mkdir()
    write_snippets(tmp_path / "snippets")
    settings = {
        "include": ["snippets"],
        "extraPaths": [str(ROOT)],
        "typeCheckingMode": "strict",
        "reportMissingTypeStubs": False,
        "reportPrivateImportUsage": False,  # of sentinelhub, which does not say what it exports
        "reportUnknownMemberType": False,
        "reportUnknownVariableType": False,
        "reportUnknownArgumentType": False,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        ["node", tmp_path / "package/index.js", "--pythonpath", sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
