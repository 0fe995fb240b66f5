from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.errors import ConfigError
from oso_evalscript.project.config import Config, Configs, parse_config, parse_options, read_config

NAMES = [rule.name for rule in all_rules()]
KEYS = ("select", "extend-select", "ignore", "exclude", "collection", "api", "templates")


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def test_every_key(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "oso-evalscript.toml",
        'select = ["malformed-hex"]\nextend-select = ["output-length"]\nignore = ["version-header"]\n'
        'exclude = ["old/", "*.min.js"]\ncollection = "sentinel-2-l2a"\napi = "process"\ntemplates = "mine"\n',
    )
    assert read_config(path) == Config(
        select=("malformed-hex",),
        extend_select=("output-length",),
        ignore=("version-header",),
        exclude=("old/", "*.min.js"),
        collection="sentinel-2-l2a",
        api="process",
        templates="mine",
        folder=tmp_path,
        path=path,
    )


def test_the_nearest_file_holds(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", '[tool.oso-evalscript]\nignore = ["malformed-hex"]\n')
    write(tmp_path / "a", "pyproject.toml", '[tool.other]\nx = "oso-evalscript"\n')
    write(tmp_path / "a/b", "pyproject.toml", '[tool.oso-evalscript]\nignore = ["output-length"]\n')
    write(tmp_path / "a/b", "oso-evalscript.toml", "")
    configs = Configs()
    assert configs.of(tmp_path).ignore == configs.of(tmp_path / "a").ignore == ("malformed-hex",)
    assert configs.of(tmp_path / "a/b/c/d").path == tmp_path / "a/b/oso-evalscript.toml"
    assert configs.of(tmp_path / "a/b/../x").ignore == ("malformed-hex",)
    assert Configs(Config(ignore=("version-header",))).of(tmp_path).ignore == ("version-header",)


def test_other_projects_files_are_not_even_parsed(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "this is = not TOML")
    write(tmp_path / "a", "oso-evalscript.toml", "")
    assert Configs().of(tmp_path / "a").folder == tmp_path / "a"
    Configs().of(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('slect = ["malformed-hex"]', "unknown key `slect`; did you mean `select`?"),
        ('extend_select = ["malformed-hex"]', "unknown key `extend_select`; did you mean `extend-select`?"),
        (
            "xyz = 1",
            "unknown key `xyz`; there are `select`, `extend-select`, `ignore`, `include`, `exclude`, `collection`",
        ),
        ('select = "malformed-hex"', "`select` must be a list of strings: names of rules"),
        ("ignore = [1]", "`ignore` must be a list of strings: names of rules"),
        ('ignore = ["malformed-hax"]', "`ignore`: `malformed-hax` is not a rule; did you mean `malformed-hex`?"),
        ('ignore = ["y"]', "`ignore`: `y` is not a rule; `oso-evalscript rules` lists them"),
        ("exclude = {}", "`exclude` must be a list of strings: patterns as in .gitignore"),
        ('exclude = ["!"]', "`exclude`: `!` is not a .gitignore pattern"),
        ('api = "batch"', '`api` must be "process" or "statistics"'),
        ("collection = 2", '`collection` must be the name of a collection, such as "sentinel-2-l2a"'),
        (
            'collection = "sentinel-2-l2b"',
            "`collection`: the catalogue has no collection `sentinel-2-l2b`; did you mean",
        ),
        ("templates = 1", '`templates` must be the path of a folder, such as "templates"'),
        ('templates = ""', "`templates` must be the path of a folder"),
        ("select = [", "is not TOML ("),
        ("a = " + "[" * 10_000, "is not TOML ("),
        ("\xff", "is not TOML ("),
    ],
)
def test_what_is_wrong_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "oso-evalscript.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        Configs().of(tmp_path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_tables_that_are_none(tmp_path: Path) -> None:
    path = write(tmp_path, "pyproject.toml", '[tool]\noso-evalscript = "x"\n')
    with pytest.raises(ConfigError, match=r"\[tool.oso-evalscript\] must be a table"):
        Configs().of(tmp_path)
    path.write_text("[project]\nname = 'oso-evalscript'\n")
    Configs().of(tmp_path)
    with pytest.raises(ConfigError, match=r"there is no table \[tool.oso-evalscript\]"):
        read_config(path)
    with pytest.raises(ConfigError, match=r"none.toml: cannot be read"):
        read_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("patterns", "out", "inside"),
    [
        (["old/"], ["old/", "a/old/"], ["old", "older/", "old.js"]),
        (["/old/"], ["old/"], ["a/old/"]),
        (["*.min.js", "!keep.min.js"], ["a.min.js", "x/b.min.js"], ["keep.min.js", "a.js"]),
        (["a/**/b.js"], ["a/b.js", "a/x/y/b.js"], ["b.js", "x/a/b.js"]),
        (["# note", ""], [], ["# note", "a.js"]),
    ],
)
def test_patterns_are_those_of_gitignore(
    tmp_path: Path, patterns: list[str], out: list[str], inside: list[str]
) -> None:
    config = Config(exclude=tuple(patterns), folder=tmp_path)
    for name in out:
        assert config.excludes(tmp_path / name, folder=name.endswith("/")), name
    for name in inside:
        assert not config.excludes(tmp_path / name, folder=name.endswith("/")), name
    assert not config.excludes(tmp_path / ".." / "old")


