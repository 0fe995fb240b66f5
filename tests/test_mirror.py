"""Tests stand where their modules stand: `oso_evalscript/model/color.py` is tested by `tests/model/test_color.py`.

A new module brings its test. What is seen only through another module is listed here with the test that sees it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "oso_evalscript"
RULES = "linter/rules/"  # each holds its own cases, which tests/linter/test_rules.py runs

ELSEWHERE = {
    # the parts of a tracer, through the expressions that it finds
    **dict.fromkeys(
        (
            f"kernels/{name}.py"
            for name in (
                "convert",
                "ends",
                "expressions",
                "machine",
                "properties",
                "sparse",
                "statements",
                "values",
            )
        ),
        "kernels/test_trace.py",
    ),
    "kernels/doubles.py": "kernels/test_graph.py",
    "kernels/task.py": "kernels/test_emit.py",
    "kernels/tables.py": "kernels/test_emit.py",
    "kernels/wasm.py": "kernels/test_emit.py",
    # the text that a kernel is made of
    "runtime/kernel_text.py": "runtime/test_kernel.py",
    # types alone
    "javascript/node_types.py": "javascript/test_nodes.py",
    # the parser's verdict, which V8's is compared with; regular expressions, through the one function that judges them
    **dict.fromkeys(
        (
            f"javascript/{name}.py"
            for name in ("around", "grammar", "loops", "members", "placement", "private_names", "strictness")
        ),
        "javascript/test_agreement_with_v8.py",
    ),
    **dict.fromkeys(
        (f"javascript/{name}.py" for name in ("class_sets", "pattern_text", "unicode_properties")),
        "javascript/test_regexps.py",
    ),
    # the entry; a subprocess runs it
    "__main__.py": "test_wheel.py",
    # commands, through the command line
    "cli/diff.py": "cli/test_test.py",
    "cli/pool.py": "cli/test_trials.py",
    "runtime/contract.py": "runtime/test_program.py",
    "cli/scripts.py": "cli/test_run.py",
    "cli/findings.py": "cli/test_summaries.py",
    "cli/reports.py": "cli/test_lint.py",
    # the readers of nomenclatures, through the one function that picks one by the ending of a file
    "compiler/importing/colors.py": "compiler/test_importing.py",
    "compiler/importing/csv.py": "compiler/test_importing.py",
    "compiler/importing/qml.py": "compiler/test_importing.py",
    "compiler/importing/toml.py": "compiler/test_importing.py",
    # the readers of hosts and what they share, through the scripts that are found in hosts
    **dict.fromkeys(
        (f"documents/{name}.py" for name in ("html", "json", "markdown", "rst", "toml", "yaml")),
        "documents/test_data.py",
    ),
    **dict.fromkeys(
        (f"documents/{name}.py" for name in ("docstring", "pymodules", "pynames", "pystrings", "pytokens")),
        "documents/test_python.py",
    ),
    **dict.fromkeys(
        (f"documents/{name}.py" for name in ("grammar", "jsstrings", "lexemes")), "documents/test_javascript.py"
    ),
    **dict.fromkeys(
        (f"documents/{name}.py" for name in ("candidate", "draft", "passage", "reading", "second_reading", "spelling")),
        "documents/test_embedded.py",
    ),
    # what finds out whether a script depends on more than its pixel, through the question itself
    "javascript/builtins.py": "javascript/test_purity.py",
    "javascript/callees.py": "javascript/test_purity.py",
    "javascript/effects.py": "javascript/test_purity.py",
    "javascript/engine.py": "javascript/test_purity.py",
    "javascript/flow.py": "javascript/test_purity.py",
    # what the parser is made of, through the trees and faults that it gives
    "javascript/early.py": "javascript/test_redeclared.py",
    "javascript/faults.py": "javascript/test_syntax.py",
    "javascript/lookalikes.py": "semantics/colors/test_spelling.py",
    "javascript/kinds.py": "javascript/test_syntax.py",
    "javascript/numbers.py": "javascript/test_scanner.py",
    "javascript/patterns.py": "javascript/test_scopes.py",
    "javascript/tokens.py": "javascript/test_syntax.py",
    # what keeps a fix from being safe, through generated scripts that are fixed and run
    "linter/access.py": "linter/test_safe_fixes.py",
    # what is certain of scripts inside other files, and what is allowed there, through those files
    "linter/host_comments.py": "linter/test_hosts.py",
    "linter/placeholders.py": "linter/test_hosts.py",
    "linter/responses.py": "documents/test_requests.py",
    "linter/offered.py": "linter/test_engine.py",
    "linter/own_text.py": "linter/test_safe_fixes.py",
    "linter/safety.py": "linter/test_safe_fixes.py",
    "linter/unbound.py": "linter/test_safe_fixes.py",
    # parts of an estimate, through the whole of it
    "pricing/endpoints.py": "pricing/test_estimate.py",
    "pricing/samples.py": "pricing/test_estimate.py",
    "pricing/savings.py": "pricing/test_estimate.py",
    # what a job is made of, through jobs and their files
    "rasters/example.py": "test_docs.py",
    "rasters/files.py": "rasters/test_reading.py",
    "rasters/tiff.py": "rasters/test_parts.py",
    "rasters/windows.py": "rasters/test_job.py",
    # what a program is made of, through `Program`
    "runtime/engine.py": "runtime/test_program.py",
    "runtime/failure.py": "runtime/test_program.py",
    "runtime/origin.py": "runtime/test_program.py",
    "runtime/run.py": "runtime/test_program.py",
    "runtime/child.py": "runtime/test_containment.py",
    # the walk through a function's statements, which asks `returns` for its expressions
    "semantics/values/statements.py": "semantics/values/test_returns.py",
    # how claims are checked, through the checks
    "testing/ranges.py": "testing/test_batches.py",
    "testing/doubt.py": "testing/test_check.py",
    "testing/given.py": "testing/test_claims.py",
    "testing/intent.py": "testing/test_check.py",
    "testing/sampling.py": "testing/test_check.py",
    "testing/strategies.py": "testing/test_meaning.py",
    "testing/sweep.py": "testing/test_check.py",
    "testing/where.py": "testing/test_check.py",
}
"""Modules without a test of their own, and the test file that tests them."""

MODULES = sorted(
    name
    for path in PACKAGE.rglob("*.py")
    if path.name != "__init__.py" and not (name := path.relative_to(PACKAGE).as_posix()).startswith(RULES)
)


def counterpart(module: str) -> Path:
    path = Path("tests", module)
    return ROOT / path.with_name(f"test_{path.name}")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_its_test(module: str) -> None:
    if module in ELSEWHERE:
        assert (ROOT / "tests" / ELSEWHERE[module]).is_file()
        assert not counterpart(module).exists(), "it has a test now: take it off the list"
    else:
        assert counterpart(module).is_file(), f"expected tests in {counterpart(module).relative_to(ROOT)}"


def test_the_list_names_modules_that_exist() -> None:
    assert set(ELSEWHERE) <= set(MODULES)


def test_every_folder_of_tests_is_a_folder_of_the_package() -> None:
    own = {"benchmarks", "clients", "data", "fidelity", "scripts", "runtime/difference"}
    folders = {path.parent.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("*.py")}
    assert {folder for folder in folders - own if not (PACKAGE / folder).is_dir()} == set()
