"""The floors of the house: imports go strictly to a lower floor, and each outside library has one door."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "oso_evalscript"
FLOORS = {
    "model": 0,
    "javascript": 1,
    "semantics": 2,
    "documents": 3,
    "kernels": 3,
    "compiler": 4,
    "linter": 4,
    "runtime": 4,
    "pricing": 5,
    "project": 5,
    "rasters": 5,
    "service": 6,
    "testing": 7,
    "cli": 9,
    "": 9,
}
DOORS = {
    "esprima": {f"javascript/{name}.py" for name in ("characters", "grammar", "loops", "members", "quick", "tokens")},
    "py_mini_racer": {"runtime/child.py"},
    "coloraide": {"compiler/vision.py"},
    "defusedxml": {"compiler/importing/qml.py", "rasters/products.py"},
    "pystac": {"rasters/catalogs.py"},
    "xarray": {"rasters/lazy.py", "rasters/stores.py"},
    "dask": {"rasters/clusters.py", "rasters/lazy.py", "rasters/stores.py"},
    "zarr": {"rasters/stores.py"},
    "distributed": {"rasters/clusters.py"},
    "jinja2": {"compiler/render.py"},
    "PIL": {"runtime/pictures/canvas.py", "service/encoding.py"},
    "starlette": {"service/app.py"},
    "uvicorn": {"cli/serve.py"},
    "responses": {"testing/hub.py"},
    "httpx": {"testing/hub.py"},
    "pathspec": {"project/patterns.py"},
    "markdown_it": {"documents/markdown.py"},
    "tree_sitter": {f"documents/{name}.py" for name in ("grammar", "javascript", "jsparts", "jsstrings")},
    "yaml": {"documents/yaml.py"},
    "affine": {"rasters/grid.py", "rasters/files.py", "rasters/placing.py"},
    "rasterio": {
        *(
            f"rasters/{name}.py"
            for name in ("grid", "files", "placing", "reading", "tiff", "writing", "running", "example")
        ),
        "service/encoding.py",
        "service/request.py",
    },
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The modules a file imports, however deep in it; only those for type checkers are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path == PACKAGE / "__init__.py":  # its imports are names for type checkers, loaded lazily
        tree.body = [node for node in tree.body if not isinstance(node, ast.If)]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(module: str) -> str:
    parts = module.split(".")[1:]
    return parts[0] if parts and parts[0] in FLOORS else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    own = room(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for module in imports(path):
        if not module.startswith("oso_evalscript."):
            continue
        other = room(module)
        if module == "oso_evalscript.__version__" or (own, other) == ("", "cli"):
            continue
        assert own == other or FLOORS[other] < FLOORS[own], f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_library_has_one_door(path: Path) -> None:
    here = str(path.relative_to(PACKAGE))
    for module in imports(path):
        assert here in DOORS.get(module.split(".")[0], {here}), f"{here} imports {module}"


def test_the_child_imports_nothing_of_ours() -> None:
    assert not [module for module in imports(PACKAGE / "runtime/child.py") if module.startswith("oso_evalscript")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_of_a_size_to_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 500
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, f"{path}: {node.name}"


def loaded_by(code: str) -> set[str]:
    program = f"{code}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


HEAVY = {
    "numpy",
    "coloraide",
    "defusedxml",
    "py_mini_racer",
    "jinja2",
    "PIL",
    "rich",
    "esprima",
    "hypothesis",
    "asyncio",
    "pathspec",
    "tomllib",
    "multiprocessing",
    "markdown_it",
    "tree_sitter",
    "yaml",
    "rasterio",
    "pystac",
    "dask",
    "xarray",
    "starlette",
    "uvicorn",
    "responses",
    "httpx",
}


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import oso_evalscript") & HEAVY


def test_linting_loads_the_parser_only() -> None:
    code = "import oso_evalscript as oso; oso.lint(oso.Source('return [1]'))"
    assert loaded_by(code) & HEAVY == {"esprima"}


def test_the_lint_command_loads_the_parser_only(tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text("return [1];")
    code = (
        f"import sys; sys.argv = ['oso-evalscript', 'lint', '--no-cache', {str(path)!r}]\n"
        "from oso_evalscript.cli import main\ntry: main()\nexcept SystemExit: pass"
    )
    assert loaded_by(code) & HEAVY == {"esprima"}


def test_what_was_found_before_needs_no_parser(tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text("return [0ffaaff];")
    words = ["oso-evalscript", "lint", "--cache-dir", str(tmp_path / "cache"), "--format", "json", str(path)]
    code = (
        f"import sys; sys.argv = {words!r}\nfrom oso_evalscript.cli import main\ntry: main()\nexcept SystemExit: pass"
    )
    assert loaded_by(code) & HEAVY == {"esprima"}
    assert loaded_by(code) & HEAVY == set()
