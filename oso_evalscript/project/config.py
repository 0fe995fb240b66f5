"""Configuration: what `oso-evalscript.toml`, or `[tool.oso-evalscript]` in `pyproject.toml`, says.

The nearest file above a script holds for it; in one folder `oso-evalscript.toml` comes first. What a file leaves out is
taken from the file that it names under `extend`, and from no other; what it says of some files under `overrides` wins.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oso_evalscript.model.errors import ConfigError, OsoError
from oso_evalscript.model.nearest import nearest

if TYPE_CHECKING:
    from oso_evalscript.model.contract import Api

OWN_FILE = "oso-evalscript.toml"
SHARED_FILE = "pyproject.toml"
_TABLE = "oso-evalscript"


@dataclass(frozen=True)
class Override:
    """What holds for some of the files of a configuration.

    Attributes:
        files: which, as patterns of a `.gitignore` file from the folder of the configuration.
        select: as in the configuration, in whose place it counts.
        extend_select: rules to run beside those of the configuration.
        ignore: rules not to run, beside those of the configuration.
        collection: in the place of that of the configuration.
        api: likewise.
    """

    files: tuple[str, ...]
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    collection: str | None = None
    api: Api | None = None


@dataclass(frozen=True)
class Config:
    """What is to be found in the scripts of a folder, and what they are built with.

    Attributes:
        select: the rules to run; where it is None, all that find errors and warnings.
        extend_select: rules to run beside those.
        ignore: rules not to run.
        include: files to look at where a folder is searched, as patterns of a `.gitignore` file; where it is None, all
            that may hold scripts by their names.
        exclude: scripts not to look at, in the same way.
        collection: where the bands of the scripts come from.
        api: which of the service's interfaces runs the scripts.
        templates: the folder of the user's own templates.
        overrides: what holds for some of the files, later ones first.
        extended: the configuration that gives what is left out here.
        folder: what the patterns and that folder are relative to.
        path: the file that says so, None where there is none.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    collection: str | None = None
    api: Api | None = None
    templates: str | None = None
    overrides: tuple[Override, ...] = ()
    extended: Config | None = None
    folder: Path = Path()
    path: Path | None = None

    @property
    def templates_folder(self) -> Path | None:
        """The folder of the user's own templates, from the working folder where it lies below it."""
        if self.templates is None:
            return None if self.extended is None else self.extended.templates_folder
        return Path(_shown(_absolute(self.folder / self.templates)))

    def excludes(self, path: Path, *, folder: bool = False) -> bool:
        """Return whether the patterns leave out a script, or a folder as a whole."""
        if not self.exclude and self.extended is not None:
            return self.extended.excludes(path, folder=folder)
        name = self._name(path) if self.exclude else None
        return name is not None and _matches(self.exclude, f"{name}/" if folder else name)

    def includes(self, path: Path) -> bool | None:
        """Return whether the patterns say to look at a file where a folder is searched; None where there are none."""
        if self.include is None and self.extended is not None:
            return self.extended.includes(path)
        name = self._name(path) if self.include is not None else None
        return None if name is None or self.include is None else _matches(self.include, name)

    def of_file(self, path: Path) -> Config:
        """Return what holds for one file: what is left out here comes from elsewhere, and overrides win."""
        base = self
        if self.extended is not None:
            above = self.extended.of_file(path)
            base = replace(
                self,
                select=above.select if self.select is None else self.select,
                extend_select=self.extend_select or above.extend_select,
                ignore=self.ignore or above.ignore,
                collection=self.collection or above.collection,
                api=self.api or above.api,
            )
        name = self._name(path) if self.overrides else None
        for item in self.overrides:
            if name is not None and _matches(item.files, name):
                said = Config(item.select, item.extend_select, item.ignore, collection=item.collection, api=item.api)
                base = base.overridden(said)
        return base

    def _name(self, path: Path) -> str | None:
        """A path from the folder of the configuration; None elsewhere, where the patterns do not speak of it."""
        try:
            return _absolute(path).relative_to(_absolute(self.folder)).as_posix()
        except ValueError:
            return None

    def overridden(self, by: Config) -> Config:
        """Return what holds where the command line says `by`, whose `exclude` is kept apart, of another folder.

        Who names rules wants those: `select` sets everything aside that the file says about rules. What is selected
        or ignored beside it is added, and wins over the file.
        """
        base = self if by.select is None else replace(self, select=by.select, extend_select=(), ignore=())
        return replace(
            base,
            extend_select=(*(name for name in base.extend_select if name not in by.ignore), *by.extend_select),
            ignore=(*(name for name in base.ignore if name not in by.extend_select), *by.ignore),
            collection=by.collection or self.collection,
            api=by.api or self.api,
        )


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    from oso_evalscript.project.patterns import spoken_of  # only where there are patterns

    return bool(spoken_of(patterns, name))


