"""`find_scripts` finds what another, simpler way to look finds; on public repositories `tests/documents/oracle.py`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.documents.oracle import Script, compare, scripts_of
from tests.documents.strategies import fence, notebook, python_f, python_triple
from tests.linter.test_hosts import FAULTY

FILES = {
    "a.py": f"A = {python_triple(FAULTY)}\nB = 'x'\n\ndef f(x):\n    return f({FAULTY[:40]!r} + {FAULTY[40:]!r}, {python_f(FAULTY)})\n",
    "b.ipynb": notebook(f"%pip install x\nA = {FAULTY!r}\nB = '//VERSION=1'"),
    "c.json": json.dumps({"a": [{"evalscript": FAULTY}, "function setup() {}"]}),
    "d.md": f"# A\n\n{fence(FAULTY)}\n\n> Text\n\n{fence(f's = {python_triple(FAULTY)}').replace('js', 'python', 1)}\n",
    "e.py": "# evaluatePixel\nX = '''function evaluatePixel(s) {}'''\n",
}


def test_both_ways_agree_and_one_that_is_missed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert compare(tmp_path) == (7, [])
    assert scripts_of(tmp_path / "b.ipynb")[0].cell == 2
    assert Script(1, "a\ufffcb").is_like(Script(1, "axyb"))
    assert not Script(1, "a\ufffcb").is_like(Script(2, "axyb"))
    monkeypatch.setattr("oso_evalscript.find_scripts", lambda path: ())
    same, others = compare(tmp_path)
    assert (same, len(others)) == (0, 7)
