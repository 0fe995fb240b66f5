"""The lists of what is known are complete, and each claim is held by tests that exist."""

from __future__ import annotations

import ast
import tomllib
from functools import cache

import pytest

from oso_evalscript.model.host import Evidence, builtins
from tests.conftest import ROOT

CLAIMS = tomllib.loads((ROOT / "tests/fidelity/helpers.toml").read_text(encoding="utf-8"))["helper"]
RULES = tomllib.loads((ROOT / "tests/fidelity/contract.toml").read_text(encoding="utf-8"))["rule"]
ALL = "*"


@cache
def names_of_tests(path: str) -> frozenset[str]:
    """The names of the tests of a file, as pytest sees them."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_every_helper_has_a_claim_and_every_claim_a_helper() -> None:
    assert {claim["name"] for claim in CLAIMS} - {ALL} == {builtin.name for builtin in builtins()}


@pytest.mark.parametrize("claim", CLAIMS + RULES, ids=lambda claim: claim["claim"])
def test_a_claim_is_whole_and_held_by_tests_that_exist(claim: dict[str, str]) -> None:
    assert set(claim) - {"name", "about"} == {"claim", "evidence", "source", "tests"}
    assert len(claim) == 5
    assert claim["claim"].endswith(".")
    assert ". " not in claim["claim"], "one sentence"
    assert claim["source"]
    assert claim["evidence"] in set(Evidence)
    assert claim["tests"]
    for test in claim["tests"]:
        path, _, name = test.partition("::")
        assert name in names_of_tests(path), test


def test_no_claim_is_made_twice() -> None:
    assert len({(claim["name"], claim["claim"]) for claim in CLAIMS}) == len(CLAIMS)
    assert len({rule["claim"] for rule in RULES}) == len(RULES)


def test_a_helper_is_graded_as_one_of_its_claims() -> None:
    for builtin in builtins():
        assert builtin.evidence in {claim["evidence"] for claim in CLAIMS if claim["name"] == builtin.name}, (
            builtin.name
        )