names = st.lists(st.sampled_from(NAMES), max_size=3).map(tuple)
selections = st.none() | st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple)
configs = st.builds(Config, select=selections, extend_select=names, ignore=names)


@given(configs, configs)
def test_the_command_line_wins(file: Config, said: Config) -> None:
    both = file.overridden(said)
    wanted = set(both.select if both.select is not None else NAMES) | set(both.extend_select)
    run = wanted - set(both.ignore)
    assert not run & set(said.ignore)
    assert set(said.extend_select) - set(said.ignore) <= run
    if said.select is not None:
        assert run == (set(said.select) | set(said.extend_select)) - set(said.ignore)
    if said == Config():
        assert both == file


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), values, max_size=3))
def test_any_table_is_a_configuration_or_a_sentence(table: dict[str, object]) -> None:
    try:
        config = parse_config(table, "x.toml")
    except ConfigError as error:
        assert str(error).startswith("x.toml: ")
    else:
        assert set(table) <= set(KEYS)
        config.excludes(Path("a.js"))


def test_options_are_named_as_options() -> None:
    assert parse_options({"select": [], "collection": None}).select is None
    with pytest.raises(ConfigError, match=r"^--extend-select: `x` is not a rule"):
        parse_options({"extend_select": ["x"]})


OVERRIDES = """
ignore = ["version-header"]
collection = "sentinel-2-l2a"

[[overrides]]
files = ["s1/**"]
collection = "sentinel-1-grd"
api = "statistics"
ignore = ["unused-band"]

[[overrides]]
files = ["s1/only/*.js"]
select = ["unused-band"]
"""


def test_overrides_hold_for_their_files_and_later_ones_win(tmp_path: Path) -> None:
    (tmp_path / "oso-evalscript.toml").write_text(OVERRIDES, encoding="utf-8")
    config = Configs().of(tmp_path / "s1")
    plain, radar, only = (config.of_file(tmp_path / name) for name in ("a.js", "s1/a.js", "s1/only/a.js"))
    assert (plain.collection, plain.ignore) == ("sentinel-2-l2a", ("version-header",))
    assert (plain.api, radar.api) == (None, "statistics")
    assert (radar.collection, radar.ignore) == ("sentinel-1-grd", ("version-header", "unused-band"))
    assert (only.collection, only.select) == ("sentinel-1-grd", ("unused-band",))


def test_what_is_left_out_comes_from_the_file_that_is_extended(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(
        'ignore = ["unused-band"]\nexclude = ["old/"]\ncollection = "dem"\napi = "process"\n', encoding="utf-8"
    )
    (tmp_path / "a/old").mkdir(parents=True)
    (tmp_path / "a/oso-evalscript.toml").write_text(
        'extend = "../base.toml"\ncollection = "sentinel-1-grd"\n', encoding="utf-8"
    )
    config = Configs().of(tmp_path / "a")
    found = config.of_file(tmp_path / "a/x.js")
    assert (found.ignore, found.collection, found.api) == (("unused-band",), "sentinel-1-grd", "process")
    assert config.excludes(tmp_path / "old", folder=True)
    assert config.excludes(tmp_path / "a/old", folder=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('extend = "absent.toml"', "has no configuration"),
        ('extend = "oso-evalscript.toml"', "leads back to"),
        ("extend = 3", "must be the path of a file"),
        ("overrides = 3", "must be a list of tables"),
        ("[[overrides]]\nselect = []", "must name its files"),
        ('[[overrides]]\nfiles = ["a"]\nselekt = []', "did you mean `select`"),
        ('[[overrides]]\nfiles = ["a"]\ncollection = "sentinel"', "the catalogue has no collection"),
    ],
)
def test_wrong_overrides_and_extensions_are_sentences(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "oso-evalscript.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        Configs().of(tmp_path)
