"""The versions that `make test-lowest` installs are the lowest ones that `pyproject.toml` allows."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT

_REQUIREMENT = re.compile(r"([a-z0-9-]+)(?:\[[a-z,]+\])?>=([0-9.]+)")


def test_the_file_says_what_the_project_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(item for items in project["optional-dependencies"].values() for item in items)]
    found = [_REQUIREMENT.fullmatch(item) for item in asked if not item.startswith("oso-evalscript[")]
    assert all(found), "each requirement has a lower bound and nothing else"
    expected = sorted({f"{match[1]}=={match[2]}" for match in found if match})
    names = [line.partition("==")[0] for line in expected]
    assert len(names) == len(set(names)), "two extras allow different lowest versions"
    lines = (ROOT / "tests/lowest.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(line for line in lines if not line.startswith("#")) == expected, (
        "write these lines into tests/lowest.txt"
    )
