"""What surrounds the package: workflows, the action, forms, the citation and the image name what is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from oso_evalscript import __version__
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCHEMAS = {
    "vendor.github-workflows": [*sorted((ROOT / ".github/workflows").glob("*.yml"))],
    "vendor.github-actions": [ROOT / "action.yml"],
    "vendor.github-issue-forms": [ROOT / f".github/ISSUE_TEMPLATE/{name}.yml" for name in ("bug", "finding")],
    "vendor.github-issue-config": [ROOT / ".github/ISSUE_TEMPLATE/config.yml"],
    "vendor.dependabot": [ROOT / ".github/dependabot.yml"],
    "vendor.citation-file-format": [ROOT / "CITATION.cff"],
}


def checked(schema: str, files: list[Path]) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed: pip install '.[dev]'")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_files_keep_to_their_schemas(schema: str) -> None:
    assert SCHEMAS[schema]
    checked(schema, SCHEMAS[schema])


def test_the_version_and_its_date_are_told_alike_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == __version__
    assert f"\nversion: {__version__}\n" in citation
    assert f'\ndate-released: "{newest[2]}"\n' in citation
    pages = [(ROOT / page).read_text(encoding="utf-8") for page in ("docs/guide.md", "docs/ci.md")]
    assert {rev for page in pages for rev in re.findall(r"rev: v(\S+)", page)} == {__version__}


def test_the_workflow_tests_every_python_that_the_package_names() -> None:
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    workflow = (ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8")
    matrix = re.search(r"python: \[(.*)\]", workflow)
    assert matrix is not None
    assert re.findall(r"[\d.]+", matrix[1]) == named
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_the_image_copies_what_the_build_needs() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (?!--)(.*) \S+$", image, re.MULTILINE) for name in line.split()}
    kept = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    assert copied == kept == {"pyproject.toml", "README.md", "LICENSE", "oso_evalscript", "templates"}
    extras = set(re.findall(r"\.\[(\w+)\]", image))
    assert extras <= PROJECT["optional-dependencies"].keys()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not there")
def test_the_steps_of_the_action_lint_what_the_inputs_name(tmp_path: Path) -> None:
    """The last step as the runner would call it, with a stand-in for the installed command."""
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    script = action[action.rindex("run: |") + len("run: |") :]
    command = tmp_path / "oso-evalscript/bin/oso-evalscript"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 1\n')
    command.chmod(0o755)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"RUNNER_TEMP": str(tmp_path), "PATHS": "a *.js", "ARGUMENTS": "--fail-on error", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert done.stdout.split("\n")[:-1] == ["lint", "--format", "github", "--fail-on", "error", "--", "a", "*.js"]
