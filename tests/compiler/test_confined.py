"""Templates of a user's own in a process of their own: what breaks a limit is given up, and the rest goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from oso_evalscript.compiler import render
from oso_evalscript.compiler.confined import Confined, LimitExceeded, Refused
from oso_evalscript.compiler.render import compile_custom
from oso_evalscript.model.errors import OsoError, TemplateError
from tests.compiler.test_custom import written
from tests.conftest import ROOT, Command

GOOD = "const a = {{ value }};\n"
ENDLESS = {
    "loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "a power": "{% set a = 7 ** (10 ** 8) %}",
    "a power at reading": "a = {{ 7 ** (10 ** 8) }}",
    "a recursion": "{% macro f(n) %}{% if n %}{{ f(n - 1) ~ f(n - 1) }}{% endif %}{% endmacro %}{% set a = f(60) %}",
    "templates": "{% include 'mine.js.j2' %}",
}
LARGE = {
    "a product": "{% set a = 'a' * 10 ** 10 %}",
    "a product at reading": "{{ 'a' * 10 ** 10 }}",
    "a list": "{% set a = [0] * 10 ** 10 %}",
    "a sum of sums": "{% set a = 'a' * 1000000 %}" + "{% set a = a + a %}" * 40,
    "joined": "{% set a = 'a' * 1000000 %}" + "{% set a = a ~ a %}" * 40,
    "filled up": "{% set a = 'a' | center(10 ** 10) %}",
    "formatted": "{% set a = '%10000000000d' | format(1) %}",
    "formatted too": "{% set a = '{:>10000000000}'.format(1) %}",
    "replaced": "{% set a = ('a' * 100000) | replace('a', 'a' * 1000000) %}",
}
LONG = {
    "a text": "{{ 'a' * 2000000 }}",
    "pieces": "// {% for i in range(99999) %}0123456789{% endfor %}{% for i in range(99999) %}0123456789{% endfor %}",
    "values": "[{% for i in range(99999) %}{{ value }}, {{ value }}, {% endfor %}]",
}


@pytest.fixture
def renderer(monkeypatch: pytest.MonkeyPatch) -> Confined:
    """The usual work, under a limit that tests can wait for."""
    short = Confined("oso_evalscript.compiler.render:render_custom", seconds=2, memory=2**29)
    monkeypatch.setattr(render, "_renderer", lambda: short)
    return short


def test_what_never_ends_is_given_up_and_the_next_is_rendered(tmp_path: Path, renderer: Confined) -> None:
    for name, text in ENDLESS.items():
        start = time.monotonic()
        with pytest.raises(TemplateError, match=r"^[^\n]*mine\.js\.j2[^\n]*$") as caught:
            compile_custom(written(tmp_path, text, value=1), origin="a.toml")
        assert time.monotonic() - start < 6, name
        given_up = ("it takes longer than 2 s, and is given up", "recursion", "more than 512 MiB of memory")
        assert any(words in str(caught.value) for words in given_up), name
        assert "const a = 1;" in compile_custom(written(tmp_path, GOOD, value=1), origin="a.toml").text
    renderer.end()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds to a limit of addresses")
def test_what_is_too_large_is_given_up(tmp_path: Path, renderer: Confined) -> None:
    for name, text in LARGE.items():
        with pytest.raises(TemplateError, match=r"^[^\n]*mine\.js\.j2[^\n]*$") as caught:
            compile_custom(written(tmp_path, text, value=1), origin="a.toml")
        message = str(caught.value)
        assert "more than 512 MiB of memory" in message or "it takes longer than 2 s" in message, (name, message)
    assert "const a = 1;" in compile_custom(written(tmp_path, GOOD, value=1), origin="a.toml").text
    renderer.end()


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_what_is_too_long_is_given_up(tmp_path: Path, text: str) -> None:
    with pytest.raises(TemplateError, match=r"mine\.js\.j2: it makes more than 1,000,000 characters, and is given up$"):
        compile_custom(written(tmp_path, text, value="0123456789"), origin="a.toml")


def test_the_command_says_so_and_builds_the_rest(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/endless.js.j2").write_text(ENDLESS["loops"])
    (tmp_path / "mine/good.js.j2").write_text(GOOD)
    for name in ("endless", "good"):
        (tmp_path / f"{name}.toml").write_text(f'template = "{name}"\nvalue = 1\n')
    done = command("build", "--templates", "mine", "endless.toml", "good.toml")
    assert done.status == 2
    assert done.err == (
        "oso-evalscript: mine/endless.js.j2: it takes longer than 10 s, and is given up\n1 spec: 1 built\n"
    )
    assert "const a = 1;" in (tmp_path / "good.js").read_text()


def work(argument: object) -> str:
    """What the tests below let the other process do."""
    match argument:
        case "refuse":
            raise OsoError("no")
        case "fail":
            raise KeyError("a")
        case "print":
            print("what is printed is no answer")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exhaust":
            raise MemoryError
    return f"{argument} \n\n\n \u2028 {os.getpid()}" if argument == "tell" else str(argument)


@pytest.fixture
def other() -> Confined:
    return Confined("tests.compiler.test_confined:work", seconds=20, memory=2**30)


def test_answers(other: Confined) -> None:
    assert other.call(3) == "3"
    assert other.call("x" * 3_000_000) == "x" * 3_000_000
    told = other.call("tell")
    assert told.startswith("tell \n\n\n \u2028 ")
    assert other.call("print") == "print"
    with pytest.raises(Refused, match=r"^no$"):
        other.call("refuse")
    with pytest.raises(RuntimeError, match=r"^KeyError: 'a'$"):
        other.call("fail")
    assert other.call("tell") == told  # the same process all the time
    with pytest.raises(LimitExceeded, match="more than 1024 MiB"):
        other.call("exhaust")
    with pytest.raises(LimitExceeded, match="its process ended"):
        other.call("die")
    assert other.call("tell") != told
    other.end()
    other.end()


def test_threads_take_turns(other: Confined) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda number=number: found.append(other.call(number))) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=int) == [str(number) for number in range(20)]
    other.end()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_starts_its_own(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from oso_evalscript.compiler.confined import Confined\n"
        "other = Confined('tests.compiler.test_confined:work', seconds=20, memory=2**30)\n"
        "told = other.call('tell')\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(0 if other.call('tell') != told else 1)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "assert other.call('tell') == told\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_an_interpreter(other: Confined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(OsoError, match=r"need a Python interpreter to start, and sys\.executable is empty"):
        other.call(1)
