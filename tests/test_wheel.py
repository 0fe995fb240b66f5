"""The installed wheel, from the shell: in an empty environment, elsewhere, without the network."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of this package and of all it needs: made by `make test`, else built here."""
    if prepared := os.environ.get("OSO_EVALSCRIPT_WHEELS"):
        return Path(prepared)
    folder = tmp_path_factory.mktemp("wheels")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", folder, f"{ROOT}[test]"], check=True
    )
    return folder


def install(folder: Path, wheels: Path, what: str) -> Path:
    """Return the `bin` folder of a new environment that holds a wheel and its dependencies only, not even pip."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    words = f"-m pip --python {folder / 'env'} install --quiet --no-compile --no-index --find-links {wheels} {what}"
    subprocess.run([sys.executable, *words.split()], check=True, cwd=folder)
    return folder / "env/bin"


@pytest.fixture(scope="session")
def environment(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheel and no extra; the processes of a parallel run share one."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    base = tmp_path_factory.getbasetemp()
    shared = (base if alone else base.parent) / "elsewhere"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "installed").exists():
            install(shared, wheels, "oso-evalscript")
            (shared / "installed").touch()
    return shared / "env/bin"


def run(program: Path, *args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([program, *args], cwd=cwd, capture_output=True, text=True, env=clean)


def test_the_wheel_holds_templates_data_and_types(wheels: Path) -> None:
    (wheel,) = wheels.glob("oso_evalscript-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"oso_evalscript/templates/{path.name}" for path in (ROOT / "templates").glob("*.j2")} <= names
    assert {
        "oso_evalscript/py.typed",
        "oso_evalscript/model/catalog.toml",
        "oso_evalscript/model/host/colors.js",
    } <= names
    assert "oso_evalscript/model/nomenclatures/oso-23.toml" in names
    assert "oso_evalscript/model/crosswalks/oso-17--oso-23.toml" in names
    assert not [name for name in names if name.startswith(("tests", "evalscripts", "docs"))]


def test_the_whole_path(environment: Path, tmp_path: Path) -> None:
    command = environment / "oso-evalscript"
    (tmp_path / "mine.toml").write_text('template = "palette"\nclasses = [1, 23]\n')
    built = run(command, "build", "mine.toml", cwd=tmp_path)
    assert (built.returncode, built.stdout) == (0, "built mine.js\n"), built.stderr
    assert run(command, "lint", ".", cwd=tmp_path).stdout == "No findings in 1 file.\n"
    assert run(command, "run", "mine.js", "-o", "mine.png", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mine.png").stat().st_size > 1000
    page = ROOT / "tests/scripts/err/cnes_land_cover_page.js"
    assert run(command, "lint", page, cwd=tmp_path).stdout.count("[malformed-hex]") == 5


def test_the_package_is_not_that_of_the_checkout(environment: Path, tmp_path: Path) -> None:
    code = "import oso_evalscript.compiler.render as r; print(r.templates_folder(), (r.templates_folder() / 'mask.js.j2').exists())"
    done = run(environment / "python", "-c", code, cwd=tmp_path)
    folder, exists = done.stdout.split()
    assert Path(folder).is_relative_to(environment.parent)
    assert exists == "True"


def test_as_a_module(environment: Path, tmp_path: Path) -> None:
    done = run(environment / "python", "-m", "oso_evalscript", "--version", cwd=tmp_path)
    assert done.stdout.startswith("oso-evalscript, version 0.")


def test_the_plugin_comes_with_the_wheel(wheels: Path, tmp_path: Path) -> None:
    bin_folder = install(tmp_path, wheels, "oso-evalscript[test]")
    project = tmp_path / "project"
    shutil.copytree(ROOT / "evalscripts", project / "evalscripts")
    (project / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\noso_evalscripts = ["evalscripts/oso_palette.js"]\n'
    )
    done = run(bin_folder / "pytest", "-q", cwd=project)
    assert done.returncode == 0, done.stdout
    assert "9 passed" in done.stdout
