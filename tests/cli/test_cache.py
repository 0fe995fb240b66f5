from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given

from oso_evalscript import Source, lint
from oso_evalscript.cli import cache as module
from oso_evalscript.cli.cache import FOLDER, Cache, fingerprint, open_cache
from oso_evalscript.model.errors import OsoError
from tests.cli.test_lint import GOOD, PAGE
from tests.conftest import Command
from tests.strategies import code


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    found = open_cache(tmp_path / "cache")
    assert found is not None
    return found


def test_what_was_found_comes_back(cache: Cache) -> None:
    @given(code)
    def check(text: str) -> None:
        source = Source(text, "a.js")
        found = lint(source).diagnostics
        cache.put(source, "usual", found)
        assert cache.get(source, "usual") == found
        assert cache.get(source, "other") is None
        assert cache.get(source.with_text(text + " "), "usual") is None

    check()


def test_any_damage_is_absence(cache: Cache) -> None:
    source = Source.read(PAGE)
    cache.put(source, "", lint(source).diagnostics)
    [entry] = cache.folder.iterdir()
    data = entry.read_bytes()
    for number in range(0, len(data), 7):
        entry.write_bytes(data[:number])
        assert cache.get(source, "") is None
        entry.write_bytes(data[:number] + bytes([data[number] ^ 1]) + data[number + 1 :])
        assert cache.get(source, "") is None
    entry.write_bytes(data)
    assert cache.get(source, "") == lint(source).diagnostics


def test_it_is_bounded(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_FILES", 5)
    for number in range(9):
        source = Source(str(number))
        cache.put(source, "", ())
        for entry in cache.folder.iterdir():
            os.utime(entry, ns=(0, entry.stat().st_mtime_ns - 10**9))
    cache.prune()
    assert [cache.get(Source(str(number)), "") for number in range(9)] == [None] * 4 + [()] * 5
    monkeypatch.setattr(module, "_MOST_BYTES", 100)
    cache.prune()
    assert sum(entry.stat().st_size for entry in cache.folder.iterdir()) <= 100


def test_older_versions_go(cache: Cache) -> None:
    for number in range(5):
        old = cache.folder.with_name(f"old{number}")
        old.mkdir()
        os.utime(old, (number, number))
    cache.prune()
    left = {path.name for path in cache.folder.parent.iterdir() if path.is_dir()}
    assert left == {cache.folder.name, "old4", "old3"}


def test_the_fingerprint_is_that_of_the_code() -> None:
    assert fingerprint() == fingerprint()


def test_a_change_of_a_rule_is_another_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("cli", "linter", "javascript", "model"):
        (tmp_path / room).mkdir()
    monkeypatch.setattr(module, "__file__", str(tmp_path / "cli/cache.py"))
    rule = tmp_path / "linter/rule.py"
    seen = set()
    for text in ("1", "2"):
        rule.write_text(text)
        os.utime(rule, (1, 1))
        seen.add(fingerprint())
    rule.rename(tmp_path / "linter/other.py")
    assert len({*seen, fingerprint()}) == 3


def test_it_lies_in_the_project_and_ignores_itself(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    command("lint", "good.js")
    assert [path.name for path in tmp_path.iterdir()] == ["good.js"]
    (tmp_path / "pyproject.toml").write_text("")
    command("lint", "--no-cache", "good.js")
    assert not (tmp_path / FOLDER).exists()
    command("lint", "good.js")
    assert (tmp_path / FOLDER / ".gitignore").read_text() == "*\n"
    assert (tmp_path / FOLDER / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert len(list((tmp_path / FOLDER).glob("*/*"))) == 1
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    found = open_cache(None)
    assert found is not None
    assert found.folder.parent == tmp_path / FOLDER


def test_a_folder_that_cannot_be_written(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    (tmp_path / "file").write_text("")
    done = command("lint", "--cache-dir", "file", "good.js")
    assert done.status == 2
    assert done.err.startswith("oso-evalscript: file: the cache cannot be written (")
    with pytest.raises(OsoError):
        open_cache(Path("/proc/none"))
    (tmp_path / FOLDER).write_text("")
    (tmp_path / "pyproject.toml").write_text("")
    assert command("lint", "good.js").status == 0  # nobody asked for one


def test_it_knows_text_and_configuration_apart(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "page.js"
    path.write_bytes(PAGE.read_bytes())
    call = ("lint", "--format", "concise", "--cache-dir", "cache", "page.js")
    first = command(*call)
    assert command(*call) == first
    assert command(*call, "--ignore", "malformed-hex,syntax-error").out.count("\n") == 3
    assert command(*call, "--fix").status == 1
    assert command(*call) == command(*call, "--no-cache")
    path.write_bytes(PAGE.read_bytes())
    assert command(*call) == first
    assert command(*call, "--fix").err == "page.js: 6 fixes applied\n"


def test_an_entry_is_what_the_report_says(command: Command, tmp_path: Path) -> None:
    (tmp_path / "page.js").write_bytes(PAGE.read_bytes())
    call = ("lint", "--cache-dir", "cache", "page.js")
    command(*call)
    for entry in (tmp_path / "cache").glob("*/*"):
        body = entry.read_bytes().partition(b"\n")[2].replace(b"ffaaff", b"FFAAFF")
        entry.write_bytes(module._digest(body) + b"\n" + body)
    assert "0xFFAAFF" in command(*call).out
    assert "0xFFAAFF" not in command(*call, "--no-cache").out