class Configs:
    """The configuration of each script: that of the nearest file above it, read once, or the one given for all."""

    def __init__(self, given: Config | None = None) -> None:
        self._given = given
        self._of_folder: dict[Path, Config | None] = {}  # by the path from the root
        self._asked: dict[Path, Config] = {}  # by the path as it was given

    def of(self, folder: Path) -> Config:
        """Return what holds for the scripts of a folder.

        Raises:
            ConfigError: the file says something it must not.
        """
        if self._given is not None:
            return self._given
        if folder not in self._asked:
            self._asked[folder] = self._nearest(_absolute(folder)) or Config()
        return self._asked[folder]

    def _nearest(self, folder: Path) -> Config | None:
        if folder not in self._of_folder:
            found = _in_folder(folder)
            if found is None and folder != folder.parent:
                found = self._nearest(folder.parent)
            self._of_folder[folder] = found
        return self._of_folder[folder]


def read_config(path: Path, folder: Path | None = None) -> Config:
    """Return the configuration of one file, whose patterns are relative to its folder or to the one given.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or holds no configuration or one that is not allowed.
    """
    data = _read(path)
    if data is None:
        raise ConfigError(f"{path}: cannot be read (No such file or directory)")
    values = _table(path, data)
    if values is None:
        raise ConfigError(f"{path}: there is no table [tool.{_TABLE}]")
    return replace(_completed(values, path, str(path), ()), folder=folder or path.parent, path=path)


def parse_config(values: dict[str, Any], where: str) -> Config:
    """Return the configuration that a mapping of plain TOML values means; `where` names it in messages.

    Raises:
        ConfigError: a key or value is not allowed.
    """
    known = {name.replace("_", "-"): check for name, check in _CHECKS.items()}
    kept: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise ConfigError(f"{where}: unknown key `{key}`; {_meant(key, known)}")
        kept[key.replace("-", "_")] = known[key](f"{where}: `{key}`", value)
    return Config(**kept)


def parse_options(values: dict[str, Any]) -> Config:
    """Return the configuration that options of the command line mean; those that are None or empty were not given.

    Raises:
        ConfigError: a value is not allowed.
    """
    kept = {key: _CHECKS[key](f"--{key.replace('_', '-')}", value) for key, value in values.items() if value}
    return Config(**kept, folder=Path.cwd())


def _in_folder(folder: Path) -> Config | None:
    """The configuration that a folder holds itself."""
    for name in (OWN_FILE, SHARED_FILE):
        path = folder / name
        data = _read(path)
        values = None if data is None else _table(path, data)
        if values is not None:
            return replace(_completed(values, path, _shown(path), ()), folder=folder, path=path)
    return None


def _completed(values: dict[str, Any], path: Path, where: str, before: tuple[Path, ...]) -> Config:
    """A configuration with the one that it extends."""
    named = values.pop("extend", None)
    config = parse_config(values, where)
    if named is None:
        return config
    if not isinstance(named, str) or not named or "\0" in named:
        raise ConfigError(f'{where}: `extend` must be the path of a file, such as "../{OWN_FILE}"')
    other = _absolute(path.parent / named)
    if other in before or other == _absolute(path):
        raise ConfigError(f"{where}: `extend` leads back to {_shown(other)}")
    data = _read(other)
    inner = None if data is None else _table(other, data)
    if inner is None:
        raise ConfigError(f"{where}: `extend` names {_shown(other)}, which has no configuration")
    above = _completed(inner, other, _shown(other), (*before, _absolute(path)))
    return replace(config, extended=replace(above, folder=other.parent, path=other))


