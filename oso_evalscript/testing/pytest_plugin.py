"""The pytest plugin: evalscripts as tests, one for each property; three fixtures.

`oso_evalscripts` in pytest's configuration lists patterns of scripts, relative to the root folder, or of files that
hold some: `src/*.py` for all that are complete, `src/request.py::NDVI` for one. They are collected when pytest is
called without paths, or with one that holds them. What a script is meant to do is taken from the spec beside it or a
comment in it, as `oso-evalscript test` does. Nothing is imported before there is a script to test.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from oso_evalscript.documents.signs import kind_of
from oso_evalscript.model.text import SCRIPT_ENDINGS

if TYPE_CHECKING:
    from oso_evalscript.documents.embedded import Embedded
    from oso_evalscript.model.text import Source
    from oso_evalscript.runtime.program import Program
    from oso_evalscript.testing.hub import SentinelHub
    from oso_evalscript.testing.properties import Verdict

_OPTION = "oso_evalscripts"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting that lists the scripts."""
    parser.addini(
        _OPTION,
        "patterns of evalscripts to test, such as evalscripts/*.js or src/request.py::NDVI",
        type="args",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; add the scripts where pytest is called without paths."""
    config.addinivalue_line("markers", "evalscript(path): the script of the fixtures `evalscript` and `program`")
    config.addinivalue_line(
        "markers", "sentinel_hub(data=None, seed=0, budget=None): scenes and budget of the fixture `sentinel_hub`"
    )
    if config.getini(_OPTION) and config.args_source is not pytest.Config.ArgsSource.ARGS:
        given = [Path(config.invocation_params.dir, argument.split("::")[0]).resolve() for argument in config.args]
        found = [path for path in _scripts(config) if not any(path.is_relative_to(folder) for folder in given)]
        config.args.extend(str(path) for path in found)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a script that the setting names, or a file that holds some."""
    if _is_named(file_path, parent.config):
        collector: pytest.Collector = EvalscriptFile.from_parent(parent, path=file_path)
        return collector
    return None


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Keep pytest from importing a module that only holds scripts; it would, as for every file that is named."""
    patterns: list[str] = parent.config.getini("python_files")
    if not _is_named(module_path, parent.config) or any(module_path.match(pattern) for pattern in patterns):
        return None
    collector: pytest.Collector = _NoTests.from_parent(parent, path=module_path)
    return collector


def _is_named(path: Path, config: pytest.Config) -> bool:
    return bool(config.getini(_OPTION)) and kind_of(path.name) is not None and path.resolve() in _scripts(config)


def _scripts(config: pytest.Config) -> list[Path]:
    return sorted(_names(config))


def _names(config: pytest.Config) -> dict[Path, set[str]]:
    """The files that the setting names, with the names of the scripts in them; none where all of them are meant."""
    found: dict[Path, set[str]] = {}
    everything: set[Path] = set()
    patterns: list[str] = config.getini(_OPTION)
    for pattern in patterns:
        files, _, name = pattern.partition("::")
        for path in config.rootpath.glob(files):
            names = found.setdefault(path.resolve(), set())
            names |= {name} if name else set()
            everything |= set() if name else {path.resolve()}
    return {path: set() if path in everything else names for path, names in found.items()}


class _NoTests(pytest.File):
    """A module that holds no tests of its own."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield nothing."""
        return ()


class EvalscriptCollector(pytest.Collector):
    """A script; its verdicts are found once, when the first of its tests runs."""

    _verdicts: dict[str, Verdict] | None = None

    @abstractmethod
    def source(self) -> Source:
        """Return the script."""

    def items(self) -> Iterator[pytest.Item]:
        """Yield one test for each property."""
        from oso_evalscript.testing.intent import intended, spec_beside
        from oso_evalscript.testing.properties import BASIC

        source = self.source()
        for name in (*BASIC, *(item.name for item in intended(source, spec_beside(source)))):
            yield EvalscriptItem.from_parent(self, name=name)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what is wrong with the script or its spec, without a traceback."""
        from oso_evalscript.model.errors import OsoError

        return _shown(str(excinfo.value)) if isinstance(excinfo.value, OsoError) else super().repr_failure(excinfo)

    def verdict(self, name: str) -> Verdict:
        """Return the verdict on a property."""
        if self._verdicts is None:
            self._verdicts = {verdict.name: verdict for verdict in self._check()}
        return self._verdicts[name]

    def _check(self) -> list[Verdict]:
        from oso_evalscript.runtime.program import Program
        from oso_evalscript.testing.check import check
        from oso_evalscript.testing.intent import class_codes, intended, spec_beside

        source = self.source()
        spec = spec_beside(source)
        seed = self.config.getoption("hypothesis_seed", default=None)
        with Program(source) as program:
            return check(
                program,
                intended(source, spec),
                codes=class_codes(program, spec),
                seed=int(seed) if str(seed).isdecimal() else 0,
                remember=True,
            )


class EvalscriptFile(EvalscriptCollector, pytest.File):
    """A file that is a script, or holds some."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Yield one test for each property, or the scripts that are meant."""
        if self.path.suffix.removeprefix(".") in SCRIPT_ENDINGS:
            yield from self.items()
            return
        from oso_evalscript.documents.selection import select_all

        for name, script in select_all(self.path, _names(self.config)[self.path.resolve()]):
            yield EmbeddedScript.from_parent(self, name=name, script=script)

    def source(self) -> Source:
        """Return the script."""
        from oso_evalscript.model.text import Source

        return Source.read(self.path)


class EmbeddedScript(EvalscriptCollector):
    """A script inside a file."""

    def __init__(self, *, script: Embedded, **words: Any) -> None:
        super().__init__(**words)
        self._script = script

    def collect(self) -> Iterable[pytest.Item]:
        """Yield one test for each property."""
        return self.items()

    def source(self) -> Source:
        """Return the script, with the lines of the file."""
        from oso_evalscript.documents.selection import standalone

        return standalone(self._script)


class EvalscriptItem(pytest.Item):
    """One property of one script."""

    def runtest(self) -> None:
        """Fail with the counterexample; skip where the property does not apply."""
        from oso_evalscript.testing.properties import Outcome

        parent = self.parent
        if not isinstance(parent, EvalscriptCollector):
            raise TypeError(f"{self.name} does not belong to a script")
        verdict = parent.verdict(self.name)
        told = "\n".join([verdict.message, *(f"note: {note}" for note in verdict.notes)])
        self.add_report_section("call", "verdict", _shown(told))  # proved or not found: pytest -rP shows it
        if verdict.outcome is Outcome.REFUTED:
            raise Refuted(verdict)
        if verdict.outcome in (Outcome.NOT_APPLICABLE, Outcome.UNDECIDED):
            pytest.skip(_shown(verdict.message))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the counterexample, or what is wrong with the script, without a traceback."""
        from oso_evalscript.model.errors import OsoError

        if isinstance(excinfo.value, Refuted | OsoError):
            return _shown(str(excinfo.value))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the test is from and what it is called."""
        inside = "" if isinstance(self.parent, EvalscriptFile) or self.parent is None else f"::{self.parent.name}"
        return self.path, None, f"{self.path.name}{inside}: {self.name}"


def _shown(text: str) -> str:
    """Lines that may hold text of a script, so that they cannot control the terminal."""
    from oso_evalscript.model.display import escaped

    return "\n".join(escaped(line) for line in text.split("\n"))


class Refuted(Exception):  # reads well where pytest shows it
    """A property fails; the text shows on which input."""

    def __init__(self, verdict: Verdict) -> None:
        from oso_evalscript.testing.properties import described

        lines = [f"{verdict.name}: {verdict.message}"]
        if verdict.counterexample is not None:
            lines += [f"  {line}" for line in described(verdict.counterexample)]
        super().__init__("\n".join(lines))


@pytest.fixture
def evalscript(request: pytest.FixtureRequest) -> Source:
    """The script that the test's marker `evalscript(path)` names, relative to pytest's root folder."""
    from oso_evalscript.documents.selection import read_selected

    marker = request.node.get_closest_marker("evalscript")
    if marker is None or len(marker.args) != 1:
        raise pytest.UsageError('the fixture needs the marker @pytest.mark.evalscript("path/of/script.js")')
    return read_selected(request.config.rootpath / marker.args[0])


@pytest.fixture
def program(evalscript: Source) -> Iterator[Program]:
    """That script, ready to run."""
    from oso_evalscript.runtime.program import Program

    with Program(evalscript) as opened:
        yield opened


@pytest.fixture
def sentinel_hub(request: pytest.FixtureRequest) -> Iterator[SentinelHub]:
    """The service inside this process, for the time of the test; a marker of that name says data, seed and budget."""
    from oso_evalscript import testing

    marker = request.node.get_closest_marker("sentinel_hub")
    with testing.sentinel_hub(**({} if marker is None else marker.kwargs)) as hub:
        yield hub
