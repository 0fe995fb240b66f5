"""`regex`: the same answers as a compiled expression, and nothing compiled before the first question."""

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.regex import regex


@given(
    st.sampled_from([r"(\w+)=(\d*)", "^$", r"\s", "a|b|"]),
    st.text("ab1= \n", max_size=12),
    st.sampled_from([0, re.MULTILINE]),
)
def test_every_method_answers_as_a_compiled_expression(pattern: str, text: str, flags: int) -> None:
    ours, compiled = regex(pattern, flags), re.compile(pattern, flags)
    for _ in range(2):  # the first question compiles
        for method in ("match", "fullmatch", "search"):
            assert str(getattr(ours, method)(text)) == str(getattr(compiled, method)(text))
        assert [m.span() for m in ours.finditer(text)] == [m.span() for m in compiled.finditer(text)]
        assert ours.findall(text) == compiled.findall(text)
        assert ours.split(text) == compiled.split(text)
        assert ours.sub("-", text) == compiled.sub("-", text)
        assert ours.subn("-", text) == compiled.subn("-", text)
    assert (ours.pattern, ours.flags, ours.groups) == (compiled.pattern, compiled.flags, compiled.groups)


def test_an_expression_is_named_by_its_text() -> None:
    assert repr(regex("a+")) == "regex('a+')"


def test_a_faulty_expression_fails_when_it_is_used() -> None:
    faulty = regex("(")
    with pytest.raises(re.error, match="unterminated"):
        faulty.match("")


_IMPORTS = """
import re, pkgutil, importlib, sys
import oso_evalscript
compiled = []
original = re._compile
def spy(pattern, flags):
    frame = sys._getframe(2)
    if "oso_evalscript" in frame.f_code.co_filename and isinstance(pattern, str):
        compiled.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
    return original(pattern, flags)
re._compile = spy
for room in ("model", "javascript", "semantics", "linter", "project", "documents"):
    package = importlib.import_module(f"oso_evalscript.{room}")
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
print(*compiled, sep="\\n")
"""


def test_the_rooms_of_the_linter_compile_nothing_when_they_are_imported() -> None:
    result = subprocess.run([sys.executable, "-c", _IMPORTS], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
