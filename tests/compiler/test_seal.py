"""The seal tells whether a person has changed a script."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.seal import is_intact, sealed

texts = st.lists(st.sampled_from(["//VERSION=3", "let a = 1;", "", "é", "// [sha256 0000000000000000]"])).map("\n".join)


@given(texts, st.text(), st.booleans())
def test_a_sealed_script_is_intact_with_either_line_end(text: str, origin: str, windows: bool) -> None:
    data = sealed(text, origin).encode("utf-8", "replace")
    assert is_intact(data.replace(b"\n", b"\r\n") if windows else data)


@given(texts, st.data())
def test_any_other_character_breaks_it(text: str, data: st.DataObject) -> None:
    script = sealed(text, "a.toml")
    start = script.index("\n// Generated") + 1 if script.startswith("//VERSION=3\n") else 0
    end = script.index("]\n", start) + 2
    places = [*range(start), *range(end, len(script) + 1)]
    at = data.draw(st.sampled_from(places)) if places else end
    assert not is_intact((script[:at] + "x" + script[at:]).encode())


def test_what_is_not_sealed_is_not_intact() -> None:
    assert not is_intact(b"")
    assert not is_intact(b"//VERSION=3\n")
    assert not is_intact(b"\xff\xfe")
