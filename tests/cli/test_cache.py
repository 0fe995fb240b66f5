from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import Source, lint
from oso_evalscript.cli import cache as module
from oso_evalscript.cli.cache import Cache, Entry, fingerprint, open_cache
from oso_evalscript.model.errors import OsoError
from tests.cli.test_lint import GOOD, PAGE
from tests.conftest import Command
from tests.strategies import code


def opened(folder: Path | None) -> Cache:
    found = open_cache(folder)
    assert found is not None
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's user keeps caches."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home/oso-evalscript"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return opened(tmp_path / "cache")


def test_what_was_found_comes_back(cache: Cache) -> None:
    @given(code, st.booleans())
    def check(text: str, is_script: bool) -> None:
        source = Source(text, "a.js")
        entry = Entry(lint(source).diagnostics, is_script)
        cache.put(source, "usual", entry)
        assert cache.get(source, "usual") == entry
        assert cache.get(source, "other") is None
        assert cache.get(source.with_text(text + " "), "usual") is None

    check()


def test_any_damage_is_absence(cache: Cache) -> None:
    source = Source.read(PAGE)
    cache.put(source, "", Entry(lint(source).diagnostics))
    [entry] = cache.folder.iterdir()
    data = entry.read_bytes()
    for number in range(0, len(data), 7):
        entry.write_bytes(data[:number])
        assert cache.get(source, "") is None
        entry.write_bytes(data[:number] + bytes([data[number] ^ 1]) + data[number + 1 :])
        assert cache.get(source, "") is None
    entry.write_bytes(data)
    assert cache.get(source, "") == Entry(lint(source).diagnostics)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)
ROW = ["malformed-hex", "error", "words", 0, 1, "safe", [[0, 1, "x"]]]


def test_a_body_of_another_form_is_absence_whatever_its_seal(cache: Cache) -> None:
    source = Source("return [0ffaaff];", "a.js")
    name = module._entry_name(source, "")

    def put(value: Any, body: bytes | None = None) -> Entry | None:
        body = json.dumps(value).encode() if body is None else body
        (cache.folder / name).write_bytes(cache._seal(name, body) + b"\n" + body)
        return cache.get(source, "")

    assert put([True, [ROW]]) is not None

    @given(values, st.integers(0, 6), values)
    def check(anything: Any, place: int, other: Any) -> None:
        put(anything)
        put([True, anything])
        found = put([True, [[*ROW[:place], other, *ROW[place + 1 :]]]])
        for item in found.diagnostics if found is not None else ():
            assert 0 <= item.span.start <= item.span.end <= len(source.text)
            assert isinstance(item.message, str)
            assert isinstance(item.rule, str)

    check()
    for value in (
        [True],
        [1, []],
        [True, [[*ROW, 1]]],
        [True, [[*ROW[:4], 99, None, None]]],
        [True, [[*ROW[:6], [[9, 2, ""]]]]],
    ):
        assert put(value) is None
    for body in (b"", b"[", b"\xff", b"[" * 100_000, b"1" * 10_000):
        assert put(None, body) is None


