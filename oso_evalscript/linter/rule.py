"""What a rule is: a name, a severity, a generator of findings, and the cases that test and document it."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from oso_evalscript.linter import rules
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.nearest import nearest
from oso_evalscript.semantics.script import Script

ANY_RULE = "*"
"""In `Rule.yields_to`: every rule that does not itself give way to any rule."""


class Group(StrEnum):
    """What rules are about, in the order in which they are listed."""

    TEXT = "Text"
    COLOR = "Colour"
    CONTRACT = "Contract"
    VALUES = "Values"
    JAVASCRIPT = "JavaScript"


class Bad(NamedTuple):
    """A script the rule must find fault with.

    Attributes:
        text: the script.
        at: the characters the finding covers; empty where it is a place between characters.
        fixed: the script after the fix, None where there is no fix.
        severity: that of the finding, where it is not the rule's.
    """

    text: str
    at: str
    fixed: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault, in a file of its own whose docstring is the rule's page.

    Attributes:
        name: reads well after "allow"; the same in code, file name, documentation and suppressions.
        severity: how sure it is that the author must act.
        group: what it is about; it is listed there.
        check: yields the findings in a script.
        good: scripts without the fault, near misses among them.
        bad: scripts with the fault.
        yields_to: rules that explain this one's findings better: those of a named rule where they touch the same
            characters, those of `ANY_RULE` where they cover the same characters.
    """

    name: str
    severity: Severity
    group: Group
    check: Callable[[Script], Iterator[Finding]]
    good: tuple[str, ...]
    bad: tuple[Bad, ...]
    yields_to: tuple[str, ...] = ()

    @property
    def documentation(self) -> str:
        """The docstring of the rule's file."""
        return sys.modules[self.check.__module__].__doc__ or ""

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.documentation.partition("\n")[0]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, by name; the files of `linter/rules/` are the list."""
    names = [module.name for module in pkgutil.iter_modules(rules.__path__)]
    found: list[Rule] = [importlib.import_module(f"{rules.__name__}.{name}").RULE for name in sorted(names)]
    return tuple(found)


def no_such_rule(name: str) -> str:
    """Return the sentence about a name that is not a rule, with the rule that may be meant."""
    near = nearest(name.lower().replace("_", "-"), [rule.name for rule in all_rules()])
    return f"`{name}` is not a rule; " + (f"did you mean `{near}`?" if near else "`oso-evalscript rules` lists them")
