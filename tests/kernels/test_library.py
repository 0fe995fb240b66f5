"""The helper library as it is traced."""

from __future__ import annotations

from oso_evalscript.kernels.library import AS_IF_OFTEN, _parsed, _texts
from oso_evalscript.model.host import builtins, library


def test_every_builtin_has_a_text_of_its_own() -> None:
    assert {builtin.name for builtin in builtins()} <= {*_texts()}
    for name, text in _texts().items():
        assert text in library() or text.strip() in library()
        assert _parsed(name).type in ("FunctionDeclaration", "ClassDeclaration", "VariableDeclaration")


def test_what_is_set_otherwise_is_there() -> None:
    assert {*AS_IF_OFTEN} <= {*_texts()}