def _read(path: Path) -> bytes | None:
    """The bytes of a file, None where there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{_shown(path)}: cannot be read ({error.strerror or error})") from None


def _table(path: Path, data: bytes) -> dict[str, Any] | None:
    """Our part of a TOML file, None where it has none."""
    shared = path.name == SHARED_FILE
    if shared and _TABLE.encode() not in data:
        return None  # most of them: no need to understand it
    import tomllib

    try:
        values: Any = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{_shown(path)}: is not TOML ({str(error) or type(error).__name__})") from None
    if shared:
        tools = values.get("tool", {})
        values = tools.get(_TABLE) if isinstance(tools, dict) else None
        if values is not None and not isinstance(values, dict):
            raise ConfigError(f"{_shown(path)}: [tool.{_TABLE}] must be a table")
    return values  # type: ignore[no-any-return]  # a mapping by now


def _absolute(path: Path) -> Path:
    """A path from the root, without `..`; links stay as they are named."""
    return Path(os.path.abspath(path))  # noqa: PTH100  # `resolve` would follow links


def _shown(path: Path) -> str:
    """A path as messages name it: from the working folder where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _rules(what: str, value: object) -> tuple[str, ...]:
    from oso_evalscript.linter.rule import all_rules, no_such_rule

    names = _strings(what, value, "names of rules")
    known = {rule.name for rule in all_rules()}
    for name in names:
        if name not in known:
            raise ConfigError(f"{what}: {no_such_rule(name)}")
    return names


def _patterns(what: str, value: object) -> tuple[str, ...]:
    patterns = _strings(what, value, "patterns as in .gitignore")
    if patterns:
        from oso_evalscript.project.patterns import is_pattern

        for pattern in patterns:
            if not is_pattern(pattern):
                raise ConfigError(f"{what}: `{pattern}` is not a .gitignore pattern")
    return patterns


def _collection(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f'{what} must be the name of a collection, such as "sentinel-2-l2a"')
    from oso_evalscript.model.catalog import require_collection

    try:
        require_collection(value)
    except OsoError as error:
        raise ConfigError(f"{what}: {error}") from None
    return value


def _api(what: str, value: object) -> Api:
    from oso_evalscript.model.contract import read_api

    try:
        return read_api(value)
    except OsoError:
        raise ConfigError(f'{what} must be "process" or "statistics"') from None


def _overrides(what: str, value: object) -> tuple[Override, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ConfigError(f"{what} must be a list of tables, each written [[tool.{_TABLE}.overrides]]")
    found = []
    names = ("select", "extend_select", "ignore", "collection", "api")
    known = {name.replace("_", "-"): _CHECKS[name] for name in names}
    for number, item in enumerate(value, 1):
        place = f"{what} {number}"
        if "files" not in item:
            raise ConfigError(f'{place} must name its files, as in files = ["s1/**"]')
        kept: dict[str, Any] = {}
        for key, inner in item.items():
            if key != "files" and key not in known:
                raise ConfigError(f"{place}: unknown key `{key}`; {_meant(key, ('files', *known))}")
            kept[key.replace("-", "_")] = (_patterns if key == "files" else known[key])(f"{place}: `{key}`", inner)
        found.append(Override(**kept))
    return tuple(found)


def _folder(what: str, value: object) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ConfigError(f'{what} must be the path of a folder, such as "templates"')
    return value


def _strings(what: str, value: object, meaning: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{what} must be a list of strings: {meaning}")
    return tuple(value)


def _meant(name: str, known: Collection[str]) -> str:
    """The name that may be meant, or all there are."""
    near = nearest(name.lower().replace("_", "-"), known)
    return f"did you mean `{near}`?" if near else f"there are {', '.join(f'`{item}`' for item in known)}"


_CHECKS: dict[str, Callable[[str, object], Any]] = {
    "select": _rules,
    "extend_select": _rules,
    "ignore": _rules,
    "include": _patterns,
    "exclude": _patterns,
    "collection": _collection,
    "api": _api,
    "templates": _folder,
    "overrides": _overrides,
}