def test_what_another_has_sealed_does_not_count(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source.read(PAGE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    forger = opened(tmp_path / "cache")
    assert forger.folder == cache.folder
    forger.put(source, "", Entry())
    assert forger.get(source, "") == Entry()
    assert cache.get(source, "") is None


def test_an_entry_counts_only_under_its_own_name_and_for_its_own_version(cache: Cache) -> None:
    clean, page = Source(GOOD), Source.read(PAGE)
    cache.put(clean, "", Entry())
    [entry] = cache.folder.iterdir()
    entry.rename(cache.folder / module._entry_name(page, ""))
    assert cache.get(page, "") is None
    entry.write_bytes((cache.folder / module._entry_name(page, "")).read_bytes())
    assert cache.get(clean, "") == Entry()
    other = cache.folder.rename(cache.folder.with_name("0.0.1-" + "0" * 20))
    assert Cache(other, cache.key).get(clean, "") is None


@pytest.mark.parametrize("what", ["pipe", "folder", "link", "large"])
def test_what_is_no_plain_file_is_absence(cache: Cache, tmp_path: Path, what: str) -> None:
    source = Source(GOOD)
    cache.put(source, "", Entry())
    [entry] = cache.folder.iterdir()
    data = entry.read_bytes()
    entry.unlink()
    match what:
        case "pipe":
            os.mkfifo(entry)
        case "folder":
            entry.mkdir()
        case "link":
            (tmp_path / "elsewhere").write_bytes(data)
            entry.symlink_to(tmp_path / "elsewhere")
        case _:
            with entry.open("wb") as file:
                file.truncate(2**30)
    assert cache.get(source, "") is None


def test_it_is_bounded(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_FILES", 5)
    for number in range(9):
        source = Source(str(number))
        cache.put(source, "", Entry())
        for entry in cache.folder.iterdir():
            os.utime(entry, ns=(0, entry.stat().st_mtime_ns - 10**9))
    cache.prune()
    assert [cache.get(Source(str(number)), "") for number in range(9)] == [None] * 4 + [Entry()] * 5
    monkeypatch.setattr(module, "_MAX_BYTES", 100)
    cache.prune()
    assert sum(entry.stat().st_size for entry in cache.folder.iterdir()) <= 100


def test_older_versions_go_and_nothing_else_does(cache: Cache) -> None:
    top = cache.folder.parent
    for number in range(5):
        old = top / f"0.0.{number}-{'ab' * 10}"
        old.mkdir()
        (old / ("0" * 40)).write_text("")
        (old / ("1" * 40 + ".17")).write_text("")
        if number == 1:
            (old / "letter").write_text("")
        os.utime(old, (number, number))
        mine = top / f"mine{number}"
        mine.mkdir()
        os.utime(mine, (number, number))
        (mine / "file").write_text("")
    (cache.folder / "letter").write_text("x" * 100)
    cache.prune()
    left = {path.name for path in top.iterdir() if path.is_dir()}
    versions = {cache.folder.name, *(f"0.0.{number}-{'ab' * 10}" for number in (1, 3, 4))}
    assert left == {*versions, *(f"mine{number}" for number in range(5))}
    assert [path.name for path in (top / f"0.0.1-{'ab' * 10}").iterdir()] == ["letter"]
    assert (cache.folder / "letter").exists()


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


def test_it_lies_outside_of_the_project_and_belongs_to_the_user(command: Command, tmp_path: Path, home: Path) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    (tmp_path / "pyproject.toml").write_text("")
    command("lint", "--no-cache", "good.js")
    assert not home.exists()
    command("lint", "good.js")
    assert {path.name for path in tmp_path.iterdir()} == {"good.js", "pyproject.toml", "home"}
    assert (home / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert len(list(home.glob("*/*"))) == 1
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "key").stat().st_mode) == 0o600
    key = (home / "key").read_bytes()
    command("lint", "good.js")
    assert (home / "key").read_bytes() == key


def test_a_given_folder_is_used_and_its_own_files_are_left_alone(command: Command, tmp_path: Path, home: Path) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    command("lint", "--cache-dir", "new", "good.js")
    assert (tmp_path / "new/.gitignore").read_text() == "*\n"
    assert len(list((tmp_path / "new").glob("*/*"))) == 1
    command("lint", "--cache-dir", ".", "good.js")
    assert not (tmp_path / ".gitignore").exists()
    assert not (tmp_path / "CACHEDIR.TAG").exists()


@pytest.mark.parametrize("place", ["relative/caches", "", "/proc/none"])
def test_without_a_folder_of_the_user_s_own_nothing_is_remembered(command: Command, tmp_path: Path, place: str) -> None:
    (tmp_path / "page.js").write_bytes(PAGE.read_bytes())
    nowhere = {"XDG_CACHE_HOME": place, "HOME": "/proc/none"}
    done = command("lint", "page.js", env=nowhere)
    assert done == command("lint", "page.js", "--no-cache")
    given = command("lint", "--cache-dir", "cache", "page.js", env=nowhere)
    assert (given.status, given.out) == (1, done.out)
    assert given.err.startswith("note: cache is not used: its entries need a key, and ")
    assert not (tmp_path / "relative").exists()


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_may_write_is_not_used(tmp_path: Path, home: Path, mode: int) -> None:
    home.mkdir(parents=True)
    home.chmod(mode)
    assert open_cache(None) is None
    assert open_cache(tmp_path / "cache") is None
    assert list(home.iterdir()) == []


def test_a_link_or_a_folder_of_another_user_is_not_used(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    home.parent.mkdir()
    home.symlink_to(tmp_path / "elsewhere")
    assert open_cache(None) is None
    home.unlink()
    assert open_cache(None) is not None
    monkeypatch.setattr(os, "geteuid", lambda: 1_234_567)
    assert open_cache(None) is None


@pytest.mark.parametrize("what", ["short", "long", "readable", "link", "folder"])
def test_a_key_that_others_may_know_is_replaced(tmp_path: Path, home: Path, what: str) -> None:
    home.mkdir(parents=True, mode=0o700)
    key = home / "key"
    known = b"k" * {"short": 31, "long": 33}.get(what, 32)
    if what == "folder":
        key.mkdir()
        (key / "x").write_text("")
        assert open_cache(None) is None
        return
    if what == "link":
        (tmp_path / "elsewhere").write_bytes(known)
        (tmp_path / "elsewhere").chmod(0o600)
        key.symlink_to(tmp_path / "elsewhere")
    else:
        key.write_bytes(known)
        key.chmod(0o644 if what == "readable" else 0o600)
    assert opened(None).key != known
    assert opened(None).key == key.read_bytes()
    assert [path.name for path in home.glob("key*")] == ["key"]


def test_a_folder_that_cannot_be_written(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.js").write_text(GOOD)
    (tmp_path / "file").write_text("")
    done = command("lint", "--cache-dir", "file", "good.js")
    assert done.status == 2
    assert done.err.startswith("oso-evalscript: file: the cache cannot be written (")
    with pytest.raises(OsoError):
        open_cache(Path("/proc/none"))


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
    assert "[statistics-without-mask]" in command(*call, "--api", "statistics").out
    assert "[statistics-without-mask]" not in command(*call, "--api", "process").out


def test_what_a_checkout_brings_hides_nothing(command: Command, tmp_path: Path, home: Path) -> None:
    (tmp_path / "page.js").write_bytes(PAGE.read_bytes())
    call = ("lint", "--cache-dir", "cache", "page.js")
    honest = command(*call)
    [entry] = (tmp_path / "cache").glob("*/*")
    name, data = entry.name, entry.read_bytes()
    body = data.partition(b"\n")[2]
    clean = b"[true,[]]"
    for forged in (
        Cache(entry.parent, b"guess" * 6)._seal(name, clean) + b"\n" + clean,
        data.partition(b"\n")[0] + b"\n" + clean,
        b"\n" + clean,
        clean,
        data.replace(b"ffaaff", b"FFAAFF"),
        b"0" * 64 + b"\n" + body,
    ):
        entry.write_bytes(forged)
        assert command(*call) == honest
        assert entry.read_bytes() == data


def test_an_entry_is_what_the_report_says(command: Command, tmp_path: Path, home: Path) -> None:
    (tmp_path / "page.js").write_bytes(PAGE.read_bytes())
    call = ("lint", "--cache-dir", "cache", "page.js")
    command(*call)
    for entry in (tmp_path / "cache").glob("*/*"):
        body = entry.read_bytes().partition(b"\n")[2].replace(b"ffaaff", b"FFAAFF")
        seal = Cache(entry.parent, (home / "key").read_bytes())._seal(entry.name, body)
        entry.write_bytes(seal + b"\n" + body)
    assert "0xFFAAFF" in command(*call).out
    assert "0xFFAAFF" not in command(*call, "--no-cache").out
