"""Hosts in other encodings than UTF-8: Python as it declares, others refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.documents.decoding import decode, is_writable
from oso_evalscript.documents.embedded import Document, find_scripts
from oso_evalscript.linter.engine import choose
from oso_evalscript.linter.hosts import Checks, fix_document
from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.text import Edit, Source, Span

SCRIPT = (
    'function setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
    "function evaluatePixel(s) { return [s.B04]; } // é\n"
)


@given(
    st.sampled_from(["latin-1", "cp1252", "ISO_8859-15", "koi8-r", "shift_jis", "utf-8", "utf8", "no-such", "rot13"]),
    st.sampled_from(["# coding: {}", "#!/bin/python\n# -*- coding: {} -*-", "\n# vim: set fileencoding={} :", "x\n# coding={}"]),
    st.text(alphabet="aé日я\r\n\"'#"),
)  # fmt: skip
def test_bytes_come_back_and_characters_are_those_of_python(encoding: str, head: str, text: str) -> None:
    whole = f"{head.format(encoding)}\n{text}"
    for spelled in (encoding, "utf-8"):
        try:
            data = whole.encode(spelled)
        except (LookupError, UnicodeError):
            continue
        try:
            source = decode(data, "x.py", "py")
        except SourceError as error:
            assert str(error).startswith("x.py: ")
            continue
        assert source.encode() == data
        if spelled == encoding and not head.startswith("x"):
            assert source.text == whole


def test_what_is_declared_is_what_python_reads(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes("#!x\n# coding: cp1252\nprint(ascii('“é”'))\n".encode("cp1252"))
    told = subprocess.run([sys.executable, path], capture_output=True, check=True, text=True).stdout
    assert told.strip() == ascii("“é”")
    assert "“é”" in decode(path.read_bytes(), "x.py", "py").text


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (b"# coding: ascii\nx = '\xe9'", "py", "not ascii, which it declares; save the file as UTF-8"),
        (b"# coding: shift_jis\nx = '\xff'", "py", "not shift_jis"),
        (b"x = '\xe9'", "py", "byte 0xe9 on line 1 is not UTF-8"),
        (b"# coding: utf-16\n\xff", "py", "byte 0xff on line 2 is not UTF-8"),
        (b"\xef\xbb\xbf# coding: latin-1\nx = '\xe9'", "py", "byte 0xe9 on line 2 is not UTF-8"),
        (b"# coding: latin-1\n\xe9", "md", "byte 0xe9 on line 2 is not UTF-8"),
    ],
)
def test_other_bytes_are_one_sentence(data: bytes, kind: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        decode(data, "x", kind)


def test_a_byte_order_mark_comes_before_a_declaration() -> None:
    source = decode(b"\xef\xbb\xbf# coding: latin-1\n\xc3\xa9", "x.py", "py")
    assert (source.text, source.encoding, source.bom) == ("# coding: latin-1\né", "utf-8", True)


def test_fixes_are_written_in_the_encoding_of_the_file(tmp_path: Path) -> None:
    data = f'# coding: latin-1\r\n# \xe9\r\nS = """{SCRIPT}"""  # \xe9\r\n'.encode("latin-1")
    document = Document.of(decode(data, "x.py", "py"), "py")
    fixed = fix_document(document, Checks(choose(None, ())))
    assert fixed.changes == 1
    assert fixed.document.source.encode() == data.replace(b'"""function', b'"""//VERSION=3\r\nfunction')
    (tmp_path / "x.py").write_bytes(data)
    (script,) = find_scripts(tmp_path / "x.py")
    assert script.source.encode() == SCRIPT.encode()


def test_what_the_encoding_lacks_is_not_written() -> None:
    source = decode(f'# coding: latin-1\nS = """//VERSION=3\n{SCRIPT}"""\n'.encode("latin-1"), "x.py", "py")
    (script,) = Document.of(source, "py").scripts
    assert script.edited([Edit(Span(0, 0), "// é\n")]) is not None
    assert script.edited([Edit(Span(0, 0), "// Ω\n")]) is None
    assert is_writable(source)
    assert is_writable(Source("Ω"))
    assert not is_writable(source.with_text("Ω"))
