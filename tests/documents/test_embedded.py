"""A script that is embedded by a host's own writer is found as it was, and edited there as anywhere else."""

from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from oso_evalscript.documents.embedded import Embedded, find_scripts
from oso_evalscript.model.text import Edit, Span, apply
from tests.documents.strategies import Hosted, edits, hosted


def only(kind: str, text: str) -> Embedded:
    found = find_scripts(text=text, kind=kind)
    assert len(found) == 1, found
    return found[0]


@given(hosted())
def test_an_embedded_script_is_found_as_it_was(host: Hosted) -> None:
    found = only(host.kind, host.text)
    assert found.source.text == host.script
    assert found.name == "S"
    assert not found.source.unknown


@given(hosted())
def test_each_character_knows_its_place(host: Hosted) -> None:
    found = only(host.kind, host.text)
    done = 0
    for offset, character in enumerate(host.script):
        span = found.host_span(Span(offset, offset + 1))
        assert span.start >= done or not len(span)  # the text goes forward
        done = max(done, span.start)
        written = host.text[span.start : span.end]
        assert written == character or len(written) != 1 or (character, written) in {("\n", "\r"), (" ", "\n")}
        shown = found.shown_span(Span(offset, offset + 1))
        if written == character and host.kind == "ipynb":
            assert found.shown.slice(shown) == character or character in "\\'\"{}%"
        elif host.kind != "ipynb":
            assert shown == span
        if len(span):
            assert found.offset(span.start) is not None
        assert found.file_position(offset) == found.document.position(span.start)


@given(st.data(), hosted())
def test_an_edit_there_is_an_edit_of_the_script(data: st.DataObject, host: Hosted) -> None:
    found = only(host.kind, host.text)
    chosen = data.draw(edits(host.script))
    wanted = apply(found.source, chosen)
    assume(wanted.text.count("*/") == 1)
    changed = found.edited(chosen)
    if changed is None:
        assert not can_write(host, found, chosen)
        return
    assert changed.source.text == wanted.text
    assert_unchanged_outside(found, changed)


def can_write(host: Hosted, found: Embedded, chosen: list[Edit]) -> bool:
    """Whether the host has a way to write any text there."""
    if host.computed:
        return False
    if host.kind == "yaml":
        return host.text[found.passage.anchor(0) - 1] == '"'
    if host.kind == "html":
        return not re.search("[\r\x00]", "".join(edit.text for edit in chosen))
    return host.kind in ("py", "js", "ts", "json", "toml", "ipynb")


def assert_unchanged_outside(before: Embedded, after: Embedded) -> None:
    old, new = before.document.source.text, after.document.source.text
    start, end = before.passage.anchor(0), before.passage.anchor(len(before.passage))
    new_end = after.passage.anchor(len(after.passage))
    assert old[:start] == new[:start]
    assert old[end:] == new[new_end:]


@given(st.data(), hosted(), st.sampled_from(["\r\n", "\r"]))
def test_hosts_with_other_line_endings_hold_the_same_scripts(data: st.DataObject, host: Hosted, newline: str) -> None:
    assume(not set(host.text) & set("\r\x85\u2028\u2029"))
    found = only(host.kind, host.text)
    text = host.text.replace("\n", newline)
    if host.kind == "toml" and newline == "\r":
        return
    other = only(host.kind, text)
    assert other.source == found.source
    assert [other.position(offset) for offset in range(len(host.script))] == [
        found.position(offset) for offset in range(len(host.script))
    ]
    chosen = data.draw(edits(host.script, controls=False))
    assume(apply(found.source, chosen).text.count("*/") == 1)
    changed, again = found.edited(chosen), other.edited(chosen)
    assert (changed is None) == (again is None)
    if changed is not None and again is not None:
        assert again.document.source.text == changed.document.source.text.replace("\n", newline)
