from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.text import Edit, Position, Source, Span, apply


@given(st.text(), st.booleans())
def test_a_file_is_written_back_unchanged(text: str, bom: bool) -> None:
    data = Source(text.removeprefix("\ufeff"), bom=bom).encode()
    assert Source.decode(data).encode() == data


@given(st.text(alphabet="ab\n\r\u2028é😀"))
def test_positions_count_lines_and_columns_from_one(text: str) -> None:
    source = Source(text)
    for offset in range(len(text) + 1):
        position = source.position(offset)
        start = source.line_starts[position.line - 1]
        assert start + position.column - 1 == offset
        assert not set(text[start:offset]) & set("\n\u2028")


@given(st.text(alphabet="ab\n\r\u2028"))
def test_lines_are_those_of_javascript(text: str) -> None:
    source = Source(text)
    lines = [source.slice(source.line_span(number + 1)) for number in range(len(source.line_starts))]
    assert lines == text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").split("\n")


@given(st.text(min_size=1), st.data())
def test_edits_replace_their_spans_and_nothing_else(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=8)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [Edit(Span(low, high), data.draw(st.text(max_size=3))) for low, high in pairs]
    expected = text
    for edit in reversed(edits):
        expected = expected[: edit.span.start] + edit.text + expected[edit.span.end :]
    assert apply(Source(text), edits).text == expected


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply(Source("abcd"), [Edit(Span(0, 2), "x"), Edit(Span(1, 3), "y")])
    with pytest.raises(ValueError, match="leaves the text"):
        apply(Source("abcd"), [Edit(Span(2, 9), "x")])


@pytest.mark.parametrize("bounds", [(-1, 0), (3, 2)])
def test_a_span_runs_forward(bounds: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="runs forward"):
        Span(*bounds)


def test_the_byte_order_mark_is_no_character() -> None:
    source = Source.decode(b"\xef\xbb\xbf//VERSION=3\r\n")
    assert source.bom
    assert source.text == "//VERSION=3\r\n"
    assert source.newline == "\r\n"
    assert source.position(0) == Position(1, 1)


def test_other_encodings_are_refused_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "latin.js"
    path.write_bytes("// a\n// é\n".encode("latin-1"))
    with pytest.raises(SourceError, match=r"latin\.js: byte 0xe9 on line 2 is not UTF-8"):
        Source.read(path)


@given(st.text(alphabet="ab\n", min_size=4), st.data())
def test_edits_move_what_is_unknown_and_do_not_touch_it(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=8, unique=True)))
    spans = [Span(low, high) for low, high in pairwise(cuts)]
    unknown, edited = tuple(spans[::2]), spans[1::2]
    source = Source(text, unknown=unknown)
    edits = [Edit(span, data.draw(st.text(alphabet="xy", max_size=3))) for span in edited]
    changed = apply(source, edits)
    assert [changed.slice(span) for span in changed.unknown] == [source.slice(span) for span in unknown]
    assert changed.text == apply(Source(text), edits).text
    with pytest.raises(ValueError, match="not known"):
        apply(source, [Edit(unknown[0], "z")])


@given(st.text())
def test_a_source_or_a_text_is_a_script(text: str) -> None:
    source = Source(text)
    assert Source.of(source) is source
    if not text.endswith(("js", "py", "md", "ts")):
        assert Source.of(text) == source


def test_a_path_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text("//VERSION=3\n")
    assert Source.of(path) == Source.read(path)


@pytest.mark.parametrize("path", ["page.js", "my scripts/page.js", "/a/b.ipynb", "C:\\a.JS", "request.py", "a.b.mjs"])
def test_a_path_as_text_is_told_from_a_script(path: str) -> None:
    with pytest.raises(SourceError, match=r"is a path, not a script: use Source\.read"):
        Source.of(path)


@pytest.mark.parametrize(
    "text", ["// as in page.js", "/* page.js", "return [B04]; // page.js", "B04", "a\nb.js", "", "'a.js"]
)
def test_a_script_is_not_taken_for_a_path(text: str) -> None:
    assert Source.of(text).text == text


def test_what_holds_scripts_is_not_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"request\.py is not JavaScript; `find_scripts\('.*request\.py'\)`"):
        Source.of(tmp_path / "request.py")
    with pytest.raises(SourceError, match=r"expected a Source, the text of a script or a pathlib\.Path, not int"):
        Source.of(3)  # type: ignore[arg-type]
