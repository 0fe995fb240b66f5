"""The public names: each documented, each where it is said to be."""

from __future__ import annotations

import ast
import inspect

import oso_evalscript
from tests.conftest import ROOT


def test_all_lists_every_lazy_name() -> None:
    assert sorted(oso_evalscript.__all__) == sorted(oso_evalscript._HOME_OF)
    assert len(oso_evalscript.__all__) <= 35
    assert set(oso_evalscript.__all__) <= set(dir(oso_evalscript))


def test_every_public_name_is_documented_at_home() -> None:
    for name in oso_evalscript.__all__:
        value = getattr(oso_evalscript, name)
        assert inspect.getdoc(value), name
        assert value.__module__ == f"oso_evalscript.{oso_evalscript._HOME_OF[name]}"


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse((ROOT / "oso_evalscript/__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    named = {
        (alias.name, str(node.module).removeprefix("oso_evalscript."))
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert named == set(oso_evalscript._HOME_OF.items())


def test_other_names_are_refused_as_usual() -> None:
    assert not hasattr(oso_evalscript, "no_such_name")


def test_no_submodule_bears_the_name_of_a_public_function() -> None:
    modules = {path.stem for path in (ROOT / "oso_evalscript").iterdir()}
    assert not modules & set(oso_evalscript.__all__)
